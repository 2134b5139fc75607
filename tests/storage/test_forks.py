"""A desk that was opened before a fork: each process works with what is its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scskit.testing import message

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

BEGIN = """
import os, sys
from scskit import open_desk
from scskit.core.errors import StoreError
from scskit.testing import InstantNetwork, message

network = InstantNetwork()
desk = open_desk(sys.argv[1], discover=False, plugins=[network.plugin("twitter")])

def ingest(*names):
    return desk.ingest([message(external_id=n, by=n, thread=n) for n in names])

def forked(work):
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}")
    sys.stdout.flush()
    os._exit(0)
"""


def run(script, *arguments):
    """Run a program, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_a_child_writes_stays_when_the_parent_closes(database_url, open_at, verify_all):
    """A server that opens a desk, forks its workers and closes takes nothing away from them."""
    script = """
ingest("before")
heard, told = os.pipe()
answered, answer = os.pipe()

def work():
    ingest("first")
    os.write(told, b".")
    os.read(answered, 1)
    ingest("second", "third")

child = forked(work)
os.read(heard, 1)
desk.close()
os.write(answer, b".")
os.waitpid(child, 0)
"""
    assert run(script, database_url) == []
    desk = open_at(database_url)
    names = ("before", "first", "second", "third")
    report = desk.ingest([message(external_id=n, by=n, thread=n) for n in names])
    assert [outcome.state for outcome in report.outcomes] == ["duplicate"] * 4
    assert verify_all(desk).problems == []


def test_a_child_that_closes_what_it_was_given_disturbs_nobody(database_url):
    """It may close a desk that it has never used: the parent's connections stay."""
    script = """
ingest("before")
os.waitpid(forked(desk.close), 0)
print(ingest("after").counts["applied"])
"""
    assert run(script, database_url) == ["1"]


def test_a_file_in_use_at_a_fork_is_refused_to_the_child(database_url, tmp_path):
    """Where SQLite's locks would be wrong, a child is told so and writes nothing."""
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps its locks in its server")
    script = """
ingest("before")
with desk._services.store.read():
    for work in (lambda: ingest("child"), lambda: open_desk(sys.argv[1], discover=False)):
        os.waitpid(forked(work), 0)
os.waitpid(forked(lambda: print(ingest("child").counts["applied"])), 0)
"""
    first, second, third = run(script, database_url)
    assert first == second
    assert "was in use when this process was forked" in first
    assert third == "1"


def test_a_child_does_not_wait_for_who_is_not_there(database_url):
    """A fork in the middle of another thread's call leaves nobody standing in line for ever."""
    script = """
from threading import Event, Thread
from scskit import hookimpl

class Slow:
    asked, answer = Event(), Event()

    @hookimpl
    def scskit_classify(self, interactions):
        self.asked.set()
        self.answer.wait(30)
        return [() for _ in interactions]

desk.close()
desk = open_desk(sys.argv[1], discover=False, plugins=[Slow()])
caller = Thread(target=ingest, args=("parent",))
caller.start()
Slow.asked.wait()

def work():
    Slow.answer = Event()
    Slow.answer.set()
    print(ingest("child").counts["applied"])

os.waitpid(forked(work), 0)
Slow.answer.set()
caller.join()
print(ingest("parent").counts["duplicate"])
"""
    child, parent = run(script, database_url)
    refused = "was in use when this process was forked"
    assert refused in child if database_url.startswith("sqlite") else child == "1"
    assert parent == "1"


def test_replies_leave_from_a_child_too(database_url):
    """An outbox that has run before a fork runs after it, with threads of its own."""
    script = """
def ask(*names):
    for case in ingest(*names).cases:
        desk.replies.send(case, "Hello", by="agent:ana")

ask(*map(str, range(20)))
desk.outbox.run()
ask(*map(str, range(20, 40)))
os.waitpid(forked(lambda: print(desk.outbox.run().states["sent"])), 0)
"""
    assert run(script, database_url) == ["20"]


def test_a_child_talks_to_networks_over_connections_of_its_own(database_url):
    """Two processes that write into one connection would get each other's answers."""
    script = """
import httpx
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

callers = []

class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        callers.append(self.client_address[1])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
Thread(target=server.serve_forever, daemon=True).start()

def ask():
    yield httpx.Request("GET", f"http://127.0.0.1:{server.server_port}/")

flows = desk._services.flows
flows.run(ask())
os.waitpid(forked(lambda: flows.run(ask())), 0)
os.waitpid(forked(flows.close), 0)
flows.run(ask())
parent, child, again = callers
print(parent == again, parent == child)
"""
    assert run(script, database_url) == ["True False"]
