"""Whether a reply may leave: every reason against it at once, and what would let it through.

Asked when an agent wants to know, again in the transaction that queues the reply, and again when
it is about to leave: what has changed in between counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal

from attrs import frozen

from scskit.core.account import Account
from scskit.core.calendar import Calendar
from scskit.core.case import Case
from scskit.core.escalation_rules import facts_of
from scskit.core.match import Facts
from scskit.core.outbound import Purpose, comparable
from scskit.core.policy import Policy
from scskit.core.reply import Draft, Remedy, Violation
from scskit.core.reply_policy import ApprovalRule, ContactHours
from scskit.core.reply_ports import Suspension
from scskit.core.vocabulary import PROACTIVE

Verdict = Literal["allow", "needs_template", "needs_approval", "needs_private", "blocked"]

_VERDICTS: dict[Remedy, Verdict] = {
    "block": "blocked",
    "private": "needs_private",
    "template": "needs_template",
    "approval": "needs_approval",
}
"""By remedy, the gravest first: what is blocked stays so, whoever approves it."""

AROUND: frozenset[Purpose] = frozenset({"acknowledgement", "invitation", "closing"})
"""What is said in public around a matter, and not of it."""


@frozen(kw_only=True)
class Preflight:
    """The answer.

    Attributes:
        verdict: ``allow``, or what the gravest of the reasons asks for.
        violations: every reason, in the order found.
        at: for which instant it holds.
    """

    verdict: Verdict
    violations: tuple[Violation, ...]
    at: datetime

    @property
    def allowed(self) -> bool:
        """Whether it may leave as it is."""
        return self.verdict == "allow"


@frozen(kw_only=True)
class Sender:
    """Who wants to say something.

    Attributes:
        actor: such as ``agent:ana``.
        roles: what they are.
        level: the highest level of a case they may own; None where nobody declared it.
        trainee: still learning.
    """

    actor: str
    roles: frozenset[str] = frozenset()
    level: int | None = None
    trainee: bool = False


@frozen(kw_only=True)
class Said:
    """Something that was said to a person in this case, or is about to be."""

    text: str
    visibility: str
    at: datetime


@frozen(kw_only=True)
class Question:
    """What there is to know about a reply.

    Attributes:
        draft: the reply.
        case: the case it answers, as it is now; None for an announcement, which answers nobody.
        now: the instant to ask for.
        policy: the policy in force.
        account: the account that would say it; None where it is not known any more.
        capabilities: what the account's connector declares; None where there is none.
        sender: who wrote it.
        purpose: what it is for.
        suspensions: what may not be written to, or by.
        said: what was said to the person before; empty where nobody has to look.
        outdated: whether somebody answered, or the customer wrote, since its author looked.
        approved: whether these words were approved, and the approval still holds.
        message: what is known of the message it answers.
        answered_in_crisis: whether something has left in this case since the crisis began.
        ending: what the reply is signed with.
    """

    draft: Draft
    case: Case | None
    now: datetime
    policy: Policy
    account: Account | None
    capabilities: Collection[str] | None
    sender: Sender
    purpose: Purpose = "reply"
    suspensions: Sequence[Suspension] = ()
    said: Sequence[Said] = ()
    outdated: bool = False
    approved: bool = False
    message: Facts | None = None
    answered_in_crisis: bool = False
    ending: str = ""


def judge(violations: Iterable[Violation], now: datetime, *, approved: bool = False) -> Preflight:
    """Weigh the reasons.

    Args:
        violations: every reason against a reply.
        now: the instant they hold for.
        approved: whether somebody approved these words: then nobody has to any more.
    """
    reasons = tuple(v for v in violations if not (approved and v.remedy == "approval"))
    remedies = {violation.remedy for violation in reasons}
    for remedy, verdict in _VERDICTS.items():
        if remedy in remedies:
            return Preflight(verdict=verdict, violations=reasons, at=now)
    return Preflight(verdict="allow", violations=(), at=now)


def reasons_against(question: Question) -> Iterator[Violation]:
    """Yield what the desk itself has against a reply; plugins have reasons of their own."""
    yield from standing_reasons(question)
    yield from _empty(question)
    yield from _authority(question)
    yield from _outdated(question)
    yield from _repeated(question)
    yield from _confidential(question)
    yield from _approval(question)


def standing_reasons(question: Question) -> Iterator[Violation]:
    """Yield the reasons that can come up while a reply waits to leave."""
    yield from _account(question)
    yield from _suspended(question)
    yield from _hours(question)


def _account(question: Question) -> Iterator[Violation]:
    draft, capabilities = question.draft, question.capabilities
    if question.account is None:
        yield _blocked("account", f"Account {draft.account!r} is not declared any more.")
        return
    if capabilities is None:
        message = f"No connector for {question.account.network!r} is installed."
        yield _blocked("capability", message)
        return
    if question.case is None and "publish" not in capabilities:
        yield _blocked("capability", f"{question.account.network} takes no posts.")
    if question.case is not None and f"reply_{draft.visibility}" not in capabilities:
        message = f"{question.account.network} takes no {draft.visibility} answers."
        yield _blocked("capability", message)
    if draft.attachments and "attachments" not in capabilities:
        yield _blocked("capability", f"{question.account.network} takes no attachments.")


def _suspended(question: Question) -> Iterator[Violation]:
    draft, case = question.draft, question.case
    people: set[str | None] = {case.identity_id, case.customer_id} if case else set()
    if question.account is not None and draft.recipient:
        scope = draft.account if question.account.identity_scope == "account" else ""
        people.add(f"{question.account.network}:{scope}:{draft.recipient}")
    for suspension in question.suspensions:
        because = f": {suspension.because}" if suspension.because else ""
        if suspension.kind == "account" and suspension.name == draft.account:
            yield _blocked("account_off", f"The account is switched off{because}.")
        elif suspension.kind == "customer" and suspension.name in people:
            yield _blocked("customer_blocked", f"This person is not written to{because}.")
        elif suspension.kind == "crisis" and suspension.name in {"*", draft.account}:
            yield from _crisis(question, because)


def _crisis(question: Question, because: str) -> Iterator[Violation]:
    if question.draft.visibility == "private" and not question.draft.automated:
        return
    if question.policy.reply_policy.crisis_approval and not question.draft.automated:
        message = f"There is a crisis{because}; somebody has to approve what is said in public."
        yield Violation("crisis", message, remedy="approval")
        return
    yield _blocked("crisis", f"There is a crisis{because}; nothing like this is said now.")


def _hours(question: Question) -> Iterator[Violation]:
    for hours in question.policy.reply_policy.contact_hours:
        if not _holds(hours, question):
            continue
        calendar = question.policy.calendars[hours.calendar]
        if not calendar.open(question.now):
            yield _blocked("contact_hours", _closed(hours, calendar, question.now))


def _holds(hours: ContactHours, question: Question) -> bool:
    if hours.accounts and question.draft.account not in hours.accounts:
        return False
    return hours.reach == "everything" or question.purpose in PROACTIVE


def _closed(hours: ContactHours, calendar: Calendar, now: datetime) -> str:
    opens = calendar.next_open(now)
    when = f"from {opens.isoformat()}" if opens else "at no known time"
    return f"{hours.name}: people may not be written to now; {when} they may."


def _empty(question: Question) -> Iterator[Violation]:
    draft = question.draft
    if not draft.text.strip() and not draft.attachments and not draft.extra:
        yield _blocked("empty", "There is nothing in it: a text, an attachment or a template.")


def _authority(question: Question) -> Iterator[Violation]:
    case, level = question.case, question.sender.level
    if case is None:
        return
    if case.state in {"merged", "dismissed"}:
        message = f"The case is {case.state}: answer in the case that took it over, or reopen it."
        yield _blocked("case_done", message)
    if level is not None and level < case.level:
        message = (
            f"{question.sender.actor} works up to level L{level}; the case is at L{case.level}."
        )
        yield _blocked("authority", message)


def _outdated(question: Question) -> Iterator[Violation]:
    if question.outdated and question.draft.automated:
        message = "Somebody answered, or the customer wrote, since this answer was computed."
        yield _blocked("stale_case", message)


def _repeated(question: Question) -> Iterator[Violation]:
    since = question.now - question.policy.reply_policy.repeat_within
    draft = question.draft
    words = {comparable(draft.text), comparable(draft.text + question.ending)}
    if not draft.text.strip():
        return
    for said in question.said:
        alike = said.visibility == draft.visibility and comparable(said.text) in words
        if said.at > since and alike:
            yield _blocked("duplicate", f"The same was said at {said.at.isoformat()}.")
            return


def _confidential(question: Question) -> Iterator[Violation]:
    reason = question.case.reason if question.case else None
    if question.draft.visibility == "private" or reason is None or question.purpose in AROUND:
        return
    patterns = question.policy.reply_policy.private_reasons
    if any(fnmatchcase(reason, p) or p == f"{reason}.*" for p in patterns):
        message = f"{reason} is only spoken of in private."
        yield Violation("private_reason", message, remedy="private")


def _approval(question: Question) -> Iterator[Violation]:
    facts = question.message or _facts(question)
    for rule in question.policy.reply_policy.approval:
        if _applies(rule, question) and rule.when.matches(facts):
            yield Violation(
                "approval", f"Rule {rule.name} asks for an approval.", remedy="approval"
            )


def _facts(question: Question) -> Facts:
    if question.case is not None:
        return facts_of(question.case, question.policy)
    account = question.account
    return Facts(
        account=question.draft.account,
        network=account.network if account else "",
        purpose=account.purpose if account else "",
        visibility=question.draft.visibility,
        kind="post",
    )


def _applies(rule: ApprovalRule, question: Question) -> bool:
    draft, sender = question.draft, question.sender
    level = sender.level
    return (
        (rule.visibility is None or rule.visibility == draft.visibility)
        and (rule.automated is None or rule.automated == draft.automated)
        and (not rule.authors or any(fnmatchcase(sender.actor, a) for a in rule.authors))
        and (not rule.roles or not sender.roles.isdisjoint(rule.roles))
        and (rule.trainee is None or rule.trainee == sender.trainee)
        and (rule.level_below is None or (level is not None and level < rule.level_below))
        and (not rule.purposes or question.purpose in rule.purposes)
        and (not rule.first_in_crisis or _is_first_in_crisis(question))
    )


def _is_first_in_crisis(question: Question) -> bool:
    names = {"*", question.draft.account}
    crisis = any(s.kind == "crisis" and s.name in names for s in question.suspensions)
    return crisis and not question.answered_in_crisis


def _blocked(code: str, message: str) -> Violation:
    return Violation(code, message, "desk")
