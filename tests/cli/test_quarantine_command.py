"""``scskit intake quarantine``."""

from __future__ import annotations

import json

import pytest

GOOD = {
    "account": "acme",
    "external_id": "m1",
    "author": {"external_id": "ana"},
    "posted_at": "2024-05-01T10:00:00Z",
}


@pytest.fixture
def poisoned(files):
    """Make a database in which two messages of an undeclared account and a bad one wait."""
    from scskit import Account, Policy, open_desk

    other = Account(id="other", network="twitter")
    policy = Policy(accounts={"other": other})
    with open_desk(files / "desk.db", policy, discover=False) as desk:
        desk.ingest([GOOD, GOOD | {"external_id": "m2"}, {"external_id": "m3", "text": 5}])
    return files / "desk.db"


def test_what_waits_is_listed_tried_and_given_up(scskit, here, poisoned, lines_of):
    """The reasons are shown; what can be understood now goes in; the rest can be given up."""
    listed = scskit("intake", "quarantine", "list", "--db", poisoned)
    assert "account: 'acme' is not declared" in listed.stdout
    lines = lines_of(here("intake", "quarantine", "list", "--db", poisoned, "--json"))
    assert [line["payload"]["external_id"] for line in lines] == ["m1", "m2", "m3"]
    first = scskit("intake", "quarantine", "redrive", lines[0]["id"], "--db", poisoned, "--json")
    assert json.loads(first.stdout) == {
        "applied": 1,
        "duplicate": 0,
        "parked": 0,
        "quarantined": 0,
    }
    rest = here("intake", "quarantine", "redrive", "--db", poisoned)
    assert rest.exit_code == 0
    assert "  applied              1\n" in rest.stdout
    assert f"  {lines[2]['id']}: " in rest.stdout
    given_up = scskit("intake", "quarantine", "discard", lines[2]["id"], "--db", poisoned)
    assert given_up.stdout == f"{lines[2]['id']}: given up\n"
    assert not lines_of(here("intake", "quarantine", "list", "--db", poisoned, "--json"))


def test_an_id_that_is_not_quarantined(here, poisoned):
    """A wrong id is told, and nothing is tried."""
    for command in ("redrive", "discard"):
        found = here("intake", "quarantine", command, "nobody", "--db", poisoned)
        assert (found.exit_code, found.stderr.count("\n")) == (1, 1)
        assert "nothing with id 'nobody' is quarantined" in found.stderr


def test_whoever_has_the_database_needs_no_role(here, poisoned, files):
    """On a desk with roles the command line goes on: it acts for the desk itself."""
    (files / "roles.toml").write_text('[agents.ana]\nroles = ["social_agent"]\n')
    tried = here(
        *("intake", "quarantine", "redrive", "--db", poisoned, "--json"),
        *("--config", files / "roles.toml"),
    )
    assert tried.exit_code == 0, tried.stderr
    assert json.loads(tried.stdout)["applied"] == 2
