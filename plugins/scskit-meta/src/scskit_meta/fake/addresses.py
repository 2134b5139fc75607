"""Addresses: the version before a path, and requests that another one contains."""

from __future__ import annotations

import re
from typing import Final

import httpx

from scskit.testing.network import Call
from scskit_meta.fake.loose import parameters

_VERSION: Final = re.compile(r"^/(v[0-9]+\.[0-9]+)(?=/|$)")


def version_of(request: httpx.Request) -> str:
    """Return the version that a request asks for; empty when it names none."""
    found = _VERSION.match(request.url.path)
    return found[1] if found else ""


def path_without_version(request: httpx.Request) -> str:
    """Return the path by which operations are found."""
    return _VERSION.sub("", request.url.path).rstrip("/") or "/"


def within(call: Call, path: str, method: str, body: bytes, kind: str) -> httpx.Request:
    """Return a request that another one contains, with the same version and token."""
    version = version_of(call.request)
    base = call.request.url.copy_with(path=f"/{version}/" if version else "/", query=None)
    headers = {"content-type": kind} if body else {}
    url = base.join(path.lstrip("/"))
    token, proof = call.notes.get("token"), parameters(call).get("appsecret_proof")
    if token and "access_token" not in url.params:
        headers["authorization"] = f"Bearer {token}"
        url = url.copy_merge_params({"appsecret_proof": str(proof)}) if proof else url
    return httpx.Request(method, url, headers=headers, content=body)
