"""What a desk holds for personal data, and where it may be said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from scskit.core.identity import ASSURANCE_ORDER, Assurance

Needed = Literal["anonymous", "claimed", "verified", "never"]
"""How sure a desk must be of who reads it, before a kind of data may be said in private."""

NEEDS: tuple[Needed, ...] = (*ASSURANCE_ORDER, "never")

KINDS: tuple[str, ...] = ("card", "iban", "bank_account", "national_id", "phone", "email")
"""The kinds that are known everywhere; a desk names more by its own patterns."""

SENSITIVE: Mapping[str, Needed] = {
    "card": "verified",
    "iban": "verified",
    "bank_account": "verified",
    "national_id": "verified",
}
"""What is not said in private either, unless the desk knows to whom."""


@frozen(kw_only=True)
class PrivacyPolicy:
    """What counts as personal data, and who may read which of it in private.

    In public nobody may, whatever this says.

    Attributes:
        regions: ISO 3166 codes of the countries whose numbers people write without a country
            code, the desk's own first; without any, what its time zone and languages suggest.
        patterns: names of further kinds, such as ``order``, and regular expressions that find them.
        private: how sure the desk must be of who reads a kind in private, beside ``SENSITIVE``;
            kinds that neither names may be read by anybody there.
        allowed: the brand's own numbers and addresses, which may stand anywhere; one that begins
            with ``@`` stands for all addresses of a domain.
    """

    regions: tuple[str, ...] = ()
    patterns: Mapping[str, str] = field(factory=dict)
    private: Mapping[str, Needed] = field(factory=dict)
    allowed: tuple[str, ...] = ()

    def needs(self, kind: str) -> Needed:
        """Return how sure the desk must be of who reads a kind of data in private."""
        return self.private.get(kind) or SENSITIVE.get(kind, "anonymous")

    def lets_read(self, kind: str, assurance: Assurance) -> bool:
        """Tell whether a person known so well may read a kind of data in private."""
        return NEEDS.index(assurance) >= NEEDS.index(self.needs(kind))
