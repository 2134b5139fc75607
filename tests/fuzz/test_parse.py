"""Bodies that nobody thought of, against every connector; longer with ``nox -s fuzz``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scskit.plugins import WebhookResponse
from scskit.testing.exchanging import every_exchange
from scskit.testing.fuzz_parse import check, load, mutate
from scskit.testing.payloads import read_bodies
from scskit_facebook.fake import FakeFacebook, FakeInstagram
from scskit_twitter.fake import FakeX
from scskit_whatsapp.fake import FakeWhatsApp

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[3] / "shared")
FAKES = {fake.name: fake for fake in (FakeFacebook, FakeInstagram, FakeX, FakeWhatsApp)}

BROKEN = '''
import json

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Connector, ConnectorSpec, hookimpl


class Broken(Connector):
    """Reads a list, and trusts what is in it."""

    def verify(self, request): ...

    def parse(self, request):
        try:
            found = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise PayloadInvalid("no JSON") from error
        if isinstance(found, dict) and isinstance(found.get("items"), list):
            return [one["id"] and [] for one in found["items"]] and []
        return []


@hookimpl
def scskit_connectors():
    yield ConnectorSpec(name="broken", connector=Broken(), capabilities={"webhook"})
'''


@pytest.fixture
def seconds(request):
    """For how long to look."""
    return request.config.getoption("--fuzz-seconds")


def bodies_of(name):
    """Let people write on a fake network, and return what it pushes."""
    network = FAKES[name](seed=1)
    account, ana = network.account("acme"), network.customer("ana")
    if hasattr(account, "posts"):
        post = account.posts("Our new shop is open!")
        comment = ana.comments(on=post, text="Where is my parcel?")
        if name == "facebook":
            comment.edited("Where are my parcels?")
    message = ana.writes("Hello?")
    account.answers(on=message, text="Hello!")
    taken = []
    network.deliveries.drain(lambda request: taken.append(request.body) or WebhookResponse())
    assert taken
    return taken


@pytest.fixture(params=sorted(FAKES))
def network(request):
    """Give each network's name."""
    return request.param


def fuzz(*arguments, cwd, **environment):
    """Look for bodies that break a connector."""
    pytest.importorskip("atheris", reason="atheris is not installed here: nox -s fuzz")
    return subprocess.run(
        [sys.executable, "-m", "scskit.testing.fuzz_parse", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def samples(folder, bodies):
    """Write bodies into a folder of their own."""
    (folder / "samples").mkdir()
    for number, body in enumerate(bodies):
        (folder / "samples" / f"{number}.json").write_bytes(body)
    return folder / "samples"


@pytest.mark.slow
def test_nothing_that_is_found_breaks_a_connector(network, tmp_path, seconds):
    """Items or a refusal, whatever comes; nothing else, and no body that takes for ever."""
    recorded = [body.content for body in read_bodies(SHARED / "payloads" / network)]
    folder = samples(tmp_path, [*bodies_of(network), *recorded])
    done = fuzz(network, "--seconds", seconds, "--samples", folder, cwd=tmp_path)
    left = [path.read_bytes() for path in tmp_path.glob("crash-*")]
    assert done.returncode == 0, f"{left}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    assert "stat::number_of_executed_units" in done.stderr


@pytest.mark.slow
def test_a_connector_that_breaks_is_found(tmp_path):
    """A missing key is found in a body that was good, and the body is kept."""
    (tmp_path / "broken.py").write_text(BROKEN)
    folder = samples(tmp_path, [b'{"items": [{"id": 1}]}'])
    search = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    options = ("--plugin", "broken", "--seconds", "60", "--samples", folder)
    done = fuzz("broken", *options, cwd=tmp_path, PYTHONPATH=search)
    assert done.returncode != 0
    assert "Uncaught Python exception" in done.stdout + done.stderr
    (kept,) = tmp_path.glob("crash-*")
    assert "items" in json.loads(kept.read_bytes())


def test_every_part_of_what_fakes_push_may_be_anything(network):
    """The plain form: each part of each body exchanged for each awkward value."""
    connector = load(network, None, None)
    for body in dict.fromkeys(bodies_of(network)):
        for value in every_exchange(json.loads(body)):
            check(connector, json.dumps(value).encode())


def test_bodies_are_made_of_bodies():
    """What is exchanged stays JSON, mostly; what is none is changed as bytes."""
    body = b'{"events": [{"type": "written", "id": 7}]}'
    made = [mutate(body, seed, lambda one, _: b"bytes" + one, 1000) for seed in range(200)]
    json_ones = [one for one in made if not one.startswith(b"bytes")]
    assert 100 < len(json_ones) < 200
    assert len(set(map(bytes, json_ones))) > 50
    assert all(json.loads(one) is not Ellipsis for one in json_ones)
    assert mutate(b"<xml/>", 1, lambda *_: b"other", 1000) == b"other"
    assert mutate(body, 3, lambda *_: b"short", 2) == b"short"
