"""A small network, a connector for it that keeps the contract, and the fixtures filled."""

# ruff: noqa: ARG002, D102  the fixtures are described where they are declared

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from scskit.core.errors import (
    CredentialsRejected,
    DeliveryError,
    OutcomeUnknown,
    PayloadInvalid,
    Rejected,
    RetryLater,
)
from scskit.http.signing import check_signature, sign
from scskit.http.usage import wait_told
from scskit.plugins import (
    Author,
    Channel,
    Connector,
    ConnectorSpec,
    Deletion,
    DeliveryReceipt,
    Edit,
    Fetched,
    Finding,
    Message,
    Outbound,
    Receipt,
    Signal,
    TextRules,
    Unreadable,
    Violation,
    finding_of,
    hookimpl,
)
from scskit.testing import ConnectorContract
from scskit.testing.contract import Answers, Bodies, TextLimit, Window

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALL = frozenset(
    {
        "webhook",
        "stream",
        "fetch",
        "reply_public",
        "reply_private",
        "find_sent",
        "hide",
        "edits",
        "deletions",
        "receipts",
        "diagnose",
    }
)
TOKEN = "t0ken-of-acme-4711"
API = "https://api.acme.example/messages"


def length(text):
    """Measure as the network does: what lies beyond U+FFFF counts 2, a link 10."""
    words = (10 if word.startswith("https://") else _units(word) for word in text.split(" "))
    return sum(words) + text.count(" ")


def _units(word):
    return sum(2 if ord(letter) > 0xFFFF else 1 for letter in word)


class Acme(Connector):
    """Keeps the contract."""

    header = "x-acme-signature"

    def __init__(self, secrets, token):
        """Keep what the settings say."""
        self._secrets, self._token = _Hidden(secrets), _Hidden(token)

    def verify(self, request):
        """Check the signature."""
        given = request.header(self.header)
        check_signature(request.body, given, self._secrets.value, header=self.header)

    def parse(self, request):
        """Read the list of events."""
        return [item for one in self.events(request.body) for item in self.read(one, request)]

    def events(self, body):
        """Find the list."""
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise PayloadInvalid("no JSON") from error
        events = found.get("events") if isinstance(found, dict) else None
        if not isinstance(events, list):
            raise PayloadInvalid("no events")
        return events

    def read(self, one, request):
        """Read one event."""
        try:
            return self.item(one, request)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            return [Unreadable(reason=f"{type(error).__name__}: {error}", payload=one)]

    def item(self, one, request):
        """Read an event that is as it should be."""
        at = datetime.fromtimestamp(one["at"], UTC)
        kind = one["type"]
        if kind == "message":
            return [self.message(one, at, request)]
        if kind == "edit":
            return [self.edit(one, at)]
        if kind == "deletion":
            return [self.deletion(one, at)]
        if kind == "receipt":
            status = {"seen": "read", "arrived": "delivered"}[one["status"]]
            return [Receipt(account="acme", target=str(one["id"]), status=status, at=at)]
        return self.unknown(one, at)

    def message(self, one, at, request):
        """Read a message."""
        own = str(one["from"]) == "acme"
        return Message(
            account="acme",
            external_id=str(one["id"]),
            author=Author(external_id=str(one["from"])),
            posted_at=at,
            text=str(one["text"]),
            thread=str(one["thread"]),
            kind="reply" if own else "post",
            direction="outbound" if own else "inbound",
        )

    def edit(self, one, at):
        """Read an edit."""
        return Edit(account="acme", target=str(one["id"]), edited_at=at, text=str(one["text"]))

    def deletion(self, one, at):
        """Read a deletion."""
        return Deletion(account="acme", target=str(one["id"]), deleted_at=at)

    def unknown(self, one, at):
        """Tell of anything else."""
        return [Signal(account="acme", event=str(one["type"]), at=at)]

    def request(self, method, body=None):
        """Ask."""
        headers = {"authorization": f"Bearer {self._token.value}"}
        return httpx.Request(method, API, headers=headers, json=body)

    def stream(self, _):
        """Listen."""
        return self.request("GET")

    def send(self, outbound):
        """Send."""
        response = yield self.request("POST", self.said(outbound))
        answer = self.checked(response)
        return DeliveryReceipt(external_id=answer["id"], at=NOW)

    def said(self, outbound):
        """Put a message as the network wants it."""
        return {"text": outbound.text, "to": outbound.recipient}

    def checked(self, response):
        """Tell what a refusal means."""
        if response.status_code == 401:
            raise CredentialsRejected("the token is no longer good")
        if response.status_code == 429:
            raise RetryLater("too many", wait_told(response) or 60.0)
        if response.status_code >= 500:
            raise OutcomeUnknown(str(response.status_code))
        if response.status_code >= 400:
            raise Rejected(str(response.status_code))
        return response.json()

    def listed(self):
        """Ask for all messages."""
        return self.checked((yield self.request("GET")))["messages"]

    def find_sent(self, outbound):
        """Look."""
        for one in (yield from self.listed()):
            if one["from"] == "acme" and one["text"] == outbound.text:
                return DeliveryReceipt(external_id=one["id"])
        return None

    def hide(self, account, target, *, hidden=True):
        """Take out of sight."""
        self.checked((yield self.request("POST", {"target": target, "hidden": hidden})))

    def fetch(self, account, cursor):
        """Read; the network tells the newest first."""
        items = [item for one in (yield from self.listed()) for item in self.item(one, None)]
        return Fetched(items=items[::-1], cursor="end")

    def diagnose(self, account):
        """Ask; whatever it answers is what is found."""
        try:
            self.checked((yield self.request("GET")))
        except DeliveryError as error:
            return [finding_of("token", error)]
        return [Finding(what="token", state="ok")]


class _Hidden:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return "hidden"


class Plugin:
    """Offers a connector, and says what the network would refuse."""

    name = "acme"
    capabilities = ALL

    def __init__(self, connector=Acme):
        """Offer this one."""
        self.connector = connector

    @hookimpl
    def scskit_connectors(self, settings):
        """Offer it."""
        connector = self.connector(settings["acme"]["secrets"], settings["acme"]["token"])
        yield ConnectorSpec(
            name="acme",
            connector=connector,
            capabilities=self.capabilities,
            version="1",
            channels={"public": Channel(text=TextRules(most=100, measure=self.told, splits=True))},
        )

    def length(self, text):
        """Measure."""
        return length(text)

    def told(self, text):
        """Measure, for who asks beforehand."""
        return length(text)

    def is_open(self, heard, now):
        """Tell whether a person may be written to."""
        return heard is None or now < heard + timedelta(hours=24)

    @hookimpl
    def scskit_check_reply(self, draft, case, now):
        """Say what would be refused."""
        if self.length(draft.text) > 100:
            yield Violation("length", "too long")
        if draft.visibility == "private" and not self.is_open(case.last_inbound_at, now):
            yield Violation("window", "too late")


def event(type_, id_="1", at=0, **given):
    return {"type": type_, "id": id_, "at": NOW.timestamp() - 600 + at, **given}


def body(*events):
    return json.dumps({"events": events}).encode()


HELLO = event("message", text="Where is my parcel?", thread="7", **{"from": "ana"})
ANSWER = event("message", "2", 20, text="On its way!", thread="7", **{"from": "acme"})
AGAIN = event("message", "3", 60, text="Hello?", thread="7", **{"from": "ana"})


def join(bodies):
    return body(*(one for content in bodies for one in json.loads(content)["events"]))


def answering(status, content=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, json=content, headers=named)


def out(visibility):
    return Outbound(
        id=f"o-{visibility}",
        case_id="c1",
        account="acme",
        text="On its way!",
        visibility=visibility,
        created_at=NOW,
        recipient="ana",
        thread="7",
    )


class Contract(ConnectorContract):
    """Fills the fixtures."""

    offered = Plugin()

    @pytest.fixture
    def plugin(self):
        return self.offered

    @pytest.fixture
    def settings(self, secrets):
        return {"acme": {"secrets": secrets, "token": TOKEN}}

    @pytest.fixture
    def now(self):
        return NOW

    @pytest.fixture
    def sign(self):
        return lambda content, secret: {Acme.header: sign(content, secret)}

    @pytest.fixture
    def bodies(self):
        return Bodies(
            message=body(HELLO),
            another=body(AGAIN),
            edit=body(event("edit", at=30, text="Where are my parcels?")),
            deletion=body(event("deletion", at=30)),
            echo=body(ANSWER),
            receipts={
                "delivered": body(event("receipt", "2", 40, status="arrived")),
                "read": body(event("receipt", "2", 50, status="seen")),
            },
            unknown=body(event("hologram", at=70)),
            malformed=body({"type": "message", "at": 0}),
            join=join,
        )

    @pytest.fixture
    def outbounds(self):
        return (out("public"), out("private"))

    @pytest.fixture
    def answers(self):
        return Answers(
            sent=answering(200, {"id": "2", "call": "c-9"}),
            found=answering(200, {"messages": [AGAIN, ANSWER, HELLO]}),
            absent=answering(200, {"messages": [ANSWER | {"id": "8", "text": "Another"}]}),
            page=answering(200, {"messages": [AGAIN, ANSWER, HELLO]}),
            hidden=answering(200, {}),
            expired=answering(401),
            throttled=answering(429, retry_after="90"),
            wait=90.0,
        )

    @pytest.fixture
    def limits(self):
        weights = {"\U0001f600": 2, "https://acme.example/a/long/way": 10, "\xe9": 1}
        return [TextLimit(visibility="public", most=100, weights=weights)]

    @pytest.fixture
    def windows(self):
        return [Window(lasts=timedelta(hours=24))]
