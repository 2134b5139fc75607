"""From public to private, and the case stays one: acknowledged, invited, found again."""

# ruff: noqa: SLF001  whether a case is what its events say is asked of the store itself

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve

from scskit import Account, IllegalTransition, NotFound, Policy, ReplyRefused
from scskit.core.errors import CapabilityMissing, RetryLater
from scskit.core.handoff import FromTemplate, PrivateInvitation
from scskit.core.identity import CustomerMatch
from scskit.core.match import When
from scskit.core.policy import Reason, ReasonTree
from scskit.core.reply_policy import ApprovalRule, ReplyPolicy
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.core.templates import Template
from scskit.testing import InstantNetwork, direct_message, message

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LINK = "https://chat.example/acme"
BY_LINK = PrivateInvitation(kind="deep_link", link=LINK)
PRIVATELY = PrivateInvitation(kind="private_reply", within=7 * DAY, once=True)
DIRECTLY = PrivateInvitation(kind="direct_message")

BASE = Policy(
    accounts={
        "twitter.acme": Account(id="twitter.acme", network="twitter", handle="acme"),
        "twitter.acme_mx": Account(id="twitter.acme_mx", network="twitter", handle="acme_mx"),
        "chat.acme": Account(id="chat.acme", network="chat", handle="acme"),
    }
)


@pytest.fixture
def wire():
    """A network that takes everything."""
    return InstantNetwork()


@pytest.fixture
def open_with(open_here, wire):
    """Open a desk whose network has these ways into private."""

    def open_(*ways, policy=BASE, plugins=()):
        return open_here(policy, plugins=[wire.plugin("twitter", invitations=ways), *plugins])

    return open_


@pytest.fixture
def desk(open_with):
    """A desk whose network leads into private by a link."""
    return open_with(BY_LINK)


def ask(desk, clock, text="My card does not work", **attributes):
    """Take a public question in, and return its case."""
    given = {"thread": "t1", "posted_at": clock.now()} | attributes
    (case_id,) = desk.ingest([message(text, **given)]).cases
    return case_id


def write(desk, clock, text="It is about my order", **attributes):
    """Take a private message in, and return the case that it belongs to."""
    (case_id,) = desk.ingest([direct_message(text, posted_at=clock.now(), **attributes)]).cases
    return case_id


def events(desk, case_id, type_):
    """Return a case's events of a type."""
    return [r.event for r in desk.cases.log(case_id) if r.event.type == type_]


def verified(desk):
    """Look whether every case is what its events say."""
    assert desk._services.store.verify().problems == []


def test_who_is_invited_by_a_link_goes_on_in_the_same_case(desk, wire, clock):
    """What the person writes in private, in a conversation nobody knew of, is the same matter."""
    case_id = ask(desk, clock)
    clock.advance(MINUTE)
    made = desk.replies.handoff(case_id, by="agent:ana", invitation="Write to us here: {link} !")
    assert (made.how, made.account, made.until) == (
        "deep_link",
        "twitter.acme",
        clock.now() + 7 * DAY,
    )
    assert [r.purpose for r in (made.acknowledgement, made.invitation)] == [
        "acknowledgement",
        "invitation",
    ]
    desk.outbox.run()
    assert wire.texts == [
        "Thank you for telling us. We are looking into it.",
        f"Write to us here: {LINK} !",
    ]
    assert {outbound.visibility for outbound in wire.posted.values()} == {"public"}
    clock.advance(MINUTE)
    assert write(desk, clock) == case_id
    assert write(desk, clock, "and it is urgent") == case_id
    (joined,) = events(desk, case_id, "handoff_joined")
    assert (joined.thread_id, joined.evidence, joined.others) == (
        "twitter.acme:dm-ana",
        "same_identity",
        (),
    )
    case = desk.cases.get(case_id)
    assert (case.inbound_count, case.other_threads) == (3, ("twitter.acme:dm-ana",))
    verified(desk)


def test_a_private_answer_leads_where_the_network_has_one(open_with, wire, clock):
    """Acknowledged in public, invited in private, in this order; the answer joins the case."""
    desk = open_with(PRIVATELY, BY_LINK)
    case_id = ask(desk, clock)
    made = desk.replies.handoff(case_id, by="agent:ana")
    (first,), (second,) = (
        desk.replies.parts(r.id) for r in (made.acknowledgement, made.invitation)
    )
    assert (made.how, first.lane) == ("private_reply", second.lane)
    desk.outbox.run()
    sent = list(wire.posted.values())
    assert [(o.visibility, o.crosses) for o in sent] == [("public", False), ("private", True)]
    assert sent[1].recipient == "ana"
    assert "private" not in sent[0].text
    verified(desk)


def test_the_first_message_leaves_first_even_if_it_has_to_be_tried_again(open_with, wire, clock):
    """Nobody is invited in private before the public acknowledgement stands."""
    desk = open_with(PRIVATELY)
    case_id = ask(desk, clock)
    wire.plan.append(RetryLater("busy", retry_after=timedelta(seconds=30)))
    desk.replies.handoff(case_id, by="agent:ana")
    desk.outbox.run()
    assert wire.texts == []
    clock.advance(timedelta(minutes=5))
    desk.outbox.run()
    assert [o.visibility for o in wire.posted.values()] == ["public", "private"]


def test_a_message_can_be_answered_privately_once_and_for_some_time(open_with, clock):
    """Where the network does not allow it any more, the next of its ways is taken."""
    desk = open_with(PRIVATELY, BY_LINK)
    case_id = ask(desk, clock)
    assert desk.replies.handoff(case_id, by="agent:ana").how == "private_reply"
    clock.advance(timedelta(hours=1))
    assert desk.replies.handoff(case_id, by="agent:ana").how == "deep_link"
    late = ask(desk, clock, by="ben", thread="t2")
    clock.advance(8 * DAY)
    assert desk.replies.handoff(late, by="agent:ana").how == "deep_link"
    with pytest.raises(CapabilityMissing, match="no way leads"):
        desk.replies.handoff(late, by="agent:ana", how="private_reply")


def test_a_message_of_the_brand_leads_into_private_too(open_with, wire, clock):
    """Of several ways the one that is asked for is taken."""
    desk = open_with(BY_LINK, DIRECTLY)
    case_id = ask(desk, clock)
    assert desk.replies.handoff(case_id, by="agent:ana", how="direct_message").how == (
        "direct_message"
    )
    desk.outbox.run()
    assert [o.visibility for o in wire.posted.values()] == ["public", "private"]


def test_somebody_else_who_follows_the_link_has_a_case_of_their_own(desk, clock):
    """A link in public is everybody's: only who was invited joins the case."""
    case_id = ask(desk, clock)
    desk.replies.handoff(case_id, by="agent:ana")
    assert write(desk, clock, by="eva") != case_id
    assert write(desk, clock) == case_id


def test_who_was_not_invited_or_comes_too_late_has_a_new_case(desk, clock):
    """An offer runs out; without one a private message is a matter of its own."""
    first = ask(desk, clock, by="eva", thread="t0")
    assert write(desk, clock, by="eva") != first
    case_id = ask(desk, clock)
    desk.replies.handoff(case_id, by="agent:ana")
    clock.advance(7 * DAY + MINUTE)
    assert write(desk, clock) != case_id


def test_of_two_offers_the_latest_counts(desk, clock):
    """Somebody who was invited from two cases goes on in the latest, and the log says so."""
    first = ask(desk, clock)
    desk.replies.handoff(first, by="agent:ana")
    clock.advance(MINUTE)
    second = ask(desk, clock, "My parcel is lost", thread="t2")
    desk.replies.handoff(second, by="agent:ana")
    clock.advance(MINUTE)
    assert [write(desk, clock), write(desk, clock)] == [second, second]
    (joined,) = events(desk, second, "handoff_joined")
    assert joined.others == (first,)
    assert events(desk, first, "handoff_joined") == []


def test_two_messages_in_one_batch_join_once(desk, clock):
    """However the network hands them over, they go on one case, in one conversation."""
    case_id = ask(desk, clock)
    desk.replies.handoff(case_id, by="agent:ana")
    both = [direct_message(text, posted_at=clock.now()) for text in ("one", "two")]
    assert desk.ingest(both).cases == (case_id,)
    assert desk.ingest(both).cases == (case_id,)
    assert len(events(desk, case_id, "handoff_joined")) == 1
    verified(desk)


def test_a_conversation_that_was_finished_goes_on_what_one_was_invited_to(desk, clock):
    """An old private conversation does not hold back who comes by an invitation."""
    old = write(desk, clock)
    desk.cases.solve(old, by="agent:ana", because="done")
    case_id = ask(desk, clock)
    desk.replies.handoff(case_id, by="agent:ana")
    clock.advance(MINUTE)
    assert write(desk, clock) == case_id
    assert write(desk, clock) == case_id


def test_a_conversation_that_is_under_way_stays_what_it_is(desk, clock):
    """Who already talks to the brand in private about something goes on with that."""
    under_way = write(desk, clock)
    case_id = ask(desk, clock)
    desk.replies.handoff(case_id, by="agent:ana")
    assert write(desk, clock) == under_way


def test_the_case_that_took_it_over_is_joined(desk, clock):
    """Where the case was merged meanwhile, the conversation goes on the one that is left."""
    case_id, other = ask(desk, clock), ask(desk, clock, "Again!", thread="t2")
    desk.replies.handoff(case_id, by="agent:ana")
    desk.cases.merge(case_id, other, by="agent:ana", because="the same")
    assert write(desk, clock) == other
    assert len(events(desk, other, "handoff_joined")) == 1
    verified(desk)


def test_a_finished_case_is_followed_by_a_new_one(desk, clock):
    """Who comes when the case is closed opens one that follows it."""
    case_id = ask(desk, clock)
    desk.replies.handoff(case_id, by="agent:ana")
    desk.cases.solve(case_id, by="agent:ana", because="done")
    desk.cases.close(case_id, by="agent:ana", because="done")
    new = write(desk, clock)
    assert new != case_id
    assert [(r.case_id, r.relation) for r in desk.cases.get(new).related] == [(case_id, "follows")]


def test_another_account_can_be_where_it_goes_on(open_here, wire, clock):
    """Led to another network by its link, the person is known there by being the same customer."""
    desk = open_here(
        BASE, plugins=[wire.plugin("twitter", "chat", invitations=(DIRECTLY, BY_LINK))]
    )
    case_id = ask(desk, clock)
    (person,) = {m.identity_id for m in desk.cases.interactions(case_id)}
    desk.customers.link(person, "crm-7", by="agent:ana", evidence="said so")
    made = desk.replies.handoff(case_id, by="agent:ana", channel="chat.acme")
    assert (made.how, made.account) == ("deep_link", "chat.acme")
    stranger = {"account": "chat.acme", "by": "+34600", "thread": "+34600"}
    first = write(desk, clock, **stranger)
    assert first != case_id, "nobody knows who this is"
    desk.cases.solve(first, by="agent:ana", because="test")
    (known,) = {m.identity_id for m in desk.cases.interactions(first)}
    desk.customers.link(known, "crm-7", by="agent:ana", evidence="same phone")
    assert write(desk, clock, **stranger) == case_id
    (joined,) = events(desk, case_id, "handoff_joined")
    assert (joined.evidence, joined.identity_id) == ("same_customer", known)
    desk.replies.send(case_id, "We found it", by="agent:ana")
    desk.outbox.run()
    assert sorted((o.account, o.recipient or "") for o in wire.posted.values()) == [
        ("chat.acme", "+34600"),
        ("twitter.acme", ""),
        ("twitter.acme", ""),
    ]
    verified(desk)


def test_a_stranger_whom_the_crm_knows_is_the_same_customer_at_once(open_with, hooks, clock):
    """Who is identified with the first private message goes on the case of the customer."""
    hooks.identify = lambda _: CustomerMatch(crm_id="crm-7", evidence="on file")
    desk = open_with(BY_LINK, plugins=[hooks])
    case_id = ask(desk, clock, by="ana")
    desk.replies.handoff(case_id, by="agent:ana")
    assert write(desk, clock, by="ana_other") == case_id
    assert events(desk, case_id, "handoff_joined")[0].evidence == "same_customer"


def test_a_plugin_may_know_better(open_with, hooks, clock):
    """Who decides to which case messages belong is asked about the offered one too."""
    desk = open_with(BY_LINK, plugins=[hooks])
    case_id = ask(desk, clock)
    desk.replies.handoff(case_id, by="agent:ana")
    asked = []
    hooks.match = lambda _, candidates: asked.extend(c.id for c in candidates)
    assert write(desk, clock) == case_id
    assert asked == [case_id]


def test_there_is_one_clock_and_the_wait_since_the_public_question_counts(open_with, clock):
    """Changing to private starts no new clock: the promise was made when they first asked."""
    rule = SlaRule(
        name="all", when=When(), targets=SlaTargets(first_response=timedelta(minutes=30))
    )
    policy = evolve(BASE, sla=SlaPolicy(rules=(rule,), answers=("private",)))
    desk = open_with(BY_LINK, policy=policy)
    asked_at = clock.now()
    case_id = ask(desk, clock)
    clock.advance(10 * MINUTE)
    desk.replies.handoff(case_id, by="agent:ana")
    desk.outbox.run()
    clock.advance(10 * MINUTE)
    assert write(desk, clock) == case_id
    clocks = [c for c in desk.cases.clocks(case_id) if c.clock == "first_response"]
    assert [(c.since, c.due) for c in clocks] == [(asked_at, asked_at + 30 * MINUTE)]
    clock.advance(11 * MINUTE)
    desk.run_due()
    (breach,) = events(desk, case_id, "sla_breached")
    assert (breach.clock, breach.at) == ("first_response", asked_at + 30 * MINUTE)
    verified(desk)


def test_no_personal_data_is_said_in_public_on_the_way(desk, clock):
    """Neither message may hold what must stay private; refused, neither is kept."""
    case_id = ask(desk, clock)
    for name in ("acknowledgement", "invitation"):
        text = {name: "Your card 4539 1488 0343 6467 is blocked"}
        with pytest.raises(ReplyRefused):
            desk.replies.handoff(case_id, by="agent:ana", **text)
    assert desk.replies.of(case_id) == []
    assert write(desk, clock) != case_id, "nobody was invited"


def test_what_is_only_spoken_of_in_private_can_be_led_there(open_with, clock):
    """A reason that is never discussed in public is acknowledged there, and taken to private."""
    policy = evolve(
        BASE,
        reasons=ReasonTree({"billing": Reason(id="billing", keywords=("card",))}),
        replies=ReplyPolicy(private_reasons=("billing",)),
    )
    desk = open_with(BY_LINK, policy=policy)
    case_id = ask(desk, clock)
    assert desk.cases.get(case_id).reason == "billing"
    with pytest.raises(ReplyRefused) as refused:
        desk.replies.send(case_id, "Your card was blocked", by="agent:ana")
    assert refused.value.verdict == "needs_private"
    assert desk.replies.handoff(case_id, by="agent:ana").invitation.state == "queued"


def test_where_the_first_waits_for_an_approval_so_does_the_second(open_with, clock):
    """The invitation does not leave before what it belongs behind is approved."""
    rule = ApprovalRule(name="new", purposes=("acknowledgement",))
    policy = evolve(BASE, replies=ReplyPolicy(approval=(rule,)))
    desk = open_with(BY_LINK, policy=policy)
    case_id = ask(desk, clock)
    made = desk.replies.handoff(case_id, by="agent:ana")
    assert {made.acknowledgement.state, made.invitation.state} == {"awaiting_approval"}
    desk.replies.approve(made.acknowledgement.id, by="agent:eva")
    desk.replies.approve(made.invitation.id, by="agent:eva")
    assert desk.outbox.run().parts == 2


def test_the_same_call_under_a_key_happens_once(desk, wire, clock):
    """Whoever repeats a call gets what the first one made."""
    case_id = ask(desk, clock)
    first = desk.replies.handoff(case_id, by="crm:1", key="k")
    desk.outbox.run()
    again = desk.replies.handoff(case_id, by="crm:1", key="k")
    assert (again.acknowledgement.id, again.invitation.id) == (
        first.acknowledgement.id,
        first.invitation.id,
    )
    assert (again.how, again.until, again.invitation.state) == (first.how, first.until, "sent")
    assert len(wire.texts) == 2


def test_the_brand_says_it_in_its_own_words_and_the_customers_language(open_with, wire, clock):
    """Templates of the desk file named after the purpose are taken; else words of our own."""
    templates = {
        "acknowledgement": Template(name="acknowledgement", texts={"es": "Gracias, lo vemos."}),
        "other": Template(name="other", texts={"default": "Here, please:"}),
    }
    desk = open_with(BY_LINK, policy=evolve(BASE, templates=templates))
    question = "Buenos días, quisiera saber cuándo llega el pedido que hice hace dos semanas"
    case_id = ask(desk, clock, question)
    assert desk.cases.get(case_id).language == "es"
    desk.replies.handoff(case_id, by="agent:ana")
    desk.outbox.run()
    other = ask(desk, clock, "Where is my order? It has not arrived yet", thread="t2")
    desk.replies.handoff(
        other, by="agent:ana", acknowledgement="Hello", invitation=FromTemplate("other")
    )
    desk.outbox.run()
    ours = "Para que nadie más lo lea, por favor envíenos los detalles en privado."
    assert wire.texts == ["Gracias, lo vemos.", f"{ours} {LINK}", "Hello", f"Here, please: {LINK}"]


def test_what_cannot_be_handed_over_says_why(open_with, clock):
    """No way, no such account, nothing public: each is named."""
    desk = open_with()
    case_id = ask(desk, clock)
    with pytest.raises(CapabilityMissing, match="declared: none"):
        desk.replies.handoff(case_id, by="agent:ana")
    with pytest.raises(NotFound, match=r"chat\.other"):
        desk.replies.handoff(case_id, by="agent:ana", channel="chat.other")
    private = write(desk, clock, by="ben")
    with pytest.raises(IllegalTransition, match="no public conversation"):
        desk.replies.handoff(private, by="agent:ana")


def test_a_way_that_leads_nowhere_is_refused():
    """A deep link has an address, and nothing else has one."""
    with pytest.raises(ValueError, match="deep link"):
        PrivateInvitation(kind="deep_link")
    with pytest.raises(ValueError, match="deep link"):
        PrivateInvitation(kind="private_reply", link=LINK)


def test_what_was_joined_goes_on_while_it_is_under_way(desk, clock):
    """A second invitation does not tear a private conversation away from the first."""
    first = ask(desk, clock)
    desk.replies.handoff(first, by="agent:ana")
    assert write(desk, clock) == first
    clock.advance(MINUTE)
    second = ask(desk, clock, "My parcel is lost", thread="t2")
    desk.replies.handoff(second, by="agent:ana")
    assert write(desk, clock) == first
    desk.cases.solve(first, by="agent:ana", because="done")
    assert write(desk, clock) == second


def test_a_link_with_a_telephone_number_may_be_said_in_public(open_here, wire, clock):
    """The number of the brand in its own link is no personal data of anybody."""
    way = PrivateInvitation(kind="deep_link", link="https://wa.me/34600123456")
    desk = open_here(BASE, plugins=[wire.plugin("twitter", "chat", invitations=[way])])
    case_id = ask(desk, clock)
    made = desk.replies.handoff(case_id, by="agent:ana", channel="chat.acme")
    assert made.invitation.state == "queued"


def test_messages_that_come_at_once_join_once(desk, clock):
    """Several threads bring in what somebody writes: it is one case, and joined once."""
    case_id = ask(desk, clock)
    desk.replies.handoff(case_id, by="agent:ana")
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda number: write(desk, clock, f"part {number}"), range(12)))
    assert found == {case_id}
    assert len(events(desk, case_id, "handoff_joined")) == 1
    assert desk.cases.get(case_id).inbound_count == 13
    verified(desk)
