"""Operations on webhooks: registering an address, checking it, replaying what was pushed."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from scskit.http.signing import sign
from scskit.plugins import WebhookRequest
from scskit.testing.network import Call, Routes, answer
from scskit_twitter.fake.problems import invalid
from scskit_twitter.fake.rights import APP
from scskit_twitter.fake.state import Webhook, written
from scskit_twitter.fake.subscribing import webhook_of

if TYPE_CHECKING:
    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

CHANGES: Final = "oauth1 app"
MOST_WEBHOOKS: Final = 5
SIGNATURE: Final = "x-twitter-webhooks-signature"
_REPLAYED: Final = timedelta(days=1)
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_OK: Final = 200


@routes.add("POST", "/2/webhooks", CHANGES)
def create(network: FakeX, call: Call) -> httpx.Response:
    """Register an address, which is checked at once."""
    url = str(call.json().get("url", ""))
    _check_address(url)
    if any(hook.url == url for hook in network.webhooks.values()):
        raise invalid("DuplicateUrlFailed: the url is registered already", "url", url)
    if len(network.webhooks) >= MOST_WEBHOOKS:
        raise invalid("WebhookLimitExceeded: too many webhooks", "url", url)
    if not answers_check(network, url):
        raise invalid("CrcValidationFailed: the crc check of the url failed", "url", url)
    hook = Webhook(id=network.new_id(), url=url, created_at=network.clock.now())
    network.webhooks[hook.id] = hook
    return answer(200, {"data": _shown(hook)})


def _check_address(url: str) -> None:
    """Refuse what is no https address without a port; here, a port of this machine is taken too.

    Raises:
        Refused: it is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise invalid("UrlValidationFailed: the url is not valid", "url", url) from None
    local = parts.hostname in _LOCAL and parts.scheme in {"http", "https"}
    if not local and (parts.scheme != "https" or not parts.hostname or port is not None):
        raise invalid("UrlValidationFailed: https is required, without a port", "url", url)


def answers_check(network: FakeX, url: str) -> bool:
    """Tell whether who is at an address has the consumer secret (challenge-response check)."""
    token = b64encode(network.random.randbytes(24)).decode()
    nonce = b64encode(network.random.randbytes(12)).decode()
    query = {"crc_token": token, "nonce": nonce}
    # Receivers of the Account Activity API were told to check this; others look at the token only.
    signature = sign(str(httpx.QueryParams(query)).encode(), network.secret, "base64")
    request = WebhookRequest(
        method="GET",
        received_at=network.clock.now(),
        headers={SIGNATURE: signature},
        query=query,
    )
    try:
        answered = network.deliveries.exchange(network.deliveries.at(url), request)
        found = json.loads(answered.body)
    except Exception:  # noqa: BLE001  a receiver may fail in any way
        return False
    expected = sign(token.encode(), network.secret, "base64")
    told = found.get("response_token") if isinstance(found, dict) else None
    return answered.status == _OK and told == expected


@routes.add("GET", "/2/webhooks", APP)
def all_of(network: FakeX, call: Call) -> httpx.Response:  # noqa: ARG001  handlers take both
    """List what is registered."""
    shown = [_shown(hook) for hook in network.webhooks.values()]
    return answer(200, {"data": shown, "meta": {"result_count": len(shown)}})


@routes.add("PUT", "/2/webhooks/{webhook_id}", CHANGES)
def validate(network: FakeX, call: Call) -> httpx.Response:
    """Check an address again; one that fails is pushed nothing until it passes."""
    hook = webhook_of(network, call.params["webhook_id"])
    hook.valid = answers_check(network, hook.url)
    if not hook.valid:
        raise invalid("CrcValidationFailed: the crc check of the url failed", "url", hook.url)
    return answer(200, {"data": {"valid": True}})


@routes.add("DELETE", "/2/webhooks/{webhook_id}", CHANGES)
def delete(network: FakeX, call: Call) -> httpx.Response:
    """Forget an address."""
    hook = webhook_of(network, call.params["webhook_id"])
    del network.webhooks[hook.id]
    return answer(200, {"data": {"deleted": True}})


@routes.add("POST", "/2/webhooks/replay", APP)
def replay(network: FakeX, call: Call) -> httpx.Response:
    """Push once more what was pushed to an address in the last day."""
    body = call.json()
    hook = webhook_of(network, str(body.get("webhook_id", "")))
    start, end = (_minute(str(body.get(name, "")), name) for name in ("from_date", "to_date"))
    now = network.clock.now()
    if not now - _REPLAYED <= start <= end <= now + timedelta(minutes=1):
        raise invalid("from_date must be within the last 24 hours, to_date after it", "from_date")
    end += timedelta(minutes=1)  # its minute belongs to it
    job = network.new_id()
    for event in list(network.deliveries.events):
        if event.to == hook.url and start <= event.happened_at < end and not _told(event.payload):
            network.deliveries.push(event.kind, event.payload, subject=event.subject, to=hook.url)
    status = {
        "webhook_id": hook.id,
        "job_state": "Complete",
        "job_state_description": "Job completed successfully",
        "job_id": job,
    }
    network.deliveries.push("other", {"replay_job_status": status}, to=hook.url)
    return answer(200, {"data": {"job_id": job, "created_at": written(now)}})


def _told(payload: dict[str, Any]) -> bool:
    return "replay_job_status" in payload


def _minute(text: str, name: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        raise invalid(f"$.{name}: does not match yyyymmddhhmm", f"$.{name}", text) from None


def _shown(hook: Webhook) -> dict[str, Any]:
    created = written(hook.created_at)
    return {"id": hook.id, "url": hook.url, "valid": hook.valid, "created_at": created}
