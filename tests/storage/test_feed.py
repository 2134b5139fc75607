"""The feed shows every committed event once, in an order that never changes."""

# ruff: noqa: S311  how many events a reader asks for is up to chance

from __future__ import annotations

from collections import defaultdict
from random import Random
from threading import Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import text

from scskit.testing import message

BATCHES = 40
PATIENCE = 60
"""Seconds that the feed may lag behind because of somebody else's transaction."""


def read_all(desk, after="", limit=1000):
    events = []
    while (page := desk.feed.read(after, limit)).events:
        assert page.cursor == page.events[-1].position != after
        events += page.events
        after = page.cursor
    return events


def require_order(events):
    """Check that each case's events come in their own order, none missing."""
    seqs = defaultdict(list)
    for event in events:
        seqs[event.case_id].append(event.seq)
    for case, found in seqs.items():
        assert found == list(range(1, len(found) + 1)), case


def test_a_reader_sees_everything_once_while_others_write(
    database_url, desk, writers, rows, verify_all
):
    """Whoever polls while threads and processes write gets every event once and skips none."""
    random = Random(11)
    errors = []

    def write(seed):
        try:
            for batch in range(BATCHES):
                desk.ingest(
                    [
                        message(
                            f"{seed} {batch} {number}",
                            by=f"person-{number % 3}",
                            thread=f"t{batch % 3 + 1}",
                            external_id=f"{seed}-{batch}-{number}",
                        )
                        for number in range(1 + batch % 4)
                    ]
                )
        except BaseException as error:  # noqa: BLE001  the test shows it
            errors.append(error)

    processes = writers(database_url, ["p1", "p2"], BATCHES)
    threads = [Thread(target=write, args=(f"t{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    seen, cursor = [], ""
    while any(p.working for p in processes) or any(t.is_alive() for t in threads):
        page = desk.feed.read(cursor, random.randrange(1, 9))
        seen += page.events
        cursor = page.cursor
    for process in processes:
        assert process.acknowledged()
    assert errors == []
    ((written,),) = rows("SELECT count(*) FROM scs_event")
    deadline = monotonic() + PATIENCE
    while len(seen) < written and monotonic() < deadline:
        page = desk.feed.read(cursor, 100)
        seen += page.events
        cursor = page.cursor
        if not page.events:
            sleep(0.01)
    assert len(seen) == written > 500
    assert len({event.position for event in seen}) == written
    assert [event.position for event in read_all(desk)] == [event.position for event in seen]
    require_order(seen)
    assert verify_all(desk).problems == []


def test_a_late_commit_is_not_skipped(postgres_url, open_at, engine_of):
    """Events of a transaction that began first and commits last hold the feed up, not lost."""
    desk = open_at(postgres_url)
    desk.ingest([message("before", by="ana", external_id="0")])
    with engine_of(postgres_url).connect() as slow, slow.begin() as transaction:
        desk.within(slow).ingest([message("slow", by="ben", external_id="1")])
        cursor = ""
        for n in range(2, 6):
            desk.ingest([message("fast", by=f"person-{n}", external_id=str(n))])
            cursor = desk.feed.read(cursor).cursor
        before = read_all(desk)
        assert {event.event.by for event in before} >= {"customer"}
        assert len({event.case_id for event in before}) == 1
        transaction.commit()
    after = read_all(desk, cursor)
    assert len({event.case_id for event in after}) == 5
    whole = [event.position for event in read_all(desk)]
    assert whole == [event.position for event in (*before, *after)]
    assert len(set(whole)) == len(whole)
    require_order(read_all(desk))


@pytest.mark.parametrize("seen", [True, False])
def test_a_case_stays_in_order_when_an_early_transaction_comes_last(
    postgres_url, open_at, engine_of, verify_all, seen
):
    """Who began before others wrote to a case, and writes after them, comes after them."""
    desk = open_at(postgres_url)
    (case,) = desk.ingest([message("first", by="ana", thread="t")]).cases
    with engine_of(postgres_url).connect() as early, early.begin() as transaction:
        early.execute(text("SELECT pg_current_xact_id()"))
        desk.ingest([message("second", by="ana", thread="t"), message("other", by="ben")])
        desk.cases.set_priority(case, "P1", by="agent:ana", because="test")
        cursor = desk.feed.read().cursor if seen else ""
        desk.within(early).cases.note(case, "third", by="agent:ben")
        desk.within(early).cases.note(case, "fourth", by="agent:ben")
        transaction.commit()
    desk.cases.note(case, "fifth", by="agent:ben")
    events = read_all(desk)
    require_order(events)
    assert [e.event.type for e in events if e.case_id == case][-3:] == ["note_added"] * 3
    positions = [event.position for event in events]
    assert len(set(positions)) == len(positions)
    if seen:
        rest = [event.position for event in read_all(desk, cursor)]
        assert positions[-len(rest) :] == rest
    assert verify_all(desk).problems == []


def test_a_position_is_text_that_leads_on(desk):
    """Any event's position, also as a number where it is one, is where reading goes on."""
    desk.ingest([message(by=f"person-{n}") for n in range(4)])
    events = read_all(desk)
    for number, event in enumerate(events):
        assert isinstance(event.position, str)
        rest = read_all(desk, event.position, 3)
        assert rest == events[number + 1 :]
    assert desk.feed.read(events[-1].position).cursor == events[-1].position
    assert desk.feed.read("0").events == desk.feed.read(0).events == desk.feed.read().events
    assert desk.feed.read("", 2).cursor == events[1].position


def test_the_feed_tells_what_was_recorded(desk):
    """An event in the feed is the same value as in the case's own log."""
    (case,) = desk.ingest([message()]).cases
    desk.cases.solve(case, by="agent:ana", because="done")
    assert desk.cases.log(case) == read_all(desk)


@pytest.mark.parametrize(
    "after",
    ["x", "1.2.3", "-1", "1.-2", "1e3", "1.", ".1", " 1", "1 ", "1_0", "\u0661", "9" * 40, "None"],
)
def test_what_is_no_position_is_refused(desk, after):
    """A position that no page returned is an error of the caller, not an empty page."""
    desk.ingest([message()])
    with pytest.raises(ValueError, match="is not one that a feed page returned"):
        desk.feed.read(after)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_has_at_least_one_event(desk, limit):
    """A limit that could never show anything is refused."""
    with pytest.raises(ValueError, match="limit: found"):
        desk.feed.read(limit=limit)
