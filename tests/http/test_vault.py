"""A file of tokens: one renewal at a time, and nothing half kept."""

import stat

import pytest

from scskit.core.errors import RetryLater, StoreError
from scskit.http.vault import Vault


@pytest.fixture
def path(tmp_path):
    """Say where the file is."""
    return tmp_path / "tokens"


def keep(vault, key, **content):
    with vault.renewing(key) as renewal:
        renewal.keep(content)


def test_what_is_kept_is_there_for_all(path):
    """Another process reads what this one kept, by key."""
    assert Vault(path).read("a") == {}
    assert not path.exists()
    keep(Vault(path), "a", token="1")
    keep(Vault(path), "b", token="2")
    keep(Vault(path), "a", token="3")
    assert (Vault(path).read("a"), Vault(path).read("b")) == ({"token": "3"}, {"token": "2"})


def test_a_renewal_that_fails_keeps_nothing(path):
    """What was there stays as it was, also where nothing new was told."""
    keep(Vault(path), "a", token="1")

    def fail():
        with Vault(path).renewing("a") as renewal:
            renewal.keep({"token": "2"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with Vault(path).renewing("a") as renewal:
        assert renewal.content == {"token": "1"}
    assert Vault(path).read("a") == {"token": "1"}


def test_one_renews_at_a_time(path):
    """Who comes second is told to come back, reads what was there, and nobody waits."""
    keep(Vault(path), "a", token="1")
    with Vault(path).renewing("a") as renewal:
        with pytest.raises(RetryLater) as caught, Vault(path).renewing("a"):
            pytest.fail("two renew at once")
        assert caught.value.retry_after == 2.0
        assert Vault(path).read("a") == {"token": "1"}
        renewal.keep({"token": "2"})
    with Vault(path).renewing("a") as renewal:
        assert renewal.content == {"token": "2"}


def test_nobody_else_may_read_it(path):
    """The file is its owner's alone from the moment that it is there."""
    with Vault(path).renewing("a"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_will_not_do_is_told(path):
    """A file that holds something else, or cannot be there, is named in one line."""
    path.write_bytes(b"no such format" * 100)
    with pytest.raises(StoreError, match=r"file is not a database \(.*tokens\)"):
        Vault(path).read("a")
    nowhere = path.parent / "nowhere" / "tokens"
    with (
        pytest.raises(StoreError, match=r"cannot write .*tokens: No such"),
        Vault(nowhere).renewing("a"),
    ):
        pytest.fail("it was written nowhere")
