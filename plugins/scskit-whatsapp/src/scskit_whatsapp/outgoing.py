"""The bodies of requests: what the Cloud API is asked to send.

Builders of interactive messages and templates make what goes into ``extra`` of a draft.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scskit.core.errors import Rejected
from scskit.plugins import Attachment, Outbound
from scskit_whatsapp.form import in_form, special
from scskit_whatsapp.limits import LIMITS

_PHONE = re.compile(r"\+?[0-9]{1,20}")
_USER_ID = re.compile(r"[A-Z]{2}(?:\.[A-Z]+)?\.[0-9]+")

_TYPES: Mapping[str, str] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "document",
    "sticker": "sticker",
}


def message_body(outbound: Outbound) -> dict[str, Any]:
    """Return the body that sends a message.

    ``extra`` of the message may hold ``template``, ``interactive`` or ``reaction``, each as the
    Cloud API takes it; otherwise it is a text or a medium with its caption.

    Args:
        outbound: the message; its thread is where it goes.

    Raises:
        Rejected: it is nothing that WhatsApp can send.
    """
    body = {**_address(outbound), **_content(outbound)}
    body["biz_opaque_callback_data"] = outbound.id[: LIMITS.reference]
    if outbound.in_reply_to and body["type"] not in {"reaction", "template"}:
        body["context"] = {"message_id": outbound.in_reply_to}
    return body


def _address(outbound: Outbound) -> dict[str, str]:
    if outbound.visibility != "private":
        raise _refused("WhatsApp has no public messages")
    to = outbound.thread or outbound.recipient
    if not to:
        raise _refused("it goes to nobody: neither thread nor recipient is given")
    return address(to)


def address(to: str) -> dict[str, str]:
    """Return the part of a body that says where it goes.

    Args:
        to: a phone number as it wrote to us (never mended: a Brazilian number with or without its
            ninth digit is answered where it is), a user id, or the id of a group.
    """
    if _USER_ID.fullmatch(to):
        where = {"recipient_type": "individual", "recipient": to}
    elif _PHONE.fullmatch(to):
        where = {"recipient_type": "individual", "to": to}
    else:
        where = {"recipient_type": "group", "to": to}
    return {"messaging_product": "whatsapp", **where}


def _content(outbound: Outbound) -> dict[str, Any]:
    if name := special(outbound.extra):
        return {"type": name, name: outbound.extra[name]}
    for reason in in_form(outbound.text, outbound.attachments, outbound.extra):
        raise _refused(reason.message)
    if outbound.attachments:
        return _medium(outbound.attachments[0], outbound.text)
    return {"type": "text", "text": {"body": outbound.text, "preview_url": False}}


def _medium(attachment: Attachment, caption: str) -> dict[str, Any]:
    type_ = _TYPES.get(attachment.kind)
    if type_ is None:
        raise _refused(f"it has an attachment of kind {attachment.kind!r}")
    if not (attachment.external_id or attachment.url):
        raise _refused("its attachment has neither an id nor an address")
    id_, url = attachment.external_id, attachment.url
    medium = {"id": id_} if id_ else {"link": url}
    if caption:
        medium["caption"] = caption
    if attachment.title and attachment.kind == "file":
        medium["filename"] = attachment.title
    return {"type": type_, type_: medium}


def _refused(why: str) -> Rejected:
    return Rejected(f"not sent: {why}", error_class="permanent")


def template(
    name: str, language: str, body: Sequence[str] = (), components: Sequence[Any] = ()
) -> dict[str, Any]:
    """Return a template for ``extra["template"]``.

    Args:
        name: the template's name.
        language: its language, such as ``es`` or ``pt_BR``.
        body: what stands for the placeholders of its text, in order.
        components: further components as the Cloud API takes them.
    """
    parts = list(components)
    if body:
        parameters = [{"type": "text", "text": value} for value in body]
        parts.insert(0, {"type": "body", "parameters": parameters})
    found = {"name": name, "language": {"policy": "deterministic", "code": language}}
    return {**found, "components": parts} if parts else found


def buttons(text: str, choices: Mapping[str, str]) -> dict[str, Any]:
    """Return a message with up to three buttons for ``extra["interactive"]``.

    Args:
        text: what stands above them.
        choices: their titles by the id that comes back as ``postback``.

    Raises:
        ValueError: there are too many, or one is too long.
    """
    _at_most("buttons", len(choices), LIMITS.buttons)
    for title in choices.values():
        _at_most(f"the title {title!r}", len(title), LIMITS.button_title)
    made = [
        {"type": "reply", "reply": {"id": id_, "title": title}} for id_, title in choices.items()
    ]
    return {"type": "button", "body": _body(text), "action": {"buttons": made}}


def choice_list(text: str, button: str, rows: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Return a message with a list of up to ten rows for ``extra["interactive"]``.

    Args:
        text: what stands above it.
        button: what opens the list.
        rows: id, title and description of each; the description may be empty.

    Raises:
        ValueError: there are too many, or one is too long.
    """
    _at_most("rows", len(rows), LIMITS.rows)
    _at_most("the button", len(button), LIMITS.button_title)
    made = []
    for id_, title, description in rows:
        _at_most(f"the title {title!r}", len(title), LIMITS.row_title)
        _at_most(f"the description {description!r}", len(description), LIMITS.row_description)
        row = {"id": id_, "title": title}
        made.append({**row, "description": description} if description else row)
    action = {"button": button, "sections": [{"rows": made}]}
    return {"type": "list", "body": _body(text), "action": action}


def _body(text: str) -> dict[str, str]:
    _at_most("the text", len(text), LIMITS.interactive_body)
    return {"text": text}


def _at_most(what: str, found: int, allowed: int) -> None:
    if not 1 <= found <= allowed and not (found == 0 and what.startswith("the description")):
        raise ValueError(f"{what}: found {found}, allowed: 1 to {allowed}")
