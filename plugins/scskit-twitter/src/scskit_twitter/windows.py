"""What X lets a brand say to whom: asked before anything is sent, and answered from values alone.

X knows no time window. It knows two rules that a reply meets before it leaves: its length, and,
for every app without another agreement, that replies are for people who mentioned the account or
quoted its post (changelog of 2026-02-23). All others can be offered a direct message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scskit.plugins import Violation
from scskit_twitter.config import NETWORK, AccountSettings
from scskit_twitter.errors import NOT_SUMMONED
from scskit_twitter.weight import weighted_length

TOO_LONG = "too-long"


def refused(
    text: str, visibility: str, answers: Mapping[str, Any], account: AccountSettings
) -> tuple[Violation, ...]:
    """Return what speaks against sending a text.

    Args:
        text: what it says.
        visibility: ``public`` or ``private``.
        answers: the ``extra`` of the message it answers, as ``parse`` gave it; its ``summoned``
            tells whether the author called for the account. Empty where it answers nothing.
        account: who sends it.
    """
    found = (_length(text, visibility, account), _summons(visibility, answers, account))
    return tuple(violation for violation in found if violation is not None)


def _length(text: str, visibility: str, account: AccountSettings) -> Violation | None:
    length = len(text) if visibility == "private" else weighted_length(text)
    longest = account.longest(visibility)
    if length <= longest:
        return None
    unit = "characters" if visibility == "private" else "as X counts (links 23, emoji 2)"
    message = f"The text has {length} of {longest} {unit}: shorten it by {length - longest}."
    return Violation(TOO_LONG, message, NETWORK)


def _summons(
    visibility: str, answers: Mapping[str, Any], account: AccountSettings
) -> Violation | None:
    if visibility != "public" or account.replies == "anybody" or answers.get("summoned", True):
        return None
    message = (
        "X lets apps answer only who mentioned the account or quoted its post, and this author did "
        "neither: offer a direct message."
    )
    return Violation(NOT_SUMMONED, message, NETWORK, remedy="private")
