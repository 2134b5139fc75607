"""``scskit outbox`` and ``scskit replies``, and the worker that sends."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import tomli_w

from scskit import open_desk
from scskit.core.errors import OutcomeUnknown, Rejected
from scskit.testing import START, FakeClock, InstantNetwork, message
from scskit_twitter.fake import FakeX


@pytest.fixture
def stuck(tmp_path):
    """Make a database with a reply that failed, one that nobody knows of, and one that arrived."""
    wire, path = InstantNetwork(), tmp_path / "stuck.db"
    plugin = wire.plugin("twitter", capabilities={"reply_public"})
    clock = FakeClock(START + timedelta(hours=1))
    with open_desk(path, tenant="acme", discover=False, plugins=[plugin], clock=clock) as desk:
        asked = [message(f"question {n}", by=f"p{n}", thread=f"t{n}") for n in range(3)]
        cases = desk.ingest(asked).cases
        for n, case_id in enumerate(cases):
            desk.replies.send(case_id, f"answer \x1b[31m{n}", by="agent:ana")
        wire.plan.extend([Rejected("no such post", code=144), OutcomeUnknown("timed out"), None])
        desk.outbox.run(concurrency=1)
        failed, unknown = desk.outbox.stuck()
    return path, cases, failed, unknown


def test_what_could_not_be_delivered_is_listed_with_its_reason(here, stuck, lines_of):
    """A person sees what is stuck and why, page by page; never what it says."""
    path, cases, failed, unknown = stuck
    first, second = lines_of(here("outbox", "list", "--db", path, "--json"))
    assert (first["id"], first["state"], first["code"]) == (failed.id, "failed", "144")
    assert (second["id"], second["state"], second["case"]) == (unknown.id, "unknown", cases[1])
    assert "answer" not in json.dumps(first)
    (only,) = lines_of(here("outbox", "list", "--db", path, "--after", failed.id, "--json"))
    assert only == second
    shown = here("outbox", "list", "--db", path).stdout
    assert "no such post" in shown
    assert "timed out" in shown


def test_a_person_decides_what_becomes_of_it(here, stuck, lines_of):
    """What failed is queued again; of what nobody knew, somebody who looked says what it is."""
    path, cases, failed, unknown = stuck
    again = here("outbox", "redrive", failed.id, "--because", "the post is back", "--db", path)
    assert (again.exit_code, again.stdout) == (0, f"{failed.id}: queued\n")
    known = here(
        *("outbox", "resolve", unknown.id, "--arrived", "--external-id", "x9", "--db", path),
        *("--by", "agent:eva", "--because", "it stands there"),
    )
    assert (known.exit_code, known.stdout) == (0, f"{unknown.id}: sent\n")
    assert lines_of(here("outbox", "list", "--db", path, "--json")) == []
    (reply,) = lines_of(here("replies", "show", cases[1], "--db", path, "--json"))
    assert (reply["state"], reply["parts"][0]["external_id"]) == ("sent", "x9")


def test_what_is_not_stuck_cannot_be_decided(here, stuck):
    """Neither twice, nor against what is known, nor without somebody who looked."""
    path, _, failed, unknown = stuck
    options = ("--because", "why", "--db", path)
    for arguments in (
        ("redrive", unknown.id),
        ("resolve", failed.id, "--not-arrived", "--by", "agent:eva"),
        ("redrive", "nobody"),
    ):
        found = here("outbox", *arguments, *options)
        assert (found.exit_code, found.stderr.count("\n")) == (1, 1)
    assert here("outbox", "resolve", unknown.id, "--arrived", *options).exit_code == 2
    missing = here("outbox", "redrive", failed.id, "--because", "x", "--db", path.parent / "no.db")
    assert (missing.exit_code, (path.parent / "no.db").exists()) == (1, False)


def test_a_reply_shows_every_attempt(here, stuck, lines_of):
    """A person reads what was said, to whom it went, and what each attempt brought."""
    path, cases, failed, _ = stuck
    shown = here("replies", "show", cases[0], "--db", path).stdout
    for part in (
        "failed (public, reply, twitter.acme), by agent:ana",
        "answer \N{REPLACEMENT CHARACTER}[31m0",
        f"part 1, {failed.id}: failed",
        "rejected: 144: no such post",
    ):
        assert part in shown
    (reply,) = lines_of(here("replies", "show", cases[0], "--db", path, "--json"))
    (part,) = reply["parts"]
    assert [one["outcome"] for one in part["tried"]] == ["rejected"]
    assert here("replies", "show", "nobody", "--db", path).exit_code == 1


def test_a_case_without_replies_says_so(here, many, lines_of):
    """Nothing was answered through the desk."""
    case_id = lines_of(here("cases", "list", "--db", many, "--json"))[0]["id"]
    assert here("replies", "show", case_id, "--db", many).stdout == "no replies\n"
    assert lines_of(here("replies", "show", case_id, "--db", many, "--json")) == []


def test_a_worker_sends_what_is_queued(scskit, tmp_path, lines_of):
    """What is queued leaves by the worker, over HTTP, once; and the worker says so."""
    x = FakeX(seed=7)
    x.account("twitter.acme")
    with x.serve() as served:
        told = {"desk": {"tenant": "acme"}, **x.settings(served.url)}
        (tmp_path / "desk.toml").write_bytes(tomli_w.dumps(told).encode())
        with open_desk(tmp_path / "desk.db", tmp_path / "desk.toml") as desk:
            x.deliver_to(lambda request: desk.webhook("twitter", request))
            x.customer("ana").posts("@acme where is my parcel?")
            x.deliveries.pump()
            (case,) = desk.cases.find().cases
            desk.replies.send(case.id, "On its way!", by="agent:ben")
        options = ("--db", "desk.db", "--config", "desk.toml", "--once")
        done = scskit("worker", *options)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "0 cases: nothing was due; replies: 1 sent\n"
        (again,) = lines_of(scskit("worker", *options, "--json"))
        assert again["replies"] == {}
    assert [sent.text for sent in x] == ["On its way!"]
