"""Operations that bring media: at once, or piece by piece."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, answer
from scskit_twitter.fake.problems import invalid, not_found
from scskit_twitter.fake.rights import USER
from scskit_twitter.fake.state import Medium, User

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

CATEGORIES: Final = frozenset(
    {
        "amplify_video",
        "dm_gif",
        "dm_image",
        "dm_video",
        "subtitles",
        "tweet_gif",
        "tweet_image",
        "tweet_video",
    }
)
_CONVERTED_AFTER: Final = timedelta(seconds=5)
_KEPT: Final = 86_400


@routes.add("POST", "/2/media/upload", USER)
def upload(network: FakeX, call: Call) -> httpx.Response:
    """Take a medium at once."""
    values = call.values()
    category = str(values.get("media_category", ""))
    medium = _new(network, call, category)
    medium.size = len(_content(call, values))
    medium.ready_at = network.clock.now()
    return _shown(network, medium)


@routes.add("POST", "/2/media/upload/initialize", USER)
def initialize(network: FakeX, call: Call) -> httpx.Response:
    """Announce a medium that comes in pieces."""
    body = call.json()
    medium = _new(network, call, str(body.get("media_category", "tweet_image")))
    total = body.get("total_bytes", 0)
    if not isinstance(total, int) or total < 0:
        raise invalid("$.total_bytes: integer expected", "$.total_bytes", total)
    medium.total = total
    return _shown(network, medium)


@routes.add("POST", "/2/media/upload/{id}/append", USER)
def append(network: FakeX, call: Call) -> httpx.Response:
    """Take a piece."""
    medium, values = _own(network, call, call.params["id"]), call.values()
    number = str(values.get("segment_index", ""))
    if not number.isdecimal():
        raise invalid("$.segment_index: integer expected", "$.segment_index", number)
    medium.parts[int(number)] = _content(call, values)
    at = int(network.clock.now().timestamp()) + _KEPT
    return answer(200, {"data": {"expires_at": at}})


@routes.add("POST", "/2/media/upload/{id}/finalize", USER)
def finalize(network: FakeX, call: Call) -> httpx.Response:
    """Put the pieces together; a video takes a while."""
    medium = _own(network, call, call.params["id"])
    medium.size = sum(map(len, medium.parts.values()))
    missing = sorted(set(range(len(medium.parts))) - medium.parts.keys())
    if not medium.size or missing or (medium.total and medium.size != medium.total):
        raise invalid("Segments do not add up to provided total file size.", "total_bytes")
    takes = _CONVERTED_AFTER if medium.kind == "video" else timedelta(0)
    medium.ready_at = network.clock.now() + takes
    return _shown(network, medium)


@routes.add("GET", "/2/media/upload", USER)
def status(network: FakeX, call: Call) -> httpx.Response:
    """Tell how far a medium is."""
    return _shown(network, _own(network, call, call.query.get("media_id", "")))


@routes.add("POST", "/2/media/metadata", USER)
def describe(network: FakeX, call: Call) -> httpx.Response:
    """Say what a medium shows."""
    body = call.json()
    medium = _own(network, call, str(body.get("id", "")))
    told = body.get("metadata", {})
    text = told.get("alt_text", {}).get("text", "") if isinstance(told, dict) else ""
    medium.alt_text = str(text)
    data = {"id": medium.id, "associated_metadata": {"alt_text": {"text": medium.alt_text}}}
    return answer(200, {"data": data})


def _new(network: FakeX, call: Call, category: str) -> Medium:
    if category not in CATEGORIES:
        allowed = ", ".join(sorted(CATEGORIES))
        message = f"$.media_category: does not have a value in the enumeration [{allowed}]"
        raise invalid(message, "$.media_category", category)
    medium = Medium(id=network.new_id(), owner=_user(network, call), category=category)
    network.media[medium.id] = medium
    return medium


def _own(network: FakeX, call: Call, media_id: str) -> Medium:
    found = network.media.get(media_id)
    if found is None or found.owner is not _user(network, call):
        raise not_found("media", media_id, "media_id")
    return found


def _content(call: Call, values: dict[str, Any]) -> bytes:
    files = call.files()
    if "media" in files:
        return files["media"].content
    try:
        found = b64decode(str(values.get("media", "")), validate=True)
    except ValueError:
        found = b""
    if not found:
        raise invalid("$.media: is missing but it is required", "$.media")
    return found


def _shown(network: FakeX, medium: Medium) -> httpx.Response:
    data: dict[str, Any] = {
        "id": medium.id,
        "media_key": medium.key,
        "expires_after_secs": _KEPT,
    }
    data |= {"size": medium.size} if medium.size else {}
    if medium.kind == "video" and medium.ready_at is not None:
        waits = (medium.ready_at - network.clock.now()).total_seconds()
        data["processing_info"] = (
            {"state": "pending", "check_after_secs": max(1, int(waits)), "progress_percent": 0}
            if waits > 0
            else {"state": "succeeded", "progress_percent": 100}
        )
    return answer(200, {"data": data})


def _user(network: FakeX, call: Call) -> User:
    user = network.caller(call).user
    assert user is not None  # noqa: S101  the routes here take users' tokens only
    return user
