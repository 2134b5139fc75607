"""What scskit does on X: generators that yield requests and are sent responses."""

from __future__ import annotations

from typing import Any, Final

import httpx
from attrs import frozen

from scskit.core.errors import DeliveryError, OutcomeUnknown, Rejected
from scskit.plugins import Attachment, DeliveryReceipt, Flow, Outbound
from scskit_twitter.calls import Api, answered, conversation_path
from scskit_twitter.errors import DUPLICATE, problem_of, refusal
from scskit_twitter.finding import DUPLICATE_SKEW, find_post
from scskit_twitter.limits import MESSAGE_MEDIA, POST_MEDIA, SINGLE_UPLOAD, UPLOAD_CHUNK
from scskit_twitter.reading import Json, first_record, identifier, whole, words
from scskit_twitter.windows import refused

_DUPLICATES: Final = frozenset({DUPLICATE, 187})
"""How X says that it has this text already; 187 in API version 1.1."""

_WAITING: Final = frozenset({"pending", "in_progress"})


@frozen(kw_only=True)
class Upload:
    """A medium that is on its way into a message.

    Attributes:
        media_id: what ``Attachment.external_id`` takes.
        ready_after: seconds until it is worth asking whether X has converted it; None when it can
            be sent now.
    """

    media_id: str
    ready_after: float | None = None


def send(api: Api, outbound: Outbound) -> Flow[DeliveryReceipt]:
    """Send a post, a reply, a quote or a direct message.

    ``outbound.extra["quotes"]`` is the id of a post to quote.

    Raises:
        Rejected: it can never be sent so: too long, too many media, nobody asked for it.
        DeliveryError: what X answered.
    """
    violations = refused(
        outbound.text, outbound.visibility, outbound.extra, api.account(outbound.account)
    )
    if violations:
        (first, *_) = violations
        raise Rejected(first.message, code=first.code, error_class="policy")
    if outbound.visibility == "private":
        return (yield from _send_message(api, outbound))
    return (yield from _send_post(api, outbound))


def _send_post(api: Api, outbound: Outbound) -> Flow[DeliveryReceipt]:
    body: dict[str, Any] = {"text": outbound.text}
    media = _media_ids(outbound.attachments, POST_MEDIA)
    if media:
        body["media"] = {"media_ids": media}
    if outbound.in_reply_to:
        body["reply"] = {"in_reply_to_tweet_id": outbound.in_reply_to}
    if outbound.extra.get("quotes"):
        body["quote_tweet_id"] = outbound.extra["quotes"]
    response = yield api.write(outbound.account, "POST", "/2/tweets", body)
    problem = problem_of(response)
    if problem is not None and problem.code in _DUPLICATES:
        return (yield from _already_there(api, outbound, response))
    return _receipt(response, "id")


def _already_there(api: Api, outbound: Outbound, response: httpx.Response) -> Flow[DeliveryReceipt]:
    """Look whether the post that X calls a duplicate is this very one.

    An earlier attempt may have arrived without our knowing; X has no idempotency keys.
    """
    found = yield from find_post(api, outbound, DUPLICATE_SKEW)
    if found is None:
        raise refusal(response, writes=True)
    return found


def _send_message(api: Api, outbound: Outbound) -> Flow[DeliveryReceipt]:
    body: dict[str, Any] = {"text": outbound.text} if outbound.text else {}
    media = _media_ids(outbound.attachments, MESSAGE_MEDIA)
    if media:
        body["attachments"] = [{"media_id": media_id} for media_id in media]
    path = f"{conversation_path(outbound)}/messages"
    response = yield api.write(outbound.account, "POST", path, body)
    return _receipt(response, "dm_event_id")


def _media_ids(attachments: tuple[Attachment, ...], most: int) -> list[str]:
    ids = [attachment.external_id for attachment in attachments]
    if not all(ids):
        raise Rejected("an attachment is not uploaded: it has no id", error_class="permanent")
    if len(ids) > most:
        raise Rejected(
            f"found {len(ids)} attachments, X takes {most} here", error_class="permanent"
        )
    return ids


def _receipt(response: httpx.Response, key: str) -> DeliveryReceipt:
    data = answered(response, writes=True)
    external_id = identifier(data, key)
    if external_id is None:
        raise OutcomeUnknown(f"X answered {response.status_code} without {key}")
    # Whoever is written to for the first time has a conversation that only X knows the key of.
    return DeliveryReceipt(external_id=external_id, thread=identifier(data, "dm_conversation_id"))


def hide(api: Api, account: str, external_id: str, *, hidden: bool) -> Flow[None]:
    """Hide a reply to a post of the account, or show it again; both may be repeated."""
    path = f"/2/tweets/{external_id}/hidden"
    response = yield api.write(account, "PUT", path, {"hidden": hidden})
    if answered(response, writes=True).get("hidden") is not hidden:
        raise OutcomeUnknown(f"X answered {response.status_code}, and not that it was done")


def delete(api: Api, account: str, external_id: str, *, private: bool) -> Flow[None]:
    """Take a post or a direct message of the account away; one that is gone already is fine."""
    path = f"/2/dm_events/{external_id}" if private else f"/2/tweets/{external_id}"
    response = yield api.write(account, "DELETE", path)
    if response.status_code != httpx.codes.NOT_FOUND:
        answered(response, writes=True)


def upload(
    api: Api, account: str, content: bytes, media_type: str, *, private: bool
) -> Flow[Upload]:
    """Bring a medium to X: small images at once, all else in chunks.

    Raises:
        Rejected: X does not take it.
        DeliveryError: what X answered.
    """
    category = _category(media_type, private=private)
    if category.endswith("_image") and len(content) <= SINGLE_UPLOAD:
        fields = {"media_category": category}
        response = yield api.upload(account, "/2/media/upload", fields, content)
        return _uploaded(answered(response, writes=False))
    body = {
        "media_category": category,
        "media_type": media_type,
        "total_bytes": len(content),
    }
    response = yield api.write(account, "POST", "/2/media/upload/initialize", body)
    media_id = _uploaded(answered(response, writes=False)).media_id
    for index, start in enumerate(range(0, len(content), UPLOAD_CHUNK)):
        chunk = content[start : start + UPLOAD_CHUNK]
        path = f"/2/media/upload/{media_id}/append"
        response = yield api.upload(account, path, {"segment_index": str(index)}, chunk)
        answered(response, writes=False)
    response = yield api.write(account, "POST", f"/2/media/upload/{media_id}/finalize")
    return _uploaded(answered(response, writes=False))


def upload_status(api: Api, account: str, media_id: str) -> Flow[Upload]:
    """Ask whether X has converted a medium.

    Raises:
        Rejected: it could not be converted.
    """
    query = {"command": "STATUS", "media_id": media_id}
    response = yield api.get(account, "/2/media/upload", query)
    return _uploaded(answered(response, writes=False))


def _category(media_type: str, *, private: bool) -> str:
    kind, _, form = media_type.partition("/")
    if kind not in {"image", "video"}:
        raise Rejected(f"found {media_type!r}, X takes images and videos", error_class="permanent")
    return f"{'dm' if private else 'tweet'}_{'gif' if form == 'gif' else kind}"


def _uploaded(data: Json) -> Upload:
    media_id = identifier(data, "id")
    if media_id is None:
        raise _lost("X took a medium and gave it no id")
    processing = first_record(data, "processing_info")
    state = words(processing, "state")
    if state == "failed":
        reason = words(first_record(processing, "error"), "message") or "no reason given"
        raise Rejected(f"X could not convert the medium: {reason}", error_class="permanent")
    waits = whole(processing, "check_after_secs") or 1
    return Upload(media_id=media_id, ready_after=float(waits) if state in _WAITING else None)


def _lost(message: str) -> DeliveryError:
    return OutcomeUnknown(message, error_class="retryable")
