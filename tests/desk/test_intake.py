"""What goes in: each item has one of four ends, none is lost, none counts twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from scskit import Account, Attachment, Author, Message, NotFound
from scskit.testing import START, brand_reply, direct_message, edit, message, receipt


def states(report):
    return [outcome.state for outcome in report.outcomes]


def texts(desk, case_id):
    return [interaction.text for interaction in desk.cases.interactions(case_id)]


def test_several_handles_accounts_and_networks_in_one_call(open_here, policy):
    """One call may hold everything that came in, whoever sent it, wherever."""
    desk = open_here(policy)
    accounts = ("twitter.acme", "twitter.acme_mx", "facebook.acme", "facebook.acme_mx")
    report = desk.ingest(
        message(f"{who} writes to {account}", by=who, account=account)
        for account in accounts
        for who in ("ana", "ben", "eva")
    )
    assert report.counts == {"applied": 12, "duplicate": 0, "parked": 0, "quarantined": 0}
    assert len(report.cases) == 12
    found = {case.id: case for case in desk.cases.find(limit=100).cases}
    assert {(found[c].account_id, found[c].identity_id) for c in report.cases} == {
        (account, f"{account.partition('.')[0]}:{scope}:{who}")
        for account in accounts
        for scope in ("" if account.startswith("twitter") else account,)
        for who in ("ana", "ben", "eva")
    }


def test_the_outcomes_stand_in_the_order_of_the_call(desk):
    """What became of the n-th item is the n-th outcome, also over several batches."""
    items = [message(f"number {n}", external_id=f"m{n}", by=f"p{n % 7}") for n in range(2100)]
    items[1500] = {"account": "twitter.acme"}
    report = desk.ingest(iter(items))
    assert [o.external_id for o in report.outcomes if o.state == "applied"] == [
        item.external_id for item in items if isinstance(item, Message)
    ]
    assert states(report).index("quarantined") == 1500
    for place in (0, 999, 1000, 2099):
        case = report.outcomes[place].case_id
        assert f"number {place}" in texts(desk, case)


def test_a_single_message_takes_the_same_way_as_many(open_here):
    """Calls of one and a call of many leave the same cases."""
    items = [message(f"n{n}", by=f"p{n % 3}", thread=f"t{n % 2}") for n in range(12)]
    one, many = open_here(tenant="one-by-one"), open_here(tenant="at-once")
    for item in items:
        one.ingest([item])
    many.ingest(items)

    def told(desk):
        return [
            (case.thread_id, case.identity_id, case.inbound_count, texts(desk, case.id))
            for case in desk.cases.find(newest_first=False).cases
        ]

    assert told(one) == told(many)


def test_a_message_that_comes_again_is_what_the_first_one_made(desk):
    """A network that delivers twice changes nothing, and is told what there is."""
    item = message("Hello")
    first, again = desk.ingest([item]), desk.ingest([item])
    assert states(again) == ["duplicate"]
    assert again.outcomes[0].case_id == first.outcomes[0].case_id
    assert again.outcomes[0].interaction_id == first.outcomes[0].interaction_id
    assert texts(desk, first.cases[0]) == ["Hello"]
    assert desk.cases.get(first.cases[0]).version == 4


def test_a_message_that_stands_twice_in_one_call_counts_once(desk):
    """Also a single delivery may repeat itself."""
    item = message()
    report = desk.ingest([item, item, item])
    assert states(report) == ["applied", "duplicate", "duplicate"]
    assert desk.cases.get(report.cases[0]).inbound_count == 1


def test_what_two_in_one_call_say_of_the_same_id_is_what_the_first_one_says(desk):
    """Also if the first must be looked for in its parent's thread, and the second need not."""
    asked = message("Hello", by="ana", thread="t1")
    case = desk.ingest([asked]).cases[0]
    first = message("Is anybody there?", by="ana", parent=asked.external_id)
    second = message("Me too", by="ben", thread="t1", external_id=first.external_id)
    report = desk.ingest([first, second])
    assert states(report) == ["applied", "duplicate"]
    assert [outcome.case_id for outcome in report.outcomes] == [case, case]
    assert texts(desk, case) == ["Hello", "Is anybody there?"]


def test_edits_deletions_and_receipts_count_once_too(desk):
    """Whatever is delivered twice happens once."""
    asked = message()
    answered = brand_reply(asked)
    items = [edit(asked, "new"), receipt(answered, "read")]
    first = desk.ingest([asked, answered, *items])
    again = desk.ingest([asked, answered, *items])
    assert states(first) == ["applied"] * 4
    assert states(again) == ["duplicate"] * 4
    assert again.cases == first.cases


def test_the_same_id_in_two_accounts_is_two_messages(desk):
    """What a network calls a message is unique in an account only."""
    report = desk.ingest(
        [message("A", external_id="1"), message("B", external_id="1", account="twitter.other")]
    )
    assert states(report) == ["applied", "applied"]
    assert [texts(desk, case) for case in report.cases] == [["A"], ["B"]]


def test_the_same_id_in_two_tenants_is_two_messages(open_here):
    """Two companies on one database never meet."""
    ours, theirs = open_here(tenant="ours"), open_here(tenant="theirs")
    item = message("Hello", external_id="shared")
    here, there = ours.ingest([item]), theirs.ingest([item])
    assert states(here) == states(there) == ["applied"]
    assert here.cases != there.cases
    with pytest.raises(NotFound, match="there is no case"):
        ours.cases.get(there.cases[0])
    assert {case.id for case in ours.cases.find().cases} == set(here.cases)


def test_two_desks_of_one_tenant_share_everything(open_here):
    """A second process on the same database sees what the first took in."""
    one, other = open_here(), open_here()
    item = message()
    report = one.ingest([item])
    assert states(other.ingest([item])) == ["duplicate"]
    assert other.cases.get(report.cases[0]) == one.cases.get(report.cases[0])


def test_people_are_told_apart_as_their_network_tells_them_apart(open_here, policy):
    """One person on two accounts is one identity only where the network has one id for him."""
    desk = open_here(policy)
    report = desk.ingest(
        message(by="ana", account=account)
        for account in ("twitter.acme", "twitter.acme_mx", "facebook.acme", "facebook.acme_mx")
    )
    assert [desk.cases.get(case).identity_id for case in report.cases] == [
        "twitter::ana",
        "twitter::ana",
        "facebook:facebook.acme:ana",
        "facebook:facebook.acme_mx:ana",
    ]
    identity = desk.customers.identity("facebook:facebook.acme_mx:ana")
    assert (identity.network, identity.scope) == ("facebook", "facebook.acme_mx")


def test_nobody_is_taken_for_somebody_else_where_nobody_knows_the_network(desk):
    """Without a connector's word, each account sees people of its own."""
    report = desk.ingest(
        [message(by="7", account="unheard.one"), message(by="7", account="unheard.two")]
    )
    assert len({desk.cases.get(case).identity_id for case in report.cases}) == 2


def test_an_account_can_say_how_its_network_names_people(open_here):
    """A desk without a desk file can be told about accounts, and remembers them."""
    desk = open_here()
    added = desk.add_account(Account(id="x.one", network="x", identity_scope="network"))
    desk.add_account(Account(id="x.two", network="x", identity_scope="network"))
    report = desk.ingest([message(account="x.one"), message(account="x.two")])
    assert {desk.cases.get(case).identity_id for case in report.cases} == {"x::ana"}
    assert added.identity_scope == "network"
    assert open_here().accounts == desk.accounts


def test_an_id_with_a_colon_is_no_account(desk):
    """An account can always be told from what is in it."""
    report = desk.ingest([message(account="a:b")])
    assert states(report) == ["quarantined"]
    assert "holds a colon" in report.outcomes[0].reason
    with pytest.raises(ValueError, match="'a:b' is empty or holds a colon"):
        desk.add_account(Account(id="a:b", network="a"))


def test_a_change_of_handle_leaves_the_person_the_same(desk):
    """People rename themselves; their cases and their history stay theirs."""
    before = message(by=Author(external_id="7", handle="ana", name="Ana", followers=10))
    after = message(
        by=Author(external_id="7", handle="ana_b", followers=12),
        thread=before.external_id,
        posted_at=START + timedelta(minutes=1),
    )
    report = desk.ingest([before])
    first = desk.customers.identity(desk.cases.get(report.cases[0]).identity_id)
    assert desk.ingest([after]).cases == report.cases
    now = desk.customers.identity(first.id)
    assert (now.id, now.external_id, now.first_seen_at) == (
        first.id,
        "7",
        first.first_seen_at,
    )
    assert (first.handle, first.name, first.followers) == ("ana", "Ana", 10)
    assert (now.handle, now.name, now.followers) == ("ana_b", "Ana", 12)


def test_three_times_are_kept_of_every_message(desk, clock):
    """When it was posted, when we acknowledged it, and when it became part of a case."""
    asked = message(posted_at=START - timedelta(days=2))
    early = brand_reply(asked)
    came = clock.now()
    desk.ingest([early])
    later = clock.advance(timedelta(minutes=5))
    (case,) = desk.ingest([asked]).cases
    question, answer = desk.cases.interactions(case)
    assert (question.posted_at, question.received_at, question.applied_at) == (
        START - timedelta(days=2),
        later,
        later,
    )
    assert (answer.received_at, answer.applied_at) == (came, later)


def test_imported_history_bears_its_true_times(desk, clock):
    """An import reads as if the desk had been there, and says when it was recorded."""
    asked = message("My invoice is wrong", posted_at=START - timedelta(days=300))
    answered = brand_reply(asked)
    changed = edit(asked, "My invoice is WRONG", edited_at=asked.posted_at + timedelta(hours=1))
    seen = receipt(answered, "read", at=asked.posted_at + timedelta(hours=2))
    report = desk.ingest([asked, answered, changed, seen], history=True)
    case = desk.cases.get(report.cases[0])
    log = desk.cases.log(case.id)
    assert {recorded.event.at for recorded in log} == {
        asked.posted_at,
        answered.posted_at,
        changed.edited_at,
        seen.at,
    }
    assert {recorded.recorded_at for recorded in log} == {clock.now()}
    assert (case.opened_at, case.first_response_at) == (asked.posted_at, answered.posted_at)
    assert case.updated_at == seen.at


def test_live_messages_are_recorded_at_the_time_they_came(desk, clock):
    """The log tells when the desk learned something, however late a network tells it."""
    (case,) = desk.ingest([message(posted_at=START - timedelta(days=3))]).cases
    assert {recorded.event.at for recorded in desk.cases.log(case)} == {clock.now()}


def test_everything_that_a_message_brings_is_kept(desk):
    """Nothing that a connector hands over is lost on the way."""
    photo = Attachment(kind="image", url="https://x.example/1", title="my 😀 parcel")
    item = message(
        "¿Dónde está?",
        kind="comment",
        parent="p0",
        thread="t1",
        language="es",
        attachments=(photo,),
        extra={"place": {"id": 1.5, "tags": ["a", None, True]}, "n": 10**30, "odd": "\0\udfff"},
    )
    (case,) = desk.ingest([item]).cases
    (kept,) = desk.cases.interactions(case)
    assert (kept.external_id, kept.account_id, kept.thread_id) == (
        item.external_id,
        "twitter.acme",
        "twitter.acme:t1",
    )
    assert (kept.text, kept.kind, kept.visibility, kept.direction) == (
        "¿Dónde está?",
        "comment",
        "public",
        "inbound",
    )
    assert (kept.parent, kept.language, kept.attachments) == ("p0", "es", (photo,))
    assert kept.extra == item.extra
    assert (kept.original_text, kept.revision, kept.deleted) == (None, 0, False)


def test_messages_may_be_json_objects(desk):
    """A host that speaks JSON needs no class of ours."""
    report = desk.ingest(
        [
            {
                "account": "twitter.acme",
                "external_id": 1,
                "author": {"external_id": "ana", "handle": "ana"},
                "posted_at": "2026-03-02T12:00:00Z",
                "text": "Hola",
            },
            {
                "type": "edit",
                "account": "twitter.acme",
                "target": "1",
                "edited_at": "2026-03-02T12:01:00Z",
                "text": "Hola!",
            },
        ]
    )
    assert states(report) == ["applied", "applied"]
    assert texts(desk, report.cases[0]) == ["Hola!"]


@pytest.mark.parametrize("one", [message(), {"account": "a"}, "text", b"bytes"])
def test_a_single_item_instead_of_several_is_a_mistake_of_the_caller(desk, one):
    """A message is never taken apart into things that are none."""
    with pytest.raises(TypeError, match=r"several items|not iterable"):
        desk.ingest(one)
    assert desk.intake.quarantined() == []


@pytest.mark.parametrize("name", ["thread", "parent", "addressed_to", "shared_from"])
def test_an_empty_reference_is_none_at_all(desk, name):
    """Senders that write an empty string for nothing are understood."""
    report = desk.ingest([message(by="ana", **{name: ""}), message(by="eva", **{name: ""})])
    assert states(report) == ["applied", "applied"]
    assert len(report.cases) == 2


def test_an_empty_call_does_nothing(desk):
    """Nothing in, nothing out."""
    report = desk.ingest([])
    assert report.outcomes == []
    assert report.counts == {"applied": 0, "duplicate": 0, "parked": 0, "quarantined": 0}
    assert report.cases == ()


def test_a_report_adds_up(desk):
    """The counts are those of the outcomes, and each case is named once."""
    asked = message(thread="t")
    again = message(thread="t")
    report = desk.ingest([asked, again, asked, edit("nobody", "x"), {"account": "a"}])
    assert report.counts == {"applied": 2, "duplicate": 1, "parked": 1, "quarantined": 1}
    assert len(report.cases) == 1


def test_what_an_observer_is_told_is_what_the_feed_says(open_here, hooks):
    """A plugin that watches learns of every committed event, in order."""
    told = []
    hooks.seen = told.extend
    desk = open_here(plugins=[hooks])
    (case,) = desk.ingest([message()]).cases
    desk.cases.assign(case, "ana", by="agent:ana", because="mine")
    assert told == list(desk.feed.read(limit=1000).events)
    assert [recorded.event.type for recorded in told] == [
        "case_opened",
        "interaction_added",
        "case_triaged",
        "case_routed",
        "case_assigned",
        "state_changed",
    ]


def test_several_threads_may_hand_over_at_once(desk):
    """Whoever calls at the same time gets the outcomes of his own items, and each counts once."""
    shared = message("everybody has this", by="crowd")

    def hand_over(number):
        own = [message(f"{number}-{n}", by=f"p{number}") for n in range(5)]
        report = desk.ingest([*own, shared, {"account": f"bad {number}"}])
        return own, report

    with ThreadPoolExecutor(8) as pool:
        calls = list(pool.map(hand_over, range(24)))
    for own, report in calls:
        assert [o.external_id for o in report.outcomes[:5]] == [item.external_id for item in own]
        assert states(report)[:5] == ["applied"] * 5
        assert states(report)[6] == "quarantined"
        for item, outcome in zip(own, report.outcomes[:5], strict=True):
            assert texts(desk, outcome.case_id) == [item.text]
    assert sorted(states(report)[5] for _, report in calls) == ["applied"] + ["duplicate"] * 23
    assert len({report.outcomes[5].case_id for _, report in calls}) == 1


def test_private_and_public_conversations_are_told_apart(desk):
    """A direct message makes a private case, a post a public one."""
    public, private = desk.ingest([message(), direct_message()]).cases
    assert desk.cases.get(public).visibility == "public"
    assert desk.cases.get(private).visibility == "private"
