"""One person under several ids, in the network's own word; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit import Account, Author, Message, Policy
from scskit.core.errors import NotFound
from scskit.core.policy import IntakePolicy
from scskit.plugins import Connector, ConnectorSpec, Signal, WebhookRequest, hookimpl
from scskit.testing import START

PHONE, USER = "5215512345678", "MX.42"
ACCOUNT = "whatsapp.acme"


def said(text, by, minute=0, *, also=(), spellings=(), thread=None):  # noqa: PLR0913  a message
    """Make a private message whose conversation is keyed by the person, unless told otherwise."""
    return Message(
        account=ACCOUNT,
        external_id=text,
        author=Author(external_id=by, name="Ana", also=tuple(also), spellings=tuple(spellings)),
        posted_at=START + timedelta(minutes=minute),
        text=text,
        kind="direct_message",
        visibility="private",
        thread=thread or by,
    )


def answered(text, to, minute=0, *, also=()):
    """Make an answer of the brand."""
    return Message(
        account=ACCOUNT,
        external_id=text,
        author=Author(external_id="acme"),
        posted_at=START + timedelta(minutes=minute),
        text=text,
        kind="direct_message",
        visibility="private",
        direction="outbound",
        thread=to,
        addressed_to=to,
        addressed_also=tuple(also),
    )


class Word(Connector):
    """Says that ids are one person's: a body is the ids, or the text of a message by one."""

    def verify(self, request):
        """Trust."""

    def parse(self, request):
        """Read ``old=new``, or ``id:text``."""
        found = []
        for line in request.body.decode().splitlines():
            old, equals, new = line.partition("=")
            if equals:
                signal = Signal(account=ACCOUNT, event="changed", at=START, same_person=(old, new))
                found.append(signal)
            else:
                by, _, text = line.partition(":")
                found.append(said(text, by))
        return found


class Plugin:
    """Offers it."""

    name = "word"

    @hookimpl
    def scskit_connectors(self):
        """Offer."""
        yield ConnectorSpec(name="word", connector=Word(), capabilities={"webhook"})


@pytest.fixture
def policy():
    """Give one account whose network has one id per person for everybody."""
    account = Account(id=ACCOUNT, network="whatsapp", handle="1", identity_scope="network")
    return Policy(accounts={ACCOUNT: account})


@pytest.fixture
def desk(open_here, policy):
    """Open a desk with the network in it."""
    return open_here(policy, plugins=[Plugin()])


def cases(desk):
    return desk.cases.find(newest_first=False).cases


def texts(desk, case):
    return [one.text for one in desk.cases.interactions(case.id)]


def identity(desk, name):
    return desk.customers.identity(f"whatsapp::{name}")


def links(desk, name):
    return desk.customers.links(f"whatsapp::{name}")


def consistent(desk):
    """Every case is what its events say."""
    return desk._services.store.verify().problems == []  # noqa: SLF001  as scskit verify does


def test_a_new_handle_changes_nothing_else(desk):
    """Who renames themselves keeps their history; who takes the old handle is somebody else."""
    ana = Author(external_id="1", handle="ana")
    desk.ingest([evolve(said("one", "1"), author=ana)])
    desk.ingest([evolve(said("two", "1", 1), author=evolve(ana, handle="ana.b"))])
    desk.ingest([evolve(said("three", "2", 2), author=Author(external_id="2", handle="ana"))])
    assert [texts(desk, case) for case in cases(desk)] == [["one", "two"], ["three"]]
    assert (identity(desk, "1").handle, identity(desk, "2").handle) == ("ana.b", "ana")
    assert identity(desk, "1").customer_id is None


def test_a_conversation_goes_on_under_the_other_id(desk):
    """Once the network has named both ids, whoever hides the phone number is still themselves."""
    desk.ingest([said("where is it?", PHONE, also=[USER])])
    desk.ingest([said("hello?", USER, 5)])
    (case,) = cases(desk)
    assert texts(desk, case) == ["where is it?", "hello?"]
    assert case.identity_id == f"whatsapp::{PHONE}"
    assert identity(desk, PHONE).customer_id == identity(desk, USER).customer_id is not None
    by = [message.identity_id for message in desk.cases.interactions(case.id)]
    assert by == [f"whatsapp::{PHONE}", f"whatsapp::{USER}"]
    assert consistent(desk)


def test_an_answer_goes_to_the_thread_that_it_answers_in(desk):
    """What was written without a phone number is never answered to the number."""
    desk.ingest([said("where is it?", PHONE, also=[USER]), said("hello?", USER, 5)])
    desk.ingest([answered("here", USER, 6)])
    (case,) = cases(desk)
    threads = [message.thread_id for message in desk.cases.interactions(case.id)]
    assert threads == [f"{ACCOUNT}:{PHONE}", f"{ACCOUNT}:{USER}", f"{ACCOUNT}:{USER}"]


def test_it_also_works_the_other_way_round(desk):
    """The id was met first, and the number is told with a later message."""
    desk.ingest([said("hello?", USER)])
    desk.ingest([said("it is me", PHONE, 5, also=[USER])])
    desk.ingest([said("still me", USER, 6)])
    (case,) = cases(desk)
    assert texts(desk, case) == ["hello?", "it is me", "still me"]


def test_both_ids_in_one_batch(desk):
    """However many messages come at once, the person is linked once."""
    desk.ingest([said(f"m{n}", PHONE, n, also=[USER]) for n in range(5)])
    desk.ingest([said(f"n{n}", USER, 10 + n) for n in range(3)])
    assert len(cases(desk)) == 1
    assert (len(links(desk, PHONE)), len(links(desk, USER))) == (1, 1)
    assert consistent(desk)


def test_a_link_says_who_and_why(desk):
    """The network's word is evidence; it does not say who the person is."""
    desk.ingest([said("hello?", PHONE, also=[USER])])
    (link,) = links(desk, USER)
    assert (link.linked_by, link.assurance) == ("system:network", "anonymous")
    assert link.evidence == f"the network says that it is the same person as whatsapp::{PHONE}"
    assert desk.customers.get(link.customer_id).crm_id is None


def test_the_other_id_is_the_customer_that_the_crm_knows(desk):
    """A customer of the CRM is recognised under the new id, and no more certain than claimed."""
    desk.ingest([said("hello?", PHONE)])
    customer = desk.customers.link(
        f"whatsapp::{PHONE}",
        "CRM-7",
        by="agent:ana",
        evidence="asked",
        assurance="verified",
        tier="gold",
    )
    desk.ingest([said("again", PHONE, 1, also=[USER]), said("and again", USER, 2)])
    assert identity(desk, USER).customer_id == customer.id
    assert links(desk, USER)[-1].assurance == "claimed"
    (case,) = cases(desk)
    assert (case.customer_id, case.tier) == (customer.id, "gold")


def test_who_is_found_in_the_crm_later_takes_the_other_ids_along(desk):
    """Linked as one of two unknown ids first, and known to the CRM by one of them then."""
    desk.ingest([said("hello?", PHONE, also=[USER])])
    customer = desk.customers.link(f"whatsapp::{PHONE}", "CRM-7", by="agent:ana", evidence="asked")
    desk.ingest([said("again", PHONE, 1, also=[USER])])
    assert identity(desk, USER).customer_id == customer.id
    old, new = links(desk, USER)
    assert (old.unlinked_by, new.customer_id) == ("system:network", customer.id)


def test_what_a_person_took_back_is_not_linked_again(desk):
    """The network may be wrong, or the number somebody else's by now: people have the last word."""
    desk.ingest([said("hello?", PHONE, also=[USER])])
    desk.customers.unlink(f"whatsapp::{USER}", by="agent:ana", because="a family's phone")
    desk.ingest([said("again", PHONE, 1, also=[USER])])
    assert identity(desk, USER).customer_id is None
    desk.customers.unlink(f"whatsapp::{PHONE}", by="agent:ana", because="a family's phone")
    desk.ingest([said("and again", PHONE, 2, also=[USER])])
    assert identity(desk, PHONE).customer_id is None
    assert consistent(desk)


def test_two_customers_of_the_crm_stay_two(desk):
    """Nobody is merged because of a number: that is for people to say."""
    desk.ingest([said("hello?", PHONE), said("hi", USER, 1)])
    first = desk.customers.link(f"whatsapp::{PHONE}", "CRM-1", by="agent:ana", evidence="asked")
    second = desk.customers.link(f"whatsapp::{USER}", "CRM-2", by="agent:ana", evidence="asked")
    desk.ingest([said("again", PHONE, 2, also=[USER])])
    assert identity(desk, PHONE).customer_id == first.id
    assert identity(desk, USER).customer_id == second.id
    assert [texts(desk, case) for case in cases(desk)] == [["hello?", "again"], ["hi"]]
    desk.customers.merge(second.id, first.id, by="agent:ana", evidence="asked")
    desk.ingest([said("still", PHONE, 3, also=[USER])])
    assert len(links(desk, USER)) == 1


def test_two_open_cases_stay_two(desk):
    """What was open apart before the network spoke is left to people to merge."""
    desk.ingest([said("one", PHONE), said("two", USER, 1)])
    desk.ingest([said("three", PHONE, 2, also=[USER]), said("four", USER, 3)])
    assert [texts(desk, case) for case in cases(desk)] == [["one", "three"], ["two", "four"]]


def test_a_finished_case_does_not_hold_the_other_id(desk, clock):
    """After a case is closed both ids are in the next one."""
    desk.ingest([said("one", PHONE, also=[USER])])
    (case,) = cases(desk)
    desk.cases.solve(case.id, by="agent:ana", because="told")
    desk.cases.close(case.id, by="agent:ana", because="done")
    desk.ingest([said("two", PHONE, 2, also=[USER]), said("three", USER, 3)])
    assert [texts(desk, case) for case in cases(desk)] == [["one"], ["two", "three"]]


def test_another_spelling_of_a_number_is_the_same_person(desk):
    """A number with and without a digit: one case, and nobody is met who never wrote."""
    short, long = "551198765432", "5511998765432"
    desk.ingest([said("one", short, spellings=[long])])
    assert identity(desk, short).customer_id is None
    with pytest.raises(NotFound):
        identity(desk, long)
    desk.ingest([said("two", long, 1, spellings=[short])])
    (case,) = cases(desk)
    assert texts(desk, case) == ["one", "two"]
    assert identity(desk, short).customer_id == identity(desk, long).customer_id is not None


def test_an_answer_to_another_spelling_is_part_of_the_case(desk):
    """The network writes the number in its own way when it tells what we said."""
    short, long = "551198765432", "5511998765432"
    desk.ingest([said("one", short, spellings=[long])])
    desk.ingest([answered("two", long, 1, also=[short])])
    desk.ingest([said("three", long, 2, spellings=[short])])
    (case,) = cases(desk)
    assert texts(desk, case) == ["one", "two", "three"]


def test_an_answer_to_nobody_known_makes_nobody_known(desk):
    """What the brand says to strangers links nobody."""
    desk.ingest([answered("hello", "1", also=["2"])])
    assert cases(desk) == ()
    with pytest.raises(NotFound):
        identity(desk, "2")


def test_ids_of_one_thread_are_one_persons_case(desk):
    """Where the thread is the same, as under a post, the case is the same under both ids."""
    desk.ingest([said("one", "psid-1", thread="post-9", also=["comment-1"])])
    desk.ingest([said("two", "comment-1", 1, thread="post-9")])
    (case,) = cases(desk)
    assert texts(desk, case) == ["one", "two"]


def test_ids_that_nobody_called_one_stay_apart(desk):
    """Equal names are no word of the network's."""
    desk.ingest([said("one", "psid-1"), said("two", "comment-1", 1)])
    assert len(cases(desk)) == 2
    assert identity(desk, "psid-1").customer_id is None


def push(desk, *lines):
    request = WebhookRequest(
        method="POST", received_at=START, body="\n".join(lines).encode(), headers={}
    )
    assert desk.webhook("word", request).status == 200


@pytest.mark.parametrize("apply", ["at_once", "by_worker"])
def test_a_number_that_was_exchanged(open_here, policy, apply):
    """The network says so by itself: the open case goes on, however often it says it."""
    policy = evolve(policy, intake=IntakePolicy(apply=apply))
    desk = open_here(policy, plugins=[Plugin()])
    push(desk, "111:where is it?")
    push(desk, "111=222")
    push(desk, "111=222")
    push(desk, "222:hello?")
    desk.run_due()
    (case,) = cases(desk)
    assert texts(desk, case) == ["where is it?", "hello?"]
    assert identity(desk, "111").customer_id == identity(desk, "222").customer_id is not None
    assert case.customer_id == identity(desk, "111").customer_id
    assert len(links(desk, "222")) == 1
    assert consistent(desk)


def test_a_number_of_somebody_unknown(desk):
    """Nobody is met because a stranger exchanged a number."""
    push(desk, "111=222")
    with pytest.raises(NotFound):
        identity(desk, "222")


@pytest.mark.parametrize(
    "wrong", [{"also": ("",)}, {"also": (7,)}, {"spellings": ("x" * 501,)}, {"also": ("1",) * 21}]
)
def test_ids_that_are_none_are_quarantined(desk, wrong):
    """A connector that hands over nonsense is told where."""
    author = Author(external_id="1", **wrong)
    report = desk.ingest([evolve(said("one", "1"), author=author)])
    assert report.counts["quarantined"] == 1
    assert f"author.{next(iter(wrong))}" in report.outcomes[0].reason


def test_a_private_answer_tells_who_a_commenter_is_in_private(desk):
    """The network named the person otherwise when the brand wrote: their answer is known by it."""
    comment = said("where is it?", "comment-1", thread="post-9")
    desk.ingest([evolve(comment, visibility="public", kind="comment")])
    told = answered("tell us your number", "psid-1", 1, also=["comment-1"])
    desk.ingest([evolve(told, parent="where is it?")])
    desk.ingest([said("4711", "psid-1", 2)])
    (case,) = cases(desk)
    assert texts(desk, case) == ["where is it?", "tell us your number", "4711"]
    assert identity(desk, "psid-1").customer_id == identity(desk, "comment-1").customer_id
    assert len(links(desk, "psid-1")) == 1


def test_a_reply_is_addressed_as_the_person_wrote_last(desk):
    """To the user id where that is all they show, and in the number's conversation to that."""
    desk.ingest([said("one", PHONE, also=[USER]), said("two", USER, 5)])
    (case,) = cases(desk)
    reply = desk.replies.draft(case.id, "Here it is", by="agent:ana")
    assert (reply.recipient, reply.thread_id) == (USER, f"{ACCOUNT}:{USER}")
    reply = desk.replies.draft(case.id, "Here it is", by="agent:ana", thread=PHONE)
    assert (reply.recipient, reply.thread_id) == (PHONE, f"{ACCOUNT}:{PHONE}")
