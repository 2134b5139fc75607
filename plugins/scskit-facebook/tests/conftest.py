"""Bodies here are made up; only their shapes are Meta's."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from scskit.plugins import WebhookRequest
from scskit_facebook.connector import FacebookConnector, InstagramConnector

CONNECTORS = {"page": FacebookConnector(), "instagram": InstagramConnector()}
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def parse():
    """Hand in items of one entry: ``parse("page", changes=[...])``."""

    def make(kind, entry_id="100", **lists):
        body = {"object": kind, "entry": [{"id": entry_id, "time": 1793610000, **lists}]}
        content = json.dumps(body).encode()
        request = WebhookRequest(method="POST", received_at=NOW, body=content)
        return CONNECTORS[kind].parse(request)

    return make
