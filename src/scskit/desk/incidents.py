"""Incidents: cases that have one cause, and telling everybody about it once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from attrs import evolve

from scskit.core.case import Case
from scskit.core.errors import IllegalTransition, NotFound
from scskit.core.ids import CaseId
from scskit.core.incident import Incident, IncidentReport, Notice
from scskit.core.ports import Reader, Transaction
from scskit.core.records import RecordedEvent
from scskit.core.reply_events import IncidentLinked
from scskit.core.slots import SlotValue
from scskit.core.wording import Amount
from scskit.desk.admission import repair
from scskit.desk.idempotency import Call
from scskit.desk.noticing import Noticing, Person, people_of
from scskit.desk.paging import require_page
from scskit.desk.permissions import needs, shows
from scskit.desk.replying import Replying
from scskit.desk.services import Services

TOGETHER = 20
"""So many people are told in one transaction."""

READ = 500
"""So many cases are read at once."""

T = TypeVar("T")


class Incidents:
    """The tenant's incidents."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services

    @needs("incidents.open")
    def open(self, title: str, *, by: str, key: str | None = None) -> IncidentReport:
        """Open an incident.

        Args:
            title: what it is, for people.
            by: who.
            key: with the same key and content the call returns what the first one made.

        Raises:
            ValueError: it has no title.
        """
        if not title.strip():
            message = "title: an incident needs one"
            raise ValueError(message)
        call = Call.of(key, "incident", title, by)

        def work(transaction: Transaction) -> str:
            if call and (made := call.made(transaction, self._services)):
                return made
            now = self._services.clock.now()
            incident = Incident(
                id=self._services.ids.new(now),
                version=1,
                state="open",
                title=repair(title),
                opened_by=repair(by),
                opened_at=now,
            )
            transaction.incidents.add(incident)
            if call:
                call.keep(transaction, self._services, incident.id)
            return incident.id

        return self.get(self._services.store.run(work))

    @needs("incidents.link")
    def link(self, incident_id: str, case_ids: Iterable[str], *, by: str) -> IncidentReport:
        """Link cases, and tell their customers what the others were told already.

        Args:
            incident_id: the incident.
            case_ids: the cases; those that are linked stay so.
            by: who.

        Raises:
            NotFound: there is no such incident, or no such case.
            IllegalTransition: it is closed.
        """
        wanted = [CaseId(id_) for id_ in dict.fromkeys(case_ids)]
        for some in _in_pieces(wanted, READ):
            self._run(lambda tx, some=some: self._link(tx, incident_id, some, by))  # type: ignore[misc]
        return self._spread(incident_id)

    @needs("incidents.notify")
    def notify(  # noqa: PLR0913  what a notice is made of
        self,
        incident_id: str,
        text: str = "",
        *,
        by: str,
        key: str | None = None,
        template: str | None = None,
        values: Mapping[str, SlotValue] | None = None,
        window_template: str | None = None,
        window_values: Mapping[str, SlotValue] | None = None,
    ) -> IncidentReport:
        """Tell every customer of an incident something, once.

        Whoever has several cases is told once, where they wrote last and it may be said; within
        the hours in which people may be written to. Cases that are linked later are told then.

        Args:
            incident_id: the incident.
            text: what is said.
            by: who says it.
            key: with the same key and content the call goes on with what the first one began.
            template: the brand's template it is made from instead of ``text``.
            values: what fills its slots.
            window_template: a template that a network has approved, for those to whom only such
                may be sent.
            window_values: what fills its slots.

        Returns:
            Who was told; ``unreachable`` are those to whom nothing may be sent, and why.

        Raises:
            NotFound: there is no such incident or template.
            IllegalTransition: it is closed.
            IdempotencyConflict: the key was used for another content.
        """
        self._require_templates(template, window_template)
        if bool(text.strip()) == (template is not None):
            message = "a notice has a text or a template: give one of them"
            raise ValueError(message)
        given, window = dict(values or {}), dict(window_values or {})
        call = Call.of(
            key, "notify", incident_id, text, by, template, given, window_template, window
        )

        def work(transaction: Transaction) -> None:
            if call and call.made(transaction, self._services):
                return
            incident = _open_one(transaction, incident_id)
            now = self._services.clock.now()
            notice = Notice(
                id=self._services.ids.new(now),
                by=repair(by),
                at=now,
                text=repair(text),
                template=template or "",
                values=_plain(given),
                window_template=window_template or "",
                window_values=_plain(window),
            )
            _put(transaction, incident, evolve(incident, notices=(*incident.notices, notice)))
            if call:
                call.keep(transaction, self._services, notice.id)

        self._services.store.run(work)
        return self._spread(incident_id)

    @needs("incidents.close")
    def close(self, incident_id: str, *, by: str, because: str) -> IncidentReport:
        """Close an incident: nobody is told any more. Its cases go on by themselves.

        Raises:
            NotFound: there is no such incident.
            IllegalTransition: it is closed already.
        """

        def work(transaction: Transaction) -> None:
            incident = _open_one(transaction, incident_id)
            after = evolve(
                incident,
                state="closed",
                closed_by=repair(by),
                closed_at=self._services.clock.now(),
                because=because,
            )
            _put(transaction, incident, after)

        self._services.store.run(work)
        return self.get(incident_id)

    @shows("incidents.read")
    def get(self, incident_id: str, *, by: str | None = None) -> IncidentReport:  # noqa: ARG002
        """Return an incident with its cases and who was told.

        Raises:
            NotFound: there is no such incident.
        """
        with self._services.store.read() as reader:
            incident = _find(reader, incident_id)
            return IncidentReport(
                incident=incident,
                cases=tuple(reader.incidents.cases(incident_id)),
                told=tuple(reader.incidents.told(incident_id)),
            )

    @shows("incidents.read")
    def latest(
        self,
        *,
        before: str = "",
        limit: int = 100,
        by: str | None = None,  # noqa: ARG002
    ) -> list[Incident]:
        """Return incidents, the latest first.

        Args:
            before: the id of the last one seen.
            limit: how many at most, 1 to 1000.
            by: who asks; the host itself unless given.
        """
        require_page(limit)
        with self._services.store.read() as reader:
            return reader.incidents.latest(before, limit)

    # The steps.

    def _link(
        self, transaction: Transaction, incident_id: str, cases: Sequence[CaseId], by: str
    ) -> Sequence[RecordedEvent]:
        incident = _open_one(transaction, incident_id)
        linked = set(transaction.incidents.cases(incident_id))
        replying = Replying(self._services, transaction)
        now = self._services.clock.now()
        new = [id_ for id_ in cases if id_ not in linked]
        for id_ in new:
            event = IncidentLinked(
                case_id=id_, at=now, by=repair(by), incident_id=incident.id, title=incident.title
            )
            replying.record(replying.view(id_), [event])
        transaction.incidents.link(incident_id, new, now, repair(by))
        return replying.recorded

    def _spread(self, incident_id: str) -> IncidentReport:
        """Tell whoever was not told yet, some in each transaction; may be begun again any time."""
        report = self.get(incident_id)
        if report.incident.state == "open" and report.incident.notices:
            people = self._people(report.cases)
            for notice in report.incident.notices:
                for some in _in_pieces(people, TOGETHER):
                    self._run(lambda tx, n=notice, s=some: self._tell(tx, incident_id, n, s))  # type: ignore[misc]
        return self.get(incident_id)

    def _people(self, linked: Sequence[CaseId]) -> list[Person]:
        found: dict[str, Case] = {}
        with self._services.store.read() as reader:
            for some in _in_pieces(linked, READ):
                for draft in reader.cases(some).values():
                    if case := _standing(reader, draft.case):
                        found[case.id] = case
        return people_of(found.values())

    def _tell(
        self, transaction: Transaction, incident_id: str, notice: Notice, people: Sequence[Person]
    ) -> Sequence[RecordedEvent]:
        """Tell some people, unless somebody else was faster; who holds the incident tells alone."""
        incident = _find(transaction, incident_id)
        noticing = Noticing(self._services, transaction)
        for person in people:
            before = transaction.incidents.told_to(incident_id, notice.id, person.names)
            if incident.state == "open" and all(one.outcome == "unreachable" for one in before):
                told = noticing.tell(person, notice)
                transaction.incidents.tell(incident_id, told)
        return noticing.replying.recorded

    def _require_templates(self, template: str | None, window_template: str | None) -> None:
        policy = self._services.policy
        there = ((template, policy.templates), (window_template, policy.network_templates))
        for name, known in there:
            if name is not None and name not in known:
                message = f"there is no template {name!r}; there is: {', '.join(known) or 'none'}"
                raise NotFound(message)

    def _run(self, work: Callable[[Transaction], Sequence[RecordedEvent]]) -> None:
        self._services.announce(self._services.store.run(work))


def _find(reader: Reader, incident_id: str) -> Incident:
    found = reader.incidents.get(incident_id)
    if found is None:
        message = f"there is no incident {incident_id!r} for this tenant"
        raise NotFound(message)
    return found


def _open_one(reader: Reader, incident_id: str) -> Incident:
    found = _find(reader, incident_id)
    if found.state != "open":
        message = f"incident {incident_id} is closed: open another one"
        raise IllegalTransition(message)
    return found


def _put(transaction: Transaction, before: Incident, after: Incident) -> None:
    transaction.incidents.put(evolve(after, version=before.version + 1), before.version)


def _standing(reader: Reader, case: Case | None) -> Case | None:
    """Return a case, or the one that took it over; None for noise."""
    while case is not None and case.merged_into is not None:
        case = next((d.case for d in reader.cases([case.merged_into]).values()), None)
    return None if case is None or case.state == "dismissed" else case


def _in_pieces(items: Sequence[T], size: int) -> Iterator[list[T]]:
    remaining = iter(items)
    while piece := list(islice(remaining, size)):
        yield piece


def _plain(values: Mapping[str, SlotValue]) -> dict[str, str]:
    """Return what fills slots as the texts that slots take as well."""
    return {
        name: f"{value.value} {value.currency}" if isinstance(value, Amount) else str(value)
        for name, value in values.items()
    }
