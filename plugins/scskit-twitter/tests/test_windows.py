"""What X would refuse is said before anything leaves."""

import pytest

from scskit_twitter.config import AccountSettings, read
from scskit_twitter.connector import TwitterConnector
from scskit_twitter.windows import refused

ACME = AccountSettings(user_id="100")


def codes(text, visibility="public", answers=None, account=ACME):
    return [violation.code for violation in refused(text, visibility, answers or {}, account)]


@pytest.mark.parametrize(
    ("length", "account", "visibility", "expected"),
    [
        (280, ACME, "public", []),
        (281, ACME, "public", ["too-long"]),
        (25_000, AccountSettings(user_id="1", premium=True), "public", []),
        (25_001, AccountSettings(user_id="1", premium=True), "public", ["too-long"]),
        (10_000, ACME, "private", []),
        (10_001, ACME, "private", ["too-long"]),
    ],
)
def test_a_text_fits_up_to_its_very_limit(length, account, visibility, expected):
    """Posts, long posts and direct messages each have their own limit, exact to a character."""
    assert codes("x" * length, visibility, account=account) == expected


def test_how_much_too_long_is_told():
    """An agent reads by how much the text is too long, as X counts it."""
    (violation,) = refused("日" * 141, "public", {}, ACME)
    assert str(violation) == (
        "The text has 282 of 280 as X counts (links 23, emoji 2): shorten it by 2. [too-long]"
    )


def test_only_who_called_for_the_brand_is_answered_in_public():
    """Where the author neither mentioned nor quoted the account, a direct message is offered."""
    assert codes("Hi", answers={"summoned": True}) == []
    assert codes("Hi", answers={"summoned": False}) == ["not-summoned"]
    assert codes("Hi", "private", {"summoned": False}) == []


def test_a_post_that_answers_nobody_needs_no_summons():
    """The brand's own posts are free."""
    assert codes("We are back.") == []


def test_an_app_with_an_agreement_may_answer_anybody():
    """The rule is a setting, because X makes exceptions."""
    account = AccountSettings(user_id="1", replies="anybody")
    assert codes("Hi", answers={"summoned": False}, account=account) == []


def test_all_reasons_are_told_at_once():
    """Whoever mends one thing does not then learn of another."""
    assert codes("x" * 300, answers={"summoned": False}) == ["too-long", "not-summoned"]


def test_the_connector_answers_for_its_accounts():
    """A host asks by the account's name, also for one that is not configured."""
    connector = TwitterConnector(
        read({"twitter": {"accounts": {"acme": {"user_id": "100", "premium": True}}}})
    )
    assert connector.refused("acme", "x" * 281, "public", {}) == ()
    assert len(connector.refused("other", "x" * 281, "public", {})) == 1
