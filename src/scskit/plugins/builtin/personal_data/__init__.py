"""Personal data: never in public, labelled where a customer posts it; found by ``finding.find``.

Opening a desk loads this file alone. What looks for data is loaded with the first text that may
hold some, and the telephone numbers of the world with the first that may hold one.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from scskit.core.triage import Label, Labels
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scskit.core.case import Case
    from scskit.core.identity import Assurance
    from scskit.core.interaction import Message
    from scskit.core.policy import Policy
    from scskit.core.reply import Draft, Violation

SOURCE = "personal-data"
KIND = "personal_data"
"""The kind of the labels; their values are the kinds of data."""

_WIDE_AT = frozenset("\uff20\ufe6b")


class PersonalData:
    """Keeps personal data out of public replies, and labels public messages that hold some."""

    def __init__(self, policy: Policy) -> None:
        """Know what the policy says of personal data."""
        self._policy = policy
        self._patterns = bool(policy.privacy and policy.privacy.patterns)

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Label each public message of a customer with the kinds of data it shows to everybody."""
        return [self._classify(message) for message in interactions]

    def _classify(self, message: Message) -> Labels:
        if message.visibility != "public" or message.direction != "inbound":
            return ()
        if not (self._patterns or may_hold(message.text)):
            return ()
        from scskit.plugins.builtin.personal_data.checking import kinds_in  # noqa: PLC0415

        with _silence("message"):
            return tuple(
                Label(KIND, kind, SOURCE, 1.0, f"found: {names}")
                for kind, names in kinds_in(message.text, self._policy, message.language)
            )

    @hookimpl
    def scskit_check_reply(
        self, draft: Draft, case: Case | None, assurance: Assurance
    ) -> tuple[Violation, ...]:
        """Say where a reply holds personal data that its readers may not see."""
        from scskit.plugins.builtin.personal_data.checking import violations  # noqa: PLC0415

        with _silence("draft"):
            return tuple(violations(draft, case, assurance, self._policy))


@contextmanager
def _silence(what: str) -> Iterator[None]:
    """Let no error through that may quote what it was about: errors are logged."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  raised again, without its words
        reason = type(error).__name__
        raise ValueError(f"a {what} could not be looked through: {reason}") from None


def may_hold(text: str) -> bool:
    """Tell at little cost, and in almost all cases rightly, whether a text holds personal data.

    For the flood of what customers write; what leaves is looked through in any case.
    """
    digits, odd_digits, address, spelt = _signs()
    return bool(
        digits.search(text)
        or ("@" in text and address.search(text))
        or "%40" in text
        or "arroba" in text.lower()
        or (any(sign in text for sign in "([{<") and spelt.search(text))
        or (not text.isascii() and (odd_digits.search(text) or _WIDE_AT.intersection(text)))
    )


@cache
def _signs() -> tuple[re.Pattern[str], ...]:
    """Return what finds digits close together, and addresses in two ways of writing them.

    Odd digits are circled, raised and lowered ones, which no script counts with.
    """
    odd = r"[\d\xb2\xb3\xb9\u2070-\u2089\u2460-\u24ff\u2776-\u2793\U0001f100-\U0001f10a]"
    return (
        *(re.compile(rf"{digit}(?:[^\w@]{{0,3}}[^\W\d]?{digit}){{5}}") for digit in (r"\d", odd)),
        re.compile(r"@(?<=[^\s@(\[].)\w"),
        re.compile(r"[\[({<](?:\s?[aA][tT]\b|\s?@)"),
    )
