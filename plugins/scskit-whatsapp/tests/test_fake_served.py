"""The fake over real HTTP, from the command line: for harnesses in any language."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scskit.http.driver import Driver
from scskit.plugins import Outbound
from scskit.testing import FakeClock
from scskit_whatsapp.config import read_config
from scskit_whatsapp.connector import WhatsAppConnector

PACKAGE = Path(__file__).parents[1] / "pyproject.toml"


@pytest.fixture
def installed(tmp_path):
    """Install the package's entry point, whether the package is installed or not; return where."""
    names = tomllib.loads(PACKAGE.read_text())["project"]["entry-points"]["scskit.fakes"]
    info = tmp_path / "fake_whatsapp-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-whatsapp\nVersion: 1.0\n")
    lines = [f"{name} = {where}" for name, where in names.items()]
    (info / "entry_points.txt").write_text("\n".join(["[scskit.fakes]", *lines, ""]))
    return tmp_path


def test_a_harness_plays_a_life_from_the_command_line(installed):
    """``scskit fake whatsapp`` says how it is used, plays scenarios, and counts what was sent."""
    path = os.pathsep.join([str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])
    arguments = [sys.executable, "-m", "scskit", "fake", "whatsapp", "--still", "--account", "acme"]
    with subprocess.Popen(
        arguments,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            said = json.loads(process.stdout.readline())
            play(said)
        finally:
            process.kill()


def play(said):
    """Let people write by steps, answer by the connector, and look at what came of it."""
    steps = [
        {"customer": "ana"},
        {"customer": "ben", "hides_phone": True},
        {"who": "ana", "does": "writes", "text": "Hello?", "to": "acme", "as": "q"},
        {"who": "ana", "does": "reacts", "on": "q", "emoji": "👍"},
        {"who": "ben", "does": "writes", "text": "Anybody?", "as": "b"},
        {"who": "q", "does": "edited", "text": "Hello!"},
        {"who": "acme", "does": "answers", "on": "b", "text": "Yes."},
        {"who": "acme", "does": "has_template", "name": "hi", "text": "Hi {{1}}"},
    ]
    with httpx.Client(base_url=said["url"], trust_env=False, timeout=30) as web:
        made = web.post("/_fake/scenario", json={"steps": steps}).json()["made"]
        ana, ben = made[0], made[1]
        assert (ana["is"], ben["hides_phone"], ben["id"]) == ("person", True, ben["user_id"])
        connector = WhatsAppConnector(read_config(said["settings"]["plugins"]["whatsapp"]))
        driver = Driver(web, clock=FakeClock())
        receipts = [
            driver.run(connector.send(outbound(thread, number)), "whatsapp.acme")
            for number, thread in enumerate((ana["wa_id"], ben["user_id"]))
        ]
        read = {"who": "ana", "does": "reads"}
        react = {"who": "ben", "does": "reacts", "on": receipts[1].external_id}
        web.post("/_fake/scenario", json={"steps": [read, react]})
        state = web.get("/_fake/state").json()
    assert [one["id"] for one in state["sent"]] == [one.external_id for one in receipts]
    assert [one["extra"]["status"] for one in state["sent"]] == ["read", "delivered"]
    assert state["names"]["q"]["content"] == {"body": "Hello!"}
    kinds = [event["kind"] for event in state["queued"]]
    assert (kinds.count("message"), kinds.count("receipt"), kinds.count("edit")) == (4, 5, 1)
    assert kinds.count("echo") == 1


def outbound(thread, number):
    return Outbound(
        id=f"o{number}",
        case_id="c1",
        account="whatsapp.acme",
        text=f"Answer {number}",
        visibility="private",
        created_at=FakeClock().now(),
        thread=thread,
    )


TYPES = ("text", "image", "document", "template", "interactive", "reaction", "contacts", "location")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("body", "type", "name", "action", "components", "parameters", "id")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(type_=st.sampled_from(TYPES), content=ANYTHING, to=st.sampled_from(("ana", "1", "", "x")))
def test_whatever_is_sent_is_answered(whatsapp, acme, type_, content, to):
    """No body breaks the fake: it takes a message, or says what is wrong with it."""
    ana = whatsapp.customer("ana")
    ana.writes("Hello?")
    body = {"messaging_product": "whatsapp", "type": type_, type_: content}
    body["to"] = ana.wa_id if to == "ana" else to
    url = f"https://graph.facebook.com/v23.0/{acme.id}/messages"
    token = {"authorization": f"Bearer {acme.token.value}"}
    with whatsapp.client() as client:
        for given_as in ({"json": body}, {"data": {k: json.dumps(v) for k, v in body.items()}}):
            answered = client.post(url, headers=token, **given_as)
            assert answered.status_code in {200, 400, 404}
            assert ("error" in answered.json()) == (answered.status_code != 200)
