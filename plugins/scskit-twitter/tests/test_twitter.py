from datetime import UTC, datetime

from scskit import Author, Message, open_desk
from scskit.plugins.registry import load_registry


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


def test_it_is_found_and_promises_nothing_it_cannot_do():
    """The installed package is loaded by its entry point and declares no capability yet."""
    registry = load_registry(strict=True)
    assert registry.connectors["twitter"].capabilities == frozenset()
    assert "scskit-twitter" in {plugin.distribution for plugin in registry.plugins}
