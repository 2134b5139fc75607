"""Asking everybody who has a say in it whether a reply may leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from attrs import evolve, frozen

from scskit.core.actor import find_actor
from scskit.core.case import Case
from scskit.core.identity import Assurance
from scskit.core.outbound import Part, Reply
from scskit.core.preflight import (
    Preflight,
    Question,
    Said,
    Sender,
    judge,
    reasons_against,
    standing_reasons,
)
from scskit.core.private_content import shared
from scskit.core.reply import Draft, Violation
from scskit.core.reply_ports import Suspension
from scskit.desk.composing import SETTLED_BY_CUTTING, Composing
from scskit.desk.places import CaseView, crosses_over
from scskit.desk.services import Services


@frozen
class Known:
    """What is known of a case when a part of a reply is about to leave.

    Attributes:
        case: the case.
        assurance: how sure the desk is that who is written to is the customer.
    """

    case: Case
    assurance: Assurance = "anonymous"


@frozen
class Checking:
    """Asks for reasons against replies."""

    services: Services

    def reply(
        self,
        reply: Reply,
        view: CaseView,
        suspensions: Iterable[Suspension],
        at: datetime,
        others: Iterable[Reply] = (),
    ) -> Preflight:
        """Check a reply before it is queued.

        Args:
            reply: the reply.
            view: the case it answers, as it is now.
            suspensions: what may not be written to, or by.
            at: the instant it is to leave.
            others: replies of the case that are on their way.
        """
        others = tuple(others)
        draft = draft_of(reply, view, others)
        composing = Composing(self.services)
        ending = composing.ending(reply, view)
        question = self._question(reply, draft, view, tuple(suspensions), at, others)
        question = evolve(question, ending=ending)
        found = (
            *reasons_against(question),
            *composing.against_voice(reply, view),
            *_against_closing(reply, view),
            *self._of_its_form(reply, draft, view, ending, at),
        )
        return judge(found, at, approved=question.approved)

    def _of_its_form(
        self, reply: Reply, draft: Draft, view: CaseView, ending: str, at: datetime
    ) -> Iterator[Violation]:
        """Yield what others have against it; that it is too long is settled by cutting it."""
        composing = Composing(self.services)
        unfit = tuple(composing.against_channel(reply, ending))
        yield from unfit
        parts = 1 if unfit else len(composing.cut(reply, ending))
        cut = parts > 1
        if cut and crosses_over(reply, view) and self._invites_once(reply.account_id):
            message = f"A private answer to what is public is one message, not {parts}: shorten it."
            yield Violation("channel.once", message, "desk")
        answered = view.message(reply.in_reply_to) if reply.in_reply_to else None
        for found in self.others(draft, view.case, at, view.assurance_for(answered)):
            if not (cut and found.code in SETTLED_BY_CUTTING):
                yield found

    def part(
        self,
        part: Part,
        known: Known,
        suspensions: Iterable[Suspension],
        now: datetime,
    ) -> Preflight:
        """Check a part of a reply when it is about to leave.

        Args:
            part: the part.
            known: what is known of the case it answers, now.
            suspensions: what may not be written to, or by.
            now: the present instant.
        """
        case = known.case
        draft = draft_of_part(part)
        question = Question(
            draft=draft,
            case=case,
            now=now,
            policy=self.services.policy,
            account=self.services.account(draft.account),
            capabilities=self.capabilities(draft.account),
            sender=self.sender(part.by),
            purpose=part.purpose,
            suspensions=_since_queued(suspensions, part),
        )
        # Whoever approves does so before it is queued, and knew of no later crisis.
        others = self.others(draft, case, now, known.assurance)
        found = [*standing_reasons(question), *(v for v in others if v.remedy != "approval")]
        if draft.automated and _is_outdated(part, case):
            message = "Somebody answered since this answer was computed."
            found.append(Violation("stale_case", message, "desk"))
        return judge(found, now)

    def post(self, part: Part, suspensions: Iterable[Suspension], now: datetime) -> Preflight:
        """Check what answers nobody when it is about to leave.

        A crisis that began since it was queued holds it back: who approved it knew nothing of that.
        """
        draft = draft_of_part(part)
        question = Question(
            draft=draft,
            case=None,
            now=now,
            policy=self.services.policy,
            account=self.services.account(draft.account),
            capabilities=self.capabilities(draft.account),
            sender=self.sender(part.by),
            purpose=part.purpose,
            suspensions=_since_queued(suspensions, part),
        )
        return judge(
            (*standing_reasons(question), *self.others(draft, None, now, "anonymous")), now
        )

    def _question(  # noqa: PLR0913, PLR0917  everything there is to know
        self,
        reply: Reply,
        draft: Draft,
        view: CaseView,
        suspensions: tuple[Suspension, ...],
        at: datetime,
        others: Iterable[Reply],
    ) -> Question:
        case = view.case
        said = (
            *(
                Said(text=m.text, visibility=m.visibility, at=m.posted_at)
                for m in view.messages
                if m.direction == "outbound"
            ),
            *(Said(text=o.text, visibility=o.visibility, at=o.updated_at) for o in others),
        )
        crisis = min((s.since for s in suspensions if s.kind == "crisis"), default=None)
        return Question(
            draft=draft,
            case=case,
            now=at,
            policy=self.services.policy,
            account=self.services.account(reply.account_id),
            capabilities=self.capabilities(reply.account_id),
            sender=self.sender(reply.by),
            purpose=reply.purpose,
            suspensions=suspensions,
            said=said,
            outdated=case.answers > reply.seen_answers or case.inbound_count > reply.seen_inbound,
            approved=is_approved(reply, self.services.clock.now()),
            answered_in_crisis=crisis is not None and any(s.at >= crisis for s in said),
        )

    def others(
        self, draft: Draft, case: Case | None, at: datetime, assurance: Assurance
    ) -> tuple[Violation, ...]:
        """Return what the connector and the plugins have against a draft."""
        account = self.services.account(draft.account)
        spec = self.services.registry.connectors.get(account.network) if account else None
        # Connectors may be objects that only look like one.
        check = getattr(spec.connector, "check", None) if spec else None
        own = tuple(check(draft, at)) if check else ()
        return (*own, *self.services.registry.check_reply(draft, case, at, assurance))

    def _invites_once(self, account_id: str) -> bool:
        """Tell whether an account may answer in private only once what was said in public."""
        account = self.services.account(account_id)
        spec = self.services.registry.connectors.get(account.network) if account else None
        ways = spec.invites(account_id) if spec else ()
        return any(way.kind == "private_reply" and way.once for way in ways)

    def capabilities(self, account_id: str) -> frozenset[str] | None:
        """Return what an account's connector declares; None where there is none."""
        account = self.services.account(account_id)
        spec = self.services.registry.connectors.get(account.network) if account else None
        return spec.capabilities if spec else None

    def sender(self, actor: str) -> Sender:
        """Return what the policy knows of an actor."""
        policy = self.services.policy
        agent = policy.agents.get(actor.removeprefix("agent:"))
        return Sender(
            actor=actor,
            roles=frozenset(find_actor(policy, actor).roles),
            level=agent.level if agent else None,
            trainee=agent is not None and agent.trainee,
        )


def _against_closing(reply: Reply, view: CaseView) -> Iterator[Violation]:
    """Yield what a public note at the end would tell of the private conversation."""
    if reply.purpose == "closing" and reply.visibility == "public":
        yield from shared(reply.text, view.private_texts())


def is_approved(reply: Reply, at: datetime) -> bool:
    """Tell whether somebody approved these words, and the approval still holds."""
    expired = reply.expires_at is not None and at >= reply.expires_at
    return not expired and any(
        a.approved and a.body_hash == reply.body_hash for a in reply.approvals
    )


def draft_of(reply: Reply, view: CaseView, others: Iterable[Reply] = ()) -> Draft:
    """Return a reply as plugins are asked about it; ``others`` are on their way."""
    answered = view.message(reply.in_reply_to) if reply.in_reply_to else None
    crosses = crosses_over(reply, view)
    return Draft(
        case_id=reply.case_id,
        text=reply.text,
        account=reply.account_id,
        visibility=reply.visibility,
        thread=reply.thread_key,
        in_reply_to=reply.in_reply_to,
        attachments=reply.attachments,
        by=reply.by,
        automated=reply.automated,
        extra=dict(reply.extra),
        recipient=reply.recipient,
        last_heard_at=None if crosses else view.last_heard_at(reply.thread_id),
        answered_at=answered.posted_at if answered else None,
        answers=view.extra_of(answered),
        answered_privately=crosses and _answered_privately(reply, view, others),
    )


def _answered_privately(reply: Reply, view: CaseView, others: Iterable[Reply]) -> bool:
    """Tell whether the message that a reply answers was answered in private before."""
    ours = [m for m in view.messages if m.direction == "outbound" and m.visibility == "private"]
    said = {m.parent for m in ours if m.delivery != "failed"}
    to_say = {other.in_reply_to for other in others if other.visibility == "private"}
    return reply.in_reply_to is not None and reply.in_reply_to in said | to_say


def draft_of_part(part: Part) -> Draft:
    """Return a part of a reply as plugins are asked about it."""
    outbound = part.outbound
    return Draft(
        case_id=outbound.case_id,
        text=outbound.text,
        account=outbound.account,
        visibility=outbound.visibility,
        thread=outbound.thread,
        in_reply_to=outbound.in_reply_to,
        attachments=outbound.attachments,
        by=part.by,
        automated=outbound.automated,
        extra=dict(outbound.extra),
        recipient=outbound.recipient,
        last_heard_at=outbound.last_heard_at,
        answered_at=outbound.answered_at,
        answers=dict(outbound.answers),
    )


def _is_outdated(part: Part, case: Case) -> bool:
    """Tell whether somebody has answered since a machine's reply was queued."""
    answered = case.answered_at
    return part.number == 1 and answered is not None and answered > part.outbound.created_at


def _since_queued(suspensions: Iterable[Suspension], part: Part) -> tuple[Suspension, ...]:
    """Return what holds a part back; a crisis that it was queued in was looked at then."""
    queued_at = part.outbound.created_at
    return tuple(s for s in suspensions if s.kind != "crisis" or s.since > queued_at)
