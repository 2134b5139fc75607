"""Messages, and what happens to them, with everything filled in that a test does not care about.

::

    question = message("My card is blocked", by="ana")
    answer = brand_reply(question, "We are on it!")
    desk.ingest([question, answer, edit(question, "My card is blocked!!"), receipt(answer)])
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from scskit.core.identity import Author
from scskit.core.interaction import Deletion, Edit, Message, Receipt
from scskit.testing.clock import START

if TYPE_CHECKING:
    from scskit.core.interaction import Delivery

ACCOUNT = "twitter.acme"
"""The account that every message comes in by unless told otherwise."""

_numbers = count(1)
_LATER = timedelta(minutes=1)


def message(
    text: str = "Hello, my order did not arrive",
    *,
    by: str | Author = "ana",
    account: str = ACCOUNT,
    external_id: str | None = None,
    posted_at: datetime = START,
    **attributes: Any,  # noqa: ANN401  each attribute has its own type, in Message
) -> Message:
    """Return a customer's message.

    Args:
        text: what it says.
        by: who wrote it: the person's id on the network, which is the handle too, or an
            ``Author``.
        account: the id of the account that received it.
        external_id: the network's id of it; one that no other message has, unless given.
        posted_at: the network's time; ``clock.START`` unless given.
        attributes: any other attribute of ``Message``, such as ``parent="m1"``.
    """
    return Message(
        account=account,
        external_id=f"m{next(_numbers)}" if external_id is None else external_id,
        author=by if isinstance(by, Author) else Author(external_id=by, handle=by),
        posted_at=posted_at,
        text=text,
        **attributes,
    )


def direct_message(
    text: str = "Hello, my order did not arrive",
    *,
    by: str | Author = "ana",
    **attributes: Any,  # noqa: ANN401  each attribute has its own type, in Message
) -> Message:
    """Return a customer's private message, in the conversation that bears the person's id.

    Args:
        text: what it says.
        by: who wrote it.
        attributes: see ``message``.
    """
    person = by.external_id if isinstance(by, Author) else by
    given = {"kind": "direct_message", "visibility": "private", "thread": f"dm-{person}"}
    return message(text, by=by, **(given | attributes))


def brand_reply(
    to: Message | str,
    text: str = "We are looking into it.",
    **attributes: Any,  # noqa: ANN401  each attribute has its own type, in Message
) -> Message:
    """Return the brand's answer to a message, a minute later, on the same account and thread.

    Args:
        to: the message, or its external id on ``ACCOUNT``. The answer to a public message names
            it as its parent, the answer to a private one whom it is addressed to.
        text: what the brand says.
        attributes: any attribute of ``Message`` that should be otherwise.
    """
    given: dict[str, Any] = {
        "external_id": f"r{next(_numbers)}",
        "author": Author(external_id="acme", handle="acme"),
        "direction": "outbound",
    }
    if isinstance(to, Message):
        given |= {
            "account": to.account,
            "posted_at": to.posted_at + _LATER,
            "visibility": to.visibility,
            "thread": to.thread,
        }
        if to.visibility == "private":
            given |= {"kind": "direct_message", "addressed_to": to.author.external_id}
        else:
            given |= {"kind": "reply"}
        if to.visibility == "public" or to.thread is None:
            given |= {"parent": to.external_id}
    else:
        given |= {"account": ACCOUNT, "posted_at": START + _LATER, "kind": "reply", "parent": to}
    return Message(text=text, **(given | attributes))


def edit(
    of: Message | str,
    text: str,
    *,
    edited_at: datetime | None = None,
    revision: int | None = None,
) -> Edit:
    """Return the change of a message, a minute after it unless told otherwise.

    Args:
        of: the message, or its external id on ``ACCOUNT``.
        text: what it says now.
        edited_at: when.
        revision: the network's own number, when it counts.
    """
    account, target, later = _place(of)
    return Edit(
        account=account, target=target, edited_at=edited_at or later, text=text, revision=revision
    )


def deletion(of: Message | str, *, deleted_at: datetime | None = None) -> Deletion:
    """Return the removal of a message, a minute after it unless told otherwise.

    Args:
        of: the message, or its external id on ``ACCOUNT``.
        deleted_at: when.
    """
    account, target, later = _place(of)
    return Deletion(account=account, target=target, deleted_at=deleted_at or later)


def receipt(
    of: Message | str,
    status: Delivery = "delivered",
    *,
    at: datetime | None = None,
    detail: str = "",
) -> Receipt:
    """Return what became of a message of the brand, a minute after it unless told otherwise.

    Args:
        of: the message, or its external id on ``ACCOUNT``.
        status: how far it came.
        at: when.
        detail: the network's error text when it failed.
    """
    account, target, later = _place(of)
    return Receipt(account=account, target=target, status=status, at=at or later, detail=detail)


def _place(of: Message | str) -> tuple[str, str, datetime]:
    if isinstance(of, Message):
        return of.account, of.external_id, of.posted_at + _LATER
    return ACCOUNT, of, START + _LATER
