"""Whoever slept finds what somebody awake would have found: clocks, rules and the ladder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scskit.core import commands as cmd
from scskit.core import events as ev
from scskit.core.calendar import Calendar
from scskit.core.consequences import Circumstances, consequences
from scskit.core.deciding import Request, decide
from scskit.core.due import decide_due, wake_at
from scskit.core.escalation import EscalationPolicy, EscalationRule, Owner
from scskit.core.lifecycle import evolve
from scskit.core.match import When
from scskit.core.policy import Policy
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule

FRIDAY = datetime(2026, 3, 6, 16, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WEEK = ("mon", "tue", "wed", "thu", "fri")
TARGETS = SlaTargets(first_response=90 * MINUTE, resolution=4 * HOUR, update=3 * HOUR)
POLICY = Policy(
    calendars={"office": Calendar.of("UTC", {day: ["09:00-18:00"] for day in WEEK})},
    sla=SlaPolicy(
        rules=(SlaRule(name="all", when=When(), targets=TARGETS),),
        calendar="office",
        shares=(0.5, 0.75),
    ),
    escalation=EscalationPolicy(
        levels=(
            Owner(name="L1", level=1),
            Owner(name="L2", level=2, acknowledge=20 * MINUTE, calendar="office"),
            Owner(name="L3", level=3, acknowledge=30 * MINUTE),
            Owner(name="L4", level=4, acknowledge=2 * HOUR),
        ),
        areas={"legal": Owner(name="legal", queue="inbox", acknowledge=HOUR)},
        rules=(
            EscalationRule(name="near", on="sla_warning", to="next"),
            EscalationRule(name="missed", on="sla_breach", to="next"),
            EscalationRule(name="late", on="sla_breach", to="legal", clock="resolution"),
        ),
    ),
)


class Life:
    """A case, its log, and whoever looks at it from time to time."""

    def __init__(self):
        """Let a customer write on Friday afternoon."""
        self.case, self.log = None, []
        header = {"case_id": "c1", "at": FRIDAY}
        opened = ev.CaseOpened(
            account_id="acme",
            thread_id="t",
            identity_id="twitter::u",
            visibility="public",
            opened_at=FRIDAY,
            policy_version="p",
            **header,
        )
        added = ev.InteractionAdded(
            interaction_id="i1",
            thread_id="t",
            direction="inbound",
            posted_at=FRIDAY,
            digest="d",
            **header,
        )
        self.happen((opened, added), FRIDAY)

    def happen(self, events, now):
        """Let events happen, and what follows from them."""
        before = self.case
        around = Circumstances(policy=POLICY, at=now, now=now)
        for event in events:
            self.case = evolve(self.case, event)
        more = consequences(before, self.case, events, around)
        for event in more:
            self.case = evolve(self.case, event)
        self.log += [*events, *more]

    def look(self, now):
        """Let happen what is due, as a sweep does."""
        while events := decide_due(self.case, POLICY, now):
            self.happen(events, now)

    def do(self, command, now):
        """Carry out a command, as people do who look first."""
        self.look(now)
        request = Request(by="agent:ana", because="so", at=now, policy=POLICY)
        self.happen(decide(self.case, command, request), now)

    def story(self):
        """Tell what happened, without whether it was noticed late."""
        return [
            (e.type, e.at, getattr(e, "to", None), getattr(e, "number", None)) for e in self.log
        ]


@given(
    steps=st.lists(st.integers(1, 600), max_size=20),
    waits=st.integers(0, 300),
    length=st.integers(0, 9000),
)
def test_a_sweep_that_slept_tells_the_same_story(steps, waits, length):
    """However often somebody looks, the same happens at the same instants in the same order."""
    awake, asleep = Life(), Life()
    now = FRIDAY
    for step in steps:
        now += step * MINUTE
        awake.look(now)
    end = max(now, FRIDAY + length * MINUTE) + waits * MINUTE
    for life in (awake, asleep):
        life.do(cmd.Escalate("legal"), end) if waits % 2 else life.look(end)
    assert awake.story() == asleep.story()
    assert awake.case.escalation == asleep.case.escalation


def test_a_clock_that_looks_at_every_instant_reaches_an_end():
    """Jumping from one instant to the next, everything has happened after a while."""
    life, instants = Life(), []
    while (instant := wake_at(life.case, POLICY)) is not None:
        life.look(instant)
        instants.append(instant)
    assert instants == sorted(set(instants))
    told = [event.to for event in life.log if event.type == "case_escalated"]
    assert told == ["L2", "L3", "L4", "legal"]
    assert all(occasion for _, occasion in life.case.escalation.fired)
    asleep = Life()
    asleep.look(instants[-1])
    assert asleep.story() == life.story()
