"""Knowing our own messages again when the network tells of them before it has answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import unescape

from attrs import evolve

from scskit.core.identity import Author
from scskit.core.ids import thread_id
from scskit.core.interaction import Interaction, Message, Receipt
from scskit.core.outbound import Part, comparable, lane_of_posts, lane_to
from scskit.core.ports import Transaction
from scskit.core.reply import DeliveryReceipt
from scskit.desk.admission import CLOCK_SKEW
from scskit.desk.incoming import Incoming
from scskit.desk.surroundings import Surroundings

PART = "part_id"
"""Where a message of ours keeps which part of a reply it is."""

REFERENCES = ("metadata", "reference")
"""Where a message shows what was given to the network with it."""

UNSURE = frozenset({"unknown", "lost", "absent"})
"""Outcomes of attempts after which a part may have arrived nevertheless."""

LIKELY = ("sending", "unknown", "queued")
"""Of several parts with the same words the one that is being sent: the others are looked for."""

_LINK = re.compile(r"https?://\S+")


class Echoes:
    """The parts that are under way on the accounts of a batch.

    Those as well that may have arrived and wait to be sent again: a look may have found nothing
    because the network was slow to show it. A part is known by the reference that the network
    gives back; else by its words in its conversation. X shortens links in what it echoes, so links
    are not compared.
    """

    def __init__(self, transaction: Transaction) -> None:
        """Begin with nothing."""
        self._transaction = transaction
        self._away: dict[str, Part] = {}
        self._known: dict[str, Part] = {}

    def load(self, batch: Sequence[Incoming], around: Surroundings) -> None:
        """Load what may be meant by a batch; mostly that is nothing, and nothing is asked."""
        self._load_away(batch)
        self._load_tried([one for one in batch if _may_be_ours(one, around)])
        told = {
            part
            for one in batch
            if isinstance(one.item, Receipt) and (part := _told_of(one, around)) is not None
        }
        if told:
            self._known = self._transaction.replies.parts(told)

    def known(self, part_id: str) -> Part | None:
        """Return a part that a receipt of the batch is about, as it was."""
        return self._known.get(part_id)

    def _load_away(self, batch: Sequence[Incoming]) -> None:
        accounts = {
            one.key[0]
            for one in batch
            if one.part is None
            and (
                (isinstance(one.item, Message) and one.item.direction == "outbound")
                or (isinstance(one.item, Receipt) and one.item.reference)
            )
        }
        if accounts:
            self._away = {part.id: part for part in self._transaction.replies.away(accounts)}

    def _load_tried(self, batch: Sequence[Incoming]) -> None:
        """Load what was tried before: by the references of a batch, and in its conversations."""
        if not batch:
            return
        rows = self._transaction.replies
        named = rows.parts({name for one in batch for name in _references(one)})
        lanes = {lane for one in batch for lane in _lanes(one)}
        tried = [*(part for part in named.values() if part.attempts), *rows.tried(lanes)]
        self._away |= {
            part.id: part for part in tried if part.state == "queued" and self._may_be_there(part)
        }

    def _may_be_there(self, part: Part) -> bool:
        """Tell whether nobody knew at some time whether a part arrived."""
        attempts = self._transaction.replies.attempts(part.id)
        return any(one.outcome in UNSURE for one in attempts)

    def of(self, message: Message) -> Part | None:
        """Return the part that a message of the brand is, and take it out."""
        found = self._by_reference(message) or self._by_words(message)
        return self._away.pop(found.id) if found else None

    def referred_to(self, receipt: Receipt) -> Part | None:
        """Return the part that a receipt names, and take it out."""
        part = self._away.get(receipt.reference or "")
        if part is None or part.outbound.account != receipt.account:
            return None
        return self._away.pop(part.id)

    def _by_reference(self, message: Message) -> Part | None:
        for name in REFERENCES:
            part = self._away.get(str(message.extra.get(name) or ""))
            if part is not None and part.outbound.account == message.account:
                return part
        return None

    def _by_words(self, message: Message) -> Part | None:
        words = _words(message.text)
        alike = [
            part
            for part in self._away.values()
            if _same_place(part, message) and _words(part.outbound.text) == words
        ]
        return min(alike, key=lambda p: (LIKELY.index(p.state), p.place, p.id), default=None)


def _may_be_ours(one: Incoming, around: Surroundings) -> bool:
    """Tell whether an item may tell of something of ours that nobody knew to have arrived."""
    item = one.item
    if one.part is not None:
        return False
    if isinstance(item, Message):
        return item.direction == "outbound" and one.key not in around.ledger
    if not isinstance(item, Receipt) or not item.reference or item.status == "failed":
        return False
    return one.relates_to not in around.ledger


def _references(one: Incoming) -> list[str]:
    item = one.item
    if isinstance(item, Receipt):
        return [item.reference or ""]
    extra = item.extra if isinstance(item, Message) else {}
    return [str(extra[name]) for name in REFERENCES if extra.get(name)]


def _lanes(one: Incoming) -> list[str]:
    """Return the lanes that a message of ours may have come along."""
    message = one.item
    if not isinstance(message, Message):
        return []
    keys = (message.thread, message.addressed_to, message.external_id)
    conversations = [thread_id(message.account, key) for key in keys if key]
    return [
        *conversations,
        lane_to(message.account, message.addressed_to),
        lane_of_posts(message.account),
    ]


def _words(text: str) -> str:
    return comparable(_LINK.sub(" ", unescape(text)))


def _same_place(part: Part, message: Message) -> bool:
    outbound = part.outbound
    if part.kind != "message" or outbound.account != message.account:
        return False
    if message.posted_at < outbound.created_at - CLOCK_SKEW:  # read in later, said before
        return False
    if outbound.visibility != message.visibility:
        return False
    if message.visibility == "public":
        return message.parent == outbound.in_reply_to or message.thread == outbound.thread
    addressed = message.addressed_to is not None and message.addressed_to == outbound.recipient
    return addressed or message.thread in {outbound.thread, outbound.recipient}


def part_of(interaction: Interaction) -> str | None:
    """Return the part of our own reply that a message is, if it is one."""
    found = interaction.extra.get(PART)
    return found if isinstance(found, str) else None


def _told_of(one: Incoming, around: Surroundings) -> str | None:
    """Return the part that a receipt is about."""
    key = one.relates_to
    target = around.ledger.get(key) if key else None
    if target is None or target.interaction_id is None:
        return None
    revisions = around.revisions.get(target.interaction_id)
    return part_of(revisions[0]) if revisions else None


def arrived(part: Part, external_id: str) -> Part:
    """Return a part of which the network has told that it arrived."""
    return evolve(
        part,
        state="sent",
        ready_at=None,
        external_id=external_id,
        code="",
        error_class=None,
        detail="",
    )


def message_of(
    part: Part, external_id: str, at: datetime, receipt: DeliveryReceipt | None = None
) -> Message:
    """Return what a part is once it has arrived.

    Args:
        part: the part.
        external_id: the network's id of the message.
        at: when it was said.
        receipt: what the network answered, if it did.
    """
    outbound = part.outbound
    recipient = (receipt.recipient if receipt else None) or outbound.recipient
    thread = (receipt.thread if receipt else None) or outbound.thread
    if outbound.crosses and not (receipt and receipt.thread):
        thread = recipient
    private = outbound.visibility == "private"
    others = (outbound.recipient,) if outbound.recipient not in {None, recipient} else ()
    return Message(
        account=outbound.account,
        external_id=external_id,
        author=Author(external_id=outbound.account),
        posted_at=at,
        text=outbound.text,
        kind="direct_message" if private else "reply" if outbound.in_reply_to else "post",
        visibility=outbound.visibility,
        direction="outbound",
        thread=thread,
        parent=outbound.in_reply_to,
        addressed_to=recipient,
        addressed_also=tuple(one for one in others if one),
        automated=outbound.automated,
        attachments=outbound.attachments,
    )
