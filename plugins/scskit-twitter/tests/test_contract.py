"""X keeps the contract of all connectors. Bodies are made up; the shapes are X's."""

import json
from datetime import UTC, datetime

import httpx
import pytest

import scskit_twitter
from scskit.http.signing import sign
from scskit.plugins import Outbound
from scskit.testing import ConnectorContract
from scskit.testing.contract import Answers, Bodies, TextLimit

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ANA = {"id": "42", "username": "ana", "name": "Ana Ruiz"}
FIRST, REVISED, ANSWER, SECOND = (f"170000000000000000{number}" for number in (1, 2, 3, 4))


def body(event_type, payload):
    event = {"filter": {"user_id": "100"}, "event_type": event_type, "payload": payload}
    return json.dumps({"data": [event | {"includes": {"users": [ANA]}}]}).encode()


def post(id_=FIRST, minute=50, **given):
    return {
        "id": id_,
        "author_id": "42",
        "text": "@acme where is my parcel?",
        "created_at": f"2026-11-02T11:{minute}:00.000Z",
        "conversation_id": FIRST,
        **given,
    }


def direct(id_, second, sender, recipient, text):
    created = {
        "target": {"recipient_id": recipient},
        "sender_id": sender,
        "message_data": {"text": text},
    }
    at = str((int(NOW.timestamp()) - 600 + second) * 1000)
    found = {
        "type": "message_create",
        "id": id_,
        "created_timestamp": at,
        "message_create": created,
    }
    return body("dm.received", {"direct_message_events": [found]})


def join(bodies):
    events = [event for content in bodies for event in json.loads(content)["data"]]
    return json.dumps({"data": events}).encode()


def answering(code, content, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(code, json=content, headers=named)


def outbound(visibility, **given):
    return Outbound(
        id=f"o-{visibility}",
        case_id="c1",
        account="acme",
        text="On its way!",
        visibility=visibility,
        created_at=NOW,
        **given,
    )


def own(**given):
    return {
        "id": ANSWER,
        "text": "@ana On its way!",
        "author_id": "100",
        "created_at": "2026-11-02T12:00:01.000Z",
        "referenced_posts": [{"type": "replied_to", "id": FIRST}],
        **given,
    }


class TestX(ConnectorContract):
    """The Activity API by webhook, and version 2 for everything else."""

    @pytest.fixture
    def plugin(self):
        """Give the package."""
        return scskit_twitter

    @pytest.fixture
    def settings(self, secrets):
        """Know one account."""
        acme = {"user_id": "100", "handle": "acme", "token": "t0ken-81", "poll": ["mentions"]}
        return {
            "twitter": {"secrets": list(secrets), "bearer": "app-81", "accounts": {"acme": acme}}
        }

    @pytest.fixture
    def now(self):
        """Stand ten minutes after the first post."""
        return NOW

    @pytest.fixture
    def sign(self):
        """Sign as X does."""
        name = "x-twitter-webhooks-signature"
        return lambda content, secret: {name: sign(content, secret, "base64")}

    @pytest.fixture
    def bodies(self):
        """Tell of a post, a reply, what becomes of both, and of a private conversation."""
        mention = "post.mention.create"
        history = {"edit_history_tweet_ids": [FIRST, REVISED]}
        replied = {"referenced_posts": [{"type": "replied_to", "id": FIRST}]}
        mark = {
            "sender_id": "42",
            "target": {"recipient_id": "100"},
            "last_read_event_id": "9002",
            "created_timestamp": str(int(NOW.timestamp()) * 1000),
        }
        return Bodies(
            message=body(mention, post()),
            another=body(mention, post(SECOND, 55, text="@acme hello?")),
            edit=body(mention, post(REVISED, 51, text="@acme where are my parcels?", **history)),
            deletion=body("post.delete", {"id": FIRST}),
            echo=body("post.create", post(ANSWER, 52, author_id="100", text="@ana Hi", **replied)),
            answered=(
                direct("9001", 0, "42", "100", "Where is my parcel?"),
                direct("9002", 20, "100", "42", "On its way!"),
            ),
            receipts={"read": body("dm.read", {"direct_message_mark_read_events": [mark]})},
            unknown=body("hologram.create", {"id": "9"}),
            malformed=body(mention, {"text": "no id"}),
            join=join,
        )

    @pytest.fixture
    def outbounds(self):
        """Reply to the post, and write to its author."""
        return [outbound("public", in_reply_to=FIRST), outbound("private", recipient="42")]

    @pytest.fixture
    def answers(self):
        """Answer as the API does."""

        def sent(request):
            message = {"dm_conversation_id": "42-100", "dm_event_id": "9002"}
            public = request.url.path == "/2/tweets"
            data = {"id": ANSWER, "text": "On its way!"} if public else message
            return httpx.Response(201, json={"data": data})

        page = {"data": [post(SECOND, 55), post()], "meta": {"result_count": 2}}
        reset = str(int(NOW.timestamp()) + 90)
        return Answers(
            sent=sent,
            found=answering(200, {"data": [own()], "meta": {}}),
            absent=answering(200, {"data": [own(text="@ana Not yet")], "meta": {}}),
            page=answering(200, page),
            hidden=lambda request: httpx.Response(200, json={"data": json.loads(request.content)}),
            expired=answering(401, {"title": "Unauthorized", "status": 401}),
            throttled=answering(
                429,
                {"title": "Too Many Requests", "status": 429},
                x_rate_limit_reset=reset,
                x_rate_limit_remaining="0",
            ),
            wait=90.0,
        )

    @pytest.fixture
    def refusals(self, spec):
        """Ask the connector itself."""
        return lambda one, _, __: spec.connector.refused(one.account, one.text, one.visibility, {})

    @pytest.fixture
    def limits(self):
        """Weigh in public, count in private."""
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        link = "https://acme.example.com/a/very/long/way/to/go"
        return [
            TextLimit(
                visibility="public",
                most=280,
                weights={"\U0001f600": 2, family: 2, link: 23, "\u4f60": 2, "\xe9": 1},
            ),
            TextLimit(
                visibility="private",
                most=10_000,
                weights={"\U0001f600": 1, family: 5, link: len(link)},
            ),
        ]
