"""A made-up support centre on the pure core: people, cases and chance, and a log of it all.

Run as a script it prints the digest of the log: ``python world.py SEED EVENTS``.
"""

# ruff: noqa: S311  chance with a seed, to be repeated

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, date, datetime, timedelta
from random import Random

from scskit.core import assigning, offers
from scskit.core import events as ev
from scskit.core.account import Account
from scskit.core.agent import Agent, Queue, Team
from scskit.core.board import Board
from scskit.core.calendar import Calendar
from scskit.core.case import PRIORITIES
from scskit.core.deciding import Request
from scskit.core.errors import IllegalTransition
from scskit.core.lifecycle import evolve
from scskit.core.policy import Policy
from scskit.core.roster import AgentState, make_worker
from scskit.core.skills import SkillNeed
from scskit.core.work_policy import WorkPolicy

START = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SKILLS = ("lang:es", "fraud", "tech")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def make_policy(chance):
    """Return a desk with three teams in two shifts, four queues and ten agents."""
    agents = {}
    for number in range(10):
        name = f"agent{number:02}"
        skills = tuple(sorted(chance.sample(SKILLS, chance.randint(0, 3))))
        expiring = {
            s: date(2026, 3, chance.randint(1, 20)) for s in skills if chance.random() < 0.3
        }
        agents[name] = Agent(
            name=name,
            teams=tuple(sorted(chance.sample(["care", "legal", "sales"], chance.randint(1, 2)))),
            skills=skills,
            certified_until=expiring,
            level=chance.randint(1, 3),
            capacity=chance.randint(1, 4),
            calendar=chance.choice([None, "early", "late"]),
        )
    return Policy(
        time_zone="Europe/Madrid",
        accounts={
            "twitter.acme": Account(id="twitter.acme", network="twitter"),
            "whatsapp.acme": Account(id="whatsapp.acme", network="whatsapp"),
        },
        calendars={
            "early": Calendar.of("Europe/Madrid", {day: ["06:00-14:00"] for day in DAYS}),
            "late": Calendar.of("America/Mexico_City", {day: ["20:00-04:00"] for day in DAYS}),
        },
        teams={
            "care": Team(name="care", calendar="early"),
            "legal": Team(name="legal"),
            "sales": Team(name="sales", calendar="late"),
        },
        agents=agents,
        queues={
            "care": Queue(name="care", team="care"),
            "anybody": Queue(name="anybody", work="push", offer_for=3 * MINUTE),
            "legal": Queue(name="legal", team="legal", work="push"),
            "hot": Queue(name="hot", skills=(SkillNeed("fraud", 30 * MINUTE),)),
        },
        default_queue="anybody",
        work=WorkPolicy(
            aging=40 * MINUTE,
            promote_after=120 * MINUTE,
            sticky_for=10 * MINUTE,
            refused_for=15 * MINUTE,
            weights={"public": 0.5, "whatsapp": 1.5},
        ),
    )


class World:
    """Cases by their logs alone, agents by what they say; every step is one random event."""

    def __init__(self, seed):
        """Begin with nobody there and nothing to do."""
        self.chance = Random(seed)
        self.policy = make_policy(self.chance)
        self.now = START
        self.cases = {}
        self.held = {}
        self.offered = {}
        self.log = []
        self.presence = {}
        self.number = 0
        work, queues = self.policy.work, self.policy.queues
        self.everything = Board(work, queues, START)
        self.pushed = Board(work, queues, START)

    def run(self, events):
        """Let so many random events happen."""
        steps = {
            self.customer_writes: 16,
            self.somebody_pulls: 22,
            self.work_is_pushed: 12,
            self.somebody_is_done: 28,
            self.somebody_comes_or_goes: 6,
            self.somebody_answers_an_offer: 9,
            self.somebody_lets_go: 2,
            self.a_level_is_raised: 1,
            self.a_customer_returns: 4,
            self.a_customer_gives_up: 8,
        }
        names = list(steps)
        weights = list(steps.values())
        for _ in range(events):
            self.now += timedelta(seconds=self.chance.expovariate(1 / 20))
            self.time_passes()
            self.chance.choices(names, weights)[0]()

    # What is.

    def request(self, by="system:work"):
        """Return the request of an actor."""
        return Request(by=by, because="", at=self.now, policy=self.policy)

    def happen(self, events):
        """Let events happen to a case and write them down."""
        for event in events:
            self.cases[event.case_id] = evolve(self.cases.get(event.case_id), event)
            self.log.append(event)
        if events:
            self.place(self.cases[events[0].case_id])

    def place(self, case):
        """Let a case wait on the boards, or not, as it is now; and remember who has it."""
        keep(self.held, case, case.agent is not None and case.category == "active")
        keep(self.offered, case, case.offered_to is not None)
        waits = assigning.waits(case)
        pushes = waits and self.policy.queues[case.queue].work == "push"
        for board, on in ((self.everything, waits), (self.pushed, pushes)):
            if on:
                board.add(assigning.as_waiting(case, None, self.policy))
            else:
                board.remove(case.id)
        if case.category == "done" and case.state != "solved":
            del self.cases[case.id]

    def some(self, wanted):
        """Return the cases of which something is true."""
        return [case for case in self.cases.values() if wanted(case)]

    def workers(self):
        """Return all agents as they stand now."""
        weights = {name: [] for name in self.policy.agents}
        for case in [*self.held.values(), *self.offered.values()]:
            weights[case.agent or case.offered_to].append(
                assigning.weight_of(case.account_id, case.visibility, self.policy)
            )
        return {
            name: make_worker(
                agent,
                AgentState(
                    name=name, presence=self.presence.get(name), weights=tuple(weights[name])
                ),
                self.policy,
                self.now,
            )
            for name, agent in self.policy.agents.items()
        }

    # What happens.

    def time_passes(self):
        """End the offers whose time is up."""
        self.everything.advance(self.now)
        self.pushed.advance(self.now)
        for case in list(self.offered.values()):
            self.happen(offers.expire_offer(case, self.now))

    def customer_writes(self):
        """Open a case."""
        self.number += 1
        header = {"case_id": f"c{self.number:06}", "at": self.now}
        queue = self.policy.queues[self.chance.choice(sorted(self.policy.queues))]
        needs = [SkillNeed(s, self.chance.choice([None, 20 * MINUTE])) for s in SKILLS]
        self.happen(
            [
                ev.CaseOpened(
                    account_id=self.chance.choice(sorted(self.policy.accounts)),
                    thread_id="t",
                    identity_id="i",
                    visibility=self.chance.choice(["public", "private"]),
                    opened_at=self.now,
                    policy_version="p",
                    **header,
                ),
                ev.PrioritySet(priority=self.chance.choice(PRIORITIES), **header),
                ev.CaseRouted(
                    queue=queue.name,
                    team=queue.team,
                    policy_version="p",
                    rule="r",
                    source="s",
                    skills=(*queue.skills, *(n for n in needs if self.chance.random() < 0.15)),
                    **header,
                ),
            ]
        )

    def somebody_pulls(self):
        """Let an agent ask for work."""
        workers = self.workers()
        worker = workers[self.chance.choice(sorted(workers))]
        match = self.everything.pull(worker, workers)
        if match is not None:
            self.give(match, workers)

    def work_is_pushed(self):
        """Give work to whoever has capacity left."""
        workers = self.workers()
        for match in self.pushed.push(workers):
            self.give(match, workers)

    def give(self, match, workers):
        """Give or offer a case, after the world had a look at it."""
        case, name = self.cases[match.waiting.id], match.worker.name
        self.look(case, name, match, workers)
        queue = self.policy.queues[case.queue]
        if match.why.among == "agents" and queue.offer_for is not None:
            until = self.now + queue.offer_for
            self.happen(assigning.offer(case, name, until, match.why, self.request()))
        else:
            self.happen(assigning.give(case, name, match.why, self.request()))

    def look(self, case, name, match, workers):
        """Look at an assignment before it happens; a test does."""

    def somebody_is_done(self):
        """Let an agent answer, solve or close one of the cases at hand."""
        held = list(self.held.values())
        if held:
            case = self.chance.choice(held)
            state = self.chance.choices(["solved", "pending", "dismissed"], [4, 1, 5])[0]
            self.happen([ev.StateChanged(case_id=case.id, at=self.now, state=state)])

    def a_customer_returns(self):
        """Wake a case that waits or is solved; or close it, if nobody returns."""
        asleep = self.some(lambda case: case.category != "active")
        if asleep:
            case = self.chance.choice(asleep)
            closes = case.state == "solved" and self.chance.random() < 0.8
            state = "closed" if closes else "open"
            self.happen([ev.StateChanged(case_id=case.id, at=self.now, state=state)])

    def a_customer_gives_up(self):
        """Dismiss a waiting case; often there are none."""
        waiting = self.some(assigning.waits)
        if len(waiting) > self.chance.randrange(30):
            case = self.chance.choice(waiting)
            self.happen([ev.StateChanged(case_id=case.id, at=self.now, state="dismissed")])

    def somebody_comes_or_goes(self):
        """Change what an agent says."""
        name = self.chance.choice(sorted(self.policy.agents))
        self.presence[name] = self.chance.choices(["online", "away", "offline"], [6, 1, 1])[0]

    def somebody_answers_an_offer(self):
        """Accept or decline; sometimes somebody who was not asked tries."""
        offered = list(self.offered.values())
        if not offered:
            return
        case = self.chance.choice(offered)
        answer = self.chance.choice([assigning.accept, assigning.accept, assigning.decline])
        name = case.offered_to
        if self.chance.random() < 0.1:
            name = self.chance.choice(sorted(self.policy.agents))
        try:
            self.happen(answer(case, name, self.request(f"agent:{name}")))
        except IllegalTransition:
            if name == case.offered_to:
                raise

    def somebody_lets_go(self):
        """Give a case back to its queue."""
        held = list(self.held.values())
        if held:
            self.happen(assigning.give_back(self.chance.choice(held), self.request()))

    def a_level_is_raised(self):
        """Let a waiting case need a higher tier of support."""
        found = self.some(lambda case: assigning.waits(case) and case.level < 3)
        if found:
            case = self.chance.choice(found)
            self.cases[case.id] = case.replace(level=case.level + 1)
            self.place(self.cases[case.id])

    def digest(self):
        """Return the digest of the whole log."""
        return hashlib.sha256("\n".join(map(repr, self.log)).encode()).hexdigest()


def keep(cases, case, wanted):
    """Put a case among others, or take it out."""
    if wanted:
        cases[case.id] = case
    else:
        cases.pop(case.id, None)


if __name__ == "__main__":
    seed, count = map(int, sys.argv[1:])
    world = World(seed)
    world.run(count)
    sys.stdout.write(world.digest())
