"""What everything of the fake stands on: its state, its ids, its errors, what it pushes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scskit.testing.network import Call, Event, EventKind, Refused
from scskit.testing.network.calls import BadBody
from scskit_meta.fake import FakeMeta, Given
from scskit_meta.fake.webhooks import headers
from scskit_whatsapp.fake import pushing
from scskit_whatsapp.fake.codes import refusal
from scskit_whatsapp.fake.media import CDN, LASTS, Medium
from scskit_whatsapp.fake.numbers import Business, Number
from scskit_whatsapp.fake.pace import Buckets
from scskit_whatsapp.fake.somebody import PREFIXES

if TYPE_CHECKING:
    from scskit_whatsapp.fake.messages import Message
    from scskit_whatsapp.fake.people import Person

_PUSHES_FOR: Final = timedelta(days=7)
_LONGEST_WAIT: Final = timedelta(hours=6)


class Ground(FakeMeta):
    """WhatsApp's Cloud API before anybody can ask it for anything.

    Attributes:
        businesses: by Meta's ids.
        numbers: by Meta's ids.
        people: in the order in which they came.
        messages: by their ids, whoever wrote them.
        media: by their ids.
        buckets: what was sent a short time ago.
        portfolio: the id of the business portfolio that owns the businesses.
    """

    hosts: ClassVar[frozenset[str]] = frozenset({"graph.facebook.com", CDN})
    api_version: ClassVar[str] = "v23.0"
    most_in_batch = pushing.MOST

    def set_up(self) -> None:
        """Begin without anybody."""
        self.businesses: dict[str, Business] = {}
        self.numbers: dict[str, Number] = {}
        self.people: list[Person] = []
        self.messages: dict[str, Message] = {}
        self.media: dict[str, Medium] = {}
        self.buckets = Buckets()
        self.portfolio = self.digits(15)

    # Ids.

    def wamid(self) -> str:
        """Return a new id of a message."""
        return f"wamid.{base64.b64encode(self.random.randbytes(36)).decode()}"

    def phone(self, country: str) -> str:
        """Return a new phone number."""
        return PREFIXES.get(country, "999") + "6" + self.digits(8)

    def user_id(self, country: str) -> str:
        """Return a new user id (BSUID)."""
        return f"{country}.{self.digits(18)}"

    # Media.

    def keep_medium(self, content: bytes, media_type: str, filename: str, *, owner: str) -> Medium:
        """Keep a medium for 30 days."""
        id_, now = self.digits(15), self.clock.now()
        made = Medium(
            id=id_, content=content, media_type=media_type, filename=filename, owner=owner, at=now
        )
        self.media[id_] = made
        return made

    def medium(self, id_: str) -> Medium | None:
        """Return a medium that is still kept."""
        found = self.media.get(id_)
        kept = found is not None and self.clock.now() < found.at + LASTS
        return found if kept else None

    # What it is asked, and how it refuses.

    def given(self, call: Call) -> Given:
        """Return what a request says.

        Raises:
            BadBody: a text in it is no text: half of a character stands alone.
        """
        found = super().given(call)
        try:
            for values in _decoded(found.values):
                json.dumps(values, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise BadBody(f"the body holds no text: {error}") from error
        return found

    def use_case(self, call: Call) -> tuple[str, int]:
        """Return the use case that a request counts for, and the code of its rate limit."""
        sends = call.operation == "POST /{id}/messages"
        return "whatsapp", 130429 if sends else 80007

    def refusing(self, code: int, details: str = "") -> Refused:
        """Return an error of the Cloud API to raise."""
        what = refusal(code)
        told = {"messaging_product": "whatsapp", "details": details or what.details or what.title}
        return self.refused(code, what.title, status=what.status, error_data=told)

    def insist_on_product(self, given: Given) -> None:
        """Insist that a request is about WhatsApp.

        Raises:
            Refused: it does not say so.
        """
        if given.needed("messaging_product").lower() != "whatsapp":
            raise self.invalid('Param messaging_product must be one of {"whatsapp"}.')

    # What it pushes.

    def tell(  # noqa: PLR0913  what a delivery is made of
        self,
        kind: EventKind,
        about: Number | Business,
        field: str,
        value: Mapping[str, Any],
        *,
        subject: str = "",
        timed: bool = False,
        delay: timedelta = timedelta(0),
    ) -> Event | None:
        """Push a change to where the app is told of such; None where it is told of nothing.

        Args:
            kind: what it is.
            about: whose it is; the address of a number goes before that of its business.
            field: the field that it belongs to.
            value: of the change.
            subject: the id of the message that it is, or is about.
            timed: whether the entry says when.
            delay: how long WhatsApp takes.
        """
        business = about.business if isinstance(about, Number) else about
        if field not in self.subscribed.get(business.id, frozenset({field})):
            return None
        time = int((self.stamp(kind) + delay).timestamp()) if timed else None
        to = about.override or business.override or self.subscriptions.get(pushing.OBJECT, "")
        pushed = pushing.Pushed(business.id, field, value, time)
        return self.deliveries.push(kind, pushed, subject=subject, to=to, delay=delay)

    def goes_with(self, one: Event, other: Event) -> bool:  # noqa: ARG002  of whatever
        """Tell whether two events may share a body: they always may."""
        return True

    def compose(self, events: Sequence[Event]) -> tuple[bytes, Mapping[str, str]]:
        """Write a body and sign it."""
        body = pushing.written([event.payload for event in events])
        return body, headers(body, self.secret)

    def back_off(self, attempts: int) -> timedelta | None:
        """Push again for a week, ever more seldom."""
        waits = [min(timedelta(seconds=10) * 2**n, _LONGEST_WAIT) for n in range(attempts)]
        return waits[-1] if sum(waits, timedelta(0)) <= _PUSHES_FOR else None

    def subscribable(self, account: str) -> frozenset[str] | None:
        """Return the fields of a business that an app may be told of: it takes all of them."""
        return frozenset() if account in self.businesses else None


def _decoded(values: Mapping[str, Any]) -> Iterator[Any]:
    """Go through what was said, and through the JSON that fields of forms hold."""
    yield values
    for value in values.values():
        if isinstance(value, str):
            with suppress(ValueError, RecursionError):
                yield json.loads(value)
