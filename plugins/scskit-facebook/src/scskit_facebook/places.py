"""Where requests of an account go, and in whose name."""

from __future__ import annotations

from attrs import frozen

from scskit.core.errors import CredentialsRejected, Rejected
from scskit.plugins import Secret
from scskit_facebook.config import FacebookSettings, Network
from scskit_meta.graph import Graph


@frozen(kw_only=True)
class Place:
    """One account's way out.

    Attributes:
        network: ``facebook`` or ``instagram``.
        graph: the Graph API, with the account's token.
        own_id: Meta's id of the page or Instagram account.
        sender: whose messages and conversations are asked for: the page, or the account itself.
        human_agent: whether the tag for people's answers is granted.
    """

    network: Network
    graph: Graph
    own_id: str
    sender: str
    human_agent: bool


def place_of(settings: FacebookSettings, network: Network, account: str) -> Place:
    """Return where an account's requests go.

    Raises:
        Rejected: the account is not configured.
        CredentialsRejected: it has no token.
    """
    if network == "facebook":
        page = settings.accounts.get(account)
        if page is None:
            raise Rejected(f"no page is configured for account {account!r}")
        graph = _graph(settings, account, page.token, settings.base_url)
        own = page.page_id
        return Place(
            network=network, graph=graph, own_id=own, sender=own, human_agent=page.human_agent
        )
    one = settings.instagram_accounts.get(account)
    if one is None:
        raise Rejected(f"no Instagram account is configured for account {account!r}")
    host = settings.base_url if one.page_id else settings.instagram_url
    return Place(
        network=network,
        graph=_graph(settings, account, one.token, host),
        own_id=one.instagram_id,
        sender=one.page_id or one.instagram_id,
        human_agent=one.human_agent,
    )


def _graph(settings: FacebookSettings, account: str, token: Secret | None, host: str) -> Graph:
    if token is None:
        raise CredentialsRejected(f"account {account!r} has no token", error_class="auth")
    return Graph(
        base_url=host,
        version=settings.api_version,
        token=token,
        app_secret=settings.proving,
    )
