"""Commands that ask somebody else to take a case over, and their answers."""

from __future__ import annotations

from scskit.core import commands as cmd
from scskit.core.case import Case
from scskit.desk.commanding import Commanding
from scskit.desk.permissions import cases, needs, require_worker


class Escalations(Commanding):
    """Offers cases to levels and areas. Nothing is handed over until it is accepted."""

    @needs("cases.escalate", cases("case_id"))
    def escalate(
        self,
        case_id: str,
        to: str,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Offer a case to a level (``L2``), to the ``next`` one above, or to an area.

        Whoever has the case keeps it. Who was asked already is reminded.
        """
        return self._do(case_id, cmd.Escalate(to), by, because, expected_version)

    @needs("cases.accept_escalation", cases("case_id"))
    def accept_escalation(  # noqa: PLR0913  what every command has, for whom and as whom
        self,
        case_id: str,
        *,
        by: str,
        because: str,
        agent: str | None = None,
        to: str | None = None,
        expected_version: int | None = None,
    ) -> Case:
        """Take over a case that is offered, for an agent or for the queue of who was asked.

        ``to`` names the level or area that accepts, where several were asked. Where roles are
        given, the agent needs one for work on the case.
        """
        if agent is not None:
            require_worker(self._services, case_id, agent)
        command = cmd.AcceptEscalation(to=to, agent=agent)
        return self._do(case_id, command, by, because, expected_version)

    @needs("cases.return_escalation", cases("case_id"))
    def return_escalation(
        self,
        case_id: str,
        *,
        by: str,
        because: str,
        to: str | None = None,
        expected_version: int | None = None,
    ) -> Case:
        """Decline an offer, or give a case back to whoever had it before; say why.

        ``to`` names the level or area that returns it, where several could.
        """
        return self._do(case_id, cmd.ReturnEscalation(to=to), by, because, expected_version)
