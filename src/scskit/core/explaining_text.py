"""What ``core.explaining`` found, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from scskit.core.explaining import ClockReport, Interval
from scskit.core.terms import Applied, Terms

MOST = 6
"""So many stretches are listed at most, the first and the last of them."""

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)))
_SECOND = timedelta(seconds=1)


def in_words(report: ClockReport, zone: tzinfo = UTC) -> tuple[str, ...]:
    """Return a clock in sentences: what became of it, and why it is due when it is.

    Args:
        report: the clock.
        zone: in which times are shown.
    """
    return tuple(_lines(report, zone))


def _lines(report: ClockReport, zone: tzinfo) -> Iterator[str]:
    yield f"{_name(report)}: {report.state}, {_due(report, zone)}"
    yield f"began {say(report.since, zone)}; {_target(report)}"
    for before, applied in zip((None, *report.applied), report.applied, strict=False):
        yield _applied(before, applied, zone)
    if report.counted:
        used = "" if report.elapsed is None else f", {amount(report.elapsed)} in all"
        yield f"counted: {_stretches(report.counted, zone)}{used}"
    for state, since, until in report.pauses:
        end = "now" if until is None else say(until, zone)
        yield f"stood still while {state}: {say(since, zone)} to {end}"
    for notice in report.notices:
        mark = f" at {notice.mark}" if notice.mark else ""
        yield f"{notice.kind}{mark}, due {say(notice.due, zone)}"
    if report.ended_at is not None:
        yield f"ended {say(report.ended_at, zone)} by {report.ended_by}"


def _name(report: ClockReport) -> str:
    return report.clock.replace("_", " ") + (f" {report.instance}" if report.instance > 1 else "")


def _due(report: ClockReport, zone: tzinfo) -> str:
    return f"due {say(report.due, zone)}" if report.due else "not due while it stands still"


def _target(report: ClockReport) -> str:
    calendar, version = report.calendar
    where = f"in calendar {calendar} (version {version})" if calendar else "around the clock"
    if isinstance(report.target, timedelta):
        return f"may run {amount(report.target)} {where}"
    return f"may run {report.target} working days {where}"


def _applied(before: Applied | None, applied: Applied, zone: tzinfo) -> str:
    rule = f"terms by rule {applied.rule!r} ({applied.source}), policy {applied.policy_version}"
    if before is None:
        return rule
    how = "counted anew from the beginning" if applied.retroactive else "what had elapsed stays"
    changed = ", ".join(_changes(before.terms, applied.terms))
    return f"since {say(applied.since, zone)}: {rule}; {changed or 'as before'}; {how}"


def _changes(before: Terms, after: Terms) -> Iterator[str]:
    for name in ("first_response", "next_response", "resolution", "update", "acknowledgement"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name} {amount(old)} to {amount(new)}"
    if before.legal_days != after.legal_days:
        yield f"legal {before.legal_days} to {after.legal_days} working days"
    if before.calendar_version != after.calendar_version:
        yield f"calendar {before.calendar or 'always'} to {after.calendar or 'always'}"


def _stretches(counted: Sequence[Interval], zone: tzinfo) -> str:
    shown = [f"{say(start, zone)} to {say(end, zone)}" for start, end in counted]
    if len(shown) > MOST:
        half = MOST // 2
        left = f"({len(shown) - MOST} more)"
        shown = [*shown[:half], left, *shown[-half:]]
    return ", ".join(shown)


def say(instant: datetime, zone: tzinfo = UTC) -> str:
    """Return an instant as text: its date, its time to the second, its offset."""
    local = instant.astimezone(zone)
    shown = local.strftime("%Y-%m-%d %H:%M:%S")
    return f"{shown}Z" if zone is UTC else f"{shown}{local.strftime('%z')}"


def amount(length: timedelta | None) -> str:
    """Return a length of time such as ``1d 2h 30m``; ``none`` for None."""
    if length is None:
        return "none"
    parts: list[str] = []
    for unit, size in _UNITS:
        count, length = divmod(length, size)
        if count:
            parts.append(f"{count}{unit}")
    if length or not parts:
        parts.append(f"{length / _SECOND:g}s")
    return " ".join(parts)
