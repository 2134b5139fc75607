"""The parts of a desk for asynchronous hosts: each call is made in a thread, and awaited."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from scskit.aio.threads import Threads
from scskit.desk.cases import Cases
from scskit.desk.customers import Customers
from scskit.desk.feed import Feed
from scskit.desk.incidents import Incidents
from scskit.desk.intake import Intake
from scskit.desk.outbox import Outbox
from scskit.desk.publishing import Publishing
from scskit.desk.replies import Replies
from scskit.desk.webhooks import Webhooks
from scskit.desk.work import Work

P = ParamSpec("P")
R = TypeVar("R")


class _Part(Protocol):
    """A part of an ``AsyncDesk``: threads, and the part of the ``Desk`` that does the work."""

    _threads: Threads
    _sync: Any


def awaited(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]:
    """Return a method of a part that calls ``method`` in a thread; all else is the same."""

    @wraps(method)
    async def call(self: _Part, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._threads.run(partial(method, self._sync, *args, **kwargs))

    return call


class AsyncPart:
    """What all parts have in common."""

    def __init__(self, sync: object, threads: Threads) -> None:
        """Make the calls of ``sync`` in ``threads``."""
        self._sync: Any = sync
        self._threads = threads


class AsyncCases(AsyncPart):
    """``Cases``, awaited."""

    accept_escalation = awaited(Cases.accept_escalation)
    assign = awaited(Cases.assign)
    clocks = awaited(Cases.clocks)
    close = awaited(Cases.close)
    dismiss = awaited(Cases.dismiss)
    escalate = awaited(Cases.escalate)
    find = awaited(Cases.find)  # type: ignore[arg-type]  # no filter is called "self"
    get = awaited(Cases.get)
    hold = awaited(Cases.hold)
    interactions = awaited(Cases.interactions)
    link = awaited(Cases.link)
    log = awaited(Cases.log)
    merge = awaited(Cases.merge)
    note = awaited(Cases.note)
    recalculate = awaited(Cases.recalculate)
    reopen = awaited(Cases.reopen)
    resume = awaited(Cases.resume)
    return_escalation = awaited(Cases.return_escalation)
    route = awaited(Cases.route)
    set_priority = awaited(Cases.set_priority)
    set_reason = awaited(Cases.set_reason)
    snooze = awaited(Cases.snooze)
    solve = awaited(Cases.solve)
    split = awaited(Cases.split)
    timeline = awaited(Cases.timeline)
    wait = awaited(Cases.wait)


class AsyncCustomers(AsyncPart):
    """``Customers``, awaited."""

    get = awaited(Customers.get)
    identity = awaited(Customers.identity)
    link = awaited(Customers.link)
    links = awaited(Customers.links)
    merge = awaited(Customers.merge)
    unlink = awaited(Customers.unlink)
    unmerge = awaited(Customers.unmerge)


class AsyncIntake(AsyncPart):
    """``Intake``, awaited."""

    apply_received = awaited(Intake.apply_received)
    discard = awaited(Intake.discard)
    ingest = awaited(Intake.ingest)
    keep = awaited(Intake.keep)
    quarantined = awaited(Intake.quarantined)
    received = awaited(Intake.received)
    redrive = awaited(Intake.redrive)
    release = awaited(Intake.release)


class AsyncFeed(AsyncPart):
    """``Feed``, awaited."""

    read = awaited(Feed.read)


class AsyncWork(AsyncPart):
    """``Work``, awaited."""

    accept = awaited(Work.accept)
    decline = awaited(Work.decline)
    look = awaited(Work.look)
    next_change = awaited(Work.next_change)
    offer = awaited(Work.offer)
    on_commit = awaited(Work.on_commit)
    pull = awaited(Work.pull)
    push = awaited(Work.push)
    release = awaited(Work.release)
    set_presence = awaited(Work.set_presence)
    take_over = awaited(Work.take_over)
    waiting = awaited(Work.waiting)

    @property
    def acts(self) -> bool:
        """Whether the desk file lets anything happen by itself here."""
        return bool(self._sync.acts)


class AsyncWebhooks(AsyncPart):
    """``Webhooks``, awaited."""

    accept = awaited(Webhooks.accept)
    apply = awaited(Webhooks.apply)
    count = awaited(Webhooks.count)
    keep = awaited(Webhooks.keep)
    receive = awaited(Webhooks.receive)
    streamed = awaited(Webhooks.streamed)

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """What became of the requests since this desk was opened, by connector."""
        counts: Mapping[str, Mapping[str, int]] = self._sync.counts
        return counts


class AsyncReplies(AsyncPart):
    """``Replies``, awaited."""

    apply_macro = awaited(Replies.apply_macro)
    approve = awaited(Replies.approve)
    attempts = awaited(Replies.attempts)
    awaiting = awaited(Replies.awaiting)
    cancel = awaited(Replies.cancel)
    challenge = awaited(Replies.challenge)
    check = awaited(Replies.check)
    close_publicly = awaited(Replies.close_publicly)
    continue_on = awaited(Replies.continue_on)
    draft = awaited(Replies.draft)
    edit = awaited(Replies.edit)
    get = awaited(Replies.get)
    handoff = awaited(Replies.handoff)
    hide = awaited(Replies.hide)
    of = awaited(Replies.of)
    parts = awaited(Replies.parts)
    reject = awaited(Replies.reject)
    resume = awaited(Replies.resume)
    schedule = awaited(Replies.schedule)
    send = awaited(Replies.send)
    submit = awaited(Replies.submit)
    suggest = awaited(Replies.suggest)
    suspend = awaited(Replies.suspend)
    suspensions = awaited(Replies.suspensions)
    verify = awaited(Replies.verify)
    whisper = awaited(Replies.whisper)


class AsyncIncidents(AsyncPart):
    """``Incidents``, awaited."""

    close = awaited(Incidents.close)
    get = awaited(Incidents.get)
    latest = awaited(Incidents.latest)
    link = awaited(Incidents.link)
    notify = awaited(Incidents.notify)
    open = awaited(Incidents.open)


class AsyncPublishing(AsyncPart):
    """``Publishing``, awaited."""

    amplify = awaited(Publishing.amplify)
    announce = awaited(Publishing.announce)
    approve = awaited(Publishing.approve)
    awaiting = awaited(Publishing.awaiting)
    cancel = awaited(Publishing.cancel)
    consent = awaited(Publishing.consent)
    get = awaited(Publishing.get)
    latest = awaited(Publishing.latest)
    reject = awaited(Publishing.reject)
    thank = awaited(Publishing.thank)


class AsyncOutbox(AsyncPart):
    """``Outbox``, awaited."""

    close = awaited(Outbox.close)
    next_ready = awaited(Outbox.next_ready)
    redrive = awaited(Outbox.redrive)
    resolve = awaited(Outbox.resolve)
    run = awaited(Outbox.run)
    stuck = awaited(Outbox.stuck)
