"""Both connectors keep the contract of connectors. Bodies are made up; the shapes are Meta's."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

import scskit_facebook
from scskit.http.signing import sign
from scskit.plugins import Outbound
from scskit.testing import ConnectorContract
from scskit.testing.contract import Answers, Bodies, TextLimit, Window

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ANA = {"id": "7001", "name": "Ana Ruiz"}
START = int(NOW.timestamp()) - 600


def body(kind, second=0, **lists):
    entry = {"id": "100", "time": START + second, **lists}
    return json.dumps({"object": kind, "entry": [entry]}).encode()


def event(kind, second=0, *, own=False, **content):
    ends = [{"id": "7001"}, {"id": "100"}]
    sender, recipient = reversed(ends) if own else ends
    at = (START + second) * 1000
    found = {"sender": sender, "recipient": recipient, "timestamp": at, **content}
    return body(kind, second, messaging=[found])


def comment(second=0, **given):
    value = {
        "item": "comment",
        "verb": "add",
        "from": ANA,
        "post_id": "100_1",
        "comment_id": "1_5",
        "parent_id": "100_1",
        "message": "Where is my parcel?",
        "created_time": START + second,
        **given,
    }
    return body("page", second, changes=[{"field": "feed", "value": value}])


def join(bodies):
    read = [json.loads(content) for content in bodies]
    entries = [entry for one in read for entry in one["entry"]]
    return json.dumps({"object": read[0]["object"], "entry": entries}).encode()


def answering(code, content, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(code, json=content, headers=named)


class OnMeta(ConnectorContract):
    """What both networks have in common."""

    network = ""

    @pytest.fixture
    def plugin(self):
        """Give the package."""
        return scskit_facebook

    @pytest.fixture
    def spec(self, registry):
        """Choose one of its connectors."""
        return registry.connectors[self.network]

    @pytest.fixture
    def settings(self, secrets):
        """Know a page and an Instagram account."""
        token = "EAA-t0ken-81"
        page = {"page_id": "100", "token": token, "human_agent": True}
        photos = {"instagram_id": "100", "token": token, "human_agent": True}
        return {
            "facebook": {
                "secrets": list(secrets),
                "accounts": {"facebook.acme": page},
                "instagram_accounts": {"instagram.acme": photos},
            }
        }

    @pytest.fixture
    def now(self):
        """Stand ten minutes after the first message."""
        return NOW

    @pytest.fixture
    def sign(self):
        """Sign as Meta does."""
        return lambda content, secret: {"X-Hub-Signature-256": sign(content, secret)}

    @pytest.fixture
    def windows(self):
        """Close after a day for machines, after a week for people and private replies."""
        day, week = timedelta(hours=24), timedelta(days=7)
        return [
            Window(lasts=day, automated=True),
            Window(lasts=week),
            Window(lasts=week, of="public"),
        ]

    @pytest.fixture
    def public(self):
        """Answer a comment."""
        return self.outbound("public", thread="100_1", in_reply_to="1_5")

    @pytest.fixture
    def private(self):
        """Answer in the conversation."""
        return self.outbound("private", thread="7001", recipient="7001")

    def outbound(self, visibility, **given):
        """Make an answer."""
        account = f"{self.network}.acme"
        return Outbound(
            id=f"o-{visibility}",
            case_id="c1",
            account=account,
            text="On its way!",
            visibility=visibility,
            created_at=NOW,
            **given,
        )

    @pytest.fixture
    def answers(self):
        """Answer as the Graph API does."""
        expired = {"error": {"code": 190, "error_subcode": 463, "message": "expired"}}
        throttled = {"error": {"code": 4, "message": "Application request limit reached"}}
        return Answers(
            sent=answering(200, {"id": "m_9", "message_id": "m_9", "recipient_id": "7001"}),
            found=self.listing("On its way!"),
            absent=self.listing("On its way, soon!"),
            page=self.kept,
            hidden=answering(200, {"success": True}),
            expired=answering(401, expired),
            throttled=answering(429, throttled, retry_after="90"),
            wait=90.0,
        )

    def kept(self, request):
        """List what stands on the page, or in its conversations."""
        times = [f"{NOW - timedelta(minutes=n):%Y-%m-%dT%H:%M:%S+0000}" for n in (1, 2)]
        said = [
            {"id": f"9_{at}", "from": ANA, "message": "Hi", "created_time": at, "timestamp": at}
            for at in times
        ]
        edge = "messages" if request.url.path.endswith("/conversations") else "comments"
        above = {"id": "100_9", "created_time": times[1], "timestamp": times[1]}
        return httpx.Response(200, json={"data": [above | {edge: {"data": said}}]})

    def listing(self, text):
        """List comments, or the messages of conversations."""
        at = NOW.strftime("%Y-%m-%dT%H:%M:%S+0000")
        said = {"id": "m_9", "from": {"id": "100"}, "message": text, "created_time": at}

        def answer(request):
            within = {"messages": {"data": [said]}}
            private = request.url.path.endswith("/conversations")
            return httpx.Response(200, json={"data": [within if private else said]})

        return answer


class TestMessenger(OnMeta):
    """The conversations of a page."""

    network = "facebook"
    kind = "page"

    @pytest.fixture
    def bodies(self):
        """Tell of a question, an answer, and what becomes of both."""
        kind = self.kind
        gone = {"mid": "m_1", "is_deleted": True}
        answer = {"mid": "m_9", "text": "On its way!", "is_echo": True}
        receipts = {"read": event(kind, 50, read={"mid": "m_9"})}
        if kind == "page":  # Instagram does not tell when a message arrived
            receipts["delivered"] = event(kind, 40, delivery={"mids": ["m_9"]})
        revised = {"mid": "m_1", "text": "Where are my parcels?", "num_edit": 1}
        return Bodies(
            message=event(kind, message={"mid": "m_1", "text": "Where is my parcel?"}),
            another=event(kind, 60, message={"mid": "m_2", "text": "Hello?"}),
            edit=event(kind, 30, message_edit=revised),
            deletion=event(kind, 30, message=gone),
            echo=event(kind, 20, own=True, message=answer),
            receipts=receipts,
            unknown=event(kind, 70, hologram={"id": "9"}),
            malformed=event(kind, 70, message="no object"),
            join=join,
        )

    @pytest.fixture
    def outbounds(self, public, private):
        """Answer in private first: that is what comes back."""
        return [private, public]

    @pytest.fixture
    def limits(self):
        """Count characters."""
        weights = {"\U0001f600": 1, "https://acme.example/a/long/way": 31, "\xe9": 1}
        return [
            TextLimit(visibility="private", most=2000, weights=weights),
            TextLimit(visibility="public", most=8000, weights=weights),
        ]


class TestInstagram(TestMessenger):
    """Instagram's direct messages, which are shorter and measured in bytes."""

    network = "instagram"
    kind = "instagram"

    @pytest.fixture
    def limits(self):
        """Count bytes in private, characters in public."""
        link = {"https://acme.example/a/long/way": 31}
        return [
            TextLimit(visibility="private", most=1000, weights={"\U0001f600": 4, "\xe9": 2} | link),
            TextLimit(visibility="public", most=2200, weights={"\U0001f600": 1, "\xe9": 1} | link),
        ]


class TestFeed(TestMessenger):
    """The comments on a page; receipts there are about the page's conversations."""

    @pytest.fixture
    def bodies(self):
        """Tell of a comment, an answer, and what becomes of both."""
        own = {"from": {"id": "100", "name": "Acme"}, "parent_id": "1_5", "comment_id": "m_9"}
        asked = {"mid": "m_1", "text": "Where is my parcel?"}
        told = {"mid": "m_2", "text": "On its way!", "is_echo": True}
        return Bodies(
            message=comment(),
            another=comment(60, comment_id="1_6", message="Hello?"),
            edit=comment(30, verb="edited", message="Where are my parcels?"),
            deletion=comment(30, verb="remove"),
            echo=comment(20, message="On its way!", **own),
            answered=(event("page", message=asked), event("page", 20, own=True, message=told)),
            receipts={"delivered": event("page", 40, delivery={"mids": ["m_2"]})},
            unknown=comment(70, item="hologram"),
            malformed=comment(70, comment_id=""),
            join=join,
        )

    @pytest.fixture
    def outbounds(self, public, private):
        """Answer in public first: that is what comes back."""
        return [public, private]
