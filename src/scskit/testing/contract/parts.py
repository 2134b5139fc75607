"""What a connector's author hands to the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import field, frozen

from scskit.core.interaction import Delivery, Visibility

if TYPE_CHECKING:
    import httpx

    Handler = Callable[[httpx.Request], httpx.Response]
else:
    Handler = Callable  # describing bodies must not load httpx


@frozen(kw_only=True)
class Bodies:
    """What the network pushes, in its own words, about one small conversation.

    Attributes:
        message: a customer writes.
        another: the same customer writes once more in the same place, later.
        edit: ``message`` is changed; some networks tell all of the message with it.
        deletion: ``message`` is taken away.
        echo: the brand's answer to ``message`` comes back: the one that ``Answers.sent`` confirms
            when the first of the outbounds is sent.
        receipts: what became of a message of the brand, by how far it came.
        answered: what comes before ``receipts``; ``message`` and ``echo`` unless given. The
            last of it is what the receipts are about.
        unknown: something of a type that the network has not told anybody of.
        malformed: one item that lacks what it must have, in a body that is otherwise good.
        join: puts several bodies into one; None when the network sends one item at a time.
    """

    message: bytes
    another: bytes
    edit: bytes | None = None
    deletion: bytes | None = None
    echo: bytes | None = None
    receipts: Mapping[Delivery, bytes] = field(factory=dict)
    answered: Sequence[bytes] = ()
    unknown: bytes | None = None
    malformed: bytes | None = None
    join: Callable[[Sequence[bytes]], bytes] | None = None

    def all(self) -> tuple[bytes, ...]:
        """Return every body there is."""
        one = (self.message, self.another, self.edit, self.deletion, self.echo)
        rest = (*self.receipts.values(), *self.answered, self.unknown, self.malformed)
        return tuple(dict.fromkeys(body for body in (*one, *rest) if body is not None))


@frozen(kw_only=True)
class Answers:
    """What the network answers to requests, each as a function from request to response.

    Attributes:
        sent: what was sent is taken.
        found: the first of the outbounds is among what was sent.
        absent: it is not, and something else is: another text, and the same one of somebody else.
        page: what it keeps, to the end of it.
        hidden: a message is out of sight, or in sight again, as it was asked for.
        expired: the token is no longer good.
        throttled: too many requests.
        wait: so many seconds are to be waited then; times that ``throttled`` names count from the
            contract's ``now``.
    """

    sent: Handler | None = None
    found: Handler | None = None
    absent: Handler | None = None
    page: Handler | None = None
    hidden: Handler | None = None
    expired: Handler | None = None
    throttled: Handler | None = None
    wait: float = 0.0


@frozen(kw_only=True)
class TextLimit:
    """How long a text may be.

    Attributes:
        visibility: where it goes.
        most: so much and no more; a plain letter and a blank count 1.
        weights: what else counts how much: an emoji, a link, a letter with an accent.
    """

    visibility: Visibility
    most: int
    weights: Mapping[str, int]


@frozen(kw_only=True)
class Window:
    """For how long after somebody wrote they may be written to privately: up to its end, not at it.

    Attributes:
        lasts: how long.
        automated: whether it holds for what a machine wrote.
        of: whether they wrote in private or in public.
    """

    lasts: timedelta
    automated: bool = False
    of: Visibility = "private"
