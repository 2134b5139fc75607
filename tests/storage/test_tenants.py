"""Two tenants in one database: neither can see, change or count anything of the other's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scskit.core.account import Account
from scskit.core.errors import ConfigError, IllegalTransition, NotFound
from scskit.core.policy import Policy
from scskit.testing import START, brand_reply, deletion, edit, message, receipt

WHO = {"by": "agent:ana", "because": "test"}
LATER = START + timedelta(days=400)


@pytest.fixture
def neighbours(database_url, open_at):
    """Open two tenants on one database, and fill the first."""
    theirs = open_at(database_url, Policy(tenant="theirs"))
    ours = open_at(database_url, Policy(tenant="ours"))
    theirs.add_account(Account(id="shop", network="chat", handle="theirs"))
    question = message("secret", by="ana", external_id="1", thread="t")
    theirs.ingest(
        [
            question,
            brand_reply(question, external_id="2"),
            message("secret too", by="ben", external_id="3", thread="t"),
            brand_reply("404", external_id="4"),
            {"account": "twitter.acme", "text": "secret poison"},
        ]
    )
    case, other = theirs.cases.find(newest_first=False).cases
    theirs.cases.assign(case.id, "ana", **WHO)
    theirs.cases.note(case.id, "secret note", by="agent:ana")
    theirs.customers.link(case.identity_id, "crm-1", by="agent:ana", evidence="secret")
    theirs.customers.link(other.identity_id, "crm-2", by="agent:ana", evidence="secret")
    return ours, theirs, theirs.cases.get(case.id), theirs.cases.get(other.id)


@pytest.fixture
def of_theirs(rows):
    """Read everything that is stored for the first tenant."""
    tables = (
        "scs_policy scs_account scs_identity scs_customer scs_customer_link scs_thread"
        " scs_case_thread scs_case scs_breach scs_interaction scs_ledger scs_event scs_note"
        " scs_quarantine"
    )
    statement = "SELECT * FROM {} WHERE tenant = 'theirs' ORDER BY 1, 2, 3"
    return lambda: {table: rows(statement.format(table)) for table in tables.split()}


def reads(desk, case, other):
    """Name every way to read a case, a person or a customer by its id."""
    messages, customers = desk.cases.interactions, desk.customers
    return {
        "case": lambda: desk.cases.get(case.id),
        "log": lambda: desk.cases.log(case.id),
        "timeline": lambda: desk.cases.timeline(case.id),
        "interactions": lambda: messages(case.id),
        "identity": lambda: customers.identity(case.identity_id),
        "customer": lambda: customers.get(case.customer_id),
        "links": lambda: customers.links(case.identity_id) or missing(),
        "other": lambda: desk.cases.get(other.id),
    }


def missing():
    raise NotFound


def writes(desk, case, other, message_id, quarantined):
    """Name every command on a case, a customer or a quarantined message by its id."""
    cases, customers = desk.cases, desk.customers
    told = {"by": "agent:eve", "evidence": "none"}
    return {
        "assign": lambda: cases.assign(case.id, "eve", **WHO),
        "route": lambda: cases.route(case.id, "inbox", **WHO),
        "set_reason": lambda: cases.set_reason(case.id, None, **WHO),
        "set_priority": lambda: cases.set_priority(case.id, "P1", **WHO),
        "note": lambda: cases.note(case.id, "text", by="agent:eve"),
        "solve": lambda: cases.solve(case.id, **WHO),
        "reopen": lambda: cases.reopen(case.id, **WHO),
        "close": lambda: cases.close(case.id, **WHO),
        "wait": lambda: cases.wait(case.id, **WHO),
        "hold": lambda: cases.hold(case.id, **WHO),
        "resume": lambda: cases.resume(case.id, **WHO),
        "snooze": lambda: cases.snooze(case.id, LATER, **WHO),
        "dismiss": lambda: cases.dismiss(case.id, "noise.spam", **WHO),
        "link": lambda: cases.link(case.id, other.id, **WHO),
        "merge": lambda: cases.merge(case.id, other.id, **WHO),
        "split": lambda: cases.split(case.id, [message_id], **WHO),
        "recalculate": lambda: cases.recalculate(case.id, **WHO),
        "link customer": lambda: customers.link(case.identity_id, "crm-9", **told),
        "unlink customer": lambda: customers.unlink(case.identity_id, **WHO),
        "merge customers": lambda: customers.merge(case.customer_id, other.customer_id, **told),
        "unmerge customer": lambda: customers.unmerge(case.customer_id, by="agent:eve"),
        "redrive": lambda: desk.intake.redrive([quarantined]),
        "discard": lambda: desk.intake.discard(quarantined),
    }


def test_a_tenant_reads_nothing_of_another(neighbours):
    """Whatever id of the other tenant is asked for, there is nothing there."""
    ours, theirs, case, other = neighbours
    for name, read in reads(theirs, case, other).items():
        assert read(), name
    for name, read in reads(ours, case, other).items():
        with pytest.raises(NotFound):
            pytest.fail(f"{name} shows {read()}")
    filters = (
        {},
        {"identity": case.identity_id},
        {"customer": case.customer_id},
        {"agent": "ana"},
        {"account": "twitter.acme"},
        {"queue": "inbox"},
        {"states": ("new", "open", "pending")},
    )
    for one in filters:
        assert theirs.cases.find(**one).cases, one
        assert ours.cases.find(**one).cases == (), one
    assert ours.feed.read().events == ()
    assert ours.intake.quarantined() == []
    assert "shop" not in ours.accounts
    assert ours.tenant == "ours"


def test_a_tenant_sweeps_nothing_of_another(neighbours, of_theirs):
    """What is due for one tenant neither happens nor shows when another sweeps."""
    ours, theirs, case, _ = neighbours
    theirs.cases.snooze(case.id, LATER, **WHO)
    before = of_theirs()
    assert theirs.next_due() == LATER
    assert ours.next_due() is None
    assert ours.run_due().cases == 0
    with pytest.raises(NotFound):
        ours.cases.clocks(case.id)
    assert of_theirs() == before


def test_a_tenant_changes_nothing_of_another(neighbours, of_theirs, verify_all):
    """No command on an id of the other tenant does anything."""
    ours, theirs, case, other = neighbours
    message_id = theirs.cases.interactions(case.id)[0].id
    (quarantined,) = theirs.intake.quarantined()
    before = of_theirs()
    for name, write in writes(ours, case, other, message_id, quarantined.id).items():
        with pytest.raises(NotFound):
            pytest.fail(f"{name} returned {write()}")
    assert ours.intake.redrive().outcomes == []
    assert ours.intake.release(older_than=timedelta(0)).outcomes == []
    assert of_theirs() == before
    assert verify_all(theirs).problems == []
    assert verify_all(ours).events == 0


def test_a_case_of_another_tenant_cannot_be_the_second_one(neighbours, of_theirs):
    """A command on two cases finds only the own one."""
    ours, _, case, _ = neighbours
    mine = ours.ingest([message(by="ana", thread="t")]).cases[0]
    before = of_theirs()
    for command in (ours.cases.link, ours.cases.merge):
        for pair in ((mine, case.id), (case.id, mine)):
            with pytest.raises(NotFound):
                command(*pair, **WHO)
    assert of_theirs() == before
    assert ours.cases.get(mine).state == "new"


def test_the_same_messages_make_two_lives(neighbours, of_theirs, verify_all):
    """The same ids mean different things to two tenants: each has its own case of them."""
    ours, theirs, case, _ = neighbours
    before = of_theirs()
    question = message("our own", by="ana", external_id="1", thread="t")
    reply = brand_reply(question, "our answer", external_id="2")
    report = ours.ingest(
        [
            question,
            reply,
            edit(question, "our own, edited"),
            receipt(reply, "read"),
            message("404", by="ana", external_id="404", thread="t"),
        ]
    )
    assert report.counts["applied"] == 5
    (mine,) = report.cases
    assert mine != case.id
    assert [i.text for i in ours.cases.interactions(mine)] == [
        "our own, edited",
        "404",
        "our answer",
    ]
    ours.ingest([deletion(question)])
    found = ours.cases.get(mine)
    assert (found.inbound_count, found.outbound_count, found.customer_id) == (2, 1, None)
    customer = ours.customers.link(found.identity_id, "crm-1", by="agent:ana", evidence="told")
    assert customer.id != case.customer_id
    assert of_theirs() == before
    assert {e.case_id for e in ours.feed.read(limit=1000).events} == {mine}
    assert mine not in {e.case_id for e in theirs.feed.read(limit=1000).events}
    assert verify_all(ours).problems == verify_all(theirs).problems == []


def test_a_parked_reply_waits_for_its_own_tenants_message(neighbours):
    """A reply that waits is not applied by another tenant's message with the same id."""
    ours, theirs, _, _ = neighbours
    assert ours.ingest([message(external_id="404")]).settled == 0
    assert theirs.ingest([message(external_id="404")]).settled == 1


def test_a_command_that_is_illegal_elsewhere_is_legal_here(neighbours):
    """What a case of one tenant allows does not depend on the other's."""
    ours, theirs, case, _ = neighbours
    theirs.cases.solve(case.id, **WHO)
    theirs.cases.close(case.id, **WHO)
    mine = ours.ingest([message(by="ana", external_id="1", thread="t")]).cases[0]
    ours.cases.solve(mine, **WHO)
    with pytest.raises(IllegalTransition):
        theirs.cases.solve(case.id, **WHO)


def test_the_same_id_in_two_accounts_is_two_messages(desk):
    """An external id is unique in its account only."""
    one, two = (
        message(by="ana", external_id="1", thread="t", account=account)
        for account in ("twitter.acme", "twitter.help")
    )
    report = desk.ingest([one, two, one, two])
    assert [o.state for o in report.outcomes] == ["applied", "applied", "duplicate", "duplicate"]
    assert len(report.cases) == 2
    assert desk.ingest([edit(one, "edited")]).cases == report.cases[:1]
    second = desk.cases.interactions(report.cases[1])
    assert [i.text for i in second] == [two.text]


def test_the_same_person_in_two_accounts_is_two_people_unless_told(desk):
    """Ids of people may be scoped to an account: nobody is taken for somebody else."""
    desk.add_account(Account(id="page.a", network="page"))
    desk.add_account(Account(id="net.a", network="net", identity_scope="network"))
    desk.add_account(Account(id="net.b", network="net", identity_scope="network"))
    accounts = ("page.a", "page.b", "net.a", "net.b")
    cases = desk.ingest([message(by="7", account=account) for account in accounts]).cases
    identities = [desk.cases.get(case).identity_id for case in cases]
    assert identities == ["page:page.a:7", "page:page.b:7", "net::7", "net::7"]


@pytest.mark.parametrize("name", ["", 5, "a\0b", "\ud800", "two\nlines", "x" * 201])
def test_a_name_that_not_every_database_keeps_is_refused(database_url, open_at, name):
    """A tenant is called the same everywhere, or the desk does not open."""
    for config, options in ((None, {"tenant": name}), (Policy(tenant=name), {})):
        with pytest.raises(ConfigError, match=r"tenant: found .*; allowed: text of 1 to 200"):
            open_at(database_url, config, **options)


@pytest.mark.parametrize("name", ["Ñandú & Sons, Ltd.", "7"])
def test_a_tenant_may_be_called_as_people_are(database_url, open_at, name):
    """Names need not be identifiers."""
    (case,) = open_at(database_url, None, tenant=name).ingest([message()]).cases
    assert open_at(database_url, None, tenant=name).cases.get(case)
