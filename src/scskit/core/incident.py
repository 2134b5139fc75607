"""Incidents: one thing that went wrong for many people, who are told once each.

A person is told once by each notice, however many cases they have; cases that are linked later are
told then. Who was told stands in the store under the person, in the transaction that says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from attrs import field, frozen

from scskit.core.ids import CaseId

IncidentState = Literal["open", "closed"]
NoticeOutcome = Literal["queued", "awaiting_approval", "unreachable"]


@frozen(kw_only=True)
class Notice:
    """Something that everybody of an incident is told.

    Attributes:
        id: made by the desk.
        by: who says it.
        at: when.
        text: what is said; empty where a template is.
        template: the brand's template it is made from; empty for none.
        values: what fills its slots, as texts.
        window_template: the template, approved by the network, for whom only such may be sent.
        window_values: what fills its slots.
    """

    id: str
    by: str
    at: datetime
    text: str = ""
    template: str = ""
    values: dict[str, Any] = field(factory=dict)
    window_template: str = ""
    window_values: dict[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Incident:
    """One thing that went wrong.

    Attributes:
        id: made by the desk, time-ordered.
        version: how often it was changed.
        state: open or closed.
        title: what it is, for people.
        opened_by: who opened it.
        opened_at: when.
        notices: what was said, oldest first.
        closed_by: who closed it.
        closed_at: when.
        because: why.
    """

    id: str
    version: int
    state: IncidentState
    title: str
    opened_by: str
    opened_at: datetime
    notices: tuple[Notice, ...] = ()
    closed_by: str = ""
    closed_at: datetime | None = None
    because: str = ""


@frozen(kw_only=True)
class Told:
    """What became of telling one person.

    Attributes:
        notice_id: of what.
        person: the customer, or the identity of whom nobody knows more.
        identity_id: the identity that it went to.
        case_id: the case in which it was said.
        outcome: ``queued`` or ``awaiting_approval``; ``unreachable`` where nothing may be sent.
        reply_id: the reply that says it; None for who is unreachable.
        because: why somebody is unreachable.
        at: when that was found out.
    """

    notice_id: str
    person: str
    identity_id: str
    case_id: CaseId
    outcome: NoticeOutcome
    at: datetime
    reply_id: str | None = None
    because: str = ""


@frozen(kw_only=True)
class IncidentReport:
    """An incident with its cases and who was told.

    Attributes:
        incident: the incident.
        cases: the linked cases.
        told: what became of telling each person by each notice.
    """

    incident: Incident
    cases: tuple[CaseId, ...] = ()
    told: tuple[Told, ...] = ()

    @property
    def id(self) -> str:
        """The incident's id."""
        return self.incident.id

    @property
    def unreachable(self) -> tuple[Told, ...]:
        """Whom nothing may be sent to, and why."""
        return tuple(one for one in self.told if one.outcome == "unreachable")


class IncidentRows(Protocol):
    """Reads and writes of one tenant for incidents."""

    def get(self, id_: str) -> Incident | None:
        """Return an incident; within a transaction it is locked."""
        ...

    def latest(self, before: str, limit: int) -> list[Incident]:
        """Return incidents, the latest first, from before an id on; all if it is empty."""
        ...

    def add(self, incident: Incident) -> None:
        """Store a new incident."""
        ...

    def put(self, incident: Incident, before: int) -> None:
        """Store a changed incident that stood at version ``before``."""
        ...

    def link(self, incident_id: str, cases: Iterable[CaseId], at: datetime, by: str) -> None:
        """Link cases; those that are linked stay so."""
        ...

    def cases(self, incident_id: str) -> Sequence[CaseId]:
        """Return the linked cases, in the order of their ids."""
        ...

    def told(self, incident_id: str) -> list[Told]:
        """Return who was told what, each person once."""
        ...

    def told_to(self, incident_id: str, notice_id: str, people: Iterable[str]) -> list[Told]:
        """Return what became of telling somebody, by any name that they go by."""
        ...

    def tell(self, incident_id: str, told: Told) -> None:
        """Write down what became of telling somebody, under every name that they go by."""
        ...
