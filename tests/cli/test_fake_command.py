"""``scskit fake``: a fake network over HTTP, from the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from scskit.http.signing import signed_by

LETTERS = Path(__file__).parents[1] / "testing" / "network" / "letters.py"
HOUSE = {"authorization": "Bearer house-token"}


@pytest.fixture
def installed(tmp_path):
    """Install a made-up network, as a plugin's package would; return where."""
    (tmp_path / "letters.py").write_bytes(LETTERS.read_bytes())
    info = tmp_path / "letters-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: letters\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[scskit.fakes]\nletters = letters:Letters\nbroken = letters:nothing\nnone = json:dumps\n"
    )
    return tmp_path


def command(installed, *arguments):
    path = os.pathsep.join([str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        "args": [sys.executable, "-m", "scskit", "fake", *arguments],
        "env": {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": path},
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }


@contextmanager
def faking(installed, *arguments):
    """Serve; give the process, what it said, and a client."""
    with subprocess.Popen(**command(installed, *arguments)) as process:
        try:
            said = json.loads(process.stdout.readline())
            with httpx.Client(base_url=said["url"], trust_env=False, timeout=30) as client:
                yield process, said, client
        finally:
            process.kill()


class Taking(HTTPServer):
    """Takes deliveries, and says when one has come."""

    def __init__(self):
        """Listen."""
        super().__init__(("127.0.0.1", 0), _Taker)
        self.got, self.came = [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((body, self.headers["x-signature"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
        self.server.came.set()

    def log_message(self, *_):
        pass


@pytest.fixture
def taking():
    """Give a receiver."""
    with Taking() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_harness_starts_a_network_and_ends_it(installed, taking, name):
    """It says where it is in one line, pushes signed webhooks by itself, and ends in order."""
    arguments = ["letters", "--webhook", taking.url, "--secret", "made-up-1"]
    with faking(installed, *arguments) as (process, said, client):
        assert said["settings"] == {
            "plugins": {"letters": {"base_url": said["url"], "secret": "made-up-1"}}
        }
        steps = [{"customer": "ana"}, {"who": "ana", "does": "writes", "text": "Hello?"}]
        assert client.post("/_fake/scenario", json={"steps": steps}).status_code == 200
        assert taking.came.wait(30)
        body, signature = taking.got[0]
        assert signed_by(body, signature, ["made-up-1"])
        answered = client.post("/letters/l1/answers", json={"text": "Hi"}, headers=HOUSE)
        assert answered.status_code == 201
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_still_network_does_only_what_it_is_told(installed, taking):
    """With a clock that stands, a harness decides when a delivery comes, and how long it takes."""
    with faking(installed, "letters", "--still", "--webhook", taking.url) as (_, _, client):
        now = client.get("/_fake/state").json()["now"]
        client.post("/_fake/faults", json={"kind": "drop_and_redeliver"})
        client.post("/_fake/scenario", json={"customer": "ana"})
        client.post("/_fake/scenario", json={"who": "ana", "does": "writes", "text": "x"})
        assert client.get("/_fake/state").json()["now"] == now
        assert taking.got == []
        pushed = client.post("/_fake/deliver", json={"drain": True}).json()
        assert [attempt["status"] for attempt in pushed["attempts"]] == [None, 200]
        assert len(taking.got) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], r"NETWORK: found 'nobody'; allowed: .*letters"),
        (["broken"], "'broken' (letters:nothing) cannot be loaded"),
        (["none"], "'none' (json:dumps) is no FakeNetwork"),
    ],
)
def test_what_is_no_network_is_told(installed, arguments, told):
    """A wrong name lists those that are installed; a broken package names itself."""
    done = subprocess.run(**command(installed, *arguments), timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(part in done.stderr for part in told.split(".*"))


def test_a_taken_port_is_told(installed):
    """Who starts two on one port is told so in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            **command(installed, "letters", "--port", port), timeout=60, check=False
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--port {port}: cannot listen there" in done.stderr
