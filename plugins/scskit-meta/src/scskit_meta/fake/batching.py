"""Batches: several requests in one, which may use each other's results.

https://developers.facebook.com/docs/graph-api/batch-requests
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import httpx

from scskit.testing.network import Call, Routes, answer
from scskit_meta.fake.addresses import within
from scskit_meta.fake.base import FakeMeta
from scskit_meta.fake.given import Given

routes: Routes[FakeMeta] = Routes()

_LARGEST: Final = 50
_RESULT: Final = re.compile(r"\{result=([^:{}]+):([^{}]+)\}")
_STEP: Final = re.compile(r"\.\.?([\w-]+|\*)|\[(\d+|\*|'[^']*')\]")
_FORM: Final = "application/x-www-form-urlencoded"


@routes.add("POST", "/")
def batch(network: FakeMeta, call: Call) -> httpx.Response:
    """Do several things one after the other; each has an answer of its own."""
    given = network.given(call)
    steps = given.list("batch")
    if not 0 < len(steps) <= _LARGEST:
        raise network.invalid(f"Param batch takes 1 to {_LARGEST} requests.")
    batched = _Batch(network, call)
    told = [batched.told(step) for step in steps]
    if not given.flag("include_headers", default=True):
        told = [one and {k: v for k, v in one.items() if k != "headers"} for one in told]
    return answer(200, [_unused(batched, step, one) for step, one in zip(steps, told, strict=True)])


def _unused(
    batched: _Batch, step: Mapping[str, Any], told: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Leave out the answer to what others used, unless it is wanted: that is Meta's default."""
    used = step.get("name") in batched.used and told is not None and told["code"] == httpx.codes.OK
    wanted = not Given(step, batched.network.invalid).flag("omit_response_on_success", default=True)
    return None if used and not wanted else told


class _Batch:
    """A batch that is under way: what came of the requests that have a name."""

    def __init__(self, network: FakeMeta, call: Call) -> None:
        self.network, self.call = network, call
        self.results: dict[str, Any] = {}
        self.used: set[str] = set()

    def told(self, step: object) -> dict[str, Any] | None:
        """Do one of them, and tell what it answered."""
        if not isinstance(step, Mapping) or not isinstance(step.get("relative_url"), str):
            raise self.network.invalid("Param batch: relative_url is required.")
        url, body = self._filled(step["relative_url"]), self._filled(str(step.get("body") or ""))
        if url is None or body is None:
            return None  # what it depends on has failed
        method = str(step.get("method") or "GET").upper()
        try:
            answered = self.network.handle(self._inner(url, method, body))
        except httpx.TimeoutException:
            return None  # what takes too long is no part of the answer
        if answered.is_success and step.get("name"):
            self.results[str(step["name"])] = answered.json()
        headers = [{"name": name, "value": value} for name, value in answered.headers.items()]
        content = json.dumps(answered.json())
        return {"code": answered.status_code, "headers": headers, "body": content}

    def _inner(self, url: str, method: str, body: str) -> httpx.Request:
        path = self.network.path_of(httpx.Request("GET", "http://x/" + url.lstrip("/")))
        query = url.partition("?")[2]
        place = f"{path}?{query}" if query else path
        return within(self.call, place, method, body.encode(), _FORM)

    def _filled(self, text: str) -> str | None:
        """Put results where a request names them; None where there is none."""
        missing = []

        def result(match: re.Match[str]) -> str:
            self.used.add(match[1])
            if match[1] not in self.results:
                missing.append(match[1])
                return ""
            return ",".join(map(_written, _found(self.results[match[1]], match[2])))

        filled = _RESULT.sub(result, text)
        return None if missing else filled


def _found(value: Any, path: str) -> list[Any]:  # noqa: ANN401  any JSON value
    """Return what a path leads to, such as ``$.data.*.id`` (JSONPath, in part)."""
    found = [value]
    for match in _STEP.finditer(path):
        key = match[1] or match[2].strip("'")
        if match[0].startswith(".."):
            found = [one for inner in found for one in _deep(inner)]
        found = [one for inner in found for one in _children(inner, key)]
    return found


def _children(value: Any, key: str) -> list[Any]:  # noqa: ANN401  any JSON value
    if isinstance(value, dict):
        return list(value.values()) if key == "*" else [value[key]] if key in value else []
    if isinstance(value, list) and key == "*":
        return value
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        return [value[int(key)]]
    return []


def _deep(value: Any) -> list[Any]:  # noqa: ANN401  any JSON value
    return [value, *(found for inner in _children(value, "*") for found in _deep(inner))]


def _written(value: Any) -> str:  # noqa: ANN401  any JSON value
    return value if isinstance(value, str) else json.dumps(value)
