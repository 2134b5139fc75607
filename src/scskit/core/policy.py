"""The bundle of rules that a desk runs under, versioned by its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from attrs import AttrsInstance, field, fields, frozen

from scskit.core.agent import Queue
from scskit.core.escalation import EscalationPolicy
from scskit.core.work_policy import WorkPolicy

if TYPE_CHECKING:
    from scskit.core.account import Account
    from scskit.core.actor import Actor
    from scskit.core.agent import Agent, Team
    from scskit.core.calendar import Calendar
    from scskit.core.macros import Macro
    from scskit.core.match import When
    from scskit.core.network_templates import NetworkTemplate
    from scskit.core.privacy import PrivacyPolicy
    from scskit.core.reply_policy import ReplyPolicy
    from scskit.core.skills import SkillNeed
    from scskit.core.sla_policy import SlaPolicy
    from scskit.core.standing import StandingPolicy
    from scskit.core.templates import Template
    from scskit.core.terms import Terms
    from scskit.core.vocabulary import EngagementKind, Priority, Severity
    from scskit.core.voice import Voice

Rating = Literal["high", "medium", "low"]
RATINGS: tuple[Rating, ...] = ("high", "medium", "low")

DEFAULT_MATRIX: dict[str, Priority] = {
    "high/high": "P1",
    "high/medium": "P2",
    "high/low": "P3",
    "medium/high": "P2",
    "medium/medium": "P3",
    "medium/low": "P4",
    "low/high": "P3",
    "low/medium": "P4",
    "low/low": "P4",
}
"""Priority by ``impact/urgency``."""


@frozen(kw_only=True)
class Reason:
    """A node of the contact-reason tree. What it leaves out, its nearest ancestor says.

    Attributes:
        id: the dotted path from the root, such as ``billing.refund``.
        title: for people.
        max_resolution: how long a case with this reason may take.
        priority: overrides the matrix.
        impact: how much harm, for the matrix.
        urgency: how soon it hurts, for the matrix.
        severity: size of harm.
        keywords: whole words or phrases that suggest it.
        patterns: regular expressions that suggest it, on lower-case text.
    """

    id: str
    title: str = ""
    max_resolution: timedelta | None = None
    priority: Priority | None = None
    impact: Rating | None = None
    urgency: Rating | None = None
    severity: Severity | None = None
    keywords: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@frozen
class ReasonTree:
    """All contact reasons by id."""

    nodes: Mapping[str, Reason] = field(factory=dict)

    def lineage(self, reason: str | None) -> Iterator[Reason]:
        """Yield the node and its ancestors, nearest first; what is not in the tree is left out."""
        path = reason
        while path:
            if node := self.nodes.get(path):
                yield node
            path = path.rpartition(".")[0]

    def nearest(self, reason: str | None, attribute: str) -> tuple[Any, str | None]:
        """Find what the node or its nearest ancestor says.

        Args:
            reason: a dotted path, or None.
            attribute: an attribute of ``Reason``.

        Returns:
            The value and the id of the node that says it; ``(None, None)`` if none does.
        """
        for node in self.lineage(reason):
            value = getattr(node, attribute)
            if value is not None:
                return value, node.id
        return None, None

    def max_resolution(self, reason: str | None) -> timedelta | None:
        """Return the longest time a case with ``reason`` may take, if the tree says."""
        value: timedelta | None = self.nearest(reason, "max_resolution")[0]
        return value


@frozen(kw_only=True)
class Addition:
    """Something that raises (or, negative, lowers) the priority by some steps."""

    name: str
    when: When
    steps: int = 1


@frozen(kw_only=True)
class PriorityPolicy:
    """How a priority comes about: the reason's own, else the matrix, then the additions."""

    default: Priority = "P3"
    matrix: Mapping[str, Priority] = field(factory=lambda: dict(DEFAULT_MATRIX))
    additions: tuple[Addition, ...] = ()


@frozen(kw_only=True)
class EngagementRule:
    """Whether to answer.

    Attributes:
        name: for the explanation.
        when: what it applies to.
        then: what to do.
        code: the coded reason; required unless the brand answers.
        queue: where a forwarded case goes.
    """

    name: str
    when: When
    then: EngagementKind
    code: str | None = None
    queue: str | None = None


@frozen(kw_only=True)
class RoutingRule:
    """Which queue a case goes to; the first rule that holds wins.

    Attributes:
        name: for the explanation.
        when: what it applies to.
        queue: where the case goes.
        skills: what an agent needs for it, beside what the queue says.
    """

    name: str
    when: When
    queue: str
    skills: tuple[SkillNeed, ...] = ()


@frozen(kw_only=True)
class LifecyclePolicy:
    """How messages move a case.

    Attributes:
        reopen_window: how long after solving a customer's message reopens the case; later it
            opens a new one.
        thanks_reopens: whether a bare thank-you reopens a solved case.
        after_reply: the state after a human answer of the brand.
    """

    reopen_window: timedelta = timedelta(days=7)
    thanks_reopens: bool = False
    after_reply: Literal["pending", "open"] = "pending"


@frozen(kw_only=True)
class TriagePolicy:
    """Settings of the built-in classifiers.

    Attributes:
        languages: the languages told apart.
        troll_words: words that mark a message as trolling.
        claim_words: words that make a complaint a formal claim, beside the built-in ones.
    """

    languages: tuple[str, ...] = ("en", "es")
    troll_words: tuple[str, ...] = ()
    claim_words: tuple[str, ...] = ()


@frozen(kw_only=True)
class IntakePolicy:
    """How what networks push is taken in.

    Attributes:
        apply: ``at_once`` before the network hears 200; ``by_worker`` stores the body before that
            and leaves the rest to ``run_due``.
        max_body: bytes of a webhook's body; a longer one is refused.
    """

    apply: Literal["at_once", "by_worker"] = "at_once"
    max_body: int = 8 * 2**20


DEFAULT_QUEUE = Queue(name="inbox", title="Everything that no rule sends elsewhere")


_IF_ANY = {"if_any": True}
"""Says nothing where it is empty: such a policy has the version that earlier releases gave it."""


@frozen(kw_only=True)
class Policy:
    """Everything that decides, in one immutable value.

    Attributes:
        tenant: whose desk it is.
        time_zone: IANA name, for what people see and for calendars.
        accounts: the declared accounts by id; empty means that any account is welcome.
        queues: by name.
        default_queue: where a case goes when no rule says otherwise.
        teams: by name.
        agents: by name; empty means that any agent name is welcome.
        actors: who else acts here, by name or kind; see ``core.actor``. As soon as any agent or
            actor has a role, everybody needs one.
        reasons: the contact-reason tree.
        priority: see ``PriorityPolicy``.
        engagement: the first rule that holds wins; without one the brand answers.
        routing: the first rule that holds wins.
        triage: settings of the built-in classifiers.
        lifecycle: how messages move a case.
        calendars: when the brand is there, by name.
        escalation: who can be asked to take a case over, and on what rules.
        work: how waiting cases are ordered, and who may take them.
        intake: how what networks push is taken in; decides nothing about a case, and is not part of
            the version.
        sla: what is promised; None promises nothing, and no clock runs.
        privacy: what counts as personal data, and who may read it; None for what holds everywhere.
        templates: replies that are written once, by name.
        network_templates: those that a network has approved, by name.
        voice: how accounts speak, by account; ``*`` for all that have no voice of their own.
        macros: replies with what goes with them, by name.
        replies: what holds for replies; None for the defaults, see ``reply_policy``.
        standing: what is said by itself; None for nothing.
        past: calendars of earlier policies by version, for the cases that still run under them; not
            part of what the policy says.
        version: a hash of all of the above; set by itself.

    Raises:
        ValueError: an escalation leads to a queue, or something is timed by a calendar, that is not
            declared; there is no such role, or it is for delegated accounts and none is named.
    """

    tenant: str = "default"
    time_zone: str = "UTC"
    accounts: Mapping[str, Account] = field(factory=dict)
    queues: Mapping[str, Queue] = field(factory=lambda: {DEFAULT_QUEUE.name: DEFAULT_QUEUE})
    default_queue: str = DEFAULT_QUEUE.name
    teams: Mapping[str, Team] = field(factory=dict)
    agents: Mapping[str, Agent] = field(factory=dict)
    actors: Mapping[str, Actor] = field(factory=dict, metadata=_IF_ANY)
    reasons: ReasonTree = field(factory=ReasonTree)
    priority: PriorityPolicy = field(factory=PriorityPolicy)
    engagement: tuple[EngagementRule, ...] = ()
    routing: tuple[RoutingRule, ...] = ()
    triage: TriagePolicy = field(factory=TriagePolicy)
    lifecycle: LifecyclePolicy = field(factory=LifecyclePolicy)
    calendars: Mapping[str, Calendar] = field(factory=dict)
    escalation: EscalationPolicy = field(factory=EscalationPolicy)
    work: WorkPolicy = field(factory=WorkPolicy)
    intake: IntakePolicy = field(factory=IntakePolicy, metadata={"apart": True})
    sla: SlaPolicy | None = None
    privacy: PrivacyPolicy | None = field(default=None, metadata=_IF_ANY)
    templates: Mapping[str, Template] = field(factory=dict, metadata=_IF_ANY)
    network_templates: Mapping[str, NetworkTemplate] = field(factory=dict, metadata=_IF_ANY)
    voice: Mapping[str, Voice] = field(factory=dict, metadata=_IF_ANY)
    macros: Mapping[str, Macro] = field(factory=dict, metadata=_IF_ANY)
    replies: ReplyPolicy | None = field(default=None, metadata=_IF_ANY)
    standing: StandingPolicy | None = field(default=None, metadata=_IF_ANY)
    past: Mapping[str, Calendar] = field(factory=dict, eq=False, metadata={"apart": True})
    version: str = field(init=False, eq=False)

    @version.default
    def _hash(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:16]

    @cached_property
    def reacts(self) -> bool:
        """Whether anything can follow from what happens to a case: clocks or escalations."""
        return self.sla is not None or bool(self.escalation.rules)

    @cached_property
    def restricts(self) -> bool:
        """Whether commands are only for those who have a role for them."""
        return bool(self.actors) or any(agent.roles for agent in self.agents.values())

    @cached_property
    def delegates(self) -> bool:
        """Whether somebody may work on some accounts only."""
        agents, actors = self.agents.values(), self.actors.values()
        return any(one.accounts for one in agents) or any(one.accounts for one in actors)

    @cached_property
    def reply_policy(self) -> ReplyPolicy:
        """What holds for replies."""
        if self.replies is not None:
            return self.replies
        from scskit.core.reply_policy import ReplyPolicy  # noqa: PLC0415  only who replies needs it

        return ReplyPolicy()

    def calendar_of(self, terms: Terms) -> Calendar | None:
        """Return the calendar that a case's clocks run under; None for around the clock.

        A version that no policy of this desk ever had is taken for the present one of its name.
        """
        version = terms.calendar_version
        if not version:
            return None
        return (
            self._calendars_by_version.get(version)
            or self.past.get(version)
            or self.calendars.get(terms.calendar)
        )

    @cached_property
    def _calendars_by_version(self) -> dict[str, Calendar]:
        return {calendar.version: calendar for calendar in self.calendars.values()}

    def __attrs_post_init__(self) -> None:
        """Refuse what would fail when it is needed: what leads to nowhere, hours of no calendar."""
        self.escalation.check(self.queues, self.calendars)
        if self.replies is not None:
            self.replies.check(self.calendars)
        if self.restricts or self.delegates:
            from scskit.core.actor import check_actors  # noqa: PLC0415  only where roles are given

            check_actors(self)

    def canonical(self) -> str:
        """Return the whole policy as JSON with sorted keys: equal policies, equal text."""
        return json.dumps(_plain(self), default=_plain, sort_keys=True, separators=(",", ":"))


def _plain(value: AttrsInstance | Calendar | timedelta | date) -> object:
    """Give JSON one layer of a value: what was put into it, without what follows from that."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "plain"):  # a calendar: with the version of the time zones, which decides too
        return value.plain()
    return {
        a.name: getattr(value, a.name)
        for a in fields(type(value))
        if a.init
        and "apart" not in a.metadata
        and ("if_any" not in a.metadata or getattr(value, a.name))
    }
