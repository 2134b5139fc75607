"""Running flows without a network, and holding what they ask against X's own description."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from jsonschema_path import SchemaPath
from openapi_core import V30RequestValidator, V30ResponseValidator
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from scskit.core.errors import DeliveryError
from scskit.plugins import WebhookResponse
from scskit.testing import FakeClock
from scskit_twitter.calls import Api
from scskit_twitter.config import read
from scskit_twitter.connector import TwitterConnector
from scskit_twitter.fake import FakeX

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


class AnsweredAsDescribed:
    """A response as openapi-core looks at it."""

    def __init__(self, response):
        """Take it apart."""
        self.data = response.content
        self.status_code = response.status_code
        self.content_type = response.headers.get("content-type", "")
        self.headers = Headers(list(response.headers.items()))


@pytest.fixture(scope="session")
def described():
    """X's own description of its API; None where it is not at hand."""
    if not DESCRIPTIONS:
        return None
    spec = json.loads(DESCRIPTIONS[-1].read_bytes())
    for operations in spec["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)  # openapi-core does not know OAuth; tests look at it
    return SchemaPath.from_dict(spec)


@pytest.fixture(scope="session")
def description(described):
    """Check requests against X's own description; None where it is not at hand."""
    if described is None:
        return None
    return V30RequestValidator(described, extra_media_type_deserializers={"text/plain": _number})


@pytest.fixture(scope="session")
def check_request(description):
    """Hold a request against X's own description, where that is at hand."""
    return lambda request: description and description.validate(AsDescribed(request))


@pytest.fixture(scope="session")
def answers(described):
    """Check answers against X's own description; None where it is not at hand."""
    if described is None:
        return None
    problem = {"application/problem+json": lambda content, **_: json.loads(content)}
    return V30ResponseValidator(described, extra_media_type_deserializers=problem)


UNDESCRIBED = {
    "about:blank",
    "https://api.x.com/2/problems/streaming-connection",
    "https://api.x.com/2/problems/unsupported-authentication",
}
"""Types of problems that X answers and its description does not have."""


@pytest.fixture
def checked(answers):
    """Return a fake X of which every answer is held against X's own description.

    Where the description is not at hand, it is the fake alone.
    """

    class Checked(FakeX):
        count = 0

        def handle(self, request):
            response = super().handle(request)
            if answers is not None and is_described(request, response):
                given = httpx.Request(
                    request.method,
                    f"https://api.x.com{request.url.raw_path.decode()}",
                    headers=request.headers,
                    content=request.content,
                )
                answers.validate(AsDescribed(given), AnsweredAsDescribed(response))
                self.count += 1
            return response

    return Checked


def is_described(request, response):
    """Tell whether X's description says anything of this answer."""
    if not isinstance(response.stream, httpx.ByteStream) or request.url.path == "/2/oauth2/token":
        return False
    told = response.json() if response.status_code >= 400 else {}
    return not request.url.path.startswith("/_fake/") and told.get("type") not in UNDESCRIBED


@pytest.fixture
def x(checked):
    """Give a fake X with one account of the brand."""
    network = checked(seed=1, clock=FakeClock(NOON))
    network.account("acme")
    return network


@pytest.fixture
def connector(x):
    """Give the connector for that account."""
    return TwitterConnector(read(x.settings()["plugins"]))


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


API = "https://api.x.com"
HOOK = "https://desk.example/webhooks/twitter"


@pytest.fixture
def client(x):
    """Ask in the account's name, by OAuth 2.0."""
    with asking(x, x.account("acme").grant.access) as made:
        yield made


@pytest.fixture
def app(x):
    """Ask as the app itself."""
    with asking(x, x.app.bearer_token) as made:
        yield made


def asking(x, token):
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(transport=x.transport(), base_url=API, headers=headers)


@pytest.fixture
def taking(connector):
    """Return a function that makes a receiver, which keeps what the connector reads."""

    def made(items):
        def take(request):
            shaken = connector.handshake(request)
            if shaken is None:
                connector.verify(request)
                items.extend(connector.parse(request))
            return shaken or WebhookResponse.text("ok")

        return take

    return made


@pytest.fixture
def got(x, taking):
    """Take what is pushed; return what the connector makes of it."""
    items = []
    x.deliver_to(taking(items))
    return items


@pytest.fixture
def hook(x, app, taking, got):
    """Register an address."""
    x.deliveries.addresses[HOOK] = taking(got)
    return app.post("/2/webhooks", json={"url": HOOK}).json()["data"]["id"]
