"""Desks on fake networks on which everything goes wrong, in the network's own time."""

# ruff: noqa: D102, S311  what a network does its class says; what happens is up to chance

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from random import Random

import httpx
import pytest
import tomli_w

import scskit_facebook
import scskit_twitter
import scskit_whatsapp
from scskit import open_desk
from scskit.core.outbound import ARRIVED
from scskit.testing import FakeClock
from scskit.testing.network import Faults
from scskit_facebook.fake import FakeFacebook
from scskit_twitter.fake import FakeX
from scskit_whatsapp.fake import FakeWhatsApp

PEOPLE = 4
RATES = {
    "duplicate": 0.2,
    "reorder": 0.2,
    "batch": 0.3,
    "drop_and_redeliver": 0.15,
    "receipt_before_response": 0.2,
    "echo_before_response": 0.2,
    "rate_limited": 0.08,
    "server_error": 0.08,
    "accept_then_timeout": 0.1,
    "accept_then_error": 0.05,
    "timeout_before_accept": 0.08,
    "expired_token": 0.05,
    "clock_skew": 0.1,
}


class World:
    """A network, a desk on it, and what was said.

    Attributes:
        network: the fake network.
        said: by reply, its text, in the order in which they were queued.
    """

    plugin = None
    connector = ""
    asks_back = True
    """Whether the network can be asked what arrived."""

    def __init__(self, folder, seed, rates=RATES):
        """Open a desk on a network on which things go wrong."""
        self.random = Random(seed)
        self.network = self.make(seed, Faults(seed, **rates))
        self.folder = folder
        self.said = {}
        self.led = set()
        self.set_up()
        self.open()

    def make(self, seed, faults):
        raise NotImplementedError

    def set_up(self):
        """Bring the brand onto the network."""
        self.network.account("acme")

    def asks(self, person, text):
        """Let somebody ask."""
        raise NotImplementedError

    def open(self):
        """Open the desk, as a process would."""
        config = self.folder / "desk.toml"
        # So much goes wrong here that a dozen looks may fail one after the other.
        patience = {"most_attempts": 100}
        told = {"desk": {"tenant": "acme"}, "replies": patience, **self.network.settings()}
        config.write_bytes(tomli_w.dumps(told).encode())
        self.desk = open_desk(
            f"sqlite:///{self.folder}/desk.db",
            config,
            plugins=[self.plugin],
            discover=False,
            clock=self.network.clock,
            client=httpx.Client(transport=self.network.transport()),
            synchronous="NORMAL",
        )
        self.deliver()

    def deliver(self):
        """Let the desk hear what the network pushes."""
        self.network.deliver_to(lambda request: self.desk.webhook(self.connector, request))

    # What happens.

    def live(self, turns):
        """Let things happen by chance: people ask, agents answer, time passes, workers work."""
        happens = (self.ask, self.answer, self.work, self.hear, self.restart)
        for self.turn in range(turns):
            self.random.choices(happens, (4, 6, 4, 4, 0.3))[0]()
            self.network.clock.advance(timedelta(seconds=self.random.choice((0, 1, 5, 30))))

    def ask(self):
        """Let somebody ask."""
        self.asks(f"person{self.random.randrange(PEOPLE)}", f"Question {self.turn}?")

    def answer(self):
        """Answer some case; sometimes twice, as a client does that has heard nothing."""
        cases = self.desk.cases.find(limit=50).cases
        if not cases:
            return
        case = self.random.choice(cases)
        text, visibility = f"Answer {self.turn} to you.", None
        if case.visibility == "public" and case.id not in self.led and self.random.random() < 0.3:
            self.led.add(case.id)  # networks let one private answer to a public word pass
            visibility = "private"
        for _ in range(self.random.choice((1, 1, 2))):
            reply = self.desk.replies.send(
                case.id, text, by="agent:ana", visibility=visibility, key=f"key-{self.turn}"
            )
        self.said[reply.id] = text

    def work(self):
        """Send what is ready."""
        self.desk.outbox.run(concurrency=self.random.choice((1, 1, 4)))

    def hear(self):
        """Let the network push what is due."""
        self.network.deliveries.pump()

    def restart(self):
        """Let another process go on."""
        self.desk.close()
        self.open()

    def settle(self):
        """Let time pass until nothing more happens by itself."""
        for _ in range(2000):
            self.desk.outbox.run(concurrency=1)
            self.network.deliveries.pump()
            nexts = [self.desk.outbox.next_ready(), self.network.deliveries.next_due()]
            instants = [one for one in nexts if one is not None]
            if not instants:
                return
            self.network.clock.jump_to(max(min(instants), self.network.clock.now()))
        pytest.fail("it never came to rest")

    # What must hold.

    def standing(self):
        """Return the texts of ours that stand on the network, in order."""
        ours = set(self.said.values())
        return [sent.text for sent in self.network if sent.text in ours]

    def require_once(self):
        """Every reply stands there once; unknown is only what the network cannot tell of."""
        found = Counter(self.standing())
        assert not [text for text, count in found.items() if count > 1], found
        for reply_id, text in self.said.items():
            state = self.desk.replies.get(reply_id).state
            tried = self.tried(reply_id)
            if state == "unknown":
                assert not self.asks_back, tried
                assert found[text] == 0, (text, tried)
            else:
                assert state in ARRIVED, (text, state, tried)
                assert found[text] == 1, (text, state, tried)

    def tried(self, reply_id):
        """Return what came of each attempt at a reply."""
        parts = self.desk.replies.parts(reply_id)
        return [
            (a.outcome, a.detail[-150:]) for p in parts for a in self.desk.replies.attempts(p.id)
        ]

    def require_order(self):
        """What was said first in a conversation stands first in it."""
        lanes = defaultdict(list)
        place = {}
        for reply_id, text in self.said.items():
            (part,) = self.desk.replies.parts(reply_id)
            lanes[part.lane].append(text)
            place[text] = part.lane
        stood = defaultdict(list)
        for text in self.standing():
            stood[place[text]].append(text)
        for lane, texts in lanes.items():
            assert stood[lane] == [text for text in texts if text in stood[lane]]

    def require_told(self):
        """Every message is in its case once, and every row is what its events say."""
        shown = Counter()
        for case in self.desk.cases.find(limit=500).cases:
            messages = self.desk.cases.interactions(case.id)
            # X puts the names of those who are answered before what it shows.
            ours = (m.text.find("Answer") for m in messages)
            shown.update(m.text[at:] for m, at in zip(messages, ours, strict=True) if at >= 0)
        assert shown == Counter(self.standing())
        assert self.desk._services.store.verify().problems == []  # noqa: SLF001  as scskit verify
        assert not self.desk.intake.quarantined()


class X(World):
    """X: posts and direct messages."""

    plugin, connector = scskit_twitter, "twitter"

    def set_up(self):
        self.network.account("twitter.acme")

    def make(self, seed, faults):
        return FakeX(seed=seed, clock=FakeClock(), faults=faults)

    def asks(self, person, text):
        customer = self.network.customer(person)
        if self.random.random() < 0.5:
            customer.posts(f"@acme {text}")
        else:
            customer.writes(text)


class Facebook(World):
    """A page with its Messenger."""

    plugin, connector, kind = scskit_facebook, "facebook", ""

    def make(self, seed, faults):
        return FakeFacebook(seed=seed, clock=FakeClock(), faults=faults)

    def set_up(self):
        name = ("acme", self.kind) if self.kind else ("acme",)
        self.place = self.network.account(*name)
        self.posts = [self.place.posts(f"Look {n}") for n in range(2)]

    def deliver(self):
        of = "instagram" if self.kind else "page"
        self.network.deliver_to(lambda r: self.desk.webhook(self.connector, r), of=of)

    def asks(self, person, text):
        customer = self.network.customer(person)
        if self.random.random() < 0.5:
            customer.comments(on=self.random.choice(self.posts), text=text)
        else:
            customer.writes(text, to=self.place)


class Instagram(Facebook):
    """A professional account on Instagram."""

    connector, kind = "instagram", "instagram"


class WhatsApp(World):
    """A number on WhatsApp: nobody can ask it, but it tells of all that it took."""

    plugin, connector, asks_back = scskit_whatsapp, "whatsapp", False

    def make(self, seed, faults):
        return FakeWhatsApp(seed=seed, clock=FakeClock(), faults=faults)

    def asks(self, person, text):
        self.network.customer(person).writes(text)


WORLDS = {"x": X, "facebook": Facebook, "instagram": Instagram, "whatsapp": WhatsApp}


@pytest.fixture(params=WORLDS)
def world_of(request, tmp_path):
    """Make worlds of each network, each with a folder of its own."""
    made = []

    def make(seed, **given):
        folder = tmp_path / str(seed)
        folder.mkdir()
        made.append(WORLDS[request.param](folder, seed, **given))
        return made[-1]

    yield make
    for world in made:
        world.desk.close()
