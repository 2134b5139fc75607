"""``verify`` finds every row that somebody changed behind the desk's back, and no other."""

# ruff: noqa: D107, S608  statements are written here, not put together from input

from __future__ import annotations

import re
import secrets
import tracemalloc
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Integer, LargeBinary, create_engine, make_url, text

from scskit import Author, open_desk
from scskit.core.calendar import Calendar
from scskit.core.case import Case
from scskit.core.match import When
from scskit.core.policy import Policy
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.storage import verify as verifying
from scskit.storage.case_rows import NO_TIMES, case_row, read_case
from scskit.storage.chain import HASHED, link
from scskit.storage.database import make_driver, parse_url
from scskit.storage.sql import column_names
from scskit.storage.tables import METADATA
from scskit.storage.verify import verify
from scskit.testing import START, FakeClock, brand_reply, edit, message

TENANT = "default"
MINUTE = timedelta(minutes=1)
# The last two follow from the others and the calendars, and have tests of their own.
APART = {"tenant", "id", "due_at", "wake_at"}
CASE_COLUMNS = [c for c in METADATA.tables["scs_case"].columns if c.name not in APART]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowded(request, tmp_path_factory, live):
    """Fill a database once for all kinds of tampering, which are rolled back one by one."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('verify')}/desk.db"
        yield from _crowd(url, live)
        return
    server = make_url(request.getfixturevalue("postgres_server_url"))
    name = f"scskit_verify_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name).render_as_string(hide_password=False)
    yield from _crowd(url, live)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _crowd(url, live):
    with open_desk(url, discover=False, clock=FakeClock()) as desk:
        live(desk, 7, 60)
        question = message("the victim", by="victim", thread="v", external_id="v1")
        report = desk.ingest([question, brand_reply(question, external_id="v2")])
        desk.ingest([edit(question, "the victim, edited")])
        case = report.cases[0]
        desk.cases.note(case, "a note", by="agent:ana")
        desk.cases.set_priority(case, "P1", by="agent:ana", because="test")
        other = desk.ingest([message("bystander", by="other", thread="o")]).cases[0]
    engine = create_engine(parse_url(url))
    yield Victim(engine, case, other)
    engine.dispose()


class Victim:
    """A case to tamper with, the second case beside it, and how to look at the result."""

    def __init__(self, engine, case, other):
        self.engine = engine
        self.case = case
        self.other = other

    @contextmanager
    def tampering(self):
        """Tamper inside a transaction that never commits."""
        with self.engine.connect() as connection, connection.begin() as transaction:

            def run(statement, **parameters):
                parameters = {"case": self.case, "other": self.other, **parameters}
                used = {k: v for k, v in parameters.items() if re.search(rf":{k}\b", statement)}
                return connection.execute(text(statement), used)

            def check(**options):
                driver = make_driver(
                    self.engine.dialect.name, connection.connection.driver_connection
                )
                return verify(driver, TENANT, **options)

            yield run, check
            transaction.rollback()


def test_a_busy_life_leaves_a_clean_database(desk, live, verify_all):
    """After any traffic and any commands every chain is unbroken and every row is right."""
    live(desk, 1, 150)
    report = verify_all(desk)
    assert report.problems == []
    assert report.clean
    cases = desk.cases.find(limit=1000).cases
    assert report.cases == len(cases) > 5
    assert report.events == sum(case.version for case in cases)


def test_the_victim_is_clean_before_anything_is_done_to_it(crowded):
    """What the following tests find is what they did."""
    with crowded.tampering() as (_, check):
        assert check().problems == []


ALTERED_EVENTS = {
    "payload": "payload = '{}'",
    "actor": "actor = 'agent:mallory'",
    "because": "because = 'nothing'",
    "at": "at = at + 1",
    "recorded_at": "recorded_at = recorded_at - 1",
    "type": "type = 'priority_set'",
    "schema_version": "schema_version = 2",
    "position": "position = position + 100000000000",
    "hash": "hash = :hash",
}


@pytest.mark.parametrize("column", ALTERED_EVENTS)
def test_an_altered_event_is_named(crowded, column):
    """Whatever is changed in an event, that event is the one that is named."""
    with crowded.tampering() as (run, check):
        change = f"UPDATE scs_event SET {ALTERED_EVENTS[column]} WHERE case_id = :case AND seq = 3"
        assert run(change, hash=b"\0" * 32).rowcount == 1
        report = check()
    assert not report.clean
    (problem,) = report.problems
    assert re.match(rf"event 3 \(\w+\) of case {crowded.case} at position \d+: ", problem)
    assert "altered" in problem


@pytest.mark.parametrize("change", ["seq = seq + 1000", "tenant = 'elsewhere'", "case_id = :other"])
def test_an_event_taken_out_of_its_place_is_missed(crowded, change):
    """An event that is moved away is missed in its case, at the first event after the hole."""
    with crowded.tampering() as (run, check):
        run("DELETE FROM scs_event WHERE case_id = :other AND seq = 3")
        run(f"UPDATE scs_event SET {change} WHERE case_id = :case AND seq = 3")
        problems = check().problems
    assert any(
        problem.startswith(f"event 4 (case_routed) of case {crowded.case} ")
        and problem.endswith("event 3 is missing from the log")
        for problem in problems
    )


def test_a_position_that_the_feed_does_not_show_is_named(crowded):
    """An event moved into the future of the feed would never be read, and is named."""
    with crowded.tampering() as (run, check):
        last = "SELECT max(seq) FROM scs_event WHERE case_id = :case"
        run(f"UPDATE scs_event SET txn = 100000000000 WHERE case_id = :case AND seq = ({last})")
        (problem,) = check().problems
    assert f"(priority_set) of case {crowded.case} " in problem
    assert "the feed does not show it" in problem


@pytest.mark.parametrize(
    ("which", "named", "words"),
    [
        ("seq = 1", r"event 2 \(\w+\) of case {case} ", "event 1 is missing"),
        ("seq = 4", r"event 5 \(\w+\) of case {case} ", "event 4 is missing"),
        (
            "seq = (SELECT max(seq) FROM scs_event WHERE case_id = :case)",
            "case {case}: ",
            "missing at the end",
        ),
        ("seq > 0", "case {case}: ", "it has no events"),
    ],
    ids=["first", "middle", "last", "all"],
)
def test_a_deleted_event_is_missed(crowded, which, named, words):
    """Events cannot disappear: not the first, not the last, not all of a case."""
    with crowded.tampering() as (run, check):
        assert run(f"DELETE FROM scs_event WHERE case_id = :case AND {which}").rowcount
        (problem,) = check().problems
    assert re.match(named.format(case=crowded.case), problem)
    assert words in problem


def test_swapped_events_of_a_case_are_named(crowded):
    """The order in which things happened to a case cannot be changed."""
    with crowded.tampering() as (run, check):
        for old, new in ((2, -1), (4, 2), (-1, 4)):
            run(f"UPDATE scs_event SET seq = {new} WHERE case_id = :case AND seq = {old}")
        (problem,) = check().problems
    assert problem.startswith("event 2 ")
    assert f"of case {crowded.case} " in problem


def test_swapped_positions_in_the_feed_are_named(crowded):
    """The order of the feed cannot be changed, also between two cases."""
    place = "SELECT txn, position FROM scs_event WHERE case_id = :{} AND seq = 2"
    with crowded.tampering() as (run, check):
        ours, theirs = (run(place.format(which)).one() for which in ("case", "other"))
        change = (
            "UPDATE scs_event SET txn = :txn, position = :position WHERE case_id = :{} AND seq = 2"
        )
        for which, (txn, position) in (("case", (-1, -1)), ("other", ours), ("case", theirs)):
            run(change.format(which), txn=txn, position=position)
        problems = check().problems
    assert {re.search(r"^event 2 .* of case (\w+)", problem)[1] for problem in problems} == {
        crowded.case,
        crowded.other,
    }


@pytest.mark.parametrize("column", CASE_COLUMNS, ids=[column.name for column in CASE_COLUMNS])
def test_an_altered_case_is_named(crowded, column):
    """A case's row says what its events say: no column of it can be changed."""
    with crowded.tampering() as (run, check):
        if isinstance(column.type, (Integer, BigInteger)):
            change = f"coalesce({column.name}, 0) + 1"
        elif isinstance(column.type, LargeBinary):
            change = ":blob"
        elif column.name == "detail":
            change = """'{"related":[["c","related"]]}'"""
        else:
            change = f"coalesce({column.name}, '') || 'x'"
        run(f"UPDATE scs_case SET {column.name} = {change} WHERE id = :case", blob=b"\1" * 32)
        report = check()
    assert not report.clean
    (problem,) = report.problems
    assert problem.startswith(f"case {crowded.case}: ")
    shown = {
        "detail": "related",
        "head": "another hash",
        "version": "at version",
        "waiting_since": "in: unanswered",
        "pauses": "cannot be read",
        "sla": "cannot be read",
    }
    assert shown.get(column.name, f"in: {column.name}") in problem


@pytest.mark.parametrize("detail", ["not JSON", "[1]", '{"related": 3}'])
def test_a_case_that_cannot_be_read_is_named(crowded, detail):
    """A row that is damaged beyond reading is a finding, and the others are checked as well."""
    with crowded.tampering() as (run, check):
        run("UPDATE scs_case SET detail = :detail WHERE id = :case", detail=detail)
        run("UPDATE scs_case SET priority = 'P9' WHERE id = :other")
        first, second = check().problems
    assert first.startswith(f"case {crowded.case}: the row cannot be read")
    assert second.startswith(f"case {crowded.other}: ")


def test_a_deleted_case_is_missed(crowded):
    """A case cannot disappear: its events, messages and threads ask for it."""
    with crowded.tampering() as (run, check):
        run("DELETE FROM scs_case WHERE id = :case")
        problems = check().problems
        assert problems[0].startswith(f"event 1 (case_opened) of case {crowded.case} ")
        assert "its case has no row" in problems[0]
        run("DELETE FROM scs_event WHERE case_id = :case")
        problems = check().problems
    assert any(f"its case {crowded.case} has no row" in problem for problem in problems)
    assert any(problem.startswith("person twitter:") for problem in problems)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE scs_interaction SET text = 'forged' WHERE {}", "text of interaction"),
        ("DELETE FROM scs_interaction WHERE {}", "is missing"),
        ("UPDATE scs_interaction SET direction = 'outbound' WHERE {}", "direction, thread or time"),
        ("UPDATE scs_interaction SET posted_at = posted_at - 1 WHERE {}", "direction, thread or"),
        ("UPDATE scs_interaction SET thread_id = 'elsewhere' WHERE {}", "direction, thread or"),
    ],
)
def test_an_altered_message_is_named(crowded, change, words):
    """What a customer said cannot be changed or taken away: the log vouches for it."""
    with crowded.tampering() as (run, check):
        which = "external_id = 'v1' AND revision = 0"
        assert run(change.format(which)).rowcount == 1
        problem = check().problems[0]
    assert problem.startswith(f"event 2 (interaction_added) of case {crowded.case} ")
    assert words in problem


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE scs_interaction SET text = 'forged' WHERE {}", "was altered"),
        ("UPDATE scs_interaction SET deleted = NOT deleted WHERE {}", "was altered"),
        ("DELETE FROM scs_interaction WHERE {}", "is missing"),
    ],
)
def test_an_altered_edit_is_named(crowded, change, words):
    """What a customer made of a message cannot be changed or taken away either."""
    with crowded.tampering() as (run, check):
        assert run(change.format("external_id = 'v1' AND revision > 0")).rowcount == 1
        (problem,) = check().problems
    assert re.search(rf"\(interaction_revised\) of case {crowded.case} .*{words}", problem)


def test_a_message_moved_to_another_case_is_missed(crowded):
    """A message stays in its case unless the log says otherwise."""
    with crowded.tampering() as (run, check):
        run("UPDATE scs_interaction SET case_id = :other WHERE external_id = 'v2'")
        (problem,) = check().problems
    assert re.match(rf"case {crowded.case}: interaction \w+ belongs to it and is not", problem)


def test_a_forged_message_is_named(crowded):
    """A message that never came in has no line in the ledger."""
    columns = ", ".join(column_names("scs_interaction"))
    others = columns.replace("id,", "'forged' AS id,", 1).replace(
        "external_id", "'forged' AS external_id"
    )
    with crowded.tampering() as (run, check):
        run(
            f"INSERT INTO scs_interaction ({columns}) SELECT {others} FROM scs_interaction"
            " WHERE external_id = 'v1' AND revision = 0"
        )
        (problem,) = check().problems
    assert problem.startswith("interaction forged (message forged of twitter.acme): no ledger line")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE scs_note SET text = 'forged' WHERE case_id = :case", "was altered"),
        ("DELETE FROM scs_note WHERE case_id = :case", "is missing"),
    ],
)
def test_an_altered_note_is_named(crowded, change, words):
    """What a colleague wrote down cannot be changed or taken away."""
    with crowded.tampering() as (run, check):
        assert run(change).rowcount == 1
        (problem,) = check().problems
    assert re.search(rf"\(note_added\) of case {crowded.case} .*: note \w+ {words}", problem)


def test_a_lost_ledger_target_is_named(crowded):
    """A ledger line leads to a message that is there."""
    with crowded.tampering() as (run, check):
        run("UPDATE scs_ledger SET interaction_id = 'nowhere' WHERE external_id = 'v1'")
        problems = check().problems
    assert "ledger line twitter.acme/message/v1: its interaction is missing" in problems


@pytest.mark.parametrize("where", ["end", "stranger"])
def test_a_forged_event_is_named(crowded, where):
    """An event that the desk did not write is found, also when it continues the chain correctly."""
    columns = column_names("scs_event")
    with crowded.tampering() as (run, check):
        last = run(
            f"SELECT {', '.join(columns)} FROM scs_event WHERE case_id = :case"
            " ORDER BY seq DESC LIMIT 1"
        ).one()
        forged = dict(zip((name.strip('"') for name in columns), last, strict=True))
        previous = bytes(forged["hash"]) if where == "end" else b""
        forged["position"] += 1
        forged["case_id"] = crowded.case if where == "end" else "nobody"
        forged["seq"] = forged["seq"] + 1 if where == "end" else 1
        forged["payload"] = '{"priority":"P4"}'
        forged["hash"] = link(previous, tuple(forged[name] for name in HASHED))
        run("DELETE FROM scs_event WHERE position = :position", position=forged["position"])
        names = ", ".join(f'"{name}"' for name in forged)
        marks = ", ".join(f":{name}" for name in forged)
        run(f"INSERT INTO scs_event ({names}) VALUES ({marks})", **forged)
        problems = check().problems
    if where == "end":
        assert any(
            problem.startswith(f"case {crowded.case}: ") and "another hash" in problem
            for problem in problems
        )
    else:
        assert any(
            problem.startswith("event 1 (priority_set) of case nobody ")
            and "its case has no row" in problem
            for problem in problems
        )


def test_at_most_so_many_problems_are_told(crowded):
    """A database that is wrong from end to end does not fill the screen."""
    with crowded.tampering() as (run, check):
        changed = run("UPDATE scs_case SET priority = 'P9'").rowcount
        assert len(check().problems) == changed > 3
        assert len(check(most=3).problems) == 3


def test_small_pages_find_the_same(desk, live, verify_all, monkeypatch, engine):
    """However the checking is cut into pages, it finds the same."""
    live(desk, 3, 80)
    whole = verify_all(desk)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE scs_event SET actor = 'x' WHERE seq = 9 AND case_id ="
                " (SELECT min(case_id) FROM scs_event WHERE seq = 9)"
            )
        )
    damaged = verify_all(desk)
    monkeypatch.setattr(verifying, "PAGE", 3)
    monkeypatch.setattr(verifying, "SLICE", 4)
    again = verify_all(desk)
    assert whole.clean
    assert len(damaged.problems) == 1
    assert (again.problems, again.cases, again.events) == (
        damaged.problems,
        damaged.cases,
        damaged.events,
    )


def test_checking_does_not_disturb_and_is_not_disturbed(desk, live, verify_all, monkeypatch):
    """A database that is being written to is checked as of one instant, without false alarms."""
    monkeypatch.setattr(verifying, "PAGE", 2)
    live(desk, 4, 20)
    stop = Event()
    errors = []

    def write():
        seed = 100
        try:
            while not stop.is_set():
                live(desk, seed := seed + 1, 5)
        except BaseException as error:  # noqa: BLE001  the test shows it
            errors.append(error)

    writer = Thread(target=write)
    writer.start()
    try:
        reports = [verify_all(desk) for _ in range(12)]
    finally:
        stop.set()
        writer.join()
    assert errors == []
    assert [report.problems for report in reports] == [[]] * len(reports)
    assert reports[-1].events > reports[0].events


def test_checking_needs_little_memory(desk, verify_all):
    """A database of any size is checked: long texts and long cases are not held at once."""
    long = "x" * 200_000
    desk.ingest([message(f"{n} {long}", thread="t", external_id=str(n)) for n in range(150)])
    tracemalloc.start()
    try:
        assert verify_all(desk).clean
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


def test_whoever_wrote_late_into_a_solved_case_waits_since_then(desk, verify_all):
    """A message that comes after its case was solved, older than the last one, is kept as told."""
    said = [
        message(str(n), thread="t", external_id=str(n), posted_at=START + n * MINUTE)
        for n in range(3)
    ]
    (case,) = desk.ingest([said[0], said[2]]).cases
    desk.cases.solve(case, by="agent:ana", because="test")
    desk.ingest([said[1]])
    assert verify_all(desk).problems == []
    assert desk.cases.get(case).unanswered == (said[1].posted_at,)


@given(st.data())
def test_a_row_is_read_as_it_was_written(data):
    """Whoever waits since whenever: a case comes back from its row as its events made it."""
    instants = st.integers(0, 9).map(lambda n: START + n * MINUTE)
    waiting = tuple(sorted(data.draw(st.sets(instants))))
    case = Case(
        id="c",
        version=1,
        state="open",
        account_id="a",
        thread_id="t",
        identity_id="i",
        visibility="public",
        opened_at=START,
        updated_at=START,
        policy_version="1",
        unanswered=waiting,
        # Nobody waits for longer than they have been writing.
        last_inbound_at=data.draw(instants.filter(lambda at: not waiting or at >= waiting[-1])),
    )
    row = case_row("tenant", case, b"", NO_TIMES)
    assert read_case(row) == (case, b"")


@pytest.mark.parametrize("column", ["due_at", "wake_at"])
def test_an_invented_deadline_is_named(crowded, column):
    """Nobody is hurried, or woken, by a row that says so alone."""
    with crowded.tampering() as (run, check):
        run(f"UPDATE scs_case SET {column} = 1 WHERE id = :case")
        (problem,) = check().problems
    assert problem == f"case {crowded.case}: the row differs from what its events say, in: {column}"


@pytest.mark.parametrize("change", ["NULL", "wake_at + 1"])
def test_a_snooze_that_would_end_late_is_named(desk, verify_all, engine, change):
    """A case that rests until an instant cannot be made to rest longer behind the desk's back."""
    (case,) = desk.ingest([message()]).cases
    desk.cases.snooze(case, START + timedelta(days=1), by="agent:ana", because="test")
    assert verify_all(desk).problems == []
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE scs_case SET wake_at = {change}"))
    (problem,) = verify_all(desk).problems
    assert problem == f"case {case}: the row differs from what its events say, in: wake_at"


@pytest.mark.parametrize("column", ["due_at", "wake_at"])
@pytest.mark.parametrize("hours", [True, False])
def test_a_deadline_that_was_put_off_is_named(database_url, open_at, engine, column, hours):
    """What was promised is due when it follows from the promise, by the hours of its time."""
    promise = SlaRule(name="all", when=When(), targets=SlaTargets(resolution=timedelta(hours=9)))
    office = Calendar.of("Europe/Madrid", dict.fromkeys(("mon", "tue", "wed"), ("09:00-14:00",)))
    sla = SlaPolicy(rules=(promise,), calendar="office" if hours else "")
    policy = Policy(calendars={"office": office}, sla=sla)
    (case,) = open_at(database_url, policy).ingest([message()]).cases
    later = open_at(database_url)  # another policy, which knows of no calendar
    assert later.cases.get(case).sla
    check = later._services.store.verify  # noqa: SLF001  as ``scskit verify`` does
    assert check().problems == []
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE scs_case SET {column} = {column} + 1"))
    assert check().problems == [
        f"case {case}: the row differs from what its events say, in: {column}"
    ]


@pytest.mark.parametrize("given", [1.5, True, b"es", "e\0s", "\ud800"])
def test_a_language_that_is_no_text_harms_nobody(desk, verify_all, given):
    """What a sender says of an author is kept as text, in the row as in the log."""
    ana = Author(external_id="7", handle="ana", name="Ana", language=given)
    (case,) = desk.ingest([message("1234", by=ana, language=None)]).cases
    assert verify_all(desk).problems == []
    assert isinstance(desk.cases.get(case).language, str)
