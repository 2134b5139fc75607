"""A process that writes: several of it on one database compete for a few conversations.

    python writer.py URL SEED BATCHES

It says ``ready``, waits for a line, and at the end tells the ids that were acknowledged.
"""

# ruff: noqa: S311, T201  made-up traffic; what it prints is its answer

from __future__ import annotations

import json
import sys
from random import Random

from scskit import open_desk
from scskit.core.errors import CaseError
from scskit.testing import FakeClock, message


def main(url: str, seed: str, batches: str) -> None:
    """Ingest batches of own messages, with a command now and then."""
    random = Random(seed)
    acknowledged: list[str] = []
    with open_desk(url, discover=False, clock=FakeClock()) as desk:
        print("ready", flush=True)
        sys.stdin.readline()
        for batch in range(int(batches)):
            items = [
                message(
                    f"{seed} says {batch}.{number}",
                    by=random.choice(("ana", "ben", "eva")),
                    thread=random.choice(("t1", "t2", "t3")),
                    external_id=f"{seed}-{batch}-{number}",
                )
                for number in range(random.randrange(1, 6))
            ]
            report = desk.ingest(items)
            acknowledged += [outcome.external_id for outcome in report.outcomes]
            if batch % 3 == 0:
                command(desk, random.choice(report.cases), random)
    print(json.dumps(acknowledged), flush=True)


def command(desk, case, random) -> None:
    """Do something to a case that others work on too."""
    who = {"by": "agent:ana", "because": "test"}
    choices = (
        lambda: desk.cases.note(case, "a note", **who),
        lambda: desk.cases.set_priority(case, random.choice(("P1", "P2", "P3")), **who),
        lambda: desk.cases.wait(case, **who),
        lambda: desk.cases.solve(case, **who),
        lambda: desk.cases.close(case, **who),
    )
    try:
        random.choice(choices)()
    except CaseError:
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
