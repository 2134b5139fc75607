"""WhatsApp keeps the contract of all connectors. Bodies are made up; the shapes are Meta's."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

import scskit_whatsapp
from scskit.http.signing import sign
from scskit.plugins import Outbound
from scskit.testing import ConnectorContract
from scskit.testing.contract import Answers, Bodies, TextLimit, Window

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ANA = "34600111222"


def body(**lists):
    head = {"metadata": {"display_phone_number": "34910000000", "phone_number_id": "1055"}}
    value = {"messaging_product": "whatsapp", **head, "contacts": [{"wa_id": ANA}], **lists}
    field = "smb_message_echoes" if "message_echoes" in lists else "messages"
    entry = {"id": "77", "changes": [{"field": field, "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def message(id_="wamid.A", second=0, type_="text", **content):
    at = str(int(NOW.timestamp()) - 600 + second)
    content = content or {"text": {"body": "Where is my parcel?"}}
    return {"id": id_, "from": ANA, "timestamp": at, "type": type_, **content}


def status(name, second):
    at = str(int(NOW.timestamp()) - 600 + second)
    return body(statuses=[{"id": "wamid.S", "status": name, "timestamp": at, "recipient_id": ANA}])


def join(bodies):
    entries = [entry for content in bodies for entry in json.loads(content)["entry"]]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def answering(code, content, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(code, json=content, headers=named)


class TestWhatsApp(ConnectorContract):
    """The Cloud API."""

    @pytest.fixture
    def plugin(self):
        """Give the package."""
        return scskit_whatsapp

    @pytest.fixture
    def settings(self, secrets):
        """Know one number."""
        accounts = {"care": {"phone_number_id": "1055", "token": "EAA-t0ken-81"}}
        return {"whatsapp": {"secrets": list(secrets), "accounts": accounts}}

    @pytest.fixture
    def now(self):
        """Stand ten minutes after the first message."""
        return NOW

    @pytest.fixture
    def sign(self):
        """Sign as Meta does."""
        return lambda content, secret: {"X-Hub-Signature-256": sign(content, secret)}

    @pytest.fixture
    def bodies(self):
        """Tell of a question, an answer, and what becomes of both."""
        revised = {"text": {"body": "Where are my parcels?"}, "type": "text"}
        edit = {"original_message_id": "wamid.A", "message": revised}
        answer = message("wamid.S", 20, text={"body": "On its way!"})
        answer |= {"from": "34910000000", "to": ANA}
        return Bodies(
            message=body(messages=[message()]),
            another=body(messages=[message("wamid.B", 60, text={"body": "Hello?"})]),
            edit=body(messages=[message("wamid.C", 30, "edit", edit=edit)]),
            deletion=body(
                messages=[
                    message("wamid.D", 30, "revoke", revoke={"original_message_id": "wamid.A"})
                ]
            ),
            echo=body(message_echoes=[answer]),
            receipts={
                "sent": status("sent", 21),
                "delivered": status("delivered", 25),
                "read": status("read", 40),
            },
            unknown=body(messages=[message("wamid.E", 70, "hologram", hologram={"id": "9"})]),
            malformed=body(messages=[message("wamid.F", 70, "text", text=7)]),
            join=join,
        )

    @pytest.fixture
    def outbounds(self):
        """Answer in private, which is all there is."""
        return [
            Outbound(
                id="out-1",
                case_id="c1",
                account="care",
                text="On its way!",
                visibility="private",
                created_at=NOW,
                thread=ANA,
                recipient=ANA,
            )
        ]

    @pytest.fixture
    def answers(self):
        """Answer as the Graph API does."""
        expired = {"error": {"code": 190, "error_subcode": 463, "message": "expired"}}
        throttled = {"error": {"code": 130429, "message": "Rate limit hit"}}
        return Answers(
            sent=answering(200, {"messages": [{"id": "wamid.S"}]}),
            expired=answering(401, expired),
            throttled=answering(429, throttled, retry_after="90"),
            wait=90.0,
        )

    @pytest.fixture
    def limits(self):
        """Count characters."""
        weights = {"\U0001f600": 1, "https://acme.example/a/long/way": 31, "\xe9": 1}
        return [TextLimit(visibility="private", most=4096, weights=weights)]

    @pytest.fixture
    def windows(self):
        """Close after 24 hours, whoever writes."""
        day = timedelta(hours=24)
        return [Window(lasts=day), Window(lasts=day, automated=True)]
