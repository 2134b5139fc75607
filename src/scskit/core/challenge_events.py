"""What can happen to a case while somebody is verified. No event holds a code, or where it went."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from scskit.core.event import Event


@frozen(kw_only=True, slots=False)
class ChallengeIssued(Event):
    """Somebody was asked to prove who they are, until ``expires_at``."""

    type: ClassVar[str] = "challenge_issued"

    challenge_id: str
    identity_id: str
    method: str
    expires_at: datetime


@frozen(kw_only=True, slots=False)
class IdentityVerified(Event):
    """Somebody proved who they are; ``evidence`` says how, ``customer_id`` who that is."""

    type: ClassVar[str] = "identity_verified"

    challenge_id: str
    identity_id: str
    customer_id: str
    method: str
    evidence: str


@frozen(kw_only=True, slots=False)
class ChallengeFailed(Event):
    """A challenge was answered wrongly or too late, given away, or never arrived.

    ``reason`` is ``wrong``, ``exhausted``, ``expired``, ``said_in_public`` or ``not_delivered``.
    """

    type: ClassVar[str] = "challenge_failed"

    challenge_id: str
    identity_id: str
    reason: str
    attempts_left: int


CHALLENGE_EVENTS: tuple[type[Event], ...] = (ChallengeIssued, IdentityVerified, ChallengeFailed)
"""They move a case's version and nothing else of it."""
