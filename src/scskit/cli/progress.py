"""A progress bar on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from scskit.importing import Progress as Reached


@contextmanager
def show_progress() -> Iterator[Callable[[Reached], None]]:
    """Show two bars: the file is read first, then its rows are applied."""
    columns = (TextColumn("{task.description:<8}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        tasks = {stage: bars.add_task(stage, total=None) for stage in ("reading", "applying")}

        def show(reached: Reached) -> None:
            total = reached.total or None
            bars.update(tasks[reached.stage], completed=reached.done, total=total)

        yield show
