"""Cases as rows: the columns that export, list and show have in common."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from attrs import frozen

from scskit.cli.output import stamp
from scskit.core.case import Case
from scskit.core.explaining import PROMISES, promise_of
from scskit.core.policy import Policy
from scskit.core.records import CaseFilter
from scskit.core.time import SystemClock

if TYPE_CHECKING:
    from scskit.core.account import Account
    from scskit.core.identity import Customer, Identity
    from scskit.core.ids import CustomerId, IdentityId
    from scskit.storage.store import SqlStore

PAGE = 1000

COLUMNS = (
    "id",
    "account",
    "network",
    "thread",
    "visibility",
    "customer",
    "customer_id",
    "identity",
    "state",
    "priority",
    "severity",
    "level",
    "reason",
    "contact_type",
    "language",
    "sentiment",
    "engagement",
    "engagement_code",
    "queue",
    "team",
    "agent",
    "opened_at",
    "first_response_at",
    "first_response_due",
    "first_response_sla",
    "last_inbound_at",
    "last_outbound_at",
    "solved_at",
    "resolution_due",
    "resolution_sla",
    "closed_at",
    "inbound_count",
    "outbound_count",
    "reopened_count",
    "version",
    "policy_version",
    "follows",
    "merged_into",
)


def read_rows(store: SqlStore) -> Iterator[Mapping[str, object]]:
    """Yield every case of a tenant, the oldest first, in constant memory."""
    after = ""
    past = every_calendar(store)
    while page := store.find(CaseFilter(), after, PAGE, newest_first=False):
        yield from case_rows(store, page, past)
        after = page[-1].id


def every_calendar(store: SqlStore) -> Policy:
    """Return a policy that says nothing, but knows the calendars of all that the tenant has had."""
    return Policy(past=store.past_calendars(""))


def case_rows(
    store: SqlStore, cases: Sequence[Case], past: Policy | None = None
) -> list[Mapping[str, object]]:
    """Return cases as rows, with what is known of their accounts and customers.

    Args:
        store: where they are stored.
        cases: the cases.
        past: what ``every_calendar`` returns; asked for if left out.
    """
    promised = Promised(past or every_calendar(store), SystemClock().now())
    accounts = store.accounts()
    with store.read() as reader:
        identities = reader.identities({case.identity_id for case in cases})
        customers = reader.customers({c.customer_id for c in cases if c.customer_id})
    return [_row(case, accounts, identities, customers, promised) for case in cases]


@frozen
class Promised:
    """What tells how a case stands to what was promised for it.

    Attributes:
        past: knows the calendars.
        now: the present instant.
    """

    past: Policy
    now: datetime

    def columns(self, case: Case) -> dict[str, object]:
        """Return when first response and resolution are due, and what became of both."""
        found: dict[str, object] = {}
        for name in PROMISES:
            promise = promise_of(case, name, self.past, self.now)
            found[f"{name}_due"] = stamp(promise.due)
            found[f"{name}_sla"] = promise.outcome
        return found


def _row(
    case: Case,
    accounts: Mapping[str, Account],
    identities: Mapping[IdentityId, Identity],
    customers: Mapping[CustomerId, Customer],
    promised: Promised,
) -> Mapping[str, object]:
    account = accounts.get(case.account_id)
    customer = customers.get(case.customer_id) if case.customer_id else None
    known: dict[str, Any] = {
        "account": case.account_id,
        "network": account.network if account else None,
        "thread": case.thread_id.partition(":")[2],
        "customer": _name(identities.get(case.identity_id)),
        "customer_id": customer.crm_id if customer else None,
        "identity": case.identity_id,
        "follows": next((r.case_id for r in case.related if r.relation == "follows"), None),
        **promised.columns(case),
    }
    return {name: known[name] if name in known else _plain(case, name) for name in COLUMNS}


def _plain(case: Case, name: str) -> object:
    value = getattr(case, name)
    return stamp(value) if name.endswith("_at") else value


def _name(identity: Identity | None) -> str | None:
    """Return what the network shows of a person: the handle, else the id."""
    return (identity.handle or identity.external_id) if identity else None


def write_jsonl(file: IO[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object per line."""
    file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def write_csv(file: IO[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write a header and one row per case; what is not known is empty."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
