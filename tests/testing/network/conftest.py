"""A small network for tests of what all fake networks have in common."""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import httpx
import pytest

from scskit.http.signing import signed_by
from scskit.plugins import WebhookResponse


def _letters():
    spec = spec_from_file_location("fake_letters", Path(__file__).with_name("letters.py"))
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Letters


class House:
    """Takes what is pushed: keeps it, and answers as it is told to."""

    def __init__(self, secret):
        """Open."""
        self.secret, self.got, self.statuses, self.now = secret, [], [], []

    def __call__(self, request):
        """Take a body."""
        status = self.statuses.pop(0) if self.statuses else 200
        if not signed_by(request.body, request.header("x-signature"), [self.secret]):
            return WebhookResponse.text("who are you?", 401)
        if status == 200:
            self.got += [item["is"] + ":" + item["id"] for item in json.loads(request.body)]
            self.now.append(request.received_at)
        return WebhookResponse.text("thanks", status)


@pytest.fixture
def letters():
    """Make a network."""
    return _letters()


@pytest.fixture
def network(letters):
    """Give a network on which nothing has happened."""
    return letters(seed=7)


@pytest.fixture
def house(network):
    """Give who takes what the network pushes."""
    taker = House(network.secret)
    network.deliver_to(taker)
    return taker


@pytest.fixture
def client(network):
    """Give a client that reaches the network without a socket."""
    headers = {"authorization": "Bearer house-token"}
    with httpx.Client(
        transport=network.transport(), base_url="https://letters.example", headers=headers
    ) as made:
        yield made
