"""What customers write: the case that it continues, or the one that it opens."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from scskit.core import engine
from scskit.core.account import Account
from scskit.core.case import Case
from scskit.core.engagement import ANSWER_BY_DEFAULT, Engagement
from scskit.core.engine import Arrival
from scskit.core.identity import Identity
from scskit.core.ids import CaseId
from scskit.core.interaction import Message
from scskit.core.records import CaseDraft, Pair
from scskit.core.routing import Assignment
from scskit.desk.entering import Entering
from scskit.desk.incoming import Incoming
from scskit.desk.linking import Linking, link_identity
from scskit.desk.reacting import mark
from scskit.desk.report import Outcome


class CustomerMessages(Entering):
    """Applies messages of customers."""

    def _inbound(self, one: Incoming, message: Message) -> Outcome:
        around = self._around
        account = self._services.accounts[message.account]
        identity = self._meet(account, message)
        elsewhere: list[Pair] = []
        if message.author.also or message.author.spellings:
            thread = around.thread_of(one)
            identity, elsewhere = self._otherwise.author(message, thread, identity)
        arrival = self._arrival(one, message, account, identity)
        pair = (arrival.thread.id, identity.id)
        current = around.follow(around.pairs.get(pair))
        goes_on = self._otherwise.going_on(current, elsewhere) if elsewhere else current
        invited = self._rejoining.find(message, identity, arrival.thread.id, goes_on)
        goes_on = invited.draft if invited else goes_on
        chosen = self._match(message, identity, goes_on) or goes_on
        self._catch_up(one, chosen)
        before = mark(chosen)
        if chosen and chosen.case and engine.continues(chosen.case, arrival, self._policy):
            case = self._continue(chosen, arrival)
        else:
            case = self._open(arrival, identity, chosen)
        if current is None or current.case is None or current.case.id != case.id:
            self._writes.pairs[pair] = (case.id, around.point(pair, case.id))
        if elsewhere:
            self._otherwise.point(elsewhere, case.id, message)
            self._otherwise.tell(around.drafts[case.id], identity, arrival.at)
        if invited and invited.case_id == case.id:
            around.drafts[case.id].apply(
                [invited.joined(arrival.thread.id, identity.id, arrival.at)]
            )
            self._rejoining.settle(invited)
        if one.codes is not None:
            self._codes.compare(one, identity)
        self._react(arrival, case.id, before)
        return self._keep(one, message, arrival, case, identity.id)

    def _match(
        self, message: Message, identity: Identity, current: CaseDraft | None
    ) -> CaseDraft | None:
        """Ask the plugins which of the person's cases at hand the message belongs to."""
        if not self._registry.matches_cases:
            return None
        parent = self._around.parent_draft(message)
        if parent and parent.case and not _serves(parent.case, identity):
            parent = None
        drafts = {d.case.id: d for d in (current, parent) if d and d.case}
        if not drafts:
            return None
        cases = tuple(draft.case for draft in drafts.values() if draft.case)
        chosen = self._registry.match_case(message, cases)
        return drafts[chosen] if chosen else None

    def _continue(self, draft: CaseDraft, arrival: Arrival) -> Case:
        policy = self._policy
        case = draft.case
        if case is None:  # pragma: no cover  only opened cases go on
            message = "the draft has no case"
            raise ValueError(message)
        case = draft.apply(engine.add_inbound(case, arrival, policy))
        triaged = engine.triage_late(case, arrival, policy)
        if not triaged:
            return case
        case = draft.apply(triaged)
        if case.agent is None and case.engagement == "answer" and "queue" not in case.by_hand:
            case = self._route(draft, case, arrival, None)
        return case

    def _open(self, arrival: Arrival, identity: Identity, finished: CaseDraft | None) -> Case:
        engagement = self._engagement(arrival, identity)
        case_id = CaseId(self._services.ids.new(self._now))
        follows = finished.case if finished else None
        draft = CaseDraft()
        case = draft.apply(engine.open_case(arrival, engagement, self._policy, case_id, follows))
        if case.category != "done":
            case = self._route(draft, case, arrival, engagement)
        if finished and follows and (lapsed := engine.lapse(follows, arrival)):
            finished.apply(lapsed)
        self._around.drafts[case_id] = draft
        return case

    def _engagement(self, arrival: Arrival, identity: Identity) -> Engagement:
        with self._registry.collecting() as failures:
            engagement = self._registry.engage(arrival.message, arrival.labels, identity)
        if engagement is None:
            engagement = ANSWER_BY_DEFAULT
        elif engagement.kind == "forward" and engagement.queue not in self._policy.queues:
            rule = f"{engagement.source} forwards to {engagement.queue!r}, no such queue"
            engagement = evolve(ANSWER_BY_DEFAULT, rule=rule)
        return evolve(engagement, rule=_rule(engagement.rule, failures)) if failures else engagement

    def _route(
        self, draft: CaseDraft, case: Case, arrival: Arrival, engagement: Engagement | None
    ) -> Case:
        policy = self._policy
        with self._registry.collecting() as failures:
            assignment = self._registry.route(case, arrival.labels, policy.queues, arrival.message)
        if assignment is None:
            assignment = Assignment(
                queue=policy.default_queue, rule="no rule applies", source="default"
            )
        if failures:
            assignment = evolve(assignment, rule=_rule(assignment.rule, failures))
        return draft.apply(engine.route(case, assignment, engagement, policy, arrival.at))

    def _meet(self, account: Account, message: Message) -> Identity:
        """Return the author's identity, as it is known after this message."""
        author = message.author
        id_ = self._services.identity_id(account, author.external_id)
        people = self._around.identities
        known = people.get(id_)
        if known is None:
            identity = self._services.stranger(account, author, self._now)
            self._writes.newcomers.add(id_)
            if match := self._matches.get(id_):
                ids = self._services.ids
                linking = Linking(by="system:identify", at=self._now, ids=ids, people=people)
                identity = link_identity(self._transaction, self._writes, identity, match, linking)
        else:
            identity = known.seen_as(author)
            if identity is known:
                return known
        people[id_] = self._writes.identities[id_] = identity
        return identity


def _serves(case: Case, identity: Identity) -> bool:
    """Tell whether a case is this person's: who answers somebody else is not that person."""
    if case.identity_id == identity.id:
        return True
    return case.customer_id is not None and case.customer_id == identity.customer_id


def _rule(rule: str, failures: Sequence[str]) -> str:
    """Name the failures that had a part in a decision."""
    return "; ".join((rule, *failures))
