"""What one transaction does to replies: the steps that commands are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import evolve

from scskit.core.errors import IllegalTransition, NotFound, ReplyRefused
from scskit.core.event import Event
from scskit.core.outbound import Part, Reply, require_part_move, require_reply_move
from scskit.core.ports import Reader, Transaction
from scskit.core.preflight import Preflight, judge
from scskit.core.records import RecordedEvent, Writes
from scskit.core.reply import Violation
from scskit.core.reply_events import ApprovalRequested, ReplyCancelled
from scskit.desk.changes import digest
from scskit.desk.checking import Checking
from scskit.desk.composing import Composing
from scskit.desk.drafting import (
    SUPERSEDED,
    Wording,
    make_parts,
    make_reply,
    queued_event,
    require_latest,
)
from scskit.desk.permissions import About, Arguments
from scskit.desk.places import CaseView, Place
from scskit.desk.reacting import Reacting
from scskit.desk.services import Services


class Replying:
    """The steps, within one transaction.

    Attributes:
        transaction: the transaction.
        recorded: what was recorded so far, to be told when it is committed.
    """

    def __init__(self, services: Services, transaction: Transaction) -> None:
        """Work at the present instant."""
        self._services = services
        self.transaction = transaction
        self.recorded: list[RecordedEvent] = []
        self._rows = transaction.replies
        self._now = services.clock.now()

    def find(self, reply_id: str) -> Reply:
        """Return a reply as it was last written.

        Raises:
            NotFound: there is none with this id.
        """
        return find_reply(self.transaction, reply_id)

    def view(self, case_id: str) -> CaseView:
        """Return a case with its messages, locked."""
        return CaseView(self.transaction, case_id)

    def add(self, view: CaseView, place: Place, wording: Wording, by: str) -> Reply:
        """Write a draft down."""
        reply = make_reply(self._services, view, place, wording, by)
        self._rows.add_reply(reply)
        return reply

    def put(self, before: Reply, after: Reply) -> Reply:
        """Store a changed reply."""
        after = evolve(after, version=before.version + 1, updated_at=self._now)
        self._rows.put_reply(after, before.version)
        return after

    def submit(self, reply: Reply, view: CaseView) -> Reply:
        """Check a reply, and queue it or ask for an approval.

        Raises:
            ReplyRefused: something speaks against it.
            StaleCase: a machine's answer came too late.
            IllegalTransition: it was queued or given up.
        """
        require_latest(reply, view)
        if reply.state != "awaiting_approval":
            require_reply_move(reply.id, reply.state, "queued")
        found = self.check(reply, view)
        if found.verdict == "needs_approval":
            return self._ask(reply, view, found)
        if not found.allowed:
            raise ReplyRefused(found.violations, found.verdict)
        return self.queue(reply, view)

    def submit_behind(self, reply: Reply, view: CaseView, first: Reply) -> Reply:
        """Submit a reply that is not to leave before another one.

        While that waits for an approval, so does this.

        Raises:
            ReplyRefused: something speaks against it.
        """
        if first.state != "awaiting_approval":
            return self.submit(reply, view)
        found = self.check(reply, view)
        if found.verdict not in {"allow", "needs_approval"}:
            raise ReplyRefused(found.violations, found.verdict)
        message = f"It goes behind reply {first.id}, which waits for an approval."
        waits = Violation("approval", message, "desk", remedy="approval")
        return self._ask(reply, view, judge((*found.violations, waits), found.at))

    def check(self, reply: Reply, view: CaseView) -> Preflight:
        """Ask everybody who has a say in it."""
        suspensions = self._rows.suspensions()
        said = [
            one
            for one in self._rows.replies_of(view.case.id)
            if one.state == "queued" and one.id != reply.id
        ]
        at = reply.not_before or self._now
        return Checking(self._services).reply(reply, view, suspensions, at, said)

    def queue(self, reply: Reply, view: CaseView) -> Reply:
        """Put a reply's parts into the outbox; other drafts for the same message are superseded."""
        after = self.put(reply, evolve(reply, state="queued"))
        composing = Composing(self._services)
        cut = composing.cut(after, composing.ending(after, view))
        parts = make_parts(self._services, after, view, cut)
        self._rows.add_parts(parts)
        events = [queued_event(after, parts, self._services.policy.version)]
        self.record(view, [*events, *self._supersede(after, view)])
        return after

    def cancel(self, reply: Reply, parts: Sequence[Part], by: str, because: str) -> Reply:
        """Give a reply up, or what has not left of it.

        Raises:
            IllegalTransition: all of it has left, or is leaving at this moment.
        """
        if reply.state != "queued":
            require_reply_move(reply.id, reply.state, "cancelled")
            return self._give_up(reply, "cancelled", by, because)
        waiting = [part for part in parts if part.state == "queued"]
        if not waiting:
            states = ", ".join(sorted({part.state for part in parts}))
            message = f"reply {reply.id} has left ({states}): it cannot be cancelled"
            raise IllegalTransition(message)
        for part in waiting:
            require_part_move(part.id, part.state, "cancelled")
        stopped = [evolve(part, state="cancelled", ready_at=None) for part in waiting]
        self._rows.put_parts(stopped)
        after = self.put(reply, evolve(reply, code="cancelled", detail=because))
        cancelled = ReplyCancelled(
            case_id=reply.case_id,
            at=self._now,
            by=by,
            because=because,
            reply_id=reply.id,
            code="cancelled",
            parts=tuple(part.id for part in stopped),
        )
        self.record(self.view(reply.case_id), [cancelled])
        return after

    def record(self, view: CaseView, events: Sequence[Event], writes: Writes | None = None) -> None:
        """Let events happen to a case, with whatever follows from them.

        Args:
            view: the case.
            events: what happens.
            writes: what is written beside them.
        """
        writes = writes or Writes()
        before = view.case
        view.draft.apply(events)
        reacting = Reacting(self._services, self.transaction, self._now)
        reacting.react(view.draft, before, tuple(view.draft.events), at=self._now)
        writes.drafts = [view.draft]
        self.recorded.extend(self.transaction.write(writes, self._now))
        view.case = view.draft.case or view.case

    def _ask(self, reply: Reply, view: CaseView, found: Preflight) -> Reply:
        asked_until = reply.expires_at if reply.state == "awaiting_approval" else None
        if asked_until is not None and self._now < asked_until:
            return reply
        reasons = tuple(v.message for v in found.violations)
        expires = self._now + self._services.policy.reply_policy.approval_expires
        after = self.put(
            reply,
            evolve(reply, state="awaiting_approval", asked_for=reasons, expires_at=expires),
        )
        asked = ApprovalRequested(
            case_id=reply.case_id,
            at=self._now,
            by=reply.by,
            reply_id=reply.id,
            digest=digest(reply.text),
            reasons=reasons,
            expires_at=expires,
            policy_version=self._services.policy.version,
        )
        self.record(view, [asked])
        return after

    def _supersede(self, reply: Reply, view: CaseView) -> list[Event]:
        """Give up what others drafted for the same message: one answer is enough."""
        if reply.purpose != "reply" or reply.in_reply_to is None:
            return []
        events: list[Event] = []
        for other in self._rows.replies_of(view.case.id):
            rival = (
                other.id != reply.id
                and other.state in {"draft", "awaiting_approval"}
                and other.purpose == "reply"
                and other.in_reply_to == reply.in_reply_to
                and other.account_id == reply.account_id
            )
            if rival:
                because = f"superseded by reply {reply.id}"
                self.put(other, evolve(other, state="cancelled", code=SUPERSEDED, detail=because))
                events.append(self._cancelled(other, SUPERSEDED, reply.by, because))
        return events

    def _give_up(self, reply: Reply, code: str, by: str, because: str) -> Reply:
        after = self.put(reply, evolve(reply, state="cancelled", code=code, detail=because))
        view = self.view(reply.case_id)
        self.record(view, [self._cancelled(reply, code, by, because)])
        return after

    def _cancelled(self, reply: Reply, code: str, by: str, because: str) -> ReplyCancelled:
        return ReplyCancelled(
            case_id=reply.case_id,
            at=self._now,
            by=by,
            because=because,
            reply_id=reply.id,
            code=code,
        )


def find_reply(reader: Reader, reply_id: str) -> Reply:
    """Return a reply as it was last written.

    Raises:
        NotFound: there is none with this id.
    """
    found = reader.replies.replies([reply_id]).get(reply_id)
    if found is None:
        message = f"there is no reply {reply_id!r} for this tenant"
        raise NotFound(message)
    return found


def of_reply(name: str = "reply_id") -> About:
    """Concern the account of the reply whose id is in this argument; see ``desk.permissions``."""

    def find(services: Services, arguments: Arguments) -> Iterable[str]:
        with services.store.read() as reader:
            return (find_reply(reader, arguments[name]).account_id,)

    return find


def of_part(name: str = "part_id") -> About:
    """Concern the account of the part of a reply whose id is in this argument."""

    def find(services: Services, arguments: Arguments) -> Iterable[str]:
        with services.store.read() as reader:
            found = reader.replies.parts([arguments[name]])
        return tuple(part.outbound.account for part in found.values())

    return find


def next_opening(services: Services, account: str, at: datetime) -> datetime:
    """Return the first instant from ``at`` on in the hours in which an account sends.

    Raises:
        IllegalTransition: it never sends again.
    """
    name = services.policy.reply_policy.hours.get(account)
    if name is None:
        return at
    opens = services.policy.calendars[name].next_open(at)
    if opens is None:
        message = f"account {account} never sends again after {at.isoformat()} (calendar {name})"
        raise IllegalTransition(message)
    return opens
