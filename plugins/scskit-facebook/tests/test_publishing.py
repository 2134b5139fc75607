"""Posts of a page: published once, whatever happens on the way."""

from datetime import timedelta

import httpx
import pytest
import tomli_w

import scskit_facebook
from scskit import Account, ReplyRefused, open_desk
from scskit.testing import FakeClock
from scskit_facebook.fake import FakeFacebook

FEED = "POST /{id}/feed"


@pytest.fixture
def network():
    made = FakeFacebook(clock=FakeClock(), seed=3)
    made.account("acme")
    made.account("acme", "instagram")
    return made


@pytest.fixture
def desk(network, tmp_path):
    config = tmp_path / "desk.toml"
    config.write_bytes(tomli_w.dumps({"desk": {"tenant": "acme"}, **network.settings()}).encode())
    client = httpx.Client(transport=network.transport())
    parts = {"plugins": [scskit_facebook], "discover": False, "client": client}
    url = f"sqlite:///{tmp_path}/desk.db"
    with open_desk(url, config, clock=network.clock, **parts) as desk:
        for name in ("facebook", "instagram"):
            desk.add_account(Account(id=f"{name}.acme", network=name))
        network.deliver_to(lambda request: desk.webhook("facebook", request), of="page")
        yield desk


def posts(network):
    """Return what stands on the page."""
    return [one.text for one in network.names["acme"].content if one.own and not one.removed]


def test_an_announcement_is_a_post_of_the_page(network, desk):
    """It stands on the page once, also when Meta tells of it afterwards."""
    made = desk.publishing.announce("We are open!", accounts=["facebook.acme"], by="agent:ana")
    desk.outbox.run()
    assert desk.publishing.get(made.id).state == "sent"
    network.deliveries.drain()
    assert posts(network) == ["We are open!"]


@pytest.mark.parametrize("fault", ["accept_then_timeout", "timeout_before_accept", "server_error"])
def test_an_answer_that_never_came_doubles_no_post(network, desk, fault):
    """Meta has no idempotency keys: the page's posts are looked through before anything else."""
    network.faults.plan(fault, on=FEED)
    made = desk.publishing.announce("We are open!", accounts=["facebook.acme"], by="agent:ana")
    for _ in range(5):
        desk.outbox.run()
        network.clock.advance(timedelta(minutes=10))
    assert desk.publishing.get(made.id).state == "sent"
    assert posts(network) == ["We are open!"]


def test_instagram_takes_no_announcement(desk):
    """What cannot be posted there is refused before anything is written down."""
    with pytest.raises(ReplyRefused, match="instagram takes no posts"):
        desk.publishing.announce("Hello", accounts=["instagram.acme"], by="agent:ana")
