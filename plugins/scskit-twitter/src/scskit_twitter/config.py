"""``[plugins.twitter]`` of the desk file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen

from scskit.plugins import Secret, read_settings
from scskit_twitter.limits import BASE_URL, MESSAGE_LENGTH, POST_LENGTH, PREMIUM_LENGTH, FieldNames

PATH: Final = "plugins.twitter"
NETWORK: Final = "twitter"

Source = Literal["mentions", "search", "dms"]
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def _digits(_: object, attribute: Attribute[str], value: str) -> None:
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"{attribute.name}: found {value!r}; allowed: X's numeric id, in quotes")


@frozen(kw_only=True)
class AccountSettings:
    """One account of the brand on X.

    Attributes:
        user_id: X's own id of it.
        handle: its name without ``@``.
        token: the user's access token.
        token_secret: its secret; with one, requests are signed by OAuth 1.0a, whose tokens do not
            expire; without one the token is an OAuth 2.0 bearer token.
        refresh_token: of OAuth 2.0, from which tokens are made and renewed; instead of a token.
        premium: whether it may write long posts.
        replies: whom it may answer: ``summoned`` as X allows every app since February 2026, only
            who mentioned or quoted it; ``anybody`` where X agreed to more.
        poll: what ``fetch`` reads, in this order.
        search: the query of ``search``, such as ``to:acme``.
    """

    user_id: str = field(validator=_digits)
    handle: str = ""
    token: Secret | None = None
    token_secret: Secret | None = None
    refresh_token: Secret | None = None
    premium: bool = False
    replies: Literal["summoned", "anybody"] = "summoned"
    poll: tuple[Source, ...] = ("mentions", "dms")
    search: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse what does not go together."""
        if "search" in self.poll and not self.search:
            raise ValueError('poll has "search": say in search what for, such as "to:acme"')
        if self.token_secret is not None and self.token is None:
            raise ValueError("token_secret stands without a token")
        if self.refresh_token is not None and self.token is not None:
            raise ValueError("refresh_token stands beside a token: one of them is enough")

    def longest(self, visibility: str) -> int:
        """Return how long a text may be: weighted in public, characters in private."""
        if visibility == "private":
            return MESSAGE_LENGTH
        return PREMIUM_LENGTH if self.premium else POST_LENGTH


def _base_url(_: object, attribute: Attribute[str], value: str) -> None:
    parts = urlsplit(value)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if not secure or not parts.hostname or parts.query or value.endswith("/"):
        allowed = "https:// with a host and no slash at the end"
        raise ValueError(f"{attribute.name}: found {value!r}; allowed: {allowed}")


@frozen(kw_only=True)
class TwitterSettings:
    """What scskit is told of X.

    Attributes:
        secrets: the app's consumer secret; two while one replaces the other, the new one first.
        consumer_key: the app's key, for OAuth 1.0a.
        client_id: the app's id, for OAuth 2.0.
        client_secret: the secret of it, where the app has one.
        token_file: where renewed tokens are kept; on a disk that all processes share.
        bearer: the app's own token, which sees its webhooks and subscriptions, and the stream.
        backfill: whether the stream is asked for what was said while nobody listened.
        base_url: where the API is.
        field_names: the names of fields to ask for; X answers with either.
        accounts: by account id.
    """

    secrets: tuple[Secret, ...] = ()
    consumer_key: str = ""
    client_id: str = ""
    client_secret: Secret | None = None
    token_file: str = ""
    bearer: Secret | None = None
    backfill: bool = True
    base_url: str = field(default=BASE_URL, validator=_base_url)
    field_names: FieldNames = "post"
    accounts: Mapping[str, AccountSettings] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Refuse what does not go together."""
        counts = Counter(account.user_id for account in self.accounts.values())
        twice = sorted(user_id for user_id, count in counts.items() if count > 1)
        if twice:
            raise ValueError(f"accounts: user_id {twice[0]} stands in more than one account")
        signing = any(a.token_secret is not None for a in self.accounts.values())
        if signing and not (self.consumer_key and self.secrets):
            raise ValueError("token_secret takes consumer_key and secrets as well (OAuth 1.0a)")

        renewing = any(a.refresh_token is not None for a in self.accounts.values())
        if renewing and not (self.client_id and self.token_file):
            raise ValueError("refresh_token takes client_id and token_file as well (OAuth 2.0)")

    def revealed(self) -> tuple[str, ...]:
        """Return the consumer secrets, for signing and for checking signatures."""
        return tuple(secret.reveal() for secret in self.secrets)

    def account_of(self, user_id: str) -> str | None:
        """Return the account with this user id; without any settings, a name made of the id."""
        if not self.accounts:
            return f"{NETWORK}.{user_id}"
        return next((n for n, a in self.accounts.items() if a.user_id == user_id), None)


def read(settings: Mapping[str, Mapping[str, Any]]) -> TwitterSettings:
    """Read the plugin's part of the desk file.

    Raises:
        ConfigError: anything is wrong; every mistake is named with its path.
    """
    return read_settings(settings.get(NETWORK, {}), TwitterSettings, PATH)
