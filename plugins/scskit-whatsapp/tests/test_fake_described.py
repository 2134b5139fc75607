"""The fake under Meta's own description: what it takes, and what it pushes."""

import json
import os
from pathlib import Path

import pytest
import yaml

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
DESCRIPTION = SHARED / "specs" / "meta-business-messaging-api_v23.0.yaml"
SKIP = f"there is no API description in {SHARED}; name its folder in SCSKIT_SHARED"


def examples(path):
    """Return Meta's examples of what is posted to a path."""
    if not DESCRIPTION.is_file():
        return [pytest.param("", None, marks=pytest.mark.skip(SKIP))]
    content = yaml.load(DESCRIPTION.read_text(), Loader=yaml.CSafeLoader)
    post = content["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return [pytest.param(name, one["value"], id=name) for name, one in post["examples"].items()]


def filled(value, where, known):
    """Put something real where Meta's examples have placeholders."""
    if isinstance(value, dict):
        return {key: filled(one, f"{where}.{key}", known) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, f"{where}.{place}", known) for place, one in enumerate(value)]
    name = where.rpartition(".")[2]
    if name in known and isinstance(value, str):
        return known[name]
    if name == "id" and where.split(".")[1] in known["media"]:
        return known["media"][where.split(".")[1]]
    return f"x{where[-18:]}" if isinstance(value, str) and "<" in value else value


@pytest.fixture
def known(whatsapp, acme):
    """Give what stands for placeholders: a person who has written, media, an address."""
    question = whatsapp.customer("ana").writes("Hello?")
    usual = {"image": "image/png", "video": "video/mp4", "audio": "audio/ogg"}
    usual |= {"document": "application/pdf", "sticker": "image/webp"}
    media = {
        kind: whatsapp.keep_medium(b"x", type_, "x", owner=acme.id).id
        for kind, type_ in usual.items()
    }
    return {
        "to": question.person.wa_id,
        "link": "https://acme.example/a",
        "message_id": question.id,
        "code": "en_US",
        "media": media,
    }


@pytest.mark.parametrize(("name", "body"), examples("/{Version}/{Phone-Number-ID}/messages"))
def test_all_that_meta_sends_is_taken(whatsapp, acme, known, name, body):
    """Every message of Meta's own examples is taken, and delivered."""
    sent = filled(body, "", known)
    if "interactive" in sent:
        sent["type"] = "interactive"  # one of the examples forgets it
    if "template" in sent:
        parts = sent["template"].get("components", [])
        values = [one for part in parts if part["type"] == "body" for one in part["parameters"]]
        places = " ".join(f"{{{{{number}}}}}" for number, _ in enumerate(values, 1))
        acme.has_template(sent["template"]["name"], f"Text {places}")
    if sent.get("template", {}).get("name") == "hello_world":
        acme.business.templates.pop()
    token = {"authorization": f"Bearer {acme.token.value}"}
    with whatsapp.client() as client:
        url = f"https://graph.facebook.com/v23.0/{acme.id}/messages"
        answered = client.post(url, json=sent, headers=token)
    assert answered.status_code == 200, (name, answered.text)
    assert all(one.extra["status"] == "delivered" for one in whatsapp.sent), name


def shape(value):
    """Return the keys that a value has, and of what kind each is."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) else type(value).__name__


def missing(expected, found, where=""):
    """Name what one shape has and the other has not."""
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return [where]
        return [
            one
            for key, value in expected.items()
            for one in missing(value, found.get(key), f"{where}.{key}")
        ]
    if isinstance(expected, list):
        return missing(expected[0], (found or [None])[0], f"{where}[]") if expected else []
    return [] if expected == found else [f"{where}: {expected}, found {found}"]


SAID = {
    "Text Message": lambda ana, _: ana.writes("Hello?"),
    "Text Message with Context (Product Inquiry)": lambda ana, first: ana.writes("?", on=first),
    "Text Message from Click to WhatsApp Ad": lambda ana, _: ana.writes("Hello?", referral=AD),
    "Reaction Message": lambda ana, first: ana.reacts(on=first),
    "Image Message": lambda ana, _: ana.sends("image", caption="Look"),
    "Location Message": lambda ana, _: ana.shares_place(
        37.4, -122.2, name="Here", address="Street 1", url="https://acme.example/"
    ),
    "Contact Sharing Message": lambda ana, _: ana.shares_contact("Ben", "+34 600 111 222"),
    "Unsupported Message": lambda ana, _: ana.sends_unsupported(),
    "Order Message": lambda ana, _: ana.orders({"sku": 2}, text="Please"),
    "System Message": lambda ana, _: ana.changes_number(),
}
AD = dict.fromkeys(("source_url", "source_id", "source_type", "body", "headline"), "x")
AD |= dict.fromkeys(("media_type", "image_url", "ctwa_clid"), "x")
LEFT_OUT = ("referred_product", "last_name", "org", "welcome_message")
"""What people may add, and scenarios do not."""


@pytest.mark.parametrize(("name", "body"), examples("/whatsapp/webhooks"))
def test_what_is_pushed_has_all_that_meta_pushes(whatsapp, name, body):
    """Of each kind of message that Meta has an example of, no part of it is missing."""
    if name not in SAID:
        pytest.skip("groups, and answers to what was offered before, are not told here")
    ana = whatsapp.customer("ana")
    first = ana.writes("Hello?")
    SAID[name](ana, first)
    pushed = json.loads(whatsapp.compose([whatsapp.deliveries.queued[-1]])[0])
    gone = missing(shape(body), shape(pushed))
    assert [one for one in gone if not any(word in one for word in LEFT_OUT)] == []
