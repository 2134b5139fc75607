"""The defaults, written as plugins against the hooks that everybody has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scskit.plugins.builtin.contact import ContactType
from scskit.plugins.builtin.courtesy import Courtesy
from scskit.plugins.builtin.given import Given
from scskit.plugins.builtin.language import Language
from scskit.plugins.builtin.noise import Noise
from scskit.plugins.builtin.personal_data import PersonalData
from scskit.plugins.builtin.reasons import Reasons
from scskit.plugins.builtin.rules import EngagementRules, RoutingRules
from scskit.plugins.builtin.text import Reader

if TYPE_CHECKING:
    from scskit.core.policy import Policy
    from scskit.core.ports import Clock

__all__ = ["builtin_plugins"]


def builtin_plugins(policy: Policy, clock: Clock | None = None) -> list[tuple[str, object]]:
    """Make the built-in plugins for a policy.

    Args:
        policy: the policy in force.
        clock: tells how long ago a customer wrote; without one, ``age_min`` in an engagement or
            routing rule never holds.

    Returns:
        Names and plugins. They are registered first, so that everybody else is asked before them.

    Raises:
        ConfigError: a reason's pattern is not a regular expression.
    """
    reader = Reader()
    return [
        ("routing-rules", RoutingRules(policy, clock)),
        ("engagement-rules", EngagementRules(policy, clock)),
        ("personal-data", PersonalData(policy)),
        ("courtesy", Courtesy(policy, reader)),
        ("contact-type", ContactType(policy, reader)),
        ("noise", Noise(policy, reader)),
        ("reasons", Reasons(policy, reader)),
        ("language", Language(policy, reader)),
        ("given", Given(policy)),
    ]
