"""Real conversations, imported with the maps that are shipped: all of them, and the times right."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from datetime import datetime

import pytest

from scskit import open_desk
from scskit.cli.exporting import COLUMNS, read_rows
from scskit.importing import import_file
from scskit.storage.database import open_database
from scskit.storage.store import SqlStore

COUNTS = {
    "airline_us": {"rows": 10131, "applied": 10131, "duplicate": 0},
    "twcs": {"rows": 3477, "applied": 3477, "duplicate": 0},
    "ibm_customer_care": {"rows": 1616, "applied": 1609, "duplicate": 7},
    "bank_es": {"rows": 1892, "applied": 1892, "duplicate": 0},
}
SMALL = ("twcs", "ibm_customer_care", "bank_es")
ACCOUNTS = {
    "airline_us": {"American", "JetBlue", "Southwest", "US Airways", "United", "Virgin America"},
    "bank_es": {
        "BBVA CO",
        "BBVA ES",
        "BBVA MX",
        "Bancolombia CO",
        "Bankinter ES",
        "Citibanamex MX",
        "Davivienda CO",
        "ING ES",
        "Santander MX",
    },
}
OF_THE_RUN = {"id", "follows", "policy_version"}
"""What an export says about when it was made."""


def take_in(url, file, row_map, rejected):
    """Import a file; return the numbers and the ids of the accounts."""
    with open_desk(url, discover=False) as desk:
        summary = import_file(desk, file, row_map, history=True, rejected_path=rejected)
        assert not rejected.exists()
        return summary.counts, set(desk.accounts)


def export(url):
    """Return the cases as they are exported, but for ids, in an order of their own."""
    database = open_database(url)
    try:
        rows = list(read_rows(SqlStore(database, "default")))
    finally:
        database.close()
    names = [name for name in COLUMNS if name not in OF_THE_RUN]
    return sorted(tuple(str(row[name]) for name in names) for row in rows), rows


def rewrite(rows, path):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", COUNTS)
def test_every_row_goes_in_and_twice_adds_nothing(name, real, database_url, tmp_path):
    """All rows of each development part become part of cases; a second run changes nothing."""
    row_map = real.map(name)
    rejected = tmp_path / "rejected.jsonl"
    counts, accounts = take_in(database_url, real.file(name), row_map, rejected)
    assert counts == {**COUNTS[name], "parked": 0, "quarantined": 0}
    assert accounts == ACCOUNTS.get(name, accounts)
    first, _ = export(database_url)
    counts, _ = take_in(database_url, real.file(name), row_map, rejected)
    rows = COUNTS[name]["rows"]
    assert counts == {
        "rows": rows,
        "applied": 0,
        "duplicate": rows,
        "parked": 0,
        "quarantined": 0,
    }
    assert export(database_url)[0] == first


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_the_order_of_the_file_does_not_matter(name, order, real, tmp_path):
    """A reversed or shuffled copy of a file leads to the same cases."""
    rows = real.rows(name)
    if order == "reversed":
        rows.reverse()
    else:
        random.Random(7).shuffle(rows)  # noqa: S311  an order, not a secret
    copy = rewrite(rows, tmp_path / "copy.csv")
    exports = []
    for number, file in enumerate((real.file(name), copy)):
        url = f"sqlite:///{tmp_path}/{number}.db"
        take_in(url, file, real.map(name), tmp_path / "rejected.jsonl")
        exports.append(export(url)[0])
    assert exports[0] == exports[1]


def twcs_message(row):
    return {
        "id": row["tweet_id"],
        "account": row["brand"] or "unassigned",
        "thread": row["conversation"],
        "author": row["author_id"],
        "customer": row["inbound"] == "True",
        "at": datetime.fromisoformat(row["created_at"]),
        "parent": row["in_response_to_tweet_id"],
    }


def ibm_message(row):
    return {
        "id": row["tweet_id"],
        "account": row["brand"],
        "thread": row["conversation"],
        "author": row["author"],
        "customer": row["role"] == "client",
        "at": datetime.fromisoformat(row["created_at"]),
        "parent": "",
    }


def by_brute_force(messages):
    """Find when each customer of each thread first wrote and was first answered.

    A message of the brand answers the customer whose message it replies to, also by way of the
    brand's own messages; where that is not known, whoever of the customers wrote last before it.
    """
    known = {}
    for message in messages:
        known.setdefault((message["account"], message["id"]), message)
    threads = defaultdict(list)
    for message in known.values():
        threads[message["account"], message["thread"]].append(message)
    opened, answered = {}, {}
    for key, thread in threads.items():
        thread.sort(key=lambda m: (m["at"], int(m["id"])))
        for place, message in enumerate(thread):
            if message["customer"]:
                opened.setdefault((*key, message["author"]), message["at"])
                continue
            answer = message
            while answer and not answer["customer"]:
                answer = known.get((answer["account"], answer["parent"]))
            earlier = [m for m in thread[:place] if m["customer"]]
            answer = answer or (earlier[-1] if earlier else None)
            if answer:
                answered.setdefault((*key, answer["author"]), message["at"])
    return {case: (at, answered.get(case)) for case, at in opened.items()}


@pytest.mark.parametrize(
    ("name", "read"), [("twcs", twcs_message), ("ibm_customer_care", ibm_message)]
)
def test_first_responses_equal_a_brute_force_over_the_file(
    name, read, real, database_url, tmp_path
):
    """Every case was opened and first answered when a count over the whole file says so."""
    expected = by_brute_force(map(read, real.rows(name)))
    take_in(database_url, real.file(name), real.map(name), tmp_path / "rejected.jsonl")
    _, rows = export(database_url)
    parse = datetime.fromisoformat
    found = {
        (row["account"], row["thread"], row["customer"]): (
            parse(row["opened_at"]),
            row["first_response_at"] and parse(row["first_response_at"]),
        )
        for row in rows
    }
    assert len(found) == len(rows)
    wrong = {
        case: (found.get(case), expected[case])
        for case in expected
        if found.get(case) != expected[case]
    }
    assert not wrong
    assert len(found) == len(expected)
    assert sum(answer is not None for _, answer in found.values()) > len(found) / 2
