"""What waits and who has what, read for the choice of agents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from scskit.core.agent import Presence
from scskit.core.assigning import delegable, weight_of
from scskit.core.case import PRIORITIES
from scskit.core.ids import CaseId
from scskit.core.policy import Policy
from scskit.core.records import CaseDraft
from scskit.core.time import from_micros, to_micros
from scskit.core.waiting import Waiting, rank
from scskit.core.work_policy import WorkPolicy
from scskit.core.work_ports import Heads, Said
from scskit.storage import case_rows, work_rows
from scskit.storage.drivers import Driver, Row, Rows
from scskit.storage.rows import instant
from scskit.storage.sql import Insert, Lookup, Named, both, column_names
from scskit.storage.tables import NEVER_DUE
from scskit.wire.text import decode

_COLUMNS = (
    "id",
    "queue",
    "queued_at",
    "priority",
    "due_at",
    "level",
    "account_id",
    "visibility",
    "last_agent",
    "last_agent_at",
    "detail",
    "offered_to",
)
# In the words of the index, which holds everything that follows, so that no row is looked at that
# is not returned.
_UNOWNED = "tenant = ? AND queue = ? AND agent IS NULL AND state IN ('new', 'open')"
_NEVER = 1 << 61
"""An amount of time that never passes: half of what a column holds, so that sums fit as well."""


def _streams(table: str, aged: str) -> Iterator[str]:
    """Yield ordered lists of what waits in a queue; see ``heads_parameters``.

    The first holds what waiting has raised, of that with a due instant: found by age in ``aged``,
    and sorted on the way. All others come out of the index in the order of work: for each priority
    what is due, and what is not due at all, where age alone decides, so that what waiting has
    raised is first (PostgreSQL only follows the index if all of its columns are named).
    """
    yield (
        f"SELECT id FROM {aged} WHERE {_UNOWNED}"  # noqa: S608
        f" AND due_at > {NEVER_DUE} AND queued_at <= ?"
        " ORDER BY CASE WHEN queued_at <= ? THEN 0 ELSE"
        " {greatest}(CAST(substr(priority, 2) AS integer) - (? - queued_at) / ?, 1) END,"
        " CASE WHEN queued_at <= ? THEN queued_at ELSE due_at END, queued_at, id LIMIT ?"
    )
    for priority in PRIORITIES:
        where = f"{_UNOWNED} AND priority = '{priority}' AND due_at"
        yield (
            f"SELECT id FROM {table} WHERE {where} IS NOT NULL AND queued_at > ?"  # noqa: S608
            " ORDER BY due_at, queued_at, id LIMIT ?"
        )
        yield (
            f"SELECT id FROM {table} WHERE {where} IS NULL AND queued_at > ?"  # noqa: S608
            " ORDER BY due_at, queued_at, id LIMIT ?"
        )


def _heads(table: str, aged: str, greatest: str) -> str:
    columns = ", ".join(f"c.{name}" for name in _COLUMNS)
    lists = " UNION ALL ".join(
        f"SELECT {number} AS stream, id FROM ({stream}) AS s{number}"  # noqa: S608
        for number, stream in enumerate(_streams(table, aged))
    )
    return (
        f"SELECT h.stream, {columns} FROM ({lists}) AS h"  # noqa: S608
        " JOIN scs_case c ON c.tenant = ? AND c.id = h.id"
    ).replace("{greatest}", greatest)


HEADS = Named(
    # Its planner takes the index of the queue for it, and reads every case.
    sqlite=_heads(
        "scs_case INDEXED BY ix_scs_case_work", "scs_case INDEXED BY ix_scs_case_aged", "max"
    ),
    postgresql=_heads("scs_case", "scs_case", "greatest").replace("?", "%s"),
)


def heads_parameters(
    tenant: str, queue: str, policy: WorkPolicy, now: datetime, depth: int
) -> tuple[str | int, ...]:
    """Return the parameters of ``HEADS``, for ``depth`` cases of each list at most."""
    instant_ = to_micros(now)
    aging, promote = _amount(policy.aging), _amount(policy.promote_after)
    raised = instant_ - min(aging, promote)
    where = (tenant, queue)
    oldest = instant_ - promote
    first = (*where, raised, oldest, instant_, aging, oldest, depth)
    others = (*where, raised, depth, *where, -_NEVER, depth) * len(PRIORITIES)
    return (*first, *others, tenant)


_ACTIVE = "{held} WHERE tenant = ? AND agent {which} AND state IN ('new', 'open')"
_OFFERED = "{offered} WHERE tenant = ? AND offered_to {which}"
_HELD = (
    f"SELECT agent, account_id, visibility FROM {_ACTIVE}"  # noqa: S608
    f" UNION ALL SELECT offered_to, account_id, visibility FROM {_OFFERED}"
)


def _named(statement: str, which: str) -> Named:
    """Return a statement in which SQLite, without statistics, does not choose its index itself."""
    tables = {name: f"scs_case INDEXED BY ix_scs_case_{name}" for name in ("held", "offered")}
    plain = dict.fromkeys(tables, "scs_case")
    return Named(
        sqlite=statement.format(which=which, **tables),
        postgresql=statement.format(which=which, **plain).replace("?", "%s"),
    )


HELD_BY = _named(_HELD, "= ?")
HELD = _named(_HELD, "IS NOT NULL")
CASES_OF = _named(f"SELECT id FROM {_ACTIVE}", "= ?")  # noqa: S608
AGENTS = both("SELECT name, presence, since FROM scs_agent WHERE tenant = ? ORDER BY name")
AGENT = Lookup("scs_agent", ("name",), ("name", "presence", "since"))
PUT_AGENT = Insert("scs_agent", update=("presence", "since"))
# Whoever decides about a case at the same time will have given it to somebody.
FREE_CASE = Lookup("scs_case", ("id",), column_names("scs_case"), lock="t", skip_locked=True)


class WorkRows:
    """Reads and writes of one tenant for the choice of agents; see ``core.work_ports``."""

    def __init__(self, driver: Driver, tenant: str) -> None:
        """Work on an open connection."""
        self._driver = driver
        self._tenant = tenant

    def heads(self, queues: Iterable[str], policy: Policy, now: datetime, depth: int) -> Heads:
        """Return the first cases that wait in some queues, ``depth`` of each list at most."""
        with self._driver.pipeline():
            answers = [self._ask(queue, policy, now, depth) for queue in queues]
        heads = Heads()
        for answer in answers:
            _collect(heads, answer(), policy, now, depth)
        return heads

    def _ask(self, queue: str, policy: Policy, now: datetime, depth: int) -> Rows:
        given = heads_parameters(self._tenant, queue, policy.work, now, depth)
        return self._driver.ask(HEADS, given)

    def weights(self, policy: Policy, agent: str | None = None) -> dict[str, tuple[float, ...]]:
        """Return what the active cases of agents (or one) weigh, and those offered to them."""
        tenant = self._tenant
        if agent is None:
            found = self._driver.query(HELD, (tenant, tenant))
        else:
            found = self._driver.query(HELD_BY, (tenant, agent, tenant, agent))
        weights: defaultdict[str, list[float]] = defaultdict(list)
        for name, account, visibility in found:
            weights[name].append(weight_of(account, visibility, policy))
        return {name: tuple(each) for name, each in weights.items()}

    def presences(self, agents: Iterable[str] | None = None) -> dict[str, Said]:
        """Return what some agents said, or all of them."""
        if agents is None:
            found = self._driver.query(AGENTS, (self._tenant,))
        else:
            found = self._driver.fetch(AGENT, self._tenant, [(name,) for name in agents])
        return {
            name: Said(cast("Presence", presence), from_micros(since))
            for name, presence, since in found
        }

    def put_presence(self, agent: str, said: Said) -> None:
        """Keep what an agent said."""
        row = (self._tenant, agent, said.presence, to_micros(said.since))
        self._driver.insert(PUT_AGENT, [row])

    def free_cases(self, ids: Iterable[CaseId]) -> dict[CaseId, CaseDraft]:
        """Return cases, locked, without those that somebody else is deciding about."""
        drafts: dict[CaseId, CaseDraft] = {}
        for row in self._driver.fetch(FREE_CASE, self._tenant, [(id_,) for id_ in sorted(ids)]):
            case, head = case_rows.read_case(row)
            times = case_rows.stored_times(row)
            drafts[case.id] = CaseDraft(case, head, [], case.version, times)
        return drafts

    def active_cases(self, agent: str) -> list[CaseId]:
        """Return the active cases of an agent, oldest first."""
        return sorted(id_ for (id_,) in self._driver.query(CASES_OF, (self._tenant, agent)))


def _collect(heads: Heads, rows: Iterable[Row], policy: Policy, now: datetime, depth: int) -> None:
    streams: defaultdict[int, list[Waiting]] = defaultdict(list)
    for stream, *row, offered_to in rows:
        waiting = _read_waiting(row, policy)
        streams[stream].append(waiting)
        if offered_to is None:
            heads.waiting.append(waiting)
    for found in streams.values():
        if len(found) == depth:
            heads.last.append(max(found, key=lambda one: rank(one, now, policy.work)))


def _amount(time: timedelta | None) -> int:
    return _NEVER if time is None else time // timedelta(microseconds=1)


def _read_waiting(row: Sequence[Any], policy: Policy) -> Waiting:
    id_, queue, queued_at, priority, due_at, level, account, visibility, *more = row
    last_agent, last_agent_at, text = more
    detail = decode(text) if text else {}
    return Waiting(
        id=id_,
        queue=queue,
        queued_at=from_micros(queued_at),
        priority=priority,
        due_at=instant(due_at),
        level=level,
        weight=weight_of(account, visibility, policy),
        last_agent=last_agent,
        last_agent_at=instant(last_agent_at),
        accounts=delegable(account, detail.get("other_threads", ()), policy),
        **(work_rows.read(detail) if detail else {}),
    )
