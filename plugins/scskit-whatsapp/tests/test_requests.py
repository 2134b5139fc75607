"""Every request that our flows make is one that Meta describes."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from openapi_core.exceptions import OpenAPIError

from scskit.core.network_templates import NetworkTemplate, prepare
from scskit.core.slots import Slot
from scskit.plugins import Attachment, Outbound, Secret
from scskit_whatsapp.config import Number, WhatsAppSettings
from scskit_whatsapp.flows import Flows
from scskit_whatsapp.outgoing import buttons, choice_list, template

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NUMBER = Number(phone_number_id="1055", token=Secret("EAAtoken"))
FLOWS = Flows(WhatsAppSettings(accounts={"care": NUMBER}))


def outbound(text="", **given):
    given = {"thread": "34600111222", "visibility": "private", "created_at": NOW} | given
    return Outbound(id="out-1", case_id="c1", account="care", text=text, **given)


def medium(kind, **given):
    return Attachment(kind=kind, **given)


APPROVED = NetworkTemplate(
    name="bill",
    template="order_bill",
    language="es_MX",
    text="Hola {name}, su pedido cuesta {much}.",
    slots={
        "name": Slot(name="name"),
        "much": Slot(name="much", kind="amount"),
        "photo": Slot(name="photo", kind="url"),
        "order": Slot(name="order", kind="case_id"),
    },
    header="photo",
    header_kind="image",
    buttons={2: "order"},  # the description's pattern lets no button be 0, unlike its example
)
FILLED = prepare(
    APPROVED,
    {"name": "Ana", "much": "12.5 MXN", "photo": "https://a.example/b.jpg", "order": "A-17"},
)

MESSAGES = {
    "template of the desk file": outbound(FILLED.text, extra=FILLED.extra),
    "text": outbound("Hello", in_reply_to="wamid.Q"),
    "to a user id": outbound("Hello", thread="ES.1234567890"),
    "to a group": outbound("Hello", thread="Y2FwaV9ncm91cDox"),
    "image by id": outbound("Look", attachments=(medium("image", external_id="9"),)),
    "image by address": outbound(attachments=(medium("image", url="https://a.example/b.jpg"),)),
    "video": outbound(attachments=(medium("video", external_id="9"),)),
    "audio": outbound(attachments=(medium("audio", external_id="9"),)),
    "document": outbound("Bill", attachments=(medium("file", external_id="9", title="b.pdf"),)),
    "sticker": outbound(attachments=(medium("sticker", external_id="9"),)),
    "template": outbound(extra={"template": template("parcel", "es", ["Ana", "Monday"])}),
    "bare template": outbound(extra={"template": template("hello_world", "en_US")}),
    "buttons": outbound(extra={"interactive": buttons("Sure?", {"y": "Yes", "n": "No"})}),
    "list": outbound(
        extra={
            "interactive": choice_list("Which?", "Choose", [("1", "One", ""), ("2", "Two", "2nd")])
        }
    ),
    "reaction": outbound(extra={"reaction": {"message_id": "wamid.Q", "emoji": "👍"}}),
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_messages_are_what_meta_takes(description, message):
    """What is sent has the shape that Meta's own description asks for."""
    description.check(next(FLOWS.send(message)))


def test_reactions_and_media_are_what_meta_takes(description):
    """The flows beside sending keep to the description as well."""
    description.check(next(FLOWS.react("care", "34600111222", "wamid.Q", "👍")))
    description.check(next(FLOWS.upload("care", b"\x89PNG", "image/png", "a.png")))
    description.check(next(FLOWS.media("care", "4490709327384033")))


@pytest.mark.parametrize("typing", [True, False])
def test_read_marks_are_like_metas_example(description, typing):
    """The description has no schema for them, but an example."""
    example = description.examples["Send typing indicator and read receipt"]["value"]
    sent = json.loads(next(FLOWS.mark_read("care", example["message_id"], typing=typing)).content)
    assert sent == (example if typing else {k: v for k, v in example.items() if "typing" not in k})


@pytest.mark.parametrize(
    ("wrong", "headers"),
    [
        ({"type": "text", "text": {"body": 7}}, {}),
        ({"type": "text", "text": {"body": "x"}, "surprise": 1}, {}),
        ({"type": "image", "image": {}}, {}),
        ({"type": "text", "text": {"body": "x"}}, {"authorization": "EAAtoken"}),
    ],
)
def test_the_description_refuses_what_is_wrong(description, wrong, headers):
    """The check itself can fail: a wrong type, an unknown key, a missing part, no bearer."""
    body = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "1", **wrong}
    url = "https://graph.facebook.com/v23.0/1055/messages"
    given = {"authorization": "Bearer abc"} | headers
    with pytest.raises(OpenAPIError):
        description.check(httpx.Request("POST", url, json=body, headers=given))
