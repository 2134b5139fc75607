"""Many at once: nothing lost, nothing twice, nobody waits for ever."""

# ruff: noqa: S311  made-up traffic

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Barrier, Event
from time import sleep

import pytest
from sqlalchemy import make_url, text

from scskit import hookimpl
from scskit.core.account import Account
from scskit.core.errors import CaseError, StaleCase, StoreError
from scskit.core.identity import Author
from scskit.desk.grouping import GroupCommit
from scskit.testing import ACCOUNT, START, brand_reply, direct_message, edit, message, receipt

THREADS = 8
EACH = 20
WHO = {"by": "agent:ana", "because": "test"}


@pytest.fixture(params=["one desk", "a desk each"])
def desks(request, database_url, open_at):
    """Give each thread a desk: all the same, or each its own on the same database."""
    first = open_at(database_url)
    if request.param == "one desk":
        return [first] * THREADS
    return [first, *(open_at(database_url) for _ in range(THREADS - 1))]


@pytest.fixture
def require_sound(rows, verify_all):
    """Check what must hold after any race."""

    def check(desk):
        twice = "SELECT thread_id, identity_id FROM scs_case GROUP BY 1, 2 HAVING count(*) > 1"
        assert rows(twice) == []
        lines = "SELECT account_id, external_id FROM scs_interaction WHERE revision = 0"
        assert [line for line, n in Counter(rows(lines)).items() if n > 1] == []
        assert verify_all(desk).problems == []

    return check


@pytest.fixture
def held(engine):
    """Hold a host's transaction open while somebody else works, and commit it when they wait."""

    @contextmanager
    def hold(desk, others_work):
        # Otherwise others would wait for the account, which the transaction made known.
        desk.add_account(Account(id=ACCOUNT, network="twitter"))
        with ExitStack() as stack:
            connection = stack.enter_context(engine.connect())
            stack.enter_context(connection.begin())
            pool = stack.enter_context(ThreadPoolExecutor(1))
            result = []
            yield desk.within(connection), result
            future = pool.submit(others_work)
            while not (future.done() or waits(engine)):
                sleep(0.001)
            connection.commit()
            result.append(future.result())

    return hold


def waits(engine):
    """Tell whether somebody waits for a lock in this database; on SQLite nobody can tell."""
    if engine.dialect.name == "sqlite":
        return True
    question = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return connection.execute(text(question)).scalar() > 0


def test_a_message_that_comes_three_times_at_once_is_one(desks, together, require_sound, rows):
    """However often and concurrently a network delivers a message, it is one interaction."""
    one = message("hello", external_id="same", thread="t")
    reports = together(*(lambda desk=desk: desk.ingest([one]) for desk in desks[:3]))
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    assert Counter(o.state for o in outcomes) == {"applied": 1, "duplicate": 2}
    assert len({(o.interaction_id, o.case_id) for o in outcomes}) == 1
    assert len(rows("SELECT id FROM scs_interaction")) == 1
    require_sound(desks[0])


def test_processes_that_get_the_same_messages_share_them(
    database_url, desk, writers, rows, require_sound
):
    """Two processes that receive the same stream store it once, and both acknowledge all of it."""
    first, second = writers(database_url, ["same", "same"], 30)
    assert first.acknowledged() == (acknowledged := second.acknowledged())
    stored = rows("SELECT external_id FROM scs_interaction WHERE revision = 0")
    assert sorted(line for (line,) in stored) == sorted(acknowledged)
    require_closed_before_next(desk)


def require_closed_before_next(desk):
    """Check that a person has a further case in a thread only after the one before was final."""
    current = {}
    for case in desk.cases.find(limit=1000, newest_first=False).cases:
        before = current.get((case.thread_id, case.identity_id))
        assert before is None or before.category == "done"
        current[case.thread_id, case.identity_id] = case


def test_an_album_is_one_case(desks, together, require_sound):
    """The parts of an album come at once, each by its own request, and make one case."""
    album = [
        direct_message(f"part {n}", posted_at=START + timedelta(milliseconds=40 * n))
        for n in range(5)
    ]
    reports = together(
        *(
            lambda desk=desk, part=part: desk.ingest([part])
            for desk, part in zip(desks, album, strict=False)
        )
    )
    (case,) = {case for report in reports for case in report.cases}
    assert desks[0].cases.get(case).inbound_count == 5
    assert sorted(i.text for i in desks[0].cases.interactions(case)) == [m.text for m in album]
    require_sound(desks[0])


def test_overlapping_batches_lose_nothing(desks, together, require_sound, rows):
    """Threads that bring the same hot conversations in random batches store each message once."""
    pool = [
        message(
            f"message {n}",
            by=f"person-{n % 3}",
            thread=f"t{n % 4}",
            external_id=str(n),
            posted_at=START - timedelta(minutes=n),
        )
        for n in range(150)
    ]

    def bring(desk, seed):
        random = Random(seed)
        states = Counter()
        for start in range(0, len(pool), 25):
            batch = random.sample(pool, 20) + pool[start : start + 25]
            random.shuffle(batch)
            states.update(outcome.state for outcome in desk.ingest(batch).outcomes)
        return states

    states = together(*(lambda desk=desk, n=n: bring(desk, n) for n, desk in enumerate(desks)))
    total = sum(states, Counter())
    assert total["applied"] == len(pool)
    assert set(total) == {"applied", "duplicate"}
    stored = rows("SELECT external_id FROM scs_interaction")
    assert sorted(int(line) for (line,) in stored) == list(range(len(pool)))
    assert sum(case.inbound_count for case in desks[0].cases.find().cases) == len(pool)
    require_sound(desks[0])


def test_commands_and_messages_race(desks, together, require_sound):
    """Agents work on cases while messages come in: everything that was done is there."""
    first = [message("hello", by=f"person-{n}", thread="t") for n in range(3)]
    cases = desks[0].ingest(first).cases

    def write(desk, number):
        for n in range(12):
            desk.ingest(
                [
                    message(
                        f"{number}.{n}",
                        by=f"person-{i}",
                        thread="t",
                        external_id=f"{number}.{n}.{i}",
                    )
                    for i in range(3)
                ]
            )

    def work(desk, number):
        random = Random(number)
        done = Counter()
        for n in range(12):
            case, other = random.sample(cases, 2)
            desk.cases.note(case, f"note {number}.{n}", by="agent:ana")
            done[case] += 1
            desk.cases.link(case, other, relation=f"r{number}.{n}", **WHO)
            try:
                desk.cases.set_priority(case, random.choice(("P1", "P2", "P4")), **WHO)
                desk.cases.wait(case, **WHO)
            except CaseError:
                continue
        return done

    results = together(
        *(lambda desk=desk, n=n: write(desk, n) for n, desk in enumerate(desks[:3])),
        *(lambda desk=desk, n=n: work(desk, n) for n, desk in enumerate(desks[3:7])),
    )
    notes = sum((done for done in results if done), Counter())
    desk = desks[0]
    for case in cases:
        timeline = desk.cases.timeline(case)
        assert sum(1 for entry in timeline if entry.note) == notes[case]
        assert desk.cases.get(case).inbound_count == 1 + 3 * 12
    require_sound(desk)


def test_merging_in_both_directions_at_once_ends(desks, together, verify_all):
    """Two agents who merge two cases into each other at once: one of them is told no."""
    desk = desks[0]
    for n in range(6):
        pair = [message("hello", by=f"{who}-{n}", thread=f"t{n}") for who in ("ana", "ben")]
        one, other = desk.ingest(pair).cases

        def merge(desk, source, target):
            try:
                return desk.cases.merge(source, target, **WHO).id
            except CaseError:
                return None

        merged = together(
            lambda one=one, other=other: merge(desks[1], one, other),
            lambda one=one, other=other: merge(desks[2], other, one),
        )
        (left,) = (case for case in merged if case)
        assert desk.cases.get(left).inbound_count == 2
    assert verify_all(desk).problems == []


def test_a_stale_command_changes_nothing(desk, rows):
    """Who decided on an older version of a case is told so, and nothing has changed."""
    (case,) = desk.ingest([message(by="ana", thread="t")]).cases
    seen = desk.cases.get(case).version
    desk.ingest([message(by="ana", thread="t")])
    before = [rows(f"SELECT * FROM {name}") for name in ("scs_case", "scs_event", "scs_note")]  # noqa: S608
    cases, stale = desk.cases, {"expected_version": seen, **WHO}
    other = desk.ingest([message(by="ben", thread="u")]).cases[0]
    desk.cases.get(other)
    for command in (
        lambda: cases.assign(case, "ana", **stale),
        lambda: cases.route(case, "billing", **stale),
        lambda: cases.set_reason(case, "bill", **stale),
        lambda: cases.set_priority(case, "P1", **stale),
        lambda: cases.note(case, "text", **stale),
        lambda: cases.solve(case, **stale),
        lambda: cases.wait(case, **stale),
        lambda: cases.hold(case, **stale),
        lambda: cases.snooze(case, START + timedelta(days=400), **stale),
        lambda: cases.dismiss(case, "noise.spam", **stale),
        lambda: cases.link(case, other, **stale),
        lambda: cases.merge(case, other, **stale),
        lambda: cases.split(case, [cases.interactions(case)[0].id], **stale),
    ):
        with pytest.raises(StaleCase, match=f"is at version {seen + 1}, not {seen}"):
            command()
    after = [rows(f"SELECT * FROM {name}") for name in ("scs_case", "scs_event", "scs_note")]  # noqa: S608
    assert all(line in now for was, now in zip(before, after, strict=True) for line in was)
    assert cases.get(case).version == seen + 1
    assert cases.solve(case, expected_version=seen + 1, **WHO).version == seen + 2


def test_one_of_many_who_decided_on_the_same_version_wins(desks, together, verify_all):
    """Agents who act on the same version at once: one succeeds, the others read again."""
    desk = desks[0]
    (case,) = desk.ingest([message()]).cases
    version = desk.cases.get(case).version

    def act(desk, number):
        try:
            return desk.cases.assign(case, f"agent-{number}", expected_version=version, **WHO).agent
        except StaleCase:
            return None

    winners = together(*(lambda desk=desk, n=n: act(desk, n) for n, desk in enumerate(desks)))
    (winner,) = (agent for agent in winners if agent)
    assert desk.cases.get(case).agent == winner
    assert verify_all(desk).problems == []


def test_an_edit_that_races_its_message_is_applied(desk, open_at, database_url, held, rows):
    """An edit that comes while its message is being stored waits for it, and is not parked."""
    other = open_at(database_url)
    question = message("typo", external_id="q", thread="t")
    change = edit(question, "no typo")
    with held(desk, lambda: other.ingest([change])) as (ours, result):
        ours.ingest([question])
    (outcome,) = result[0].outcomes
    assert outcome.state == "applied"
    assert [i.text for i in desk.cases.interactions(outcome.case_id)] == ["no typo"]
    assert rows("SELECT external_id FROM scs_ledger WHERE state = 'parked'") == []


def test_a_message_that_races_its_edit_takes_it_along(desk, open_at, database_url, held):
    """A message that comes while an edit of it is being parked finds the edit."""
    other = open_at(database_url)
    question = message("typo", external_id="q", thread="t")
    with held(desk, lambda: other.ingest([question])) as (ours, result):
        assert ours.ingest([edit(question, "no typo")]).counts["parked"] == 1
    assert result[0].settled == 1
    assert [i.text for i in desk.cases.interactions(result[0].cases[0])] == ["no typo"]


def test_a_reply_released_while_its_question_comes_is_there_once(
    desk, open_at, database_url, held, require_sound
):
    """A reply that waits is applied by its question or by being released, never by both."""
    other = open_at(database_url)
    question = message("question", external_id="q", thread="t")
    desk.ingest([brand_reply(question, "answer", external_id="r", thread=None)])
    release = {"older_than": timedelta(0)}
    with held(desk, lambda: other.intake.release(**release)) as (ours, result):
        assert ours.ingest([question]).settled == 1
    (outcome,) = result[0].outcomes or [None]
    assert outcome is None or outcome.state == "duplicate"
    (case,) = desk.cases.find().cases
    assert (case.inbound_count, case.outbound_count) == (1, 1)
    require_sound(desk)


def test_a_question_that_comes_while_its_reply_is_released_finds_it_once(
    desk, open_at, database_url, held, require_sound
):
    """The same race the other way round."""
    other = open_at(database_url)
    question = message("question", external_id="q", thread="t")
    desk.ingest([brand_reply(question, "answer", external_id="r", thread=None)])
    with held(desk, lambda: other.ingest([question])) as (ours, result):
        assert ours.intake.release(older_than=timedelta(0)).counts["applied"] == 1
    assert result[0].counts["applied"] == 1
    found = [i for case in desk.cases.find().cases for i in desk.cases.interactions(case.id)]
    assert [i.external_id for i in found if i.direction == "outbound"] in ([], ["r"])
    require_sound(desk)


def test_a_link_survives_a_message_that_comes_meanwhile(desk, open_at, database_url, held):
    """Linking a person to a customer is not undone by their next message, and the reverse."""
    other = open_at(database_url)
    person = desk.cases.get(desk.ingest([message(by="ana", thread="t")]).cases[0]).identity_id
    later = message(by=Author(external_id="ana", name="Ana"), thread="t")
    with held(desk, lambda: other.ingest([later])) as (ours, _):
        customer = ours.customers.link(person, "crm-1", by="agent:ana", evidence="told us")
    assert desk.customers.identity(person).name == "Ana"
    assert desk.customers.identity(person).customer_id == customer.id
    with held(
        desk, lambda: other.customers.link(person, "crm-2", by="agent:ana", evidence="told us")
    ) as (ours, linked):
        ours.ingest([message(by=Author(external_id="ana", followers=7), thread="t")])
    assert desk.customers.identity(person).followers == 7
    assert desk.customers.identity(person).customer_id == linked[0].id != customer.id


def test_an_edit_that_races_a_split_goes_with_its_message(
    desk, open_at, database_url, held, verify_all
):
    """An edit that comes while its message moves to another case is recorded in that case."""
    other = open_at(database_url)
    first = message("first", by="ana", thread="t")
    second = message("second", by="ana", thread="t")
    (case,) = desk.ingest([first, second]).cases
    moved = desk.cases.interactions(case)[1].id
    with held(desk, lambda: other.ingest([edit(second, "second, edited")])) as (ours, result):
        new = ours.cases.split(case, [moved], **WHO).id
    assert result[0].counts["applied"] == 1
    assert [event.event.type for event in desk.cases.log(new)][-1] == "interaction_revised"
    assert verify_all(desk).problems == []


def test_a_receipt_that_races_a_merge_goes_with_its_message(
    desk, open_at, database_url, held, verify_all
):
    """A receipt that comes while its message is merged away is recorded where the message is."""
    other = open_at(database_url)
    question = message(by="ana", thread="t")
    answer = brand_reply(question)
    source, target = desk.ingest([question, answer, message(by="ben", thread="t")]).cases
    with held(desk, lambda: other.ingest([receipt(answer, "read")])) as (ours, result):
        ours.cases.merge(source, target, **WHO)
    assert result[0].counts["applied"] == 1
    assert desk.cases.log(target)[-1].event.type == "receipt_recorded"
    assert verify_all(desk).problems == []


def test_readers_do_not_wait_for_writers(desk, open_at, database_url, engine):
    """A case can be read while somebody's transaction is changing it."""
    (case,) = desk.ingest([message()]).cases
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        url = url.update_query_dict({"options": "-c lock_timeout=3000"})
    reader = open_at(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        desk.within(connection).cases.set_priority(case, "P1", **WHO)
        assert reader.cases.get(case).priority != "P1"
        assert reader.cases.timeline(case)
        assert reader.cases.find().cases
        connection.commit()
    assert reader.cases.get(case).priority == "P1"


class Echo:
    """A plugin that answers each question by a message of its own."""

    desk = None

    @hookimpl
    def scskit_on_events(self, events):
        """Hand in a message for each case that is opened, but the last one."""
        opened = [event for event in events if event.event.type == "case_opened"]
        if opened and len(self.desk.cases.find().cases) < 5:
            self.desk.ingest([message("echo", by=opened[0].case_id)])


def test_an_observer_may_hand_in_messages(database_url, open_at, verify_all):
    """Who is told of an event may ingest at once: nothing waits for itself."""
    plugin = Echo()
    plugin.desk = open_at(database_url, plugins=[plugin])
    plugin.desk.ingest([message()])
    assert len(plugin.desk.cases.find().cases) == 5
    assert verify_all(plugin.desk).problems == []


# Group commit, by itself.


@pytest.fixture
def groups():
    """Make a group commit whose first group holds the line until the others have queued up."""

    class Groups:
        def __init__(self):
            self.seen = []
            self.inside = Event()
            self.go_on = Event()
            self.commit = GroupCommit(self.work, 10)

        def work(self, items):
            self.seen.append(list(items))
            if "first" in items:
                self.inside.set()
                assert self.go_on.wait(60)
            if "bad" in items:
                message = "the database refused"
                raise StoreError(message)
            return [f"{item} done" for item in items]

        def run(self, *calls):
            """Submit ``first``, then all calls while it is under way; return their results."""
            with ThreadPoolExecutor(len(calls) + 1) as pool:
                first = pool.submit(self.commit.submit, ["first"])
                assert self.inside.wait(60)
                futures = []
                for number, call in enumerate(calls, 1):
                    futures.append(pool.submit(self.commit.submit, call))
                    while len(self.commit._queue) < number:  # noqa: SLF001  how else to tell
                        sleep(0.001)
                self.go_on.set()
                assert first.result() == ["first done"]
                return [future.exception() or future.result() for future in futures]

    return Groups()


def test_waiting_callers_share_a_transaction(groups):
    """Whoever comes while a transaction is under way shares the next one, each with own answers."""
    assert groups.run(["a", "b"], ["c"], ["d"]) == [["a done", "b done"], ["c done"], ["d done"]]
    assert groups.seen == [["first"], ["a", "b", "c", "d"]]


def test_a_group_does_not_grow_beyond_its_limit(groups):
    """A group takes what fits; the others come next, and an oversized call goes alone."""
    calls = [list("abcdef"), list("ghijk"), list("lm"), [str(n) for n in range(30)], ["z"]]
    answers = groups.run(*calls)
    assert answers == [[f"{item} done" for item in call] for call in calls]
    assert groups.seen == [["first"], calls[0], [*calls[1], *calls[2]], calls[3], calls[4]]


def test_an_error_reaches_every_caller_of_the_group_and_no_other(groups):
    """When a shared transaction fails, everybody in it is told, and the next one is unharmed."""
    answers = groups.run(list("abc"), ["bad"], list("def"), list("ghi"), list("jkl"))
    assert [isinstance(answer, StoreError) for answer in answers] == [True] * 4 + [False]
    assert answers[4] == ["j done", "k done", "l done"]
    assert groups.commit.submit(["again"]) == ["again done"]


def test_nobody_hangs_however_many_come():
    """Every caller gets exactly its own answers, also when groups fail now and then."""

    def work(items):
        if any(item % 97 == 0 for item in items):
            message = "unlucky"
            raise StoreError(message)
        return [-item for item in items]

    commit = GroupCommit(work, 16)
    begin = Barrier(THREADS)

    def call(number):
        begin.wait()
        failures = 0
        for n in range(300):
            items = [number * 10_000 + n * 10 + i + 1 for i in range(1 + n % 4)]
            try:
                assert list(commit.submit(items)) == [-item for item in items]
            except StoreError:
                failures += 1
        return failures

    with ThreadPoolExecutor(THREADS) as pool:
        failures = list(pool.map(call, range(THREADS)))
    assert 0 < sum(failures) < THREADS * 300


def test_a_refused_transaction_does_not_stop_the_desk(desks, together, monkeypatch, verify_all):
    """When the database refuses once, the callers of that moment are told; the next succeed."""
    broken = "scskit.storage.transaction.StoreTransaction.write"
    refused = StoreError("the disk is full")

    def fail(*_):
        raise refused

    with monkeypatch.context() as patch:
        patch.setattr(broken, fail)

        def attempt(desk, number):
            try:
                return desk.ingest([message(external_id=str(number))])
            except StoreError as error:
                return error

        answers = together(*(lambda d=d, n=n: attempt(d, n) for n, d in enumerate(desks)))
    assert all("the disk is full" in str(answer) for answer in answers)
    again = [desk.ingest([message(external_id=str(n))]) for n, desk in enumerate(desks)]
    assert all(report.counts["applied"] == 1 for report in again)
    assert verify_all(desks[0]).problems == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_leaves_the_connections_to_its_parent(database_url, open_at, verify_all):
    """A desk that was opened before a fork works in both processes, and neither disturbs."""
    script = Path(__file__).with_name("forking.py")
    done = subprocess.run(
        [sys.executable, str(script), database_url, str(EACH)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    desk = open_at(database_url)
    assert desk.ingest([message(external_id="after")]).counts["duplicate"] == 1
    report = verify_all(desk)
    assert report.problems == []
    assert report.cases == 2 * EACH + 2


def test_a_lost_race_is_no_warning(postgres_url, open_at, caplog):
    """Two that bring the same message at once are everyday: neither driver nor desk warns of it."""
    threads = 4
    barrier = Barrier(threads)
    desks = [open_at(postgres_url) for _ in range(threads)]

    def bring(desk):
        for n in range(30):
            barrier.wait(30)
            desk.ingest([message(external_id=str(n), by="ana", thread=str(n))])

    with caplog.at_level("WARNING"), ThreadPoolExecutor(threads) as pool:
        list(pool.map(bring, desks))
    assert caplog.messages == []
