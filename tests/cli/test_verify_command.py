"""``scskit verify``."""

from __future__ import annotations

import sqlite3

from scskit import open_desk


def tamper(path, statement):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_an_honest_database(scskit, many):
    """Nothing is wrong, and the counts are told."""
    done = scskit("verify", "--db", many)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tenant acme: 12 cases, ")
    assert done.stdout.endswith(" events: nothing is wrong\n")


def test_both_databases(here, imported, lines_of):
    """Imported history verifies on either database."""
    found = here("verify", "--db", imported, "--json")
    assert found.exit_code == 0
    (report,) = lines_of(found)
    assert report == {
        "tenant": "default",
        "clean": True,
        "cases": 2,
        "events": report["events"],
        "problems": [],
    }


def test_an_altered_event_is_found(scskit, many):
    """The first bad row of the damaged case is named, and the exit code is 1."""
    tamper(many, "UPDATE scs_event SET actor = 'agent:eve' WHERE type = 'priority_set'")
    done = scskit("verify", "--db", many)
    assert done.returncode == 1
    assert "(priority_set) of case" in done.stderr
    assert "the event was altered" in done.stderr


def test_an_altered_row_of_any_tenant_is_found(here, many, lines_of):
    """Without --tenant everybody is checked; with it only one."""
    open_desk(many, tenant="bolt", discover=False).close()
    tamper(many, "UPDATE scs_case SET priority = 'P4' WHERE priority = 'P1'")
    found = here("verify", "--db", many, "--json")
    assert found.exit_code == 1
    acme, bolt = lines_of(found)
    assert bolt["clean"]
    (problem,) = acme["problems"]
    assert problem.endswith("the row differs from what its events say, in: priority")
    assert here("verify", "--db", many, "--tenant", "bolt").exit_code == 0
    assert here("verify", "--db", many, "--tenant", "nobody").exit_code == 1
