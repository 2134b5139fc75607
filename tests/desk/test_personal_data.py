"""What customers post for everybody to see is marked where people look at it, and told nowhere."""

from __future__ import annotations

import logging

import pytest
from attrs import evolve

from scskit import Policy
from scskit.core.agent import Queue
from scskit.core.errors import ReplyRefused
from scskit.core.match import When
from scskit.core.policy import RoutingRule
from scskit.testing import InstantNetwork, direct_message, message

CARD = "4539 1488 0343 6467"


def labels(desk, case):
    """Read the labels of a case's messages, by the message's text."""
    return {
        entry.interaction.external_id: [
            one.value for one in entry.labels if one.kind == "personal_data"
        ]
        for entry in desk.cases.timeline(case)
        if entry.interaction
    }


def test_the_timeline_shows_which_messages_should_be_hidden(desk):
    """An agent sees at once that a card number stands there for everybody."""
    first = message(f"my card {CARD}, mail me at ana@example.com", external_id="1")
    second = evolve(first, external_id="2", parent="1", text="hello?")
    (case,) = desk.ingest([first, second]).cases
    assert labels(desk, case) == {"1": ["email", "card"], "2": []}


def test_a_merge_does_not_lose_the_mark(desk):
    """Wherever a message goes, what is known of it goes along."""
    one, other = (
        message(text, by=name, external_id=name)
        for name, text in (("ana", f"my card {CARD}"), ("ben", "hello"))
    )
    (marked,), (plain,) = (desk.ingest([each]).cases for each in (one, other))
    desk.cases.merge(marked, plain, by="agent:ana", because="one person")
    assert labels(desk, plain) == {"ana": ["card"], "ben": []}
    kept = [entry.interaction for entry in desk.cases.timeline(plain) if entry.interaction]
    moved = [one.id for one in kept if one.external_id == "ana"]
    split = desk.cases.split(plain, moved, by="agent:ana", because="two people")
    assert labels(desk, split.id) == {"ana": ["card"]}
    assert labels(desk, plain) == {"ben": []}


def test_rules_see_the_gravest_of_what_is_on_show(open_here):
    """A card goes to those who may hide it, whatever else stands beside it."""
    policy = Policy(
        queues={name: Queue(name=name) for name in ("inbox", "hide")},
        routing=(
            RoutingRule(name="hide", when=When(label={"personal_data": ("card",)}), queue="hide"),
        ),
    )
    desk = open_here(policy)
    (case,) = desk.ingest([message(f"ana@example.com {CARD} 12345678Z")]).cases
    assert desk.cases.get(case).queue == "hide"


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_nothing_of_it_is_logged(desk, caplog, visibility):
    """Whoever reads the logs of a desk reads no card numbers."""
    caplog.set_level(logging.DEBUG)
    (case,) = desk.ingest([message(f"my card {CARD}", visibility=visibility)]).cases
    events = "".join(repr(one.event) for one in desk.cases.log(case))
    assert CARD not in caplog.text + events
    assert CARD.replace(" ", "") not in caplog.text + events


def refused(desk, case, text, visibility="public", thread=None):
    """Draft a reply; return what of it is personal data, as the check says."""
    draft = desk.replies.draft(case, text, by="agent:ana", visibility=visibility, thread=thread)
    found = desk.replies.check(draft.id)
    about = [one for one in found.violations if one.code.startswith("personal_data.")]
    assert not about or found.verdict == "blocked"
    return draft, {(one.code.partition(".")[2], text[one.start : one.end]) for one in about}


def test_no_draft_with_a_card_number_goes_public(desk, caplog):
    """The agent is told where it stands, nothing is queued, and the refusal does not repeat it."""
    caplog.set_level(logging.DEBUG)
    (case,) = desk.ingest([message("where is my money?")]).cases
    draft, found = refused(desk, case, f"Is it {CARD}? Mail ana@example.com")
    assert found == {("card", CARD), ("email", "ana@example.com")}
    with pytest.raises(ReplyRefused) as caught:
        desk.replies.submit(draft.id, by="agent:ana")
    assert desk.replies.get(draft.id).state == "draft"
    assert CARD not in f"{caught.value} {caught.value.violations} {caplog.text}"


def test_an_id_is_told_in_private_to_whom_it_belongs(desk):
    """Until the desk has verified who it is, nobody reads an id; then that one person does."""
    asked = message("what is my number?", visibility="private", thread="dm1")
    (case,) = desk.ingest([asked]).cases
    identity = desk.cases.get(case).identity_id
    text = "It is 12345678Z"
    for assurance, told in ((None, False), ("claimed", False), ("verified", True)):
        if assurance:
            desk.customers.link(
                identity, "CRM-1", by="agent:ana", evidence="code", assurance=assurance
            )
        _, found = refused(desk, case, text, "private")
        assert found == (set() if told else {("national_id", "12345678Z")})


@pytest.mark.parametrize("taken_back", [False, True])
def test_who_it_is_counts_at_the_moment_of_sending(open_here, taken_back):
    """A link that was wrong, and is taken back before the reply leaves, keeps it from leaving."""
    network = InstantNetwork()
    desk = open_here(plugins=[network.plugin("twitter")])
    (case,) = desk.ingest([direct_message("what is my number?")]).cases
    identity = desk.cases.get(case).identity_id
    desk.customers.link(identity, "CRM-1", by="crm", evidence="code", assurance="verified")
    reply = desk.replies.send(case, "It is 12345678Z", by="agent:ana")
    if taken_back:
        desk.customers.unlink(identity, by="agent:eva", because="another person")
    desk.outbox.run()
    assert (desk.replies.get(reply.id).state == "sent") is not taken_back
