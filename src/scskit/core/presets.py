"""Promises to begin with; a desk file names one and says what it wants otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from scskit.core.case import Priority
from scskit.core.match import When
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def _by_priority(
    preset: str, targets: Mapping[Priority, tuple[timedelta, timedelta, timedelta]]
) -> tuple[SlaRule, ...]:
    """Return a rule for each priority: first response, next response, resolution."""
    return tuple(
        SlaRule(
            name=f"{preset} {priority}",
            when=When(priority=(priority,)),
            targets=SlaTargets(
                first_response=first,
                next_response=next_,
                resolution=resolution,
            ),
        )
        for priority, (first, next_, resolution) in targets.items()
    )


ZENDESK_LIKE = SlaPolicy(
    rules=_by_priority(
        "zendesk-like",
        {
            "P1": (_HOUR, _HOUR, 8 * _HOUR),
            "P2": (4 * _HOUR, 4 * _HOUR, 24 * _HOUR),
            "P3": (8 * _HOUR, 8 * _HOUR, 40 * _HOUR),
            "P4": (16 * _HOUR, 16 * _HOUR, 80 * _HOUR),
        },
    ),
    pauses=("pending", "on_hold"),
    shares=(),
    before=(_HOUR,),
)
"""As help desks count an agent's work: nothing runs while the case waits for anybody else."""

STRICT_SOCIAL = SlaPolicy(
    rules=_by_priority(
        "strict-social",
        {
            "P1": (15 * _MINUTE, 30 * _MINUTE, 4 * _HOUR),
            "P2": (30 * _MINUTE, _HOUR, 8 * _HOUR),
            "P3": (_HOUR, 2 * _HOUR, _DAY),
            "P4": (4 * _HOUR, 8 * _HOUR, 3 * _DAY),
        },
    ),
    shares=(0.5, 0.75, 0.9),
)
"""As customers of social networks expect: around the clock unless a calendar is named, and only
waiting for the customer stops the resolution clock."""

ALWAYS_OPEN = SlaPolicy(
    rules=(
        SlaRule(
            name="always-open",
            when=When(),
            targets=SlaTargets(
                first_response=_HOUR,
                next_response=4 * _HOUR,
                resolution=2 * _DAY,
            ),
        ),
    ),
    pauses=(),
    shares=(0.75,),
)
"""One promise for everybody, around the clock, which nothing stops."""

PRESETS: Mapping[str, SlaPolicy] = {
    "zendesk-like": ZENDESK_LIKE,
    "strict-social": STRICT_SOCIAL,
    "always-open": ALWAYS_OPEN,
}
