"""``scskit check --networks``, with networks that answer over real HTTP."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

DESK = """
[accounts."twitter.acme"]
network = "twitter"
handle = "acme"

[plugins.twitter]
base_url = "{url}"
accounts."twitter.acme" = {{ user_id = "100", handle = "acme", token = "t-good-4711" }}

[plugins.whatsapp]
base_url = "{url}"

[plugins.whatsapp.accounts."whatsapp.care"]
phone_number_id = "1111"
business_account_id = "2222"
token = "EAA-good-4711"
"""
SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]
GOOD = {
    "/2/users/me": (200, {"data": {"id": "100", "username": "acme", "name": "Acme"}}),
    "/2/dm_events": (200, {"meta": {"result_count": 0}}),
    "/debug_token": (200, {"data": {"app_id": "5", "is_valid": True, "scopes": SCOPES}}),
    "/1111": (200, {"id": "1111", "display_phone_number": "+34 600 000 000"}),
    "/2222/subscribed_apps": (200, {"data": [{"whatsapp_business_api_data": {"id": "5"}}]}),
}
EXPIRED = (401, {"title": "Unauthorized", "type": "about:blank", "status": 401})


@contextmanager
def serving(answers):
    """Serve JSON by the end of the path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.partition("?")[0]
            found = next((a for end, a in answers.items() if path.endswith(end)), (404, {}))
            body = json.dumps(found[1]).encode()
            self.send_response(found[0])
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def check(here, tmp_path):
    """Check a desk file against networks that answer like this."""

    def run(*options, **changed):
        answers = {**GOOD, **{name.replace("__", "/"): told for name, told in changed.items()}}
        with serving(answers) as url:
            (tmp_path / "desk.toml").write_text(DESK.format(url=url), encoding="utf-8")
            return here("check", "--config", "desk.toml", "--networks", *options)

    return run


def test_everything_is_fine(check, lines_of):
    """Every account is listed with what was looked at, and the exit code is 0."""
    done = check()
    assert done.exit_code == 0, done.output
    assert "twitter.acme (twitter)" in done.stdout
    assert "whatsapp.care (whatsapp)" in done.stdout
    found = lines_of(check("--json"))
    assert {(line["account"], line["what"]) for line in found} >= {
        ("twitter.acme", "token"),
        ("whatsapp.care", "permission whatsapp_business_messaging"),
        ("whatsapp.care", "subscription"),
    }
    assert {line["state"] for line in found} == {"ok"}
    assert found[0].keys() == {"account", "network", "what", "state", "detail", "remedy"}


def test_what_is_wrong_is_told_with_its_remedy(check, lines_of):
    """A token that has expired does not keep the other account from being looked at."""
    done = check(__2__users__me=EXPIRED)
    assert done.exit_code == 1
    assert "invalid  token" in done.stdout
    assert "authorise the app again" in done.stdout
    assert "+34 600 000 000" in done.stdout
    found = lines_of(check("--json", __2222__subscribed_apps=(200, {"data": []})))
    wrong = [line for line in found if line["state"] != "ok"]
    assert [(line["account"], line["what"], line["state"]) for line in wrong] == [
        ("whatsapp.care", "subscription", "missing")
    ]


def test_a_network_that_cannot_be_reached(here, tmp_path, lines_of):
    """Nobody knows whether the token is good, and nobody says that it is."""
    desk = DESK.format(url="http://127.0.0.1:9")
    (tmp_path / "desk.toml").write_text(desk, encoding="utf-8")
    done = here("check", "--networks", "--json")
    assert done.exit_code == 1
    assert {line["state"] for line in lines_of(done)} == {"unknown"}


def test_a_desk_file_with_mistakes_asks_nobody(here, tmp_path):
    """First the file, then the networks."""
    (tmp_path / "desk.toml").write_text("[desk]\ntenent = 1", encoding="utf-8")
    done = here("check", "--networks")
    assert done.exit_code == 1
    assert "tenent" in done.stderr


def test_no_account_to_ask_about(here, tmp_path):
    """An empty desk file says so instead of reporting that all is well."""
    (tmp_path / "desk.toml").write_text("", encoding="utf-8")
    done = here("check", "--networks")
    assert done.exit_code == 1
    assert "no account can be asked about; connectors that can ask: facebook, " in done.stderr


def test_no_token_is_shown(check):
    """Neither a table nor JSON nor an error quotes a token."""
    quoted = {"error": {"code": 190, "message": "Malformed access token EAA-good-4711"}}
    for options in ((), ("--json",)):
        done = check(*options, __debug_token=(400, quoted))
        assert done.exit_code == 1
        assert "4711" not in done.output
