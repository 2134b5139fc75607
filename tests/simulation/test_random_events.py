"""Tens of thousands of random events, and nothing that must not happen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

from scskit.core import assigning
from scskit.core.choosing import Rules
from scskit.core.zones import zone

SCRIPT = Path(__file__).parent / "world.py"
World = run_path(str(SCRIPT))["World"]


class Watched(World):
    """A world in which somebody who knows nothing of boards and lanes looks at each assignment."""

    def __init__(self, seed):
        """Count what is looked at."""
        super().__init__(seed)
        self.looked = {"pull": 0, "push": 0, "last agent": 0, "promoted": 0, "soft": 0}

    def look(self, case, name, match, workers):
        """Check the agent against everything that the desk file asks for."""
        agent = self.policy.agents[name]
        waited = self.now - case.queued_at
        assert case.agent is None
        assert case.offered_to is None
        assert case.category == "active"
        assert self.presence.get(name) == "online"
        assert self.is_on_shift(agent)
        assert agent.level >= case.level
        team = self.policy.queues[case.queue].team
        assert team is None or team in agent.teams
        for need in case.skills:
            if need.relax_after is None or waited < need.relax_after:
                assert need.skill in self.valid_skills(agent)
            elif need.skill not in self.valid_skills(agent):
                self.looked["soft"] += 1
        load = self.load(name)
        assert load + self.weight(case) <= agent.capacity + 1e-9
        self.looked[match.why.rule] += 1
        before, match.worker.load = match.worker.load, load
        self.look_for_older(case, match, workers)
        match.worker.load = before

    def is_on_shift(self, agent):
        """Tell whether one of the agent's calendars is open."""
        if agent.calendar:
            return self.policy.calendars[agent.calendar].open(self.now)
        names = [self.policy.teams[team].calendar for team in agent.teams]
        named = [name for name in names if name]
        return not named or any(self.policy.calendars[name].open(self.now) for name in named)

    def valid_skills(self, agent):
        """Return what the agent can do on this date, in the zone of the agent's calendar."""
        name = agent.calendar
        zone = self.policy.calendars[name].time_zone if name else self.policy.time_zone
        today = self.now.astimezone(ZONES[zone]).date()
        last = agent.certified_until
        return {skill for skill in agent.skills if skill not in last or today <= last[skill]}

    def weight(self, case):
        """Return what a case weighs in this desk."""
        if case.account_id == "whatsapp.acme":
            return 1.5
        return 0.5 if case.visibility == "public" else 1.0

    def load(self, name):
        """Return what the agent's active cases and offers weigh, from the cases alone."""
        return sum(
            self.weight(case)
            for case in self.cases.values()
            if case.category == "active" and name in {case.agent, case.offered_to}
        )

    def look_for_older(self, case, match, workers):
        """Check that nothing that has waited too long was passed over."""
        cap = self.policy.work.promote_after
        board = self.everything if match.why.among == "cases" else self.pushed
        promoted = self.now - case.queued_at >= cap
        self.looked["promoted"] += promoted
        for other in self.cases.values():
            if not assigning.waits(other) or other.id == case.id or other.id not in board:
                continue
            older = (other.queued_at, other.id) < (case.queued_at, case.id)
            if self.now - other.queued_at >= cap and (older or not promoted):
                rules = Rules(policy=self.policy.work, queues=self.policy.queues, now=self.now)
                waiting = assigning.as_waiting(other, None, self.policy)
                assert rules.hinders(match.worker, waiting, workers), (other, match)


SEEDS = [20261123]
if os.environ.get("SCSKIT_HYPOTHESIS") == "thorough":
    SEEDS += [3, 5, 7]  # 100,000 events in all

ZONES = {name: zone(name) for name in ("Europe/Madrid", "America/Mexico_City")}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_ever_gets_what_he_or_she_may_not_have(seed):
    """In 25,000 random events no agent is over capacity, unskilled, absent, off shift or second.

    Nor is a case that has waited longer than the cap passed over by anybody who could take it.
    """
    world = Watched(seed)
    world.run(25_000)
    assert all(count > 20 for count in world.looked.values()), world.looked


def test_the_same_log_gives_the_same_assignments():
    """Who got what follows from what happened: not from the order in which a computer hashes."""

    def digest(hash_seed):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, str(SCRIPT), "11", "4000"],
            env=environment,
            capture_output=True,
            check=True,
            timeout=120,
        )
        return done.stdout

    assert digest("1") == digest("2")
