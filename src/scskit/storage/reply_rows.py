"""Replies, the outbox and its journal: between values and rows, and every statement on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve

from scskit.core.ids import CaseId
from scskit.core.outbound import Attempt, Part, Reply
from scskit.core.reply_ports import Keyed, Suspension
from scskit.core.time import from_micros, to_micros
from scskit.storage.drivers import Driver, Replacements, Row, insert_into
from scskit.storage.rows import instant, micros
from scskit.storage.sql import Insert, Lookup, Named, Update, both, column_names
from scskit.wire.replies import read_outbound, read_reply, write_outbound, write_reply
from scskit.wire.text import decode, encode

_REPLY = ("body", "state", "version")
_PART = tuple(name for name in column_names("scs_outbox") if name != "tenant")

REPLY = Lookup("scs_reply", ("id",), _REPLY, lock="t")
REPLY_AS_IT_IS = Lookup("scs_reply", ("id",), _REPLY)
REPLIES_OF = Lookup("scs_reply", ("case_id",), _REPLY, order="id", index="ix_scs_reply_case")
ASKED = both(
    f"SELECT {', '.join(_REPLY)} FROM scs_reply"  # noqa: S608
    " WHERE tenant = ? AND state = 'awaiting_approval' AND id > ? ORDER BY id LIMIT ?"
)
NEW_REPLY = Insert("scs_reply")
CHANGED_REPLY = Update("scs_reply", ("state", "version", "body"), ("tenant", "id", "version"))

PART = Lookup("scs_outbox", ("id",), _PART, lock="t")
PART_AS_IT_IS = Lookup("scs_outbox", ("id",), _PART)
STANDING = Lookup(
    "scs_outbox",
    ("id",),
    ("id", "state", "ready_at", "attempts", "external_id", "detail"),
    lock="t",
)
PARTS_OF = Lookup(
    "scs_outbox", ("reply_id",), _PART, order="number", index="ix_scs_outbox_reply", lock="t"
)
PARTS_OF_AS_IT_IS = Lookup(
    "scs_outbox", ("reply_id",), _PART, order="number", index="ix_scs_outbox_reply"
)
AWAY = Lookup(
    "scs_outbox",
    ("account_id",),
    _PART,
    where="t.state IN ('sending', 'unknown')",
    index="ix_scs_outbox_away",
    lock="t",
)
# The first condition is that of the index: SQLite takes it for no less than that.
TRIED = Lookup(
    "scs_outbox",
    ("lane",),
    _PART,
    where="t.state IN ('queued', 'sending', 'unknown', 'failed')"
    " AND t.state = 'queued' AND t.attempts > 0",
    index="ix_scs_outbox_lane",
    lock="t",
)
NEW_PART = Insert("scs_outbox")
MOVED_PART = Update(
    "scs_outbox", ("state", "ready_at", "attempts", "external_id", "detail"), ("tenant", "id")
)

# A part waits for those before it in its lane: for what is still to leave, for what may yet turn
# out not to have left, and within its own reply also for what a person has to decide about.
_FIRST = (
    "(o.state <> 'queued' OR NOT EXISTS (SELECT 1 FROM scs_outbox p{lane}"
    " WHERE p.tenant = o.tenant AND p.lane = o.lane"
    " AND p.state IN ('queued', 'sending', 'unknown', 'failed')"
    " AND (p.place, p.id) < (o.place, o.id)"
    " AND (p.state IN ('queued', 'sending') OR p.reply_id = o.reply_id"
    " OR (p.state = 'unknown' AND p.ready_at IS NOT NULL))))"
)
_READY = (
    f"SELECT {', '.join(f'o.{name}' for name in _PART)} FROM scs_outbox o"  # noqa: S608
    f" WHERE o.tenant = ? AND o.ready_at IS NOT NULL AND o.ready_at <= ? AND {_FIRST}"
    " ORDER BY o.ready_at, o.id LIMIT ?"
)
_NEXT = (
    "SELECT o.ready_at FROM scs_outbox o"  # noqa: S608
    f" WHERE o.tenant = ? AND o.ready_at IS NOT NULL AND {_FIRST}"
    " ORDER BY o.ready_at, o.id LIMIT 1"
)
_LANE = " INDEXED BY ix_scs_outbox_lane"
READY = Named(
    sqlite=_READY.format(lane=_LANE),
    postgresql=f"{_READY.format(lane='').replace('?', '%s')} FOR UPDATE OF o SKIP LOCKED",
)
NEXT_READY = Named(
    sqlite=_NEXT.format(lane=_LANE), postgresql=_NEXT.format(lane="").replace("?", "%s")
)
STUCK = both(
    f"SELECT {', '.join(_PART)} FROM scs_outbox"  # noqa: S608
    " WHERE tenant = ? AND state IN ('unknown', 'failed') AND ready_at IS NULL AND id > ?"
    " ORDER BY id LIMIT ?"
)

ATTEMPTS = Lookup("scs_attempt", ("part_id",), column_names("scs_attempt"), order="number")
PUT_ATTEMPT = Insert("scs_attempt", update=("ended_at", "outcome", "detail"))
KEYED = Lookup("scs_idempotency", ("name",), column_names("scs_idempotency"))
NEW_KEYED = Insert("scs_idempotency")
OLD_KEYS = both("DELETE FROM scs_idempotency WHERE tenant = ? AND made_at < ? RETURNING name")
SUSPENSIONS = both(
    f"SELECT {', '.join(column_names('scs_suspension'))} FROM scs_suspension"  # noqa: S608
    " WHERE tenant = ? ORDER BY kind, name"
)
PUT_SUSPENSION = Insert("scs_suspension", update=("since", "suspended_by", "because"))
NO_SUSPENSION = both(
    "DELETE FROM scs_suspension WHERE tenant = ? AND kind = ? AND name = ? RETURNING name"
)


class ReplyRows:
    """Reads and writes of one tenant for replies; see ``core.reply_ports``."""

    def __init__(self, driver: Driver, tenant: str, *, writing: bool = True) -> None:
        """Work on an open connection; only who is ``writing`` locks what it reads."""
        self._driver = driver
        self._tenant = tenant
        self._writing = writing

    # Replies.

    def replies(self, ids: Iterable[str]) -> dict[str, Reply]:
        """Return replies by id."""
        lookup = REPLY if self._writing else REPLY_AS_IT_IS
        found = self._driver.fetch(lookup, self._tenant, [(id_,) for id_ in sorted(set(ids))])
        return {reply.id: reply for reply in map(_read_reply, found)}

    def replies_of(self, case_id: CaseId) -> list[Reply]:
        """Return the replies of a case, oldest first."""
        return list(map(_read_reply, self._driver.fetch(REPLIES_OF, self._tenant, [(case_id,)])))

    def asked(self, after: str, limit: int) -> list[Reply]:
        """Return replies that wait for an approval, oldest first."""
        return list(map(_read_reply, self._driver.query(ASKED, (self._tenant, after, limit))))

    def add_reply(self, reply: Reply) -> None:
        """Store a new reply."""
        row = (
            self._tenant,
            reply.id,
            reply.case_id,
            reply.state,
            reply.version,
            write_reply(reply),
        )
        self._driver.insert(NEW_REPLY, [row])

    def put_reply(self, reply: Reply, before: int) -> None:
        """Store a changed reply that stood at version ``before``."""
        row = (reply.state, reply.version, write_reply(reply), self._tenant, reply.id, before)
        replaced = Replacements(self._driver)
        replaced.add(CHANGED_REPLY, [row])
        replaced.check()

    # Parts.

    def parts_of(self, reply_ids: Iterable[str]) -> dict[str, list[Part]]:
        """Return the parts of replies, in order."""
        lookup = PARTS_OF if self._writing else PARTS_OF_AS_IT_IS
        keys = [(id_,) for id_ in sorted(set(reply_ids))]
        parts: dict[str, list[Part]] = defaultdict(list)
        for part in map(read_part, self._driver.fetch(lookup, self._tenant, keys)):
            parts[part.reply_id].append(part)
        return parts

    def parts(self, ids: Iterable[str]) -> dict[str, Part]:
        """Return parts by id."""
        lookup = PART if self._writing else PART_AS_IT_IS
        found = self._driver.fetch(lookup, self._tenant, [(id_,) for id_ in sorted(set(ids))])
        return {part.id: part for part in map(read_part, found)}

    def as_they_stand(self, parts: Iterable[Part]) -> dict[str, Part]:
        """Return parts as they stand now; what leaves never changes, and is not read again."""
        known = {part.id: part for part in parts}
        keys = [(id_,) for id_ in sorted(known)]
        found = self._driver.fetch(STANDING, self._tenant, keys)
        return {id_: _moved(known[id_], standing) for id_, *standing in found}

    def add_parts(self, parts: Sequence[Part]) -> None:
        """Store new parts."""
        insert_into(self._driver, NEW_PART, [_part_row(self._tenant, part) for part in parts])

    def put_parts(self, parts: Sequence[Part]) -> None:
        """Store where parts stand now."""
        if parts:
            self._driver.update(
                MOVED_PART, [(*_standing(part), self._tenant, part.id) for part in parts]
            )

    def ready(self, now: datetime, limit: int) -> list[Part]:
        """Return parts that somebody has to look at by now; see ``core.reply_ports``."""
        return list(
            map(read_part, self._driver.query(READY, (self._tenant, to_micros(now), limit)))
        )

    def away(self, accounts: Iterable[str]) -> list[Part]:
        """Return the parts of accounts that are being sent, or of which nobody knows."""
        keys = [(account,) for account in sorted(set(accounts))]
        return list(map(read_part, self._driver.fetch(AWAY, self._tenant, keys)))

    def tried(self, lanes: Iterable[str]) -> list[Part]:
        """Return the parts of conversations that were tried before, and wait to be sent again."""
        keys = [(lane,) for lane in sorted(set(lanes))]
        return list(map(read_part, self._driver.fetch(TRIED, self._tenant, keys)))

    def stuck(self, after: str, limit: int) -> list[Part]:
        """Return parts that failed, or of which nobody will find out by themselves."""
        return list(map(read_part, self._driver.query(STUCK, (self._tenant, after, limit))))

    # The journal.

    def attempts(self, part_id: str) -> list[Attempt]:
        """Return the attempts to deliver a part, oldest first."""
        return list(map(_read_attempt, self._driver.fetch(ATTEMPTS, self._tenant, [(part_id,)])))

    def put_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Write attempts down, or what came of them."""
        insert_into(self._driver, PUT_ATTEMPT, [_attempt_row(self._tenant, a) for a in attempts])

    # Calls with a key.

    def keyed(self, name: str) -> Keyed | None:
        """Return what a call with this key made."""
        for row in self._driver.fetch(KEYED, self._tenant, [(name,)]):
            _, _, fingerprint, result, made_at = row
            return Keyed(
                name=name, fingerprint=fingerprint, result=result, made_at=from_micros(made_at)
            )
        return None

    def add_keyed(self, keyed: Keyed) -> None:
        """Write down what a call made."""
        row = (
            self._tenant,
            keyed.name,
            keyed.fingerprint,
            keyed.result,
            to_micros(keyed.made_at),
        )
        self._driver.insert(NEW_KEYED, [row])

    def forget_keys(self, until: datetime) -> None:
        """Forget the keys of calls that were made before ``until``."""
        self._driver.query(OLD_KEYS, (self._tenant, to_micros(until)))

    # Suspensions.

    def suspensions(self) -> list[Suspension]:
        """Return what may not be written to, or by."""
        return [
            Suspension(kind=kind, name=name, since=from_micros(since), by=by, because=because)
            for _, kind, name, since, by, because in self._driver.query(
                SUSPENSIONS, (self._tenant,)
            )
        ]

    def put_suspension(self, suspension: Suspension) -> None:
        """Switch a suspension on."""
        row = (
            self._tenant,
            suspension.kind,
            suspension.name,
            to_micros(suspension.since),
            suspension.by,
            suspension.because,
        )
        self._driver.insert(PUT_SUSPENSION, [row])

    def remove_suspension(self, kind: str, name: str) -> bool:
        """Switch a suspension off, and tell whether it was on."""
        return bool(self._driver.query(NO_SUSPENSION, (self._tenant, kind, name)))


def next_ready(driver: Driver, tenant: str) -> datetime | None:
    """Return when somebody has to look at the outbox next."""
    for (found,) in driver.query(NEXT_READY, (tenant,)):
        return instant(found)
    return None


def _read_reply(row: Row) -> Reply:
    return read_reply(row[0])


def _part_row(tenant: str, part: Part) -> Row:
    outbound = part.outbound
    return (
        tenant,
        part.id,
        part.reply_id,
        part.number,
        part.kind,
        part.lane,
        to_micros(part.place),
        outbound.account,
        outbound.case_id,
        part.by,
        part.purpose,
        write_outbound(outbound),
        *_standing(part),
    )


def _standing(part: Part) -> Row:
    """Return what changes of a part on its way."""
    said = {
        "code": part.code,
        "error_class": part.error_class,
        "detail": part.detail,
        "forgiven": part.forgiven,
        "looks": part.looks,
    }
    told = {name: value for name, value in said.items() if value}
    return (
        part.state,
        micros(part.ready_at),
        part.attempts,
        part.external_id,
        encode(told) if told else None,
    )


def read_part(row: Sequence[Any]) -> Part:
    """Build a part from its row, without the tenant."""
    (_, reply_id, number, kind, lane, place, _, _, by, purpose, payload, *standing) = row
    return Part(
        outbound=read_outbound(payload),
        reply_id=reply_id,
        number=number,
        kind=kind,
        lane=lane,
        place=from_micros(place),
        by=by,
        purpose=purpose,
        **_read_standing(standing),
    )


def _read_standing(row: Sequence[Any]) -> dict[str, Any]:
    """Return what changes of a part on its way, by name."""
    state, ready_at, attempts, external_id, detail = row
    return {
        "state": state,
        "ready_at": instant(ready_at),
        "attempts": attempts,
        "external_id": external_id,
        **(decode(detail) if detail else {}),
    }


def _moved(part: Part, standing: Sequence[Any]) -> Part:
    """Return a part as it stands; every claim counts an attempt, so others leave a trace."""
    state, _, attempts, *_ = standing
    if (state, attempts) == (part.state, part.attempts):
        return part
    fresh = {"forgiven": 0, "looks": 0, "code": "", "error_class": None, "detail": ""}
    return evolve(part, **{**fresh, **_read_standing(standing)})


def _attempt_row(tenant: str, attempt: Attempt) -> Row:
    said = {
        "code": attempt.code,
        "request_id": attempt.request_id,
        "detail": attempt.detail,
    }
    told = {name: value for name, value in said.items() if value}
    return (
        tenant,
        attempt.part_id,
        attempt.number,
        to_micros(attempt.began_at),
        micros(attempt.ended_at),
        attempt.outcome,
        encode(told) if told else None,
    )


def _read_attempt(row: Row) -> Attempt:
    _, part_id, number, began_at, ended_at, outcome, detail = row
    return Attempt(
        part_id=part_id,
        number=number,
        began_at=from_micros(began_at),
        ended_at=instant(ended_at),
        outcome=outcome,
        **(decode(detail) if detail else {}),
    )
