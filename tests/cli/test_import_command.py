"""``scskit import``."""

from __future__ import annotations

import json
import os
import sys

import pytest

from scskit import open_desk

SUMMARY = """\
rows.csv:
  rows                 3
  applied              3
  duplicate            0
  parked               0
  quarantined          0
"""


def test_a_file_goes_in_and_twice_adds_nothing(scskit, files):
    """People see a summary; the second run finds everything there already."""
    first = scskit("import", "rows.csv", "--map", "map.toml", "--db", "desk.db", "--history")
    assert (first.returncode, first.stdout, first.stderr) == (0, SUMMARY, "")
    again = scskit("import", "rows.csv", "--map", "map.toml", "--db", "desk.db", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == {
        "rows": 3,
        "applied": 0,
        "duplicate": 3,
        "parked": 0,
        "quarantined": 0,
    }
    with open_desk(files / "desk.db", discover=False) as desk:
        assert set(desk.accounts) == {"Acme Air"}
        assert len(desk.cases.find().cases) == 2


def test_rejected_rows_are_told_and_written_beside(here, files, database_url):
    """The first reasons are shown, all rejected rows are in a file, and the rest went in."""
    bad = "".join(f"x{n},Acme Air,eva,someday,text,,customer\n" for n in range(7))
    with (files / "rows.csv").open("a", encoding="utf-8") as file:
        file.write(bad)
    arguments = ("import", "rows.csv", "--map", "map.toml", "--db", database_url)
    found = here(*arguments)
    assert found.exit_code == 0
    assert found.stdout.splitlines()[5:9] == [
        "  quarantined          7",
        "Quarantined:",
        '  line 5: time (at): found "someday", expected a time in ISO 8601',
        '  line 6: time (at): found "someday", expected a time in ISO 8601',
    ]
    assert found.stdout.endswith("  and 2 more\nAll rejected rows: rows.csv.rejected.jsonl\n")
    lines = (files / "rows.csv.rejected.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 7
    assert json.loads(lines[0])["row"]["id"] == "x0"
    found = here(*arguments, "--rejected", "bad.jsonl", "--json")
    assert json.loads(found.stdout) == {
        "rows": 10,
        "applied": 0,
        "duplicate": 3,
        "parked": 0,
        "quarantined": 7,
    }
    assert (files / "bad.jsonl").read_text("utf-8").splitlines() == lines


def test_the_desk_file_decides(here, files):
    """With a desk file the tenant and the accounts are those that it declares."""
    (files / "desk.toml").write_text(
        '[desk]\ntenant = "acme"\n[accounts]\nother = { network = "twitter" }\n', encoding="utf-8"
    )
    arguments = ("import", "rows.csv", "--map", "map.toml", "--db", "desk.db")
    found = here(*arguments, "--config", "desk.toml", "--json")
    assert json.loads(found.stdout)["quarantined"] == 3
    with open_desk(files / "desk.db", tenant="acme", discover=False) as desk:
        assert set(desk.accounts) == {"other"}


def test_an_import_needs_no_role(here, files):
    """On a desk with roles files go in as before, also for new accounts and answers to nothing."""
    (files / "desk.toml").write_text('[agents.ana]\nroles = ["social_agent"]\n')
    rows = (
        files / "rows.csv"
    ).read_text() + "4,Acme Air,acme,2024-05-02T10:00:00Z,Sorry,99,brand\n"
    (files / "rows.csv").write_text(rows)
    arguments = ("import", "rows.csv", "--map", "map.toml", "--db", "desk.db")
    found = here(*arguments, "--config", "desk.toml", "--json")
    assert found.exit_code == 0, found.stderr
    assert json.loads(found.stdout)["applied"] == 4


def test_without_a_tenant_the_only_one_there_is_goes_on(here, files):
    """A database of one tenant takes further files for that tenant."""
    arguments = ("import", "rows.csv", "--map", "map.toml", "--db", "desk.db", "--json")
    assert json.loads(here(*arguments, "--tenant", "acme").stdout)["applied"] == 3
    assert json.loads(here(*arguments).stdout)["duplicate"] == 3


def test_nothing_is_made_when_the_map_is_wrong(here, files):
    """Every mistake in the map is told, and no database is made."""
    wrong = (files / "map.toml").read_text("utf-8").replace("external_id", "extrenal_id")
    (files / "map.toml").write_text(f'formt = "csv"\n{wrong}', encoding="utf-8")
    found = here("import", "rows.csv", "--map", "map.toml", "--db", "desk.db")
    assert found.exit_code == 2
    assert len(found.stderr.splitlines()) == 3
    assert not (files / "desk.db").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no pseudo-terminals")
def test_a_progress_bar_where_somebody_looks(scskit, files):
    """On a terminal both stages are shown, on stderr alone."""
    import pty
    import subprocess

    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "scskit", "import", "rows.csv", "--map", "map.toml", "--db", "x.db"],
        cwd=files,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=follower,
        encoding="utf-8",
        check=True,
    )
    os.close(follower)
    drawn = os.read(leader, 65536).decode()
    os.close(leader)
    assert "reading" in drawn
    assert "applying" in drawn
    assert "100%" in drawn
    assert done.stdout == SUMMARY
