"""How long after what a person may be written to, and by whom: asked before anything leaves.

Pure: the time is handed in. In a conversation anything may be said for 24 hours after the person's
latest message, button or reaction. After that, and for seven days, only what a human wrote, under a
tag that Meta grants an app: to put it on what a machine wrote, or on an answer in time, is against
Meta's rules. A comment may be answered privately once, within seven days; that opens no window, the
person's answer does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from scskit.core.interaction import Visibility
from scskit.plugins import Attachment, Violation
from scskit_facebook.config import Network
from scskit_facebook.limits import ATTACHMENTS, LENGTHS

STANDARD_WINDOW = timedelta(hours=24)
HUMAN_AGENT_WINDOW = timedelta(days=7)
PRIVATE_REPLY_WINDOW = timedelta(days=7)

Opening = Literal["standard", "human_agent", "closed"]


def opening(last_heard_at: datetime | None, now: datetime) -> Opening:
    """Return which window of a conversation is open: each up to its very end, and not at it.

    Args:
        last_heard_at: when the person last wrote; None when they never did.
        now: the time to ask for.
    """
    if last_heard_at is None or now >= last_heard_at + HUMAN_AGENT_WINDOW:
        return "closed"
    return "standard" if now < last_heard_at + STANDARD_WINDOW else "human_agent"


def in_conversation(
    last_heard_at: datetime | None,
    now: datetime,
    *,
    automated: bool,
    human_agent: bool = True,
    source: str = "facebook",
) -> Iterator[Violation]:
    """Yield why a message may not be sent into a conversation.

    Args:
        last_heard_at: when the person last wrote.
        now: when it would leave.
        automated: a machine wrote it.
        human_agent: Meta granted the tag for people's answers.
        source: who says so.
    """
    open_ = opening(last_heard_at, now)
    if open_ == "standard":
        return
    if open_ == "closed":
        message = (
            "The seven days after the person's latest message are over; they must write first."
        )
    elif automated:
        message = "After 24 hours only what a person wrote may be sent."
    elif human_agent:
        return
    else:
        message = "After 24 hours Meta's human agent tag is needed, and it is not granted."
    yield Violation("window", message, source)


def in_private_reply(
    commented_at: datetime | None,
    now: datetime,
    *,
    answered: bool = False,
    source: str = "facebook",
) -> Iterator[Violation]:
    """Yield why a comment may not be answered privately.

    Args:
        commented_at: when it was written; None when nobody knows.
        now: when the answer would leave.
        answered: it was answered privately before.
        source: who says so.
    """
    if answered:
        yield Violation("once", "A comment can be answered privately only once.", source)
    if commented_at is not None and now >= commented_at + PRIVATE_REPLY_WINDOW:
        message = "A comment can be answered privately for seven days, and these are over."
        yield Violation("window", message, source)


def in_form(
    network: Network,
    visibility: Visibility,
    text: str,
    attachments: Sequence[Attachment] = (),
) -> Iterator[Violation]:
    """Yield why a message has no form on a network: too long, too much, nothing.

    Args:
        network: where it goes.
        visibility: ``public`` for a comment, ``private`` for a conversation.
        text: what it says.
        attachments: media that go with it.
    """
    length = LENGTHS[network, visibility]
    if (found := length.of(text)) > length.most:
        message = f"{found} {length.unit}; {network} takes {length.most} here."
        yield Violation("length", message, network)
    if not text and not attachments:
        yield Violation("empty", "A message needs a text or an attachment.", network)
    if attachments and (network, visibility) == ("instagram", "public"):
        yield Violation("attachments", "A comment on Instagram takes no attachment.", network)
    elif len(attachments) > ATTACHMENTS:
        yield Violation("attachments", "One attachment goes with a message.", network)
    elif text and attachments and visibility == "private":
        message = "A text and an attachment are two messages; send one after the other."
        yield Violation("caption", message, network)
