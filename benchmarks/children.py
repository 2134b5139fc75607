"""What is measured in processes of its own: starting up, and the memory of an import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from operator import attrgetter
from pathlib import Path
from time import perf_counter

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, Table, UniqueConstraint

from benchmarks import memory, traffic
from benchmarks.lab import SMALL, Lab
from benchmarks.measure import Goal, Line, alternate, compare
from scskit.storage.tables import METADATA

STARTS = 15
UNWANTED = ("sqlalchemy", "pydantic", "httpx", "structlog", "asyncio")


def run(*arguments: str, path: Path | None = None) -> str:
    """Run Python in a fresh process and return what it printed."""
    found = [str(path)] if path else []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*found, *sys.path])}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed code is compiled once
    command = [sys.executable, *arguments]
    done = subprocess.run(  # noqa: S603  our own code
        command, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def milliseconds(code: str, path: Path | None = None) -> float:
    """Return how long a fresh process takes with ``code``, from start to end."""
    start = perf_counter()
    run("-c", code, path=path)
    return (perf_counter() - start) * 1000


def importing(_: Lab) -> Iterator[Line]:
    """``import scskit`` beside an interpreter that does nothing."""
    turns = {
        "ours": partial(milliseconds, "import scskit"),
        "floor": partial(milliseconds, "pass"),
    }
    yield compare(
        "import scskit",
        "ms",
        alternate(turns, STARTS),
        floor_is="python -c pass",
        goal=Goal(must=6, good=4.5, at_most=True),
    )
    code = f"import scskit, sys; print(*set({UNWANTED}) & set(sys.modules))"
    loaded = run("-c", code).split()
    yield Line(
        name="import scskit, heavy modules",
        unit="loaded",
        ours=len(loaded),
        goal=Goal(must=0, at_most=True),
        note=f"none of {', '.join(UNWANTED)}" if not loaded else f"loads {', '.join(loaded)}",
    )


def opening(lab: Lab) -> Iterator[Line]:
    """Opening a desk beside importing sqlmodel and defining the same tables with it."""
    with lab.bases.fresh(SMALL) as path:
        tables = path.with_name("hand_written_tables.py")
        tables.write_text(_table_definitions(), encoding="utf-8")
        ours = (
            "import scskit;"
            f" scskit.open_desk({str(path)!r}, {str(traffic.DESK_FILE)!r}, discover=False)"
        )
        floor = "import hand_written_tables"
        for code in (floor, ours):
            milliseconds(code, path.parent)  # compiles it
        turns = {
            "ours": partial(milliseconds, ours),
            "floor": partial(milliseconds, floor, path.parent),
        }
        samples = alternate(turns, STARTS)
    yield compare(
        "opening a desk",
        "ms",
        samples,
        floor_is="import sqlmodel + the same tables",
        goal=Goal(must=1.2, at_most=True),
        note="whole process, desk file and built-in plugins included",
    )


def _table_definitions() -> str:
    """Write our tables as plain SQLModel classes, with their indexes."""
    lines = [
        "from sqlalchemy import BigInteger, Index, UniqueConstraint, text",
        "from sqlmodel import Field, SQLModel",
    ]
    for number, table in enumerate(METADATA.sorted_tables):
        lines += ["", f"class Table{number}(SQLModel, table=True):"]
        lines += [f"    __tablename__ = {table.name!r}"]
        lines += [f"    __table_args__ = ({''.join(f'{one}, ' for one in _arguments(table))})"]
        lines += [f"    {column.name}: {_field(column)}" for column in table.columns]
    return "\n".join(lines)


def _arguments(table: Table) -> Iterator[str]:
    for index in sorted(table.indexes, key=attrgetter("name")):
        columns = [repr(column.name) for column in index.columns]
        where = index.dialect_options["sqlite"]["where"]
        condition = f"text({where.text!r})" if where is not None else "None"
        options = [f"unique={index.unique}"]
        options += [f"{dialect}_where={condition}" for dialect in ("sqlite", "postgresql")]
        yield f"Index({', '.join([repr(index.name), *columns, *options])})"
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield f"UniqueConstraint({', '.join(repr(c.name) for c in constraint.columns)})"


def _field(column: Column[object]) -> str:
    types = {Boolean: "bool", LargeBinary: "bytes"}
    type_ = types.get(type(column.type)) or column.type.python_type.__name__
    options = ["primary_key=True"] if column.primary_key else []
    if isinstance(column.type, BigInteger):
        options.append("sa_type=BigInteger")
    if column.nullable:
        type_, options = f"{type_} | None", ["default=None", *options]
    return f"{type_} = Field({', '.join(options)})"


def importing_memory(lab: Lab) -> Iterator[Line]:
    """How far an import of a million rows rises above a desk that idles."""
    count = lab.size(1_000_000, 100_000)
    with lab.bases.scratch() as folder:
        source = folder / "rows.csv"
        memory.write_rows(source, count)
        answer = run("-m", "benchmarks.memory", str(folder / "desk.db"), str(source))
    found = json.loads(answer)
    assert found["applied"] == count, found
    yield Line(
        name=f"import of {count:,} rows, memory",
        unit="MB above idle",
        ours=found["peak"] - found["idle"],
        goal=Goal(must=100, good=70, at_most=True),
        note=f"idle {found['idle']:.0f} MB; CSV at {count / found['seconds']:,.0f} rows/s",
    )
