"""What a vector can ask of a calendar: see ``scskit.testing.vectors``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from scskit.core.calendar import Calendar
from scskit.core.cycles import Turn, TurnKind, response_cycles
from scskit.core.flaws import CalendarInvalid
from scskit.core.pauses import Pause
from scskit.core.sla import Change, SlaClock, outcome
from scskit.core.time import require_aware

Vector = Mapping[str, Any]
Result = Mapping[str, Any]


TURNS: Mapping[str, TurnKind] = {
    "customer": "customer",
    "agent_public": "reply",
    "agent_private": "note",
    "auto_public": "automatic",
}
"""What the words for events mean; others are somebody's own business."""


@frozen
class Book:
    """The calendars of a file; made when first asked for, as some may be wrong on purpose.

    Attributes:
        definitions: as the file has them, by name.
        made: those that were asked for.
    """

    definitions: Mapping[str, Vector]
    made: dict[str, Calendar] = field(init=False, factory=dict)

    def calendar(self, name: str) -> Calendar:
        """Return a calendar, read leniently."""
        if name not in self.made:
            self.made[name] = self.read(name, strict=False)
        return self.made[name]

    def read(self, name: str, *, strict: bool) -> Calendar:
        """Read a calendar."""
        given = self.definitions[name]
        return Calendar.of(
            given["tz"],
            _windows(given.get("weekly", {})),
            closed=given.get("holidays", ()),
            overrides=_windows(given.get("overrides", {})),
            strict=strict,
        )


def _windows(given: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, list[str]]:
    return {key: ["-".join(window) for window in windows] for key, windows in given.items()}


def _instant(text: str) -> datetime:
    return require_aware(datetime.fromisoformat(text), text)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _pauses(vector: Vector) -> tuple[Pause, ...]:
    given = vector.get("pauses", ())
    return tuple((_instant(start), None if end is None else _instant(end)) for start, end in given)


def _seconds(given: float | None) -> timedelta | None:
    return None if given is None else timedelta(seconds=given)


def _change(given: Vector, book: Book) -> Change:
    return Change(
        at=_instant(given["at"]),
        target=_seconds(given.get("target_s")),
        calendar=book.calendar(given["calendar"]) if "calendar" in given else None,
        retroactive=given.get("retroactive", False),
    )


def _clock(vector: Vector, book: Book, target: float, start: str | None = None) -> SlaClock:
    return SlaClock(
        started_at=_instant(start or vector["start"]),
        target=timedelta(seconds=target),
        calendar=book.calendar(vector["calendar"]),
        pauses=_pauses(vector),
        changes=tuple(_change(change, book) for change in vector.get("changes", ())),
    )


def _due(vector: Vector, book: Book) -> Result:
    clock = _clock(vector, book, vector["target_s"])
    return {"due": _text(clock.due()), "fires_at": _text(clock.fires_at())}


def _at_risk(vector: Vector, book: Book) -> Result:
    clock = _clock(vector, book, vector["target_s"])
    return {"at_risk": _text(clock.due(vector["fraction"])), **_due(vector, book)}


def _elapsed(vector: Vector, book: Book) -> Result:
    elapsed = _clock(vector, book, 0).elapsed(_instant(vector["until"]))
    return {"elapsed_s": elapsed.total_seconds()}


def _due_days(vector: Vector, book: Book) -> Result:
    calendar = book.calendar(vector["calendar"])
    return {"due": _text(calendar.add_working_days(_instant(vector["start"]), vector["days"]))}


def _next_response(vector: Vector, book: Book) -> Result:
    said = [Turn(_instant(at), TURNS.get(word, "note")) for at, word in vector["events"]]
    cycles = response_cycles(said)
    if not cycles:
        return {"start": None, "due": None, "outcome": None}
    last = cycles[-1]
    start = _text(last.started_at)
    due = _clock(vector, book, vector["target_s"], start).fires_at()
    asked = vector.get("now", vector.get("until"))
    now = None if asked is None else _instant(asked)
    return {"start": start, "due": _text(due), "outcome": outcome(due, last.answered_at, now)}


def _open_at(vector: Vector, book: Book) -> Result:
    calendar, at = book.calendar(vector["calendar"]), _instant(vector["at"])
    return {"open": calendar.open(at), "next_open": _text(calendar.next_open(at))}


def _validate(vector: Vector, book: Book) -> Result:
    try:
        book.read(vector["calendar"], strict=not vector.get("lenient", False))
    except CalendarInvalid as error:
        return {"error": error.flaws[0].code}
    return {"error": None}


OPERATIONS: Mapping[str, Callable[[Vector, Book], Result]] = {
    "due": _due,
    "at_risk": _at_risk,
    "elapsed": _elapsed,
    "due_days": _due_days,
    "nrt": _next_response,
    "open_at": _open_at,
    "validate": _validate,
}
"""What can be asked of a calendar, by the word for it in a vector."""
