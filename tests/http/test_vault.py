"""A file of tokens: one renewal at a time, and nothing half kept."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from threading import Event, Thread

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


def test_what_was_renewed_is_kept_also_while_somebody_reads(path):
    """A reader who is not done when the renewal ends makes it wait, and costs no token."""
    keep(Vault(path), "a", token="1")
    reads = Event()

    def read_for_a_while():
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT * FROM vault").fetchall()
            reads.set()
            Event().wait(0.3)

    reader = Thread(target=read_for_a_while)
    with Vault(path).renewing("a") as renewal:
        renewal.keep({"token": "2"})
        reader.start()
        reads.wait()
    reader.join()
    assert Vault(path).read("a") == {"token": "2"}


RENEW = """
import sys
from pathlib import Path
from scskit.http.vault import Busy, Vault
try:
    with Vault(Path(sys.argv[1])).renewing("a"):
        print("alone")
except Busy:
    print("busy")
"""


def test_other_processes_see_who_renews(path):
    """Also after others of the same process have tried: closing a file gives up its locks."""

    def elsewhere():
        command = [sys.executable, "-c", RENEW, str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with Vault(path).renewing("a"):
        with pytest.raises(RetryLater), Vault(path).renewing("a"):
            pytest.fail("two renew at once")
        assert Vault(path).read("a") == {}
        assert elsewhere() == "busy"
    assert elsewhere() == "alone"


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
