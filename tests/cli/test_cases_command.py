"""``scskit cases``: list, show and export."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

from scskit import open_desk
from scskit.cli.exporting import COLUMNS
from scskit.testing import START, FakeClock, message


def test_a_list_for_people_and_for_programs(scskit, many, lines_of):
    """The same cases, as a table and as JSON Lines, the newest first."""
    shown = scskit("cases", "list", "--db", many)
    assert shown.returncode == 0
    rows = lines_of(scskit("cases", "list", "--db", many, "--json"))
    assert [row["customer"] for row in rows] == [f"P{n}" for n in reversed(range(12))]
    assert list(rows[0]) == list(COLUMNS)
    places = [shown.stdout.index(row["id"]) for row in rows]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (["--state", "pending"], 5),
        (["--state", "pending", "--state", "new"], 12),
        (["--queue", "inbox"], 12),
        (["--queue", "other"], 0),
        (["--agent", "ana"], 1),
        (["--account", "twitter.acme"], 12),
        (["--account", "twitter"], 0),
        (["--reason", "billing"], 0),
        (["--priority", "P1"], 1),
        (["--priority", "P1", "--state", "new"], 0),
    ],
)
def test_filters_hold_all_together(here, many, lines_of, filters, count):
    """Each filter narrows the list; the same one twice widens it."""
    assert len(lines_of(here("cases", "list", "--db", many, "--json", *filters))) == count


def test_a_long_list_comes_in_pages(here, many, lines_of):
    """The end of a page says how the next one begins; together they are the whole list."""
    seen, more = [], []
    while True:
        found = here("cases", "list", "--db", many, "--json", "--limit", 5, *more)
        seen += lines_of(found)
        if not found.stderr:
            break
        more = found.stderr.strip().partition("there are more: ")[2].split()
    assert len(seen) == len({row["id"] for row in seen}) == 12


def test_a_case_explains_itself(scskit, many, lines_of):
    """Header, why this priority and queue, and everything that happened, in order."""
    (row,) = lines_of(scskit("cases", "list", "--db", many, "--json", "--agent", "ana"))
    shown = scskit("cases", "show", row["id"], "--db", many).stdout
    for part in (
        f"case {row['id']}, version ",
        "customer:    P0, customer id CRM-7, identity twitter:",
        "state:       pending, agent ana, queue inbox",
        "priority P1",
        "queue inbox by default: no rule applies",
        "question 0",
        "the brand (reply, public):",
        "priority set by agent:ana, because it burns",
        "note of agent:ana:",
    ):
        assert part in shown
    story = shown.partition("what happened")[2]
    assert story.index("question 0") < story.index("      answer") < story.index("call")
    (found,) = lines_of(scskit("cases", "show", row["id"], "--db", many, "--json"))
    assert found["case"] == row
    assert found["why"][-1] == "queue inbox by default: no rule applies"
    texts = [entry["text"] for entry in found["timeline"] if "message" in entry]
    assert texts == ["question 0", "answer"]
    assert [e["note"] for e in found["timeline"] if "note" in e] == ["call \x1b[31mhim\nback"]


def test_a_text_cannot_command_the_terminal(here, many, lines_of):
    """Control characters in what people wrote are shown as such, not carried out."""
    (row,) = lines_of(here("cases", "list", "--db", many, "--json", "--agent", "ana"))
    shown = here("cases", "show", row["id"], "--db", many).stdout
    assert "\x1b" not in shown
    assert "call \ufffd[31mhim\n      back" in shown


def test_an_unknown_case(here, many):
    """A case of nobody is told by its id and the tenant."""
    found = here("cases", "show", "x", "--db", many)
    assert (found.exit_code, found.stderr) == (1, "there is no case 'x' for tenant 'acme'\n")


def test_an_export_is_one_row_per_case(here, imported, lines_of):
    """Every case with its account, thread, customer and times, on either database."""
    rows = lines_of(here("cases", "export", "--db", imported))
    assert [list(row) for row in rows] == [list(COLUMNS)] * 2
    first, second = rows
    expected = {
        "account": "Acme Air",
        "network": "twitter",
        "thread": "1",
        "visibility": "public",
        "customer": "ana",
        "customer_id": None,
        "state": "pending",
        "priority": "P3",
        "opened_at": "2024-05-01T10:00:00Z",
        "first_response_at": "2024-05-01T10:12:30Z",
        "inbound_count": 1,
        "outbound_count": 1,
        "follows": None,
    }
    assert expected == {name: first[name] for name in expected}
    assert second["opened_at"] == "2024-05-01T10:20:00.500000Z"
    assert second["first_response_at"] is None


def test_both_formats_say_the_same(scskit, imported, files, lines_of):
    """CSV has the columns of JSON Lines, in a file or on stdout."""
    objects = lines_of(scskit("cases", "export", "--db", imported, "--format", "jsonl"))
    table = scskit("cases", "export", "--db", imported, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert rows == [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in objects
    ]
    done = scskit("cases", "export", "--db", imported, "--format", "csv", "--output", "out.csv")
    assert not done.stdout
    assert (files / "out.csv").read_text("utf-8") == table


def test_an_export_that_nobody_reads_to_the_end_or_that_cannot_be_written(scskit, many):
    """A closed pipe ends it quietly; a place that cannot be written is told in a line."""
    code = (
        "import subprocess, sys\n"
        f"c = [sys.executable, '-m', 'scskit', 'cases', 'export', '--db', {str(many)!r}]\n"
        "p = subprocess.Popen(c, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)\n"
        "p.stdout.close()\nsys.stdout.write(p.stderr.read())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stdout
    done = scskit("cases", "export", "--db", many, "--output", "nowhere/cases.jsonl")
    assert done.returncode == 1
    assert "nowhere/cases.jsonl" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_export_of_many_pages(here, tmp_path, monkeypatch, lines_of, many):
    """All cases are exported, each once, the oldest first, whatever the size of a page."""
    monkeypatch.setattr("scskit.cli.exporting.PAGE", 5)
    rows = lines_of(here("cases", "export", "--db", many))
    assert [row["customer"] for row in rows] == [f"P{n}" for n in range(12)]
    assert rows[0]["customer_id"] == "CRM-7"


def test_a_case_that_follows_another_names_it(here, many, lines_of):
    """What came after a closed case is exported with the case that it follows."""
    with open_desk(many, tenant="acme", discover=False) as desk:
        old = desk.cases.find(newest_first=False).cases[1]
        desk.cases.solve(old.id, by="agent:ana", because="done")
        desk.cases.close(old.id, by="agent:ana", because="done")
        again = {
            "account": "twitter.acme",
            "external_id": "again",
            "author": {"external_id": "p1"},
            "posted_at": old.opened_at.isoformat(),
            "thread": old.thread_id.partition(":")[2],
        }
        (new,) = desk.ingest([again]).cases
    rows = {row["id"]: row for row in lines_of(here("cases", "export", "--db", many))}
    assert rows[new]["follows"] == old.id
    assert rows[old.id]["state"] == "closed"
    shown = json.loads(here("cases", "show", new, "--db", many, "--json").stdout)
    assert shown["case"]["follows"] == old.id


def test_a_case_shows_who_was_asked_by_which_rule_and_on_what(here, tmp_path):
    """An escalation can be read afterwards: whom it went to, who was told, why, until when."""
    (tmp_path / "desk.toml").write_text(
        "[desk]\ntenant = 'acme'\n[escalation.areas.legal]\nqueue = 'inbox'\n"
        "tell = ['lex', 'duty@example.com']\nacknowledge = '1h'\n"
        "[[escalation.rules]]\nname = 'threats'\non = 'keywords'\nkeywords = ['lawyer']\n"
        "to = 'legal'\n",
        encoding="utf-8",
    )
    clock = FakeClock(START)
    with open_desk(tmp_path / "a.db", "desk.toml", clock=clock, discover=False) as desk:
        (case,) = desk.ingest([message("My Lawyer will write", account="x.acme")]).cases
    shown = here("cases", "show", case, "--db", tmp_path / "a.db").output
    assert "case escalated by system:escalation, because rule threats" in shown
    for said in (
        "to legal",
        "told lex and duty@example.com",
        'evidence "lawyer" in message',
        "due 2026-03-02T13:00:00Z",
    ):
        assert said in shown, shown


def test_a_case_shows_what_should_be_hidden(here, tmp_path):
    """Whoever reads a case sees which message shows a card number to everybody."""
    text = "my card 4539 1488 0343 6467, call 612345678"
    with open_desk(tmp_path / "a.db", clock=FakeClock(START), discover=False) as desk:
        (case,) = desk.ingest([message(text, account="x.acme")]).cases
    shown = here("cases", "show", case, "--db", tmp_path / "a.db").output
    assert f"{text}\n      [personal data on show: phone, card]" in shown
    found = json.loads(here("cases", "show", case, "--json", "--db", tmp_path / "a.db").stdout)
    (told,) = [entry for entry in found["timeline"] if "labels" in entry]
    assert {"kind": "personal_data", "value": "card"} in told["labels"]
