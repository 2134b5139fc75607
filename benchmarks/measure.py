"""Measuring: contenders take turns, each figure is the median of its runs."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter, process_time
from typing import Literal

from attrs import Factory, define, frozen

Mark = Literal["good", "pass", "FAIL", "-"]
Samples = list[float]


@frozen(kw_only=True)
class Goal:
    """What a figure has to reach.

    Attributes:
        must: the worst that passes.
        good: what we aim for.
        at_most: whether smaller is better.
    """

    must: float
    good: float | None = None
    at_most: bool = False

    def mark(self, value: float) -> Mark:
        """Tell how ``value`` does."""
        if not self._reached(value, self.must):
            return "FAIL"
        if self.good is not None and self._reached(value, self.good):
            return "good"
        return "pass"

    def _reached(self, value: float, bound: float) -> bool:
        return value <= bound if self.at_most else value >= bound


@frozen(kw_only=True)
class Line:
    """One figure.

    Attributes:
        name: what was measured.
        unit: of ``ours`` and ``floor``.
        ours: scskit's figure.
        floor: what it is compared with; None for a figure that stands alone.
        floor_is: what the floor is, in words.
        ratio: ours by floor; judged by the goal where there is one, otherwise ``ours`` is.
        goal: what must be reached; None for information.
        note: what else to know.
        samples: every single run, by contender.
    """

    name: str
    unit: str
    ours: float
    floor: float | None = None
    floor_is: str = ""
    ratio: float | None = None
    goal: Goal | None = None
    note: str = ""
    samples: Mapping[str, Samples] = Factory(dict)

    @property
    def judged(self) -> float:
        """The figure that the goal is about."""
        return self.ours if self.ratio is None else self.ratio

    @property
    def mark(self) -> Mark:
        """How it does; a dash where nothing is asked."""
        return self.goal.mark(self.judged) if self.goal else "-"


def compare(  # noqa: PLR0913  each is one column of the table
    name: str,
    unit: str,
    samples: Mapping[str, Samples],
    *,
    ours: str = "ours",
    floor: str = "floor",
    floor_is: str = "",
    goal: Goal | None = None,
    note: str = "",
) -> Line:
    """Make a line from two contenders that took turns.

    The ratio is the median of the pairs' ratios: what slows the machine down for a while slows
    both halves of a pair.
    """
    pairs = zip(samples[ours], samples[floor], strict=True)
    return Line(
        name=name,
        unit=unit,
        ours=median(samples[ours]),
        floor=median(samples[floor]),
        floor_is=floor_is,
        ratio=median(one / other for one, other in pairs),
        goal=goal,
        note=note,
        samples={"ours": samples[ours], "floor": samples[floor]},
    )


def alternate(
    contenders: Mapping[str, Callable[[], float]], repetitions: int
) -> dict[str, Samples]:
    """Let contenders take turns, in turning order, and return what each returned."""
    samples: dict[str, Samples] = {name: [] for name in contenders}
    for repetition in range(repetitions):
        order = list(contenders)
        for name in order if repetition % 2 == 0 else reversed(order):
            samples[name].append(contenders[name]())
    return samples


def fsync_milliseconds(folder: Path) -> float:
    """Return how long the disk takes to make four kilobytes last."""
    found: list[float] = []
    with TemporaryFile(dir=folder) as file:
        for _ in range(50):
            file.write(bytes(4096))
            file.flush()
            start = perf_counter()
            os.fsync(file.fileno())
            found.append(perf_counter() - start)
    return median(found) * 1000


@define
class Window:
    """How long a block took, in seconds.

    Attributes:
        seconds: by the clock on the wall.
        cpu: of this process's own work: the same whatever else the machine does.
    """

    seconds: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Window]:
    """Time a block, with what was made before it out of the garbage collector's way."""
    window = Window()
    gc.collect()
    gc.freeze()
    start, start_cpu = perf_counter(), process_time()
    try:
        yield window
    finally:
        window.seconds, window.cpu = perf_counter() - start, process_time() - start_cpu
        gc.unfreeze()
