"""The index behind a calendar: its open intervals, in spans that are made when first asked for.

Everything here is whole microseconds since 1970-01-01T00:00Z. Within a span, sums of the intervals
up to each one turn an instant into open time and open time into an instant by bisection, so that
the two are exact inverses.

A span is made from its zone and its rules alone and never changes. Threads that make the same one
at once make equal ones, and it does not matter which of them is kept: no lock is needed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, tzinfo
from itertools import accumulate
from operator import sub

from attrs import field, frozen

from scskit.core.windows import Pieces, day_number, union, weekday
from scskit.core.zones import DAY, stretches

SECOND = 1_000_000
SPAN = 364 * DAY
"""Seconds of a span: about a year, so that most questions stay within one or two."""

_SPAN = SPAN * SECOND
_KEPT = 64
_MINUTE = 60
_ENDS = [day_number(date.min), day_number(date.max)]


@frozen
class Span:
    """The open intervals of one span, half-open, apart from each other and in order.

    Attributes:
        starts: when each interval begins.
        ends: when each ends.
        sums: how much is open from the beginning of the span to the end of each.
    """

    starts: list[int]
    ends: list[int]
    sums: list[int]

    @property
    def total(self) -> int:
        """How much is open from beginning to end."""
        return self.sums[-1] if self.sums else 0

    def passed(self, at: int) -> int:
        """Return how much was open until ``at``, which may lie outside the span."""
        count = bisect_right(self.starts, at)
        if count == 0:
            return 0
        left = self.ends[count - 1] - at
        return self.sums[count - 1] - left if left > 0 else self.sums[count - 1]

    def due(self, start: int, amount: int) -> int | None:
        """Return the first instant at which ``amount``, above zero, was open since ``start``.

        Returns:
            The instant; None if the span does not hold so much.
        """
        amount += self.passed(start)
        place = bisect_left(self.sums, amount)
        if place == len(self.sums):
            return None
        return self.ends[place] - (self.sums[place] - amount)


@frozen
class OpeningHours:
    """When it is open.

    Attributes:
        zone: whose wall clock it is.
        weekly: what is open on each day of the week, from Monday.
        dates: what is open on days that differ, by the number of days since 1970-01-01.
    """

    zone: tzinfo
    weekly: Sequence[Pieces]
    dates: Mapping[int, Pieces]
    _spans: dict[int, Span] = field(init=False, factory=dict, eq=False, repr=False)
    _totals: dict[int, int] = field(init=False, factory=dict, eq=False, repr=False)
    _range: tuple[int, int] = field(init=False, eq=False, repr=False)

    @_range.default
    def _find_range(self) -> tuple[int, int]:
        """Return the first and the last span that may have anything open."""
        days = _ENDS if any(self.weekly) else [day for day, open_ in self.dates.items() if open_]
        if not days:
            return 0, -1
        return (min(days) - 1) * DAY // SPAN, (max(days) + 2) * DAY // SPAN

    def is_open(self, at: int) -> bool:
        """Tell whether it is open at ``at``."""
        return self.next_open(at) == at

    def next_open(self, at: int) -> int | None:
        """Return the first open instant at ``at`` or later; None without one."""
        first, last = self._range
        for number in range(max(first, at // _SPAN), last + 1):
            span = self._span(number)
            place = bisect_right(span.ends, at)
            if place < len(span.ends):
                return max(at, span.starts[place])
        return None

    def intervals(self, since: int, until: int) -> Iterator[tuple[int, int]]:
        """Yield what is open between two instants, in order; spans may cut an interval in two."""
        first, last = max(self._range[0], since // _SPAN), min(self._range[1], until // _SPAN)
        for number in range(first, last + 1):
            span = self._span(number)
            for start, end in zip(span.starts, span.ends, strict=True):
                if max(since, start) < min(until, end):
                    yield max(since, start), min(until, end)

    def elapsed(self, since: int, until: int) -> int:
        """Return how much is open from ``since`` until ``until``, which is not before it."""
        span = self._spans.get(since // _SPAN)
        if span is not None and since // _SPAN == until // _SPAN:
            return span.passed(until) - span.passed(since)
        first, last = max(self._range[0], since // _SPAN), min(self._range[1], until // _SPAN)
        if first > last:
            return 0
        ends = self._span(last).passed(until) - self._span(first).passed(since)
        return ends + sum(self._total(number) for number in range(first, last))

    def due(self, start: int, amount: int) -> int | None:
        """Return the first instant at which ``amount`` was open since ``start``; None if never."""
        if amount == 0:
            return start
        span = self._spans.get(start // _SPAN)
        found = None if span is None else span.due(start, amount)
        return self._due_later(start, amount) if found is None else found

    def _due_later(self, start: int, amount: int) -> int | None:
        first, last = self._range
        first = max(first, start // _SPAN)
        for number in range(first, last + 1):
            passed = self._span(first).passed(start) if number == first else 0
            left = self._total(number) - passed
            if amount <= left:
                return self._span(number).due(start, amount)
            amount -= left
        return None

    def _span(self, number: int) -> Span:
        span = self._spans.get(number)
        if span is None:
            span = self._spans[number] = self._make(number)
        return span

    def _total(self, number: int) -> int:
        """Return how much a span holds; where there are very many, no more is kept of them."""
        total = self._totals.get(number)
        if total is None:
            span = self._spans.get(number) or self._make(number)
            if len(self._spans) < _KEPT:
                self._spans[number] = span
            total = self._totals[number] = span.total
        return total

    def _make(self, number: int) -> Span:
        clocks = stretches(self.zone, number * SPAN, (number + 1) * SPAN)
        found = union(interval for stretch in clocks for interval in self._open_in(*stretch))
        starts = [opens * SECOND for opens, _ in found]
        ends = [closes * SECOND for _, closes in found]
        return Span(starts, ends, list(accumulate(map(sub, ends, starts))))

    def _open_in(self, since: int, until: int, ahead: int) -> Iterator[tuple[int, int]]:
        """Yield what is open in a stretch, in seconds; ``ahead`` is the offset of the clocks."""
        for day in range((since + ahead) // DAY, -(-(until + ahead) // DAY)):
            midnight = day * DAY - ahead
            pieces = self.dates.get(day)
            for start, end in self.weekly[weekday(day)] if pieces is None else pieces:
                opens, closes = midnight + start * _MINUTE, midnight + end * _MINUTE
                if opens < until and since < closes:
                    yield max(since, opens), min(until, closes)
