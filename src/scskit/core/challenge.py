"""Verifying who somebody is: a challenge, what answers it, and how often one may try.

The built-in way is a code of six digits that reaches the person by another road than the
conversation. Of the code only a slow, salted hash is kept, so that whoever reads the database finds
it out too late. What a person types back is recognised at the door and never written down.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Literal, Protocol
from unicodedata import digit

from attrs import evolve, frozen

from scskit.core.ids import CaseId, IdentityId

DIGITS = 6
MOST_ATTEMPTS = 5
LASTS = timedelta(minutes=10)
REMEMBERED = timedelta(days=1)
"""For so long a code is recognised, and kept out of the transcript, whatever became of it."""

MASK = "•" * DIGITS
_ROUNDS = 100_000
_TESTED = 4
"""So many numbers of one message are tried; in a message with more, none is left standing."""

_GAP = r"[\s\-._·\u2013\u2014\u200b-\u200f\u2060\ufeff]{0,3}"
_RUN = re.compile(rf"\d(?:{_GAP}\d){{{DIGITS - 1},}}")
_TOKEN = re.compile(r"\d+")

ChallengeState = Literal["open", "verified", "failed", "withdrawn"]
Outcome = Literal["verified", "wrong", "exhausted", "expired", "said_in_public"]
"""What came of an answer."""


@frozen(kw_only=True)
class Challenge:
    """One attempt to find out whether somebody is who they say.

    Attributes:
        id: made by the desk.
        case_id: the case that it is about.
        identity_id: who has to answer.
        method: ``code``, or one that a plugin knows.
        issued_by: the actor.
        issued_at: when.
        expires_at: until when it can be answered.
        crm_id: the record of the CRM that the person claims to be; empty for the customer that
            the identity is linked to.
        salt: of the hash.
        hash: what a code is compared with; empty for other methods.
        attempts: how often it was answered wrongly.
        state: where it stands.
    """

    id: str
    case_id: CaseId
    identity_id: IdentityId
    method: str
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    crm_id: str = ""
    salt: str = ""
    hash: str = ""
    attempts: int = 0
    state: ChallengeState = "open"

    @property
    def attempts_left(self) -> int:
        """How often it may still be answered."""
        return max(MOST_ATTEMPTS - self.attempts, 0) if self.state == "open" else 0

    def matches(self, code: str) -> bool:
        """Tell whether this is the code; takes the same time whatever it is."""
        return hmac.compare_digest(self.hash, hash_of(code, self.salt))

    def answered(self, outcome: Outcome) -> Challenge:
        """Return the challenge after an answer."""
        attempts = self.attempts + (outcome in {"wrong", "exhausted"})
        state: ChallengeState = "failed"
        if outcome in {"wrong", "verified"}:
            state = "open" if outcome == "wrong" else "verified"
        return evolve(self, attempts=attempts, state=state)

    def judge(self, right: bool, now: datetime) -> Outcome:  # noqa: FBT001  it is the answer
        """Say what comes of an answer that was right or wrong in itself."""
        if now >= self.expires_at:
            return "expired"
        if right:
            return "verified"
        return "wrong" if self.attempts + 1 < MOST_ATTEMPTS else "exhausted"


@frozen(kw_only=True)
class Verification:
    """What came of an answer to a challenge.

    Attributes:
        verified: whether they are who they say.
        outcome: why, for programs.
        attempts_left: how often they may still try.
    """

    verified: bool
    outcome: Outcome
    attempts_left: int


class ChallengeRows(Protocol):
    """Reads and writes of one tenant for challenges; a transaction locks what it reads."""

    def of_people(self, people: Iterable[IdentityId]) -> dict[IdentityId, list[Challenge]]:
        """Return the challenges to these identities, oldest first."""
        ...

    def of_case(self, case_id: CaseId) -> Challenge | None:
        """Return the latest challenge of a case."""
        ...

    def put(self, challenge: Challenge) -> None:
        """Store a challenge, in place of the one that its case had."""
        ...


def hash_of(code: str, salt: str) -> str:
    """Return what is kept of a code."""
    return hashlib.pbkdf2_hmac("sha256", code.encode(), bytes.fromhex(salt), _ROUNDS).hex()


def plain_code(text: str) -> str:
    """Return the digits of what somebody typed, as 0 to 9."""
    return "".join(str(digit(sign)) for sign in text if sign.isdecimal())


@frozen
class Typed:
    """A number in a text that may be a code.

    Attributes:
        code: its digits.
        start: where it begins.
        end: behind its last digit.
        alone: no further digits stand beside it: then it is nothing else.
    """

    code: str
    start: int
    end: int
    alone: bool


def typed_codes(text: str) -> tuple[Typed, ...]:
    """Return what in a text may be a code, those that are nothing else first.

    A code may be typed with blanks and signs in it, in any script's digits.
    """
    if _RUN.search(text) is None:  # nearly all messages
        return ()
    found = [one for run in _RUN.finditer(text) for one in _in_run(run)]
    return tuple(sorted(found, key=lambda one: not one.alone))


def _in_run(run: re.Match[str]) -> Sequence[Typed]:
    """Return the groups of whole numbers in a run of digits that have as many as a code."""
    text, tokens = run.group(), list(_TOKEN.finditer(run.group()))
    before = [0, *accumulate(len(token.group()) for token in tokens)]
    by_end = dict(zip(before[1:], tokens, strict=True))
    return [
        Typed(
            code=plain_code(text[first.start() : last.end()]),
            start=run.start() + first.start(),
            end=run.start() + last.end(),
            alone=before[-1] == DIGITS,
        )
        for count, first in zip(before, tokens, strict=False)
        if (last := by_end.get(count + DIGITS)) is not None
    ]


def tried(found: Sequence[Typed]) -> Sequence[Typed]:
    """Return those that are tried; none where there are so many that somebody guesses."""
    codes = dict.fromkeys(one.code for one in found)
    return found if len(codes) <= _TESTED else ()


def without(text: str, found: Iterable[Typed]) -> str:
    """Return a text with a mask in place of numbers that do not overlap."""
    pieces, after = list[str](), 0
    for one in sorted(found, key=lambda one: one.start):
        pieces += [text[after : one.start], MASK]
        after = one.end
    return "".join([*pieces, text[after:]])
