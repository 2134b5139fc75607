"""Checking a live database: every chain unbroken, every row what its events say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256

from attrs import Factory, define

from scskit.core.case import Case
from scskit.core.errors import ScsError
from scskit.core.events import Event, InteractionAdded, InteractionRevised
from scskit.core.lifecycle import evolve
from scskit.core.ports import CaseFilter
from scskit.storage.chain import link
from scskit.storage.drivers import Driver, Row
from scskit.storage.events import EVENT_COLUMNS, read_recorded
from scskit.storage.queries import case_pages
from scskit.storage.sql import Lookup, both, column_names

PAGE = 500

CASE_EVENTS = Lookup("scs_event", ("case_id",), column_names("scs_event"), order="seq")
DIGESTED = Lookup("scs_interaction", ("id",), ("id", "revision", '"text"', "deleted"))
ORPHANS = both(
    f"SELECT {EVENT_COLUMNS} FROM scs_event e WHERE tenant = ? AND NOT EXISTS"  # noqa: S608
    " (SELECT 1 FROM scs_case c WHERE c.tenant = e.tenant AND c.id = e.case_id)"
    " ORDER BY txn, position LIMIT ?"
)
MISPLACED = both(
    "SELECT account_id, kind, external_id FROM scs_ledger l"
    " WHERE tenant = ? AND state = 'applied' AND interaction_id IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM scs_interaction i WHERE i.tenant = l.tenant AND i.id = l.interaction_id)"
    " LIMIT ?"
)


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
    for page in case_pages(driver, tenant, CaseFilter(), PAGE):
        for problem in _check_page(driver, tenant, page, report):
            report.problems.append(problem)
            if len(report.problems) >= most:
                return report
    left = most - len(report.problems)
    report.problems.extend(
        f"{_name(row)}: its case has no row" for row in driver.query(ORPHANS, (tenant, left))
    )
    report.problems.extend(
        f"ledger line {account}/{kind}/{external}: its interaction is missing"
        for account, kind, external in driver.query(MISPLACED, (tenant, left))
    )
    return report


def _check_page(
    driver: Driver, tenant: str, page: list[tuple[Case, bytes]], report: VerifyReport
) -> Iterator[str]:
    logs: dict[str, list[Row]] = defaultdict(list)
    for row in driver.fetch(CASE_EVENTS, tenant, [(case.id,) for case, _ in page]):
        logs[row[3]].append(row)
    texts = _texts(driver, tenant, logs)
    for case, head in page:
        report.cases += 1
        report.events += len(logs[case.id])
        problem = _check_case(case, head, logs[case.id], texts)
        if problem:
            yield problem


def _texts(
    driver: Driver, tenant: str, logs: dict[str, list[Row]]
) -> dict[tuple[str, int], tuple[str, bool]]:
    """Return text and deletion mark of each revision that the events speak of."""
    wanted = {(_interaction(row),) for log in logs.values() for row in log if _interaction(row)}
    found = driver.fetch(DIGESTED, tenant, sorted(wanted))
    return {(id_, revision): (text, bool(deleted)) for id_, revision, text, deleted in found}


def _interaction(row: Row) -> str:
    if row[5] not in {InteractionAdded.type, InteractionRevised.type}:
        return ""
    try:
        event = read_recorded(row).event
    except ScsError:
        return ""
    return str(getattr(event, "interaction_id", ""))


def _check_case(
    case: Case, head: bytes, log: list[Row], texts: dict[tuple[str, int], tuple[str, bool]]
) -> str | None:
    if not log:
        return f"case {case.id}: it has no events"
    folded: Case | None = None
    previous = b""
    position = (-1, -1)
    for number, row in enumerate(log, 1):
        problem = _check_event(row, number, previous, position)
        if problem:
            return f"{_name(row)}: {problem}"
        try:
            event = read_recorded(row).event
            folded = evolve(folded, event)
        except ScsError as error:
            return f"{_name(row)}: {error}"
        if problem := _check_text(event, texts):
            return f"{_name(row)}: {problem}"
        previous, position = bytes(row[12]), (row[1], row[2])
    return _check_row(case, head, folded, previous, len(log))


def _check_event(row: Row, number: int, previous: bytes, position: tuple[int, int]) -> str | None:
    if row[4] != number:
        return f"event {number} is missing from the log"
    if link(previous, (row[0], *row[2:12])) != bytes(row[12]):
        return "the event was altered, or one before it was removed or reordered"
    if (row[1], row[2]) <= position:
        return "its place in the feed is before that of the event it follows"
    return None


def _check_text(event: Event, texts: dict[tuple[str, int], tuple[str, bool]]) -> str | None:
    if isinstance(event, InteractionAdded):
        revision = 0
    elif isinstance(event, InteractionRevised):
        revision = event.revision
    else:
        return None
    found = texts.get((event.interaction_id, revision))
    if found is None:
        return f"interaction {event.interaction_id} revision {revision} is missing"
    text, _ = found
    if sha256(text.encode()).hexdigest() != event.digest:
        return f"the text of interaction {event.interaction_id} revision {revision} was altered"
    return None


def _check_row(
    case: Case, head: bytes, folded: Case | None, last: bytes, length: int
) -> str | None:
    if head != last or case.version != length:
        return (
            f"case {case.id}: the row is at version {case.version}, its log ends at {length} "
            "with another hash: events are missing at the end, or the row was altered"
        )
    if folded != case:
        names = ", ".join(
            name
            for name, value in case.__dict__.items()
            if folded is None or value != folded.__dict__[name]
        )
        return f"case {case.id}: the row differs from what its events say, in: {names}"
    return None


def _name(row: Row) -> str:
    return f"event {row[4]} ({row[5]}) of case {row[3]} at position {row[2]}"
