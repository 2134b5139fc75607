"""Printing what was measured: a table for people, JSON lines for everything else."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Goal, Line, fsync_milliseconds

COLOURS = {"good": "green", "pass": "green", "FAIL": "bold red", "-": "dim"}


def facts(folder: Path) -> dict[str, Any]:
    """Return what the figures depend on, beside the code; ``folder`` is on the disk measured."""
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "sqlalchemy": version("sqlalchemy"),
        "sqlmodel": version("sqlmodel"),
        "psycopg": version("psycopg"),
        "orjson": version("orjson"),
        "machine": platform.machine(),
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "fsync_ms": round(fsync_milliseconds(folder), 2),
    }


def facts_as_json(found: dict[str, Any]) -> str:
    """Return what the figures depend on as one line of JSON."""
    return json.dumps({"facts": found})


def as_json(line: Line) -> str:
    """Return a figure as one line of JSON."""
    goal = line.goal
    return json.dumps(
        {
            "name": line.name,
            "unit": line.unit,
            "ours": line.ours,
            "floor": line.floor,
            "floor_is": line.floor_is,
            "ratio": line.ratio,
            "must": goal.must if goal else None,
            "good": goal.good if goal else None,
            "at_most": goal.at_most if goal else None,
            "mark": line.mark,
            "note": line.note,
            "samples": {
                name: [round(one, 3) for one in all_] for name, all_ in line.samples.items()
            },
        }
    )


def print_table(found: dict[str, Any], lines: Sequence[Line]) -> None:
    """Print all figures as a table."""
    table = Table(title=", ".join(f"{name} {value}" for name, value in found.items()))
    for heading in ("what", "unit", "ours", "floor", "ratio", "must", "good", ""):
        right = heading in {"ours", "floor", "ratio", "must", "good"}
        table.add_column(heading, justify="right" if right else "left")
    table.add_column("beside")
    for line in lines:
        goal = line.goal
        table.add_row(
            line.name,
            line.unit,
            _number(line.ours),
            _number(line.floor),
            _number(line.ratio),
            _bound(goal, goal.must if goal else None),
            _bound(goal, goal.good if goal else None),
            f"[{COLOURS[line.mark]}]{line.mark}[/]",
            "; ".join(filter(None, (line.floor_is, line.note))),
        )
    # Rows wrap badly in a file or a pipe, where nobody says how wide the paper is.
    console = Console()
    (console if console.is_terminal else Console(width=180)).print(table)


def as_markdown(found: dict[str, Any], lines: Sequence[Line]) -> str:
    """Return all figures as they stand in ``docs/performance.md``."""
    rows = [
        ", ".join(f"{name} {value}" for name, value in found.items()),
        "",
        "| what | unit | ours | beside | ratio | must | |",
        "|---|---|--:|---|--:|--:|---|",
    ]
    for line in lines:
        goal = line.goal
        beside = " ".join(filter(None, (_number(line.floor), line.floor_is)))
        bound = _bound(goal, goal.must if goal else None)
        figures = (line.unit, _number(line.ours), beside, _number(line.ratio), bound, line.mark)
        rows.append(f"| {' | '.join((line.name, *figures))} |")
    return "\n".join(rows)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _bound(goal: Goal | None, bound: float | None) -> str:
    if goal is None or bound is None:
        return ""
    return f"{'≤' if goal.at_most else '≥'} {bound:g}"
