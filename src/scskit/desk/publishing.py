"""Publishing: one announcement on many accounts and networks at once; see ``core.announcement``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve

from scskit.core.announcement import Announcement, Published
from scskit.core.errors import IllegalTransition, NotPermitted, ReplyRefused
from scskit.core.interaction import Attachment
from scskit.core.ports import Transaction
from scskit.core.slots import SlotValue
from scskit.core.time import require_aware
from scskit.desk.admission import repair
from scskit.desk.announcing import Words
from scskit.desk.idempotency import Call
from scskit.desk.paging import require_page
from scskit.desk.permissions import About, Arguments, needs, shows
from scskit.desk.praising import Praising
from scskit.desk.publishing_steps import accounts_of_call, parts_of
from scskit.desk.services import Services


def of_accounts(_: Services, arguments: Arguments) -> Iterable[str]:
    """Concern the accounts that are named in the call."""
    return tuple(arguments["accounts"])


def of_announcement(name: str = "announcement_id") -> About:
    """Concern the accounts of the announcement whose id is in this argument."""

    def find(services: Services, arguments: Arguments) -> Iterable[str]:
        with services.store.read() as reader:
            found = reader.announcements.get(arguments[name])
        return tuple(target.account_id for target in found.targets) if found else ()

    return find


class Publishing(Praising):
    """The tenant's announcements.

    Nothing leaves before it is committed here, with all of its targets: ``desk.outbox`` sends each
    of them once, and ``desk.outbox.redrive`` tries one again that failed.
    """

    @needs("replies.publish", of_accounts)
    def announce(  # noqa: PLR0913  what an announcement is made of
        self,
        text: str = "",
        *,
        accounts: Sequence[str],
        by: str,
        key: str | None = None,
        at: datetime | None = None,
        texts: Mapping[str, str] | None = None,
        template: str | None = None,
        values: Mapping[str, SlotValue] | None = None,
        languages: Mapping[str, str] | None = None,
        attachments: Iterable[Attachment] = (),
        extra: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Published:
        """Say one thing on several accounts, each in its own words.

        All targets are written down together, or none: where something speaks against one of them,
        nothing is said anywhere.

        Args:
            text: what is said wherever nothing else is given.
            accounts: where.
            by: who.
            key: with the same key and content the call returns what the first one made.
            at: when it leaves at the earliest; at once unless given.
            texts: by account or network, what is said there instead.
            template: the brand's template that it is made from: its text for each network.
            values: what fills the template's slots.
            languages: by account, the language of the template's text.
            attachments: media that go with it.
            extra: by account, what only its network understands, such as ``quotes`` on X.

        Returns:
            The announcement: ``queued``, or ``awaiting_approval`` where a rule or a crisis wants
            that somebody else looks at it.

        Raises:
            NotFound: there is no such account or template.
            ReplyRefused: something speaks against it; each violation names the account.
            IdempotencyConflict: the key was used for another content.
        """
        where = accounts_of_call(accounts)
        words = Words(
            text=text,
            texts=dict(texts or {}),
            template=template,
            values=dict(values or {}),
            languages=dict(languages or {}),
            attachments=tuple(attachments),
            extra={name: dict(given) for name, given in (extra or {}).items()},
        )
        when = None if at is None else require_aware(at, "at")
        call = Call.of(key, "announce", where, by, when, words)
        return self._once(call, lambda tx: self._submit(tx, self._make(words, where, by, when)))

    @needs("replies.approve", of_announcement())
    def approve(self, announcement_id: str, *, by: str, because: str = "") -> Published:
        """Approve an announcement, and queue all of it.

        Raises:
            NotFound: there is no such announcement.
            NotPermitted: its author approves it, or somebody without a role for that.
            IllegalTransition: it does not wait for an approval, or its time is over.
            ReplyRefused: something speaks against it by now.
        """

        def work(transaction: Transaction) -> Announcement:
            found = self._waiting(transaction, announcement_id)
            now = self._services.clock.now()
            if repair(by) == found.by:
                message = f"{by} wrote announcement {found.id}: somebody else has to approve it"
                raise NotPermitted(message)
            if found.expires_at is not None and now >= found.expires_at:
                message = (
                    f"the time to approve announcement {found.id} ended at "
                    f"{found.expires_at.isoformat()}: announce it again"
                )
                raise IllegalTransition(message)
            given = self._approval(found, by, because, approved=True)
            expires = now + self._services.policy.reply_policy.approval_expires
            approved = evolve(found, approvals=(*found.approvals, given), expires_at=expires)
            checked = self._check(transaction, approved)
            if not checked.allowed:
                raise ReplyRefused(checked.violations, checked.verdict)
            return self._queue(transaction, self._put(transaction, approved, state="queued"))

        return self._once(None, work)

    @needs("replies.reject", of_announcement())
    def reject(self, announcement_id: str, *, by: str, because: str) -> Published:
        """Turn an announcement down.

        Raises:
            NotFound: there is no such announcement.
            IllegalTransition: it does not wait for an approval.
        """

        def work(transaction: Transaction) -> Announcement:
            found = self._waiting(transaction, announcement_id)
            given = self._approval(found, by, because, approved=False)
            after = evolve(found, approvals=(*found.approvals, given), detail=because)
            return self._put(transaction, after, state="rejected")

        return self._once(None, work)

    @needs("replies.publish", of_announcement())
    def cancel(self, announcement_id: str, *, by: str, because: str) -> Published:  # noqa: ARG002
        """Give an announcement up, or those of its targets that have not left.

        Raises:
            NotFound: there is no such announcement.
            IllegalTransition: all of it has left, or is leaving at this moment.
        """

        def work(transaction: Transaction) -> Announcement:
            found = self._find(transaction, announcement_id)
            if found.state == "awaiting_approval":
                return self._put(transaction, evolve(found, detail=because), state="cancelled")
            waiting = [
                part for part in parts_of(transaction, found).values() if part.state == "queued"
            ]
            if not waiting:
                message = f"announcement {found.id} has left: it cannot be cancelled"
                raise IllegalTransition(message)
            stopped = [evolve(part, state="cancelled", ready_at=None) for part in waiting]
            transaction.replies.put_parts(stopped)
            return self._put(transaction, evolve(found, detail=because), state=found.state)

        return self._once(None, work)

    @shows("replies.read")
    def awaiting(
        self,
        *,
        after: str = "",
        limit: int = 100,
        by: str | None = None,  # noqa: ARG002
    ) -> list[Published]:
        """Return announcements that wait for an approval, oldest first.

        Args:
            after: the id of the last one seen.
            limit: how many at most, 1 to 1000.
            by: who asks; the host itself unless given.
        """
        require_page(limit)
        with self._services.store.read() as reader:
            return [Published(announcement=a) for a in reader.announcements.asked(after, limit)]

    @shows("replies.read", of_announcement())
    def get(self, announcement_id: str, *, by: str | None = None) -> Published:  # noqa: ARG002
        """Return an announcement with what became of each target.

        Raises:
            NotFound: there is no such announcement.
        """
        with self._services.store.read() as reader:
            found = self._find(reader, announcement_id)
            return Published(announcement=found, parts=parts_of(reader, found))

    @shows("replies.read")
    def latest(
        self,
        *,
        before: str = "",
        limit: int = 100,
        by: str | None = None,  # noqa: ARG002
    ) -> list[Published]:
        """Return announcements, the latest first.

        Args:
            before: the id of the last one seen.
            limit: how many at most, 1 to 1000.
            by: who asks; the host itself unless given.
        """
        require_page(limit)
        with self._services.store.read() as reader:
            found = reader.announcements.latest(before, limit)
            return [Published(announcement=a, parts=parts_of(reader, a)) for a in found]
