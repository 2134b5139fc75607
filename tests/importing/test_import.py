"""Whole imports: nothing lost, nothing twice, in the order in which things happened."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit import Account, ConfigError, Deletion, Edit, Policy, StoreError, open_desk
from scskit.core.ids import AccountId
from scskit.importing import Progress, import_file, parse_row_map
from scskit.testing import FakeClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def counts(summary):
    return summary.applied, summary.duplicate, summary.parked, summary.quarantined


def all_cases(desk):
    return desk.cases.find(limit=1000, newest_first=False).cases


def texts(desk):
    return [[i.text for i in desk.cases.interactions(case.id)] for case in all_cases(desk)]


def test_every_part_of_a_message_can_come_from_a_file(take_in, write_jsonl, desk):
    """Whatever a map may name arrives in the message, the person and the case."""
    map_ = """
    network = "facebook"
    extra = ["shop"]
    [row]
    external_id = "id"
    account = "page"
    author = "psid"
    handle = "nick"
    name = "name"
    followers = "reach"
    time = "at"
    text = "text"
    thread = "talk"
    visibility = { value = "private" }
    language = "lang"
    automated = "bot"
    addressed_to = "to"
    direction = { column = "echo", map = { yes = "outbound" }, default = "inbound" }
    [labels]
    mood = "mood"
    sentiment = { column = "stars", map = { 1 = "negative", 5 = "positive" } }
    """
    question = {
        "id": "1", "page": "Acme Shop", "psid": "77", "nick": "ana", "name": "Ana G.",
        "reach": "12.0", "at": "2024-05-01T10:00:00Z", "text": "hola", "talk": "t1", "lang": "es",
        "bot": "", "to": "", "echo": "", "mood": "calm", "stars": "1", "shop": "Leon",
    }  # fmt: skip
    reply = question | {"id": "2", "psid": "page", "to": "77", "echo": "yes", "bot": "True",
                        "at": "2024-05-01T10:05:00Z", "stars": "3"}  # fmt: skip
    assert counts(take_in(write_jsonl([reply, question]), map_)) == (2, 0, 0, 0)
    (case,) = all_cases(desk)
    assert (case.visibility, case.sentiment, case.language) == ("private", "negative", "es")
    assert (case.inbound_count, case.outbound_count, case.first_response_at) == (1, 1, None)
    assert desk.accounts["Acme Shop"].network == "facebook"
    identity = desk.customers.identity(case.identity_id)
    assert (identity.handle, identity.name, identity.followers) == ("ana", "Ana G.", 12)
    first, second = desk.cases.interactions(case.id)
    assert (first.kind, first.extra, second.automated) == ("direct_message", {"shop": "Leon"}, True)
    labels = {(lb.kind, lb.value) for e in desk.cases.log(case.id)[:2] for lb in
              getattr(e.event, "labels", ()) if lb.source == "given"}  # fmt: skip
    assert labels == {("mood", "calm"), ("sentiment", "negative")}


def test_history_happened_when_it_happened(take_in, write_csv, row, answer, desk):
    """With history, the log says the true times; without, that it was taken in now."""
    started = datetime.now(UTC)
    question = row(1)
    rows = [question, answer(2, question)]
    assert counts(take_in(write_csv(rows), history=True)) == (2, 0, 0, 0)
    (case,) = all_cases(desk)
    assert {e.event.at for e in desk.cases.log(case.id)} == {
        datetime(2024, 5, 1, 10, minute, tzinfo=UTC) for minute in (1, 2)
    }
    now = row(3, thread="t3")
    assert counts(take_in(write_csv([now]))) == (1, 0, 0, 0)
    latest = all_cases(desk)[-1]
    assert latest.opened_at == datetime(2024, 5, 1, 10, 3, tzinfo=UTC)
    assert all(e.event.at >= started for e in desk.cases.log(latest.id))


def test_any_order_of_the_file_gives_the_same_case(tmp_path, write_csv, row, answer):
    """Forwards, backwards or shuffled, replies follow what they answer, also within a second."""
    at = "2024-05-01T10:00:00Z"
    rows = [row(1, at=at)]
    rows.append(answer(2, rows[0], at=at))
    rows.append(row(3, at=at, parent="m2", text="thanks"))
    rows.append(answer(4, rows[2], at=at))
    rows += [row(n, author="ben", thread="t9", at=at) for n in (30, 5)]
    rows.append(row(6, author="acme", thread="t9", at=at, **{"from": "brand"}))
    seen = []
    for number in range(6):
        shuffled = rows[:]
        random.Random(number).shuffle(shuffled)  # noqa: S311  an order, not a secret
        with open_desk(tmp_path / f"{number}.db", discover=False) as desk:
            row_map = parse_row_map(Path(__file__).with_name("small.toml").read_text("utf-8"))
            import_file(desk, write_csv(shuffled if number else rows[::-1]), row_map)
            seen.append(
                [
                    (c.state, c.inbound_count, c.outbound_count, c.first_response_at)
                    for c in all_cases(desk)
                ]
            )
            assert texts(desk)[0] == ["text 1", "text 2", "thanks", "text 4"]
    assert seen == [seen[0]] * len(seen)
    assert [case[2] for case in seen[0]] == [2, 1]


def test_a_reply_to_what_never_came_is_applied_all_the_same(take_in, write_csv, row, answer, desk):
    """A brand's reply whose question is not in the file is not left waiting."""
    lost = row(0)
    other = row(1, thread="t1")
    rows = [other, answer(2, lost, thread="t1"), answer(3, lost, thread="t7")]
    summary = take_in(write_csv(rows), history=True)
    assert counts(summary) == (3, 0, 0, 0)
    (case,) = all_cases(desk)
    assert case.first_response_at == datetime(2024, 5, 1, 10, 2, tzinfo=UTC)
    assert case.updated_at == case.first_response_at
    assert counts(take_in(write_csv(rows), history=True)) == (0, 3, 0, 0)


def test_what_waited_before_the_import_does_not_confuse_its_numbers(
    take_in, write_csv, row, answer, desk
):
    """Edits that waited for a message of the file are applied, and counted nowhere."""
    at = datetime(2024, 5, 2, tzinfo=UTC)
    edits = [
        Edit(account="acme", target="m1", edited_at=at, text="changed"),
        Deletion(account="acme", target="m5", deleted_at=at),
    ]
    assert desk.ingest(edits).counts["parked"] == 2
    rows = [row(1, thread="t"), answer(2, row(9), thread="t")]
    assert counts(take_in(write_csv(rows))) == (2, 0, 0, 0)
    assert texts(desk) == [["changed", "text 2"]]


def test_an_interrupted_import_is_continued_by_the_next(take_in, write_csv, row, answer, desk):
    """What an earlier run left waiting is applied by the run that finishes."""
    rows = [row(1, thread="t"), answer(2, row(9), thread="t"), row(3, thread="t")]

    def interrupt(progress: Progress):
        if progress.stage == "applying":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(write_csv(rows), on_progress=interrupt)
    (case,) = all_cases(desk)
    assert case.outbound_count == 0
    assert counts(take_in(write_csv(rows))) == (0, 3, 0, 0)
    assert all_cases(desk)[0].outbound_count == 1


def test_the_same_id_twice_in_one_file(take_in, write_csv, row, desk):
    """The first in the order of time and content stays, in its own thread."""
    rows = [row(1, thread="t2"), row(1, thread="t1"), row(2, thread="t2")]
    assert counts(take_in(write_csv(rows))) == (2, 1, 0, 0)
    assert sorted(case.thread_id for case in all_cases(desk)) == ["acme:t1", "acme:t2"]
    assert texts(desk) == [["text 1"], ["text 2"]]


def test_what_is_no_message_is_kept_told_and_tried_again(take_in, write_csv, row, desk, rejects):
    """A row that cannot be read is in quarantine, whole, with the reason in words."""
    rows = [
        row(1, at="yesterday"),
        row(2, id=""),
        row(3, **{"from": "nobody"}),
        row(4, brand="a:b"),
        row(5, at="1066-10-14T09:00:00Z"),
        row(6),
    ]
    summary = take_in(write_csv(rows), history=True)
    assert counts(summary) == (1, 0, 0, 5)
    assert summary.reasons[:3] == (
        'line 2: time (at): found "yesterday", expected a time in ISO 8601',
        "line 3: external_id (id): found nothing, expected something",
        'line 4: direction (from): found "nobody", expected one of inbound, outbound',
    )
    assert [line["line"] for line in rejects()] == [2, 3, 4, 5, 6]
    assert [line["row"] for line in rejects()] == rows[:5]
    kept = {json.loads(q.payload)["external_id"]: q for q in desk.intake.quarantined()
            if isinstance(json.loads(q.payload).get("external_id"), str)}  # fmt: skip
    payload = json.loads(kept["m1"].payload)
    assert payload["posted_at"] == {"found": "yesterday", "expected": "a time in ISO 8601"}
    assert payload["extra"]["row"] == rows[0]
    assert desk.intake.redrive().counts["quarantined"] == 5
    payload["posted_at"] = "2024-05-01T10:01:00Z"
    assert desk.ingest([payload]).counts["applied"] == 1
    assert counts(take_in(write_csv(rows), history=True)) == (0, 1, 0, 5)
    assert len(desk.intake.quarantined()) == 5


def test_nothing_is_written_beside_when_nothing_is_rejected(take_in, write_csv, row, rejected):
    """The file of rejected rows exists only if there are some."""
    summary = take_in(write_csv([row(1)]))
    assert (summary.rejected_file, summary.reasons) == (None, ())
    assert not rejected.exists()


def test_a_declared_desk_takes_only_its_own_accounts(sqlite_url, write_csv, row, rejected):
    """With declared accounts, rows of others wait in quarantine until theirs is declared."""
    row_map = parse_row_map(Path(__file__).with_name("small.toml").read_text("utf-8"))
    path = write_csv([row(1), row(2, brand="other")])
    acme, other = (Account(id=AccountId(i), network="twitter") for i in ("acme", "other"))
    with open_desk(sqlite_url, Policy(accounts={"acme": acme}), discover=False) as desk:
        summary = import_file(desk, path, row_map, rejected_path=rejected)
        assert counts(summary) == (1, 0, 0, 1)
        assert "account: 'other' is not declared in the desk file" in summary.reasons[0]
        assert set(desk.accounts) == {"acme"}
    declared = Policy(accounts={"acme": acme, "other": other})
    with open_desk(sqlite_url, declared, discover=False) as desk:
        assert desk.intake.redrive().counts["applied"] == 1


def test_progress_counts_bytes_and_then_rows(take_in, write_csv, row):
    """Whoever watches sees the file read to its end and then every row applied."""
    path = write_csv([row(n) for n in range(2500)])
    seen = []
    take_in(path, on_progress=seen.append)
    reading = [p for p in seen if p.stage == "reading"]
    applying = [p for p in seen if p.stage == "applying"]
    assert seen == reading + applying
    size = path.stat().st_size
    assert reading[-1] == Progress(stage="reading", done=size, total=size)
    assert [p.done for p in applying] == [1000, 2000, 2500]
    assert {p.total for p in applying} == {2500}


def test_the_temporary_file_is_where_it_should_be_and_gone_at_the_end(
    take_in, write_csv, row, tmp_path, monkeypatch
):
    """Rows are put in order in the directory for temporary files, which is left clean."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    seen = []
    take_in(write_csv([row(1)]), on_progress=lambda _: seen.extend(folder.iterdir()))
    assert seen
    assert not list(folder.iterdir())
    with pytest.raises(ZeroDivisionError):
        take_in(write_csv([row(1)]), on_progress=lambda _: 1 / 0)
    assert not list(folder.iterdir())


def test_rejected_rows_that_cannot_be_written_beside(take_in, write_csv, row, rejected, desk):
    """If the file of rejected rows cannot be written, that is told; the rows are kept anyhow."""
    rejected.mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        take_in(write_csv([row(1, at="soon"), row(2)]))
    assert len(desk.intake.quarantined()) == 1
    assert len(all_cases(desk)) == 1


def test_a_full_disk_for_temporary_files(take_in, write_csv, row, monkeypatch, desk):
    """When rows cannot be put in order, nothing is taken in, and the error says what to do."""
    monkeypatch.setattr("scskit.importing.spooling._INSERT", "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(StoreError, match="set TMPDIR to a place with room"):
        take_in(write_csv([row(1)]))
    assert not all_cases(desk)


FIRST = (
    b'{"id":"0","brand":"acme","author":"ana","at":"2024-05-01T10:00:00Z","text":"",'
    b'"thread":"","parent":"","from":"customer"}'
)
rows_of_any_kind = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["", "1", "2", "3", "10", "x\0y", "\ud800"]),
            "brand": st.sampled_from(["acme", "Acme Air", "", "a:b"]),
            "author": st.sampled_from(["ana", "ben", ""]),
            "at": st.sampled_from(
                ["2024-05-01T10:00:00Z", "2024-05-01T10:00:01Z", "2024-05-01", "soon", ""]
            ),
            "text": st.text(max_size=5),
            "thread": st.sampled_from(["", "t1", "t2"]),
            "parent": st.sampled_from(["", "1", "2", "3", "99"]),
            "from": st.sampled_from(["customer", "brand", "who"]),
        }
    ),
    max_size=30,
)


@pytest.mark.slow
@given(rows=rows_of_any_kind, garbage=st.lists(st.binary(max_size=30), max_size=3))
def test_no_row_is_ever_lost(rows, garbage):
    """Whatever is in a file, its rows are the sum of the four ends, and twice adds nothing."""
    row_map = parse_row_map(Path(__file__).with_name("small.toml").read_text("utf-8"))
    lines = [json.dumps(row).encode() for row in rows] + garbage
    random.Random(len(lines)).shuffle(lines)  # noqa: S311  an order, not a secret
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(b"\n".join([FIRST, *lines]))
        with open_desk(Path(folder) / "desk.db", discover=False, clock=FakeClock(NOW)) as desk:
            rejected = Path(folder) / "rejected.jsonl"
            first, second = (
                import_file(desk, path, row_map, history=True, rejected_path=rejected)
                for _ in range(2)
            )
            assert sum(counts(first)) == first.rows == second.rows
            assert first.rows >= len(rows)
            assert first.parked == 0
            assert counts(second) == (
                0,
                first.applied + first.duplicate,
                0,
                first.quarantined,
            )
            written = rejected.read_bytes().count(b"\n") if rejected.exists() else 0
            assert written == first.quarantined
            assert not desk.intake.release(older_than=timedelta(0)).outcomes


def test_where_rejected_rows_cannot_go_nothing_is_taken_in(take_in, write_csv, row, desk, tmp_path):
    """A slip in the name of a folder is told before the work, not after it."""
    nowhere = tmp_path / "no" / "rejected.jsonl"
    with pytest.raises(ConfigError, match="there is no folder"):
        take_in(write_csv([row(1)]), rejected_path=nowhere)
    assert all_cases(desk) == ()
