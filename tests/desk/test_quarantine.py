"""What cannot be understood is kept with its reason, tried again, and never holds up the rest."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from scskit import Account, Attachment, Author, NotFound
from scskit.core.policy import Policy
from scskit.testing import START, brand_reply, edit, message, receipt


def states(report):
    return [outcome.state for outcome in report.outcomes]


class Odd:
    """Something that no network sends."""

    def __repr__(self):
        """Say what it is."""
        return "<odd>"


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def circle():
    value = {}
    value["self"] = value
    return value


class Unshowable:
    """What raises when it is looked at."""

    def __repr__(self):
        """Refuse."""
        raise RuntimeError("no")


POISON = {
    "nothing at all": (None, "found NoneType, expected Message"),
    "a string": ("hello", "found str, expected Message"),
    "a number": (5, "found int"),
    "an object of ours": (Odd(), "found Odd"),
    "an empty object": ({}, "required field missing at account"),
    "an unknown type": ({"type": "poke"}, "type: found 'poke'"),
    "an unknown key": (
        {
            "account": "a",
            "external_id": "1",
            "author": {"external_id": "x"},
            "posted_at": "2026-03-02T12:00:00Z",
            "colour": "red",
        },
        "colour",
    ),
    "no account": (message(account=""), "account: found ''"),
    "an account of None": (message(account=None), "account: found None"),
    "no id": (message(external_id="\0"), "external_id: found"),
    "half a character as id": (message(external_id="\ud800"), "external_id: found"),
    "an endless id": (message(external_id="x" * 501), "expected text of 1 to 500 characters"),
    "no author": (message(by=Author(external_id="")), "author.external_id: found ''"),
    "an author of None": (evolve(message(), author=None), "not built as documented"),
    "an author that is a name": (evolve(message(), author="ana"), "not built as documented"),
    "no such direction": (message(direction="sideways"), "direction: found 'sideways'"),
    "a direction of many": (message(direction=["inbound"]), "not built as documented"),
    "no such visibility": (message(visibility="secret"), "visibility: found 'secret'"),
    "no such kind": (message(kind="song"), "kind: found 'song'"),
    "a thread with half a character": (message(thread="\ud800"), "thread: found"),
    "a parent with NUL": (message(parent="a\0b"), "parent: found"),
    "a time without zone": (
        message(posted_at=datetime(2026, 3, 2, 12)),  # noqa: DTZ001  the point
        "posted_at is naive",
    ),
    "a time of text": (message(posted_at="2026-03-02"), "posted_at: found str"),
    "the year 1": (message(posted_at=datetime.min.replace(tzinfo=UTC)), "expected a time from"),
    "the year 9999": (message(posted_at=datetime.max.replace(tzinfo=UTC)), "expected a time from"),
    "the day after tomorrow": (
        message(posted_at=START + timedelta(days=2)),
        "expected a time from 1990 to one day from now",
    ),
    "no text": (message(text=None), "text: found NoneType"),
    "a text of bytes": (message(text=b"hello"), "text: found bytes"),
    "a text without end": (message(text="x" * 4_000_001), "at most 4000000 are kept"),
    "attachments that are none": (message(attachments=("photo",)), "not an Attachment"),
    "attachments of None": (message(attachments=5), "not built as documented"),
    "extras that are no JSON": (message(extra={"x": {1, 2}}), "extra: not JSON"),
    "extras in a circle": (message(extra=circle()), "extra: not JSON"),
    "extras without ground": (message(extra={"x": deep(5000)}), "extra: not JSON"),
    "labels that are no text": (message(labels={"reason": 5}), "labels.'reason': found 5"),
    "an edit of nothing": (edit("", "x"), "target: found ''"),
    "an edit with revision 0": (edit("m", "x", revision=0), "revision: found 0"),
    "an edit without text": (edit("m", None), "text: found NoneType"),
    "a receipt of nothing known": (receipt("m", "lost"), "status: found 'lost'"),
    "an object with a number as key": ({5: 1}, "extra fields found (5)"),
    "an author with a number as key": (
        {"account": "a", "external_id": "1", "author": {5: 1, "external_id": "7"}},
        "extra fields found (5) at author",
    ),
    "extras that are a list": (message(extra=["x"]), "extra: found list, expected an object"),
    "labels that are a list": (message(labels=["x"]), "labels: found list, expected an object"),
    "a parent that is a list": (message(parent=[]), "parent: found []"),
    "an answer of neither kind": (message(automated=()), "automated: found ()"),
    "half a revision": (edit("m", "x", revision=1.5), "revision: found 1.5"),
    "what cannot be shown": (message(external_id=Unshowable()), "not built as documented"),
    "an object of what cannot be shown": ({"type": Unshowable()}, "the object cannot be read"),
    "a number that no database keeps": (
        message(by=Author(external_id="7", followers=1 << 70)),
        "",
    ),
}


@pytest.mark.parametrize("name", POISON)
def test_poison_is_kept_with_its_reason_and_the_rest_goes_on(desk, name):
    """One bad item costs nobody else anything, and can be read with what is wrong with it."""
    item, reason = POISON[name]
    before, after = message("before"), message("after")
    report = desk.ingest([before, item, after])
    assert states(report) == ["applied", "quarantined", "applied"]
    outcome = report.outcomes[1]
    assert reason in outcome.reason
    (line,) = desk.intake.quarantined()
    assert (line.id, line.reason, line.state) == (
        outcome.quarantine_id,
        outcome.reason,
        "quarantined",
    )
    assert line.attempts == 1
    json.loads(line.payload)


def test_a_payload_can_be_read(desk):
    """What is kept is what came, in words that one can mend."""
    photo = Attachment(kind="image", url="https://x.example")
    item = message(
        "Hola", external_id="m1", posted_at=START + timedelta(days=9), attachments=(photo,)
    )
    desk.ingest([item])
    (line,) = desk.intake.quarantined()
    payload = json.loads(line.payload)
    assert (payload["type"], payload["external_id"], payload["text"]) == ("message", "m1", "Hola")
    assert payload["author"]["handle"] == "ana"
    assert payload["attachments"][0]["url"] == "https://x.example"
    assert payload["posted_at"] == "2026-03-11T12:00:00+00:00"


def test_every_mistake_of_an_item_is_named_at_once(desk):
    """Whoever mends a sender sees all there is to mend."""
    item = message(external_id="", kind="song", posted_at="soon", thread="\0")
    (outcome,) = desk.ingest([item]).outcomes
    for part in ("external_id: found ''", "kind: found 'song'", "posted_at: found str", "thread:"):
        assert part in outcome.reason


def test_the_same_poison_is_kept_once(desk):
    """A sender that repeats itself does not fill the quarantine."""
    bad = message(external_id="m", posted_at=START + timedelta(days=9))
    first = desk.ingest([bad, bad])
    again = desk.ingest([bad])
    assert len(desk.intake.quarantined()) == 1
    ids = {outcome.quarantine_id for outcome in (*first.outcomes, *again.outcomes)}
    assert ids == {desk.intake.quarantined()[0].id}


def test_a_redrive_succeeds_once_the_cause_is_gone(open_here, policy, clock):
    """A message for an account that was not declared is taken in after it was."""
    small = evolve(policy, accounts={"twitter.acme": policy.accounts["twitter.acme"]})
    before = open_here(small)
    item = message("Hola", account="twitter.acme_mx", external_id="m")
    (outcome,) = before.ingest([item]).outcomes
    assert "account: 'twitter.acme_mx' is not declared in the desk file" in outcome.reason
    assert "declared: twitter.acme" in outcome.reason
    assert states(before.intake.redrive()) == ["quarantined"]
    came = clock.now()
    clock.advance(timedelta(days=1))
    desk = open_here(policy)
    report = desk.intake.redrive()
    assert states(report) == ["applied"]
    (kept,) = desk.cases.interactions(report.cases[0])
    assert (kept.text, kept.received_at, kept.applied_at) == ("Hola", came, clock.now())
    assert desk.intake.quarantined() == []
    assert states(desk.ingest([item])) == ["duplicate"]
    assert states(desk.intake.redrive()) == []


def test_what_waited_for_a_quarantined_message_is_applied_with_it(open_here, policy, hooks):
    """The answer to a message that a plugin choked on finds its question in the end."""
    hooks.match = lambda *_: 1 / 0
    desk = open_here(policy, plugins=[hooks])
    first = message("1", thread="t")
    (case,) = desk.ingest([first]).cases
    second = message("2", thread="t", external_id="m2")
    report = desk.ingest([second, brand_reply(second), edit(second, "2!")])
    assert states(report) == ["quarantined", "parked", "parked"]
    hooks.match = None
    report = desk.intake.redrive()
    assert (states(report), report.settled, report.cases) == (["applied"], 2, (case,))


def test_a_plugin_that_cannot_say_whose_case_it_is_costs_only_that_message(open_here, hooks):
    """Attaching a message to the wrong person's case could not be undone, so nobody guesses."""

    def choke(interaction, candidates):
        if interaction.text == "poison":
            raise RuntimeError("no idea")
        return candidates[0].id

    hooks.match = choke
    desk = open_here(plugins=[hooks])
    texts = ["one", "two", "poison", "three", "poison"]
    items = [
        message(text, thread="t", posted_at=START + timedelta(minutes=n))
        for n, text in enumerate(texts)
    ]
    report = desk.ingest(items)
    assert states(report) == ["applied", "applied", "quarantined", "applied", "quarantined"]
    assert "scskit_match_case failed: RuntimeError: no idea" in report.outcomes[2].reason
    (case,) = report.cases
    assert [i.text for i in desk.cases.interactions(case)] == ["one", "two", "three"]
    hooks.match = lambda _, candidates: candidates[0].id
    assert states(desk.intake.redrive()) == ["applied", "applied"]
    assert [i.text for i in desk.cases.interactions(case)] == texts


def test_a_plugin_that_names_a_strange_case_costs_only_that_message(open_here, hooks):
    """A plugin chooses among the cases it was shown and no others."""
    hooks.match = lambda *_: "somebody-elses-case"
    desk = open_here(plugins=[hooks])
    report = desk.ingest([message(thread="t"), message(thread="t"), message(by="eva")])
    assert states(report) == ["applied", "quarantined", "applied"]
    assert "none of the candidates" in report.outcomes[1].reason


def test_what_fails_again_and_again_is_dead_and_still_there_by_its_id(desk, clock):
    """Nobody tries for ever, and nothing is thrown away."""
    item = message(posted_at=START + timedelta(days=9))
    (outcome,) = desk.ingest([item]).outcomes
    tries = 0
    while desk.intake.quarantined():
        assert states(desk.intake.redrive()) == ["quarantined"]
        tries += 1
        assert tries < 50
    assert tries == 4  # the first attempt was the call itself
    assert states(desk.intake.redrive()) == []
    (line,) = desk.intake.quarantined(dead=True)
    assert (line.id, line.state, line.attempts) == (outcome.quarantine_id, "dead", 5)
    assert states(desk.intake.redrive([outcome.quarantine_id])) == ["quarantined"]
    assert states(desk.ingest([item])) == ["quarantined"]
    clock.advance(timedelta(days=9))
    assert states(desk.intake.redrive([outcome.quarantine_id])) == ["applied"]
    with pytest.raises(NotFound, match="is quarantined"):
        desk.intake.redrive([outcome.quarantine_id])


def test_attempts_are_counted_and_the_latest_reason_is_kept(open_here, policy):
    """The line tells how often it failed, and why it failed last."""
    desk = open_here(policy)
    desk.ingest([message(account="twitter.nobody")])
    desk.intake.redrive()
    desk.intake.redrive()
    (line,) = desk.intake.quarantined()
    assert line.attempts == 3
    other = open_here(evolve(policy, accounts={"x": Account(id="x", network="x")}))
    other.intake.redrive()
    (line,) = other.intake.quarantined()
    assert line.reason.endswith("declared: x")


def test_what_was_given_up_is_kept_and_no_longer_tried(desk):
    """An operator can settle a line by hand."""
    (outcome,) = desk.ingest([{"account": "a"}]).outcomes
    desk.intake.discard(outcome.quarantine_id)
    assert desk.intake.quarantined() == []
    assert [line.id for line in desk.intake.quarantined(dead=True)] == [outcome.quarantine_id]
    assert states(desk.intake.redrive()) == []
    assert states(desk.intake.redrive([outcome.quarantine_id])) == ["quarantined"]


def test_only_what_was_named_is_tried(desk, clock):
    """A redrive of some leaves the others alone, and one of none tries nothing."""
    bad = [message(f"{n}", posted_at=START + timedelta(days=9)) for n in range(3)]
    ids = [outcome.quarantine_id for outcome in desk.ingest(bad).outcomes]
    clock.advance(timedelta(days=9))
    assert states(desk.intake.redrive([])) == []
    assert states(desk.intake.redrive(ids[1:2])) == ["applied"]
    assert [line.id for line in desk.intake.quarantined()] == [ids[0], ids[2]]
    assert states(desk.intake.redrive(limit=1)) == ["applied"]
    assert [line.id for line in desk.intake.quarantined()] == [ids[2]]


@pytest.mark.parametrize("command", ["redrive", "discard"])
def test_an_unknown_line_is_missed_by_name(desk, command):
    """A wrong id is told, not ignored."""
    with pytest.raises(NotFound, match="nothing with id 'x' is quarantined"):
        desk.intake.redrive(["x"]) if command == "redrive" else desk.intake.discard("x")


def test_the_quarantine_is_read_page_by_page(desk):
    """However much there is, it can be looked through, oldest first."""
    desk.ingest({"account": f"a{n}"} for n in range(7))
    seen, after = [], ""
    while page := desk.intake.quarantined(after=after, limit=3):
        seen += page
        after = page[-1].id
    assert [json.loads(line.payload)["account"] for line in seen] == [f"a{n}" for n in range(7)]


def test_what_a_database_refuses_is_found_among_many(desk):
    """A value that fits nowhere costs its own message only, wherever in the batch it stands."""
    items = [message(f"{n}", by=f"p{n}") for n in range(40)]
    items[7] = message(by=Author(external_id="big", followers=1 << 80))
    items[31] = message(by=Author(external_id="bigger", followers=1 << 90))
    report = desk.ingest(items)
    assert [n for n, state in enumerate(states(report)) if state == "quarantined"] == [7, 31]
    assert report.counts["applied"] == 38


def test_a_poisoned_question_keeps_its_answer_waiting(desk, clock):
    """An answer never lands anywhere because its question was refused."""
    asked = message(external_id="m", posted_at=START + timedelta(days=9))
    report = desk.ingest([asked, evolve(brand_reply("m"), thread=None)])
    assert states(report) == ["quarantined", "parked"]
    clock.advance(timedelta(days=9))
    report = desk.intake.redrive()
    assert (states(report), report.settled) == (["applied"], 1)


@pytest.mark.parametrize("history", [True, False])
def test_what_an_import_left_behind_can_be_recorded_at_its_true_time(
    open_here, policy, clock, history
):
    """Mending an import does not make old matters look like new ones."""
    item = message(account="twitter.old", posted_at=START - timedelta(days=300))
    assert states(open_here(policy).ingest([item], history=True)) == ["quarantined"]
    old = Account(id="twitter.old", network="twitter")
    desk = open_here(evolve(policy, accounts={"twitter.old": old}))
    (case,) = desk.intake.redrive(history=history).cases
    expected = item.posted_at if history else clock.now()
    assert {recorded.event.at for recorded in desk.cases.log(case)} == {expected}


def test_poison_of_one_tenant_is_none_of_another(open_here):
    """Each tenant has its own quarantine, also for the same payload."""
    ours, theirs = open_here(tenant="mine-q"), open_here(tenant="yours-q")
    ours.ingest([{"account": "a"}])
    assert theirs.intake.quarantined() == []
    theirs.ingest([{"account": "a"}])
    assert len(ours.intake.quarantined()) == len(theirs.intake.quarantined()) == 1


def test_an_account_without_a_network_is_refused_clearly(open_here):
    """A name that tells of no network makes no account."""
    desk = open_here(Policy())
    report = desk.ingest([message(account=".acme"), message()])
    assert states(report) == ["quarantined", "applied"]
    assert "account network ''" in report.outcomes[0].reason


def test_what_is_nested_without_end_is_kept_as_far_as_it_goes(desk):
    """Also of a message that cannot be written down, the rest can be read."""
    desk.ingest([message("Hola", extra=circle()), message("Hola", extra={"x": deep(5000)})])
    for line in desk.intake.quarantined():
        payload = json.loads(line.payload)
        assert (payload["text"], payload["author"]["handle"]) == ("Hola", "ana")
        assert payload["extra"] == "(nested too deep to be kept)"
