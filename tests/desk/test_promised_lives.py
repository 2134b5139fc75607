"""Random lives of cases under promises: whatever happens, rows, logs and times agree."""

# ruff: noqa: S311, SLF001  made-up traffic; verifying is asked of the store

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from attrs import evolve
from sqlalchemy import create_engine, text

from scskit.core.calendar import Calendar
from scskit.core.due import timetable
from scskit.core.errors import CaseError
from scskit.core.match import When
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.core.time import from_micros
from scskit.storage.database import parse_url
from scskit.testing import START, brand_reply, message

MINUTE = timedelta(minutes=1)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Calendar.of("America/New_York", dict.fromkeys(WORKDAYS, ("09:00-17:00",)))
WHO = {"by": "agent:ana", "because": "test"}
STEPS = 120


def rule(name, priority=(), calendar=None, **minutes):
    targets = {name: count * MINUTE for name, count in minutes.items()}
    return SlaRule(
        name=name,
        when=When(priority=priority),
        targets=SlaTargets(calendar=calendar, **targets),
    )


@pytest.fixture
def kept(policy):
    """Give a policy with several promises, in two kinds of time."""
    rules = (
        rule("urgent", ("P1",), "", first_response=15, next_response=20, resolution=90),
        rule("rest", first_response=60, next_response=90, resolution=300, update=120),
    )
    sla = SlaPolicy(rules=rules, calendar="office", shares=(0.5,), pauses=("pending", "on_hold"))
    return evolve(policy, sla=sla, calendars={"office": OFFICE})


class Living:
    """Does this and that to the cases of a desk, reproducibly."""

    def __init__(self, desk, clock, seed):
        """Begin with a seed."""
        self.desk = desk
        self.clock = clock
        self.random = Random(seed)
        self.said = []
        self.cases = []

    def step(self):
        """Let some time pass, and something happen."""
        self.clock.advance(self.random.randrange(1, 120) * MINUTE)
        self.random.choice((self.ask, self.ask, self.answer, self.answer, self.work, self.sweep))()

    def ask(self):
        """Let a customer write, maybe what arrives late."""
        late = self.random.randrange(200) * MINUTE if self.random.random() < 0.3 else 0 * MINUTE
        who = self.random.choice("abc")
        question = message("help", by=who, thread=f"t-{who}", posted_at=self.clock.now() - late)
        self.said.append(question)
        self.cases += self.desk.ingest([question]).cases

    def answer(self):
        """Let the brand answer some message, by hand or not, maybe seen late."""
        if self.said:
            to = self.random.choice(self.said)
            late = self.random.randrange(100) * MINUTE
            at = max(to.posted_at, self.clock.now() - late)
            automated = self.random.random() < 0.2
            self.desk.ingest([brand_reply(to, posted_at=at, automated=automated)])

    def work(self):
        """Give a command; what is not allowed is refused."""
        cases = self.desk.cases
        if not self.cases:
            return
        case, other = (self.random.choice(self.cases) for _ in range(2))
        until = self.clock.now() + 90 * MINUTE
        priority = self.random.choice(("P1", "P2", "P3"))
        choices = (
            lambda: cases.set_priority(case, priority, **WHO),
            lambda: cases.wait(case, **WHO),
            lambda: cases.hold(case, **WHO),
            lambda: cases.resume(case, **WHO),
            lambda: cases.snooze(case, until, **WHO),
            lambda: cases.solve(case, **WHO),
            lambda: cases.reopen(case, **WHO),
            lambda: cases.close(case, **WHO),
            lambda: cases.assign(case, "ana", **WHO),
            lambda: cases.merge(case, other, **WHO),
            lambda: cases.recalculate(case, **WHO),
            lambda: self.split(case),
        )
        try:
            self.random.choice(choices)()
        except CaseError:
            return

    def split(self, case):
        """Let one of several messages become a case of its own."""
        asked = [m for m in self.desk.cases.interactions(case) if m.direction == "inbound"]
        if len(asked) > 1:
            self.cases.append(self.desk.cases.split(case, [asked[-1].id], **WHO).id)

    def sweep(self):
        """Let happen what is due."""
        self.desk.run_due()
        due = self.desk.next_due()
        assert due is None or due > self.clock.now()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_rows_and_logs_and_times_agree(open_here, kept, clock, database_url, seed):
    """After any traffic, commands and sweeps each row is what its events say, and due on time."""
    clock.jump_to(START)
    desk = open_here(kept)
    life = Living(desk, clock, seed)
    for _ in range(STEPS):
        life.step()
    clock.advance(timedelta(days=60))
    life.sweep()
    assert desk._services.store.verify().problems == []
    tell = timetable(desk.policy)
    cases = {case.id: tell(case) for case in desk.cases.find(limit=1000).cases}
    assert cases
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        tenant = {"tenant": desk.tenant}
        stored = connection.execute(
            text("SELECT id, due_at, wake_at FROM scs_case WHERE tenant = :tenant"), tenant
        ).all()
        breaches = connection.execute(
            text(
                "SELECT case_id, clock, instance, voided_at IS NULL FROM scs_breach"
                " WHERE tenant = :tenant"
            ),
            tenant,
        ).all()
    engine.dispose()
    assert {row[0]: tuple(map(instant, row[1:])) for row in stored} == cases
    said = {}
    for page in (desk.feed.read(limit=100_000).events,):
        for event in (recorded.event for recorded in page):
            if event.type in {"sla_breached", "sla_voided"}:
                key = (event.case_id, event.clock, event.instance)
                said[key] = event.type == "sla_breached"
    assert {(case, name, number): bool(on) for case, name, number, on in breaches} == said
    for case in cases:
        for report in desk.cases.clocks(case):
            assert report.since <= clock.now()


class Punctual(Living):
    """Does the same with what nothing comes late to, watched or not."""

    def __init__(self, desk, clock, seed, *, awake):
        """Begin with a seed."""
        super().__init__(desk, clock, seed)
        self.awake = awake

    def step(self):
        """Let time pass, watched or not, and something happen."""
        self.reach(self.clock.now() + self.random.randrange(1, 120) * MINUTE)
        self.random.choice((self.ask, self.answer, self.work, self.work))()

    def reach(self, instant):
        """Let time pass until an instant."""
        while self.awake and (due := self.desk.next_due()) and due < instant:
            self.clock.jump_to(due)
            self.desk.run_due()
        self.clock.jump_to(instant)

    def ask(self):
        """Let a customer write."""
        who = self.random.choice("abc")
        question = message("help", by=who, thread=f"t-{who}", posted_at=self.clock.now())
        self.said.append(question)
        self.cases += [c for c in self.desk.ingest([question]).cases if c not in self.cases]

    def answer(self):
        """Let the brand answer some message, by hand or not."""
        if self.said:
            to, automated = self.random.choice(self.said), self.random.random() < 0.2
            now = self.clock.now()
            self.desk.ingest([brand_reply(to, posted_at=now, automated=automated)])

    def story(self):
        """Tell what happened to each case, and when."""
        logs = [[r.event for r in self.desk.cases.log(case)] for case in self.cases]
        return [
            sorted((e.at, e.type, getattr(e, "clock", ""), str(getattr(e, "due", ""))) for e in log)
            for log in logs
        ]


@pytest.mark.parametrize("seed", range(3))
def test_it_does_not_matter_whether_anybody_watches(open_here, kept, clock, seed):
    """Commands and messages find each case as it is, so the same happens, swept or not."""
    stories = []
    for awake in (True, False):
        clock.jump_to(START)
        sla = evolve(kept.sla, pauses=("pending", "snoozed"))
        life = Punctual(
            open_here(evolve(kept, sla=sla), tenant=f"w{awake}{seed}"), clock, seed, awake=awake
        )
        for _ in range(STEPS):
            life.step()
        life.reach(clock.now() + timedelta(days=60))
        life.sweep()
        stories.append(life.story())
    assert stories[0] == stories[1]


def instant(micros):
    return None if micros is None else from_micros(micros)
