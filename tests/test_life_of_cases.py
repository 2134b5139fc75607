"""Whatever arrives in whatever order, and whatever people do: a desk stays right.

Random deliveries and commands run against a real desk, step by step beside a model of what must
have become of each item. After each step everything that always holds is checked.
"""

# ruff: noqa: D102, D107  rules and invariants say by their names what they are

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import count
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, text

from scskit import open_desk
from scskit.core.account import Account
from scskit.core.agent import PRESENCES, Queue
from scskit.core.case import CATEGORY
from scskit.core.errors import IllegalTransition, NotFound, NotPermitted
from scskit.core.identity import Author
from scskit.core.interaction import DELIVERY_RANK, Deletion, Edit, Message, Receipt
from scskit.core.lifecycle import TERMINAL, TRANSITIONS
from scskit.core.match import When
from scskit.core.policy import EngagementRule, Policy, Reason, ReasonTree
from scskit.core.time import to_micros
from scskit.storage.database import parse_url
from scskit.storage.tables import METADATA
from scskit.testing import FakeClock, SequentialIds

WHO = {"by": "agent:ana", "because": "test"}
ACCOUNTS = {
    "twitter.a": Account(id="twitter.a", network="twitter", identity_scope="network"),
    "page.b": Account(id="page.b", network="page", identity_scope="account"),
}
QUEUES = ("inbox", "billing", "legal")
RULES = (
    EngagementRule(name="spam", when=When(words=("casino",)), then="dismiss", code="noise.spam"),
    EngagementRule(
        name="law", when=When(words=("lawyer",)), then="forward", code="forward", queue="legal"
    ),
)
REASONS = ReasonTree(
    {"order": Reason(id="order", keywords=("order",)), "bill": Reason(id="bill", impact="high")}
)
TEXTS = (
    "hello",
    "my order is late",
    "win at the casino",
    "my lawyer will write",
    "thanks!",
    "\0 broken",
    "",
)
MOVES = {
    "solve": "solved",
    "close": "closed",
    "wait": "pending",
    "hold": "on_hold",
    "dismiss": "dismissed",
}

PERSONS = ("ana", "ana", "ben")

randoms = st.integers(0, 1 << 63).map(Random)
tenants = count(1)


def has_ended(case, now):
    """Tell whether the snooze or the offer of a case is over, whether or not anybody has swept."""
    snoozed = case.state == "snoozed" and case.snoozed_until < now
    return snoozed or (case.offered_to is not None and case.offer_until < now)


class Desk(RuleBasedStateMachine):
    """A desk and, beside it, what must have become of each item."""

    url = ""

    def __init__(self):
        super().__init__()
        self.clock = FakeClock()
        self.tenant = f"tenant-{next(tenants)}"
        policy = Policy(
            tenant=self.tenant,
            accounts=ACCOUNTS,
            queues={name: Queue(name=name) for name in QUEUES},
            reasons=REASONS,
            engagement=RULES,
        )
        self.desk = open_desk(
            self.url,
            policy,
            discover=False,
            clock=self.clock,
            ids=SequentialIds(),
            synchronous="NORMAL",
        )
        self.engine = create_engine(parse_url(self.url))
        self.ledger = {}
        self.waiting = defaultdict(list)
        self.settled = 0
        self.numbers = 0

    def teardown(self):
        self.desk.close()
        self.engine.dispose()

    # What must become of an item.

    def expect(self, item):
        """Return the outcome that an item must have, and remember it."""
        key, awaits = self.read(item)
        if key in self.ledger:
            return "duplicate"
        if awaits and self.ledger.get(awaits) != "applied":
            self.ledger[key] = "parked"
            self.waiting[awaits].append(key)
            return "parked"
        self.apply(key)
        return "applied"

    def read(self, item):
        """Return what makes an item unique, and what it must wait for."""
        if isinstance(item, Message):
            key = (item.account, "message", item.external_id, 0)
            answers = item.direction == "outbound" and item.parent
            return key, (item.account, "message", item.parent, 0) if answers else None
        kind, number = {
            Edit: lambda: ("edit", item.revision or to_micros(item.edited_at)),
            Deletion: lambda: ("deletion", 1 << 62),
            Receipt: lambda: ("receipt", DELIVERY_RANK[item.status]),
        }[type(item)]()
        target = (item.account, "message", item.target, 0)
        return (item.account, kind, item.target, number), target

    def apply(self, key):
        """Let a line be applied, and whatever waited for it."""
        self.ledger[key] = "applied"
        for waiting in self.waiting.pop(key, ()):
            self.settled += 1
            self.apply(waiting)

    # What arrives.

    def draw_item(self, random):
        account = random.choice(("twitter.a", "twitter.a", "twitter.a", "page.b"))
        at = self.clock.now() - timedelta(hours=random.randrange(40))
        if random.random() < 0.4:
            return self.draw_change(random, account, at)
        inbound = random.random() < 0.7
        return Message(
            account=account,
            external_id=self.draw_number(random) if random.random() < 0.1 else self.next_number(),
            author=Author(external_id=random.choice(PERSONS) if inbound else "brand"),
            posted_at=at,
            text=random.choice(TEXTS),
            direction="inbound" if inbound else "outbound",
            thread=random.choice((None, "t1", "t1", "t1", "t2")),
            parent=self.draw_number(random) if random.random() < 0.4 else None,
            addressed_to=random.choice((None, *PERSONS)) if not inbound else None,
            automated=not inbound and random.random() < 0.3,
        )

    def draw_change(self, random, account, at):
        target = self.draw_number(random)
        return random.choice(
            (
                Edit(account=account, target=target, edited_at=at, text="edited"),
                Edit(account=account, target=target, edited_at=at, text="again", revision=2),
                Deletion(account=account, target=target, deleted_at=at),
                Receipt(account=account, target=target, status="delivered", at=at),
                Receipt(account=account, target=target, status="read", at=at),
            )
        )

    def next_number(self):
        self.numbers += 1
        return str(self.numbers)

    def draw_number(self, random):
        """Return the id of a message that is there already, or will come soon, or never."""
        return str(max(1, self.numbers + random.randrange(-9, 4)))

    @initialize(random=randoms)
    def begin(self, random):
        for history in (True, False, False):
            self.deliver(random, history=history)

    @rule(random=randoms, history=st.booleans())
    def deliver(self, random, history):
        items = [self.draw_item(random) for _ in range(random.randrange(1, 8))]
        items += random.sample(items, random.randrange(len(items)))
        self.deliver_items(items, history=history)

    def deliver_items(self, items, *, history=False):
        self.settled = 0
        expected = [self.expect(item) for item in items]
        report = self.desk.ingest(items, history=history)
        assert [outcome.state for outcome in report.outcomes] == expected
        assert report.settled == self.settled

    @rule(random=randoms)
    def deliver_more(self, random):
        self.deliver(random, history=False)

    @rule()
    def release(self):
        parked = [key for key, state in self.ledger.items() if state == "parked"]
        for key in parked:
            if key[1] == "message" and self.ledger[key] == "parked":
                for waiting in self.waiting.values():
                    if key in waiting:
                        waiting.remove(key)
                self.apply(key)
        self.desk.intake.release(older_than=timedelta(0))

    @rule(hours=st.sampled_from((1, 30, 200)))
    def wait_a_while(self, hours):
        self.clock.advance(timedelta(hours=hours))

    @rule(random=randoms)
    def answer(self, random):
        """The brand answers somebody, and they write again."""
        if not self.has_cases():
            return
        case = self.draw_case(random)
        _, _, thread = case.thread_id.partition(":")
        _, _, person = case.identity_id.rpartition(":")
        at = self.clock.advance(timedelta(minutes=random.randrange(90)))
        answer, question = (
            Message(
                account=case.account_id,
                external_id=self.next_number(),
                author=Author(external_id=author),
                posted_at=at,
                text=random.choice(TEXTS),
                direction=direction,
                thread=thread,
                addressed_to=to,
            )
            for author, direction, to in (("brand", "outbound", person), (person, "inbound", None))
        )
        self.deliver_items([answer, question][: random.randrange(1, 3)])

    # What people do.

    def draw_case(self, random):
        """Return one of the latest cases, mostly one on which work goes on."""
        cases = self.desk.cases.find(limit=8).cases
        unfinished = [case for case in cases if case.state not in TERMINAL]
        return random.choice(unfinished if unfinished and random.random() < 0.8 else cases)

    def has_cases(self):
        return bool(self.desk.cases.find(limit=1).cases)

    def do(self, command, *, legal):
        """Run a command; an illegal one says so and changes nothing."""
        before = self.contents()
        try:
            case = command()
        except IllegalTransition:
            assert not legal
            assert self.contents() == before
            return None
        assert legal
        return case

    @precondition(has_cases)
    @rule(random=randoms, name=st.sampled_from((*sorted(MOVES), "snooze", "reopen", "resume")))
    def move(self, random, name):
        case, do = self.draw_case(random), self.desk.cases
        ended = has_ended(case, self.clock.now())
        if ended and case.state == "snoozed":  # to resume it is no more than to let it wake
            ended = name != "resume"
            case = case.replace(state="open" if ended else "snoozed")
        if name in MOVES:
            more = ("noise.spam",) if name == "dismiss" else ()
            to, legal = MOVES[name], MOVES[name] in TRANSITIONS[case.state]
            moved = self.do(lambda: getattr(do, name)(case.id, *more, **WHO), legal=legal)
        elif name == "snooze":
            until = self.clock.now() + timedelta(days=2)
            to, legal = "snoozed", "snoozed" in TRANSITIONS[case.state]
            moved = self.do(lambda: do.snooze(case.id, until, **WHO), legal=legal)
            assert moved is None or moved.snoozed_until == until
        else:
            to = "open"
            legal = case.state == "solved" if name == "reopen" else case.category == "waiting"
            moved = self.do(lambda: getattr(do, name)(case.id, **WHO), legal=legal)
        if moved:
            assert (moved.state, moved.version) == (to, case.version + 1 + ended)

    @precondition(has_cases)
    @rule(random=randoms)
    def assign(self, random):
        case = self.draw_case(random)
        agent = random.choice((None, "ana", "ben"))
        legal = case.state not in TERMINAL
        after = self.do(lambda: self.desk.cases.assign(case.id, agent, **WHO), legal=legal)
        if after:
            assert after.agent == agent
            assert after.state == ("open" if case.state == "new" and agent else case.state)

    @rule(agent=st.sampled_from(("ana", "ben")))
    def pull(self, agent):
        waiting = self.desk.work.waiting()
        outlook = self.desk.work.look(agent)
        case = self.desk.work.pull(agent)
        assert (case and case.id) == outlook.next_case
        if case:
            assert (case.agent, case.state) == (agent, "open")
            assert case.id in {one.id for one in waiting}
        elif outlook.presence in {None, "online"}:
            assert outlook.load >= outlook.capacity or outlook.ruled_out or not waiting

    @precondition(has_cases)
    @rule(random=randoms)
    def offer(self, random):
        case, work = self.draw_case(random), self.desk.work
        agent = random.choice(("ana", "ben"))
        until = self.clock.now() + timedelta(hours=1)
        if self.desk.work.look(agent).load + 1 > self.desk.work.look(agent).capacity:
            return
        waits = case.id in {one.id for one in work.waiting(limit=1000)}
        waits = waits or (has_ended(case, self.clock.now()) and case.agent is None)
        try:
            offered = work.offer(case.id, agent, until=until, **WHO)
        except NotPermitted:
            return  # away, or declined not long ago
        except IllegalTransition:
            assert not waits
            return
        assert waits
        assert (offered.offered_to, offered.agent) == (agent, None)

    @rule(random=randoms, accepts=st.booleans())
    def answer_offer(self, random, accepts):
        offered = [c for c in self.desk.cases.find(limit=8).cases if c.offered_to]
        if not offered:
            return
        case, work = random.choice(offered), self.desk.work
        legal = self.clock.now() < case.offer_until or (
            not accepts and not has_ended(case, self.clock.now())
        )
        answer = work.accept if accepts else work.decline
        after = self.do(lambda: answer(case.id, case.offered_to, because="test"), legal=legal)
        if after:
            assert after.offered_to is None
            assert after.agent == (case.offered_to if accepts else None)
            assert accepts or after.queued_at == case.queued_at

    @rule(agent=st.sampled_from(("ana", "ben")), presence=st.sampled_from(PRESENCES))
    def say(self, agent, presence):
        self.desk.work.set_presence(agent, presence)
        assert self.desk.work.look(agent).presence == presence

    @rule(agent=st.sampled_from(("ana", "ben")))
    def let_go(self, agent):
        for case in self.desk.work.release(agent, **WHO):
            assert case.agent is None
        assert not self.desk.cases.find(agent=agent, states=("new", "open")).cases

    @precondition(has_cases)
    @rule(random=randoms)
    def route(self, random):
        case, queue = self.draw_case(random), random.choice(QUEUES)
        legal = case.state not in TERMINAL
        after = self.do(lambda: self.desk.cases.route(case.id, queue, **WHO), legal=legal)
        if after:
            assert after.queue == queue

    @precondition(has_cases)
    @rule(random=randoms, reason=st.sampled_from((None, "order", "bill")))
    def set_reason(self, random, reason):
        case = self.draw_case(random)
        legal = case.state not in TERMINAL
        after = self.do(lambda: self.desk.cases.set_reason(case.id, reason, **WHO), legal=legal)
        assert after is None or after.reason == reason

    @precondition(has_cases)
    @rule(random=randoms, priority=st.sampled_from(("P1", "P4")))
    def set_priority(self, random, priority):
        case, do = self.draw_case(random), self.desk.cases
        legal = case.state not in TERMINAL
        after = self.do(lambda: do.set_priority(case.id, priority, **WHO), legal=legal)
        assert after is None or after.priority == priority

    @precondition(has_cases)
    @rule(random=randoms, words=st.sampled_from(("a note", "", "\ud800 broken")))
    def note(self, random, words):
        case = self.draw_case(random)
        after = self.do(lambda: self.desk.cases.note(case.id, words, by="agent:ana"), legal=True)
        assert after.version == case.version + 1 + has_ended(case, self.clock.now())

    @precondition(has_cases)
    @rule(random=randoms)
    def link(self, random):
        case, other = self.draw_case(random), self.draw_case(random)
        legal = case.id != other.id
        self.do(lambda: self.desk.cases.link(case.id, other.id, **WHO), legal=legal)

    @precondition(has_cases)
    @rule(random=randoms)
    def merge(self, random):
        case, into = self.draw_case(random), self.draw_case(random)
        legal = (
            case.id != into.id
            and "merged" in TRANSITIONS[case.state]
            and into.state not in TERMINAL
        )
        after = self.do(lambda: self.desk.cases.merge(case.id, into.id, **WHO), legal=legal)
        if after:
            assert after.inbound_count == case.inbound_count + into.inbound_count
            assert self.desk.cases.get(case.id).merged_into == into.id

    @precondition(has_cases)
    @rule(random=randoms)
    def split(self, random):
        cases = [self.draw_case(random) for _ in range(4)]
        case = max(cases, key=lambda case: (case.state not in TERMINAL, case.inbound_count))
        messages = self.desk.cases.interactions(case.id)
        if not messages:
            return
        leaving = random.sample(messages, random.randrange(1, len(messages) // 2 + 2))
        inbound = [message for message in messages if message.direction == "inbound"]
        going = [message for message in leaving if message.direction == "inbound"]
        legal = case.state not in TERMINAL and 0 < len(going) < len(inbound)
        ids = [message.id for message in leaving]
        new = self.do(lambda: self.desk.cases.split(case.id, ids, **WHO), legal=legal)
        if new:
            assert {m.id for m in self.desk.cases.interactions(new.id)} == set(ids)
            left = self.desk.cases.get(case.id)
            assert new.inbound_count + left.inbound_count == case.inbound_count

    @precondition(has_cases)
    @rule(random=randoms)
    def link_person(self, random):
        identity = self.draw_case(random).identity_id
        crm = random.choice(("crm-1", "crm-2"))
        told = {"by": "agent:ana", "evidence": "told us"}
        customer = self.desk.customers.link(identity, crm, tier="vip", **told)
        assert self.desk.customers.identity(identity).customer_id == customer.id

    @precondition(has_cases)
    @rule(random=randoms)
    def unlink_person(self, random):
        identity = self.desk.customers.identity(self.draw_case(random).identity_id)
        try:
            self.desk.customers.unlink(identity.id, **WHO)
        except NotFound:
            assert identity.customer_id is None
        else:
            assert self.desk.customers.identity(identity.id).customer_id is None

    # What always holds.

    def rows(self, statement):
        with self.engine.connect() as connection:
            found = connection.execute(text(statement), {"tenant": self.tenant})
            return [tuple(row) for row in found]

    def contents(self):
        return {
            name: self.rows(f"SELECT * FROM {name} WHERE tenant = :tenant ORDER BY 1, 2, 3")  # noqa: S608
            for name in METADATA.tables
        }

    @invariant()
    def everything_holds(self):
        report = self.desk._services.store.verify()  # noqa: SLF001  as ``scskit verify`` does
        assert report.problems == []
        cases = {
            case.id: case for case in self.desk.cases.find(limit=1000, newest_first=False).cases
        }
        messages = {case: self.desk.cases.interactions(case) for case in cases}
        self.every_item_is_there_once()
        self.every_person_in_a_thread_has_one_case(cases, messages)
        self.every_case_is_legal(cases)
        for id_, case in cases.items():
            self.every_case_counts_its_messages(case, messages[id_])

    def every_item_is_there_once(self):
        lines = self.rows(
            "SELECT account_id, kind, external_id, revision, state FROM scs_ledger"
            " WHERE tenant = :tenant"
        )
        assert {tuple(line): state for *line, state in lines} == self.ledger
        stored = Counter(
            self.rows(
                "SELECT account_id, external_id FROM scs_interaction"
                " WHERE tenant = :tenant AND revision = 0"
            )
        )
        applied = [k for k, state in self.ledger.items() if (k[1], state) == ("message", "applied")]
        assert stored == Counter((account, external) for account, _, external, _ in applied)

    def every_person_in_a_thread_has_one_case(self, cases, messages):
        talks = defaultdict(set)
        for case, found in messages.items():
            for message in found:
                assert message.case_id == case
                if message.identity_id:
                    talks[message.thread_id, message.identity_id].add(case)
        lines = self.rows(
            "SELECT thread_id, identity_id, case_id FROM scs_case_thread WHERE tenant = :tenant"
        )
        points = {(thread, identity): case for thread, identity, case in lines}
        assert len(points) == len(lines)
        assert points.keys() == talks.keys()
        for pair, case in points.items():
            current = cases[case]
            while current.merged_into:
                current = cases[current.merged_into]
            assert current.id in talks[pair]

    def every_case_is_legal(self, cases):
        logs = defaultdict(list)
        for recorded in self.desk.feed.read(limit=100_000).events:
            logs[recorded.case_id].append(recorded)
        assert logs.keys() == cases.keys()
        for id_, case in cases.items():
            state = "new"
            assert [recorded.seq for recorded in logs[id_]] == list(range(1, case.version + 1))
            for recorded in logs[id_]:
                if recorded.event.type == "state_changed":
                    assert recorded.event.state in TRANSITIONS[state]
                    state = recorded.event.state
            assert case.state == state
            assert (case.closed_at is not None) == (state in TERMINAL)
            assert (case.merged_into is not None) == (state == "merged")
            assert CATEGORY[state] != "active" or case.queue in QUEUES
            assert (case.offered_to is None) == (case.offer_until is None)
            assert case.offered_to is None or (case.agent, case.category) == (None, "active")
            assert CATEGORY[state] != "active" or case.queued_at is not None

    def every_case_counts_its_messages(self, case, messages):
        if case.merged_into:
            assert not messages
            return
        directions = Counter(message.direction for message in messages)
        assert case.inbound_count == directions["inbound"] > 0
        assert case.outbound_count == directions["outbound"]
        inbound = [m.posted_at for m in messages if m.direction == "inbound"]
        answers = [
            m.posted_at
            for m in messages
            if m.direction == "outbound" and not m.automated and m.posted_at >= min(inbound)
        ]
        assert case.opened_at == min(inbound)
        assert case.last_inbound_at == max(inbound)
        assert case.first_response_at == min(answers, default=None)


def live(url, examples, steps):
    """Let so many random desks live so many steps each, on one database."""
    thorough = os.environ.get("SCSKIT_HYPOTHESIS") == "thorough"
    profile = settings(
        max_examples=examples * 20 if thorough else examples,
        stateful_step_count=steps,
        derandomize=not thorough,
        deadline=None,
    )
    machine = type("Life", (Desk,), {"url": url})
    run_state_machine_as_test(machine, settings=profile)


def test_any_life_on_sqlite(sqlite_url):
    """On SQLite a desk stays right whatever arrives and whatever people do."""
    live(sqlite_url, examples=15, steps=40)


def test_any_life_on_postgresql(postgres_url):
    """On PostgreSQL a desk stays right whatever arrives and whatever people do."""
    live(postgres_url, examples=3, steps=20)
