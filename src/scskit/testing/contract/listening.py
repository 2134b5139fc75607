"""Opening a connection down which the network goes on talking, without any network."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx

from scskit.http.redaction import secrets_of
from scskit.plugins import ConnectorSpec
from scskit.testing.contract.fixtures import Fixtures, declares


class Listening(Fixtures):
    """Checks of ``stream``."""

    def test_it_opens_a_stream(self, spec: ConnectorSpec, now: datetime) -> None:
        """A request that reads, with credentials, at first and after a connection broke."""
        declares(spec, "stream")
        for since in (None, now - timedelta(minutes=2)):
            request = spec.connector.stream(since)
            assert isinstance(request, httpx.Request)
            assert request.method == "GET", "opening a stream changes nothing"
            assert secrets_of(request), "the network cannot know who listens"
