"""The plugins of a desk: which there are, and every question they can be asked."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from scskit.core.errors import HookFailed
from scskit.core.triage import Labels, join
from scskit.plugins.loading import EntryPoints, Loader, PluginFailure, installed_entry_points, load

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from scskit.core.agent import Queue
    from scskit.core.case import Case
    from scskit.core.challenge import Challenge
    from scskit.core.engagement import Engagement
    from scskit.core.identity import Assurance, CustomerMatch, Identity
    from scskit.core.ids import CaseId
    from scskit.core.interaction import Interaction, Message
    from scskit.core.records import RecordedEvent
    from scskit.core.reply import DeliveryReceipt, Draft, Outbound, Violation
    from scskit.core.routing import Assignment
    from scskit.core.sla import SlaTargets
    from scskit.plugins.guard import Collecting, HookFailure
    from scskit.plugins.inspection import PluginInfo
    from scskit.plugins.specs import ConnectorSpec, CrmSyncSpec


def load_registry(  # noqa: PLR0913  each says something else about which plugins there are
    explicit: Sequence[object] = (),
    *,
    builtins: Sequence[tuple[str, object]] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    strict: bool = False,
    discover: bool = True,
    entry_points: EntryPoints = installed_entry_points,
) -> Registry:
    """Take all plugins of a desk in.

    The host's own are asked first, then the installed ones, then the built-in ones. Where two
    claim one name, the host's stays and an installed one is set aside.

    Args:
        explicit: plugins that the host passes itself: modules or objects.
        builtins: scskit's own, with their names.
        settings: the desk's ``[plugins.*]`` tables by plugin name.
        strict: raise for an installed plugin that is wrong, instead of setting it aside.
        discover: whether to look for installed plugins at all.
        entry_points: where to look; the environment's entry points in group ``scskit``.

    Returns:
        The plugins that are in use; what is not is in its ``set_aside``.

    Raises:
        LoadFailed: a plugin that the host passed is wrong; with ``strict``, any plugin.
        NameConflict: it claims a name that is taken.
    """
    loader = load(
        explicit,
        builtins,
        settings or {},
        strict=strict,
        discover=discover,
        entry_points=entry_points,
    )
    return Registry(loader)


class Registry:
    """Asks plugins. Safe to use from several threads at once.

    Attributes:
        plugins: those in use, in the order in which they are asked.
        set_aside: those that are installed and not in use.
        connectors: by name.
        crm_syncs: by name.
    """

    def __init__(self, loader: Loader) -> None:
        """Bind every hook once; see ``load_registry``."""
        self.plugins: tuple[PluginInfo, ...] = tuple(
            candidate.origin for candidate in reversed(loader.taken.values())
        )
        self.set_aside: tuple[PluginFailure, ...] = tuple(loader.set_aside)
        self.connectors: Mapping[str, ConnectorSpec] = MappingProxyType(loader.connectors)
        self.crm_syncs: Mapping[str, CrmSyncSpec] = MappingProxyType(loader.crm_syncs)
        self._failures = loader.failures
        self._hooks = {
            hook: getattr(loader.manager.hook, hook)
            for hook in {hook for plugin in self.plugins for hook in plugin.hooks}
        }
        ask = self._hooks.get
        self._identify: Callable[..., Any] | None = ask("scskit_identify")
        self._classify: Callable[..., Any] | None = ask("scskit_classify")
        self._engage: Callable[..., Any] | None = ask("scskit_engage")
        self._match_case: Callable[..., Any] | None = ask("scskit_match_case")
        self._route: Callable[..., Any] | None = ask("scskit_route")
        self._sla: Callable[..., Any] | None = ask("scskit_sla")
        self._suggest_reply: Callable[..., Any] | None = ask("scskit_suggest_reply")
        self._check_reply: Callable[..., Any] | None = ask("scskit_check_reply")
        self._deliver: Callable[..., Any] | None = ask("scskit_deliver")
        self._deliver_code: Callable[..., Any] | None = ask("scskit_deliver_code")
        self._verify_identity: Callable[..., Any] | None = ask("scskit_verify_identity")
        self._on_events: Callable[..., Any] | None = ask("scskit_on_events")

    @property
    def identifies(self) -> bool:
        """Whether any plugin can say who somebody is."""
        return self._identify is not None

    @property
    def sets_targets(self) -> bool:
        """Whether any plugin can say what a case is promised."""
        return self._sla is not None

    @property
    def matches_cases(self) -> bool:
        """Whether any plugin can say which case a message belongs to."""
        return self._match_case is not None

    @property
    def failures(self) -> deque[HookFailure]:
        """The latest hundred failures, oldest first."""
        return self._failures.recent

    def collecting(self) -> Collecting:
        """Collect what fails in this thread, so that it can be stored with the decision.

        Returns:
            A context manager; its value is the list of failures, one line each, that grows until
            the end of the block.
        """
        return self._failures.collecting()

    def identify(self, identity: Identity) -> CustomerMatch | None:
        """Ask who this is in the CRM; None when nobody knows."""
        if self._identify is None:
            return None
        return cast("CustomerMatch | None", self._identify(identity=identity))

    def classify(self, messages: Sequence[Message]) -> tuple[list[Labels], tuple[str, ...]]:
        """Ask all classifiers about a batch.

        Args:
            messages: any number.

        Returns:
            For each message the labels of all plugins, and one line per plugin that failed.
        """
        if self._classify is None or not messages:
            return [()] * len(messages), ()
        with self.collecting() as failures:
            answers = self._classify(interactions=tuple(messages))
        return join(answers, len(messages)), tuple(failures)

    def engage(self, message: Message, labels: Labels, identity: Identity) -> Engagement | None:
        """Ask whether to answer; None when nobody says anything."""
        if self._engage is None:
            return None
        answer = self._engage(interaction=message, labels=labels, identity=identity)
        return cast("Engagement | None", answer)

    def match_case(self, message: Message, candidates: Sequence[Case]) -> CaseId | None:
        """Ask which of the candidates a message belongs to; None when nobody knows.

        Raises:
            HookFailed: a plugin failed or named another case; quarantine the message.
        """
        if self._match_case is None:
            return None
        answer = self._match_case(interaction=message, candidates=candidates)
        return cast("CaseId | None", answer)

    def route(
        self, case: Case, labels: Labels, queues: Mapping[str, Queue], message: Message
    ) -> Assignment | None:
        """Ask for one of the queues; None when nobody says anything."""
        if self._route is None:
            return None
        answer = self._route(case=case, labels=labels, queues=queues, interaction=message)
        return cast("Assignment | None", answer)

    def sla(self, case: Case, labels: Labels) -> SlaTargets | None:
        """Ask for a case's targets; None when nobody says anything."""
        if self._sla is None:
            return None
        return cast("SlaTargets | None", self._sla(case=case, labels=labels))

    def suggest_reply(self, case: Case, message: Interaction | None = None) -> tuple[Draft, ...]:
        """Ask for drafts of a reply to a case, or to one message of it."""
        if self._suggest_reply is None:
            return ()
        answers: list[tuple[Draft, ...]] = self._suggest_reply(case=case, message=message)
        return tuple(draft for answer in answers for draft in answer)

    def check_reply(
        self, draft: Draft, case: Case | None, now: datetime, assurance: Assurance = "anonymous"
    ) -> tuple[Violation, ...]:
        """Ask what speaks against a reply; a check that failed speaks against it too."""
        if self._check_reply is None:
            return ()
        answers: list[tuple[Violation, ...]] = self._check_reply(
            draft=draft, case=case, now=now, assurance=assurance
        )
        return tuple(violation for answer in answers for violation in answer)

    def deliver(self, outbound: Outbound, connector: ConnectorSpec) -> DeliveryReceipt | None:
        """Ask whether somebody delivers this instead of the connector; None when nobody does.

        Raises:
            DeliveryError: a plugin tried, and says what to do next.
            HookFailed: a plugin failed otherwise.
        """
        if self._deliver is None:
            return None
        try:
            answer = self._deliver(outbound=outbound, connector=connector)
        except RuntimeError as error:  # pluggy, about a wrapper that yields never or twice
            raise HookFailed(f"scskit_deliver failed: {error}") from error
        return cast("DeliveryReceipt | None", answer)

    def deliver_code(self, challenge: Challenge, to: str, code: str) -> bool:
        """Ask for a challenge to be brought to a person; False when nobody does."""
        if self._deliver_code is None:
            return False
        return bool(self._deliver_code(challenge=challenge, to=to, code=code))

    def verify_identity(self, challenge: Challenge, answer: str) -> bool | None:
        """Ask whether an answer is right; None when nobody knows the method."""
        if self._verify_identity is None:
            return None
        found = self._verify_identity(challenge=challenge, answer=answer)
        return cast("bool | None", found)

    def notify(self, events: Sequence[RecordedEvent]) -> None:
        """Tell the observers what happened; none of them can disturb another."""
        if self._on_events is not None and events:
            self._on_events(events=events)
