import pytest

from scskit.core.errors import ConfigError
from scskit.plugins import Secret, read_settings
from scskit_meta.config import MetaSettings


def test_secrets_are_read_and_hidden():
    """What the desk file says is there, and shown to nobody."""
    settings = read_settings(
        {"secrets": ["s1", "s2"], "verify_token": "t"}, MetaSettings, "plugins.x"
    )
    assert settings.secrets == (Secret("s1"), Secret("s2"))
    assert settings.proving is None
    assert "s1" not in repr(settings)


def test_a_proof_is_made_with_the_newest_secret():
    """During a rotation, requests prove to know the newest secret."""
    settings = read_settings(
        {"secrets": ["new", "old"], "prove_secret": True}, MetaSettings, "plugins.x"
    )
    assert settings.proving == Secret("new")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("base_url", "http://graph.facebook.com"),
        ("base_url", "https://graph.facebook.com/"),
        ("base_url", "https://"),
        ("base_url", "http://[broken"),
        ("api_version", "23"),
        ("api_version", "v23"),
        ("secret", "s"),
    ],
)
def test_every_mistake_is_named_by_its_path(key, value):
    """A token never travels in the clear because somebody forgot an s."""
    with pytest.raises(ConfigError, match=rf"plugins\.x.*{key}|plugins\.x.*secrets"):
        read_settings({key: value}, MetaSettings, "plugins.x")


def test_a_fake_on_this_machine_needs_no_certificate():
    """For tests, http is taken where nothing leaves the machine."""
    assert read_settings({"base_url": "http://127.0.0.1:8080"}, MetaSettings, "plugins.x")
