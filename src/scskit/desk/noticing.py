"""Telling one person of an incident: in the conversation and the window that they have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from attrs import evolve, frozen

from scskit.core.case import Case
from scskit.core.errors import CapabilityMissing, IllegalTransition, NotFound, ReplyRefused
from scskit.core.ids import CaseId
from scskit.core.incident import Notice, NoticeOutcome, Told
from scskit.core.outbound import Reply
from scskit.core.ports import Transaction
from scskit.core.preflight import Preflight
from scskit.desk.composing import Composing
from scskit.desk.drafting import Wording, make_reply
from scskit.desk.places import CaseView, Place
from scskit.desk.replying import Replying
from scskit.desk.services import Services

MOST_OPENINGS = 50
"""So often the hours of several laws are asked for an instant that suits all of them."""


@frozen
class Person:
    """Somebody of an incident.

    Attributes:
        name: the customer, or the identity of whom nobody knows more.
        cases: their cases, the one in which they wrote last first.
    """

    name: str
    cases: tuple[Case, ...]

    @property
    def names(self) -> set[str]:
        """Every name that they go by."""
        return {self.name, *(case.identity_id for case in self.cases)}


def people_of(cases: Iterable[Case]) -> list[Person]:
    """Return whose cases these are: a customer with several handles is one person."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.customer_id or case.identity_id, []).append(case)
    return [
        Person(name, tuple(sorted(own, key=_heard, reverse=True)))
        for name, own in sorted(groups.items())
    ]


def _heard(case: Case) -> datetime:
    return case.last_inbound_at or case.opened_at


class Noticing:
    """Tells people, within one transaction."""

    def __init__(self, services: Services, transaction: Transaction) -> None:
        """Work at the present instant."""
        self._services = services
        self._now = services.clock.now()
        self._rows = transaction.replies
        self.replying = Replying(services, transaction)

    def tell(self, person: Person, notice: Notice) -> Told:
        """Tell somebody, in the first of their conversations in which it may be said."""
        because = "none of their cases has a conversation"
        for case in person.cases:
            view = self.replying.view(case.id)
            for place in self._places(view):
                reply, why = self._say(view, place, notice)
                if reply is not None:
                    return self._told(person, notice, view.case, reply=reply)
                because = why
        return self._told(person, notice, person.cases[0], because=because)

    def _places(self, view: CaseView) -> Iterator[Place]:
        """Yield where they can be told: where they wrote last first, then in private."""
        heard = {thread: view.last_heard_at(thread) for thread in view.threads}
        known = sorted((at, thread) for thread, at in heard.items() if at is not None)
        for _, thread in reversed(known):
            yield view.place(None, thread)
        visibilities = {view.threads[thread].visibility for _, thread in known}
        if visibilities == {"public"}:
            yield view.place("private")

    def _say(self, view: CaseView, place: Place, notice: Notice) -> tuple[Reply | None, str]:
        """Queue a notice, unless something speaks against it there: then say what."""
        try:
            found, reply = self._check(view, place, notice, self._words(view, place, notice))
            if found.verdict == "needs_template" and notice.window_template:
                words = self._window_words(view, place, notice)
                found, reply = self._check(view, place, notice, words)
        except (ReplyRefused, NotFound, IllegalTransition, CapabilityMissing) as error:
            return None, str(error)
        if not found.allowed and found.verdict != "needs_approval":
            return None, "; ".join(str(violation) for violation in found.violations)
        self._rows.add_reply(reply)
        return self.replying.submit(reply, view), ""

    def _check(
        self, view: CaseView, place: Place, notice: Notice, wording: Wording
    ) -> tuple[Preflight, Reply]:
        reply = make_reply(self._services, view, place, wording, notice.by)
        opens = self._opening(place.account)
        if opens is not None and opens > self._now:
            reply = evolve(reply, not_before=opens)
        return self.replying.check(reply, view), reply

    def _words(self, view: CaseView, place: Place, notice: Notice) -> Wording:
        wording = Wording(text=notice.text, purpose="notice", extra={})
        if not notice.template:
            return wording
        composing = Composing(self._services)
        return composing.from_template(notice.template, notice.values, view, place, wording)

    def _window_words(self, view: CaseView, place: Place, notice: Notice) -> Wording:
        wording = Wording(text="", purpose="notice", extra={})
        composing = Composing(self._services)
        return composing.from_template(
            notice.window_template, notice.window_values, view, place, wording
        )

    def _opening(self, account: str) -> datetime | None:
        """Return the first instant in the hours in which people may be written to."""
        policy = self._services.policy
        calendars = [
            policy.calendars[hours.calendar]
            for hours in policy.reply_policy.contact_hours
            if not hours.accounts or account in hours.accounts
        ]
        at: datetime | None = self._now
        for _ in range(MOST_OPENINGS):
            if at is None or all(calendar.open(at) for calendar in calendars):
                return at
            closed = next(calendar for calendar in calendars if not calendar.open(at))
            at = closed.next_open(at)
        return None

    def _told(
        self,
        person: Person,
        notice: Notice,
        case: Case,
        *,
        reply: Reply | None = None,
        because: str = "",
    ) -> Told:
        outcome: NoticeOutcome = "unreachable"
        if reply is not None:
            outcome = "awaiting_approval" if reply.state == "awaiting_approval" else "queued"
        return Told(
            notice_id=notice.id,
            person=person.name,
            identity_id=case.identity_id,
            case_id=CaseId(case.id),
            outcome=outcome,
            at=self._now,
            reply_id=reply.id if reply is not None else None,
            because=because,
        )
