"""``python -m benchmarks``: measure, print JSON lines and a table."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from inspect import getdoc
from pathlib import Path

from benchmarks import (
    assigning,
    calendars,
    children,
    outbox,
    postgres,
    reading,
    report,
    sqlite,
    sweep,
    webhooks,
)
from benchmarks.bases import Bases
from benchmarks.lab import Lab
from benchmarks.measure import Line

BENCHMARKS: dict[str, Callable[[Lab], Iterator[Line]]] = {
    "import": children.importing,
    "open": children.opening,
    "sqlite": sqlite.speed,
    "growth": sqlite.growth,
    "duplicates": sqlite.duplicates,
    "threads": sqlite.threads,
    "peers": sqlite.peers,
    "postgresql": postgres.postgres,
    "processes": postgres.processes,
    "feed": reading.feed,
    "verify": reading.verify,
    "find": reading.find,
    "assigning": assigning.assigning,
    "memory": children.importing_memory,
    "calendars": calendars.calendars,
    "sweep": sweep.sweep,
    "webhooks": webhooks.webhooks,
    "outbox": outbox.outbox,
}


def main() -> int:
    """Run what the command line asks for."""
    given = _parse()
    lab = Lab(bases=Bases(rebuild=given.rebuild), repetitions=given.repetitions, quick=given.quick)
    facts = report.facts(lab.bases.folder)
    lines: list[Line] = []
    output = [report.facts_as_json(facts)]
    print(*output, flush=True)
    for name in given.names or BENCHMARKS:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        for line in BENCHMARKS[name](lab):
            lines.append(line)
            output.append(report.as_json(line))
            print(output[-1], flush=True)
    report.print_table(facts, lines)
    if given.json:
        given.json.write_text("".join(f"{one}\n" for one in output), encoding="utf-8")
    if given.markdown:
        given.markdown.write_text(f"{report.as_markdown(facts, lines)}\n", encoding="utf-8")
    failed = any(line.mark == "FAIL" for line in lines)
    return int(given.check and failed)


def _parse() -> Namespace:
    listed = "\n".join(
        f"  {name:11} {(getdoc(benchmark) or '').splitlines()[0]}"
        for name, benchmark in BENCHMARKS.items()
    )
    parser = ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure scskit beside the least that could be written by hand.\n\n{listed}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="smaller databases, shorter runs")
    parser.add_argument("--repetitions", type=int, default=5, metavar="N", help="default: 5")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the JSON lines")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="keep the table for the docs")
    parser.add_argument("--rebuild", action="store_true", help="make the cached databases anew")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
