"""The brand's own presence on a network."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from scskit.core.ids import AccountId

Purpose = Literal["care", "marketing", "mixed"]
IdentityScope = Literal["network", "account"]

DEFAULT_IDENTITY_SCOPE: IdentityScope = "account"
"""Where nobody says how a network scopes ids: never mistake two people for one."""


@frozen(kw_only=True)
class Account:
    """One page, number or profile of the brand.

    Attributes:
        id: unique in the tenant; anything printable but a colon.
        network: the connector's name, such as ``twitter``.
        handle: how the network names the account, without ``@``.
        purpose: whether people are served here, marketed to, or both.
        identity_scope: ``network`` when one person has one id on the whole network,
            ``account`` when every account sees its own id for the person (page-scoped ids);
            None leaves it to the network's connector.
    """

    id: AccountId
    network: str
    handle: str = ""
    purpose: Purpose = "care"
    identity_scope: IdentityScope | None = None
