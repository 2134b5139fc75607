"""Praise: thanked where it was said, and passed on only with its author's consent."""

# ruff: noqa: SLF001  whether the store is sound is asked of the store itself

from __future__ import annotations

from datetime import timedelta

import pytest

from scskit import NotFound, ReplyRefused
from scskit.plugins import ConnectorSpec, Sharing
from scskit.testing import InstantNetwork, deletion, direct_message, edit, message
from scskit.testing.instant import EVERYTHING, Offer

from .conftest import POLICY

HERE, THERE = "twitter.acme", "facebook.acme"


@pytest.fixture
def wire():
    """A network that takes everything."""
    return InstantNetwork()


@pytest.fixture
def desk(open_here, wire):
    """A desk on a network that quotes, and one that shows links."""
    ways = {
        "twitter": Sharing(link="https://x.example/{id}", quote="quotes"),
        "facebook": Sharing(show="link"),
    }
    specs = [
        ConnectorSpec(name=name, connector=wire, capabilities=EVERYTHING, sharing=way)
        for name, way in ways.items()
    ]
    return open_here(POLICY, plugins=[Offer(specs)])


@pytest.fixture
def praise():
    """Something nice."""
    return message("¡Qué buen servicio!", external_id="p1", language="es")


def amplify(desk, case_id, **given):
    """Pass it on."""
    return desk.publishing.amplify(
        case_id, "Look!", **({"accounts": [HERE], "by": "agent:ana"} | given)
    )


def test_praise_is_thanked_in_public_where_it_was_said(desk, wire, praise):
    """Everybody who read it reads the thanks below it, in the person's language."""
    (case_id,) = desk.ingest([praise]).cases
    desk.publishing.thank(case_id, by="agent:ana", key="t")
    desk.publishing.thank(case_id, by="agent:ana", key="t")
    desk.outbox.run()
    (sent,) = wire.posted.values()
    assert (sent.text, sent.in_reply_to) == ("¡Muchas gracias por sus palabras!", "p1")
    assert (sent.visibility, sent.case_id) == ("public", case_id)


def test_nothing_is_passed_on_without_consent(desk, wire, praise):
    """Nobody becomes an advertisement without having agreed."""
    (case_id,) = desk.ingest([praise]).cases
    with pytest.raises(ReplyRefused, match="has not agreed") as caught:
        amplify(desk, case_id)
    assert [v.code for v in caught.value.violations] == ["consent"]
    with pytest.raises(ValueError, match="evidence"):
        desk.publishing.consent(case_id, by="agent:ana", evidence=" ")
    assert desk.publishing.latest() == []


def test_with_consent_it_is_quoted_or_shown(desk, wire, praise):
    """Each account passes it on as its network does, and the log says who agreed to what."""
    (case_id,) = desk.ingest([praise]).cases
    said = desk.publishing.consent(case_id, by="agent:ana", evidence="wrote: yes, please")
    assert said.external_id == "p1"
    made = amplify(desk, case_id, accounts=[HERE, THERE])
    assert made.announcement.case_id == case_id
    desk.outbox.run()
    assert {o.account: o.extra for o in wire.posted.values()} == {
        HERE: {"quotes": "p1"},
        THERE: {"link": "https://x.example/p1"},
    }
    (event,) = [r.event for r in desk.cases.log(case_id) if r.event.type == "consent_recorded"]
    assert (event.because, event.granted, event.by) == ("wrote: yes, please", True, "agent:ana")
    assert desk._services.store.verify().problems == []


def test_a_consent_holds_for_the_words_it_was_given_for(desk, praise):
    """Who changes or deletes the words is asked again."""
    (case_id,) = desk.ingest([praise]).cases
    desk.publishing.consent(case_id, by="agent:ana", evidence="yes")
    desk.ingest([edit(praise, "¡Qué mal servicio!")])
    with pytest.raises(ReplyRefused, match="changed the words"):
        amplify(desk, case_id)
    desk.ingest([deletion(praise, deleted_at=praise.posted_at + timedelta(minutes=5))])
    with pytest.raises(NotFound):
        amplify(desk, case_id)


def test_a_consent_that_is_taken_back_stops_what_has_not_left(desk, wire, praise, clock):
    """Who no longer agrees is not shown from that moment on."""
    (case_id,) = desk.ingest([praise]).cases
    desk.publishing.consent(case_id, by="agent:ana", evidence="yes")
    planned = amplify(desk, case_id, at=clock.now() + timedelta(hours=1))
    other = desk.publishing.announce("Other", accounts=[HERE], by="agent:ana")
    desk.publishing.consent(case_id, by="agent:ana", evidence="wrote: no", granted=False)
    clock.advance(timedelta(hours=2))
    desk.outbox.run()
    assert desk.publishing.get(planned.id).state == "cancelled"
    assert (desk.publishing.get(other.id).state, wire.texts) == ("sent", ["Other"])
    with pytest.raises(ReplyRefused, match="took that back"):
        amplify(desk, case_id)


def test_what_cannot_be_shown_somewhere_is_refused(desk, wire):
    """No post pretends to pass on what its network cannot show."""
    nice = message("Nice", account=THERE, external_id="f1")
    (case_id,) = desk.ingest([nice]).cases
    desk.publishing.consent(case_id, by="agent:ana", evidence="yes")
    with pytest.raises(ReplyRefused, match="cannot be shown"):
        amplify(desk, case_id)


def test_what_was_said_in_private_is_never_passed_on(desk):
    """A private message is no praise in public, whatever its author says."""
    (case_id,) = desk.ingest([direct_message("Nice")]).cases
    with pytest.raises(NotFound, match="in public"):
        desk.publishing.consent(case_id, by="agent:ana", evidence="yes")
    with pytest.raises(NotFound, match="in public"):
        desk.publishing.thank(case_id, by="agent:ana")
