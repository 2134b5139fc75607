"""Back in public, and on to other channels: nothing private is told, nothing without consent."""

# ruff: noqa: SLF001  whether a case is what its events say is asked of the store itself

from __future__ import annotations

from datetime import timedelta

import pytest

from scskit import Account, IllegalTransition, NotFound, Policy, ReplyRefused
from scskit.core.handoff import FromTemplate, PrivateInvitation
from scskit.core.interaction import Deletion, Edit
from scskit.core.private_content import shared
from scskit.core.templates import Template
from scskit.testing import InstantNetwork, direct_message, message

MINUTE = timedelta(minutes=1)
BY_LINK = PrivateInvitation(kind="deep_link", link="https://chat.example/acme")
BASE = Policy(
    accounts={
        "twitter.acme": Account(id="twitter.acme", network="twitter", handle="acme"),
        "chat.acme": Account(id="chat.acme", network="chat", handle="acme"),
    },
    templates={"solved": Template(name="solved", texts={"default": "All is well again."})},
)


@pytest.fixture
def wire():
    """A network that takes everything."""
    return InstantNetwork()


@pytest.fixture
def desk(open_here, wire):
    """A desk on two such networks."""
    return open_here(BASE, plugins=[wire.plugin("twitter", "chat", invitations=[BY_LINK])])


def write(desk, clock, text, **attributes):
    """Take a private message in."""
    sent = direct_message(text, posted_at=clock.now(), **attributes)
    return desk.ingest([sent]).cases[0]


@pytest.fixture
def case_id(desk, clock):
    """A case that began in public, went on in private, and is solved."""
    question = message("My refund never came!", posted_at=clock.now(), thread="t1")
    (id_,) = desk.ingest([question]).cases
    desk.replies.handoff(id_, by="agent:ana")
    desk.outbox.run()
    clock.advance(MINUTE)
    said = "My order A-1234 was paid twice by my wife's card, 1.250,50 euros. Call 600 123 456"
    assert write(desk, clock, said) == id_
    desk.replies.send(id_, "We have sent the money back to her account today", by="agent:ana")
    desk.outbox.run()
    desk.cases.note(
        id_, "The branch in Toledo charged the wrong person", by="agent:ana", because="n"
    )
    clock.advance(MINUTE)
    return id_


def solved(desk, case_id):
    desk.cases.solve(case_id, by="agent:ana", because="refunded")
    return case_id


def test_onlookers_see_that_it_was_resolved(desk, wire, case_id):
    """The note answers the public message, is public, and changes nothing about the case."""
    reply = desk.replies.close_publicly(solved(desk, case_id), by="agent:ana", key="k")
    desk.outbox.run()
    last = list(wire.posted.values())[-1]
    assert (last.text, last.visibility, last.thread) == (
        "This has been resolved in private. Thank you for waiting.",
        "public",
        "t1",
    )
    assert (reply.purpose, desk.cases.get(case_id).state) == ("closing", "solved")
    again = desk.replies.close_publicly(case_id, by="agent:ana", key="k")
    assert (again.id, again.state) == (reply.id, "sent")
    assert desk._services.store.verify().problems == []


def test_the_brand_closes_in_its_own_words(desk, wire, case_id):
    """Words or a template of the desk file."""
    desk.replies.close_publicly(solved(desk, case_id), FromTemplate("solved"), by="agent:ana")
    desk.outbox.run()
    assert wire.texts[-1] == "All is well again."


@pytest.mark.parametrize(
    "told",
    [
        "order A-1234",
        "order a1234",
        "1250.50",
        "1 250,50",
        "600123456",
        "600-123-456",
        "paid twice by my wife's",
        "PAID  twice, by my wife\u2019s",
        "the money back to her",
        "branch in Toledo charged the",
    ],
)
def test_no_word_of_what_was_private_is_said_in_public(desk, case_id, told):
    """Five words in a row, or any number or code, of the customer, the brand or a note."""
    text = f"Dear Ana, we have looked into it: {told}. All is well."
    solved(desk, case_id)
    with pytest.raises(ReplyRefused) as refused:
        desk.replies.close_publicly(case_id, text, by="agent:ana")
    found = [v for v in refused.value.violations if v.code == "private_content"]
    assert found
    assert refused.value.verdict == "blocked"
    for violation in found:
        assert text[violation.start : violation.end] in told
        assert told not in violation.message
    assert all(r.purpose != "closing" for r in desk.replies.of(case_id))


@pytest.mark.parametrize("change", [Edit, Deletion])
def test_what_was_taken_back_stays_private(desk, clock, case_id, change):
    """The customer changes or removes what they said in private: nobody tells it nevertheless."""
    private = next(m for m in desk.cases.interactions(case_id) if "A-1234" in m.text)
    head = {"account": private.account_id, "target": private.external_id}
    if change is Edit:
        desk.ingest([Edit(**head, edited_at=clock.now(), text="Never mind")])
    else:
        desk.ingest([Deletion(**head, deleted_at=clock.now())])
    solved(desk, case_id)
    with pytest.raises(ReplyRefused) as refused:
        desk.replies.close_publicly(case_id, "About order A-1234: all is well.", by="agent:ana")
    assert {v.code for v in refused.value.violations} == {"private_content"}


def test_a_few_words_that_everybody_uses_tell_nothing(desk, case_id):
    """Four words in a row, and a single digit, are nobody's secret."""
    solved(desk, case_id)
    text = "The branch in Toledo closes in 2 days."
    assert desk.replies.close_publicly(case_id, text, by="agent:ana").state == "queued"


def test_a_reply_that_is_no_closing_note_is_not_held_back(desk, case_id):
    """What an agent says in private may repeat what the customer said there."""
    assert desk.replies.send(case_id, "About your order A-1234", by="agent:ana").state == "queued"


def test_what_is_not_solved_is_not_closed_in_public(desk, case_id):
    """Nobody says that it was resolved before it was."""
    with pytest.raises(IllegalTransition, match="solve it first"):
        desk.replies.close_publicly(case_id, by="agent:ana")


@pytest.mark.parametrize(
    ("text", "private", "spans"),
    [
        ("one two three four", "one two three four", []),
        ("x one two three four five six y", "one two three four five six", [(2, 29)]),
        ("in 2 days", "in 2 days", []),
        ("in 24 hours", "24", [(3, 5)]),
        ("caf\u00e9 con leche y az\u00facar", "cafe\u0301 con leche y azu\u0301car", [(0, 23)]),
        ("\uff21\uff0d\uff11\uff12", "a-12", [(0, 4)]),
        ("1\u200b2\u200b3\u200b4", "1234", [(0, 7)]),
        ("\u0661\u0662\u0663\u0664", "1234", [(0, 4)]),
        ("1234", "\u0661\u0662\u0663\u0664", [(0, 4)]),
        ("", "1234", []),
    ],
)
def test_what_two_texts_share_is_found_as_people_read_it(text, private, spans):
    """Width, accents and invisible characters make no difference; spans are those of the text."""
    assert [(v.start, v.end) for v in shared(text, [private])] == spans


def test_a_case_goes_on_through_another_channel(desk, wire, case_id, clock):
    """With consent the person is written to there, and what they answer is the same case."""
    reply = desk.replies.continue_on(
        case_id,
        by="agent:ana",
        account="chat.acme",
        recipient="+34600",
        consent="message m7: write to me on chat",
        key="k",
    )
    desk.outbox.run()
    last = list(wire.posted.values())[-1]
    assert (last.account, last.recipient, last.visibility) == ("chat.acme", "+34600", "private")
    assert last.text == "As agreed, we go on here with your request."
    (continued,) = [r.event for r in desk.cases.log(case_id) if r.event.type == "channel_continued"]
    assert (continued.consent, continued.by, continued.reply_id) == (
        "message m7: write to me on chat",
        "agent:ana",
        reply.id,
    )
    clock.advance(MINUTE)
    there = {"account": "chat.acme", "by": "+34600", "thread": "+34600"}
    assert write(desk, clock, "Hello, it is me", **there) == case_id
    desk.replies.send(case_id, "Good", by="agent:ana")
    desk.outbox.run()
    assert list(wire.posted.values())[-1].recipient == "+34600"
    assert desk._services.store.verify().problems == []


def test_an_old_conversation_there_belongs_to_the_case_from_then_on(desk, wire, case_id, clock):
    """Both our message and the answer stand in the case that goes on, not in one that is over."""
    there = {"account": "chat.acme", "by": "+34600", "thread": "+34600"}
    old = write(desk, clock, "Something else", **there)
    solved(desk, old)
    desk.replies.continue_on(
        case_id,
        by="agent:ana",
        account="chat.acme",
        recipient="+34600",
        consent="said so",
        text="Hi",
    )
    desk.outbox.run()
    assert desk.cases.interactions(case_id)[-1].text == "Hi"
    clock.advance(MINUTE)
    assert write(desk, clock, "Yes?", **there) == case_id


def test_without_consent_nothing_is_written(desk, wire, case_id):
    """Nobody is followed to another network who did not agree."""
    sent = len(wire.texts)
    with pytest.raises(ReplyRefused) as refused:
        desk.replies.continue_on(
            case_id, by="agent:ana", account="chat.acme", recipient="+34600", consent="  "
        )
    assert [v.code for v in refused.value.violations] == ["consent"]
    with pytest.raises(NotFound, match=r"chat\.other"):
        desk.replies.continue_on(
            case_id, by="agent:ana", account="chat.other", recipient="+34600", consent="yes"
        )
    desk.outbox.run()
    assert len(wire.texts) == sent


def test_nobody_is_written_to_where_nobody_is_known(desk, case_id):
    """Until they have answered there, a reply does not go to a name of another network."""
    desk.replies.continue_on(
        case_id, by="agent:ana", account="chat.acme", recipient="+34600", consent="said so"
    )
    desk.outbox.run()
    with pytest.raises(IllegalTransition, match="nobody has written"):
        desk.replies.send(case_id, "Hello?", by="agent:ana", thread="chat.acme:+34600")
