from datetime import UTC, datetime

from scskit import Author, Message, open_desk
from scskit.plugins.registry import load_registry


def test_one_person_is_one_identity_on_all_numbers(tmp_path):
    """Somebody who writes to two numbers of the business is one identity, in two cases."""
    with open_desk(tmp_path / "desk.db") as desk:
        messages = [
            Message(
                account=account,
                external_id="wamid.1",
                author=Author(external_id="34600000000"),
                posted_at=datetime.now(UTC),
                kind="direct_message",
                visibility="private",
                text="Hello?",
            )
            for account in ("whatsapp.sales", "whatsapp.care")
        ]
        cases = [desk.cases.get(case) for case in desk.ingest(messages).cases]
    assert [case.identity_id for case in cases] == ["whatsapp::34600000000"] * len(cases)


def test_it_is_found_and_promises_nothing_it_cannot_do():
    """The installed package is loaded by its entry point and declares no capability yet."""
    registry = load_registry(strict=True)
    assert registry.connectors["whatsapp"].capabilities == frozenset()
    assert "scskit-whatsapp" in {plugin.distribution for plugin in registry.plugins}
