"""What a message holds: text or a medium, and what goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from scskit.testing.network import Call
from scskit_facebook.limits import LENGTHS, METADATA, QUICK_REPLIES
from scskit_meta.fake import Given

if TYPE_CHECKING:
    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.server import FakeFacebook

_MEDIA: Final = frozenset({"image", "video", "audio", "file"})
_OTHERS: Final = frozenset({"template", "MEDIA_SHARE", "like_heart"})
_UPLOAD_FAILED, _EMPTY = 2018047, 2018109


@frozen(kw_only=True)
class Composed:
    """The content of a message.

    Attributes:
        text: what it says.
        attachments: as webhooks tell of them.
        extra: what else they tell.
        metadata: what comes back with the echo.
        kept: what the answer tells of a medium that was kept to be used again.
    """

    text: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()
    extra: Mapping[str, Any] = field(factory=dict)
    metadata: str = ""
    kept: Mapping[str, str] = field(factory=dict)


def compose(
    network: FakeFacebook, call: Call, account: Account, given: Given, *, only_keeping: bool = False
) -> Composed:
    """Read the parameter ``message``; the same request makes the same content each time.

    Raises:
        Refused: it has no form: empty, too long, too much, or something unknown.
    """
    if "composed" in call.notes:
        found: Composed = call.notes["composed"]
        return found
    message = given.object("message")
    if message is None:
        raise network.invalid("The parameter message is required.", _EMPTY)
    attachment = message.object("attachment")
    text = message.text("text")
    _check_text(network, account, message, needed=attachment is None)
    if attachment is not None and text:
        raise network.invalid("A message has text or an attachment, not both.")
    kept: dict[str, str] = {}
    attachments: tuple[Mapping[str, Any], ...] = ()
    if attachment is not None:
        written, kept = _attachment(network, call, attachment, keep=only_keeping)
        attachments = (written,)
    reply_to = given.object("reply_to") or message.object("reply_to")
    made = Composed(
        text=text,
        attachments=attachments,
        extra={"reply_to": {"mid": reply_to.text("mid")}} if reply_to else {},
        metadata=message.text("metadata"),
        kept=kept,
    )
    call.notes["composed"] = made
    return made


def _check_text(network: FakeFacebook, account: Account, message: Given, *, needed: bool) -> None:
    text = message.text("text")
    if needed and not text:
        raise network.invalid("A message needs text or an attachment.", _EMPTY)
    length = LENGTHS["facebook" if account.object == "page" else "instagram", "private"]
    if length.of(text) > length.most:
        raise network.invalid(f"Param message[text] takes {length.most} {length.unit}.")
    if len(message.text("metadata")) > METADATA:
        raise network.invalid(f"Param message[metadata] takes {METADATA} characters.")
    replies = message.list("quick_replies")
    if len(replies) > QUICK_REPLIES:
        raise network.invalid(f"Param message[quick_replies] takes {QUICK_REPLIES}.")
    for one in replies:
        reply = Given({"it": one}, network.invalid).object("it")
        if reply is None or not reply.has("content_type"):
            raise network.invalid("Param message[quick_replies]: content_type is required.")
        if reply.text("content_type") == "text" and not reply.has("title"):
            raise network.invalid("Param message[quick_replies]: title is required.")


def _attachment(
    network: FakeFacebook, call: Call, given: Given, *, keep: bool
) -> tuple[Mapping[str, Any], dict[str, str]]:
    """Return an attachment as webhooks tell of it, and what the answer tells of it."""
    kind = given.needed("type")
    payload = given.object("payload") or Given({}, network.invalid)
    if kind in _OTHERS:
        return {"type": kind, "payload": dict(payload.values)}, {}
    if kind not in _MEDIA:
        raise network.invalid(f"Param message[attachment][type] must not be {kind!r}.")
    if id_ := payload.text("attachment_id"):
        if id_ not in network.attachments:
            raise network.invalid("Param attachment_id must be one of the page's.", _UPLOAD_FAILED)
        return {"type": kind, "payload": {"url": network.attachments[id_]["url"]}}, {}
    url = payload.text("url") or _uploaded(network, call)
    if not url.startswith(("http://", "https://")):
        raise network.invalid("The attachment could not be fetched.", _UPLOAD_FAILED)
    kept: dict[str, str] = {}
    if keep or payload.flag("is_reusable"):
        kept["attachment_id"] = network.digits()
        network.attachments[kept["attachment_id"]] = {"type": kind, "url": url}
    return {"type": kind, "payload": {"url": url}}, kept


def _uploaded(network: FakeFacebook, call: Call) -> str:
    file = call.files().get("filedata")
    return network.stored(file.filename) if file else ""
