"""The timeline: everything that belongs to a case, in the order in which it happened."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from scskit.core.case import Note
from scskit.core.events import InteractionAdded, InteractionsMoved
from scskit.core.ids import CaseId, InteractionId
from scskit.core.interaction import Interaction
from scskit.core.ports import Reader
from scskit.core.records import RecordedEvent
from scskit.core.triage import Labels


@frozen(kw_only=True)
class Entry:
    """One thing that happened.

    Attributes:
        at: when: for a message, the network's time.
        interaction: a message at its latest revision, if it is one.
        revisions: how often that message was edited or taken away.
        note: an internal note, if it is one.
        event: any other event, if it is one.
        labels: what the classifiers said of that message when it came in.
    """

    at: datetime
    interaction: Interaction | None = None
    revisions: int = 0
    note: Note | None = None
    event: RecordedEvent | None = None
    labels: Labels = ()


_SHOWN_OTHERWISE = {"interaction_added", "interaction_revised", "note_added"}


def read_timeline(reader: Reader, case_id: CaseId) -> list[Entry]:
    """Return a case's messages, notes and events, oldest first; nothing for an unknown case.

    A message stands at the network's time, however late it arrived.
    """
    labels = _read_labels(reader, case_id)
    entries = [
        Entry(
            at=revisions[-1].posted_at,
            interaction=revisions[-1],
            revisions=len(revisions) - 1,
            labels=labels.get(revisions[-1].id, ()),
        )
        for revisions in read_revisions(reader, case_id)
    ]
    entries += [Entry(at=note.written_at, note=note) for note in reader.notes(case_id)]
    entries += [
        Entry(at=recorded.event.at, event=recorded)
        for recorded in reader.log(case_id)
        if recorded.event.type not in _SHOWN_OTHERWISE
    ]
    # Sorting is stable: at one instant a message comes before what it caused.
    return sorted(entries, key=lambda entry: entry.at)


def _read_labels(reader: Reader, case_id: CaseId) -> dict[InteractionId, Labels]:
    """Return the labels of a case's messages, also of those that came from other cases."""
    labels: dict[InteractionId, Labels] = {}
    read: set[CaseId] = set()
    waiting = [case_id]
    while waiting:
        read.add(case := waiting.pop())
        for recorded in reader.log(case):
            event = recorded.event
            if isinstance(event, InteractionAdded):
                labels[event.interaction_id] = event.labels
            elif isinstance(event, InteractionsMoved) and event.relation != "split_into":
                waiting += [event.other] if event.other not in read else []
    return labels


def read_revisions(reader: Reader, case_id: CaseId) -> list[list[Interaction]]:
    """Return a case's messages, each with all its revisions, oldest first.

    Which messages belong to a case is what its log says and no other case has taken since.
    """
    ids: dict[InteractionId, None] = {}
    for recorded in reader.log(case_id):
        event = recorded.event
        if isinstance(event, InteractionAdded):
            ids[event.interaction_id] = None
        elif isinstance(event, InteractionsMoved):
            ids.update(dict.fromkeys(event.interactions))
    found = reader.interactions(ids).values()
    return [revisions for revisions in found if revisions[0].case_id == case_id]
