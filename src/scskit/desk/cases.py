"""The tenant's cases, as a host uses them. Each command names its actor and its reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scskit.core import commands as cmd
from scskit.core import deciding
from scskit.core.case import Case, Note, Priority
from scskit.core.deciding import Events, Request
from scskit.core.errors import IllegalTransition
from scskit.core.events import StateChanged
from scskit.core.ids import CaseId
from scskit.core.records import CaseDraft, Writes
from scskit.core.time import require_aware
from scskit.desk.admission import repair
from scskit.desk.changes import digest
from scskit.desk.clocks import Clocks
from scskit.desk.commanding import the
from scskit.desk.escalations import Escalations
from scskit.desk.joining import Joining
from scskit.desk.permissions import cases, needs, require_worker
from scskit.desk.services import Services


class Cases(Joining, Escalations, Clocks):
    """The tenant's cases.

    Every command takes ``by``, the actor (``agent:ana``), ``because``, the reason in words, and
    optionally ``expected_version``: the version that the caller decided on. It returns the case
    afterwards, and raises ``NotFound``, ``IllegalTransition``, ``NotPermitted`` or ``StaleCase``
    without changing anything.
    """

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services

    @needs("cases.assign", cases("case_id"))
    def assign(
        self,
        case_id: str,
        agent: str | None,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Give a case to an agent; None gives it back to its queue.

        A person may give an agent more than the agent's capacity: that is noted in the log. Where
        roles are given, the agent needs one for work on the case.
        """
        from scskit.desk.roster import is_over_capacity  # noqa: PLC0415  opening needs none of it

        if agent is not None:
            require_worker(self._services, case_id, agent)
        over = agent is not None and is_over_capacity(self._services, case_id, agent)
        return self._do(case_id, cmd.Assign(agent, over), by, because, expected_version)

    @needs("cases.route", cases("case_id"))
    def route(
        self,
        case_id: str,
        queue: str,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Put a case into another queue; whoever held it lets go."""
        return self._do(case_id, cmd.Route(queue), by, because, expected_version)

    @needs("cases.set_reason", cases("case_id"))
    def set_reason(
        self,
        case_id: str,
        reason: str | None,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Set the contact reason, a dotted path in the tree."""
        return self._do(case_id, cmd.SetReason(reason), by, because, expected_version)

    @needs("cases.set_priority", cases("case_id"))
    def set_priority(
        self,
        case_id: str,
        priority: Priority,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Set the priority, P1 to P4."""
        return self._do(case_id, cmd.SetPriority(priority), by, because, expected_version)

    @needs("cases.note", cases("case_id"))
    def note(
        self,
        case_id: str,
        text: str,
        *,
        by: str,
        because: str = "",
        expected_version: int | None = None,
    ) -> Case:
        """Write an internal note."""
        now = self._services.clock.now()
        note = Note(
            id=self._services.ids.new(now),
            case_id=CaseId(case_id),
            written_by=repair(by),
            written_at=now,
            text=repair(text),
        )
        command = cmd.AddNote(note.id, digest(note.text))
        return self._do(case_id, command, by, because, expected_version, Writes(notes=[note]))

    @needs("cases.solve", cases("case_id"))
    def solve(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """The customer's matter is settled."""
        return self._do(case_id, cmd.Solve(), by, because, expected_version)

    @needs("cases.reopen", cases("case_id"))
    def reopen(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """A solved case needs work again."""
        return self._do(case_id, cmd.Reopen(), by, because, expected_version)

    @needs("cases.close", cases("case_id"))
    def close(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """A solved case is final from now on."""
        return self._do(case_id, cmd.Close(), by, because, expected_version)

    @needs("cases.wait", cases("case_id"))
    def wait(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """Wait for the customer (pending)."""
        return self._do(case_id, cmd.Wait(), by, because, expected_version)

    @needs("cases.hold", cases("case_id"))
    def hold(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """Wait for a third party (on hold)."""
        return self._do(case_id, cmd.Hold(), by, because, expected_version)

    @needs("cases.resume", cases("case_id"))
    def resume(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """Stop waiting; a snooze that is over has ended at its time, and that is all."""
        id_ = CaseId(case_id)

        def decide(drafts: dict[CaseId, CaseDraft], request: Request) -> Sequence[Events]:
            if any(type(event) is StateChanged for event in drafts[id_].events):
                return ()
            return (deciding.decide(the(drafts, id_), cmd.Resume(), request),)

        return self._decide((id_,), decide, by, because, expected_version)

    @needs("cases.snooze", cases("case_id"))
    def snooze(
        self,
        case_id: str,
        until: datetime,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Look at a case again at ``until``, an aware time in the future."""
        instant = require_aware(until, "until")
        if instant <= self._services.clock.now():
            message = f"case {case_id} cannot be snoozed until {instant}: that has passed"
            raise IllegalTransition(message)
        return self._do(case_id, cmd.Snooze(instant), by, because, expected_version)

    @needs("cases.dismiss", cases("case_id"))
    def dismiss(
        self,
        case_id: str,
        code: str,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Noise: nobody acts; ``code`` says why (``noise.spam``)."""
        return self._do(case_id, cmd.Dismiss(repair(code)), by, because, expected_version)
