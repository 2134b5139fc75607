"""``scskit serve``: webhooks over HTTP, from the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from scskit import open_desk
from scskit.http.signing import sign

SECRET = "hush-0815"
DESK_FILE = f"""
[desk]
tenant = "acme"

[plugins.twitter]
secrets = ["{SECRET}"]
accounts."twitter.acme".user_id = "100"
"""


@pytest.fixture
def folder(tmp_path):
    """Write a desk file."""
    (tmp_path / "desk.toml").write_text(DESK_FILE)
    return tmp_path


@contextmanager
def serving(folder, url):
    """Serve; give the process and a client."""
    command = [sys.executable, "-m", "scskit", "serve", "--db", url, "--config", "desk.toml"]
    with subprocess.Popen(
        [*command, "--port", "0"],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        said = server.stdout.readline()
        found = re.match(r"answering at (http://127.0.0.1:\d+/webhooks/) for .*twitter", said)
        assert found, server.stderr.read()
        try:
            with httpx.Client(base_url=found[1], trust_env=False, timeout=30) as client:
                yield server, client
        finally:
            server.kill()


def delivery(number):
    """Sign a post that mentions us."""
    post = {
        "id_str": str(number),
        "created_at": "Mon Nov 02 11:59:00 +0000 2026",
        "text": f"message {number}",
        "user": {"id_str": "42", "screen_name": "ana"},
    }
    body = json.dumps({"for_user_id": "100", "tweet_create_events": [post]}).encode()
    signature = sign(body, SECRET, "base64")
    return {"content": body, "headers": {"x-twitter-webhooks-signature": signature}}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_what_is_pushed_becomes_cases_until_it_is_told_to_stop(folder, database_url, name):
    """Deliveries and handshakes are answered; a server that is asked to ends in order."""
    with serving(folder, database_url) as (server, client):
        assert client.post("twitter", **delivery(1)).status_code == 200
        unsigned = {**delivery(2), "headers": {}}
        assert client.post("twitter", **unsigned).status_code == 401
        checked = client.get("twitter", params={"crc_token": "bm9uY2UtMTIzNDU2Nzg5MA"})
        assert checked.json()["response_token"].startswith("sha256=")
        assert client.get("nobody").status_code == 404
        assert client.get("/").status_code == 404
        server.send_signal(getattr(signal, name))
        out, err = server.communicate(timeout=60)
    assert (server.returncode, out) == (0, "")
    assert "outcome='signature_refused'" in err
    assert SECRET not in err
    assert "crc_token" not in err
    with open_desk(database_url, tenant="acme", discover=False) as desk:
        (case,) = desk.cases.find().cases
        assert [m.external_id for m in desk.cases.interactions(case.id)] == ["1"]


def test_a_delivery_under_way_is_finished(folder, sqlite_url):
    """Who has begun to send when the server stops still gets an answer, and it is true."""
    with serving(folder, sqlite_url) as (server, client):
        sent = delivery(1)
        address = (client.base_url.host, client.base_url.port)
        with socket.create_connection(address, timeout=30) as connection:
            named = {"host": "us", "content-length": len(sent["content"]), **sent["headers"]}
            head = "POST /webhooks/twitter HTTP/1.1\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in named.items())
            connection.sendall(head.encode() + b"\r\n" + sent["content"][:10])
            assert client.get("nobody").status_code == 404  # it is at work
            server.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.5)
            connection.sendall(sent["content"][10:])
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert server.wait(60) == 0
    with open_desk(sqlite_url, tenant="acme", discover=False) as desk:
        assert len(desk.cases.find().cases) == 1


def test_a_port_that_is_taken_is_named(here, folder):
    """A server that cannot listen says where and why, and makes no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = here("serve", "--db", "a.db", "--config", "desk.toml", "--port", port)
    assert found.exit_code == 2
    assert f"--port {port}: cannot listen there" in found.output


def test_without_the_extra_it_says_what_to_install(here, folder, monkeypatch):
    """Who has installed scskit without a server hears how to get one."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    found = here("serve", "--db", "a.db")
    assert found.exit_code == 2
    assert "pip install 'scskit[serve]'" in found.output


def test_without_a_connector_there_is_nothing_to_serve(here, folder, monkeypatch):
    """A server that could answer nobody does not start."""
    monkeypatch.setattr("scskit.plugins.loading.metadata.entry_points", lambda **_: ())
    found = here("serve", "--db", "a.db", "--port", "0")
    assert found.exit_code == 2
    assert "no connector takes webhooks; installed connectors: none" in found.output
