"""Who may read which of what was found: the brand's policy, applied to replies and messages.

Nothing in here repeats what was found: violations and labels go into logs and events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scskit.core.case import Case
from scskit.core.identity import Assurance
from scskit.core.policy import Policy
from scskit.core.privacy import KINDS, PrivacyPolicy
from scskit.core.reply import Draft, Violation
from scskit.plugins.builtin.personal_data import SOURCE
from scskit.plugins.builtin.personal_data.finding import Finder, finder
from scskit.plugins.builtin.personal_data.found import Found
from scskit.plugins.builtin.personal_data.plain import plain
from scskit.plugins.builtin.personal_data.regions import regions_of

_WHAT: Final = {
    "card": "a card number",
    "iban": "a bank account (IBAN)",
    "bank_account": "a bank account",
    "national_id": "the number of an identity document",
    "phone": "a phone number",
    "email": "an e-mail address",
}
_SPOKEN_KEYS: Final = frozenset({"text", "title", "body", "caption", "header", "footer"})
"""Keys in ``Draft.extra`` whose values people read."""

_SHORTEST_SAME = 7
"""Digits that two ways of writing one telephone number must have in common."""


def kinds_in(text: str, policy: Policy, language: str | None) -> list[tuple[str, str]]:
    """Return the kinds of data in a text, each with the names of what was found.

    The gravest comes last: rules that see one label of a kind see the last.
    """
    kinds: dict[str, dict[str, None]] = {}
    for one in _found(text, policy, language):
        kinds.setdefault(one.kind, {})[one.name] = None
    ordered = sorted(kinds, key=lambda kind: -KINDS.index(kind) if kind in KINDS else -len(KINDS))
    return [(kind, ", ".join(kinds[kind])) for kind in ordered]


def violations(
    draft: Draft, case: Case | None, assurance: Assurance, policy: Policy
) -> Iterator[Violation]:
    """Yield one violation for each piece of data that may not be said where a draft goes.

    Args:
        draft: the reply.
        case: the case it answers; None where it answers nobody.
        assurance: how sure the desk is of who the customer is.
        policy: the policy in force.
    """
    language = case.language if case else None
    for one in _found(draft.text, policy, language):
        if message := _against(one, draft, assurance, policy):
            yield _violation(one, message, one.start, one.end)
    for text in _beside(draft):
        for one in _found(text, policy, language):
            if message := _against(one, draft, assurance, policy):
                yield _violation(one, f"Beside the text: {message}", None, None)


def _violation(one: Found, message: str, start: int | None, end: int | None) -> Violation:
    return Violation(f"personal_data.{one.kind}", message, SOURCE, start, end)


def _against(one: Found, draft: Draft, assurance: Assurance, policy: Policy) -> str | None:
    """Return what speaks against saying something where a draft goes; None for nothing."""
    what = _WHAT.get(one.kind, f"personal data ({one.kind})")
    if draft.visibility != "private":
        return f"found {what}: it never goes public; take it out, or say it in private."
    privacy = policy.privacy or PrivacyPolicy()
    if privacy.lets_read(one.kind, assurance):
        return None
    needed = privacy.needs(one.kind)
    if needed == "never":
        return f"found {what}: this desk never sends it; take it out."
    return f"found {what}: for a customer who is {needed}, and this one is {assurance}."


def _found(text: str, policy: Policy, language: str | None) -> list[Found]:
    privacy = policy.privacy or PrivacyPolicy()
    own = privacy.allowed
    found = _finder(policy, privacy, language).find(text)
    return [one for one in found if not (own and _is_own(text[one.start : one.end], own))]


def _finder(policy: Policy, privacy: PrivacyPolicy, language: str | None) -> Finder:
    regions = regions_of(policy, language)
    return finder(regions.dialled, privacy.patterns, regions.home)


def _beside(draft: Draft) -> Iterator[str]:
    """Yield what else of a draft people read: titles of media, words in a template."""
    for attachment in draft.attachments:
        yield attachment.title
    yield from _spoken(draft.extra)


def _spoken(value: Any, key: str = "") -> Iterator[str]:  # noqa: ANN401  JSON
    waiting: list[tuple[Any, str]] = [(value, key)]
    while waiting:
        one, name = waiting.pop()
        if isinstance(one, Mapping):
            waiting += [(inner, str(inner_name)) for inner_name, inner in one.items()]
        elif isinstance(one, list | tuple):
            waiting += [(inner, name) for inner in one]
        elif isinstance(one, str) and name in _SPOKEN_KEYS:
            yield one


def _is_own(written: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether it is one of the brand's own numbers and addresses, however written."""
    seen = plain(written).text
    return any(_same(seen, plain(one).text) for one in allowed)


def _same(seen: str, own: str) -> bool:
    if "@" in own:
        return seen.endswith(own) if own.startswith("@") else seen == own
    one, other = (_compact(text) for text in (seen, own))
    if one.isdigit() and other.isdigit():
        shorter, longer = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
        return len(shorter) >= _SHORTEST_SAME and longer.endswith(shorter)
    return one == other


def _compact(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())
