"""What replies say: templates, macros, the brand's voice, and long texts in several messages."""

from __future__ import annotations

import pytest
from attrs import evolve

from scskit import Account, Attachment, NotFound, NotPermitted, ReplyRefused
from scskit.core.actor import Actor
from scskit.core.agent import Agent
from scskit.core.channel import AttachmentRules, Channel, TextRules
from scskit.core.macros import Macro
from scskit.core.slots import Slot
from scskit.core.templates import Template
from scskit.core.voice import Voice
from scskit.plugins import ConnectorSpec, hookimpl
from scskit.testing import InstantNetwork, direct_message, message
from scskit.testing.instant import EVERYTHING

TEMPLATES = {
    "welcome": Template(
        name="welcome",
        texts={"default": "Hello {name}, we look into it.", "es": "Hola {name}, lo miramos."},
        slots={"name": Slot(name="name", source="profile")},
    ),
    "ticket": Template(
        name="ticket",
        texts={"default": "Your case is {number}."},
        slots={"number": Slot(name="number")},
    ),
}
MACROS = {
    "refund": Macro(
        name="refund",
        template="ticket",
        reason="billing.refund",
        priority="P1",
        note="refund promised",
        then="wait",
    )
}
VOICES = {
    "twitter.acme": Voice(
        account="twitter.acme", forbidden=("guarantee",), sign="initials", emoji=()
    )
}
CHANNELS = {
    "public": Channel(
        text=TextRules(most=40, splits=True),
        attachments=AttachmentRules(most=2, kinds={"image": 1000}, description=20),
    ),
    "private": Channel(
        text=TextRules(most=30, beside_media=0),
        attachments=AttachmentRules(most=1, kinds={"image": None}),
    ),
}


class Narrow:
    """Offers a network on which little fits into one message."""

    def __init__(self, network):
        """Offer it."""
        self._network = network

    @hookimpl
    def scskit_connectors(self):
        """Offer it."""
        yield ConnectorSpec(
            name="twitter", connector=self._network, capabilities=EVERYTHING, channels=CHANNELS
        )


@pytest.fixture
def wire():
    """A network that takes everything."""
    return InstantNetwork()


@pytest.fixture
def desk(open_here, wire, policy):
    """A desk with templates, macros and a voice, on a narrow network."""
    agents = {**policy.agents, "ana": Agent(name="ana", title="Ana López", level=2)}
    rich = evolve(policy, agents=agents, templates=TEMPLATES, macros=MACROS, voice=VOICES)
    return open_here(rich, plugins=[Narrow(wire)])


def ask(desk, **attributes):
    """Take a question in, and return its case."""
    (case_id,) = desk.ingest([message("My parcel", **attributes)]).cases
    return case_id


def sent(desk, wire):
    """Send everything, and return what stands on the network."""
    desk.outbox.run()
    return wire.texts


def test_a_long_text_leaves_in_several_messages_with_the_sign_off_on_the_last(desk, wire):
    """Nothing is lost, each fits, they come in order, and only the last is signed."""
    text = "We have found your parcel. It is on its way to you and will be there tomorrow."
    reply = desk.replies.send(ask(desk), text, by="agent:ana")
    while desk.outbox.run().parts:
        pass
    assert len(wire.texts) > 1
    assert all(len(part) <= 40 for part in wire.texts)
    assert " ".join(wire.texts) == f"{text} ^AL"
    assert desk.replies.get(reply.id).state == "sent"
    assert [p.number for p in desk.replies.parts(reply.id)] == [1, 2, 3]


def test_what_may_not_be_cut_is_refused_with_the_reason(desk):
    """In private nothing is cut here: the author hears by how much it is too long."""
    (case_id,) = desk.ingest([direct_message("psst", by="ben")]).cases
    with pytest.raises(ReplyRefused) as refused:
        desk.replies.send(case_id, "This is a bit longer than thirty characters", by="agent:ana")
    assert [v.code for v in refused.value.violations] == ["channel.length"]


def image(size=10, title=""):
    """Return a picture."""
    return Attachment(kind="image", external_id="m1", size=size, title=title)


def test_media_leave_as_the_channel_takes_them(desk, wire):
    """Two with a text here; where no text goes with media, the text is sent before them."""
    desk.replies.send(ask(desk), "See", by="agent:ben", attachments=[image()] * 3)
    sent(desk, wire)
    sent(desk, wire)
    assert [(o.text, len(o.attachments)) for o in wire.posted.values()] == [("See ^B", 2), ("", 1)]
    wire.posted.clear()
    (case_id,) = desk.ingest([direct_message("psst", by="ben")]).cases
    desk.replies.send(case_id, "See", by="agent:ben", attachments=[image()] * 2)
    for _ in range(3):
        sent(desk, wire)
    assert [(o.text, len(o.attachments)) for o in wire.posted.values()] == [
        ("See ^B", 0),
        ("", 1),
        ("", 1),
    ]


def test_media_that_the_channel_does_not_take_are_refused(desk):
    """Too large, of another kind, described at too great a length: all of it is said."""
    wrong = [image(size=2000), Attachment(kind="video"), image(title="x" * 21)]
    with pytest.raises(ReplyRefused) as refused:
        desk.replies.send(ask(desk), "See", by="agent:ben", attachments=wrong)
    assert {v.code for v in refused.value.violations} == {
        "channel.size",
        "channel.kind",
        "channel.description",
    }


def test_the_brands_voice_is_held_with_the_place_of_each_slip(desk):
    """Words and emoji that the account does not use are named with where they stand."""
    draft = desk.replies.draft(ask(desk), "We guárantee it \U0001f600", by="agent:ana")
    found = desk.replies.check(draft.id)
    assert found.verdict == "blocked"
    spans = {v.code: draft.text[v.start : v.end] for v in found.violations}
    assert spans == {"voice.forbidden": "guárantee", "voice.emoji": "\U0001f600"}


def test_a_template_says_which_it_was(desk, wire):
    """What left can be traced to the template and its version."""
    reply = desk.replies.send(
        ask(desk), template="ticket", values={"number": "{name} 7"}, by="agent:ben"
    )
    assert reply.template == f"ticket@{TEMPLATES['ticket'].version}"
    assert sent(desk, wire) == ["Your case is {name} 7. ^B"]


def test_what_a_profile_claims_is_not_said_in_public(desk):
    """A name from an unverified profile does not get into public; the refusal keeps nothing."""
    case_id = ask(desk)
    with pytest.raises(ReplyRefused):
        desk.replies.send(case_id, template="welcome", values={"name": "Bob"}, by="agent:ben")
    with pytest.raises(ReplyRefused):
        desk.replies.send(case_id, template="ticket", by="agent:ben")
    with pytest.raises(NotFound, match="there is: welcome, ticket"):
        desk.replies.send(case_id, template="nope", by="agent:ben")
    with pytest.raises(ValueError, match="two replies"):
        desk.replies.send(case_id, "Hi", template="ticket", by="agent:ben")
    assert desk.replies.of(case_id) == []


def test_who_is_verified_is_called_by_name(desk, wire):
    """Once it is verified who the customer is, the template may say the name."""
    case_id = ask(desk)
    identity = desk.cases.get(case_id).identity_id
    desk.customers.link(identity, "C-1", by="crm:1", evidence="logged in", assurance="verified")
    desk.replies.send(case_id, template="welcome", values={"name": "Bob"}, by="agent:ben")
    assert sent(desk, wire) == ["Hello Bob, we look into it. ^B"]


def test_a_macro_does_everything_or_nothing(desk, wire):
    """Reply, reason, priority, note and state in one step; if the reply is refused, none of it."""
    case_id = ask(desk)
    before = desk.cases.get(case_id)
    with pytest.raises(ReplyRefused):
        desk.replies.apply_macro(case_id, "refund", by="agent:ana")
    assert desk.cases.get(case_id) == before
    reply = desk.replies.apply_macro(case_id, "refund", by="agent:ana", values={"number": "7"})
    assert reply.state == "queued"
    case = desk.cases.get(case_id)
    assert (case.reason, case.priority, case.state) == ("billing.refund", "P1", "pending")
    assert [e.note.text for e in desk.cases.timeline(case_id) if e.note] == ["refund promised"]
    assert sent(desk, wire) == ["Your case is 7. ^AL"]


def test_a_macro_is_no_way_round_a_role(open_here, wire, policy):
    """Who may not do one of its steps may not apply it."""
    trainer = {"crm:t": Actor(name="crm:t", roles=("trainer",))}
    limited = evolve(policy, templates=TEMPLATES, macros=MACROS, actors=trainer)
    desk = open_here(limited, plugins=[wire.plugin("twitter")])
    case_id = ask(desk)
    with pytest.raises(NotPermitted):
        desk.replies.apply_macro(case_id, "refund", by="crm:t", values={"number": "7"})
    assert desk.replies.of(case_id) == []


def test_accounts_of_one_network_may_have_their_own_rules(open_here, wire):
    """A channel is asked for by account: nothing of one is held against another."""

    class Two:
        @hookimpl
        def scskit_connectors(self):
            yield ConnectorSpec(
                name="twitter",
                connector=wire,
                capabilities=EVERYTHING,
                channels_of={"twitter.short": {"public": Channel(text=TextRules(most=5))}},
            )

    desk = open_here(plugins=[Two()])
    for name in ("twitter.short", "twitter.long"):
        desk.add_account(Account(id=name, network="twitter"))
    short, long = ask(desk, account="twitter.short"), ask(desk, account="twitter.long")
    assert desk.replies.send(long, "Hello there", by="agent:ana").state == "queued"
    with pytest.raises(ReplyRefused):
        desk.replies.send(short, "Hello there", by="agent:ana")
