"""``scskit check --networks``, with networks that answer over real HTTP."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
import tomli_w

from scskit_facebook.fake import FakeFacebook, FakeInstagram
from scskit_twitter.fake import FakeX
from scskit_twitter.fake.state import Subscription, Webhook
from scskit_twitter.limits import EVENTS
from scskit_whatsapp.fake import FakeWhatsApp

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


# Against the fake networks.


@pytest.fixture
def asked(here, tmp_path):
    """Check a desk file that a fake network gives for its accounts, over real HTTP."""

    def run(network):
        with network.serve() as served:
            settings = network.settings(served.url)
            (tmp_path / "desk.toml").write_bytes(tomli_w.dumps(settings).encode())
            done = here("check", "--networks", "--json")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return done.exit_code, {line["what"]: line["state"] for line in found}

    return run


@pytest.mark.parametrize("fake", [FakeFacebook, FakeInstagram, FakeWhatsApp])
def test_a_fake_of_meta_says_what_meta_says(asked, fake):
    """An account that is set up is fine; a token that has expired, or no app, is told."""
    network = fake(seed=7)
    network.account("acme")
    code, found = asked(network)
    assert (code, set(found.values())) == (0, {"ok"})
    network.faults.plan("expired_token", times=1)
    code, found = asked(network)
    assert (code, found) == (1, {"token": "invalid"})
    network.faults.plan("server_error", times=20)
    code, found = asked(network)
    assert (code, found) == (1, {"token": "unknown"})


@pytest.mark.parametrize("fake", [FakeFacebook, FakeWhatsApp])
def test_an_app_that_is_no_longer_told(asked, fake):
    """Somebody took the subscription away: no webhook comes, and nothing else tells."""
    network = fake(seed=7)
    network.account("acme")
    with network.serve() as served:
        own = network.settings(served.url)["plugins"][network.name]["accounts"].popitem()[1]
        where = own.get("business_account_id") or own.get("page_id")
        headers = {"authorization": f"Bearer {own['token']}"}
        url = f"{served.url}/v23.0/{where}/subscribed_apps"
        assert httpx.delete(url, headers=headers).json() == {"success": True}
    code, found = asked(network)
    wrong = {what for what, state in found.items() if state != "ok"}
    assert (code, wrong) == (1, {"subscription"})


def test_the_fake_of_x_says_what_x_says(asked):
    """Nothing is subscribed at first; everything is found once it is; a dead webhook is told."""
    network = FakeX(seed=7)
    acme = network.account("acme")
    code, found = asked(network)
    assert code == 1
    assert found["token"] == found["permission direct messages"] == "ok"
    assert found["webhook"] == found["subscription dm.received"] == "missing"
    hook = Webhook(id="7", url="https://desk.example/x", created_at=network.clock.now())
    network.webhooks[hook.id] = hook
    for event in EVENTS:
        now = network.clock.now()
        network.subscriptions[event] = Subscription(
            id=event,
            event_type=event,
            filter={"user_id": acme.id},
            tag="",
            webhook_id="7",
            created_at=now,
            updated_at=now,
        )
    code, found = asked(network)
    assert (code, set(found.values())) == (0, {"ok"})
    hook.valid = False
    code, found = asked(network)
    assert (code, found["webhook"], found["subscription post.create"]) == (1, "invalid", "invalid")
    network.faults.plan("expired_token", times=1)
    assert asked(network) == (1, {"token": "invalid"})
