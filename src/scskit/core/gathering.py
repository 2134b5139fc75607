"""What rules may ask about, collected from everything that is known of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scskit.core.match import Facts
from scskit.core.triage import Labels, best

if TYPE_CHECKING:
    from datetime import datetime

    from scskit.core.account import Account
    from scskit.core.interaction import Message
    from scskit.core.policy import Policy


def gather_facts(  # noqa: PLR0913  each is one source of facts
    message: Message,
    labels: Labels,
    account: Account,
    policy: Policy,
    *,
    tier: str | None = None,
    now: datetime | None = None,
) -> Facts:
    """Collect what rules may ask about.

    Args:
        message: what arrived.
        labels: what the classifiers say.
        account: the account it came in by.
        policy: the policy in force; reasons outside its tree are passed over.
        tier: the customer's tier, if known.
        now: the present instant, for the message's age.
    """
    reason = best(labels, "reason", policy.reasons.nodes)
    contact_type = best(labels, "contact_type")
    noise = best(labels, "noise")
    sentiment = best(labels, "sentiment")
    language = best(labels, "language")
    facts = Facts(
        account=account.id,
        network=account.network,
        purpose=account.purpose,
        visibility=message.visibility,
        kind=message.kind,
        text=message.text.lower(),
        followers=message.author.followers,
        tier=tier,
        language=language.value if language else message.language,
        reason=reason.value if reason else None,
        contact_type=contact_type.value if contact_type else None,
        noise=noise.value if noise else None,
        sentiment=sentiment.value if sentiment else "unknown",
        labels={label.kind: label.value for label in labels},
    )
    if now is not None:
        facts.age = now - message.posted_at
    return facts
