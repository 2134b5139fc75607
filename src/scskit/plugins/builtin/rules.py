"""The desk file's engagement and routing rules, behind the same hooks that a stranger has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scskit.core.account import Account
from scskit.core.engagement import Engagement, choose_engagement
from scskit.core.gathering import gather_facts
from scskit.core.ids import AccountId
from scskit.core.routing import Assignment, choose_queue
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from scskit.core.case import Case
    from scskit.core.identity import Identity
    from scskit.core.interaction import Message
    from scskit.core.match import Facts
    from scskit.core.policy import Policy
    from scskit.core.ports import Clock
    from scskit.core.triage import Labels


class _Rules:
    def __init__(self, policy: Policy, clock: Clock | None = None) -> None:
        """Take the rules of a policy.

        Args:
            policy: the policy in force.
            clock: tells how long ago a customer wrote; without one, ``age_min`` never holds.
        """
        self._policy = policy
        conditions = [rule.when for rule in policy.engagement]
        conditions += [rule.when for rule in policy.routing]
        asks_age = any(when.age_min is not None for when in conditions)
        self._clock = clock if asks_age else None

    def _facts(
        self, message: Message, labels: Labels, account: AccountId, identity: str, tier: str | None
    ) -> Facts:
        known = self._policy.accounts.get(account)
        # Where no accounts are declared any is welcome; the identity still names the network.
        place = known or Account(id=account, network=identity.partition(":")[0])
        now = self._clock.now() if self._clock else None
        return gather_facts(message, labels, place, self._policy, tier=tier, now=now)


class EngagementRules(_Rules):
    """Decides whether to answer by the policy's engagement rules."""

    @hookimpl
    def scskit_engage(
        self, interaction: Message, labels: Labels, identity: Identity
    ) -> Engagement | None:
        """Return what the first rule that holds says."""
        if not self._policy.engagement:
            return None
        account = AccountId(interaction.account)
        facts = self._facts(interaction, labels, account, identity.id, identity.tier)
        return choose_engagement(self._policy, facts)


class RoutingRules(_Rules):
    """Chooses a queue by the policy's routing rules."""

    @hookimpl
    def scskit_route(self, case: Case, labels: Labels, interaction: Message) -> Assignment | None:
        """Return what the first rule that holds says about the case as it was triaged."""
        if not self._policy.routing:
            return None
        facts = self._facts(interaction, labels, case.account_id, case.identity_id, case.tier)
        facts.reason = case.reason
        facts.contact_type = case.contact_type
        facts.language = case.language
        facts.sentiment = case.sentiment
        facts.engagement = case.engagement
        facts.priority = case.priority
        facts.visibility = case.visibility
        return choose_queue(self._policy, facts)
