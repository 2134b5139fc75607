"""A desk reads what the fake X keeps: everything once, wherever it was interrupted."""

from __future__ import annotations

import json

import pytest
import tomli_w

import scskit_twitter
from scskit import NotFound, open_desk
from scskit.core.errors import CapabilityMissing
from scskit.testing import FakeClock
from scskit.testing.network import Faults
from scskit_twitter.fake import FakeX


@pytest.fixture
def world(tmp_path):
    """Open desks on one database, on a fake X that pushes nothing."""
    x = FakeX(seed=5, clock=FakeClock(), faults=Faults(5))
    x.account("acme")
    config = tmp_path / "desk.toml"
    settings = json.loads(json.dumps(x.settings()))
    accounts = {"twitter.acme": {"network": "twitter"}, "page": {"network": "unknown"}}
    config.write_bytes(tomli_w.dumps({"accounts": accounts, **settings}).encode())
    desks = []

    def opened():
        desk = open_desk(
            f"sqlite:///{tmp_path}/desk.db",
            config,
            plugins=[scskit_twitter],
            discover=False,
            clock=x.clock,
            client=x.client(),
            synchronous="NORMAL",
        )
        desks.append(desk)
        return desk

    yield x, opened
    for desk in desks:
        desk.close()


def write(x, count, start=0):
    """Let people ask."""
    for number in range(start, start + count):
        x.customer(f"p{number % 7}").posts(f"@acme question {number}")


def asked(desk):
    """Count what customers have asked."""
    return sum(case.inbound_count for case in desk.cases.find(limit=500).cases)


def test_what_the_network_keeps_comes_in_once(world):
    """Page by page, and from where it was read last; twice changes nothing."""
    x, opened = world
    write(x, 230)
    desk = opened()
    (polled,) = desk.poll("twitter.acme")
    assert (polled.error, polled.more, polled.unreadable) == (None, False, 0)
    assert polled.pages > 1
    assert asked(desk) == 230
    write(x, 20, start=230)
    desk.poll()
    assert asked(desk) == 250
    (again,) = desk.poll("twitter.acme")
    assert asked(desk) == 250
    assert again.error is None


def test_who_is_interrupted_goes_on_where_it_was(world):
    """One page at a time, each by another process: nothing is left out, nothing is twice."""
    x, opened = world
    write(x, 230)
    for _ in range(40):
        desk = opened()
        (polled,) = desk.poll("twitter.acme", pages=1)
        assert polled.pages == 1
        if not polled.more:
            break
    assert asked(opened()) == 230


def test_a_network_that_cannot_be_read_is_told_of(world):
    """It is tried again next time, from where it was; nothing is lost."""
    x, opened = world
    write(x, 10)
    desk = opened()
    x.faults.plan("server_error", times=50)
    (polled,) = desk.poll("twitter.acme")
    assert polled.error is not None
    x.faults.reset(5)
    (polled,) = desk.poll("twitter.acme")
    assert (polled.error, asked(desk)) == (None, 10)


def test_only_what_can_be_read_is_read(world):
    """An unknown account, or one whose network is not there, is refused clearly."""
    _, opened = world
    desk = opened()
    with pytest.raises(NotFound, match=r"there is: page, twitter\.acme"):
        desk.poll("nobody")
    with pytest.raises(CapabilityMissing):
        desk.poll("page")
    assert [one.account for one in desk.poll()] == ["twitter.acme"]
    with pytest.raises(ValueError, match="pages"):
        desk.poll("twitter.acme", pages=0)
