"""A desk for each test, on both databases."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import create_engine, make_url, text

from scskit import Account, Policy, hookimpl, open_desk
from scskit.core.agent import Agent, Queue
from scskit.core.match import When
from scskit.core.policy import Reason, ReasonTree, RoutingRule
from scskit.testing import START, FakeClock, SequentialIds


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request, tmp_path_factory):
    """Name one database for all tests here: each has a tenant, so they also see nobody else."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('desk')}/desk.db"
        return
    server = request.getfixturevalue("postgres_server_url")
    name = f"scskit_test_{secrets.token_hex(6)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def clock():
    """Stand an hour after the time at which messages are posted unless told otherwise."""
    return FakeClock(START + timedelta(hours=1))


_tenants = count(1)


@pytest.fixture
def open_here(database_url, clock, request):
    """Open desks on this test's database, for this test's tenant unless told otherwise."""
    ours = f"{re.sub('[^a-z_]', '', request.node.originalname)}-{next(_tenants)}"
    desks = []

    def open_(config=None, *, tenant=ours, plugins=(), **parts):
        # These tests do not cut the power.
        given = {"synchronous": "NORMAL", "discover": False, "clock": clock}
        given["ids"] = SequentialIds(len(desks))
        desk = open_desk(database_url, config, tenant=tenant, plugins=plugins, **(given | parts))
        desks.append(desk)
        return desk

    yield open_
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(open_here):
    """Open a desk without any rules: everybody is answered, in one queue."""
    return open_here()


POLICY = Policy(
    accounts={
        name: Account(id=name, network=name.partition(".")[0], handle="acme", **scope)
        for name, scope in {
            "twitter.acme": {"identity_scope": "network"},
            "twitter.acme_mx": {"identity_scope": "network"},
            "facebook.acme": {"identity_scope": "account"},
            "facebook.acme_mx": {"identity_scope": "account"},
        }.items()
    },
    queues={name: Queue(name=name, team=f"team-{name}") for name in ("inbox", "billing", "legal")},
    default_queue="inbox",
    agents={
        "ana": Agent(name="ana", level=2),
        "ben": Agent(name="ben", level=1),
    },
    reasons=ReasonTree(
        {
            "billing": Reason(id="billing", impact="high", urgency="low", keywords=("invoice",)),
            "billing.refund": Reason(id="billing.refund", priority="P1", keywords=("refund",)),
            "delivery": Reason(id="delivery", keywords=("parcel",)),
        }
    ),
    routing=(RoutingRule(name="money", when=When(reason=("billing*",)), queue="billing"),),
)


@pytest.fixture
def policy():
    """Give a policy with accounts of both scopes, three queues, two agents and some reasons."""
    return POLICY


class Hooks:
    """A plugin whose hooks a test sets, and may set otherwise later."""

    def __init__(self):
        """Say nothing."""
        self.match = self.engage = self.route = self.classify = self.identify = self.seen = None

    @hookimpl
    def scskit_match_case(self, interaction, candidates):
        """Ask the test."""
        return self.match(interaction, candidates) if self.match else None

    @hookimpl
    def scskit_engage(self, interaction, labels, identity):
        """Ask the test."""
        return self.engage(interaction, labels, identity) if self.engage else None

    @hookimpl
    def scskit_route(self, case, queues):
        """Ask the test."""
        return self.route(case, queues) if self.route else None

    @hookimpl
    def scskit_classify(self, interactions):
        """Ask the test."""
        return self.classify(interactions) if self.classify else None

    @hookimpl
    def scskit_identify(self, identity):
        """Ask the test."""
        return self.identify(identity) if self.identify else None

    @hookimpl
    def scskit_on_events(self, events):
        """Ask the test."""
        if self.seen:
            self.seen(events)


@pytest.fixture
def hooks():
    """Give a plugin that says nothing until a test sets one of its attributes."""
    return Hooks()


@pytest.fixture
def logged():
    """Read the types of a case's events, or those that follow a version."""

    def read(desk, case, after=0):
        return [recorded.event for recorded in desk.cases.log(case.id)][after:]

    return read
