"""The command line: in a process of its own, or quicker in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from click.testing import CliRunner

from scskit import Author, open_desk
from scskit.cli import main
from scskit.testing import START, FakeClock, brand_reply, message

MAP = """
network = "twitter"
[row]
external_id = "id"
account = "brand"
author = "who"
time = "at"
text = "text"
parent = "parent"
direction = { column = "from", map = { customer = "inbound", brand = "outbound" } }
"""
ROWS = """\
id,brand,who,at,text,parent,from
1,Acme Air,ana,2024-05-01T10:00:00Z,"My bag, lost",,customer
2,Acme Air,acme,2024-05-01T10:12:30Z,We look for it,1,brand
3,Acme Air,ben,2024-05-01T10:20:00.5Z,Where is my refund?,,customer
"""


@pytest.fixture
def scskit(tmp_path):
    """Run ``scskit`` as people do, in a folder of its own."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "scskit", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Run ``scskit`` in this process, in the same folder; return what it said and its exit code."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path):
    """Write a small file and its map into the folder."""
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def imported(here, files, database_url):
    """Import the small file; name the database."""
    found = here("import", "rows.csv", "--map", "map.toml", "--db", database_url, "--history")
    assert found.exit_code == 0, found.output
    return database_url


@pytest.fixture
def many(tmp_path):
    """Make an SQLite database with twelve cases in two queues' worth of states; name it."""
    path = tmp_path / "many.db"
    clock = FakeClock(START + timedelta(hours=1))
    with open_desk(path, tenant="acme", discover=False, clock=clock) as desk:
        people = [Author(external_id=f"p{n}", handle=f"P{n}") for n in range(12)]
        asked = [message(f"question {n}", by=who) for n, who in enumerate(people)]
        desk.ingest([*asked, *(brand_reply(question, "answer") for question in asked[:5])])
        first = desk.cases.find(newest_first=False).cases[0]
        desk.cases.set_priority(first.id, "P1", by="agent:ana", because="it burns")
        desk.cases.assign(first.id, "ana", by="agent:ana", because="mine")
        desk.cases.note(first.id, "call \x1b[31mhim\nback", by="agent:ana")
        desk.customers.link(first.identity_id, "CRM-7", by="agent:ana", evidence="said so")
    return path


def json_lines(text):
    """Read JSON Lines."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def lines_of():
    """Read what a command printed as JSON Lines."""
    return lambda result: json_lines(result.stdout)
