"""Codes that people type back: taken out at the door, before anybody sees them.

Only what holds six digits is looked at, and the database is asked only about who wrote that. What
is a code, or is meant as one, is replaced before the message is classified, stored, logged or
quarantined; what was typed lives in memory until the same transaction has compared it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve

from scskit.core.challenge import (
    REMEMBERED,
    Challenge,
    Outcome,
    Typed,
    tried,
    typed_codes,
    without,
)
from scskit.core.identity import Identity
from scskit.core.ids import IdentityId
from scskit.core.interaction import Attachment, Message
from scskit.core.ports import Reader, Transaction
from scskit.core.records import LedgerKey, Writes
from scskit.desk.incoming import Incoming
from scskit.desk.proving import Proving, open_ones
from scskit.desk.services import Services
from scskit.desk.surroundings import Surroundings


def hide_codes(
    services: Services, reader: Reader, batch: Sequence[Incoming], now: datetime
) -> None:
    """Take codes out of messages whose writers are asked for one when their turn comes."""
    found = [(one, typed) for one in batch if (typed := _typed(one))]
    if not found:
        return
    people = [_writer(services, one) for one, _ in found]
    challenges = dict(reader.challenges.of_people(people))
    keys: set[LedgerKey] = set()
    for place, ((one, typed), person) in enumerate(zip(found, people, strict=True)):
        theirs = challenges.get(person, [])
        remembered = [c for c in theirs if now < c.issued_at + REMEMBERED]
        if not remembered:
            continue
        _hide(one, typed, remembered)
        if one.codes is not None and one.key not in keys and person in people[place + 1 :]:
            challenges[person] = _after(one, theirs, now)
        keys.add(one.key)


def _after(one: Incoming, challenges: Sequence[Challenge], now: datetime) -> list[Challenge]:
    """Return somebody's challenges as their next message will find them."""
    after = list(challenges)
    for challenge in open_ones(challenges)[-1:]:
        if outcome := _outcome(one, challenge, now):
            after[after.index(challenge)] = challenge.answered(outcome)
    return after


def _outcome(one: Incoming, challenge: Challenge, now: datetime) -> Outcome | None:
    """Say what comes of a message for a challenge; None where it is no answer to it."""
    if not challenge.hash:
        return None  # another method: no code answers it
    right = True in [challenge.matches(code) for code in one.codes or ()]
    if isinstance(one.item, Message) and one.item.visibility == "public":
        return "said_in_public" if right else None
    return challenge.judge(right, now)


def _typed(one: Incoming) -> tuple[Typed, ...]:
    item = one.item
    if type(item) is not Message or item.direction != "inbound":
        return ()
    return typed_codes(item.text)


def _writer(services: Services, one: Incoming) -> IdentityId:
    account = services.accounts[one.key[0]]
    item = one.item
    who = item.author.external_id if isinstance(item, Message) else ""
    return services.identity_id(account, who)


def _hide(one: Incoming, typed: Sequence[Typed], challenges: Sequence[Challenge]) -> None:
    """Take out what is a code; and what is meant as one, as long as somebody is asked for it."""
    item = one.item
    if not isinstance(item, Message):  # pragma: no cover  nothing else has a writer
        return
    asked = _asks(challenges) and item.visibility == "private"
    gone = _gone(typed, challenges, asked=asked)
    if asked or gone:
        one.codes = tuple(dict.fromkeys(typed_one.code for typed_one in tried(typed)))
    if not gone:
        return
    words = {item.text[g.start : g.end] for g in gone}
    text = without(item.text, gone)
    if one.original_text is not None:
        one.original_text = None  # it holds what was taken out, and nothing else of worth
    one.item = evolve(
        item,
        text=text,
        attachments=tuple(_titled(a, words) for a in item.attachments),
        labels={name: _scrub(value, words) for name, value in item.labels.items()},
        extra=_scrub(item.extra, words),
    )
    one.raw = one.item


def _asks(challenges: Sequence[Challenge]) -> bool:
    """Tell whether somebody is asked for a code at this moment."""
    return any(one.hash for one in open_ones(challenges))


def _gone(typed: Sequence[Typed], challenges: Sequence[Challenge], *, asked: bool) -> list[Typed]:
    tested = tried(typed)
    if not tested:  # so many that somebody guesses: none of them stays
        return _apart(typed) if asked else []
    codes = {one.code for one in tested}
    right = {code for code in codes for c in challenges if c.hash and c.matches(code)}
    gone = [one for one in typed if one.code in right or (asked and one.alone)]
    return _apart(gone)


def _apart(found: Iterable[Typed]) -> list[Typed]:
    """Leave out what overlaps another."""
    kept: list[Typed] = []
    for one in sorted(found, key=lambda one: one.start):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _titled(attachment: Attachment, words: set[str]) -> Attachment:
    return evolve(attachment, title=_scrub(attachment.title, words))


def _scrub(value: Any, words: set[str]) -> Any:  # noqa: ANN401  any JSON
    """Take words out of every text of a JSON value."""
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, "••••••")
        return value
    if isinstance(value, Mapping):
        return {key: _scrub(inner, words) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_scrub(inner, words) for inner in value)
    return value


class Codes:
    """Compares what was typed, in the transaction that keeps the message."""

    def __init__(
        self,
        services: Services,
        transaction: Transaction,
        around: Surroundings,
        writes: Writes,
        now: datetime,
    ) -> None:
        """Work within a batch."""
        self._transaction = transaction
        self._around = around
        self._proving = Proving(services, transaction, writes, now)
        self._now = now

    def compare(self, one: Incoming, identity: Identity) -> None:
        """Take a message for an answer to the challenge that its writer has."""
        challenges = self._transaction.challenges.of_people([identity.id])
        for challenge in open_ones(challenges.get(identity.id, ()))[-1:]:
            draft = self._around.case(challenge.case_id)
            outcome = _outcome(one, challenge, self._now)
            if outcome is None or draft is None or draft.case is None:
                continue
            events, known = self._proving.settle(challenge, outcome, draft.case, identity)
            draft.apply(events)
            self._around.identities[identity.id] = known

    def hide_edit(self, one: Incoming, text: str, identity_id: IdentityId | None) -> str:
        """Return an edited text without what is a code."""
        typed = typed_codes(text)
        if not typed or identity_id is None:
            return text
        found = self._transaction.challenges.of_people([identity_id]).get(identity_id, [])
        theirs = [c for c in found if self._now < c.issued_at + REMEMBERED]
        gone = _gone(typed, theirs, asked=_asks(theirs)) if theirs else []
        if gone:
            one.original_text = None
        return without(text, gone)
