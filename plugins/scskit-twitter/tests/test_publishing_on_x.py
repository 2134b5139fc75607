"""Posts of an account: published once, whatever happens on the way."""

from datetime import timedelta

import httpx
import pytest
import tomli_w

import scskit_twitter
from scskit import Account, open_desk

POSTING = "POST /2/tweets"


@pytest.fixture
def desk(x, tmp_path):
    """Open a desk whose network is the fake X."""
    x.account("acme")
    config = tmp_path / "desk.toml"
    config.write_bytes(tomli_w.dumps({"desk": {"tenant": "acme"}, **x.settings()}).encode())
    client = httpx.Client(transport=x.transport())
    parts = {"plugins": [scskit_twitter], "discover": False, "client": client}
    with open_desk(f"sqlite:///{tmp_path}/desk.db", config, clock=x.clock, **parts) as desk:
        desk.add_account(Account(id="twitter.acme", network="twitter"))
        x.deliver_to(lambda request: desk.webhook("twitter", request))
        yield desk


@pytest.mark.parametrize(
    "fault", [None, "accept_then_timeout", "timeout_before_accept", "echo_before_response"]
)
def test_an_announcement_is_one_post(x, desk, fault):
    """It stands there once, whether or not X's answer came, and whenever its echo did."""
    if fault:
        x.faults.plan(fault, on=POSTING)
    made = desk.publishing.announce("We are open!", accounts=["twitter.acme"], by="agent:ana")
    for _ in range(5):
        desk.outbox.run()
        x.deliveries.drain()
        x.clock.advance(timedelta(minutes=10))
    assert desk.publishing.get(made.id).state == "sent"
    assert [sent.text for sent in x] == ["We are open!"]
