"""Who may do what on a desk: every command and role, and the accounts that one is kept to."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
from datetime import timedelta
from functools import cached_property, partial
from itertools import count

import pytest
from attrs import evolve
from sqlalchemy import create_engine

from scskit import Account, AsyncDesk, NotPermitted, Policy, hookimpl, open_desk
from scskit.core.actor import Actor
from scskit.core.agent import Agent, Queue
from scskit.core.errors import OutcomeUnknown, Rejected
from scskit.core.escalation import EscalationPolicy, Owner
from scskit.core.handoff import PrivateInvitation
from scskit.core.match import When
from scskit.core.policy import Reason, ReasonTree
from scskit.core.reply_policy import ApprovalRule, ReplyPolicy
from scskit.core.roles import ACTIONS, ROLES, may
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.desk.desk import Desk
from scskit.desk.permissions import action_of, permits, require
from scskit.testing import START, FakeClock, InstantNetwork, brand_reply, message

OURS, OTHER = "twitter.acme", "twitter.other"
NOW = START + timedelta(hours=1)

ASKS_NOBODY = {
    # What comes from networks or from time, and what shows nothing but time.
    "Desk.ingest": "messages are what the network says, whoever hands them over",
    "Desk.webhook": "the network signs what it sends",
    "Desk.poll": "messages are what the network says",
    "Polling.poll": "as Desk.poll",
    "Desk.run_due": "only time brings it about",
    "Desk.next_due": "tells a time",
    "Desk.publish_sla": "what customers are told anyway",
    "Desk.within": "returns the same desk, which asks again",
    "Desk.close": "the host's own process",
    "Intake.ingest": "as Desk.ingest",
    "Intake.apply_received": "run_due does so",
    "Intake.keep": "as Webhooks.keep",
    "Desk.streamed": "whoever calls it has opened the connection to the network",
    "Webhooks.streamed": "as Desk.streamed",
    "Webhooks.receive": "as Desk.webhook",
    "Webhooks.accept": "behind Desk.webhook, once the signature is checked",
    "Webhooks.keep": "behind Desk.webhook",
    "Webhooks.apply": "behind Desk.webhook and Desk.poll",
    "Webhooks.count": "behind Desk.webhook",
    "Outbox.run": "sends what somebody with a role for it has queued",
    "Outbox.next_ready": "tells a time",
    "Outbox.close": "the host's own process",
    "Work.push": "gives out what the desk file says, as run_due does",
    "Work.on_commit": "as Work.push",
    "Work.next_change": "tells a time",
    "Work.look": "tells agents how they stand; of cases, only ids",
}

ASKS_INSIDE = {"Desk.add_account": "accounts.add"}
"""What asks by ``require``: no action is written beside it."""

BASE = Policy(
    accounts={id_: Account(id=id_, network="twitter", handle=id_) for id_ in (OURS, OTHER)},
    queues={name: Queue(name=name) for name in ("inbox", "legal")},
    default_queue="inbox",
    reasons=ReasonTree({"billing": Reason(id="billing")}),
    escalation=EscalationPolicy(
        levels=(Owner(name="L1", level=1), Owner(name="L2", level=2, queue="legal"))
    ),
    sla=SlaPolicy(
        rules=(
            SlaRule(name="all", when=When(), targets=SlaTargets(first_response=timedelta(hours=1))),
        )
    ),
    replies=ReplyPolicy(approval=(ApprovalRule(name="asked", authors=("crm:asks",)),)),
)
WAYS = (PrivateInvitation(kind="direct_message"),)
BLIND = ("publish", "reply_public", "reply_private", "hide")
"""A network that takes replies, and cannot be asked what became of one."""
POLICY = evolve(
    BASE,
    actors={
        f"agent:{role}": Actor(
            name=f"agent:{role}",
            roles=(role,),
            accounts=(OURS,) if role == "external_agency" else (),
        )
        for role in ROLES
    }
    | {
        f"agent:free-{role}": Actor(name=f"agent:free-{role}", roles=("social_agent",))
        for role in ROLES
    },
)


class Postman:
    """Delivers codes nowhere."""

    @hookimpl
    def scskit_deliver_code(self):
        """Say that it is done."""
        return True


class Scene:
    """A desk with roles, and the host's own desk on the same database, which prepares things."""

    def __init__(self, path):
        """Open both, and something that sees what is written."""
        self.path = path
        self.network = InstantNetwork()
        plugins = [self.network.plugin("twitter", capabilities=BLIND, invitations=WAYS), Postman()]
        parts = {"discover": False, "synchronous": "NORMAL", "clock": FakeClock(NOW)}
        parts["plugins"] = plugins
        self.host = open_desk(path, BASE, **parts)
        self.desk = open_desk(path, POLICY, **parts)
        self.services = self.desk._services  # noqa: SLF001  what commands are given
        self._watch = sqlite3.connect(path)
        self._numbers = count(1)

    def close(self):
        """Close everything."""
        self._watch.close()
        self.desk.close()
        self.host.close()

    def commits(self):
        """Return a number that is another one as soon as anything was written."""
        return self._watch.execute("PRAGMA data_version").fetchone()[0]

    def case(self, account=OURS, **attributes):
        """Return a new case of somebody who never wrote before."""
        number = next(self._numbers)
        sent = message(by=f"p{number}", account=account, thread=f"t{number}", **attributes)
        return self.host.ingest([sent]).cases[0]

    def made(self, command, *args):
        """Return a case to which the host did something first."""
        id_ = self.case()
        getattr(self.host.cases, command)(id_, *args, by="agent:host", because="ready")
        return id_

    def offered(self, agent):
        """Return a case that is offered to an agent."""
        id_, until = self.case(), NOW + timedelta(hours=1)
        self.host.work.offer(id_, agent, until=until, by="agent:host", because="yours")
        return id_

    def identity(self):
        """Return somebody nobody knows."""
        return self.host.cases.get(self.case()).identity_id

    def linked(self):
        """Return somebody who is known, and as which customer."""
        identity = self.identity()
        crm = f"C-{next(self._numbers)}"
        return identity, self.host.customers.link(identity, crm, by="crm:1", evidence="known").id

    def merged(self):
        """Return a customer who is merged into another one."""
        customer, other = self.linked()[1], self.linked()[1]
        self.host.customers.merge(customer, other, by="crm:1", evidence="the same")
        return customer

    def poison(self):
        """Return a line of the quarantine."""
        report = self.host.ingest([{"type": "poke", "number": next(self._numbers)}])
        return report.outcomes[0].quarantine_id

    def parked(self):
        """Let a reply of the brand wait for the message that it answers."""
        id_ = f"nobody-{next(self._numbers)}"
        self.host.ingest([brand_reply("Hello", parent=id_, account=OURS)])

    def incident(self):
        """Return an open incident."""
        return self.host.incidents.open("No network", by="agent:host").id

    def draft(self):
        """Return a reply that somebody drafted."""
        return self.host.replies.draft(self.case(), "Hello", by="crm:1").id

    def asked(self):
        """Return a reply that waits for an approval."""
        return self.host.replies.send(self.case(), "Hello", by="crm:asks").id

    def stuck(self, error):
        """Return a part of a reply that did not arrive."""
        self.host.outbox.run()  # what other tests have queued
        reply = self.host.replies.send(self.case(), "Hello", by="crm:1")
        self.network.plan.append(error)
        self.host.outbox.run()
        (part,) = self.host.replies.parts(reply.id)
        return part.id


WHY = {"because": "a reason"}


def on_replies(command, *args, ready="draft", **more):
    """Make a performer that does something to a reply, which the host makes ready first."""

    def prepare(scene, _):
        id_ = getattr(scene, ready)()
        return partial(getattr(scene.desk.replies, command), id_, *args, **more)

    return prepare


def hide(scene, _):
    id_ = scene.case()
    first = scene.host.cases.interactions(id_)[0].external_id
    return partial(scene.desk.replies.hide, id_, first, **WHY)


def send_again(scene, _):
    return partial(scene.desk.outbox.redrive, scene.stuck(Rejected("no")), **WHY)


def resolve(scene, _):
    part = scene.stuck(OutcomeUnknown("timed out"))
    return partial(scene.desk.outbox.resolve, part, arrived=False, **WHY)


def freeze(scene, role):
    scene.host.replies.resume("account", OURS, by="crm:1", **WHY)

    def call(by):
        scene.desk.replies.suspend("customer", f"twitter::{role}", by=by, **WHY)

    return call


def on_cases(command, *args, ready=None):
    """Make a performer that does something to a case, which the host may make ready first."""

    def prepare(scene, _):
        id_ = scene.made(*ready) if ready else scene.case()
        return partial(getattr(scene.desk.cases, command), id_, *args, **WHY)

    return prepare


def on_two(command, **more):
    def prepare(scene, _):
        call = getattr(scene.desk.cases, command)
        return partial(call, scene.case(), scene.case(), **more, **WHY)

    return prepare


def on_incidents(command, *args, **more):
    """Make a performer that does something to an incident."""
    return lambda scene, _: partial(
        getattr(scene.desk.incidents, command), scene.incident(), *args, **more
    )


def publish(scene, role):
    def call(by):
        text = f"{role} {next(scene._numbers)}"  # noqa: SLF001  the scene's own
        return scene.desk.publishing.announce(text, accounts=[OURS], by=by)

    return call


def split(scene, _):
    id_ = scene.case()
    number = id_[-6:]
    sent = message("And another thing", by=f"s{number}", account=OURS, thread=f"s{number}")
    (other,) = scene.host.ingest([sent]).cases
    scene.host.cases.merge(other, id_, by="agent:host", because="one matter")
    first = scene.host.cases.interactions(id_)[0].id
    return partial(scene.desk.cases.split, id_, [first], **WHY)


def read_case(scene, _):
    return partial(scene.desk.cases.timeline, scene.case())


def pull(scene, agent):
    scene.case()
    return lambda **_: scene.desk.work.pull(agent)


def take_over(scene, agent):
    id_ = scene.made("assign", "gone")
    scene.host.work.set_presence("gone", "offline")
    scene.host.work.set_presence(agent, "online")
    return lambda **_: scene.desk.work.take_over(id_, agent, **WHY)


def answer(command):
    def prepare(scene, agent):
        id_ = scene.offered(agent)
        return lambda **_: getattr(scene.desk.work, command)(id_, agent, **WHY)

    return prepare


def set_presence(scene, agent):
    scene.host.work.set_presence(agent, "offline")
    return lambda **_: scene.desk.work.set_presence(agent, "away")


def offer(scene, agent):
    until = NOW + timedelta(hours=1)
    return partial(scene.desk.work.offer, scene.case(), f"free-{agent}", until=until, **WHY)


def release(scene, _):
    scene.made("assign", "tired")
    return partial(scene.desk.work.release, "tired", **WHY)


def redrive(scene, _):
    return partial(scene.desk.intake.redrive, [scene.poison()])


def let_go(scene, _):
    scene.parked()
    return partial(scene.desk.intake.release, older_than=timedelta(0))


def recalculate(scene, _):
    id_ = scene.case(posted_at=START)
    return partial(scene.desk.cases.recalculate, id_, **WHY)


def link_customer(scene, _):
    return partial(scene.desk.customers.link, scene.identity(), "C-1", evidence="told us")


def merge_customers(scene, _):
    customer, other = scene.linked()[1], scene.linked()[1]
    return partial(scene.desk.customers.merge, customer, other, evidence="told us")


def add_account(scene, agent):
    return partial(scene.desk.add_account, Account(id=f"twitter.{agent}", network="twitter"))


HOLD = ("hold",)
PERFORM = {
    "accounts.add": add_account,
    "cases.accept_escalation": on_cases("accept_escalation", ready=("escalate", "L2")),
    "cases.assign": on_cases("assign", "free-trainer"),
    "cases.close": on_cases("close", ready=("solve",)),
    "cases.dismiss": on_cases("dismiss", "noise.spam"),
    "cases.escalate": on_cases("escalate", "L2"),
    "cases.hold": on_cases("hold"),
    "cases.link": on_two("link"),
    "cases.merge": on_two("merge"),
    "cases.note": on_cases("note", "angry"),
    "cases.read": read_case,
    "cases.recalculate": recalculate,
    "cases.reopen": on_cases("reopen", ready=("solve",)),
    "cases.resume": on_cases("resume", ready=HOLD),
    "cases.return_escalation": on_cases("return_escalation", ready=("escalate", "L2")),
    "cases.route": on_cases("route", "legal"),
    "cases.set_priority": on_cases("set_priority", "P1"),
    "cases.set_reason": on_cases("set_reason", "billing"),
    "cases.snooze": on_cases("snooze", NOW + timedelta(hours=1)),
    "cases.solve": on_cases("solve"),
    "cases.split": split,
    "cases.wait": on_cases("wait"),
    "customers.link": link_customer,
    "customers.merge": merge_customers,
    "customers.read": lambda scene, _: partial(scene.desk.customers.get, scene.linked()[1]),
    "customers.unlink": lambda scene, _: partial(
        scene.desk.customers.unlink, scene.linked()[0], **WHY
    ),
    "customers.unmerge": lambda scene, _: partial(scene.desk.customers.unmerge, scene.merged()),
    "feed.read": lambda scene, _: scene.desk.feed.read,
    "incidents.close": on_incidents("close", **WHY),
    "incidents.link": lambda scene, _: partial(
        scene.desk.incidents.link, scene.incident(), [scene.case()]
    ),
    "incidents.notify": on_incidents("notify", "We are on it"),
    "incidents.open": lambda scene, _: partial(scene.desk.incidents.open, "No network"),
    "incidents.read": on_incidents("get"),
    "intake.discard": lambda scene, _: partial(scene.desk.intake.discard, scene.poison()),
    "intake.read": lambda scene, _: scene.desk.intake.quarantined,
    "intake.redrive": redrive,
    "intake.release": let_go,
    "replies.approve": on_replies("approve", ready="asked"),
    "replies.cancel": on_replies("cancel", **WHY),
    "replies.challenge": lambda scene, _: partial(
        scene.desk.replies.challenge, scene.case(), to="+34600"
    ),
    "replies.check": on_replies("check"),
    "replies.consent": lambda scene, _: partial(
        scene.desk.publishing.consent, scene.case(), evidence="said so"
    ),
    "replies.draft": lambda scene, _: partial(scene.desk.replies.draft, scene.case(), "Hello"),
    "replies.edit_draft": on_replies("edit", "Hi"),
    "replies.freeze": freeze,
    "replies.handoff": lambda scene, _: partial(scene.desk.replies.handoff, scene.case()),
    "replies.hide": hide,
    "replies.publish": publish,
    "replies.read": on_replies("get"),
    "replies.redrive": send_again,
    "replies.reject": on_replies("reject", ready="asked", **WHY),
    "replies.resolve_unknown": resolve,
    "replies.schedule": on_replies("schedule", NOW + timedelta(hours=1)),
    "replies.submit": on_replies("submit"),
    "replies.whisper": on_replies("whisper", "careful"),
    "work.accept": answer("accept"),
    "work.decline": answer("decline"),
    "work.offer": offer,
    "work.pull": pull,
    "work.release": release,
    "work.set_presence": set_presence,
    "work.take_over": take_over,
}
"""How each action is done: makes everything ready and returns the call, which takes ``by``."""

READS = {
    "incidents.read",
    "cases.read",
    "customers.read",
    "feed.read",
    "intake.read",
    "replies.check",
    "replies.read",
}


def commands(path):
    """Yield every public method of a desk and its parts, by class and name."""
    with open_desk(path, BASE, discover=False) as desk:
        parts = [desk, *(getattr(desk, name) for name, _ in inspect.getmembers(Desk, _is_part))]
        parts += [part for name, part in vars(desk).items() if not name.startswith("_")]
        classes = dict.fromkeys(type(part) for part in parts)
    for class_ in classes:
        for name, method in inspect.getmembers(class_, inspect.isfunction):
            if not name.startswith("_"):
                yield f"{class_.__name__}.{name}", method


def _is_part(thing):
    return isinstance(thing, cached_property)


@pytest.fixture(scope="module")
def methods(tmp_path_factory):
    """Give every public method of a desk and its parts."""
    return dict(commands(tmp_path_factory.mktemp("methods") / "desk.db"))


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Give one database for all pairs: each makes ready what it needs."""
    found = Scene(tmp_path_factory.mktemp("roles") / "desk.db")
    yield found
    found.close()


@pytest.fixture
def own_scene(tmp_path):
    """Give a database of one's own."""
    found = Scene(tmp_path / "desk.db")
    yield found
    found.close()


def test_every_command_asks_for_a_permission(methods):
    """A command that is added without an action in the table of roles does not slip through."""
    actions = {name: action_of(method) for name, method in methods.items()} | ASKS_INSIDE
    assert {name for name, action in actions.items() if action is None} == set(ASKS_NOBODY)
    asked = set(actions.values()) - {None}
    assert asked <= set(ACTIONS)
    assert asked == set(PERFORM), "each action that a command has is tried below"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_role_may_do_what_was_drawn_and_nothing_else(scene, drawn_roles, action, role):
    """An allowed command is carried out; a refused one says so and writes nothing at all."""
    allowed = drawn_roles[action, role]
    if action not in PERFORM:  # its command asks by ``require``
        assert permits(scene.services, action, f"agent:{role}", (OURS,)) == allowed
        return
    call = PERFORM[action](scene, role)
    before = scene.commits()
    if allowed:
        call(by=f"agent:{role}")
        assert (scene.commits() == before) == (action in READS)
        return
    with pytest.raises(NotPermitted) as caught:
        call(by=f"agent:{role}")
    assert scene.commits() == before
    error = caught.value
    assert (error.actor, error.action) == (f"agent:{role}", action)
    assert error.roles == tuple(one for one in ROLES if may([one], action))
    assert f"agent:{role} may not do {action}: has only {role}; roles that may: " in str(error)


@pytest.mark.parametrize(
    "actor",
    ["agent:zoe", "agent:trainer\ud800", "x:1", "crm:user-7", "crm", "", "agent:", "system"],
)
def test_who_is_unknown_may_nothing(scene, actor):
    """As soon as anybody has a role, everybody needs one; whoever is not declared has none."""
    id_ = scene.case()
    before = scene.commits()
    for action in sorted(set(PERFORM) - READS):
        if action.startswith("work.") and action not in {"work.offer", "work.release"}:
            continue  # an agent acts for itself
        with pytest.raises(NotPermitted, match="has no role"):
            require(scene.services, action, actor, (OURS,))
    with pytest.raises(NotPermitted, match=r"may not do cases\.solve: has no role; roles that"):
        scene.desk.cases.solve(id_, by=actor, because="done")
    with pytest.raises(NotPermitted):
        scene.desk.cases.timeline(id_, by=actor)
    assert scene.commits() == before


def test_a_command_that_names_nobody_is_refused_and_a_read_is_the_hosts_own(scene):
    """With roles in force nothing is changed anonymously; the host itself may read everything."""
    with pytest.raises(NotPermitted, match="nobody"):
        scene.desk.intake.discard(scene.poison())
    with pytest.raises(NotPermitted, match="nobody"):
        scene.desk.add_account(Account(id="twitter.anonymous", network="twitter"))
    with pytest.raises(TypeError, match="by"):
        scene.desk.cases.solve(scene.case(), because="done")
    assert scene.desk.cases.timeline(scene.case())
    assert scene.desk.feed.read(limit=1).events


def test_without_any_role_everything_is_as_the_host_says(own_scene):
    """A desk file without roles restricts nobody: commands name whom they like, as before."""
    id_ = own_scene.case()
    assert own_scene.host.cases.solve(id_, by="anybody", because="done").state == "solved"
    own_scene.host.intake.discard(own_scene.poison())


def test_what_the_desk_does_by_itself_goes_on(own_scene):
    """Intake, due clocks, snoozes and work that is pushed need no role."""
    queues = {**POLICY.queues, "inbox": Queue(name="inbox", work="push")}
    policy = evolve(POLICY, queues=queues)
    clock = FakeClock(NOW)
    with open_desk(own_scene.path, policy, discover=False, clock=clock) as desk:
        desk.work.set_presence("social_agent", "online")
        (id_,) = desk.ingest([message(account=OURS, by="new", thread="new")]).cases
        assert desk.cases.get(id_).agent == "social_agent"
        desk.cases.snooze(id_, NOW + timedelta(hours=2), by="system:rules", because="later")
        clock.advance(timedelta(hours=3))
        assert desk.run_due().counts["sla_breached"] == 1
        assert desk.cases.get(id_).state == "open"


AGENCY = {"by": "agent:external_agency", "because": "a reason"}


def test_an_agency_works_on_delegated_accounts_only(own_scene):
    """On any other account every command and every look is refused, and changes nothing."""
    desk, theirs, ours = own_scene.desk, own_scene.case(OTHER), own_scene.case()
    before = own_scene.commits()
    for call in (
        partial(desk.cases.solve, theirs, **AGENCY),
        partial(desk.cases.note, theirs, "text", **AGENCY),
        partial(desk.cases.timeline, theirs, by=AGENCY["by"]),
        partial(desk.cases.get, theirs, by=AGENCY["by"]),
        partial(desk.cases.interactions, theirs, by=AGENCY["by"]),
        partial(desk.cases.log, theirs, by=AGENCY["by"]),
        partial(desk.cases.clocks, theirs, by=AGENCY["by"]),
        partial(desk.cases.find, account=OTHER, by=AGENCY["by"]),
        partial(desk.work.take_over, theirs, "external_agency", because="absent"),
    ):
        with pytest.raises(NotPermitted, match=f"on {OTHER}, only on {OURS}"):
            call()
    for whole in (desk.cases.find, desk.work.waiting):
        with pytest.raises(NotPermitted, match="concerns the whole desk"):
            whole(by=AGENCY["by"])
    assert own_scene.commits() == before
    assert [case.id for case in desk.cases.find(account=OURS, by=AGENCY["by"]).cases] == [ours]
    assert desk.cases.solve(ours, **AGENCY).state == "solved"


def test_a_case_that_also_lives_on_another_account_is_closed_to_an_agency(own_scene):
    """Delegating an account does not show what people wrote to another one."""
    ours, theirs = own_scene.case(), own_scene.case(OTHER)
    own_scene.host.cases.merge(theirs, ours, by="agent:host", because="one matter")
    with pytest.raises(NotPermitted, match=f"on {OTHER}"):
        own_scene.desk.cases.timeline(ours, by=AGENCY["by"])
    assert own_scene.desk.cases.find(account=OURS, by=AGENCY["by"]).cases == ()
    assert own_scene.desk.work.pull("external_agency") is None
    (out,) = own_scene.desk.work.look("external_agency").ruled_out
    assert (out.code, out.names) == ("account", (ours,))


def test_nobody_is_given_a_case_that_he_or_she_could_do_nothing_with(own_scene):
    """Whoever gives a case away cannot lose it to an agent who may not work on it."""
    desk, theirs = own_scene.desk, own_scene.case(OTHER)
    manager = {"by": "agent:service_manager", "because": "yours"}
    own_scene.host.cases.escalate(theirs, "L2", by="agent:host", because="help")
    before = own_scene.commits()
    for give in (
        partial(desk.cases.assign, theirs),
        partial(desk.cases.accept_escalation, theirs),
    ):
        for agent, why in (
            ("external_agency", f"on {OTHER}, only on {OURS}"),
            ("trainer", "has only trainer"),
            ("zoe", "has no role"),
        ):
            with pytest.raises(NotPermitted, match=why):
                give(agent=agent, **manager)
    assert own_scene.commits() == before
    assert desk.cases.assign(theirs, "free-trainer", **manager).agent == "free-trainer"
    assert desk.cases.assign(theirs, None, **manager).agent is None


def test_two_cases_are_two_permissions(own_scene):
    """Who is kept to some accounts neither links nor merges what lies outside of them."""
    actors = {"crm:1": Actor(name="crm:1", roles=("social_agent",), accounts=(OURS,))}
    ours, theirs = own_scene.case(), own_scene.case(OTHER)
    with open_desk(own_scene.path, evolve(BASE, actors=actors), discover=False) as desk:
        for call in (desk.cases.link, desk.cases.merge):
            for pair in ((ours, theirs), (theirs, ours)):
                with pytest.raises(NotPermitted, match=f"on {OTHER}"):
                    call(*pair, by="crm:1", because="related")
        with pytest.raises(NotPermitted, match="whole desk"):
            desk.customers.get("C-1", by="crm:1")
        assert desk.cases.link(ours, own_scene.case(), by="crm:1", because="related")


def test_an_agent_gets_work_of_delegated_accounts_only(own_scene):
    """Whether asked for or pushed, cases of other accounts go to others."""
    agents = {
        "eve": Agent(name="eve", roles=("external_agency",), accounts=(OURS,), capacity=10),
        "ana": Agent(name="ana", roles=("social_agent",), capacity=10),
        "quinn": Agent(name="quinn", roles=("quality_auditor",), capacity=10),
        "bob": Agent(name="bob", capacity=10),
    }
    queues = {"inbox": Queue(name="inbox", work="push"), "legal": Queue(name="legal")}
    theirs, ours = own_scene.case(OTHER), own_scene.case()
    policy = evolve(BASE, agents=agents, queues=queues)
    with open_desk(own_scene.path, policy, discover=False, clock=FakeClock(NOW)) as desk:
        for auditor in ("quinn", "bob"):
            with pytest.raises(NotPermitted):
                desk.work.set_presence(auditor, "online")
        until = NOW + timedelta(hours=1)
        for agent, code in (("quinn", "role"), ("eve", "account")):
            with pytest.raises(NotPermitted, match=code):
                desk.work.offer(theirs, agent, until=until, by="system:x", because="yours")
        desk.work.set_presence("eve", "online")
        assert desk.cases.get(theirs).agent is None
        assert desk.cases.get(ours).agent == "eve"
        desk.work.set_presence("ana", "online")
        assert desk.cases.get(theirs).agent == "ana"


def test_inside_the_hosts_transaction_the_same_is_asked(own_scene):
    """A desk inside a transaction of the host has the roles of the desk that it came from."""
    id_ = own_scene.case(OTHER)
    engine = create_engine(f"sqlite:///{own_scene.path}")
    with engine.begin() as connection:
        desk = own_scene.desk.within(connection)
        with pytest.raises(NotPermitted):
            desk.cases.solve(id_, **AGENCY)
        desk.cases.solve(id_, by="agent:social_agent", because="done")
    engine.dispose()
    assert own_scene.host.cases.get(id_).state == "solved"


def test_an_asynchronous_desk_asks_the_same(own_scene):
    """Awaiting a command does not go around the roles."""
    id_ = own_scene.case()
    desk = AsyncDesk(own_scene.desk)

    async def work():
        with pytest.raises(NotPermitted):
            await desk.cases.solve(id_, by="agent:trainer", because="done")
        return await desk.cases.solve(id_, by="agent:social_agent", because="done")

    assert asyncio.run(work()).state == "solved"
