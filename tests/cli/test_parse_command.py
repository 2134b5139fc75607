"""``scskit parse``: what a connector makes of a body."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from scskit.cli.parsing import LINE, described
from scskit.core.errors import PayloadInvalid
from scskit.plugins import (
    Attachment,
    Author,
    Connector,
    ConnectorSpec,
    Deletion,
    Edit,
    Message,
    Receipt,
    Signal,
    Unreadable,
    hookimpl,
)
from scskit.plugins.registry import load_registry

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANA = Author(external_id="42", handle="ana")


class Lines(Connector):
    """Reads one JSON string per line, and knows two other words."""

    def verify(self, request):
        """Believe everything."""

    def parse(self, request):
        """Read the lines."""
        if request.body == b"broken":
            raise PayloadInvalid("the body is not JSON")
        return [_read(line) for line in request.body.decode().splitlines()]


def _read(line):
    if line == "bad":
        return Unreadable(reason="found 'bad', expected a text", payload="bad")
    return Message(
        account="acme", external_id=line, author=ANA, posted_at=NOON, text=json.loads(line)
    )


class Mute(Connector):
    """Reads nothing."""


class Plugin:
    """Offers both."""

    name = "lines"

    @hookimpl
    def scskit_connectors(self):
        """Answer them."""
        yield ConnectorSpec(name="lines", connector=Lines(), capabilities={"webhook"})
        yield ConnectorSpec(name="mute", connector=Mute(), capabilities=())


@pytest.fixture
def parsed(here, tmp_path, monkeypatch):
    """Run ``scskit parse`` with the plugin above, on a file with this body."""
    registry = load_registry([Plugin()], discover=False)
    monkeypatch.setattr("scskit.cli.parsing.load_registry_for", lambda _: registry)

    def run(body, network="lines"):
        (tmp_path / "body").write_bytes(body)
        return here("parse", network, "body")

    return run


def test_one_line_per_item(parsed):
    """Each item of a body is one line of JSON that always has the same keys."""
    found = parsed(b'"Hola"\n"Adi\xc3\xb3s"\n')
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert found.exit_code == 0
    assert [line["text"] for line in lines] == ["Hola", "Adiós"]
    assert all(line.keys() == LINE.keys() for line in lines)


def test_half_an_emoji_is_printed_as_it_came(parsed):
    """A text that a network cut through an emoji is printed, in JSON that programs can read."""
    found = parsed(rb'"Hola \ud83d"')
    assert json.loads(found.stdout)["text"] == "Hola \ud83d"


def test_what_cannot_be_read_stands_beside_the_rest(parsed):
    """One bad item is told as such, and costs neither the others nor the exit code."""
    found = parsed(b'"Hola"\nbad\n')
    kinds = [json.loads(line)["kind"] for line in found.stdout.splitlines()]
    assert (found.exit_code, kinds) == (0, ["post", "unreadable"])


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"broken", "the body is not JSON"), (b"bad", "nothing in it can be read: found 'bad'")],
)
def test_nothing_readable_is_an_error(parsed, body, message):
    """Where nothing can be read, people are told why and programs see exit code 1."""
    found = parsed(body)
    assert found.exit_code == 1
    assert message in found.stderr


def test_an_unknown_network_is_answered_with_those_there_are(parsed):
    """Whoever mistypes a network sees the names that are installed."""
    found = parsed(b"", network="linse")
    assert found.exit_code == 2
    assert found.stderr == "NETWORK: found 'linse'; allowed: lines, mute\n"


def test_a_network_that_takes_no_webhooks_says_so(parsed):
    """A connector that reads no bodies is not asked to."""
    found = parsed(b"", network="mute")
    assert found.exit_code == 1
    assert "does not declare 'webhook'" in found.stderr


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            Message(
                account="acme",
                external_id="7",
                author=ANA,
                posted_at=NOON,
                kind="direct_message",
                visibility="private",
                direction="outbound",
                attachments=(Attachment(kind="image", url="https://x/1.png"),),
            ),
            {
                "external_id": "7",
                "author_id": "42",
                "visibility": "private",
                "is_echo": True,
                "kind": "direct_message",
                "event": "message",
                "posted_at": "2026-03-02T12:00:00Z",
                "attachments": [{"type": "image", "url": "https://x/1.png"}],
            },
        ),
        (
            Message(
                account="acme",
                external_id="7",
                author=Author(external_id=""),
                posted_at=NOON,
                text="Hola",
                extra={"event": "mention"},
            ),
            {
                "external_id": "7",
                "text": "Hola",
                "visibility": "public",
                "kind": "post",
                "event": "mention",
                "posted_at": "2026-03-02T12:00:00Z",
            },
        ),
        (
            Edit(account="acme", target="7", edited_at=NOON, text="Hola!"),
            {
                "text": "Hola!",
                "kind": "edit",
                "event": "edit",
                "target_external_id": "7",
                "posted_at": "2026-03-02T12:00:00Z",
            },
        ),
        (
            Deletion(
                account="acme",
                target="7",
                deleted_at=NOON,
                author=ANA,
                direction="outbound",
                visibility="private",
            ),
            {
                "author_id": ANA.external_id,
                "visibility": "private",
                "is_echo": True,
                "kind": "deletion",
                "event": "delete",
                "target_external_id": "7",
                "posted_at": "2026-03-02T12:00:00Z",
            },
        ),
        (
            Receipt(account="acme", target="7", status="failed", at=NOON, detail="no such user"),
            {
                "kind": "receipt",
                "event": "status:failed",
                "target_external_id": "7",
                "posted_at": "2026-03-02T12:00:00Z",
            },
        ),
        (
            Receipt(account="acme", target="7", status="read", at=NOON, event="read"),
            {
                "kind": "receipt",
                "event": "read",
                "target_external_id": "7",
                "posted_at": "2026-03-02T12:00:00Z",
            },
        ),
        (
            Signal(account="acme", event="reaction", at=NOON, target="7", author=ANA),
            {
                "author_id": "42",
                "kind": "signal",
                "event": "reaction",
                "target_external_id": "7",
                "posted_at": "2026-03-02T12:00:00Z",
            },
        ),
        (
            Signal(account="acme", event="hide", at=NOON, detail={"is_echo": True}),
            {
                "is_echo": True,
                "kind": "signal",
                "event": "hide",
                "posted_at": "2026-03-02T12:00:00Z",
            },
        ),
        (
            Unreadable(reason="no id", payload={}),
            {"text": "no id", "kind": "unreadable", "event": "unreadable"},
        ),
    ],
)
def test_each_kind_of_item_says_what_it_is(item, expected):
    """Every kind of item is told in the same words, whichever network it came from."""
    assert described(item) == {**LINE, **expected}


def test_a_connector_that_answers_something_else_is_named():
    """An answer that is no item is a mistake of the connector, and told by its type."""
    with pytest.raises(TypeError, match="may not answer type"):
        described(Message)
