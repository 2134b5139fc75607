"""The package in a desk: found by itself, and right in whatever order things come."""

import json
from datetime import UTC, datetime
from itertools import permutations

import pytest

from scskit import Author, Message, open_desk
from scskit.plugins import WebhookRequest
from scskit.plugins.registry import load_registry
from scskit.plugins.specs import unwritten

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
FIRST, SECOND = "2080765813578191303", "2080765900000000000"


@pytest.fixture
def spec():
    """X, as the installed package offers it."""
    return load_registry(strict=True).connectors["twitter"]


def mention(text, version, *versions):
    post = {
        "id": version,
        "author_id": "42",
        "text": text,
        "edit_history_tweet_ids": [*versions, version],
        "conversation_id": FIRST,
    }
    event = {"event_type": "post.mention.create", "filter": {"user_id": "100"}, "payload": post}
    body = json.dumps({"data": event}).encode()
    return WebhookRequest(method="POST", received_at=NOW, body=body)


def test_one_person_is_one_identity_on_all_accounts(tmp_path):
    """Somebody who writes to two accounts of the brand on X is one identity, in two cases."""
    with open_desk(tmp_path / "desk.db") as desk:
        messages = [
            Message(
                account=account,
                external_id="1",
                author=Author(external_id="42", handle="ana"),
                posted_at=datetime.now(UTC),
                text="Hello?",
            )
            for account in ("twitter.acme", "twitter.acme_help")
        ]
        cases = [desk.cases.get(case) for case in desk.ingest(messages).cases]
    assert [case.identity_id for case in cases] == ["twitter::42", "twitter::42"]


def test_it_is_found_and_keeps_what_it_promises(spec):
    """The installed package is loaded by its entry point; what it declares is written."""
    assert unwritten(spec) == ()
    assert {"webhook", "fetch", "reply_public", "reply_private", "find_sent"} <= spec.capabilities


@pytest.mark.parametrize("order", [*permutations(range(3)), (1,), (1, 1)])
def test_an_edited_post_is_one_message_with_its_last_text(spec, tmp_path, order):
    """The case holds one message with the newest text seen, also where only the edit was seen."""
    requests = [
        mention("where is my parcel", FIRST),
        mention("where is my PARCEL?", SECOND, FIRST),
        mention("where is my PARCEL?", SECOND, FIRST),
    ]
    with open_desk(tmp_path / "desk.db") as desk:
        reports = [desk.ingest(spec.connector.parse(requests[number])) for number in order]
        case = desk.cases.get(reports[0].cases[0])
        (entry,) = [e for e in desk.cases.timeline(case.id) if e.interaction]
    assert (case.inbound_count, entry.interaction.text) == (1, "where is my PARCEL?")


def test_a_page_without_authors_opens_no_case_for_nobody(spec, tmp_path):
    """Where it is not known who wrote, messages are kept aside and not all given to one person."""
    body = json.dumps({"data": [{"id": "1", "text": "Hi"}], "meta": {}}).encode()
    request = WebhookRequest(method="POST", received_at=NOW, body=body)
    with open_desk(tmp_path / "desk.db") as desk:
        report = desk.ingest(spec.connector.parse(request))
    assert report.cases == ()
    assert report.counts["quarantined"] == 1
