"""What the database hands out first is what the order of work says, on both databases."""

# ruff: noqa: S311, SLF001  made-up cases, read past the desk

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text

from scskit import Policy
from scskit.core.case import PRIORITIES
from scskit.core.waiting import rank
from scskit.core.work_policy import WorkPolicy
from scskit.testing import START, direct_message

HOUR = timedelta(hours=1)
POLICIES = [
    WorkPolicy(aging=4 * HOUR, promote_after=24 * HOUR),
    WorkPolicy(aging=24 * HOUR, promote_after=4 * HOUR),
    WorkPolicy(aging=3 * HOUR, promote_after=None),
    WorkPolicy(aging=None, promote_after=8 * HOUR),
    WorkPolicy(aging=None, promote_after=None),
]
CHANGE = text(
    "UPDATE scs_case SET priority = :priority, due_at = :due, queued_at = :queued,"
    " agent = :agent, offered_to = :offered WHERE id = :id"
)
UNIT = 1_800_000_000  # half an hour, so that many are equal
NOW = START + 40 * HOUR
MICROS = 10**6


@pytest.fixture
def waiting(database_url, desk, engine_of):
    """Let 300 cases wait, some equal in all but their id, some offered, some with an agent."""
    chance = Random(7)
    desk.ingest([direct_message("Hi", by=f"p{number}") for number in range(300)])
    cases = desk.cases.find(limit=1000).cases
    now = int(NOW.timestamp()) * MICROS
    rows = [
        {
            "id": case.id,
            "priority": chance.choice(PRIORITIES),
            "due": chance.choice([None, now + chance.randrange(-20, 20) * UNIT]),
            "queued": now - chance.randrange(80) * UNIT,
            "agent": "ana" if chance.random() < 0.1 else None,
            "offered": "ben" if chance.random() < 0.1 else None,
        }
        for case in cases
    ]
    with engine_of(database_url).begin() as connection:
        connection.execute(CHANGE, rows)
    return {row["id"] for row in rows if row["agent"] is None and row["offered"] is None}


@pytest.mark.parametrize("work", POLICIES, ids=range(len(POLICIES)))
@pytest.mark.parametrize("depth", [1, 3, 20, 1000])
def test_the_first_of_each_list_are_the_first_in_the_order_of_work(desk, waiting, work, depth):
    """Whatever was not read comes behind what was: nobody is overlooked."""
    policy = Policy(work=work)
    with desk._services.store.read() as reader:
        everything = reader.work.heads(["inbox"], policy, NOW, 1 << 30)
        heads = reader.work.heads(["inbox"], policy, NOW, depth)
    assert {one.id for one in everything.waiting} == waiting
    assert len(everything.waiting) == len(waiting)
    assert everything.last == []

    def place(one):
        return rank(one, NOW, work)

    ordered = sorted(everything.waiting, key=place)
    horizon = min(map(place, heads.last), default=None)
    known = [one for one in ordered if horizon is None or place(one) <= horizon]
    assert [one for one in sorted(heads.waiting, key=place) if one in known] == known
    assert known


def test_equal_cases_are_taken_in_the_order_of_their_ids(desk, waiting):
    """Even a tie is decided the same way twice."""
    with desk._services.store.read() as reader:
        for depth in (1, 2, 5, 9):
            first = reader.work.heads(["inbox"], Policy(), NOW, depth)
            again = reader.work.heads(["inbox"], Policy(), NOW, depth)
            assert first == again
