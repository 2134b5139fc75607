"""Meta's own description of its API, mended where it contradicts itself, and a fake WhatsApp."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from scskit.testing import FakeClock
from scskit_whatsapp.config import read_config
from scskit_whatsapp.connector import WhatsAppConnector
from scskit_whatsapp.fake import FakeWhatsApp

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
DESCRIPTION = SHARED / "specs" / "meta-business-messaging-api_v23.0.yaml"


class Description:
    """What Meta says that it takes."""

    def __init__(self, path: Path) -> None:
        """Read the description."""
        content = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        self.examples = _takes(content, "messages")["application/json"]["examples"]
        _mend(content["components"]["schemas"])
        upload = _takes(content, "media")["multipart/form-data"]["schema"]
        upload["properties"]["file"] = {}  # as OpenAPI 3.1 has it: bytes are not text
        # It is no valid OpenAPI document as a whole; what our requests touch is.
        self._content = content
        self._api = _api(content)
        self._operations = {}

    def check_answer(self, request, response, path):
        """Raise what is wrong with an answer; what is not described is not looked at.

        Returns:
            Whether it was looked at.
        """
        operation = (
            self._content["paths"].get(f"/{{Version}}/{path}", {}).get(request.method.lower())
        )
        if operation is None or str(response.status_code) not in operation["responses"]:
            return False
        if (path, request.method) not in self._operations:
            alone = {f"/{{Version}}/{path}": {request.method.lower(): operation}}
            self._operations[path, request.method] = _api({**self._content, "paths": alone})
        answered = Response(
            response.content, response.status_code, content_type=response.headers["content-type"]
        )
        self._operations[path, request.method].validate_response(
            _seen(request), WerkzeugOpenAPIResponse(answered)
        )
        return True

    def check(self, request):
        """Raise what is wrong with an ``httpx.Request``."""
        self._api.validate_request(_seen(request))


def _api(content):
    return OpenAPI.from_dict(content, config=Config(spec_validator_cls=None))


def _seen(request):
    builder = EnvironBuilder(
        path=request.url.raw_path.decode(),
        base_url="https://graph.facebook.com",  # wherever the fake is served
        method=request.method,
        headers=[pair for pair in request.headers.items() if pair[0] != "host"],
        data=request.read(),
    )
    return WerkzeugOpenAPIRequest(Request(builder.get_environ()))


def _takes(content, name):
    post = content["paths"][f"/{{Version}}/{{Phone-Number-ID}}/{name}"]["post"]
    return post["requestBody"]["content"]


def _mend(schemas):
    """Let what ``allOf`` puts together have the properties of all of it, as is meant.

    Each part forbids all that it does not name, so that no message at all would be right. And two
    things are missing that Meta documents elsewhere: what it gives back with each status, and
    user ids in place of phone numbers.
    """
    for schema in schemas.values():
        closed = [
            part for part in schema.get("allOf", ()) if part.get("additionalProperties") is False
        ]
        for part in closed:
            del part["additionalProperties"]
            schema["unevaluatedProperties"] = False
    common = schemas["BaseMessageProperties"]
    common["properties"] |= {
        "biz_opaque_callback_data": {"type": "string", "maxLength": 512},
        "recipient": {"type": "string"},
    }
    common["required"].remove("to")
    common["oneOf"] = [{"required": ["to"]}, {"required": ["recipient"]}]


@pytest.fixture(scope="session")
def description() -> Description:
    """Read the description where it is."""
    if not DESCRIPTION.is_file():
        pytest.skip(f"there is no API description in {SHARED}; name its folder in SCSKIT_SHARED")
    return Description(DESCRIPTION)


NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def described_as(network, request):
    """Return the path by which the description knows what was asked."""
    version, part, *rest = [*request.url.path.strip("/").split("/"), ""]
    rest = [one for one in rest if one]
    kind = "WABA-ID" if version.startswith("v") else "none"
    if part in network.numbers:
        kind = "Phone-Number-ID"
    elif part in network.media:
        kind = "Media-ID"
    elif part in {one.id for known in network.businesses.values() for one in known.templates}:
        kind = "TEMPLATE_ID"
    return "/".join([f"{{{kind}}}", *rest])


@pytest.fixture(scope="session")
def checked():
    """Return a fake WhatsApp of which every answer is held against Meta's own description.

    Where the description is not at hand, it is the fake alone.
    """
    description = Description(DESCRIPTION) if DESCRIPTION.is_file() else None

    class Checked(FakeWhatsApp):
        count = 0

        def handle(self, request):
            path = described_as(self, request)
            response = super().handle(request)
            if description is not None and not request.url.path.startswith("/_fake/"):
                self.count += description.check_answer(request, response, path)
            return response

    return Checked


@pytest.fixture
def whatsapp(checked):
    """Give a fake WhatsApp with one number of a business."""
    network = checked(seed=1, clock=FakeClock(NOON))
    network.account("acme")
    return network


@pytest.fixture
def acme(whatsapp):
    """Give the number."""
    return whatsapp.account("acme")


@pytest.fixture
def connector(whatsapp):
    """Give the connector for it."""
    return WhatsAppConnector(read_config(whatsapp.settings()["plugins"]["whatsapp"]))


@pytest.fixture
def url(whatsapp):
    """Serve the network."""
    with whatsapp.serve() as served:
        yield served.url


@pytest.fixture
def pywa_client(whatsapp, acme, url):
    """Give pywa, of which nothing but the address is another."""
    import httpx
    import pywa

    with httpx.Client(trust_env=False, timeout=30) as session:
        client = pywa.WhatsApp(
            phone_id=acme.id,
            token=acme.token.value,
            session=session,
            waba_id=acme.business.id,
            server=None,
            verify_token=whatsapp.verify_token,
            app_secret=whatsapp.secret,
            continue_handling=True,
        )
        session.base_url = f"{url}/v25.0"
        yield client
