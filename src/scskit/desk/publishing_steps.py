"""What publishing is made of: an announcement made, checked, queued, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import evolve

from scskit.core.announcement import Announcement, AnnouncementState, Published
from scskit.core.errors import IllegalTransition, NotFound, ReplyRefused
from scskit.core.outbound import Approval, Part
from scskit.core.ports import Reader, Transaction
from scskit.core.preflight import Preflight
from scskit.desk.admission import repair
from scskit.desk.announcing import Announcing, Words, hash_of
from scskit.desk.idempotency import Call
from scskit.desk.services import Services


class Publisher:
    """The steps that commands are made of."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services
        self._announcing = Announcing(services)

    def _make(
        self,
        words: Words,
        accounts: Sequence[str],
        by: str,
        at: datetime | None,
        case_id: str = "",
    ) -> Announcement:
        now = self._services.clock.now()
        targets = tuple(self._announcing.targets(words, accounts))
        return Announcement(
            id=self._services.ids.new(now),
            version=1,
            state="queued",
            by=repair(by),
            body_hash=hash_of(targets),
            targets=targets,
            created_at=now,
            updated_at=now,
            not_before=at,
            case_id=case_id,
        )

    def _submit(self, transaction: Transaction, made: Announcement) -> Announcement:
        """Queue what nothing speaks against, or ask for an approval."""
        checked = self._check(transaction, made)
        if checked.verdict == "needs_approval":
            asked = evolve(
                made,
                state="awaiting_approval",
                asked_for=tuple(v.message for v in checked.violations),
                expires_at=made.created_at + self._services.policy.reply_policy.approval_expires,
            )
            transaction.announcements.add(asked)
            return asked
        if not checked.allowed:
            raise ReplyRefused(checked.violations, checked.verdict)
        transaction.announcements.add(made)
        return self._queue(transaction, made)

    def _check(self, transaction: Transaction, announcement: Announcement) -> Preflight:
        at = announcement.not_before or self._services.clock.now()
        suspensions = transaction.replies.suspensions()
        return self._announcing.check(announcement, suspensions, at)

    def _queue(self, transaction: Transaction, announcement: Announcement) -> Announcement:
        transaction.replies.add_parts(self._announcing.parts(announcement))
        return announcement

    def _put(
        self, transaction: Transaction, after: Announcement, *, state: AnnouncementState
    ) -> Announcement:
        before = after.version
        after = evolve(
            after, state=state, version=before + 1, updated_at=self._services.clock.now()
        )
        transaction.announcements.put(after, before)
        return after

    def _approval(self, found: Announcement, by: str, because: str, *, approved: bool) -> Approval:
        return Approval(
            by=repair(by),
            at=self._services.clock.now(),
            body_hash=found.body_hash,
            approved=approved,
            because=because,
        )

    def _find(self, reader: Reader, announcement_id: str) -> Announcement:
        found = reader.announcements.get(announcement_id)
        if found is None:
            message = f"there is no announcement {announcement_id!r} for this tenant"
            raise NotFound(message)
        return found

    def _waiting(self, transaction: Transaction, announcement_id: str) -> Announcement:
        found = self._find(transaction, announcement_id)
        if found.state != "awaiting_approval":
            message = f"announcement {found.id} is {found.state}: it does not wait for an approval"
            raise IllegalTransition(message)
        return found

    def _once(self, call: Call | None, work: Callable[[Transaction], Announcement]) -> Published:
        """Do something in a transaction, once for each key."""

        def once(transaction: Transaction) -> Published:
            if call and (made := call.made(transaction, self._services)):
                found = self._find(transaction, made)
            else:
                found = work(transaction)
                if call:
                    call.keep(transaction, self._services, found.id)
            return Published(announcement=found, parts=parts_of(transaction, found))

        return self._services.store.run(once)


def accounts_of_call(given: Sequence[str]) -> tuple[str, ...]:
    """Return the accounts that a call names.

    Raises:
        ValueError: it names none, or one twice.
    """
    if isinstance(given, str) or not given or len(set(given)) < len(given):
        message = f"accounts: found {given!r}, expected a list of accounts, each once"
        raise ValueError(message)
    return tuple(given)


def parts_of(reader: Reader, announcement: Announcement) -> dict[str, Part]:
    """Return where each target stands, by account."""
    accounts = {target.id: target.account_id for target in announcement.targets}
    found = reader.replies.parts(accounts)
    return {accounts[id_]: found[id_] for id_ in accounts if id_ in found}
