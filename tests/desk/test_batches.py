"""However items are cut into calls, the same comes of them; on both databases."""

# ruff: noqa: SLF001  whether a case is what its events say is asked of the store itself

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from scskit import Account, Author, Deletion, Policy, Receipt, hookimpl
from scskit.core.errors import OutcomeUnknown
from scskit.core.handoff import PrivateInvitation
from scskit.core.identity import CustomerMatch
from scskit.testing import (
    START,
    InstantNetwork,
    brand_reply,
    deletion,
    direct_message,
    edit,
    message,
    receipt,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
PHONES = Policy(
    accounts={
        "whatsapp.acme": Account(
            id="whatsapp.acme", network="whatsapp", handle="1", identity_scope="network"
        )
    }
)


def one_by_one(items):
    """Cut into calls of one item."""
    return [[item] for item in items]


def at_once(items):
    """Do not cut."""
    return [items]


CUTS = pytest.mark.parametrize("cut", [one_by_one, at_once])


def take_in(desk, calls):
    """Take items in, and return their outcomes."""
    return [outcome for call in calls for outcome in desk.ingest(call).outcomes]


def consistent(desk):
    """Every case is what its events say."""
    return desk._services.store.verify().problems == []


def crm(identity):
    """Know whoever says in their name which customer of which tier they are."""
    crm_id, _, tier = identity.name.partition(":")
    return CustomerMatch(crm_id=crm_id, evidence="name", tier=tier or None) if crm_id else None


def person(id_, name="", **attributes):
    return Author(external_id=id_, name=name, **attributes)


class Postman:
    """Delivers codes to the test."""

    code = ""

    @hookimpl
    def scskit_deliver_code(self, code):
        """Take it."""
        self.code = code
        return True


@pytest.fixture
def lost(open_here, hooks):
    """A desk, a part of a reply that nobody knows of, and the question that it answers."""
    wire = InstantNetwork()
    capabilities = {"reply_public", "receipts"}
    desk = open_here(plugins=[wire.plugin("twitter", capabilities=capabilities), hooks])
    question = message("Hello?", thread="t1")
    (case_id,) = desk.ingest([question]).cases
    wire.plan.append(OutcomeUnknown("timed out"))
    reply = desk.replies.send(case_id, "We help", by="agent:ana")
    desk.outbox.run()
    assert desk.replies.get(reply.id).state == "unknown"
    return desk, desk.replies.parts(reply.id)[0], question


@CUTS
def test_an_echo_counts_although_another_item_of_its_call_is_refused(lost, hooks, cut):
    """A part that arrived is known to have arrived, whoever else stood in the same call."""
    desk, part, question = lost

    def match(interaction, _):
        if interaction.text == "poison":
            raise ValueError(interaction.text)

    hooks.match = match
    echo = brand_reply(question, "We help", external_id="x1")
    outcomes = take_in(desk, cut([echo, message("poison", thread="t1")]))
    assert [outcome.state for outcome in outcomes] == ["applied", "quarantined"]
    assert desk.replies.get(part.reply_id).state == "sent"
    assert consistent(desk)


@CUTS
def test_what_waits_for_a_message_is_applied_when_a_receipt_tells_of_it(lost, clock, cut):
    """It does not matter who brings the message in."""
    desk, part, _ = lost
    gone = Deletion(account="twitter.acme", target="x1", deleted_at=START)
    told = Receipt(
        account="twitter.acme", target="x1", status="read", at=clock.now(), reference=part.id
    )
    outcomes = take_in(desk, cut([gone, told]))
    assert [(outcome.state, outcome.settled) for outcome in outcomes] == [
        ("parked", 0),
        ("applied", 1),
    ]
    (answer,) = [m for m in desk.cases.interactions(part.outbound.case_id) if m.delivery]
    assert (answer.deleted, answer.delivery) == (True, "read")
    assert consistent(desk)


@CUTS
def test_a_person_is_met_by_their_first_message(open_here, hooks, cut):
    """The CRM is asked about them as they were then; what is dropped introduces nobody."""
    hooks.identify = crm
    desk = open_here(plugins=[hooks])
    first = message(by=person("ana"))
    again = message(by=person("ben", "crm-2"), external_id=first.external_id)
    later = [message(by=person("ana", "crm-1")), message(by=person("ben"))]
    take_in(desk, cut([first, again, *later]))
    customers = {case.identity_id: case.customer_id for case in desk.cases.find().cases}
    assert set(customers.values()) == {None}


@CUTS
def test_the_tier_is_the_one_told_last(open_here, hooks, cut):
    """A customer of several handles has one tier under all of them, and keeps it."""
    hooks.identify = crm
    desk = open_here(plugins=[hooks])
    people = [person("ana", "crm-1"), person("ana2", "crm-1:vip"), person("ana3", "crm-1")]
    outcomes = take_in(desk, cut([message(by=one) for one in [*people, person("ana")]]))
    tiers = [desk.cases.get(outcome.case_id).tier for outcome in outcomes]
    assert tiers == [None, "vip", "vip", "vip"]
    (known,) = {case.customer_id for case in desk.cases.find().cases}
    assert desk.customers.get(known).tier == "vip"


@CUTS
def test_an_answer_without_a_hint_goes_to_the_case_that_is_current(open_here, clock, cut):
    """A case that somebody's new case follows is not answered any more."""
    desk = open_here()
    (old,) = desk.ingest([direct_message("Hello")]).cases
    desk.cases.solve(old, by="agent:ana", because="done")
    clock.advance(10 * DAY)
    back = direct_message("Me again", posted_at=START + 9 * DAY)
    answer = brand_reply(back, posted_at=START + 5 * DAY, addressed_to=None)
    opened, answered = take_in(desk, cut([back, answer]))
    assert answered.case_id == opened.case_id != old


@CUTS
def test_an_answer_that_waited_stands_where_it_would_have_stood(open_here, clock, cut):
    """It links the ids of whom it went to, and leaves the conversation's language alone."""
    desk = open_here(PHONES)
    clock.advance(MINUTE)
    asked = {"account": "whatsapp.acme"}
    desk.ingest([direct_message(by="MX.42", thread="MX.42", **asked)])
    question = direct_message(by="521", thread="521", language="es", **asked)
    answer = brand_reply(
        question, thread="521", parent=question.external_id, addressed_also=("MX.42",)
    )
    take_in(desk, cut([answer, question]))
    one, other = (desk.customers.identity(f"whatsapp::{id_}") for id_ in ("521", "MX.42"))
    assert one.customer_id == other.customer_id is not None
    assert consistent(desk)


@CUTS
def test_an_answer_to_what_waits_is_in_the_conversation_that_this_waits_for(desk, cut):
    """However many answers wait for each other."""
    first = brand_reply("root", external_id="a1")
    second = brand_reply("a1", external_id="a2")
    question = message("And me?", by="ana", parent="a2")
    root = message("Hello", by="ana", external_id="root")
    outcomes = take_in(desk, cut([first, second, question]))
    assert [outcome.state for outcome in outcomes] == ["parked", "parked", "applied"]
    assert desk.ingest([root]).cases == (outcomes[-1].case_id,)
    (case,) = desk.cases.find().cases
    assert (case.inbound_count, case.outbound_count) == (2, 2)


@CUTS
def test_a_link_that_another_replaces_is_ended(open_here, hooks, cut):
    """Also where everything happens at one instant, and somebody was met only just before."""
    hooks.identify = crm
    desk = open_here(PHONES, plugins=[hooks])
    asked = {"account": "whatsapp.acme", "thread": "t"}
    items = [
        direct_message(by=person("ana", also=("ana2",)), **asked),
        direct_message(by=person("ben", "crm-1"), **asked),
        direct_message(by=person("ana", "Ana", also=("ben",)), **asked),
    ]
    take_in(desk, cut(items))
    links = desk.customers.links("whatsapp::ana")
    assert [link.unlinked_by for link in links] == ["system:network", None]


@CUTS
def test_a_number_is_hidden_only_while_a_code_is_asked_for(open_here, cut):
    """Once they are verified, their booking number is a booking number."""
    postman = Postman()
    desk = open_here(plugins=[postman])
    (case_id,) = desk.ingest([direct_message("Hello")]).cases
    desk.replies.challenge(case_id, by="agent:ana", to="+1")
    number = "654321" if postman.code != "654321" else "654322"
    take_in(desk, cut([direct_message(postman.code), direct_message(number)]))
    texts = [interaction.text for interaction in desk.cases.interactions(case_id)]
    assert texts == ["Hello", "••••••", number]


@CUTS
def test_an_invitation_counts_under_an_id_told_in_the_same_call(open_here, cut):
    """Who was invited under one id and comes under another is the same person at once."""
    link = PrivateInvitation(kind="deep_link", link="https://chat.example/acme")
    desk = open_here(plugins=[InstantNetwork().plugin("twitter", invitations=(link,))])
    (case_id,) = desk.ingest([message("My card!", thread="t1")]).cases
    desk.replies.handoff(case_id, by="agent:ana")
    told = message("And now?", by=person("ana", also=("ana2",)), thread="t1")
    came = direct_message("Here I am", by="ana2")
    outcomes = take_in(desk, cut([told, came]))
    assert [outcome.case_id for outcome in outcomes] == [case_id, case_id]
    assert "handoff_joined" in [r.event.type for r in desk.cases.log(case_id)]
    assert consistent(desk)


PEOPLE = ("p1", "p2", "p3", "p4")
TEXTS = ("hello", "my invoice", "refund!", "parcel", "\0 broken", "")


def some_items(random):
    """Make items of all kinds, in which what is answered stands before its answer, or nowhere.

    An answer of the brand waits for its question; the first of two with one id counts.
    """
    items, known = [], []
    for number in range(30):
        account = random.choice(("twitter.acme", "twitter.acme_mx", "facebook.acme"))
        here = [one for one in known if one.account == account]
        at = START + MINUTE * random.randrange(9)
        place = {"account": account, "posted_at": at, "text": random.choice(TEXTS)}
        kind = random.choice(("message",) * 4 + ("answer", "edit", "deletion", "receipt"))
        if kind == "message" or not here:
            who = random.choice(PEOPLE)
            name = random.choice(("", "crm-1", "crm-1:vip", "crm-2:gold"))
            also = tuple(random.sample(PEOPLE, random.choice((0, 0, 0, 1))))
            thread, parent = random.choice(((None, None), ("t1", None), (who, None), (None, "up")))
            if parent and here:
                parent = random.choice(here).external_id
            place |= {"by": person(who, name, also=also), "thread": thread, "parent": parent}
            again = here and random.random() < 0.1
            external_id = random.choice(here).external_id if again else f"m{number}"
            visibility = random.choice(("public", "private"))
            items.append(message(**place, external_id=external_id, visibility=visibility))
            known.append(items[-1])
        elif kind == "answer":
            to = f"m{random.randrange(30)}" if random.random() < 0.5 else random.choice(here)
            given = {"external_id": f"a{number}", "account": account, "posted_at": at}
            items.append(brand_reply(to, **given))
            known.append(items[-1])
        elif kind == "receipt":
            items.append(receipt(random.choice(here), random.choice(("delivered", "read"))))
        else:
            one = random.choice(here)
            items.append(deletion(one) if kind == "deletion" else edit(one, place["text"]))
    return items


def all_that_is(desk):
    """Return everything that came of items, without the ids that are made up."""
    cases = desk.cases.find(newest_first=False, limit=100).cases
    places = {case.id: place for place, case in enumerate(cases)}
    people = sorted({case.identity_id for case in cases})
    known = {id_: desk.customers.identity(id_) for id_ in people}
    customers = sorted({one.customer_id for one in known.values() if one.customer_id})
    return [
        *(
            (
                case.thread_id,
                case.identity_id,
                case.state,
                case.tier,
                case.version,
                case.queue,
                case.inbound_count,
                case.outbound_count,
                case.reason,
            )
            for case in cases
        ),
        *(
            (m.external_id, places[m.case_id], m.text, m.deleted, m.delivery, m.language)
            for case in cases
            for m in desk.cases.interactions(case.id)
        ),
        *((id_, one.name, one.tier) for id_, one in known.items()),
        *((id_, customers.index(one.customer_id)) for id_, one in known.items() if one.customer_id),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_items_come_to_the_same_however_they_are_cut(open_here, policy, hooks, seed):
    """One by one, at once, or in any other way: the same cases, people and messages."""
    hooks.identify = crm
    random = Random(seed)  # noqa: S311  the same items in every run
    items, told = some_items(random), []
    middle = random.randrange(30)
    for cut in (one_by_one, at_once, lambda all_: [all_[:middle], all_[middle:]]):
        desk = open_here(policy, plugins=[hooks], tenant=f"cut-{seed}-{len(told)}")
        told.append(([(o.state, o.settled) for o in take_in(desk, cut(items))], all_that_is(desk)))
        assert consistent(desk)
    assert told[0] == told[1] == told[2]
