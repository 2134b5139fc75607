"""What the desk file says of WhatsApp: ``[plugins.whatsapp]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import Attribute, field, frozen

from scskit.core.errors import ConfigError
from scskit.plugins import Secret, read_settings
from scskit_meta.config import MetaSettings, is_version
from scskit_whatsapp.limits import API_VERSION

_NUMBER = re.compile(r"\+[1-9][0-9 .()-]{5,24}", re.ASCII)


def _international(_: object, attribute: Attribute[str], value: str) -> None:
    if value and not _NUMBER.fullmatch(value):
        raise ValueError(f'{attribute.name}: found {value!r}; allowed: such as "+34 600 123 456"')


@frozen(kw_only=True)
class Number:
    """One business phone number.

    Attributes:
        phone_number_id: Meta's id of the number; not the number itself.
        token: sends on its behalf; without one, the account only receives.
        business_account_id: the WhatsApp Business Account that it belongs to, for notices that
            are about the whole of it.
        number: the number itself, in international form: people of other networks are led there.
    """

    phone_number_id: str
    token: Secret | None = None
    business_account_id: str = ""
    number: str = field(default="", validator=_international)

    @property
    def digits(self) -> str:
        """The number as links have it."""
        return "".join(filter(str.isdigit, self.number))


@frozen(kw_only=True)
class WhatsAppSettings(MetaSettings):
    """The whole table.

    Attributes:
        accounts: the numbers, by the id of their account in the desk.
        api_version: the version of the Graph API.
    """

    api_version: str = field(default=API_VERSION, validator=is_version)
    accounts: Mapping[str, Number] = field(factory=dict)

    def account_of(self, phone_number_id: str) -> str | None:
        """Return the account that has this number; a desk without any names it after the id."""
        if not self.accounts:
            return f"whatsapp.{phone_number_id}"
        return self._by("phone_number_id", phone_number_id)

    def account_of_business(self, business_account_id: str) -> str:
        """Return an account of a business, or a name made of its id."""
        found = self._by("business_account_id", business_account_id)
        return found or f"whatsapp.{business_account_id}"

    def _by(self, attribute: str, value: str) -> str | None:
        found = (name for name, n in self.accounts.items() if getattr(n, attribute) == value)
        return next(found, None)


def read_config(settings: Mapping[str, Any]) -> WhatsAppSettings:
    """Read the table ``[plugins.whatsapp]``.

    Raises:
        ConfigError: anything in it is wrong, or two accounts claim the same number.
    """
    found = read_settings(settings, WhatsAppSettings, "plugins.whatsapp")
    owners: dict[str, str] = {}
    problems = []
    for name, number in found.accounts.items():
        other = owners.setdefault(number.phone_number_id, name)
        if other != name:
            problems.append(
                f'plugins.whatsapp.accounts."{name}".phone_number_id: found '
                f'"{number.phone_number_id}", which "{other}" has; allowed: one account per number'
            )
    if problems:
        raise ConfigError(problems)
    return found
