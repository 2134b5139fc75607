"""Reading what is stored: the feed, a case's log, lists of cases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from scskit.core.case import Case
from scskit.core.escalation import Contact
from scskit.core.records import CaseFilter, FeedPage, LedgerEntry, Quarantined
from scskit.core.time import from_micros, to_micros
from scskit.storage import case_rows, rows
from scskit.storage.drivers import Driver
from scskit.storage.events import EVENT_COLUMNS, read_recorded
from scskit.storage.sql import Named, both, column_names

CASE_COLUMNS = ", ".join(column_names("scs_case"))
_POSITION = re.compile(r"(?:([0-9]{1,18})\.)?([0-9]{1,18})")

FEED = Named(
    sqlite=(
        f"SELECT {EVENT_COLUMNS} FROM scs_event"  # noqa: S608
        " WHERE tenant = ? AND (txn, position) > (?, ?) ORDER BY txn, position LIMIT ?"
    ),
    # Nothing from a transaction that might still be followed by an older one: the numbers of
    # all transactions below the snapshot's minimum are settled.
    postgresql=(
        f"SELECT {EVENT_COLUMNS} FROM scs_event"  # noqa: S608
        " WHERE tenant = %s AND (txn, position) > (%s, %s)"
        " AND txn < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        " ORDER BY txn, position LIMIT %s"
    ),
)
TENANTS = "SELECT DISTINCT tenant FROM scs_policy ORDER BY tenant"
QUARANTINE = both(
    f"SELECT {', '.join(column_names('scs_quarantine'))} FROM scs_quarantine"  # noqa: S608
    " WHERE tenant = ? AND id > ? AND state = ? ORDER BY id LIMIT ?"
)
QUARANTINE_LINE = both(
    f"SELECT {', '.join(column_names('scs_quarantine'))} FROM scs_quarantine"  # noqa: S608
    " WHERE tenant = ? AND id = ?"
)
PARKED_LINES = both(
    f"SELECT {', '.join(column_names('scs_ledger'))} FROM scs_ledger"  # noqa: S608
    " WHERE tenant = ? AND state = 'parked' AND kind = ? AND received_at <= ?"
    " ORDER BY tenant, account_id, awaits LIMIT ?"
)


CONTACTS = {
    person: both(
        f"SELECT id, opened_at FROM scs_case WHERE tenant = ? AND {person} = ? AND reason = ?"  # noqa: S608
        " AND opened_at >= ? AND id <> ? AND state NOT IN ('merged', 'dismissed') ORDER BY id"
    )
    for person in ("identity_id", "customer_id")
}
"""A person's other cases on a reason, by the handle and by the customer."""


def parse_position(after: str) -> tuple[int, int]:
    """Read a feed position.

    Raises:
        ValueError: the text is not one that a feed page returned.
    """
    found = _POSITION.fullmatch(after)
    if after and not found:
        message = f"feed position {after!r} is not one that a feed page returned"
        raise ValueError(message)
    txn, position = found.groups() if found else (0, 0)
    return int(txn or 0), int(position)


def read_feed(driver: Driver, tenant: str, after: str, limit: int) -> FeedPage:
    """Return the events that follow ``after``."""
    found = driver.query(FEED, (tenant, *parse_position(after), limit))
    events = tuple(map(read_recorded, found))
    return FeedPage(events=events, cursor=events[-1].position if events else after)


def read_tenants(driver: Driver) -> tuple[str, ...]:
    """Return every tenant that ever had a desk on the database."""
    return tuple(tenant for (tenant,) in driver.query(TENANTS))


def read_quarantine(
    driver: Driver, tenant: str, after: str, limit: int, state: str
) -> list[Quarantined]:
    """Return quarantined messages in order of arrival."""
    found = driver.query(QUARANTINE, (tenant, after, state, limit))
    return list(map(rows.read_quarantine, found))


def read_quarantine_line(driver: Driver, tenant: str, id_: str) -> Quarantined | None:
    """Return one line of the quarantine, whatever its state."""
    found = driver.query(QUARANTINE_LINE, (tenant, id_))
    return rows.read_quarantine(found[0]) if found else None


def read_parked(
    driver: Driver, tenant: str, kind: str, until: datetime, limit: int
) -> list[LedgerEntry]:
    """Return parked lines of one kind that came at or before ``until``."""
    found = driver.query(PARKED_LINES, (tenant, kind, to_micros(until), limit))
    return list(map(rows.read_ledger, found))


def read_contacts(driver: Driver, tenant: str, case: Case, since: datetime) -> list[Contact]:
    """Return a person's other cases on the same reason, oldest first."""
    same = (case.reason, to_micros(since), case.id)
    found = set(driver.query(CONTACTS["identity_id"], (tenant, case.identity_id, *same)))
    if case.customer_id is not None:
        found.update(driver.query(CONTACTS["customer_id"], (tenant, case.customer_id, *same)))
    contacts = (Contact(case_id=id_, opened_at=from_micros(at)) for id_, at in found)
    return sorted(contacts, key=lambda contact: (contact.opened_at, contact.case_id))


def _conditions(wanted: CaseFilter) -> tuple[list[str], list[Any]]:
    """Return SQL conditions (with ``?``) and their parameters."""
    parts: list[tuple[str, Sequence[Any]]] = []
    for name, values in (("state", wanted.states), ("priority", wanted.priorities)):
        if values:
            parts.append((f"{name} IN ({', '.join('?' * len(values))})", values))
    if wanted.queue and wanted.states and set(wanted.states) <= {"new", "open"}:
        # In the words of the index of waiting cases: from parameters no planner concludes it.
        parts.append(("state IN ('new', 'open')", ()))
    equal = {
        "queue": wanted.queue,
        "agent": wanted.agent,
        "account_id": wanted.account,
        "identity_id": wanted.identity,
        "customer_id": wanted.customer,
    }
    parts.extend((f"{name} = ?", (value,)) for name, value in equal.items() if value is not None)
    if wanted.reason:
        parts.append(
            ("(reason = ? OR substr(reason, 1, ?) = ?)", _below(wanted.reason)),
        )
    if wanted.opened_from:
        parts.append(("opened_at >= ?", (to_micros(wanted.opened_from),)))
    if wanted.opened_before:
        parts.append(("opened_at < ?", (to_micros(wanted.opened_before),)))
    return [text for text, _ in parts], [value for _, values in parts for value in values]


def _below(reason: str) -> tuple[str, int, str]:
    prefix = f"{reason}."
    return reason, len(prefix), prefix


def find_cases(  # noqa: PLR0913  a page: of what, from where, how long, which way
    driver: Driver, tenant: str, wanted: CaseFilter, after: str, limit: int, *, newest_first: bool
) -> list[tuple[Case, bytes]]:
    """Return one page of cases, each with the hash of its last event."""
    conditions, parameters = _conditions(wanted)
    if after:
        conditions.append("id < ?" if newest_first else "id > ?")
        parameters.append(after)
    where = "".join(f" AND {condition}" for condition in conditions)
    direction = "DESC" if newest_first else "ASC"
    statement = both(
        f"SELECT {CASE_COLUMNS} FROM scs_case WHERE tenant = ?{where}"  # noqa: S608
        f" ORDER BY id {direction} LIMIT ?"
    )
    found = driver.query(statement, (tenant, *parameters, limit))
    return [case_rows.read_case(row) for row in found]


def case_pages(
    driver: Driver, tenant: str, wanted: CaseFilter, size: int
) -> Iterator[list[tuple[Case, bytes]]]:
    """Yield all cases, oldest id first, ``size`` at a time."""
    after = ""
    while page := find_cases(driver, tenant, wanted, after, size, newest_first=False):
        yield page
        after = page[-1][0].id
