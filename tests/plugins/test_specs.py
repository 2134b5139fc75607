"""The values that plugins hand over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scskit.core.errors import CapabilityMissing
from scskit.plugins import (
    CAPABILITIES,
    Connector,
    ConnectorSpec,
    SlaTargets,
    WebhookRequest,
    require,
)


def spec(**given):
    return ConnectorSpec(**{"name": "acme", "connector": Connector, "capabilities": (), **given})


def test_a_capability_that_is_not_declared_is_refused():
    """Asking a connector for what it cannot do says what it can."""
    receives = spec(capabilities=["webhook", "fetch"])
    require(receives, "fetch")
    with pytest.raises(CapabilityMissing, match="'find_sent'; it declares: fetch, webhook"):
        require(receives, "find_sent")


def test_an_unknown_capability_is_refused():
    """A misspelt capability is found when the connector is described, not when it is needed."""
    with pytest.raises(ValueError, match="no capability 'webhooks'; there is: webhook"):
        spec(capabilities=["webhooks"])


@pytest.mark.parametrize("name", ["", "Acme", "ac:me", "ac me", "-acme"])
def test_names_that_would_not_fit_into_ids(name):
    """A network's name never blurs whose id an id is."""
    with pytest.raises(ValueError, match="must consist of"):
        spec(name=name)


def test_the_network_is_the_connectors_name_unless_given():
    """Two connectors may speak to one network, and then know the same people."""
    assert spec().network == "acme"
    assert spec(name="acme-archive", network="acme").network == "acme"


def test_every_capability_is_explained():
    """Each capability has its line, and names methods that connectors have."""
    for capability in CAPABILITIES.values():
        assert capability.meaning
        assert all(callable(getattr(Connector, method)) for method in capability.methods)


@pytest.mark.parametrize(
    "method", ["verify", "parse", "send", "find_sent", "fetch", "hide", "stream"]
)
def test_a_method_that_was_not_written(method):
    """A connector without a method says so with the right error, at the call."""

    class Acme(Connector):
        """Writes nothing."""

    arguments = ("brand", None) if method in {"fetch", "hide"} else (None,)
    with pytest.raises(CapabilityMissing, match=rf"Acme has no {method}\(\)"):
        getattr(Acme(), method)(*arguments)


def test_headers_are_found_in_any_case(now):
    """Servers spell header names as they like."""
    request = WebhookRequest(method="POST", received_at=now, headers={"X-Hub-Signature": "s"})
    assert request.header("x-hub-SIGNATURE") == "s"
    assert request.header("x-other") == ""


def test_a_target_takes_time():
    """A target of no time at all is a mistake."""
    with pytest.raises(ValueError, match="first_response target must be longer than nothing"):
        SlaTargets(first_response=timedelta(0))
