"""kill -9 while replies are queued and sent: each stands on the network once, in its order.

The network is reached over real HTTP, outlives whoever is killed, and counts what stands on it. It
is X, Facebook or Instagram, which can be asked what arrived, or WhatsApp, which cannot, but tells
of all that it took.
"""

# ruff: noqa: S311, T201  when to kill is up to chance, and the seed is printed

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic, sleep

import pytest
import tomli_w

from scskit import open_desk
from scskit.core.outbound import ARRIVED
from scskit.testing.network import FollowingClock
from scskit_facebook.fake import FakeFacebook
from scskit_twitter.fake import FakeX
from scskit_whatsapp.fake import FakeWhatsApp

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor kill -9"),
]

SCRIPT = Path(__file__).parent / "send_replies.py"
PEOPLE = 12
NEW = 6
"""So many replies are new for each process that is killed."""

WORKING_SECONDS = 0.8
PATIENCE = 180
REPLIES = {"lease": "6s", "look_after": "1s", "repeat_within": "0s"}
"""A lease that nobody alive outlives here, and that need not be waited for very long."""


class X(FakeX):
    """X without its limits, which would have a test wait for quarters of an hour."""

    account_name, asks_back = "twitter.acme", True

    def limit(self, call):
        """Let everybody ask as often as they like."""

    def asks(self, person, number):
        """Let somebody ask, in public or in private."""
        if number % 2:
            self.customer(person).writes("Where is my parcel?")
        else:
            self.customer(person).posts("@acme where is my parcel?")


class WhatsApp(FakeWhatsApp):
    """WhatsApp."""

    account_name, asks_back = "acme", False

    def asks(self, person, number):  # noqa: ARG002  there is only one way
        """Let somebody ask."""
        self.customer(person).writes("Where is my parcel?")


class Facebook(FakeFacebook):
    """A page with its Messenger, without limits."""

    account_name, asks_back = "acme", True

    def limit(self, call):
        """Let everybody ask as often as they like."""

    def asks(self, person, number):
        """Let somebody ask, beneath a post or in private."""
        place, customer = self.account(self.account_name), self.customer(person)
        if number % 2:
            customer.writes("Where is my parcel?", to=place)
        else:
            customer.comments(on=place.posts(f"News {number}"), text="Where is my parcel?")


class Instagram(Facebook):
    """A professional account on Instagram."""

    name, kind = "instagram", "instagram"


NETWORKS = {"x": X, "whatsapp": WhatsApp, "facebook": Facebook, "instagram": Instagram}
ONCE = {("facebook", "sqlite"), ("instagram", "postgres")}
"""What a short run leaves out: Meta's other two networks are each on one database in it."""

SHORT = 2
"""So many rounds are a short run."""


def pytest_generate_tests(metafunc):
    """Run each network on each database; in a short run some on one alone."""
    if "network" not in metafunc.fixturenames:
        return
    short = metafunc.config.getoption("--crash-rounds") <= SHORT
    pairs = [
        (network, database)
        for network in NETWORKS
        for database in ("sqlite", "postgres")
        if not short or (network, database) not in ONCE
    ]
    metafunc.parametrize(("network", "database_url"), pairs, indirect=True)


@pytest.fixture
def seed():
    """Say by what it can be repeated."""
    found = int(os.environ.get("SCSKIT_CRASH_SEED") or secrets.randbelow(10**6))
    print(f"SCSKIT_CRASH_SEED={found}")
    return found


@pytest.fixture
def network(request, seed):
    """Serve a network over HTTP, whose clock is the machine's."""
    made = NETWORKS[request.param](seed=seed, clock=FollowingClock())
    made.account(made.account_name)
    with made.serve() as served:
        made.url = served.url
        yield made


@pytest.fixture
def database_url(request):
    """Name an empty database."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def config(network, tmp_path):
    """Write the desk file."""
    path = tmp_path / "desk.toml"
    told = {"desk": {"tenant": "acme"}, "replies": REPLIES, **network.settings(network.url)}
    path.write_bytes(tomli_w.dumps(told).encode())
    return path


@pytest.fixture
def desk(network, config, database_url):
    """Open the desk that hears what the network pushes; nobody kills it, and it sends nothing."""
    with open_desk(database_url, config) as desk:
        network.deliver_to(lambda request: desk.webhook(network.name, request))
        yield desk


@pytest.fixture
def start(database_url, config, tmp_path):
    """Start processes that queue and send."""
    numbers = count()
    with subprocess.Popen(
        [sys.executable, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:

        def begin(replies):
            number = next(numbers)
            given, said = tmp_path / f"{number}.given", tmp_path / f"{number}.said"
            lines = ("\t".join((*reply,)) for reply in replies)
            given.write_text("\n".join(lines), encoding="utf-8")
            parent.stdin.write(f"{database_url}\t{config}\t{given}\t{said}\n")
            parent.stdin.flush()
            return Victim(int(parent.stdout.readline()), said)

        yield begin
        parent.stdin.close()


class Victim:
    """A process that will be killed."""

    def __init__(self, pid, output):
        """Know it by its number, and by what it says."""
        self.pid, self.output = pid, output

    def kill(self, after):
        """Kill it so many seconds after it has begun to work."""
        until = monotonic() + PATIENCE
        while "opened" not in self.said():
            assert monotonic() < until, "it does not open"
            sleep(0.002)
        sleep(after)
        self.end()
        assert "failed" not in self.said(), self.said()

    def end(self):
        """Kill it, and wait until it is gone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
            while True:
                os.kill(self.pid, 0)
                sleep(0.001)

    def said(self):
        """Return what it has said so far; it may not have come to say anything."""
        return self.output.read_text("utf-8") if self.output.exists() else ""


class Talk:
    """What is to be said, in which case, with which key."""

    def __init__(self, cases, random):
        """Begin with nothing said."""
        self.cases, self.random = cases, random
        self.all = []

    def more(self, share, shares):
        """Think of some more replies, in the cases of which nobody else speaks meanwhile."""
        new = []
        for _ in range(NEW):
            number = len(self.all)
            case = self.random.choice(self.cases[share::shares])
            new.append((case, f"key-{number}", f"Answer {number} to your question."))
            self.all.append(new[-1])
        return new


@pytest.fixture
def pushing(network, desk):
    """Let the network push by itself, as long as the test lasts."""
    ending = Event()

    def push():
        while not ending.wait(0.02):
            network.deliveries.pump()

    thread = Thread(target=push)
    thread.start()
    yield
    ending.set()
    thread.join()


def cases_of(network, desk):
    """Let people ask, and return their cases."""
    for number in range(PEOPLE):
        network.asks(f"person{number}", number)
    until = monotonic() + PATIENCE
    while len(cases := desk.cases.find(limit=100).cases) < PEOPLE:
        assert monotonic() < until, "not everybody was heard"
        sleep(0.05)
    return sorted(case.id for case in cases)


def settle(network, desk):
    """Go on until nothing is left to do; whoever died has to be waited for."""
    until = monotonic() + PATIENCE
    while monotonic() < until:
        ready = desk.outbox.run().next_ready
        network.deliveries.pump()
        if ready is None and network.deliveries.next_due() is None:
            return
        sleep(0.05)
    pytest.fail("it never came to rest")


def require_once(network, desk, talk, replies):
    """Check that every reply stands there once, or nobody can know; and none twice."""
    stands = Counter(sent.text for sent in network)
    assert set(stands.values()) <= {1}, stands
    assert stands.keys() <= {text for _, _, text in talk.all}
    for (_, _, text), reply in zip(talk.all, replies, strict=True):
        state = desk.replies.get(reply.id).state
        if state == "unknown":
            assert not network.asks_back
            assert stands[text] == 0
        else:
            assert (state in ARRIVED, stands[text]) == (True, 1), (text, state)


def require_order(network, talk, replies):
    """Check that each conversation has its replies in the order in which they were queued."""
    order = {text: reply.id for (_, _, text), reply in zip(talk.all, replies, strict=True)}
    case_of = {text: case for case, _, text in talk.all}
    found = defaultdict(list)
    for sent in network:
        found[case_of[sent.text]].append(order[sent.text])
    assert all(ids == sorted(ids) for ids in found.values()), found


def require_told(desk, talk, network):
    """Check that each case shows what stands on the network, once, and every row is right."""
    shown = Counter()
    for case in desk.cases.find(limit=100).cases:
        replies = desk.replies.of(case.id)
        assert len(replies) == sum(1 for id_, _, _ in talk.all if id_ == case.id)
        messages = desk.cases.interactions(case.id)
        # X puts the names of those who are answered before what it shows.
        ours = [m.text[m.text.index("Answer") :] for m in messages if m.direction == "outbound"]
        shown.update(ours)
    assert shown == Counter(sent.text for sent in network)
    assert desk._services.store.verify().problems == []  # noqa: SLF001  as scskit verify does


@pytest.mark.usefixtures("pushing")
def test_killed_processes_send_nothing_twice_and_lose_nothing(  # noqa: PLR0913, PLR0917  the parts
    network, desk, database_url, start, seed, crash_rounds
):
    """Whenever a process dies, what it was to say is said once, and calls may be made again."""
    random = Random(seed)
    together = 4 if database_url.startswith("postgresql") else 1
    talk = Talk(cases_of(network, desk), random)
    alive = {}
    for _ in range(crash_rounds):
        for share in set(range(together)) - alive.keys():
            alive[share] = start(talk.more(share, together))
        victim = alive.pop(random.randrange(together))
        victim.kill(random.uniform(0, WORKING_SECONDS))
    for victim in alive.values():
        victim.kill(0)
    # Whoever called knows of no answer, so calls again, and each key stands for one reply.
    replies = [desk.replies.send(c, text, by="agent:ana", key=key) for c, key, text in talk.all]
    settle(network, desk)
    require_once(network, desk, talk, replies)
    require_order(network, talk, replies)
    require_told(desk, talk, network)
