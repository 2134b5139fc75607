"""kill -9 while networks push: what was acknowledged is there, and the rest comes again."""

# ruff: noqa: S311, T201  when to kill is up to chance, and the seed is printed

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from threading import Timer

import httpx
import pytest
from sqlalchemy import create_engine, text

from scskit import open_desk
from scskit.http.signing import sign
from scskit.storage.database import parse_url

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9"),
]

SECRET = "hush-0815"
DESK_FILE = f"""
[desk]
tenant = "acme"

[plugins.twitter]
secrets = ["{SECRET}"]
accounts."twitter.acme".user_id = "100"
"""
DELIVERIES = 300
LARGEST = 5
SENDERS = 8
WORKING_SECONDS = 0.4


@pytest.fixture
def seeds(crash_rounds):
    """Give each round a seed, and say it."""
    first = int(os.environ.get("SCSKIT_CRASH_SEED") or secrets.randbelow(10**6))
    print(f"SCSKIT_CRASH_SEED={first}")
    return range(first, first + crash_rounds)


def post(number):
    """Write a post of one of seven people."""
    return {
        "id_str": str(number),
        "created_at": "Mon Nov 02 11:59:00 +0000 2026",
        "text": f"message {number}",
        "user": {"id_str": str(number % 7), "screen_name": f"person_{number % 7}"},
    }


def deliveries(random, number):
    """Write bodies of several posts, numbered from a number on."""
    bodies = []
    for _ in range(DELIVERIES):
        size = random.randint(1, LARGEST)
        posts = [post(n) for n in range(number, number + size)]
        bodies.append(json.dumps({"for_user_id": "100", "tweet_create_events": posts}).encode())
        number += size
    return bodies


@contextmanager
def serving(folder, url):
    """Serve; give the process and the address."""
    command = [sys.executable, "-m", "scskit", "serve", "--db", url, "--config", "desk.toml"]
    with subprocess.Popen(
        [*command, "--port", "0"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        said = server.stdout.readline().split()
        assert said, server.stderr.read()
        yield server, next(word for word in said if word.startswith("http:"))
        server.kill()


def send(address, bodies):
    """Send bodies one after the other; return those that were acknowledged before it broke off."""
    acknowledged = []
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        for body in bodies:
            headers = {"x-twitter-webhooks-signature": sign(body, SECRET, "base64")}
            try:
                answer = client.post("twitter", content=body, headers=headers)
            except httpx.TransportError:
                return acknowledged
            assert answer.status_code == 200, answer.text
            acknowledged.append(body)
    return acknowledged


def send_all(address, bodies):
    """Send bodies over several connections at once; return those that were acknowledged."""
    shares = [bodies[n::SENDERS] for n in range(SENDERS)]
    with ThreadPoolExecutor(SENDERS) as pool:
        done = pool.map(lambda share: send(address, share), shares)
        return {body for share in done for body in share}


def stored(url):
    """Return how often each post is in a case, after checking every row."""
    with open_desk(url, tenant="acme", discover=False) as desk:
        assert desk._services.store.verify().problems == []  # noqa: SLF001  as scskit verify does
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        inbound = connection.execute(text("SELECT sum(inbound_count) FROM scs_case")).scalar()
        posts = connection.execute(
            text("SELECT external_id FROM scs_interaction JOIN scs_case ON scs_case.id = case_id")
        )
        found = Counter(posts.scalars())
    engine.dispose()
    assert int(inbound or 0) == found.total()
    return found


def ids_in(bodies):
    """Return the ids of the posts in some bodies."""
    return {p["id_str"] for body in bodies for p in json.loads(body)["tweet_create_events"]}


def send_and_kill(folder, url, bodies, random):
    """Send bodies, and kill the server at some moment; return those that were acknowledged."""
    with serving(folder, url) as (server, address):
        timer = Timer(random.uniform(0, WORKING_SECONDS), server.kill)
        timer.start()
        done = send_all(address, bodies)
        timer.join()
    return done


@contextmanager
def working(folder, url):
    """Apply what is left to the worker, and give its process."""
    command = [sys.executable, "-m", "scskit", "worker", "--db", url, "--config", "desk.toml"]
    with subprocess.Popen([*command, "--every", "0.01"], cwd=folder) as worker:
        yield worker
        worker.kill()


def work(folder, url):
    """Apply everything that is left to the worker."""
    command = [sys.executable, "-m", "scskit", "worker", "--db", url, "--config", "desk.toml"]
    subprocess.run([*command, "--once"], cwd=folder, check=True, capture_output=True)


def test_what_is_left_to_the_worker_is_there_once(tmp_path, database_url, seeds):
    """Kill the server and the worker at any moment: what was acknowledged is applied, once."""
    (tmp_path / "desk.toml").write_text(DESK_FILE + '\n[intake]\napply = "by_worker"\n')
    bodies, acknowledged = [], set()
    for number, seed in enumerate(seeds):
        print(f"seed {seed}")
        random = Random(seed)
        bodies += deliveries(random, number * DELIVERIES * LARGEST)
        again = [body for body in bodies if body not in acknowledged or random.random() < 0.1]
        with working(tmp_path, database_url) as worker:
            # The worker needs a while to begin; the server is killed before that or after.
            timer = Timer(random.uniform(1, 3), worker.kill)
            timer.start()
            acknowledged |= send_and_kill(tmp_path, database_url, again, random)
            timer.join()
        found = stored(database_url)
        assert found.keys() <= ids_in(bodies)
        assert set(found.values()) <= {1}
        work(tmp_path, database_url)
        found = stored(database_url)
        assert ids_in(acknowledged) <= found.keys()
        assert set(found.values()) <= {1}
    with serving(tmp_path, database_url) as (_, address):
        assert send_all(address, bodies) == set(bodies)
    work(tmp_path, database_url)
    assert stored(database_url) == Counter(ids_in(bodies))


def test_what_was_acknowledged_is_there_once(tmp_path, database_url, seeds):
    """A network that sends again what was not acknowledged loses nothing and repeats nothing."""
    (tmp_path / "desk.toml").write_text(DESK_FILE)
    bodies, acknowledged = [], set()
    for number, seed in enumerate(seeds):
        print(f"seed {seed}")
        random = Random(seed)
        bodies += deliveries(random, number * DELIVERIES * LARGEST)
        # Some of what was acknowledged comes again as well: networks do that.
        again = [body for body in bodies if body not in acknowledged or random.random() < 0.1]
        acknowledged |= send_and_kill(tmp_path, database_url, again, random)
        found = stored(database_url)
        assert ids_in(acknowledged) <= found.keys()
        assert set(found.values()) <= {1}
    with serving(tmp_path, database_url) as (_, address):
        assert send_all(address, bodies) == set(bodies)
    assert stored(database_url) == Counter(ids_in(bodies))
