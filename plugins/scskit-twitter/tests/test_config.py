"""``[plugins.twitter]``: every mistake is told by its path."""

import pytest

from scskit.core.errors import ConfigError
from scskit_twitter import scskit_connectors
from scskit_twitter.config import read


def settings(**given):
    return {"twitter": given}


def account(**given):
    return {"accounts": {"acme": {"user_id": "100", **given}}}


def test_nothing_is_needed_to_read_bodies():
    """Without any settings there are no accounts, and names are made of X's own ids."""
    assert read({}).account_of("100") == "twitter.100"


def test_an_account_is_known_by_its_user_id():
    """With accounts, an id belongs to one of them or to none."""
    found = read(settings(**account()))
    assert (found.account_of("100"), found.account_of("7")) == ("acme", None)


def test_secrets_are_shown_nowhere():
    """A printed setting does not give away what it holds."""
    given = settings(secrets=["s3cret"], **account(token="t0ken"))
    assert "s3cret" not in repr(read(given))
    assert "t0ken" not in repr(read(given))


def test_a_secret_can_stand_in_the_environment(monkeypatch):
    """Secrets need not be written into a file."""
    monkeypatch.setenv("X_SECRET", "from outside")
    assert read(settings(secrets=["env:X_SECRET"])).revealed() == ("from outside",)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"secret": ["x"]},
            'plugins.twitter: found unknown key "secret" (did you mean "secrets"?)',
        ),
        ({"base_url": "http://api.x.com"}, "plugins.twitter: base_url: found 'http://api.x.com'"),
        ({"base_url": "https://api.x.com/"}, "no slash at the end"),
        ({"field_names": "posts"}, 'plugins.twitter.field_names: found "posts"'),
        (account(user_id="@acme"), "plugins.twitter.accounts.acme: user_id: found '@acme'"),
        (account(user_id=100), "plugins.twitter.accounts.acme.user_id: found 100; allowed: text"),
        (account(poll=["likes"]), 'plugins.twitter.accounts.acme.poll[1]: found "likes"'),
        (account(poll=["search"]), 'plugins.twitter.accounts.acme: poll has "search": say in'),
        (account(token_secret="x"), "plugins.twitter.accounts.acme: token_secret stands without"),
        (account(token="t", token_secret="x"), "takes consumer_key and secrets as well"),
        (
            {"accounts": {"a": {"user_id": "1"}, "b": {"user_id": "1"}}},
            "user_id 1 stands in more than one account",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(given, problem):
    """Who writes the file wrong reads where, what was found, and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        read(settings(**given))
    (line,) = caught.value.problems
    assert problem in line


def test_people_are_led_into_private_by_a_link_to_the_account():
    """The link names the account by X's own id; without one a direct message is left."""
    (spec,) = scskit_connectors({"twitter": {"accounts": {"twitter.acme": {"user_id": "3805"}}}})
    ways = spec.invites("twitter.acme")
    assert [(way.kind, way.link) for way in ways] == [
        ("deep_link", "https://twitter.com/messages/compose?recipient_id=3805"),
        ("direct_message", ""),
    ]
    assert [way.kind for way in spec.invites("twitter.other")] == ["direct_message"]
