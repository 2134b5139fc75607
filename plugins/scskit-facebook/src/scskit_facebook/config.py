"""What the desk file says of Facebook and Instagram: ``[plugins.facebook]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from scskit.core.errors import ConfigError
from scskit.plugins import Secret, read_settings
from scskit_facebook.limits import API_VERSION
from scskit_meta.config import MetaSettings, is_url, is_version

Network = Literal["facebook", "instagram"]


@frozen(kw_only=True)
class Page:
    """One Facebook page, with its Messenger.

    Attributes:
        page_id: Meta's id of the page.
        token: the page's access token; without one, the account only receives.
        human_agent: whether Meta has granted the app the tag that lets people answer for seven
            days.
    """

    page_id: str
    token: Secret | None = None
    human_agent: bool = False


@frozen(kw_only=True)
class Professional:
    """One Instagram professional account.

    Attributes:
        instagram_id: Meta's id of the account, as webhooks name it.
        token: sends on its behalf; without one, the account only receives.
        page_id: the page it is connected to, where people log in with Facebook; without one,
            requests go to Instagram's own host.
        username: its name; own comments are known by it where no id tells.
        human_agent: as for a page.
    """

    instagram_id: str
    token: Secret | None = None
    page_id: str = ""
    username: str = ""
    human_agent: bool = False


@frozen(kw_only=True)
class FacebookSettings(MetaSettings):
    """The whole table.

    Attributes:
        accounts: the pages, by the id of their account in the desk.
        instagram_accounts: the Instagram accounts, in the same way.
        instagram_url: where requests of Instagram accounts without a page go.
        api_version: the version of the Graph API.
    """

    api_version: str = field(default=API_VERSION, validator=is_version)
    instagram_url: str = field(default="https://graph.instagram.com", validator=is_url)
    accounts: Mapping[str, Page] = field(factory=dict)
    instagram_accounts: Mapping[str, Professional] = field(factory=dict)

    def account_of(self, network: Network, id_: str) -> str | None:
        """Return the account with this id; a desk without any names it after the id."""
        if not self.accounts and not self.instagram_accounts:
            return f"{network}.{id_}"
        return next((name for name, own in self.ids(network) if own == id_), None)

    def ids(self, network: Network) -> tuple[tuple[str, str], ...]:
        """Return the accounts of a network and Meta's ids of them."""
        if network == "facebook":
            return tuple((name, page.page_id) for name, page in self.accounts.items())
        return tuple((name, one.instagram_id) for name, one in self.instagram_accounts.items())

    def username_of(self, account: str) -> str:
        """Return the name of an Instagram account, if it is told."""
        one = self.instagram_accounts.get(account)
        return one.username.removeprefix("@").lower() if one else ""


def read_config(settings: Mapping[str, Any]) -> FacebookSettings:
    """Read the table ``[plugins.facebook]``.

    Raises:
        ConfigError: anything in it is wrong, or two accounts claim the same page.
    """
    found = read_settings(settings, FacebookSettings, "plugins.facebook")
    problems = [
        *_shared("accounts", "page_id", found.ids("facebook")),
        *_shared("instagram_accounts", "instagram_id", found.ids("instagram")),
    ]
    if problems:
        raise ConfigError(problems)
    return found


def _shared(table: str, key: str, ids: tuple[tuple[str, str], ...]) -> list[str]:
    owners: dict[str, str] = {}
    return [
        f'plugins.facebook.{table}."{name}".{key}: found "{id_}", which "{owners[id_]}" has; '
        "allowed: one account each"
        for name, id_ in ids
        if owners.setdefault(id_, name) != name
    ]
