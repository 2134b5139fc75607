"""``scskit stream``: what a network goes on saying, from the command line, on a fake X."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import tomli_w

from scskit import open_desk
from scskit.testing.network import FollowingClock
from scskit_twitter.fake import FakeX


@pytest.fixture
def x():
    """Give a fake X that lives in the machine's time."""
    network = FakeX(seed=3, clock=FollowingClock(), heartbeat=0.05)
    network.account("twitter.acme")
    return network


@pytest.fixture
def folder(x, tmp_path):
    """Serve it, and write the desk file that uses it; return where."""
    with x.serve() as served:
        config = {"desk": {"tenant": "acme"}, **x.settings(served.url)}
        (tmp_path / "desk.toml").write_bytes(tomli_w.dumps(config).encode())
        yield tmp_path


@contextmanager
def listening(folder, connector="twitter"):
    """Listen; give the process."""
    command = [sys.executable, "-m", "scskit", "stream", connector]
    with subprocess.Popen(
        [*command, "--db", "desk.db", "--config", "desk.toml"],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline() == f"listening to {connector}\n", process.stderr.read()
            yield process
        finally:
            process.kill()


def until(happened):
    """Wait until something has happened."""
    for _ in range(3000):
        if found := happened():
            return found
        time.sleep(0.01)
    pytest.fail("it did not happen in half a minute")


def stored(folder):
    """Return how many messages of customers are in cases."""
    with open_desk(folder / "desk.db", tenant="acme", discover=False) as desk:
        return sum(case.inbound_count for case in desk.cases.find(limit=1000).cases)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_what_is_said_becomes_cases_also_after_a_broken_connection(x, folder, name):
    """X hangs up, the connection is opened again, and what was said meanwhile comes too."""
    with listening(folder) as process:
        until(lambda: x.streams)
        x.customer("ana").posts("@acme one")
        until(lambda: stored(folder) == 1)
        x.hang_up()
        until(lambda: not x.streams)
        x.customer("ana").posts("@acme two, while nobody listened")
        until(lambda: stored(folder) == 2)
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "stream ended" in err
    assert x.app.bearer_token not in err


@pytest.mark.crash
def test_killed_at_any_moment_it_loses_nothing(x, folder, crash_rounds):
    """Whoever comes back asks for the last minutes again; each message is there once."""
    written = 0
    for _ in range(crash_rounds):
        with listening(folder) as process:
            until(lambda: x.streams)
            for _ in range(40):
                x.customer(f"person{written % 7}").posts(f"@acme question {written}")
                written += 1
            time.sleep(x.random.random() / 10)
            process.kill()
        until(lambda: not x.streams)
    with listening(folder):
        until(lambda: stored(folder) >= written)
    assert stored(folder) == written


@pytest.mark.parametrize(
    ("connector", "told"),
    [("facebook", "CONNECTOR: found 'facebook'; allowed: twitter"), ("nobody", "allowed: twitter")],
)
def test_who_does_not_listen_is_told(folder, connector, told):
    """A connector that has no stream is not waited for."""
    command = [sys.executable, "-m", "scskit", "stream", connector]
    done = subprocess.run(
        [*command, "--db", "desk.db", "--config", "desk.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_a_wrong_token_ends_it(x, folder):
    """What X refuses for good is said in one line."""
    x.app = type(x.app)("key", "secret", "another", "id", "secret")
    with listening(folder) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "answered 401" in err
    assert "Traceback" not in err
