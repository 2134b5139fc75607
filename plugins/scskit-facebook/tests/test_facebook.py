from datetime import UTC, datetime

import pytest

from scskit import Author, Message, open_desk
from scskit.plugins.registry import load_registry


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


def test_it_is_found_and_promises_nothing_it_cannot_do():
    """The installed package offers both networks and declares no capability yet."""
    registry = load_registry(strict=True)
    for network in ("facebook", "instagram"):
        assert registry.connectors[network].capabilities == frozenset()
    assert "scskit-facebook" in {plugin.distribution for plugin in registry.plugins}
