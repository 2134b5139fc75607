"""One case for people: what it is, why it stands where it stands, and all that happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict, frozen

from scskit.cli.exporting import case_rows, every_calendar
from scskit.cli.output import clean, stamp
from scskit.core import events as ev
from scskit.core.errors import NotFound
from scskit.core.explaining import ClockReport, explain
from scskit.core.explaining_text import in_words
from scskit.core.ids import CaseId
from scskit.core.time import SystemClock
from scskit.core.why import Why, told
from scskit.desk.timeline import Entry, read_timeline

if TYPE_CHECKING:
    from scskit.storage.store import SqlStore

_COMMON = {"case_id", "at", "by", "because"}
_HEADER = {
    "customer": ("customer", "customer_id", "identity"),
    "came in by": ("account", "network", "thread", "visibility"),
    "state": ("state", "agent", "queue", "team"),
    "matter": ("priority", "severity", "level", "reason", "contact_type", "language", "sentiment"),
    "decision": ("engagement", "engagement_code"),
    "times": ("opened_at", "first_response_at", "solved_at", "closed_at"),
    "messages": ("inbound_count", "outbound_count", "reopened_count"),
    "cases": ("follows", "merged_into"),
}


@frozen(kw_only=True)
class FoundCase:
    """A case with its history.

    Attributes:
        row: the case as exported.
        timeline: what happened, oldest first.
        clocks: what was promised, and what became of it.
    """

    row: Mapping[str, object]
    timeline: list[Entry]
    clocks: tuple[ClockReport, ...]

    @property
    def why(self) -> list[str]:
        """Why it has its reason, its priority and its queue, as last decided."""
        events = [entry.event.event for entry in self.timeline if entry.event]
        triaged = [e for e in events if isinstance(e, ev.CaseTriaged)]
        routed = [e for e in events if isinstance(e, ev.CaseRouted)]
        lines = list(triaged[-1].why) if triaged else []
        return lines + [f"queue {e.queue} by {e.source}: {e.rule}" for e in routed[-1:]]


def find_case(store: SqlStore, case_id: str) -> FoundCase:
    """Read a case.

    Raises:
        NotFound: there is none with this id.
    """
    with store.read() as reader:
        draft = reader.cases([CaseId(case_id)]).get(CaseId(case_id))
        timeline = read_timeline(reader, CaseId(case_id))
    if draft is None or draft.case is None:
        message = f"there is no case {case_id!r} for tenant {store.tenant!r}"
        raise NotFound(message)
    past = every_calendar(store)
    (row,) = case_rows(store, [draft.case], past)
    log = [entry.event for entry in store.log(CaseId(case_id))]
    return FoundCase(row=row, timeline=timeline, clocks=explain(log, past, SystemClock().now()))


def show(found: FoundCase) -> None:
    """Print a case."""
    click.secho(f"case {found.row['id']}, version {found.row['version']}", bold=True)
    for title, names in _HEADER.items():
        known = [_said(title, n, found.row[n]) for n in names if found.row[n] is not None]
        if known:
            click.echo(f"  {title + ':':<12} {clean(', '.join(known))}")
    click.secho("why", bold=True)
    for line in found.why:
        click.echo(f"  {clean(line)}")
    for report in found.clocks:
        title, *lines = in_words(report)
        click.secho(clean(title), bold=True)
        for line in lines:
            click.echo(f"  {clean(line)}")
    click.secho("what happened", bold=True)
    for entry in found.timeline:
        _show_entry(entry)


def _said(title: str, name: str, value: object) -> str:
    """Return a value with its name, but for the one that the title names."""
    return str(value) if name == title else f"{_word(name)} {value}"


def _word(name: str) -> str:
    return name.removesuffix("_at").removesuffix("_count").replace("_", " ")


def _show_entry(entry: Entry) -> None:
    who, lines = _told(entry)
    click.echo(f"  {stamp(entry.at)}  {clean(who)}")
    for line in lines:
        click.echo(f"      {clean(line)}")


def _told(entry: Entry) -> tuple[str, list[str]]:
    """Return who did something, and what in lines."""
    if message := entry.interaction:
        who = "the customer" if message.direction == "inbound" else "the brand"
        edited = f", changed {entry.revisions} times" if entry.revisions else ""
        text = "(taken away)" if message.deleted else message.text
        lines = [*text.splitlines(), *_warnings(entry)]
        return f"{who} ({message.kind}, {message.visibility}{edited}):", lines
    if entry.note:
        return f"note of {entry.note.written_by}:", entry.note.text.splitlines()
    if entry.event is None:
        return "", []
    event = entry.event.event
    because = f", because {event.because}" if event.because else ""
    why = getattr(event, "why", None)
    lines = [", ".join(_details(event)), *(told(why) if isinstance(why, Why) else ())]
    return f"{event.type.replace('_', ' ')} by {event.by}{because}", lines


def _warnings(entry: Entry) -> Iterator[str]:
    """Yield what people must see about a message before they do anything with it."""
    shown = [label.value for label in entry.labels if label.kind == "personal_data"]
    if shown and entry.interaction and not entry.interaction.deleted:
        yield f"[personal data on show: {', '.join(shown)}]"


def _details(event: ev.Event) -> Iterator[str]:
    for name, value in _own(event).items():
        if value and name not in {"why", "policy_version", "tally", "terms"}:
            yield f"{_word(name)} {_plainly(value)}"


def _plainly(value: object) -> object:
    """Write several names out, and leave everything else as it is."""
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        return " and ".join(value)
    return value


def _own(event: ev.Event) -> dict[str, Any]:
    """Return what an event says beyond what every event says."""
    found = asdict(event, value_serializer=lambda _, __, value: _serial(value))
    return {name: value for name, value in found.items() if name not in _COMMON}


def _serial(value: object) -> object:
    if isinstance(value, datetime):
        return stamp(value)
    return value.total_seconds() if isinstance(value, timedelta) else value


def as_dict(found: FoundCase) -> dict[str, object]:
    """Return a case as a JSON object."""
    return {
        "case": found.row,
        "why": found.why,
        "clocks": [_clock_as_dict(report) for report in found.clocks],
        "timeline": [_entry_as_dict(entry) for entry in found.timeline],
    }


def _clock_as_dict(report: ClockReport) -> dict[str, object]:
    return {
        "clock": report.clock,
        "instance": report.instance,
        "state": report.state,
        "since": stamp(report.since),
        "due": stamp(report.due),
        "ended_at": stamp(report.ended_at),
        "calendar": report.calendar[0],
        "calendar_version": report.calendar[1],
        "counted": [[stamp(start), stamp(end)] for start, end in report.counted],
        "pauses": [[state, stamp(start), stamp(end)] for state, start, end in report.pauses],
        "why": list(in_words(report)),
    }


def _entry_as_dict(entry: Entry) -> dict[str, object]:
    shown: dict[str, object] = {"at": stamp(entry.at)}
    if message := entry.interaction:
        shown |= {
            "message": message.external_id,
            "direction": message.direction,
            "visibility": message.visibility,
            "text": message.text,
            "deleted": message.deleted,
            "revisions": entry.revisions,
            "labels": [{"kind": one.kind, "value": one.value} for one in entry.labels],
        }
    elif entry.note:
        shown |= {"note": entry.note.text, "by": entry.note.written_by}
    elif entry.event:
        event = entry.event.event
        shown |= {"event": event.type, "by": event.by, "because": event.because, **_own(event)}
    return shown
