"""What replies need from the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from attrs import frozen

from scskit.core.ids import CaseId
from scskit.core.outbound import Attempt, Part, Reply

SuspensionKind = Literal["account", "customer", "crisis"]


@frozen(kw_only=True)
class Suspension:
    """Something that may not be written to, or by, for now.

    Attributes:
        kind: ``account``: nothing leaves by it; ``customer``: nothing goes to this identity or
            customer; ``crisis``: nothing leaves by this account without an approval.
        name: the account's, identity's or customer's id; for ``crisis``, ``*`` is every account.
        since: when it was switched on.
        by: who did.
        because: why.
    """

    kind: SuspensionKind
    name: str
    since: datetime
    by: str
    because: str = ""


@frozen(kw_only=True)
class Keyed:
    """A call that bore a key: what it asked for, and what it made."""

    name: str
    fingerprint: str
    result: str
    made_at: datetime


class ReplyRows(Protocol):
    """Reads and writes of one tenant for replies. Within a transaction what is read is locked."""

    def replies(self, ids: Iterable[str]) -> dict[str, Reply]:
        """Return replies by id, as they stand without their parts."""
        ...

    def replies_of(self, case_id: CaseId) -> list[Reply]:
        """Return the replies of a case, oldest first."""
        ...

    def asked(self, after: str, limit: int) -> list[Reply]:
        """Return replies that wait for an approval, oldest first."""
        ...

    def add_reply(self, reply: Reply) -> None:
        """Store a new reply."""
        ...

    def put_reply(self, reply: Reply, before: int) -> None:
        """Store a changed reply that stood at version ``before``."""
        ...

    def parts_of(self, reply_ids: Iterable[str]) -> dict[str, list[Part]]:
        """Return the parts of replies, in order."""
        ...

    def parts(self, ids: Iterable[str]) -> dict[str, Part]:
        """Return parts by id."""
        ...

    def as_they_stand(self, parts: Iterable[Part]) -> dict[str, Part]:
        """Return parts, by id, as others may have moved them since these were read."""
        ...

    def add_parts(self, parts: Sequence[Part]) -> None:
        """Store new parts."""
        ...

    def put_parts(self, parts: Sequence[Part]) -> None:
        """Store where parts stand now."""
        ...

    def ready(self, now: datetime, limit: int) -> list[Part]:
        """Return parts that somebody has to look at by now and nothing in their lane precedes.

        They are locked; those that somebody else has locked are left to them.
        """
        ...

    def away(self, accounts: Iterable[str]) -> list[Part]:
        """Return the parts of accounts that are being sent, or of which nobody knows."""
        ...

    def tried(self, lanes: Iterable[str]) -> list[Part]:
        """Return the parts of conversations that were tried before, and wait to be sent again."""
        ...

    def stuck(self, after: str, limit: int) -> list[Part]:
        """Return parts that failed, or of which nobody will find out by themselves."""
        ...

    def attempts(self, part_id: str) -> list[Attempt]:
        """Return the attempts to deliver a part, oldest first."""
        ...

    def put_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Write attempts down, or what came of them."""
        ...

    def keyed(self, name: str) -> Keyed | None:
        """Return what a call with this key made."""
        ...

    def add_keyed(self, keyed: Keyed) -> None:
        """Write down what a call made; another call with its key must not have been faster."""
        ...

    def forget_keys(self, until: datetime) -> None:
        """Forget the keys of calls that were made before ``until``."""
        ...

    def suspensions(self) -> list[Suspension]:
        """Return what may not be written to, or by."""
        ...

    def put_suspension(self, suspension: Suspension) -> None:
        """Switch a suspension on."""
        ...

    def remove_suspension(self, kind: str, name: str) -> bool:
        """Switch a suspension off, and tell whether it was on."""
        ...
