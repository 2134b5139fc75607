"""The outbox: what is queued leaves, each part effectively once.

::

    claim (attempt written down, committed) ──► preflight ──► network ──► record (one transaction)

A process that dies in between leaves an attempt without an end. When its lease is over, others take
the part for one of unknown outcome: they look whether it arrived before anybody sends it again, and
where the network cannot be asked it waits for a person, an echo or a receipt.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock

from attrs import evolve, field, frozen

from scskit.core.errors import IllegalTransition, NotFound
from scskit.core.ids import CaseId, IdentityId
from scskit.core.outbound import Attempt, Part, PartState, require_part_move
from scskit.core.ports import Transaction
from scskit.core.records import RecordedEvent
from scskit.core.reply import Outbound
from scskit.core.reply_events import ReplyQueued, ReplyResolved
from scskit.core.reply_ports import Suspension
from scskit.desk.checking import Known
from scskit.desk.delivering import Delivering, Job, Result
from scskit.desk.enduring import enduring
from scskit.desk.garbage import garbage_left
from scskit.desk.permissions import needs, shows
from scskit.desk.places import assurance_of, cases_that_go_on
from scskit.desk.recording import Recording
from scskit.desk.replying import Replying, of_part
from scskit.desk.services import Services

CLAIM = 200
"""At most this many parts are claimed at once."""

CONCURRENCY = 8
"""So many conversations are answered at the same time."""

PER_THREAD = 4
"""So many parts are claimed for each of them at first: nobody knows yet how slow a network is."""

QUICK = timedelta(seconds=1)
"""A claim that took less may be twice as large the next time; one that took ten times as long is
halved."""


@frozen(kw_only=True)
class OutboxReport:
    """What a run of the outbox did.

    Attributes:
        parts: how many parts it attended to; one that it tried twice counts twice.
        states: how many of these stand in which state afterwards.
        next_ready: when to call again; None if nothing waits.
    """

    parts: int = 0
    states: Mapping[str, int] = field(factory=dict)
    next_ready: datetime | None = None


class Outbox:
    """Sends what is queued. Any number of processes may do so on one database."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services
        self._delivering = Delivering(services)
        self._pool: ThreadPoolExecutor | None = None
        self._lock = Lock()
        self._process = 0
        self._size = CONCURRENCY * PER_THREAD

    def run(self, limit: int | None = None, *, concurrency: int = CONCURRENCY) -> OutboxReport:
        """Send what is ready, and look after what is unknown.

        Args:
            limit: how many parts at most; None until nothing is ready.
            concurrency: how many conversations are answered at the same time.

        Returns:
            What was done, and when to call again.
        """
        done = 0
        states: Counter[str] = Counter()
        while limit is None or done < limit:
            most = self._size if limit is None else min(self._size, limit - done)
            now = self._round(most, concurrency)
            if not now:
                break
            states.update(now)
            done += now.total()
        return OutboxReport(
            parts=done, states=dict(states), next_ready=self._services.store.next_ready()
        )

    def next_ready(self) -> datetime | None:
        """Return when ``run`` will next have something to do; None if never."""
        return self._services.store.next_ready()

    @shows("replies.read")
    def stuck(
        self,
        *,
        after: str = "",
        limit: int = 100,
        by: str | None = None,  # noqa: ARG002
    ) -> list[Part]:
        """Return parts that failed, and those of which only a person can find out.

        Args:
            after: the id of the last one seen.
            limit: how many at most.
            by: who asks; the host itself unless given.
        """
        with self._services.store.read() as reader:
            return reader.replies.stuck(after, limit)

    @needs("replies.redrive", of_part())
    def redrive(self, part_id: str, *, by: str, because: str) -> Part:
        """Queue a part again that failed.

        Raises:
            NotFound: there is no such part.
            IllegalTransition: it did not fail.
        """

        def work(transaction: Transaction) -> tuple[Part, list[RecordedEvent]]:
            part = _the(transaction, part_id)
            if part.state != "failed":
                message = f"part {part_id} is {part.state}: only what failed is sent again"
                raise IllegalTransition(message)
            now = self._services.clock.now()
            again = evolve(
                part,
                state="queued",
                ready_at=now,
                forgiven=part.attempts,
                code="",
                error_class=None,
                detail="",
            )
            transaction.replies.put_parts([again])
            return again, self._note(transaction, again, by, because)

        return self._tell(work)

    @needs("replies.resolve_unknown", of_part())
    def resolve(
        self, part_id: str, *, arrived: bool, by: str, because: str, external_id: str = ""
    ) -> Part:
        """Say what became of a part of unknown outcome, after having looked at the network.

        Args:
            part_id: the part.
            arrived: whether it did: then it is sent; otherwise it is queued again.
            by: who looked.
            because: what was seen.
            external_id: the network's id of the message, if it arrived and shows one.

        Raises:
            NotFound: there is no such part.
            IllegalTransition: its outcome is known.
        """

        def work(transaction: Transaction) -> tuple[Part, list[RecordedEvent]]:
            part = _the(transaction, part_id)
            if part.state != "unknown":
                message = f"part {part_id} is {part.state}: its outcome is known"
                raise IllegalTransition(message)
            return self._resolved(transaction, part, arrived, external_id, by, because)

        return self._tell(work)

    # What a run is made of.

    def _round(self, most: int, concurrency: int) -> Counter[str]:
        """Send some parts; return how many stand in which state then."""
        began = self._services.clock.now()
        with garbage_left():
            jobs = self._claim(most, concurrency)
        if not jobs:
            return Counter()
        results = self._carry_out(jobs, concurrency)  # may take as long as the network likes
        with garbage_left():
            states = self._record(results)
        self._adapt(self._services.clock.now() - began, concurrency)
        return states

    def _adapt(self, took: timedelta, concurrency: int) -> None:
        """Claim as much the next time as is done well before its lease is over."""
        if took < QUICK:
            self._size = min(CLAIM, self._size * 2)
        elif took > QUICK * 10:
            self._size = max(concurrency, self._size // 2)

    def _claim(self, most: int, concurrency: int) -> list[Job]:
        now = self._services.clock.now()
        policy = self._services.policy.reply_policy

        def work(transaction: Transaction) -> list[Job]:
            jobs: list[Job] = []
            lost: list[Attempt] = []
            for part in self._in_hand(transaction.replies.ready(now, most), concurrency):
                if part.state == "sending":
                    lost.append(_lost(part, now))
                jobs.append(_job(part, now, now + policy.lease))
            if jobs:
                transaction.replies.put_parts([job.part for job in jobs])
                transaction.replies.put_attempts([*lost, *(job.attempt for job in jobs)])
            return jobs

        return self._services.store.run(work)

    def _in_hand(self, ready: Sequence[Part], concurrency: int) -> list[Part]:
        """Return what to claim of what is ready.

        Of what nobody could find out about only as much as leaves at once, and before all else:
        should this process die, the rest would be unknown without ever having been begun.
        """
        blind = [p for p in ready if p.state == "queued" and not self._delivering.can_look(p)]
        if not blind:
            return list(ready)
        ids = {part.id for part in blind}
        return [*blind[: max(concurrency, 1)], *(part for part in ready if part.id not in ids)]

    def _carry_out(self, jobs: Sequence[Job], concurrency: int) -> list[Result]:
        known, suspensions = enduring(self._services, lambda: self._around(jobs))

        def carry_out(job: Job) -> Result:
            around = known.get(job.part.id)
            return self._delivering.carry_out(job, around, suspensions)

        if len(jobs) == 1 or concurrency <= 1:
            return [carry_out(job) for job in jobs]
        return list(self._threads(concurrency).map(carry_out, jobs))

    def _around(self, jobs: Sequence[Job]) -> tuple[dict[str, Known], list[Suspension]]:
        """Return what is known around each part, by its id, and what may not be written to."""
        ids = {CaseId(job.part.outbound.case_id) for job in jobs if job.part.outbound.case_id}
        with self._services.store.read() as reader:
            cases = cases_that_go_on(reader, ids)
            known: dict[str, Known] = {}
            for outbound in (job.part.outbound for job in jobs):
                if case := cases.get(CaseId(outbound.case_id)):
                    sure = assurance_of(reader, case, self._addressed(outbound))
                    known[outbound.id] = Known(case, sure)
            return known, reader.replies.suspensions()

    def _addressed(self, outbound: Outbound) -> IdentityId | None:
        account = self._services.account(outbound.account)
        if account is None or outbound.recipient is None:
            return None
        return self._services.identity_id(account, outbound.recipient)

    def _threads(self, concurrency: int) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None or self._process != os.getpid():  # threads do not come along
                self._process = os.getpid()
                self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="scskit-outbox")
            return self._pool

    def _record(self, results: Sequence[Result]) -> Counter[str]:
        recording = Recording(self._services, results)
        recorded, states = enduring(self._services, recording.run)
        self._services.announce(recorded)
        return states

    # What a person decides.

    def _resolved(  # noqa: PLR0913, PLR0917  what somebody found out
        self,
        transaction: Transaction,
        part: Part,
        arrived: bool,  # noqa: FBT001
        external_id: str,
        by: str,
        because: str,
    ) -> tuple[Part, list[RecordedEvent]]:
        now = self._services.clock.now()
        to: PartState = "sent" if arrived else "queued"
        require_part_move(part.id, part.state, to)
        after = evolve(
            part,
            state=to,
            ready_at=None if arrived else now,
            external_id=external_id or part.external_id,
            forgiven=part.forgiven if arrived else part.attempts,
        )
        event = ReplyResolved(
            case_id=CaseId(part.outbound.case_id),
            at=now,
            by=by,
            because=because,
            reply_id=part.reply_id,
            part_id=part.id,
            outcome="sent" if arrived else "not_sent",
            found_by="person",
        )
        recording = Recording(self._services, ())
        recorded = recording.settle(transaction, after, [event])
        return after, recorded

    def _note(
        self, transaction: Transaction, part: Part, by: str, because: str
    ) -> list[RecordedEvent]:
        if not part.outbound.case_id:
            return []
        replying = Replying(self._services, transaction)
        view = replying.view(part.outbound.case_id)
        event = ReplyQueued(
            case_id=view.case.id,
            at=self._services.clock.now(),
            by=by,
            because=because,
            reply_id=part.reply_id,
            digest="",
            account_id=part.outbound.account,
            visibility=part.outbound.visibility,
            parts=(part.id,),
            policy_version=self._services.policy.version,
            purpose=part.purpose,
            automated=part.outbound.automated,
        )
        replying.record(view, [event])
        return replying.recorded

    def _tell(self, work: Callable[[Transaction], tuple[Part, list[RecordedEvent]]]) -> Part:
        part, recorded = self._services.store.run(work)
        self._services.announce(recorded)
        return part

    def close(self) -> None:
        """End the threads."""
        with self._lock:
            if self._pool is not None and self._process == os.getpid():
                self._pool.shutdown(wait=True)
            self._pool = None


def _job(part: Part, now: datetime, until: datetime) -> Job:
    """Lease a part: to send it, or to look whether it arrived."""
    number = part.attempts + 1
    look = part.state in {"sending", "unknown"}
    leased = evolve(part, state="unknown" if look else "sending", ready_at=until, attempts=number)
    attempt = Attempt(part_id=part.id, number=number, began_at=now)
    return Job(part=leased, attempt=attempt, look=look, until=until)


def _lost(part: Part, now: datetime) -> Attempt:
    """Return the attempt of a process that did not come back."""
    return Attempt(
        part_id=part.id,
        number=part.attempts,
        began_at=now,
        ended_at=now,
        outcome="lost",
        detail="whoever began it did not come back",
    )


def _the(transaction: Transaction, part_id: str) -> Part:
    found = transaction.replies.parts([part_id]).get(part_id)
    if found is None:
        message = f"there is no part {part_id!r} of any reply for this tenant"
        raise NotFound(message)
    return found
