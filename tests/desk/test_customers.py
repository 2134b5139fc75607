"""Who is behind the handles: every statement has its evidence and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scskit import Author, CustomerMatch, IllegalTransition, NotFound
from scskit.testing import message

BY = {"by": "agent:ana", "evidence": "same phone number"}


@pytest.fixture
def desk(open_here, policy):
    """Open a desk whose networks tell people apart as they should."""
    return open_here(policy)


def met(desk, who="ana", **more):
    """Let somebody write, and return the identity and the case."""
    (case_id,) = desk.ingest([message(by=who, **more)]).cases
    case = desk.cases.get(case_id)
    return desk.customers.identity(case.identity_id), case


def history(desk, source):
    links = desk.customers.links(source)
    return [(link.customer_id, link.linked_by, link.unlinked_by) for link in links]


def test_somebody_new_is_nobodys_customer(desk):
    """Nothing is claimed about people whom nobody knows."""
    identity, case = met(desk)
    assert (identity.customer_id, identity.tier, case.customer_id) == (None, None, None)
    assert desk.customers.links(identity.id) == []


def test_a_link_says_who_it_is_how_sure_and_why(desk, clock):
    """Whoever reads a link later can tell whether to believe it."""
    identity, _ = met(desk)
    now = clock.advance(timedelta(hours=1))
    customer = desk.customers.link(
        identity.id, "crm-7", assurance="verified", tier="vip", name="Ana B.", **BY
    )
    assert (customer.crm_id, customer.tier, customer.name) == ("crm-7", "vip", "Ana B.")
    (link,) = desk.customers.links(identity.id)
    assert (link.customer_id, link.assurance, link.evidence, link.linked_by, link.linked_at) == (
        customer.id,
        "verified",
        "same phone number",
        "agent:ana",
        now,
    )
    linked = desk.customers.identity(identity.id)
    assert (linked.customer_id, linked.tier) == (customer.id, "vip")
    assert desk.customers.get(customer.id) == customer


def test_unfinished_cases_learn_their_customer(desk, logged):
    """Whoever works on a case sees at once whom it serves; what is finished stays as it was."""
    identity, closed = met(desk, thread="t")
    desk.cases.solve(closed.id, by="agent:ana", because="x")
    desk.cases.close(closed.id, by="agent:ana", because="x")
    _, waiting = met(desk, thread="u")
    desk.cases.wait(waiting.id, by="agent:ana", because="x")
    before = desk.cases.get(waiting.id)
    customer = desk.customers.link(identity.id, "crm-7", tier="vip", **BY)
    after = desk.cases.get(waiting.id)
    assert (after.customer_id, after.tier, after.state) == (customer.id, "vip", "pending")
    (event,) = logged(desk, after, before.version)
    assert (event.type, event.by, event.because, event.evidence, event.assurance) == (
        "customer_identified",
        "agent:ana",
        "same phone number",
        "same phone number",
        "claimed",
    )
    assert desk.cases.get(closed.id).customer_id is None


def test_a_new_case_knows_the_customer_from_the_start(desk):
    """A customer who is known is not asked twice."""
    identity, _ = met(desk, thread="t")
    customer = desk.customers.link(identity.id, "crm-7", tier="vip", **BY)
    _, later = met(desk, thread="u")
    assert (later.customer_id, later.tier) == (customer.id, "vip")


def test_handles_of_one_person_lead_to_one_customer(desk):
    """Two handles with one key in the CRM are one customer, with all cases."""
    one, first = met(desk, "ana", account="twitter.acme")
    two, second = met(desk, "ana_b", account="facebook.acme")
    customer = desk.customers.link(one.id, "crm-7", **BY)
    assert desk.customers.link(two.id, "crm-7", **BY) == customer
    found = desk.cases.find(customer=customer.id, newest_first=False).cases
    assert [case.id for case in found] == [first.id, second.id]


def test_what_the_crm_tells_later_is_taken_over(desk):
    """Tier and name are those told last; what is not told stays."""
    one, _ = met(desk, "ana")
    two, _ = met(desk, "ana_b")
    desk.customers.link(one.id, "crm-7", tier="basic", name="Ana", **BY)
    customer = desk.customers.link(two.id, "crm-7", tier="vip", **BY)
    assert (customer.tier, customer.name) == ("vip", "Ana")
    assert desk.customers.identity(one.id).tier == "vip"


def test_a_link_can_be_taken_back(desk, clock, logged):
    """A mistake is undone and stays on record, with who undid it."""
    identity, case = met(desk)
    customer = desk.customers.link(identity.id, "crm-7", tier="vip", **BY)
    linked = desk.cases.get(case.id)
    now = clock.advance(timedelta(hours=1))
    free = desk.customers.unlink(identity.id, by="agent:ben", because="another Ana")
    assert (free.customer_id, free.tier) == (None, None)
    assert desk.customers.identity(identity.id) == free
    after = desk.cases.get(case.id)
    assert (after.customer_id, after.tier) == (None, None)
    (event,) = logged(desk, after, linked.version)
    assert (event.customer_id, event.by, event.because) == (None, "agent:ben", "another Ana")
    (link,) = desk.customers.links(identity.id)
    assert (link.customer_id, link.unlinked_by, link.unlinked_at) == (
        customer.id,
        "agent:ben",
        now,
    )
    assert desk.customers.get(customer.id) == customer


def test_a_link_to_somebody_else_takes_the_first_one_back(desk):
    """At any time an identity is one person, and its history says who it was taken for."""
    identity, case = met(desk)
    wrong = desk.customers.link(identity.id, "crm-7", **BY)
    right = desk.customers.link(identity.id, "crm-8", by="agent:ben", evidence="logged in")
    assert desk.customers.identity(identity.id).customer_id == right.id
    assert desk.cases.get(case.id).customer_id == right.id
    assert history(desk, identity.id) == [
        (wrong.id, "agent:ana", "agent:ben"),
        (right.id, "agent:ben", None),
    ]


def test_everything_undone_leaves_its_history(desk):
    """After any number of changes of mind one can still read all of them."""
    identity, _ = met(desk)
    for _ in range(3):
        desk.customers.link(identity.id, "crm-7", **BY)
        desk.customers.unlink(identity.id, by="agent:ben", because="no")
    assert desk.customers.identity(identity.id).customer_id is None
    (customer,) = {link.customer_id for link in desk.customers.links(identity.id)}
    assert history(desk, identity.id) == [(customer, "agent:ana", "agent:ben")] * 3


def test_a_new_message_does_not_undo_a_link(desk):
    """What people say about themselves later leaves alone what we know."""
    identity, case = met(desk, thread="t")
    customer = desk.customers.link(identity.id, "crm-7", **BY)
    desk.ingest([message(by=Author(external_id="ana", handle="ana_new", name="N"), thread="t")])
    after = desk.customers.identity(identity.id)
    assert (after.handle, after.customer_id) == ("ana_new", customer.id)
    assert desk.cases.get(case.id).customer_id == customer.id


def test_two_customers_can_turn_out_to_be_one(desk):
    """A merge of customers moves nothing, and both keys lead to the same person."""
    one, _ = met(desk, "ana")
    two, _ = met(desk, "ana_b")
    first = desk.customers.link(one.id, "crm-7", **BY)
    second = desk.customers.link(two.id, "crm-8", **BY)
    assert desk.customers.merge(first.id, second.id, **BY) == second
    assert desk.customers.get(first.id) == second
    assert desk.customers.get(second.id) == second
    assert desk.customers.identity(one.id).customer_id == first.id
    (link,) = desk.customers.links(first.id)
    assert (link.customer_id, link.evidence) == (second.id, "same phone number")


def test_a_merge_of_customers_can_be_undone(desk):
    """Two people who are not one come apart again, and the mistake stays on record."""
    first = desk.customers.link(met(desk, "ana")[0].id, "crm-7", **BY)
    second = desk.customers.link(met(desk, "ana_b")[0].id, "crm-8", **BY)
    desk.customers.merge(first.id, second.id, **BY)
    assert desk.customers.unmerge(first.id, by="agent:ben") == first
    assert desk.customers.get(first.id) == first
    assert history(desk, first.id) == [(second.id, "agent:ana", "agent:ben")]
    desk.customers.merge(second.id, first.id, **BY)
    assert desk.customers.get(second.id) == first


def test_merges_of_customers_may_follow_each_other(desk):
    """However long the chain, one finds the person at its end."""
    chain = [desk.customers.link(met(desk, f"ana{n}")[0].id, f"crm-{n}", **BY) for n in range(4)]
    for n in range(3):
        desk.customers.merge(chain[n].id, chain[n + 1].id, **BY)
    assert desk.customers.get(chain[0].id) == chain[3]
    desk.customers.unmerge(chain[1].id, by="agent:ana")
    assert desk.customers.get(chain[0].id).id == chain[1].id


def test_customers_cannot_be_merged_in_a_circle(desk):
    """Nobody is merged into himself, by whatever way around."""
    first = desk.customers.link(met(desk, "ana")[0].id, "crm-7", **BY)
    second = desk.customers.link(met(desk, "ana_b")[0].id, "crm-8", **BY)
    with pytest.raises(IllegalTransition, match="are one already"):
        desk.customers.merge(first.id, first.id, **BY)
    desk.customers.merge(first.id, second.id, **BY)
    with pytest.raises(IllegalTransition, match="are one already"):
        desk.customers.merge(second.id, first.id, **BY)
    with pytest.raises(IllegalTransition, match=r"is merged into .* already"):
        desk.customers.merge(first.id, second.id, **BY)


def test_what_is_not_there_is_missed_by_name(desk):
    """A wrong id is told, not guessed at."""
    identity, _ = met(desk)
    customer = desk.customers.link(identity.id, "crm-7", **BY)
    people = desk.customers
    for call, what in (
        (lambda: people.identity("twitter::nobody"), "identity 'twitter::nobody'"),
        (lambda: people.link("twitter::nobody", "crm-7", **BY), "identity 'twitter::nobody'"),
        (lambda: people.unlink("twitter::nobody", by="a", because="b"), "identity"),
        (lambda: people.get("nobody"), "customer 'nobody'"),
        (lambda: people.merge("nobody", customer.id, **BY), "customer 'nobody'"),
        (lambda: people.merge(customer.id, "nobody", **BY), "customer 'nobody'"),
        (lambda: people.unmerge("nobody", by="a"), "customer 'nobody'"),
    ):
        with pytest.raises(NotFound, match=what):
            call()
    with pytest.raises(NotFound, match="is not merged"):
        people.unmerge(customer.id, by="agent:ana")
    people.unlink(identity.id, by="agent:ana", because="x")
    with pytest.raises(NotFound, match="is not linked to a customer"):
        people.unlink(identity.id, by="agent:ana", because="x")


def test_statements_about_people_need_an_actor(desk):
    """Nothing is said about anybody by nobody."""
    identity, _ = met(desk)
    customer = desk.customers.link(identity.id, "crm-7", **BY)
    people = desk.customers
    for call in (
        lambda: people.link(identity.id, "crm-8", by="", evidence="x"),
        lambda: people.unlink(identity.id, by="", because="x"),
        lambda: people.merge(customer.id, customer.id, by="", evidence="x"),
        lambda: people.unmerge(customer.id, by=""),
    ):
        with pytest.raises(ValueError, match="by: a command names its actor"):
            call()
    assert desk.customers.identity(identity.id).customer_id == customer.id


# The CRM's own word.


def test_the_crm_is_asked_when_somebody_writes_for_the_first_time(open_here, policy, hooks, logged):
    """Whoever is known in the CRM is known from the first message on, and is asked about once."""
    asked = []

    def identify(identity):
        asked.append((identity.handle, identity.network))
        return CustomerMatch(
            crm_id="crm-7", evidence="handle on file", assurance="verified", tier="vip", name="Ana"
        )

    hooks.identify = identify
    desk = open_here(policy, plugins=[hooks])
    identity, case = met(desk, thread="t")
    met(desk, thread="t")
    met(desk, thread="u")
    assert asked == [("ana", "twitter")]
    assert (case.tier, case.customer_id) == ("vip", identity.customer_id)
    (link,) = desk.customers.links(identity.id)
    assert (link.linked_by, link.evidence, link.assurance) == (
        "system:identify",
        "handle on file",
        "verified",
    )
    assert logged(desk, case)[0].customer_id == identity.customer_id
    assert desk.customers.get(identity.customer_id).name == "Ana"


def test_two_strangers_in_one_call_may_be_one_customer(open_here, policy, hooks):
    """Also within a call, one key of the CRM makes one customer."""
    hooks.identify = lambda identity: CustomerMatch(crm_id="crm-7", evidence=identity.handle)
    desk = open_here(policy, plugins=[hooks])
    items = [message(by="ana"), message(by="ana_b"), message(by="ana", account="facebook.acme")]
    found = {desk.cases.get(case).customer_id for case in desk.ingest(items).cases}
    assert len(found) == 1
    assert None not in found


def test_a_crm_that_does_not_answer_costs_nobody_a_message(open_here, policy, hooks):
    """A failing look-up counts as no match; the desk says that it failed."""
    hooks.identify = lambda _: 1 / 0
    desk = open_here(policy, plugins=[hooks])
    identity, case = met(desk)
    assert (identity.customer_id, case.customer_id) == (None, None)
    assert desk.plugins.failures[0].hook == "scskit_identify"


def test_a_crm_with_odd_texts_costs_nobody_a_message(open_here, policy, hooks):
    """Half a character in the CRM's answer does not keep a message out."""
    hooks.identify = lambda _: CustomerMatch(crm_id="7\0", evidence="\ud800", name="\0", tier="v\0")
    desk = open_here(policy, plugins=[hooks])
    identity, case = met(desk)
    assert identity.customer_id == case.customer_id
    assert desk.customers.get(identity.customer_id).crm_id == "7\ufffd"


def test_customers_of_one_tenant_are_none_of_another(open_here, policy):
    """Two companies may use the same keys in their CRMs."""
    ours, theirs = open_here(policy, tenant="ours-c"), open_here(policy, tenant="theirs-c")
    mine = ours.customers.link(met(ours)[0].id, "crm-7", name="mine", **BY)
    yours = theirs.customers.link(met(theirs)[0].id, "crm-7", name="yours", **BY)
    assert mine.id != yours.id or mine.name != yours.name
    assert ours.customers.get(mine.id).name == "mine"
    assert theirs.customers.get(yours.id).name == "yours"


def test_words_that_no_database_keeps_do_not_stop_a_link(desk):
    """Evidence may be pasted from anywhere."""
    identity, _ = met(desk)
    customer = desk.customers.link(
        identity.id, "crm-7", by="agent:\0ana", evidence="mail: a\0b\ud800", name="A\0", tier="v\0"
    )
    (link,) = desk.customers.links(identity.id)
    assert (link.evidence, link.linked_by) == ("mail: a\ufffdb\ufffd", "agent:\ufffdana")
    assert (customer.name, customer.tier) == ("A\ufffd", "v\ufffd")
