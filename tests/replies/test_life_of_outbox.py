"""Random commands, receipts, echoes, faults, jumps of the clock and restarts: the laws hold.

A reply never stands on the network twice; every part moves only along the drawing; what receipts
said never goes back; a case is what its events say.
"""

# ruff: noqa: D102  a rule is called after what happens

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from scskit import Account, Policy, open_desk
from scskit.core.errors import (
    CaseError,
    CredentialsRejected,
    OutcomeUnknown,
    Rejected,
    ReplyRefused,
    RetryLater,
)
from scskit.core.interaction import Receipt
from scskit.core.match import When
from scskit.core.outbound import ARRIVED, PART_MOVES
from scskit.core.reply_policy import ApprovalRule, ReplyPolicy
from scskit.testing import FakeClock, InstantNetwork, brand_reply, message

ACCOUNT = "twitter.acme"
POLICY = Policy(
    accounts={ACCOUNT: Account(id=ACCOUNT, network="twitter", handle="acme")},
    replies=ReplyPolicy(
        approval=(ApprovalRule(name="private", when=When(), visibility="private"),),
        most_attempts=4,
        repeat_within=timedelta(0),
    ),
)
REACHED = {"sent": 1, "delivered": 2, "read": 3}
FAULTS = st.sampled_from(
    ["wait", "limit", "refused", "credentials", "lost", "lost after", "breaks after", "killed"]
)
SECONDS = st.sampled_from([0, 1, 40, 400, 4000])


class Killed(BaseException):
    """What ends a process, whatever it catches."""


class OutboxLife(RuleBasedStateMachine):
    """A desk on a network that fails as it is told."""

    capabilities = frozenset({"reply_public", "reply_private", "find_sent", "hide", "receipts"})

    def __init__(self):
        """Open a desk on an empty database."""
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.clock = FakeClock()
        self.network = InstantNetwork()
        self.drafts, self.states, self.reached, self.rivals = [], {}, {}, 0
        self.told_failed = set()
        self.open()

    def open(self):
        self.desk = open_desk(
            f"sqlite:///{self.folder}/desk.db",
            POLICY,
            discover=False,
            plugins=[self.network.plugin("twitter", capabilities=self.capabilities)],
            clock=self.clock,
            synchronous="NORMAL",
        )

    @initialize(faults=st.lists(FAULTS, max_size=5))
    def people_ask(self, faults):
        asked = [
            message(f"Question {n}", by=f"p{n}", thread=f"t{n}", visibility=visibility)
            for n, visibility in enumerate(("public", "private", "public"))
        ]
        self.cases = self.desk.ingest(asked).cases
        for number in (0, 0, 2, 2):
            self.write(number, submit=True, twice=False)
        self.plan(faults)

    # Commands.

    @rule(number=st.integers(0, 2), submit=st.booleans(), twice=st.booleans())
    def write(self, number, submit, twice):
        text, key = f"Answer {len(self.drafts)}", f"key-{len(self.drafts)}"
        write = self.desk.replies.send if submit else self.desk.replies.draft
        made = [
            write(self.cases[number], text, by="agent:ana", key=key).id for _ in range(1 + twice)
        ]
        assert len(set(made)) == 1
        self.drafts.append(made[0])

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), what=st.sampled_from(["submit", "cancel", "approve", "reject", "edit"]))
    def command(self, data, what):
        reply = data.draw(st.sampled_from(self.drafts))
        replies = self.desk.replies
        with suppress(CaseError, ReplyRefused):
            if what == "submit":
                replies.submit(reply, by="agent:ana")
            elif what == "edit":
                number = self.drafts.index(reply)
                replies.edit(reply, f"Answer {number}, changed", by="agent:ana")
            else:
                getattr(replies, what)(reply, by="agent:eva", because="so")

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), arrived=st.booleans())
    def decide(self, data, arrived):
        """A person decides about what is stuck, truly."""
        stuck = self.desk.outbox.stuck()
        if not stuck:
            return
        part = data.draw(st.sampled_from(stuck))
        if part.state == "unknown":
            stands = self.where(part.id)
            self.desk.outbox.resolve(
                part.id,
                arrived=bool(stands),
                by="agent:eva",
                because="looked",
                external_id=stands if stands and arrived else "",
            )
        elif part.id not in self.told_failed:
            self.desk.outbox.redrive(part.id, by="agent:eva", because="again")

    # The network.

    def plan(self, faults):
        self.network.plan.extend(map(self.fault, faults))

    def fault(self, kind):
        def after(error):
            def takes(outbound):
                self.network.post(outbound)
                raise error

            return takes

        return {
            "wait": RetryLater("busy", 30),
            "limit": RetryLater("too many", 900, error_class="rate_limit"),
            "refused": Rejected("no"),
            "credentials": CredentialsRejected("expired"),
            "lost": OutcomeUnknown("timed out"),
            "lost after": after(OutcomeUnknown("timed out")),
            "breaks after": after(KeyError("bug")),
            "killed": after(Killed()),
        }[kind]

    @precondition(lambda self: self.network.posted)
    @rule(data=st.data(), status=st.sampled_from(["delivered", "read", "failed", "sent"]))
    def receipt(self, data, status):
        target = data.draw(st.sampled_from(sorted(self.network.posted)))
        part = self.network.posted[target].id
        told = Receipt(
            account=ACCOUNT, target=target, status=status, at=self.clock.now(), reference=part
        )
        self.desk.ingest([told])
        if status == "failed":
            self.told_failed.add(part)

    @precondition(lambda self: self.network.posted)
    @rule(data=st.data())
    def echo(self, data):
        target = data.draw(st.sampled_from(sorted(self.network.posted)))
        sent = self.network.posted[target]
        shown = brand_reply(
            sent.in_reply_to,
            sent.text,
            external_id=target,
            thread=sent.thread,
            visibility=sent.visibility,
            posted_at=self.clock.now(),
            extra={"metadata": sent.id},
        )
        self.desk.ingest([shown])

    # Time, and processes.

    @rule(seconds=SECONDS)
    def wait(self, seconds):
        self.clock.advance(timedelta(seconds=seconds))

    @rule(most=st.sampled_from([1, 3, None]), faults=st.lists(FAULTS, max_size=3))
    def work(self, most, faults):
        self.plan(faults)
        try:
            self.desk.outbox.run(most, concurrency=1)
        except Killed:
            self.restart()

    @rule()
    def restart(self):
        self.desk.close()
        self.open()

    # The laws.

    def where(self, part_id):
        """Return the network's id of a part, if it stands there."""
        return next((x for x, sent in self.network.posted.items() if sent.id == part_id), "")

    @invariant()
    def nothing_stands_there_twice(self):
        counts = Counter(sent.id for sent in self.network.posted.values())
        assert set(counts.values()) <= {1}

    @invariant()
    def parts_move_along_the_drawing(self):
        for reply in self.drafts:
            for part in self.desk.replies.parts(reply):
                before = self.states.get(part.id, part.state)
                assert part.state in reachable(before), (before, part.state)
                self.states[part.id] = part.state

    @invariant()
    def what_was_reached_stays_reached(self):
        for part_id, state in self.states.items():
            rank = REACHED.get(state, 0)
            before = self.reached.get(part_id, 0)
            if part_id not in self.told_failed:
                assert rank >= before, (part_id, state)
            self.reached[part_id] = max(rank, before)

    @invariant()
    def what_is_said_to_have_arrived_did(self):
        there = {sent.id for sent in self.network.posted.values()}
        assert all(id_ in there for id_, state in self.states.items() if state in ARRIVED)

    @invariant()
    def a_case_is_what_its_events_say(self):
        assert self.desk._services.store.verify().problems == []  # noqa: SLF001  as scskit verify

    def teardown(self):
        """Let everything that can happen happen: nothing is lost."""
        try:
            self.network.plan.clear()
            for _ in range(60):
                ready = self.desk.outbox.run(concurrency=1).next_ready
                if ready is None:
                    break
                self.clock.jump_to(max(ready, self.clock.now()))
            self.parts_move_along_the_drawing()
            self.nothing_stands_there_twice()
            self.what_is_said_to_have_arrived_did()
            assert not set(self.states.values()) & {"queued", "sending"}
        finally:
            self.desk.close()
            shutil.rmtree(self.folder, ignore_errors=True)


class BlindOutboxLife(OutboxLife):
    """The same, where nobody can ask what arrived."""

    capabilities = OutboxLife.capabilities - {"find_sent"}


def reachable(state):
    """Return every state that can follow, in any number of moves."""
    found, left = {state}, [state]
    while left:
        for following in PART_MOVES[left.pop()] - found:
            found.add(following)
            left.append(following)
    return found


def live(machine, examples, steps):
    """Let so many random outboxes live so many steps each."""
    thorough = os.environ.get("SCSKIT_HYPOTHESIS") == "thorough"
    profile = settings(
        max_examples=examples * 20 if thorough else examples,
        stateful_step_count=steps,
        derandomize=not thorough,
        deadline=None,
    )
    run_state_machine_as_test(machine, settings=profile)


def test_any_life_of_an_outbox():
    """Whatever people do and the network does, nothing is said twice, and what is told is true."""
    live(OutboxLife, examples=30, steps=20)


def test_any_life_of_an_outbox_that_cannot_look():
    """So it is where nobody can ask the network what arrived."""
    live(BlindOutboxLife, examples=30, steps=20)
