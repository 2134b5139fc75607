"""Announcements: one thing on many accounts, each in its own words, each once."""

# ruff: noqa: SLF001  whether the store is sound is asked of the store itself

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit import (
    IdempotencyConflict,
    IllegalTransition,
    NotFound,
    NotPermitted,
    Policy,
    ReplyRefused,
)
from scskit.core.calendar import Calendar
from scskit.core.channel import Channel, TextRules
from scskit.core.errors import OutcomeUnknown, Rejected, RetryLater
from scskit.core.match import When
from scskit.core.reply_policy import ApprovalRule, ContactHours, ReplyPolicy
from scskit.core.slots import Slot
from scskit.core.templates import Template
from scskit.core.windows import WEEKDAYS
from scskit.plugins import ConnectorSpec
from scskit.testing import InstantNetwork, message
from scskit.testing.instant import EVERYTHING, Offer

from .conftest import POLICY

HOUR = timedelta(hours=1)
FOUR = ["twitter.acme", "twitter.acme_mx", "facebook.acme", "facebook.acme_mx"]


@pytest.fixture
def wire():
    """A network that takes everything."""
    return InstantNetwork()


@pytest.fixture
def open_with(open_here, wire):
    """Open desks with these changes of the policy."""

    def open_(**changes):
        return open_here(evolve(POLICY, **changes), plugins=[wire.plugin("twitter", "facebook")])

    return open_


@pytest.fixture
def desk(open_with):
    """A desk with four accounts on two networks."""
    return open_with()


def announce(desk, text="We are back", **given):
    """Announce something everywhere."""
    return desk.publishing.announce(text, **({"accounts": FOUR, "by": "agent:ana"} | given))


def test_one_announcement_is_a_post_on_each_account(desk, wire):
    """Every account says it once, in answer to nobody, and everybody sees where it stands."""
    queued = announce(desk, texts={"facebook": "We are back, dear friends"})
    assert (queued.state, wire.texts) == ("queued", [])
    desk.outbox.run()
    sent = {o.account: (o.text, o.visibility, o.in_reply_to) for o in wire.posted.values()}
    assert sent == {
        "twitter.acme": ("We are back", "public", None),
        "twitter.acme_mx": ("We are back", "public", None),
        "facebook.acme": ("We are back, dear friends", "public", None),
        "facebook.acme_mx": ("We are back, dear friends", "public", None),
    }
    found = desk.publishing.get(queued.id)
    assert (found.state, set(found.outcomes.values())) == ("sent", {"sent"})
    assert [p.id for p in desk.publishing.latest()] == [queued.id]
    assert desk._services.store.verify().problems == []


def test_a_template_gives_each_network_and_language_its_words(open_with, wire):
    """One announcement speaks to each audience as it is spoken to there."""
    texts = {
        "default": "Closed on {day}",
        "es": "Cerrado el {day}",
        "facebook/es": "Cerramos el {day}",
    }
    closing = Template(
        name="closing", texts=texts, slots={"day": Slot(name="day", kind="date")}, language="en"
    )
    desk = open_with(templates={"closing": closing})
    announce(
        desk,
        "",
        template="closing",
        values={"day": "2026-12-25"},
        languages={"twitter.acme_mx": "es-MX", "facebook.acme_mx": "es-MX"},
    )
    desk.outbox.run()
    assert {o.account: o.text for o in wire.posted.values()} == {
        "twitter.acme": "Closed on 25 December 2026",
        "twitter.acme_mx": "Cerrado el 25 de diciembre de 2026",
        "facebook.acme": "Closed on 25 December 2026",
        "facebook.acme_mx": "Cerramos el 25 de diciembre de 2026",
    }


def test_each_target_has_its_own_outcome_and_retry(desk, wire, clock):
    """What goes wrong on one account holds none of the others back, and is tried again there."""
    wire.plan.extend([None, RetryLater("busy", 60), Rejected("no"), None])
    announcement = announce(desk)
    desk.outbox.run(concurrency=1)
    outcomes = desk.publishing.get(announcement.id).outcomes
    assert sorted(outcomes.values()) == ["failed", "queued", "sent", "sent"]
    assert desk.publishing.get(announcement.id).state == "failed"
    (failed,) = [
        p for p in desk.publishing.get(announcement.id).parts.values() if p.state == "failed"
    ]
    desk.outbox.redrive(failed.id, by="agent:ana", because="try again")
    clock.advance(HOUR)
    desk.outbox.run()
    assert desk.publishing.get(announcement.id).state == "sent"
    assert sorted(o.account for o in wire.posted.values()) == sorted(FOUR)


def test_an_answer_that_never_came_is_looked_for_and_not_sent_again(desk, wire, clock):
    """A post that arrived without our knowing stands there once."""

    def takes_and_is_silent(outbound):
        wire.post(outbound)
        raise OutcomeUnknown("timed out")

    wire.plan.append(takes_and_is_silent)
    announcement = announce(desk, accounts=FOUR[:1])
    desk.outbox.run()
    assert desk.publishing.get(announcement.id).state == "unknown"
    clock.advance(HOUR)
    desk.outbox.run()
    assert (desk.publishing.get(announcement.id).state, len(wire.posted)) == ("sent", 1)


def test_a_call_made_again_announces_nothing_again(desk, wire):
    """Whoever is not sure whether a call went through makes it again with its key."""
    first = announce(desk, key="k1")
    assert announce(desk, key="k1").id == first.id
    with pytest.raises(IdempotencyConflict):
        announce(desk, "Something else", key="k1")
    desk.outbox.run()
    assert len(wire.posted) == 4


def test_all_targets_or_none(open_here, wire):
    """Where one account cannot say it, none does, and every reason names its account."""
    short = {"public": Channel(text=TextRules(most=5))}
    spec = ConnectorSpec(name="facebook", connector=wire, capabilities=EVERYTHING, channels=short)
    whatsapp = ConnectorSpec(name="twitter", connector=wire, capabilities=EVERYTHING - {"publish"})
    desk = open_here(POLICY, plugins=[Offer([spec, whatsapp])])
    with pytest.raises(ReplyRefused) as caught:
        announce(desk, accounts=["twitter.acme", "facebook.acme"])
    found = [(v.code, v.message.partition(":")[0]) for v in caught.value.violations]
    assert found == [("capability", "twitter.acme"), ("channel.length", "facebook.acme")]
    assert (desk.publishing.latest(), desk.outbox.next_ready()) == ([], None)
    with pytest.raises(NotFound, match="nowhere"):
        announce(desk, accounts=["nowhere"])
    with pytest.raises(ValueError, match="each once"):
        announce(desk, accounts=["twitter.acme", "twitter.acme"])


def test_nobody_tells_everybody_what_is_private(desk):
    """A card number is in no announcement."""
    with pytest.raises(ReplyRefused) as caught:
        announce(desk, "Ana pays with 4111 1111 1111 1111", accounts=FOUR[:1])
    assert caught.value.violations[0].start is not None


def test_somebody_else_approves_what_a_rule_or_a_crisis_wants(open_with, wire, clock):
    """Nothing leaves before somebody else has read it, and in a crisis everything is read."""
    rule = ApprovalRule(name="all", purposes=("announcement",), when=When(network=("facebook",)))
    desk = open_with(replies=ReplyPolicy(approval=(rule,)))
    assert announce(desk, accounts=FOUR[:2]).state == "queued"
    asked = announce(desk, "News")
    assert asked.state == "awaiting_approval"
    assert asked.announcement.asked_for[0].startswith("facebook.acme: Rule all")
    assert [one.id for one in desk.publishing.awaiting()] == [asked.id]
    with pytest.raises(NotPermitted):
        desk.publishing.approve(asked.id, by="agent:ana")
    assert desk.publishing.approve(asked.id, by="agent:eva").state == "queued"
    with pytest.raises(IllegalTransition):
        desk.publishing.approve(asked.id, by="agent:eva")
    assert desk.publishing.awaiting(after=asked.id) == desk.publishing.awaiting() == []
    desk.replies.suspend("crisis", "*", by="agent:eva", because="fire")
    late = announce(desk, "Sale", accounts=FOUR[:1])
    assert late.state == "awaiting_approval"
    assert desk.publishing.reject(late.id, by="agent:eva", because="not now").state == "rejected"
    older = announce(desk, "Sale!", accounts=FOUR[:1])
    clock.advance(timedelta(days=2))
    with pytest.raises(IllegalTransition, match="time to approve"):
        desk.publishing.approve(older.id, by="agent:eva")


def test_a_crisis_holds_back_what_was_planned_before_it(desk, wire, clock):
    """A cheerful post that was scheduled last week does not leave into a disaster."""
    planned = announce(desk, "Sale!", at=clock.now() + HOUR)
    clock.advance(HOUR / 2)
    desk.replies.suspend("crisis", "*", by="agent:eva", because="fire")
    clock.advance(HOUR)
    desk.outbox.run()
    found = desk.publishing.get(planned.id)
    assert (found.state, wire.texts) == ("failed", [])
    assert {part.code for part in found.parts.values()} == {"needs_approval"}


def test_an_announcement_leaves_at_its_time_unless_it_is_cancelled(open_with, wire, clock):
    """What is planned can be taken back until it leaves, and keeps the hours that the law gives."""
    nights = ContactHours(name="law", calendar="day")
    day = Calendar.of("UTC", dict.fromkeys(WEEKDAYS, ("09:00-19:00",)))
    desk = open_with(calendars={"day": day}, replies=ReplyPolicy(contact_hours=(nights,)))
    midnight = clock.now().replace(hour=0) + timedelta(days=1)
    with pytest.raises(ReplyRefused, match="law"):
        announce(desk, at=midnight)
    planned = announce(desk, at=midnight + 10 * HOUR)
    assert desk.outbox.run().parts == 0
    assert desk.publishing.cancel(planned.id, by="agent:ana", because="no").state == "cancelled"
    again = announce(desk, at=midnight + 10 * HOUR)
    clock.jump_to(midnight + 10 * HOUR)
    desk.outbox.run()
    assert (desk.publishing.get(again.id).state, len(wire.posted)) == ("sent", 4)
    with pytest.raises(IllegalTransition):
        desk.publishing.cancel(again.id, by="agent:ana", because="too late")


def test_what_people_say_below_it_becomes_their_own_case(desk, wire, clock):
    """The post stands in the desk as the brand's own; comments on it are cases as ever."""
    announcement = announce(desk, accounts=FOUR[:1])
    desk.outbox.run()
    (part,) = desk.publishing.get(announcement.id).parts.values()
    comment = message("Where?", parent=part.external_id, thread=part.external_id)
    (case_id,) = desk.ingest([evolve(comment, posted_at=clock.now())]).cases
    assert desk.cases.get(case_id).thread_id == f"twitter.acme:{part.external_id}"


def test_the_echo_of_a_post_is_the_post(desk, wire, clock):
    """The network tells of our own post before it answers: it stands there once."""

    def tells_first(outbound):
        posted = message(
            outbound.text,
            account=outbound.account,
            by="acme",
            direction="outbound",
            external_id="p1",
            posted_at=clock.now(),
        )
        report = desk.ingest([posted])
        assert report.outcomes[0].state == "applied"
        raise OutcomeUnknown("timed out")

    wire.plan.append(tells_first)
    announcement = announce(desk, accounts=FOUR[:1])
    desk.outbox.run()
    (part,) = desk.publishing.get(announcement.id).parts.values()
    assert (part.state, part.external_id) == ("sent", "p1")


def test_a_desk_without_a_connector_says_so(open_here):
    """An account that nothing can post on is named before anything is written down."""
    desk = open_here(Policy(accounts=POLICY.accounts))
    with pytest.raises(ReplyRefused, match="No connector"):
        announce(desk)
