"""Incidents: many cases, one cause, and everybody told once, where they can be told."""

# ruff: noqa: SLF001  whether the store is sound is asked of the store itself

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest

from scskit import IllegalTransition, NotFound, Policy
from scskit.core.calendar import Calendar
from scskit.core.match import When
from scskit.core.network_templates import NetworkTemplate
from scskit.core.policy import LifecyclePolicy
from scskit.core.reply import Violation
from scskit.core.reply_policy import ApprovalRule, ContactHours, ReplyPolicy
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.core.slots import Slot
from scskit.core.templates import Template
from scskit.core.windows import WEEKDAYS
from scskit.core.wording import Amount
from scskit.testing import InstantNetwork, direct_message, message

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def wire():
    """A network that takes everything."""
    return InstantNetwork()


@pytest.fixture
def open_with(open_here, wire):
    """Open desks with this policy."""

    def open_(**policy):
        return open_here(Policy(**policy), plugins=[wire.plugin("twitter", "whatsapp")])

    return open_


@pytest.fixture
def desk(open_with):
    """A desk without rules."""
    return open_with()


def case_of(desk, person="ana", **given):
    """Return the case of somebody's private message."""
    return desk.ingest([direct_message("No network!", by=person, **given)]).cases[0]


def one_person(desk, *cases):
    """Let the CRM say that these cases are of one customer."""
    for id_ in cases:
        who = desk.cases.get(id_).identity_id
        desk.customers.link(who, "C-1", by="crm:1", evidence="the same e-mail")


def incident(desk, *cases):
    """Open an incident with these cases."""
    found = desk.incidents.open("No network", by="agent:eva")
    return desk.incidents.link(found.id, cases, by="agent:eva")


def test_each_customer_is_told_once_however_many_cases_they_have(desk, wire, clock):
    """Two cases of one person, under two handles, are one notice, where they wrote last."""
    early = case_of(desk, "ana")
    late = desk.ingest([message("Still none!", by="ana2", posted_at=clock.now(), thread="t")]).cases
    other = case_of(desk, "bo")
    one_person(desk, early, *late)
    found = incident(desk, early, *late, other)
    assert set(found.cases) == {early, *late, other}
    report = desk.incidents.notify(found.id, "We are on it", by="agent:eva")
    desk.outbox.run()
    assert sorted((o.visibility, o.recipient) for o in wire.posted.values()) == [
        ("private", "bo"),
        ("public", None),
    ]
    assert sorted(one.outcome for one in report.told) == ["queued", "queued"]
    assert report.unreachable == ()
    assert desk._services.store.verify().problems == []


def test_a_call_made_again_tells_nobody_again_and_goes_on_where_it_was(desk, wire):
    """Whoever does not know whether all were told asks again with the same key."""
    found = incident(desk, *(case_of(desk, f"p{n}") for n in range(45)))
    for _ in range(3):
        desk.incidents.notify(found.id, "We are on it", by="agent:eva", key="n1")
    desk.outbox.run()
    assert len(wire.posted) == 45
    assert len(desk.incidents.get(found.id).incident.notices) == 1


def test_who_stops_in_the_middle_has_told_some_once_and_tells_the_others_later(
    desk, wire, monkeypatch
):
    """Each transaction says a few and writes down whom: the rest follows, nobody twice."""
    found = incident(desk, *(case_of(desk, f"p{n}") for n in range(45)))
    parts, whole = [], desk.incidents._tell

    def stops(*args):
        parts.append(1)
        if len(parts) == 2:
            raise KeyboardInterrupt
        return whole(*args)

    monkeypatch.setattr(desk.incidents, "_tell", stops)
    with pytest.raises(KeyboardInterrupt):
        desk.incidents.notify(found.id, "We are on it", by="agent:eva", key="n1")
    desk.outbox.run()
    assert len(wire.posted) == 20
    report = desk.incidents.notify(found.id, "We are on it", by="agent:eva", key="n1")
    desk.outbox.run()
    assert (len(wire.posted), len(report.told)) == (45, 45)
    assert len({o.recipient for o in wire.posted.values()}) == 45


def test_a_template_is_filled_for_everybody(open_with, wire):
    """What fills the slots is kept with the notice, whatever its kind, for who comes later too."""
    slots = {"back": Slot(name="back", kind="amount"), "day": Slot(name="day", kind="date")}
    words = Template(
        name="refund", texts={"default": "{back} back on {day}"}, slots=slots, language="en"
    )
    desk = open_with(templates={"refund": words})
    found = incident(desk, case_of(desk, "ana"))
    values = {"back": Amount(Decimal("2.50"), "EUR"), "day": date(2026, 3, 9)}
    desk.incidents.notify(found.id, by="agent:eva", template="refund", values=values)
    desk.incidents.link(found.id, [case_of(desk, "bo")], by="agent:eva")
    desk.outbox.run()
    assert wire.texts == ["€2.50 back on 9 March 2026"] * 2


def test_two_who_tell_at_once_tell_everybody_once(open_with, wire):
    """A double click, or two workers, tell nobody twice."""
    desks = [open_with() for _ in range(3)]
    found = incident(desks[0], *(case_of(desks[0], f"p{n}") for n in range(25)))

    def tell(desk):
        return desk.incidents.notify(found.id, "We are on it", by="agent:eva", key="n1")

    with ThreadPoolExecutor(3) as threads:
        reports = list(threads.map(tell, desks))
    desks[0].outbox.run()
    assert len(reports[0].incident.notices) == 1
    assert sorted(o.recipient for o in wire.posted.values()) == sorted(f"p{n}" for n in range(25))


def test_who_is_linked_late_is_told_too_once(desk, wire):
    """A case that turns out to belong to it hears what the others heard."""
    found = incident(desk, case_of(desk, "ana"))
    desk.incidents.notify(found.id, "We are on it", by="agent:eva")
    desk.incidents.notify(found.id, "It is over", by="agent:eva")
    late = case_of(desk, "bo")
    for _ in range(2):
        desk.incidents.link(found.id, [late], by="agent:eva")
    desk.outbox.run()
    assert sorted((o.recipient, o.text) for o in wire.posted.values()) == [
        ("ana", "It is over"),
        ("ana", "We are on it"),
        ("bo", "It is over"),
        ("bo", "We are on it"),
    ]
    linked = [r.event for r in desk.cases.log(late) if r.event.type == "incident_linked"]
    assert [(event.incident_id, event.title) for event in linked] == [(found.id, "No network")]


def test_who_becomes_known_after_being_told_is_not_told_again(desk, wire):
    """Two handles that turn out to be one person have been told as soon as one of them was."""
    first = case_of(desk, "ana")
    found = incident(desk, first)
    desk.incidents.notify(found.id, "We are on it", by="agent:eva")
    second = case_of(desk, "ana2")
    one_person(desk, first, second)
    desk.incidents.link(found.id, [second], by="agent:eva")
    desk.outbox.run()
    assert len(wire.posted) == 1


def test_outside_the_window_the_approved_template_goes_or_nothing(open_with, wire, clock):
    """Who may only be sent a template gets it; without one they are named as unreachable."""
    template = NetworkTemplate(
        name="outage", network="whatsapp", template="outage", language="en", text="We know."
    )
    desk = open_with(network_templates={"outage": template})

    def window(draft, now):
        heard = draft.last_heard_at
        if not draft.extra and (heard is None or now - heard > DAY):
            yield Violation("window", "24 hours are over.", remedy="template")

    wire.refuses.append(window)
    old = case_of(desk, "ana", account="whatsapp.acme")
    clock.advance(2 * DAY)
    new = case_of(desk, "bo", account="whatsapp.acme", posted_at=clock.now())
    found = incident(desk, old, new)
    report = desk.incidents.notify(found.id, "We know", by="agent:eva")
    (missed,) = report.unreachable
    assert (missed.case_id, "[window]" in missed.because) == (old, True)
    again = desk.incidents.notify(found.id, "Again", by="agent:eva", window_template="outage")
    desk.outbox.run()
    assert {(o.recipient, o.text) for o in wire.posted.values()} == {
        ("bo", "We know"),
        ("bo", "Again"),
        ("ana", "We know."),
    }
    assert len(again.unreachable) == 1  # of the first notice still
    with pytest.raises(NotFound, match="no template"):
        desk.incidents.notify(found.id, "x", by="agent:eva", window_template="none")


def test_nobody_is_told_at_night_where_the_law_forbids_it(open_with, wire, clock):
    """A notice waits for the hours in which people may be written to."""
    day = Calendar.of("UTC", dict.fromkeys(WEEKDAYS, ("09:00-19:00",)))
    law = ContactHours(name="law", calendar="day")
    desk = open_with(calendars={"day": day}, replies=ReplyPolicy(contact_hours=(law,)))
    case_id = case_of(desk)
    night = clock.now().replace(hour=23, minute=0) + DAY
    clock.jump_to(night)
    found = incident(desk, case_id)
    report = desk.incidents.notify(found.id, "We are on it", by="agent:eva")
    assert [one.outcome for one in report.told] == ["queued"]
    assert desk.outbox.run().parts == 0
    assert desk.outbox.next_ready() == night.replace(hour=9) + DAY
    clock.jump_to(night + 10 * HOUR)
    desk.outbox.run()
    assert wire.texts == ["We are on it"]


def test_a_notice_answers_nobody(open_with, wire, clock):
    """Telling a thousand people the same stops no clock and moves no case."""
    rule = SlaRule(name="all", when=When(), targets=SlaTargets(first_response=HOUR))
    desk = open_with(sla=SlaPolicy(rules=(rule,)), lifecycle=LifecyclePolicy())
    case_id = case_of(desk, posted_at=clock.now())
    found = incident(desk, case_id)
    desk.incidents.notify(found.id, "We are on it", by="agent:eva")
    desk.outbox.run()
    case = desk.cases.get(case_id)
    assert (case.state, case.first_response_at, len(wire.texts)) == ("new", None, 1)
    assert [clock_.state for clock_ in desk.cases.clocks(case_id)] == ["running"]


def test_an_approval_is_asked_for_where_a_rule_wants_one(open_with, wire):
    """Notices wait for somebody else's yes like every reply."""
    desk = open_with(
        replies=ReplyPolicy(approval=(ApprovalRule(name="all", purposes=("notice",)),))
    )
    found = incident(desk, case_of(desk))
    report = desk.incidents.notify(found.id, "We are on it", by="agent:eva")
    (told,) = report.told
    assert told.outcome == "awaiting_approval"
    desk.replies.approve(told.reply_id, by="agent:bo")
    desk.outbox.run()
    assert wire.texts == ["We are on it"]


def test_a_closed_incident_tells_nobody(desk, wire):
    """What is over is over; its cases go on by themselves."""
    case_id = case_of(desk)
    found = incident(desk, case_id)
    closed = desk.incidents.close(found.id, by="agent:eva", because="repaired")
    assert (closed.incident.state, closed.incident.because) == ("closed", "repaired")
    for call in (
        lambda: desk.incidents.notify(found.id, "Hello", by="agent:eva"),
        lambda: desk.incidents.link(found.id, [case_id], by="agent:eva"),
        lambda: desk.incidents.close(found.id, by="agent:eva", because="again"),
    ):
        with pytest.raises(IllegalTransition, match="closed"):
            call()
    assert [one.id for one in desk.incidents.latest()] == [found.id]
    assert wire.texts == []


def test_merged_cases_are_told_where_they_went_and_noise_is_not(desk, wire):
    """Who reads a merged case reads the one that took it over; spam is told nothing."""
    ana, bo, spam = case_of(desk, "ana"), case_of(desk, "bo"), case_of(desk, "spammer")
    desk.cases.merge(bo, ana, by="agent:eva", because="one matter")
    desk.cases.dismiss(spam, "noise.spam", by="agent:eva", because="spam")
    found = incident(desk, bo, spam)
    report = desk.incidents.notify(found.id, "We are on it", by="agent:eva")
    assert [one.case_id for one in report.told] == [ana]
    desk.outbox.run()
    assert len(wire.posted) == 1


def test_who_turns_out_to_be_somebody_else_has_been_told_all_the_same(desk, wire, clock):
    """Another link changes who somebody is, not what they have read."""
    case_id = case_of(desk, "ana")
    one_person(desk, case_id)
    found = incident(desk, case_id)
    desk.incidents.notify(found.id, "We are on it", by="agent:eva")
    who = desk.cases.get(case_id).identity_id
    desk.customers.unlink(who, by="crm:1", because="it was somebody else")
    desk.customers.link(who, "C-2", by="crm:1", evidence="told us")
    clock.advance(HOUR)
    desk.incidents.link(found.id, [case_id], by="agent:eva")
    desk.outbox.run()
    assert len(wire.posted) == 1


def test_what_is_not_there_is_named(desk):
    """A wrong id is said at once, and nothing is linked."""
    with pytest.raises(NotFound, match="incident"):
        desk.incidents.get("none")
    found = desk.incidents.open("No network", by="agent:eva")
    with pytest.raises(NotFound, match="case"):
        desk.incidents.link(found.id, ["none"], by="agent:eva")
    with pytest.raises(ValueError, match="text or a template"):
        desk.incidents.notify(found.id, by="agent:eva")
    with pytest.raises(NotFound, match="template"):
        desk.incidents.notify(found.id, by="agent:eva", template="none")
