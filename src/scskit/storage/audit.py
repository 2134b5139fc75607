"""One case under examination: its row, its events, and the texts that the events vouch for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from attrs import frozen

from scskit.core.calendar import Calendar
from scskit.core.case import Case
from scskit.core.due import timetable
from scskit.core.errors import ScsError
from scskit.core.events import (
    Event,
    InteractionAdded,
    InteractionRevised,
    InteractionsMoved,
    NoteAdded,
    StateChanged,
)
from scskit.core.lifecycle import evolve
from scskit.core.policy import Policy
from scskit.core.time import to_micros
from scskit.storage import case_rows
from scskit.storage.chain import link
from scskit.storage.drivers import Driver, Row
from scskit.storage.events import read_recorded
from scskit.storage.rows import micros
from scskit.storage.sql import Lookup

_DAMAGED = (ScsError, ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What reading a row raises that nobody wrote like this."""

_MESSAGE = ("id", "revision", "deleted", "case_id", "direction", "thread_id", "posted_at")
_TEXT = 't."text"'
_DIGEST = f"encode(sha256(convert_to({_TEXT}, 'UTF8')), 'hex')"
INTERACTIONS = Lookup("scs_interaction", ("id",), (*_MESSAGE, _TEXT))
INTERACTION_DIGESTS = Lookup("scs_interaction", ("id",), (*_MESSAGE, _DIGEST))
NOTES = Lookup("scs_note", ("id",), ("id", _TEXT))
NOTE_DIGESTS = Lookup("scs_note", ("id",), ("id", _DIGEST))


@frozen
class Line:
    """An event as it stands in the log; ``event`` is None when ``problem`` says why."""

    row: Row
    event: Event | None
    problem: str = ""

    @property
    def case_id(self) -> str:
        """Whose event it is."""
        return str(self.row[3])


def read_lines(event_rows: Iterable[Row]) -> list[Line]:
    """Read events, those that cannot be read included."""
    lines: list[Line] = []
    for row in event_rows:
        try:
            lines.append(Line(row, read_recorded(row).event))
        except _DAMAGED as error:
            lines.append(Line(row, None, str(error)))
    return lines


def name_event(row: Row) -> str:
    """Say which event it is."""
    return f"event {row[4]} ({row[5]}) of case {row[3]} at position {row[2]}"


@frozen
class Stored:
    """What is stored of one revision of an interaction."""

    deleted: bool
    case_id: str | None
    direction: str
    thread_id: str
    posted_at: int
    digest: str


class Evidence:
    """The interactions and notes that some events speak of."""

    def __init__(self, driver: Driver, tenant: str, lines: Iterable[Line]) -> None:
        """Look them up."""
        interactions: set[str] = set()
        notes: set[str] = set()
        for event in (line.event for line in lines):
            if isinstance(event, (InteractionAdded, InteractionRevised)):
                interactions.add(event.interaction_id)
            elif isinstance(event, InteractionsMoved):
                interactions.update(event.interactions)
            elif isinstance(event, NoteAdded):
                notes.add(event.note_id)
        self.interactions = {
            (id_, revision): Stored(bool(deleted), *rest)
            for id_, revision, deleted, *rest in _digests(
                driver, tenant, sorted(interactions), (INTERACTIONS, INTERACTION_DIGESTS)
            )
        }
        self.notes: dict[str, str] = dict(
            _digests(driver, tenant, sorted(notes), (NOTES, NOTE_DIGESTS))
        )


def _digests(
    driver: Driver, tenant: str, ids: Sequence[str], lookups: tuple[Lookup, Lookup]
) -> list[Row]:
    """Return rows with their last column, a text, as the digest of it."""
    with_text, with_digest = lookups
    if driver.name == "postgresql":
        return driver.fetch(with_digest, tenant, [(id_,) for id_ in ids])
    found: list[Row] = []
    for id_ in ids:
        for *rest, text in driver.fetch(with_text, tenant, [(id_,)]):
            found.append((*rest, sha256(str(text).encode()).hexdigest()))
    return found


class Audit:
    """The examination of one case.

    Attributes:
        id: the case.
        events: how many events were seen.
        problem: the first thing that is wrong, in words; None while nothing is.
    """

    def __init__(self, row: Row) -> None:
        """Begin with the case's row."""
        self.id: str = row[1]
        self.events = 0
        self.problem: str | None = None
        self._case: Case | None = None
        self._head = b""
        self._folded: Case | None = None
        self._previous = b""
        self._place = (-1, -1)
        self._messages: dict[str, Stored | None] = {}
        self._times = case_rows.stored_times(row)
        try:
            self._case, self._head = case_rows.read_case(row)
        except _DAMAGED as error:
            self.problem = f"case {self.id}: the row cannot be read: {error}"

    def follow(self, lines: Iterable[Line], evidence: Evidence) -> None:
        """Go on with the case's next events."""
        for line in lines:
            self.events += 1
            if self.problem is None and (problem := self._step(line, evidence)):
                self.problem = f"{name_event(line.row)}: {problem}"

    def _step(self, line: Line, evidence: Evidence) -> str | None:
        row = line.row
        if row[4] != self.events:
            return f"event {self.events} is missing from the log"
        try:
            hash_ = bytes(row[12])
            intact = link(self._previous, (row[0], *row[2:12])) == hash_
        except _DAMAGED:
            intact = False
        if not intact:
            return "the event was altered, or one before it was removed or reordered"
        if (row[1], row[2]) <= self._place:
            return "its place in the feed is before that of the event it follows"
        self._previous, self._place = hash_, (row[1], row[2])
        if line.event is None:
            return line.problem
        try:
            self._folded = evolve(self._folded, line.event)
        except _DAMAGED as error:
            return str(error)
        return self._check(line.event, evidence)

    def _check(self, event: Event, evidence: Evidence) -> str | None:
        """Compare an event with what it vouches for."""
        if isinstance(event, InteractionAdded):
            stored = evidence.interactions.get((event.interaction_id, 0))
            self._messages[event.interaction_id] = stored
            return _check_added(event, stored)
        if isinstance(event, InteractionRevised):
            return _check_revised(
                event, evidence.interactions.get((event.interaction_id, event.revision))
            )
        if isinstance(event, NoteAdded):
            digest = evidence.notes.get(event.note_id)
            if digest != event.digest:
                return f"note {event.note_id} {'was altered' if digest else 'is missing'}"
        if isinstance(event, InteractionsMoved):
            self._move(event, evidence)
        if isinstance(event, StateChanged) and event.state == "merged":
            self._messages.clear()
        return None

    def _move(self, event: InteractionsMoved, evidence: Evidence) -> None:
        for interaction in event.interactions:
            if event.relation == "split_into":
                self._messages.pop(interaction, None)
            else:
                self._messages[interaction] = evidence.interactions.get((interaction, 0))

    def finish(self, times: Times) -> None:
        """Compare the row with what all events together say."""
        if self.problem is None and (problem := self._conclude(times)):
            self.problem = f"case {self.id}: {problem}"

    def _conclude(self, times: Times) -> str | None:
        case, folded = self._case, self._folded
        if case is None or folded is None:
            return "it has no events"
        if self._head != self._previous or case.version != self.events:
            return (
                f"the row is at version {case.version}, its log ends at {self.events} with "
                "another hash: events are missing at the end, or the row was altered"
            )
        if folded != case:
            there, here = folded.__dict__, case.__dict__
            names = ", ".join(name for name in here if here[name] != there[name])
            return f"the row differs from what its events say, in: {names}"
        return self._check_messages(case) or times.check(case, self._times)

    def _check_messages(self, case: Case) -> str | None:
        for id_, stored in self._messages.items():
            if stored is None or stored.case_id != self.id:
                return f"interaction {id_} belongs to it and is not there"
        directions = [stored.direction for stored in self._messages.values() if stored]
        counted = (directions.count("inbound"), directions.count("outbound"))
        if case.state != "merged" and counted != (case.inbound_count, case.outbound_count):
            return (
                f"it counts {case.inbound_count} messages of customers and {case.outbound_count} "
                f"of the brand, and has {counted[0]} and {counted[1]}"
            )
        return None


class Times:
    """When cases are due and wake up, as far as their events alone can tell."""

    def __init__(self, calendars: Mapping[str, Calendar]) -> None:
        """Tell it by the calendars that the tenant has had, by version."""
        # The rules of time zones change: a version made under others counted otherwise.
        self._calendars = {v: one for v, one in calendars.items() if one.version == v}
        self._tell = timetable(Policy(past=self._calendars))

    def check(self, case: Case, stored: case_rows.Times) -> str | None:
        """Compare a case with its row; a calendar that nobody knows any more leaves it at that."""
        versions = {applied.terms.calendar_version for applied in case.sla} - {""}
        if not versions <= self._calendars.keys():
            return None
        due_at, wake_at = map(micros, self._tell(case))
        if stored == (due_at, wake_at):
            return None
        name = "wake_at" if stored[0] == due_at else "due_at"
        return f"the row differs from what its events say, in: {name}"


def _check_added(event: InteractionAdded, stored: Stored | None) -> str | None:
    name = f"interaction {event.interaction_id}"
    if stored is None:
        return f"{name} is missing"
    if stored.digest != event.digest:
        return f"the text of {name} was altered"
    said = (event.direction, event.thread_id, to_micros(event.posted_at))
    if (stored.direction, stored.thread_id, stored.posted_at) != said:
        return f"direction, thread or time of {name} was altered"
    return None


def _check_revised(event: InteractionRevised, stored: Stored | None) -> str | None:
    name = f"revision {event.revision} of interaction {event.interaction_id}"
    if stored is None:
        return f"{name} is missing"
    if (stored.digest, stored.deleted) != (event.digest, event.deleted):
        return f"the text of {name} was altered"
    return None
