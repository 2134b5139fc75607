"""A process that sweeps: several of it on one database share what is due.

    python sweeper.py URL TENANT NOW

It says ``ready``, waits for a line, and at the end tells what it did as JSON.
"""

# ruff: noqa: T201  what it prints is its answer

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta

from attrs import evolve

from scskit import Policy, open_desk
from scskit.core.match import When
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.testing import FakeClock

RULE = SlaRule(name="all", when=When(), targets=SlaTargets(first_response=timedelta(hours=1)))
PROMISE = Policy(sla=SlaPolicy(rules=(RULE,), shares=()))


def main(url: str, tenant: str, now: str) -> None:
    """Sweep in small steps, so that every process gets its turn."""
    clock = FakeClock(datetime.fromisoformat(now))
    config = evolve(PROMISE, tenant=tenant)
    with open_desk(url, config, discover=False, clock=clock) as desk:
        print("ready", flush=True)
        sys.stdin.readline()
        cases = events = 0
        while (report := desk.run_due(50)).cases:
            cases += report.cases
            events += report.events
    print(json.dumps({"cases": cases, "events": events}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
