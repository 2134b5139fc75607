"""Values that hooks are asked about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scskit.core.case import Case
from scskit.core.identity import Author, Identity
from scskit.core.interaction import Message
from scskit.core.reply import Draft, Outbound

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def now():
    """Give the present instant."""
    return NOW


@pytest.fixture(scope="session")
def message():
    """Make messages: ``message("text", ...)``."""

    def make(text="Where is my card?", **given):
        author = given.pop("author", Author(external_id="u1", handle="ana"))
        return Message(
            **{
                "account": "brand",
                "external_id": "m1",
                "author": author,
                "posted_at": NOW,
                "text": text,
                **given,
            }
        )

    return make


@pytest.fixture
def identity():
    """Give the person who wrote."""
    return Identity(
        id="acme::u1", network="acme", scope="", external_id="u1", handle="ana", first_seen_at=NOW
    )


@pytest.fixture
def case():
    """Give that person's case."""
    return Case(
        id="c1",
        version=1,
        state="new",
        account_id="brand",
        thread_id="brand:t1",
        identity_id="acme::u1",
        visibility="public",
        opened_at=NOW,
        updated_at=NOW,
        policy_version="p1",
    )


@pytest.fixture
def draft():
    """Give a reply in the making."""
    return Draft(case_id="c1", text="It is on its way.")


@pytest.fixture
def outbound():
    """Give a reply on its way out."""
    return Outbound(
        id="o1",
        case_id="c1",
        account="brand",
        text="It is on its way.",
        visibility="public",
        created_at=NOW,
    )
