"""Meta's own description of its API, mended where it contradicts itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

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
        self._api = OpenAPI.from_dict(content, config=Config(spec_validator_cls=None))

    def check(self, request):
        """Raise what is wrong with an ``httpx.Request``."""
        path = request.url.raw_path.decode()
        builder = EnvironBuilder(
            path=path,
            base_url=f"{request.url.scheme}://{request.url.netloc.decode()}",
            method=request.method,
            headers=list(request.headers.items()),
            data=request.read(),
        )
        self._api.validate_request(WerkzeugOpenAPIRequest(Request(builder.get_environ())))


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
