"""Announcements: one thing that is said to everybody, on many accounts at once.

Each target is a post of its own: its words, its way, its outcome. All of them are written down
together, so that whoever is killed in the middle finds the same targets again, and none of them
twice. Until they are queued the announcement moves as a whole::

    awaiting_approval ──► rejected
            └──────────┴──► queued    (awaiting_approval ──► cancelled)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from attrs import field, frozen

from scskit.core.interaction import Attachment
from scskit.core.outbound import Approval, Part, PartState, ReplyState, state_of

AnnouncementState = Literal["awaiting_approval", "rejected", "queued", "cancelled"]


@frozen(kw_only=True)
class Target:
    """What one account says.

    Attributes:
        id: made by the desk; the id of its part in the outbox.
        account_id: the account.
        text: what it says there.
        attachments: media that go with it.
        extra: what only this network understands, such as the post that is quoted.
        template: the template it was made from, with its version.
    """

    id: str
    account_id: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    extra: dict[str, Any] = field(factory=dict)
    template: str = ""


@frozen(kw_only=True)
class Announcement:
    """One thing that is said on several accounts.

    Attributes:
        id: made by the desk, time-ordered.
        version: how often it was changed.
        state: where it stands as a whole.
        by: who wrote it.
        body_hash: what tells its words from any other, on all accounts: what is approved.
        targets: what is said where.
        created_at: when it was written.
        updated_at: when it was last changed.
        not_before: when it leaves at the earliest.
        asked_for: why it needs an approval, in words.
        expires_at: until when an approval can be given.
        approvals: what approvers said, oldest first.
        case_id: the case whose message it passes on; empty for what comes from nobody.
        detail: why it was rejected or cancelled.
    """

    id: str
    version: int
    state: AnnouncementState
    by: str
    body_hash: str
    targets: tuple[Target, ...]
    created_at: datetime
    updated_at: datetime
    not_before: datetime | None = None
    asked_for: tuple[str, ...] = ()
    expires_at: datetime | None = None
    approvals: tuple[Approval, ...] = ()
    case_id: str = ""
    detail: str = ""


@frozen(kw_only=True)
class Published:
    """An announcement with what became of each target.

    Attributes:
        announcement: the announcement.
        parts: by account, where its post stands in the outbox; empty until it is queued.
    """

    announcement: Announcement
    parts: Mapping[str, Part] = field(factory=dict)

    @property
    def id(self) -> str:
        """The announcement's id."""
        return self.announcement.id

    @property
    def state(self) -> ReplyState:
        """Where it stands; once it is queued, what its targets make of it."""
        if self.announcement.state != "queued" or not self.parts:
            return self.announcement.state
        return state_of(part.state for part in self.parts.values())

    @property
    def outcomes(self) -> Mapping[str, PartState]:
        """Where each account's post stands."""
        return {account: part.state for account, part in self.parts.items()}


class AnnouncementRows(Protocol):
    """Reads and writes of one tenant for announcements."""

    def get(self, id_: str) -> Announcement | None:
        """Return an announcement; within a transaction it is locked."""
        ...

    def latest(self, before: str, limit: int) -> list[Announcement]:
        """Return announcements, the latest first, from before an id on; all if it is empty."""
        ...

    def asked(self, after: str, limit: int) -> list[Announcement]:
        """Return announcements that wait for an approval, oldest first."""
        ...

    def add(self, announcement: Announcement) -> None:
        """Store a new announcement."""
        ...

    def put(self, announcement: Announcement, before: int) -> None:
        """Store a changed announcement that stood at version ``before``."""
        ...
