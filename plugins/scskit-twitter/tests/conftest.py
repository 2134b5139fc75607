"""Running flows without a network, and holding what they ask against X's own description."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from jsonschema_path import SchemaPath
from openapi_core import V30RequestValidator
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from scskit.core.errors import DeliveryError
from scskit_twitter.calls import Api
from scskit_twitter.config import read

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
DESCRIPTIONS = sorted((SHARED / "specs").glob("x-openapi-*.json"))
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


class AsDescribed:
    """A request as openapi-core looks at it."""

    def __init__(self, request):
        """Take it apart."""
        request.read()
        self.host_url = f"{request.url.scheme}://{request.url.host}"
        self.path = request.url.path
        self.method = request.method.lower()
        self.content_type = request.headers.get("content-type", "")
        self.body = request.content or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.url.params.multi_items()),
            header=Headers(list(request.headers.items())),
        )


@pytest.fixture(scope="session")
def description():
    """X's own description of its API; None where it is not at hand."""
    if not DESCRIPTIONS:
        return None
    spec = json.loads(DESCRIPTIONS[-1].read_bytes())
    for operations in spec["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)  # openapi-core does not know OAuth; tests look at it
    return V30RequestValidator(
        SchemaPath.from_dict(spec), extra_media_type_deserializers={"text/plain": _number}
    )


def _number(content, **_):
    # openapi-core leaves numbers in the fields of a form as text, and then finds no number.
    text = content.decode() if isinstance(content, bytes) else content
    return int(text) if text.isdigit() else text


@pytest.fixture
def settings():
    """An app with two accounts: one by OAuth 2.0, one by OAuth 1.0a."""
    return read(
        {
            "twitter": {
                "secrets": ["consumer-secret"],
                "consumer_key": "consumer-key",
                "accounts": {
                    "acme": {"user_id": "100", "handle": "acme", "token": "acme-token"},
                    "help": {"user_id": "200", "token": "help-token", "token_secret": "hidden"},
                },
            }
        }
    )


@pytest.fixture
def api(settings):
    """Requests for these accounts, with a nonce and a second that are known."""
    return Api(settings, stamp=lambda: ("nonce", "1793620800"))


@pytest.fixture
def run(description):
    """Run a flow against these answers; return its value or error, and what it asked."""

    def ran(flow, *answers):
        asked, left = [], list(answers)
        try:
            request = next(flow)
            while True:
                if description is not None and request.url.host == "api.x.com":
                    description.validate(AsDescribed(request))
                asked.append(request)
                answer = left.pop(0)
                hand_in = flow.throw if isinstance(answer, Exception) else flow.send
                request = hand_in(answer)
        except StopIteration as end:
            value = end.value
        except DeliveryError as error:
            value = error
        assert not left, "the flow asked less than was answered"
        return value, asked

    return ran


def answer(status=200, body=None, **headers):
    """Make a response."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={} if body is None else body, headers=named)


@pytest.fixture(name="answer")
def answering():
    """Hand ``answer`` to a test."""
    return answer
