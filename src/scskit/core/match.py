"""Typed matchers: the ``when`` of every rule. No expression language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from fnmatch import translate
from unicodedata import normalize

from attrs import define, field, frozen


@define(kw_only=True)
class Facts:
    """What a rule can ask about.

    Attributes:
        account: the account id.
        network: the connector's name.
        purpose: the account's purpose.
        visibility: ``public`` or ``private``.
        kind: post, comment, reply, direct_message, review.
        text: the message's text, lower case.
        age: how long ago the customer wrote.
        followers: the author's reach.
        tier: the customer's tier.
        language: as decided at triage.
        reason: as decided at triage.
        contact_type: as decided at triage.
        noise: as decided at triage.
        sentiment: as decided at triage.
        engagement: as decided at triage.
        priority: as decided at triage.
        labels: any other label, by kind.
    """

    account: str
    network: str
    purpose: str
    visibility: str
    kind: str
    text: str = ""
    age: timedelta = timedelta(0)
    followers: int | None = None
    tier: str | None = None
    language: str | None = None
    reason: str | None = None
    contact_type: str | None = None
    noise: str | None = None
    sentiment: str = "unknown"
    engagement: str = "answer"
    priority: str = "P3"
    labels: dict[str, str] = field(factory=dict)


Check = Callable[[Facts], bool]

TEXT_KEYS = (
    "account",
    "network",
    "purpose",
    "visibility",
    "kind",
    "language",
    "reason",
    "contact_type",
    "noise",
    "sentiment",
    "tier",
    "engagement",
    "priority",
)


def _text_check(key: str, patterns: tuple[str, ...]) -> Check:
    if any(set(pattern) & set("*?[") for pattern in patterns):
        found = re.compile("|".join(translate(pattern) for pattern in patterns)).match
        return lambda facts: (value := getattr(facts, key)) is not None and bool(found(value))
    values = frozenset(patterns)
    return lambda facts: getattr(facts, key) in values


def _words_check(words: tuple[str, ...]) -> Check:
    found = word_pattern(words).search
    return lambda facts: found(facts.text) is not None


def word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds any of ``words`` as whole words in lower-case text.

    Accents may be missing or be other ones, on either side: people leave them out. The ñ is a
    letter of its own.
    """
    alternatives = "|".join(
        "".join(_letter(letter) for letter in normalize("NFC", word.lower())) for word in words
    )
    return re.compile(rf"(?<!\w)(?:{alternatives})(?![\w{_MARKS}])")


_ACCENTED = {"a": "àáâãäå", "c": "ç", "e": "èéêë", "i": "ìíîï", "o": "òóôõö", "u": "ùúûü"}
_PLAIN = {accented: plain for plain, every in _ACCENTED.items() for accented in every}
_MARKS = "\u0300-\u036f"  # accents that stand behind their letter, as some systems write them


def _letter(letter: str) -> str:
    plain = _PLAIN.get(letter, letter)
    if plain in _ACCENTED:
        return f"[{plain}{_ACCENTED[plain]}][{_MARKS}]?"
    apart = normalize("NFD", letter)
    return re.escape(letter) if apart == letter else f"(?:{letter}|{apart})"


@frozen(kw_only=True)
class When:
    """All of these must hold; a key that is left out always holds.

    Attributes:
        account: any of these ids; ``*`` and ``?`` as in file names. So for all text keys.
        network: any of these connectors.
        purpose: any of care, marketing, mixed.
        visibility: public or private.
        kind: any of post, comment, reply, direct_message, review.
        language: any of these codes.
        reason: any of these reasons; ``billing.*`` is everything below ``billing``.
        contact_type: any of these.
        noise: any of these; ``*`` is any noise.
        sentiment: any of these.
        tier: any of these customer tiers.
        engagement: any of answer, monitor, forward, dismiss.
        priority: any of P1 to P4.
        words: any of these stands in the text as a whole word, whatever its case and accents.
        followers_min: the author's reach is known and at least this.
        followers_max: the author's reach is known and at most this.
        age_min: the customer wrote at least this long ago.
        label: for each kind, any of these values.
    """

    account: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()
    visibility: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    contact_type: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    engagement: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    followers_min: int | None = None
    followers_max: int | None = None
    age_min: timedelta | None = None
    label: dict[str, tuple[str, ...]] = field(factory=dict)
    _checks: tuple[Check, ...] = field(init=False, eq=False, repr=False)

    @_checks.default
    def _compile(self) -> tuple[Check, ...]:
        checks = [
            _text_check(key, patterns) for key in TEXT_KEYS if (patterns := getattr(self, key))
        ]
        if self.words:
            checks.append(_words_check(self.words))
        if (low := self.followers_min) is not None:
            checks.append(lambda facts: facts.followers is not None and facts.followers >= low)
        if (high := self.followers_max) is not None:
            checks.append(lambda facts: facts.followers is not None and facts.followers <= high)
        if (age := self.age_min) is not None:
            checks.append(lambda facts: facts.age >= age)
        for kind, values in self.label.items():
            checks.append(_label_check(kind, values))
        return tuple(checks)

    def matches(self, facts: Facts) -> bool:
        """Tell whether every given key holds for ``facts``."""
        for check in self._checks:  # noqa: SIM110  a generator costs three times this loop
            if not check(facts):
                return False
        return True


def _label_check(kind: str, values: tuple[str, ...]) -> Check:
    wanted = frozenset(values)
    return lambda facts: facts.labels.get(kind) in wanted
