"""Every statement on the way of a message, derived from the tables when this is imported."""

from __future__ import annotations

from scskit.storage import case_rows
from scskit.storage.sql import Insert, Join, Lookup, Named, Update, both, column_names

LEDGER = Lookup(
    "scs_ledger", ("account_id", "kind", "external_id", "revision"), column_names("scs_ledger")
)
PARKED = Lookup(
    "scs_ledger",
    ("account_id", "awaits"),
    column_names("scs_ledger"),
    where="t.state = 'parked'",
    order="received_at, kind, revision",
    # Without statistics SQLite takes the primary key for it, and reads a whole account.
    index="ix_scs_ledger_parked",
)
ANY_PARKED = Named(
    sqlite=(
        "SELECT a.value FROM json_each(?) AS a WHERE EXISTS (SELECT 1 FROM scs_ledger t"
        " INDEXED BY ix_scs_ledger_parked"
        " WHERE t.tenant = ? AND t.account_id = a.value AND t.state = 'parked')"
    ),
    postgresql=(
        "SELECT a FROM jsonb_array_elements_text(%s::jsonb) AS a WHERE EXISTS"
        " (SELECT 1 FROM scs_ledger t"
        " WHERE t.tenant = %s AND t.account_id = a AND t.state = 'parked')"
    ),
)
"""Which of some accounts have anything parked at all: mostly none."""

IDENTITY = Lookup(
    "scs_identity",
    ("id",),
    (*column_names("scs_identity"), "c.tier"),
    join=(Join("scs_customer", "c", (("id", "t.customer_id"),), optional=True),),
)
THREAD = Lookup("scs_thread", ("id",), column_names("scs_thread"))
CONVERSATION = Lookup(
    "scs_case_thread",
    ("thread_id", "identity_id"),
    (
        *(f"c.{name}" for name in column_names("scs_case")),
        *(f"h.{name}" for name in column_names("scs_thread")),
        *(f"i.{name}" for name in column_names("scs_identity")),
        "u.tier",
    ),
    join=(
        Join("scs_case", "c", (("id", "t.case_id"),)),
        Join("scs_thread", "h", (("id", "t.thread_id"),)),
        Join("scs_identity", "i", (("id", "t.identity_id"),)),
        Join("scs_customer", "u", (("id", "i.customer_id"),), optional=True),
    ),
    lock="c",
)
CASE_WIDTH = len(column_names("scs_case"))
THREAD_END = CASE_WIDTH + len(column_names("scs_thread"))
PAIR = Lookup("scs_case_thread", ("thread_id", "identity_id"), column_names("scs_case_thread"))
THREAD_CASES = Lookup("scs_case_thread", ("thread_id",), column_names("scs_case_thread"))
CASE = Lookup("scs_case", ("id",), column_names("scs_case"), lock="t")
CASE_AS_IT_IS = Lookup("scs_case", ("id",), column_names("scs_case"))
INTERACTION = Lookup("scs_interaction", ("id",), column_names("scs_interaction"), order="revision")
CUSTOMER = Lookup("scs_customer", ("id",), column_names("scs_customer"))
LOG = Lookup("scs_event", ("case_id",), column_names("scs_event"), order="seq")
# Their order by id leads SQLite to the primary key: it would read the notes of all cases.
NOTES = Lookup(
    "scs_note", ("case_id",), column_names("scs_note"), order="id", index="ix_scs_note_case"
)
LINKS = Lookup(
    "scs_customer_link",
    ("source",),
    column_names("scs_customer_link"),
    order="id",
    index="ix_scs_customer_link_source",
)
CUSTOMER_BY_CRM = Lookup("scs_customer", ("crm_id",), column_names("scs_customer"))
QUARANTINED = Lookup("scs_quarantine", ("digest",), column_names("scs_quarantine"))
HOT_LOOKUPS = (
    CONVERSATION,
    LEDGER,
    PARKED,
    IDENTITY,
    THREAD,
    PAIR,
    THREAD_CASES,
    CASE,
    INTERACTION,
    LOG,
)
"""Every lookup on the way of a message."""

NEW_LEDGER = Insert("scs_ledger")
SETTLED = Update(
    "scs_ledger",
    ("state", "interaction_id", "case_id", "thread_id", "payload"),
    ("tenant", "account_id", "kind", "external_id", "revision", "state"),
)
MOVED_LEDGER = Update(
    "scs_ledger",
    ("case_id",),
    ("tenant", "account_id", "kind", "external_id", "revision"),
)
PUT_IDENTITY = Insert("scs_identity", update=("handle", "name", "followers", "language"))
LINKED_IDENTITY = Update("scs_identity", ("customer_id",), ("tenant", "id"))
PUT_THREAD = Insert("scs_thread", ignore=True)
NEW_PAIR = Insert("scs_case_thread")
CHANGED_PAIR = Update(
    "scs_case_thread", ("case_id",), ("tenant", "thread_id", "identity_id", "case_id")
)
NEW_CASE = Insert("scs_case")
CHANGED_CASE = Update("scs_case", column_names("scs_case")[2:], ("tenant", "id", "version"))
QUIET_CASE = Update(
    "scs_case", tuple(c for c in case_rows.ACTIVITY if c != "state"), ("tenant", "id", "version")
)
TIMED_CASE = Update("scs_case", ("due_at", "wake_at"), ("tenant", "id", "version"))
NEW_BREACH = Insert("scs_breach")
AGAIN_BREACH = Insert("scs_breach", update=("due", "noticed_at", "voided_at"))
VOIDED_BREACH = Update("scs_breach", ("voided_at",), ("tenant", "case_id", "clock", "instance"))
NEW_INTERACTION = Insert("scs_interaction")
MOVED_INTERACTION = Update("scs_interaction", ("case_id",), ("tenant", "id", "revision"))
DELIVERED = Update("scs_interaction", ("delivery",), ("tenant", "id"))
NEW_EVENT = Insert("scs_event")
NEW_NOTE = Insert("scs_note")
PUT_QUARANTINE = Insert("scs_quarantine", update=("state", "reason", "attempts"))
TAKEN_IN = Named(
    sqlite=(
        "DELETE FROM scs_quarantine WHERE tenant = ? AND state = 'received'"
        " AND id IN (SELECT value FROM json_each(?)) RETURNING id"
    ),
    postgresql=(
        "DELETE FROM scs_quarantine WHERE tenant = %s AND state = 'received'"
        " AND id IN (SELECT jsonb_array_elements_text(%s::jsonb)) RETURNING id"
    ),
)
PUT_CUSTOMER = Insert("scs_customer", update=("crm_id", "tier", "name", "merged_into"))
PUT_LINK = Insert("scs_customer_link", update=("unlinked_by", "unlinked_at"))

_DUE = (
    f"SELECT {', '.join(column_names('scs_case'))} FROM scs_case"  # noqa: S608
    " WHERE tenant = ? AND wake_at <= ? ORDER BY wake_at, id LIMIT ?"
)
DUE_CASES = Named(sqlite=_DUE, postgresql=f"{_DUE.replace('?', '%s')} FOR UPDATE SKIP LOCKED")
NEXT_WAKE = both("SELECT min(wake_at) FROM scs_case WHERE tenant = ? AND wake_at IS NOT NULL")

NEXT_POSITION = Named(
    sqlite=("SELECT 0, coalesce(max(position), 0) + 1 FROM scs_event WHERE tenant = ? AND txn = 0"),
    postgresql="SELECT pg_current_xact_id()::text::bigint, nextval('scs_event_position')",
)
"""The transaction's number, and the next position."""

LATEST_TXN = Named(
    sqlite="",
    postgresql=(
        "SELECT coalesce(max(e.txn), 0) FROM jsonb_array_elements(%s::jsonb) AS v"
        " CROSS JOIN LATERAL (SELECT txn FROM scs_event"
        " WHERE tenant = %s AND case_id = v->>0 AND seq = (v->>1)::integer OFFSET 0) e"
    ),
)
POSITIONS_PER_TRANSACTION = 1 << 20
"""On PostgreSQL a transaction draws one number and counts its events below it."""

LOCK = Named(
    sqlite="",
    postgresql=(
        "SELECT pg_advisory_xact_lock(s::bigint) FROM jsonb_array_elements_text(%s::jsonb) AS s"
        " UNION ALL SELECT pg_advisory_xact_lock_shared(s::bigint)"
        " FROM jsonb_array_elements_text(%s::jsonb) AS s"
    ),
)
