import json
from datetime import UTC, datetime, timedelta

import pytest

from scskit import Author, Message, open_desk
from scskit.core.errors import ConfigError
from scskit.http.signing import sign
from scskit.plugins import Draft, WebhookRequest
from scskit.plugins.registry import load_registry
from scskit.plugins.specs import unwritten
from scskit.testing import FakeClock
from scskit_facebook import scskit_check_reply, scskit_connectors
from scskit_facebook.config import read_config
from scskit_facebook.connector import FacebookConnector

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_ids_of_two_pages_are_two_identities(tmp_path, network):
    """The same page-scoped id on two pages is never taken for the same person."""
    with open_desk(tmp_path / "desk.db") as desk:
        messages = [
            Message(
                account=f"{network}.{page}",
                external_id="1",
                author=Author(external_id="42"),
                posted_at=datetime.now(UTC),
                text="Hello?",
            )
            for page in ("shop", "help")
        ]
        cases = [desk.cases.get(case) for case in desk.ingest(messages).cases]
    assert len({case.identity_id for case in cases}) == len(cases)


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_it_is_found_and_keeps_what_it_promises(network):
    """The installed package offers both networks and has all that they declare."""
    registry = load_registry(strict=True)
    spec = registry.connectors[network]
    assert {"webhook", "reply_public", "reply_private", "find_sent"} <= spec.capabilities
    assert unwritten(spec) == ()
    assert "scskit-facebook" in {plugin.distribution for plugin in registry.plugins}


TABLE = {
    "secrets": ["s3cret"],
    "verify_token": "word",
    "accounts": {"page": {"page_id": "100"}},
    "instagram_accounts": {"photos": {"instagram_id": "178", "username": "@Acme"}},
}


def connectors():
    return {spec.name: spec.connector for spec in scskit_connectors({"facebook": TABLE})}


def test_the_desk_file_names_the_accounts_of_both_networks():
    """What comes in belongs to the account with Meta's id, at whichever address Meta was told."""
    item = {
        "sender": {"id": "7"},
        "recipient": {"id": "100"},
        "message": {"mid": "m", "text": "Hi"},
    }
    for kind, id_, account in (("page", "100", "page"), ("instagram", "178", "photos")):
        body = json.dumps({"object": kind, "entry": [{"id": id_, "messaging": [item]}]}).encode()
        request = WebhookRequest(method="POST", received_at=NOW, body=body)
        found = {name: one.parse(request) for name, one in connectors().items()}
        accounts = {name: [message.account for message in read] for name, read in found.items()}
        assert accounts == {"facebook": [account], "instagram": [account]}


def test_a_network_without_accounts_is_left_to_its_own_address():
    """A desk of pages alone is not filled with what an app is told of Instagram besides."""
    body = {"object": "instagram", "entry": [{"id": "178", "changes": [{"field": "comments"}]}]}
    request = WebhookRequest(method="POST", received_at=NOW, body=json.dumps(body).encode())
    for table in (TABLE | {"instagram_accounts": {}}, {}):
        read = {
            spec.name: spec.connector.parse(request)
            for spec in scskit_connectors({"facebook": table})
        }
        assert (read["facebook"], len(read["instagram"])) == ([], 1)


def test_a_page_that_nobody_configured_is_put_aside():
    """What is about an unknown page is kept with its reason, to be handed in again."""
    body = {"object": "page", "entry": [{"id": "101", "changes": [{"field": "feed"}]}]}
    request = WebhookRequest(method="POST", received_at=NOW, body=json.dumps(body).encode())
    (found,) = connectors()["facebook"].parse(request)
    assert found.reason == "no account has page id 101"
    assert found.payload["entry"][0]["id"] == "101"


def test_handshake_and_signature_are_metas():
    """Both connectors answer the handshake and check the signature with the desk's secrets."""
    query = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": "word"}
    for connector in connectors().values():
        asked = WebhookRequest(method="GET", received_at=NOW, query=query)
        assert connector.handshake(asked).body == b"42"
        headers = {"X-Hub-Signature-256": sign(b"{}", "s3cret")}
        connector.verify(
            WebhookRequest(method="POST", received_at=NOW, headers=headers, body=b"{}")
        )


@pytest.mark.parametrize(
    ("table", "key"), [("accounts", "page_id"), ("instagram_accounts", "instagram_id")]
)
def test_two_accounts_never_share_a_page(table, key):
    """A page that two accounts claim is refused at opening, by its path."""
    with pytest.raises(ConfigError, match=rf'plugins\.facebook\.{table}\."b"\.{key}: found "1"'):
        read_config({table: {name: {key: "1"} for name in ("a", "b")}})


def test_own_words_open_no_case_and_answer_one(tmp_path):
    """A customer's comment opens a case; the page's post opens none, its answer belongs to one."""
    comment = {"item": "comment", "verb": "add", "post_id": "100_1", "created_time": 1793600000}
    ana = comment | {"from": {"id": "7"}, "comment_id": "1_5", "message": "Where is it?"}
    own = {"from": {"id": "100"}}
    answer = comment | own | {"comment_id": "1_6", "parent_id": "1_5", "message": "Coming!"}
    post = own | {"item": "status", "verb": "add", "post_id": "100_2", "message": "Sale!"}
    changes = [{"field": "feed", "value": value} for value in (ana, answer, post)]
    body = {"object": "page", "entry": [{"id": "100", "time": 1793600000, "changes": changes}]}
    request = WebhookRequest(method="POST", received_at=NOW, body=json.dumps(body).encode())
    items = FacebookConnector().parse(request)
    with open_desk(tmp_path / "desk.db", clock=FakeClock(NOW)) as desk:
        report, again = desk.ingest(items), desk.ingest(items)
        (case,) = (desk.cases.get(id_) for id_ in report.cases)
    assert [report.counts["applied"], again.counts["duplicate"]] == [3, 3]
    assert (case.inbound_count, case.outbound_count) == (1, 1)


@pytest.fixture
def case(tmp_path):
    """Open a case with one message."""
    desks = []

    def make(visibility, network="facebook"):
        desk = open_desk(tmp_path / f"{visibility}.db")
        desks.append(desk)
        message = Message(
            account=f"{network}.page",
            external_id="m1",
            author=Author(external_id="42"),
            posted_at=NOW,
            kind="direct_message" if visibility == "private" else "comment",
            visibility=visibility,
            text="Hello?",
        )
        return desk.cases.get(desk.ingest([message]).cases[0])

    yield make
    for desk in desks:
        desk.close()


@pytest.mark.parametrize(
    ("visibility", "after", "given", "codes"),
    [
        ("private", timedelta(hours=23), {"automated": True}, []),
        ("private", timedelta(hours=24), {"automated": True}, ["window"]),
        ("private", timedelta(hours=24), {}, []),
        ("private", timedelta(days=7), {}, ["window"]),
        ("public", timedelta(days=8), {"visibility": "public"}, []),
        ("public", timedelta(days=6), {}, []),
        ("public", timedelta(days=7), {}, ["window"]),
    ],
)
def test_a_reply_that_meta_would_refuse_is_stopped(case, visibility, after, given, codes):
    """A machine has 24 hours in a conversation, a person seven days; so has a private reply."""
    opened = case(visibility)
    draft = Draft(case_id=opened.id, text="Sorry!", **{"visibility": "private", **given})
    assert [v.code for v in scskit_check_reply(draft, opened, NOW + after)] == codes


def test_other_networks_are_left_to_others(case):
    """What goes to another network is not checked by Meta's rules."""
    opened = case("private", "acme")
    draft = Draft(case_id=opened.id, text="x" * 9000, visibility="private")
    assert scskit_check_reply(draft, opened, NOW + timedelta(days=30)) == ()
