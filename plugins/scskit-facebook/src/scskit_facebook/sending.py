"""Answers, public and private, as flows: generators of requests that somebody else sends."""

from __future__ import annotations

from typing import Any

from scskit.core.errors import Rejected
from scskit.plugins import Attachment, DeliveryReceipt, Flow, Outbound
from scskit_facebook.limits import METADATA
from scskit_facebook.places import Place
from scskit_facebook.windows import in_form
from scskit_meta.errors import unknown_outcome

_OK = 200


def send(place: Place, outbound: Outbound) -> Flow[DeliveryReceipt]:
    """Publish a post, answer a comment or post in public, or a person in private.

    Raises:
        Rejected: the network has no form for it.
        DeliveryError: what Meta answered.
    """
    visibility, attachments = outbound.visibility, outbound.attachments
    for violation in in_form(place.network, visibility, outbound.text, attachments):
        raise _refused(violation.message)
    if is_post(outbound):
        return (yield from _post(place, outbound))
    if visibility == "public":
        return (yield from _comment(place, outbound))
    return (yield from _message(place, outbound))


# In public.


def is_post(outbound: Outbound) -> bool:
    """Tell whether a message is a post of the page's own: it answers nothing."""
    return outbound.visibility == "public" and not (outbound.in_reply_to or outbound.thread)


def _post(place: Place, outbound: Outbound) -> Flow[DeliveryReceipt]:
    """Publish a post on the page; ``outbound.extra["link"]`` is what it shows."""
    if place.network != "facebook":
        raise _refused("it answers neither a comment nor a post")
    body: dict[str, Any] = {"message": outbound.text} if outbound.text else {}
    if link := outbound.extra.get("link"):
        body["link"] = link
    if not all(attachment.external_id for attachment in outbound.attachments):
        raise _refused("an attachment of a post is not uploaded: it has no id")
    if outbound.attachments:
        body["attached_media"] = [{"media_fbid": one.external_id} for one in outbound.attachments]
    answer = yield from place.graph.post((place.own_id, "feed"), body)
    return DeliveryReceipt(external_id=_id(answer, "id"))


def _comment(place: Place, outbound: Outbound) -> Flow[DeliveryReceipt]:
    target = outbound.in_reply_to or outbound.thread or ""
    body: dict[str, Any] = {"message": outbound.text} if outbound.text else {}
    for attachment in outbound.attachments:
        id_, url = attachment.external_id, attachment.url
        body |= {"attachment_id": id_} if id_ else {"attachment_url": url}
    answer = yield from place.graph.post((target, edge_of(place, outbound)), body)
    return DeliveryReceipt(external_id=_id(answer, "id"))


def edge_of(place: Place, outbound: Outbound) -> str:
    """Return where a page's posts, or answers to a comment or post, are.

    Instagram has a place of its own for answers to comments.
    """
    if is_post(outbound):
        return "feed"
    beneath_a_comment = outbound.in_reply_to not in {None, outbound.thread}
    return "replies" if place.network == "instagram" and beneath_a_comment else "comments"


# In private.


def _message(place: Place, outbound: Outbound) -> Flow[DeliveryReceipt]:
    """Send as an answer; under the tag for people only when Meta says that the 24 hours are over.

    Meta knows best when they are, and to tag an answer in time is against its rules. What was
    refused was not sent, so that sending it once more cannot double it.
    """
    recipient = recipient_of(outbound)
    body = {
        "recipient": recipient,
        "messaging_type": "RESPONSE",
        "message": _content(place, outbound),
    }
    path = (place.sender, "messages")
    try:
        answer = yield from place.graph.post(path, body)
    except Rejected as refused:
        if refused.error_class != "window" or outbound.automated or not place.human_agent:
            raise
        tagged = body | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        answer = yield from place.graph.post(path, tagged)
    found = answer.get("recipient_id")
    other = isinstance(found, str) and found != recipient.get("id")
    return DeliveryReceipt(
        external_id=_id(answer, "message_id"), recipient=str(found) if other else None
    )


def recipient_of(outbound: Outbound) -> dict[str, str]:
    """Return whom a private message goes to.

    A conversation's key is the person's id in it. Where the thread is another one, it is a public
    one: then the message answers the comment, or the post that the thread is, privately.

    Raises:
        Rejected: it says neither who nor what it answers.
    """
    if is_private_reply(outbound):
        kind = "post_id" if outbound.in_reply_to == outbound.thread else "comment_id"
        return {kind: outbound.in_reply_to or ""}
    to = outbound.recipient or outbound.thread
    if not to:
        raise _refused("it goes to nobody: neither recipient nor thread is given")
    return {"id": to}


def is_private_reply(outbound: Outbound) -> bool:
    """Tell whether a private message answers something public."""
    thread, recipient = outbound.thread, outbound.recipient
    return bool(outbound.in_reply_to and thread and recipient and thread != recipient)


def _content(place: Place, outbound: Outbound) -> dict[str, Any]:
    content: dict[str, Any]
    if outbound.attachments:
        content = {"attachment": _attachment(outbound.attachments[0])}
    else:
        content = {"text": outbound.text}
    if place.network == "facebook":
        content["metadata"] = outbound.id[:METADATA]  # comes back with the echo
    return content


def _attachment(attachment: Attachment) -> dict[str, Any]:
    kind = attachment.kind if attachment.kind in {"image", "video", "audio"} else "file"
    if attachment.external_id:
        return {"type": kind, "payload": {"attachment_id": attachment.external_id}}
    return {"type": kind, "payload": {"url": attachment.url}}


def _id(answer: dict[str, Any], name: str) -> str:
    found = answer.get(name)
    if not isinstance(found, str) or not found:
        raise unknown_outcome(_OK, f"the answer has no {name}")
    return found


def _refused(why: str) -> Rejected:
    return Rejected(f"not sent: {why}", error_class="permanent")
