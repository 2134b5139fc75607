"""What may be said through a channel: how long a text, which media. Asked without any network.

A connector tells it for each account and visibility; whoever writes a reply, or cuts a long one,
asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from scskit.core.reply import Violation

if TYPE_CHECKING:
    from scskit.core.interaction import Attachment
    from scskit.core.splitting import Part

Measure = Callable[[str], int]
"""Tells how long a text is, as a network counts."""

SOURCE = "channel"


def in_bytes(text: str) -> int:
    """Measure a text in bytes of UTF-8."""
    return len(text.encode("utf-8", "replace"))


@frozen(kw_only=True)
class TextRules:
    """How long a text may be.

    Attributes:
        most: so much and no more; None where nobody knows a limit.
        measure: how the network counts.
        unit: what it counts, for people.
        beside_media: how much may stand beside media; 0 for no text, None for as much as alone.
        splits: whether a longer text may be sent in several messages.
    """

    most: int | None = None
    measure: Measure = len
    unit: str = "characters"
    beside_media: int | None = None
    splits: bool = False

    def room(self, *, media: bool = False) -> int | None:
        """Return how long a text may be, alone or beside media; None for any length."""
        return self.beside_media if media and self.beside_media is not None else self.most

    def check(self, text: str, *, media: bool = False) -> Iterator[Violation]:
        """Yield why a text may not be sent in one message.

        Args:
            text: the text, with everything that is sent with it.
            media: whether media go with it.
        """
        room, length = self.room(media=media), self.measure(text)
        if room is None or length <= room:
            return
        if room == 0:
            yield Violation("channel.caption", "No text goes with media; send it before.", SOURCE)
            return
        message = f"{length} {self.unit}, at most {room} are taken: shorten it by {length - room}."
        yield Violation("channel.length", message, SOURCE)

    def parts(
        self, text: str, *, numbered: bool = False, mark: str = "", ending: str = ""
    ) -> tuple[Part, ...]:
        """Return the messages that a text is sent in; see ``splitting.split``.

        Raises:
            ReplyRefused: it is too long and may not be cut, or cannot.
        """
        from scskit.core.splitting import Part, split  # noqa: PLC0415  most texts are short

        if self.most is None:
            return (Part(text + ending, 0, len(text)),)
        if not self.splits and (found := tuple(self.check(text + ending))):
            from scskit.core.errors import ReplyRefused  # noqa: PLC0415  nearly never

            raise ReplyRefused(found)
        return split(text, self.most, self.measure, numbered=numbered, mark=mark, ending=ending)


@frozen(kw_only=True)
class AttachmentRules:
    """Which media may be sent.

    Attributes:
        most: how many with one message; 0 for none.
        kinds: the kinds that are taken, and how many bytes each may have; None where nobody knows.
        description: how long the description of an image may be, in characters; None where none is
            taken.
    """

    most: int = 0
    kinds: Mapping[str, int | None] = field(factory=dict, hash=False)
    description: int | None = None

    def check(self, attachments: Sequence[Attachment]) -> Iterator[Violation]:
        """Yield why media may not be sent; what is not known of one is not held against it."""
        if len(attachments) > self.most:
            message = f"{len(attachments)} media; at most {self.most} go with a message here."
            yield Violation("channel.attachments", message, SOURCE)
        if not self.most:
            return
        for number, one in enumerate(attachments, 1):
            yield from self._check(one, f"Attachment {number}")

    def _check(self, one: Attachment, name: str) -> Iterator[Violation]:
        if one.kind not in self.kinds:
            message = f"{name} is of kind {one.kind!r}; taken are: {', '.join(self.kinds)}."
            yield Violation("channel.kind", message, SOURCE)
            return
        most = self.kinds[one.kind]
        if most is not None and one.size is not None and one.size > most:
            message = f"{name} has {one.size} bytes; at most {most} are taken."
            yield Violation("channel.size", message, SOURCE)
        described = self.description is not None and one.kind == "image"
        if described and len(one.title) > (self.description or 0):
            message = f"{name} is described in {len(one.title)} characters, at most "
            yield Violation("channel.description", f"{message}{self.description}.", SOURCE)


@frozen(kw_only=True)
class Channel:
    """What may be said through an account, in public or in private.

    Attributes:
        text: how long texts may be.
        attachments: which media go with them; None where nobody knows.
    """

    text: TextRules = field(factory=TextRules)
    attachments: AttachmentRules | None = None

    def check(self, text: str, attachments: Sequence[Attachment] = ()) -> Iterator[Violation]:
        """Yield why a reply has no form here: too long, too much, of the wrong kind."""
        yield from self.text.check(text, media=bool(attachments))
        if self.attachments is not None:
            yield from self.attachments.check(attachments)
