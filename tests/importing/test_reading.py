"""Files as people have them: packed or not, torn, mixed up, in the wrong encoding."""

from __future__ import annotations

import csv
import gzip
import os
import threading
from pathlib import Path

import pytest

from scskit import ConfigError

HEADER = b"id,brand,author,at,text,thread,parent,from\n"
GOOD = b"m1,acme,ana,2024-05-01T10:00:00Z,hello,,,customer\n"
NEXT = b"m2,acme,ben,2024-05-01T10:01:00Z,good bye,,,customer\n"


def counts(summary):
    return summary.applied, summary.duplicate, summary.parked, summary.quarantined


def all_texts(desk):
    cases = desk.cases.find(limit=1000, newest_first=False).cases
    return [i.text for case in cases for i in desk.cases.interactions(case.id)]


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows"])
@pytest.mark.parametrize("packed", [True, False])
def test_the_content_tells_whether_a_file_is_packed(name, packed, take_in, write_bytes, desk):
    """Plain or gzipped, whatever the name: the rows are the same."""
    content = HEADER + GOOD + NEXT
    summary = take_in(write_bytes(gzip.compress(content) if packed else content, name))
    assert counts(summary) == (2, 0, 0, 0)
    assert all_texts(desk) == ["hello", "good bye"]


def test_json_lines_know_nested_objects_and_their_own_types(take_in, write_jsonl, desk):
    """Dots lead into objects; numbers, true and null are what they are in a CSV file."""
    map_ = """
    network = "twitter"
    time_format = "epoch"
    extra = ["entities", "score"]
    [row]
    external_id = "id"
    account = { value = "acme" }
    author = "user.id"
    handle = "user.screen.name"
    followers = "user.followers"
    time = "at"
    text = "text"
    language = "lang"
    direction = { column = "mine", map = { True = "outbound", False = "inbound" } }
    """
    user = {"id": 10**25 + 1, "followers": 12, "screen": {"name": "Ana"}}
    first = {"id": 2**70, "user": user, "at": 1.5e9, "text": "hola", "lang": None, "mine": False}
    second = {"id": 7, "user": {"id": "b"}, "at": 1500000001, "text": "hi", "mine": False}
    summary = take_in(write_jsonl([first | {"score": 1.50, "entities": {"a": [1]}}, second]), map_)
    assert counts(summary) == (2, 0, 0, 0)
    first_case, _ = desk.cases.find(newest_first=False).cases
    (interaction,) = desk.cases.interactions(first_case.id)
    assert interaction.external_id == str(2**70)
    assert interaction.extra == {"score": "1.5", "entities": '{"a": ["1"]}'}
    identity = desk.customers.identity(first_case.identity_id)
    assert identity.external_id == str(10**25 + 1)
    assert (identity.handle, identity.followers) == ("Ana", 12)


def test_the_format_shows_in_the_first_character(take_in, write_jsonl, row):
    """A file of objects is JSON Lines, whatever it is called."""
    assert counts(take_in(write_jsonl([row(1)], "rows.csv"))) == (1, 0, 0, 0)


def test_a_byte_order_mark_and_other_line_ends(take_in, write_bytes, desk):
    """What programs on other systems write reads the same."""
    content = b"\xef\xbb\xbf" + (HEADER + GOOD + NEXT).replace(b"\n", b"\r\n")
    assert counts(take_in(write_bytes(content))) == (2, 0, 0, 0)
    assert counts(take_in(write_bytes((HEADER + GOOD).replace(b"\n", b"\r")))) == (0, 1, 0, 0)


def test_line_ends_and_quotes_inside_a_text(take_in, write_csv, row, desk):
    """A text of several lines with quotes and commas arrives as it was written."""
    text = 'one,\n"two"\r\n\r\nthree;'
    assert counts(take_in(write_csv([row(1, text=text), row(2)]))) == (2, 0, 0, 0)
    assert text in all_texts(desk)


def test_a_very_long_text(take_in, write_csv, row, desk):
    """A text beyond the limit of Python's csv module arrives whole; the limit stays as it was."""
    before = csv.field_size_limit(131_072)
    text = "ñ" * 3_000_000
    assert counts(take_in(write_csv([row(1, text=text), row(2)]))) == (2, 0, 0, 0)
    assert text in all_texts(desk)
    assert csv.field_size_limit(before) == 131_072


def test_semicolons_and_a_constant_column(take_in, write_bytes):
    """A spreadsheet's file is told by its delimiter."""
    map_ = """
    network = "twitter"
    delimiter = ";"
    time_zone = "Europe/Madrid"
    time_format = "%d/%m/%Y %H:%M"
    [row]
    external_id = "id"
    account = { value = "acme" }
    author = "who"
    time = "when"
    """
    content = b"id;who;when\n1;ana;31/01/2024 10:00\n"
    assert counts(take_in(write_bytes(content), map_)) == (1, 0, 0, 0)


def test_bytes_that_are_not_utf8_cost_their_own_row(take_in, write_bytes, rejects):
    """One row in another encoding is quarantined; those around it go in."""
    bad = "m9,acme,eva,2024-05-01T10:02:00Z,años,,,customer\n".encode("latin-1")
    summary = take_in(write_bytes(HEADER + GOOD + bad + NEXT))
    assert counts(summary) == (2, 0, 0, 1)
    assert summary.reasons == ("line 3: the byte 0xf1 is not UTF-8",)
    (line,) = rejects()
    assert line["row"]["text"] == "a\udcf1os"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"m9,acme,eva\n", "found 3 columns, expected 8"),
        (GOOD.strip() + b",and,more\n", "found 10 columns, expected 8"),
    ],
)
def test_rows_with_too_few_or_too_many_columns(bad, reason, take_in, write_bytes, rejects):
    """A torn row is quarantined with its line; those around it go in."""
    summary = take_in(write_bytes(HEADER + GOOD + bad + NEXT))
    assert counts(summary) == (2, 0, 0, 1)
    assert rejects()[0]["line"] == 3
    assert reason in rejects()[0]["reason"]


@pytest.mark.parametrize(
    "bad",
    [
        b'm9,acme,eva,2024-05-01T10:02:00Z,"never closed,,,customer\n',
        b'm9,acme,eva,2024-05-01T10:02:00Z,text,,,"customer\n',
    ],
)
def test_a_quote_that_is_never_closed_costs_its_own_line(bad, take_in, write_bytes, rejects):
    """A stray quote does not swallow the rest of the file."""
    summary = take_in(write_bytes(HEADER + GOOD + bad + NEXT))
    assert counts(summary) == (2, 0, 0, 1)
    (line,) = rejects()
    assert line == {
        "line": 3,
        "reason": "a quote is opened that is not closed properly",
        "row": bad.decode().strip(),
    }


def test_lines_without_any_text_are_no_rows(take_in, write_bytes):
    """The empty lines that spreadsheets leave behind count as nothing."""
    summary = take_in(write_bytes(HEADER + b"\n,,,,,,,\n" + GOOD + b"\n,,,,,,,\n\n"))
    assert (summary.rows, summary.applied) == (1, 1)


def test_lines_that_are_no_json_objects(take_in, write_bytes, rejects):
    """Torn JSON, a list and a bare text are quarantined; the line between them goes in."""
    good = (
        b'{"id":"m1","brand":"acme","author":"ana","at":"2024-05-01T10:00:00Z","text":"a",'
        b'"thread":"","parent":"","from":"customer"}\n'
    )
    deep = b'{"id":' * 100_000 + b"\n"
    summary = take_in(write_bytes(good + b'{"id": "m2", \n[1]\n\n"text"\n' + deep + b'{"a\xf1":1}'))
    assert counts(summary) == (1, 0, 0, 5)
    lines = rejects()
    assert [line["line"] for line in lines] == [2, 3, 5, 6, 7]
    assert lines[0]["row"] == '{"id": "m2", '
    assert "this is no JSON" in lines[0]["reason"]
    assert "expected a JSON object" in lines[1]["reason"]
    assert "0xf1 is not UTF-8" in lines[4]["reason"]


def test_columns_that_the_file_lacks_are_one_clear_error(take_in, write_csv, row, desk):
    """Every missing column is named with its nearest spelling, and nothing is taken in."""
    columns = ("id", "Brand", "author", "at", "txet", "thread", "parent", "from")
    path = write_csv([], columns=columns)
    with pytest.raises(ConfigError) as caught:
        take_in(path)
    account, text = caught.value.problems
    assert account.startswith(
        'map.toml: row.account: found "brand", a column that rows.csv does not have'
        ' (did you mean "Brand"?); allowed: Brand, '
    )
    assert 'row.text: found "text"' in text
    assert 'did you mean "txet"?' in text
    assert not desk.accounts


def test_columns_that_no_json_object_has(take_in, write_jsonl, row, desk):
    """In JSON Lines a column may be missing here and there, but not everywhere."""
    rows = [row(n) for n in (1, 2)]
    del rows[0]["text"]
    assert counts(take_in(write_jsonl(rows))) == (2, 0, 0, 0)
    for given in rows:
        given["mesage"] = given.pop("text", "")
        given["id"] += "b"
    with pytest.raises(ConfigError, match=r'row.text: found "text", a column that rows\.jsonl'):
        take_in(write_jsonl(rows))
    assert len(all_texts(desk)) == 2


def test_a_column_with_a_default_may_be_missing(take_in, write_csv, write_jsonl, row, desk):
    """What only some files have is named with a default: then others go in as well."""
    map_ = Path(__file__).with_name("small.toml").read_text("utf-8")
    map_ = map_.replace('thread = "thread"', 'thread = { column = "thread", default = "all" }')
    map_ = map_.replace('parent = "parent"', 'parent = { column = "parent", default = "" }')
    rows = [row(n) for n in (1, 2)]
    for given in rows:
        del given["thread"], given["parent"]
    columns = list(rows[0])
    assert counts(take_in(write_csv(rows[:1], columns=columns), map_)) == (1, 0, 0, 0)
    assert counts(take_in(write_jsonl(rows[1:]), map_)) == (1, 0, 0, 0)
    assert {case.thread_id for case in desk.cases.find().cases} == {"acme:all"}


def test_a_column_that_stands_twice_in_the_header(take_in, write_bytes):
    """It is not guessed which of two columns of one name is meant."""
    with pytest.raises(ConfigError, match='found several columns called "text"'):
        take_in(write_bytes(HEADER.strip() + b",text\n"))


@pytest.mark.parametrize("content", [b"", b"\n\n", HEADER])
def test_files_without_rows(content, take_in, write_bytes):
    """An empty file lacks every column; one with a header alone has no rows."""
    if content == HEADER:
        assert take_in(write_bytes(content)).rows == 0
    else:
        with pytest.raises(ConfigError, match=r"a column that rows\.csv does"):
            take_in(write_bytes(content))


def test_files_that_are_something_else(take_in, write_bytes, tmp_path, desk):
    """Damaged gzip data, a zip archive, a JSON array, a folder and nothing at all are told."""
    packed = gzip.compress(HEADER + GOOD * 10_000)
    for content, told in (
        (packed[:-20], "the gzip data is damaged"),
        (packed[:100] + b"????" + packed[104:], "the gzip data is damaged"),
        (b"PK\x03\x04" + b"0" * 100, "found a zip archive"),
        (b'[{"id": 1}]', "found one JSON array"),
        (b"id," + b"x" * 17_000_000, "line 1 is longer than 16000000 characters"),
    ):
        with pytest.raises(ConfigError, match=told):
            take_in(write_bytes(content))
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(ConfigError, match="cannot be read"):
            take_in(path)
    assert not desk.accounts


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_can_be_read(take_in, tmp_path):
    """What another program is still writing can be taken in."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = gzip.compress(HEADER + GOOD)
    writer = threading.Thread(target=path.write_bytes, args=(content,), daemon=True)
    writer.start()
    assert counts(take_in(path)) == (1, 0, 0, 0)
    writer.join()
