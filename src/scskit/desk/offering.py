"""Offers of work, and taking over from whoever is absent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from scskit.core import assigning
from scskit.core.case import Case
from scskit.core.deciding import Events, Request
from scskit.core.errors import NotPermitted
from scskit.core.ids import CaseId
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft, Writes
from scskit.core.time import require_aware
from scskit.core.why import Why
from scskit.desk.commanding import Commanding, make_request, the
from scskit.desk.giving import Given, let
from scskit.desk.permissions import agent_itself, cases, needs
from scskit.desk.reacting import Reacting
from scskit.desk.roster import Roster


class Offering(Commanding):
    """Gives single cases to agents who may take them."""

    @needs("work.offer", cases("case_id"))
    def offer(self, case_id: str, agent: str, *, until: datetime, by: str, because: str) -> Case:
        """Offer a case to an agent, who may accept or decline it until ``until``.

        Raises:
            NotFound: there is no such case or agent.
            IllegalTransition: the case does not wait for an agent.
            NotPermitted: the agent may not take it, or has no capacity left.
        """
        instant = require_aware(until, "until")

        def decide(case: Case, _: Roster, request: Request) -> Events:
            return assigning.offer(case, agent, instant, Why(rule="by hand"), request)

        return self._give_one(case_id, agent, by, because, decide)

    @needs("work.accept", cases("case_id"), who=agent_itself)
    def accept(self, case_id: str, agent: str, *, because: str = "") -> Case:
        """Take a case that was offered.

        Raises:
            IllegalTransition: it is not offered to this agent, or no longer.
        """
        return self._answer(case_id, agent, because, assigning.accept)

    @needs("work.decline", cases("case_id"), who=agent_itself)
    def decline(self, case_id: str, agent: str, *, because: str) -> Case:
        """Refuse a case that was offered; it waits on, as old as it is.

        Raises:
            IllegalTransition: it is not offered to this agent.
        """
        return self._answer(case_id, agent, because, assigning.decline)

    def _answer(
        self,
        case_id: str,
        agent: str,
        because: str,
        answer: Callable[[Case, str, Request], Events],
    ) -> Case:
        id_ = CaseId(case_id)
        return self._decide(
            (id_,),
            lambda drafts, request: (answer(the(drafts, id_), agent, request),),
            f"agent:{agent}",
            because,
            None,
        )

    @needs("work.take_over", cases("case_id"), who=agent_itself)
    def take_over(self, case_id: str, agent: str, *, because: str) -> Case:
        """Let an agent take a case whose owner is absent: not online, or off shift.

        Raises:
            NotFound: there is no such case or agent.
            IllegalTransition: the case belongs to nobody, or is finished.
            NotPermitted: its owner is there, or the agent may not take it.
        """

        def decide(case: Case, roster: Roster, request: Request) -> Events:
            owner = case.agent
            assigning.require_absent(case, owner is not None and roster.is_there(owner))
            why = Why(rule=f"takeover from {owner}")
            return assigning.give(case, agent, why, request)

        return self._give_one(case_id, agent, f"agent:{agent}", because, decide)

    def _run(
        self, by: str, because: str, decide: Callable[[Transaction, Roster, Request], Given]
    ) -> Given:
        services = self._services

        def work(transaction: Transaction) -> Given:
            request = make_request(services, by, because)
            return decide(transaction, Roster(services, transaction, request.at), request)

        given = services.store.run(work)
        services.announce(given.events)
        return given

    def _give_one(
        self,
        case_id: str,
        agent: str,
        by: str,
        because: str,
        decide: Callable[[Case, Roster, Request], Events],
    ) -> Case:
        """Decide about a case and an agent, both locked; the agent must be able to take it."""

        def work(transaction: Transaction, roster: Roster, request: Request) -> Given:
            transaction.lock_agents([agent])
            drafts = transaction.cases([CaseId(case_id)])
            Reacting(roster.services, transaction, request.at).catch_up(drafts.values())
            draft, case = drafts.get(CaseId(case_id), CaseDraft()), the(drafts, case_id)
            events = decide(case, roster, request)
            self._require_able(roster, case, agent)
            after = let(transaction, roster, draft, events)
            return Given([after], transaction.write(Writes(drafts=[draft]), request.at))

        return self._run(by, because, work).cases[0]

    def _require_able(self, roster: Roster, case: Case, agent: str) -> None:
        worker = roster.asking(agent)
        waiting = assigning.as_waiting(case, None, self._services.policy)
        code = roster.rules.hinders(worker, waiting, {})
        if code is not None:
            message = f"{agent} cannot take case {case.id}: {code}"
            raise NotPermitted(message)
