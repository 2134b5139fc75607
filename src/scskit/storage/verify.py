"""Checking a live database: every chain unbroken, every row what its events say.

Memory is bounded: cases are read by pages, events by slices, and texts never leave the database
driver but as digests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from attrs import Factory, define

from scskit.storage.archive import past_calendars
from scskit.storage.audit import Audit, Evidence, Line, Times, name_event, read_lines
from scskit.storage.drivers import Driver, Row
from scskit.storage.events import EVENT_COLUMNS
from scskit.storage.sql import Named, both, column_names

PAGE = 500
"""How many cases are looked at together."""

SLICE = 5000
"""How many events of a case are looked at together, and of how many cases as well."""

_VERSION = column_names("scs_case").index("version")

CASES = both(
    f"SELECT {', '.join(column_names('scs_case'))} FROM scs_case"  # noqa: S608
    " WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?"
)
EVENTS = Named(
    sqlite=(
        f"SELECT {EVENT_COLUMNS} FROM scs_event"  # noqa: S608
        " WHERE case_id = ? AND tenant = ? AND seq > ? AND seq <= ? ORDER BY seq"
    ),
    postgresql=(
        f"SELECT {', '.join(f'e.{name}' for name in column_names('scs_event'))}"  # noqa: S608
        " FROM unnest(%s::text[]) AS k(case_id) JOIN scs_event e ON e.case_id = k.case_id"
        " WHERE e.tenant = %s AND e.seq > %s AND e.seq <= %s ORDER BY k.case_id, e.seq"
    ),
)
ORPHANS = both(
    f"SELECT {EVENT_COLUMNS} FROM scs_event e WHERE tenant = ? AND NOT EXISTS"  # noqa: S608
    " (SELECT 1 FROM scs_case c WHERE c.tenant = e.tenant AND c.id = e.case_id) AND NOT EXISTS"
    " (SELECT 1 FROM scs_event f WHERE f.tenant = e.tenant AND f.case_id = e.case_id"
    " AND f.seq < e.seq) ORDER BY txn, position LIMIT ?"
)
"""The first event of each case that has no row."""

OUT_OF_TIME = Named(
    sqlite=f"SELECT {EVENT_COLUMNS} FROM scs_event WHERE tenant = ? AND txn <> 0 LIMIT ?",  # noqa: S608
    postgresql=(
        f"SELECT {EVENT_COLUMNS} FROM scs_event WHERE tenant = %s"  # noqa: S608
        " AND txn >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        " AND txn > coalesce(pg_current_xact_id_if_assigned()::text::bigint, 0) LIMIT %s"
    ),
)
"""Events of transactions that this database has not seen: the feed would not show them."""

STRAYS = (
    (
        "interaction {}: its case {} has no row",
        both(
            "SELECT id, case_id FROM scs_interaction i WHERE tenant = ? AND case_id IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM scs_case c WHERE c.tenant = i.tenant"
            " AND c.id = i.case_id) ORDER BY id LIMIT ?"
        ),
    ),
    (
        "interaction {} (message {} of {}): no ledger line leads to it",
        both(
            "SELECT id, external_id, account_id FROM scs_interaction i WHERE tenant = ?"
            " AND revision = 0 AND NOT EXISTS (SELECT 1 FROM scs_ledger l"
            " WHERE l.tenant = i.tenant AND l.account_id = i.account_id AND l.kind = 'message'"
            " AND l.external_id = i.external_id AND l.revision = 0 AND l.interaction_id = i.id)"
            " ORDER BY id LIMIT ?"
        ),
    ),
    (
        "person {} in thread {}: their case {} has no row",
        both(
            "SELECT identity_id, thread_id, case_id FROM scs_case_thread p WHERE tenant = ?"
            " AND NOT EXISTS (SELECT 1 FROM scs_case c WHERE c.tenant = p.tenant"
            " AND c.id = p.case_id) ORDER BY thread_id LIMIT ?"
        ),
    ),
    (
        "ledger line {}/{}/{}: its interaction is missing",
        both(
            "SELECT account_id, kind, external_id FROM scs_ledger l WHERE tenant = ?"
            " AND state = 'applied' AND interaction_id IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM scs_interaction i WHERE i.tenant = l.tenant"
            " AND i.id = l.interaction_id) LIMIT ?"
        ),
    ),
)
"""What points to something that is not there."""


@define
class VerifyReport:
    """What a check found.

    Attributes:
        cases: how many cases were checked.
        events: how many events were checked.
        problems: one line per problem, the first bad row of each damaged case.
    """

    cases: int = 0
    events: int = 0
    problems: list[str] = Factory(list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(driver: Driver, tenant: str, *, most: int = 100) -> VerifyReport:
    """Check every case of a tenant.

    Args:
        driver: an open connection; one read transaction, so writers may go on meanwhile.
        tenant: whose cases.
        most: stop after this many problems.

    Returns:
        The counts and the problems, in order of the cases' ids.
    """
    report = VerifyReport()
    report.problems.extend(islice(_problems(driver, tenant, most, report), most))
    return report


def _problems(driver: Driver, tenant: str, most: int, report: VerifyReport) -> Iterator[str]:
    after, times = "", Times(past_calendars(driver, tenant, ""))
    while page := driver.query(CASES, (tenant, after, PAGE)):
        after = page[-1][1]
        for audits in _slices(page):
            for audit in _check(driver, tenant, audits, times):
                report.cases += 1
                report.events += audit.events
                if audit.problem:
                    yield audit.problem
    for row in driver.query(ORPHANS, (tenant, most)):
        yield f"{name_event(row)}: its case has no row"
    for row in driver.query(OUT_OF_TIME, (tenant, most)):
        yield (
            f"{name_event(row)}: it claims transaction {row[1]}, which this database has not seen:"
            " the feed does not show it"
        )
    for sentence, statement in STRAYS:
        yield from (sentence.format(*row) for row in driver.query(statement, (tenant, most)))


def _slices(page: list[Row]) -> Iterator[list[Audit]]:
    """Yield the cases of a page, together as long as they have few events."""
    audits: list[Audit] = []
    size = 0
    for row in page:
        events = row[_VERSION] if isinstance(row[_VERSION], int) else SLICE
        if audits and size + events > SLICE:
            yield audits
            audits, size = [], 0
        audits.append(Audit(row))
        size += events
    yield audits


def _check(driver: Driver, tenant: str, audits: list[Audit], times: Times) -> list[Audit]:
    unread, start = audits, 0
    while unread:
        logs: dict[str, list[Line]] = defaultdict(list)
        lines = read_lines(_events(driver, tenant, [audit.id for audit in unread], start))
        evidence = Evidence(driver, tenant, lines)
        for line in lines:
            logs[line.case_id].append(line)
        for audit in unread:
            audit.follow(logs[audit.id], evidence)
        unread = [audit for audit in unread if len(logs[audit.id]) == SLICE]
        start += SLICE
    for audit in audits:
        audit.finish(times)
    return audits


def _events(driver: Driver, tenant: str, cases: list[str], start: int) -> list[Row]:
    bounds = (tenant, start, start + SLICE)
    if driver.name == "sqlite":
        return [row for case in cases for row in driver.query(EVENTS, (case, *bounds))]
    return driver.query(EVENTS, (cases, *bounds))
