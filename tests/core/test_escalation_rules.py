"""Escalation rules: what each fires on, how often, and what it leaves as evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve as evolve_owner
from hypothesis import given
from hypothesis import strategies as st

from scskit.core import events as ev
from scskit.core.escalation import Contact, EscalationPolicy, EscalationRule, Owner
from scskit.core.escalation_rules import Happening, fire, wants_contacts
from scskit.core.keywords import Keywords
from scskit.core.lifecycle import evolve
from scskit.core.match import Facts, When
from scskit.core.policy import Policy
from scskit.core.triage import Label

START = datetime(2026, 3, 6, 9, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LEVELS = tuple(Owner(name=f"L{n}", level=n, tell=(f"level-{n}",)) for n in (1, 2, 3))
AREAS = {name: Owner(name=name, queue="inbox") for name in ("legal", "fraud", "marketing")}


def rule(on, to="L2", **more):
    return EscalationRule(**{"name": f"on {on}", "on": on, "to": to, **more})


class Life:
    """A case under some rules; each thing that happens returns what the rules made of it."""

    def __init__(self, *rules):
        """Open a case that says nothing in particular."""
        escalation = EscalationPolicy(levels=LEVELS, areas=AREAS, rules=rules)
        self.policy = Policy(escalation=escalation)
        self.case, self.now, self.count = None, START, 0

    def header(self):
        """Return what every event says."""
        return {"case_id": "c1", "at": self.now}

    def happen(self, *events, message=None, contacts=()):
        """Let something happen, then what the rules make of it."""
        before = self.case
        for event in events:
            self.case = evolve(self.case, event)
        happening = Happening(
            before=before,
            case=self.case,
            events=events,
            policy=self.policy,
            at=self.now,
            message=message,
            contacts=contacts,
        )
        fired = fire(happening)
        for event in fired:
            self.case = evolve(self.case, event)
        return fired

    def write(self, text="Hello", *, sentiment=None, minutes=1, **facts):
        """Let the customer write; the first message opens the case."""
        self.count += 1
        self.now += timedelta(minutes=1)
        posted = START + timedelta(minutes=minutes)
        opened = ev.CaseOpened(
            account_id="acme",
            thread_id="t",
            identity_id="twitter::u",
            visibility="public",
            opened_at=posted,
            policy_version="p",
            **self.header(),
        )
        labels = (Label("sentiment", sentiment, "model"),) if sentiment else ()
        added = ev.InteractionAdded(
            interaction_id=f"i{self.count}",
            thread_id="t",
            direction="inbound",
            posted_at=posted,
            digest="d",
            labels=labels,
            **self.header(),
        )
        known = Facts(
            account="acme",
            network="twitter",
            purpose="care",
            visibility="public",
            kind="post",
            text=text.lower(),
            **facts,
        )
        events = (added,) if self.case else (opened, added)
        return self.happen(*events, message=known)

    def told(self, reason, contacts=()):
        """Let somebody set the reason."""
        return self.happen(ev.ReasonSet(reason=reason, **self.header()), contacts=contacts)


def who(events):
    return [event.to for event in events]


def test_a_rule_says_whom_it_tells_when_why_and_on_what_evidence():
    """The log answers every question that is asked afterwards."""
    life = Life(rule("keywords", "L2", name="threats", keywords=Keywords(("abogado",))))
    (event,) = life.write("Hablaré con mi A\u200bBOGÁDO")
    assert (event.type, event.at, event.by, event.because) == (
        "case_escalated",
        START + timedelta(minutes=1),
        "system:escalation",
        "rule threats",
    )
    assert (event.to, event.told, event.rule, event.trigger) == (
        "L2",
        ("level-2",),
        "threats",
        "keywords",
    )
    assert event.evidence == '"abogado" in message i1'
    assert event.policy_version == life.policy.version


def test_a_keyword_rule_fires_once_however_often_it_is_said():
    """Who threatens in every message is escalated once."""
    life = Life(rule("keywords", keywords=Keywords(("sue",))))
    assert not life.write("hello")
    assert who(life.write("I will sue you")) == ["L2"]
    assert not life.write("I will sue you!!!")


def test_reach_is_a_matcher_of_the_message():
    """A large audience goes to marketing, with its size as evidence; an unknown one does not."""
    life = Life(rule("message", "marketing", when=When(followers_min=10_000)))
    assert not life.write()
    assert not life.write(followers=9_999)
    (event,) = life.write(followers=10_000)
    assert event.evidence == "message i3, by an author with 10000 followers"


@pytest.mark.parametrize(
    ("said", "falls"),
    [
        (["neutral", "negative"], [0, 1]),
        (["positive", None, "negative", "negative"], [0, 0, 1, 0]),
        (["negative", "negative"], [0, 0]),
        (["negative", "positive"], [0, 0]),
        (["unknown", "negative"], [0, 0]),
    ],
)
def test_sentiment_falls_when_negative_follows_something_better(said, falls):
    """It is the turn for the worse that counts, not a bad beginning."""
    life = Life(rule("sentiment"))
    found = [len(life.write(sentiment=mood, minutes=n)) for n, mood in enumerate(said)]
    assert found == falls


@given(
    order=st.permutations([(1, "positive"), (2, "negative"), (3, "neutral"), (4, None)]),
    worse=st.booleans(),
)
def test_sentiment_falls_in_whatever_order_messages_arrive(order, worse):
    """The network's order counts: late messages tell the same story."""
    life = Life(rule("sentiment"))
    count = 0
    for minute, mood in order:
        shown = "negative" if mood == "positive" and worse else mood
        count += len(life.write(sentiment=shown, minutes=minute))
    assert count == (0 if worse else 1)


@given(order=st.permutations([(1, "negative"), (2, "positive"), (3, "negative")]))
def test_the_latest_word_counts_in_whatever_order_messages_arrive(order):
    """Angry, pleased, angry again: that is a fall, whichever of them is heard first."""
    life = Life(rule("sentiment"))
    assert sum(len(life.write(sentiment=mood, minutes=minute)) for minute, mood in order) == 1


def test_each_reason_that_somebody_else_must_handle_is_handed_on_once():
    """Every such reason goes to its area the first time it is set, and never again."""
    life = Life(
        rule("reason", "fraud", name="to fraud", when=When(reason=("fraud", "fraud.*"))),
        rule("reason", "legal", name="to legal", when=When(reason=("legal",))),
    )
    life.write()
    assert who(life.told("fraud.card")) == ["fraud"]
    assert not life.told("billing")
    assert not life.told("fraud.card")
    (again,) = life.told("fraud.phishing")
    assert (again.type, again.occasion) == ("escalation_reminded", "fraud.phishing")
    assert who(life.told("legal")) == ["legal"]
    assert not life.told("legal")


def test_two_moods_at_one_instant_are_no_fall():
    """What cannot be put in order is not held against anybody."""
    life = Life(rule("sentiment"))
    assert not life.write(sentiment="neutral")
    assert not life.write(sentiment="negative")


@pytest.mark.parametrize("on", ["reason", "reopened", "sentiment", "vulnerable"])
def test_what_is_so_already_counts_once_the_rest_holds_too(on):
    """A rule for high priorities also fires when the priority is raised at last."""
    life = Life(rule(on, when=When(priority=("P1",))))
    life.write(sentiment="neutral")
    life.write(sentiment="negative", minutes=2)
    life.happen(ev.ReasonSet(reason="billing", **life.header()))
    life.happen(ev.StateChanged(state="solved", **life.header()))
    life.happen(ev.StateChanged(state="open", **life.header()))
    identified = ev.CustomerIdentified(
        customer_id="k1", tier="vulnerable", assurance="claimed", evidence="", **life.header()
    )
    assert not life.happen(identified)
    assert who(life.happen(ev.PrioritySet(priority="P1", **life.header()))) == ["L2"]
    assert not life.write("and again")


def test_repeated_contact_counts_the_persons_cases_on_one_reason():
    """The third case within a week is one too many; older ones do not count."""
    life = Life(rule("repeat", times=3, within=7 * DAY))
    life.write()
    recent = [Contact(case_id=f"c{n}", opened_at=START - n * DAY) for n in (1, 9)]
    assert not life.told("billing", recent)
    third = Contact(case_id="c7", opened_at=START - 6 * DAY)
    (event,) = life.told("delivery", [*recent, third])
    assert event.evidence.startswith("3 cases on delivery since 2026-02-27")
    assert event.evidence.endswith(": c1, c7")
    assert not life.told("billing", [*recent, third])


def test_other_cases_are_looked_up_only_when_a_rule_wants_them():
    """A question to the database is asked only where its answer can matter."""
    life = Life(rule("repeat", times=2, within=DAY))
    life.write()
    before = life.case
    assert wants_contacts(before, life.case, life.policy) is None
    life.told("billing")
    assert wants_contacts(before, life.case, life.policy) == DAY
    assert wants_contacts(life.case, life.case, life.policy) is None
    life.told("delivery", [Contact(case_id="c2", opened_at=START)])
    assert wants_contacts(before, life.case, life.policy) is None
    other = Life(rule("reopened"))
    other.write()
    before = other.case
    other.told("billing")
    assert wants_contacts(before, other.case, other.policy) is None


def test_a_case_reopened_too_often_is_escalated():
    """What does not stay solved needs somebody else."""
    life = Life(rule("reopened", times=2))
    life.write()
    states = ("open", "solved", "open", "solved", "open", "solved", "open")
    moves = (ev.StateChanged(state=state, **life.header()) for state in states)
    fired = [who(life.happen(move)) for move in moves]
    assert fired == [[], [], [], [], ["L2"], [], []]


@pytest.mark.parametrize("value", ["yes", "minor", "Bereaved"])
def test_a_vulnerable_person_is_told_by_a_label(value):
    """A classifier's word is enough."""
    life = Life(rule("vulnerable"))
    (event,) = life.write(labels={"vulnerable": value})
    assert event.evidence == f"label vulnerable: {value}"


def test_a_label_may_also_say_that_a_person_is_not_vulnerable():
    """A classifier that answers no has answered no."""
    life = Life(rule("vulnerable"))
    assert not life.write(labels={"vulnerable": "No"})


def test_a_vulnerable_person_is_told_by_the_customers_tier():
    """What the CRM knows counts from the moment the desk learns who it is."""
    life = Life(rule("vulnerable"))
    assert not life.write()
    told = ev.CustomerIdentified(
        customer_id="k1",
        tier="vulnerable",
        assurance="verified",
        evidence="CRM",
        **life.header(),
    )
    (event,) = life.happen(told)
    assert event.evidence == "customer tier vulnerable"
    assert not life.happen(told)


def breached(life, clock="first_response", instance=1, *, late=False):
    return ev.SlaBreached(
        case_id="c1",
        at=START + timedelta(hours=1),
        clock=clock,
        instance=instance,
        since=START,
        due=START + timedelta(hours=1),
        late=late,
    )


def test_a_missed_clock_escalates_once_for_each_instance():
    """Every miss of the clock that a rule names counts, each once, at its true instant."""
    life = Life(rule("sla_breach", "next", clock="next_response"))
    life.write()
    assert not life.happen(breached(life))
    (event,) = life.happen(breached(life, "next_response", 2, late=True))
    assert (event.at, event.late) == (START + timedelta(hours=1), True)
    assert event.occasion == "next_response 2"
    assert event.evidence == "next_response 2 missed, due at 2026-03-06T10:00:00+00:00"
    assert not life.happen(breached(life, "next_response", 2))
    (third,) = life.happen(breached(life, "next_response", 3))
    assert (third.type, third.to) == ("escalation_reminded", "L2")


def test_a_warning_is_not_a_breach():
    """A rule on one of them leaves the other alone."""
    life = Life(rule("sla_warning"))
    life.write()
    assert not life.happen(breached(life))
    warned = ev.SlaWarned(
        case_id="c1",
        at=START,
        clock="resolution",
        instance=1,
        since=START,
        due=START + DAY,
        mark="0.75",
    )
    (event,) = life.happen(warned)
    assert event.evidence == "resolution 1 near its end, due at 2026-03-07T09:00:00+00:00"


def test_what_a_rule_asks_besides_is_asked_of_the_case():
    """A breach of a low priority stays where it is; once raised, the next one does not."""
    life = Life(rule("sla_breach", when=When(priority=("P1",), network=("twitter",))))
    life.write()
    assert not life.happen(breached(life))
    life.happen(ev.PrioritySet(priority="P1", **life.header()))
    assert who(life.happen(breached(life, instance=2))) == ["L2"]


def test_every_rule_that_holds_fires_in_the_order_of_the_file():
    """Two rules that ask the same people make one offer and one reminder, both in the log."""
    life = Life(
        rule("message", "L2", name="first"),
        rule("message", "legal", name="second"),
        rule("keywords", "L2", name="third", keywords=Keywords(("help",))),
    )
    events = life.write("help")
    assert [(e.type, e.to, e.rule) for e in events] == [
        ("case_escalated", "L2", "first"),
        ("case_escalated", "legal", "second"),
        ("escalation_reminded", "L2", "third"),
    ]
    assert [e.number for e in events] == [1, 2, 1]


def test_of_several_instants_the_earliest_comes_first_whatever_the_order_of_the_file():
    """Where clocks say at once what they had to say, who is asked is as if somebody had watched."""
    life = Life(rule("sla_breach", "L2", clock="resolution"), rule("sla_breach", name="any"))
    life.write()
    early = breached(life)
    late = evolve_owner(early, clock="resolution", at=START + 2 * DAY, due=START + 2 * DAY)
    events = life.happen(early, late)
    assert [(e.type, e.to, e.at) for e in events] == [
        ("case_escalated", "L2", early.at),
        ("escalation_reminded", "L2", late.at),
        ("escalation_reminded", "L2", late.at),
    ]


def test_a_rule_that_asks_for_the_level_above_the_top_reminds_the_top():
    """At the end of the ladder somebody still hears of it."""
    life = Life(rule("sla_breach", "next"))
    life.write()
    for number, level in enumerate((2, 3), 1):
        offered = life.happen(breached(life, instance=number))
        assert who(offered) == [f"L{level}"]
        life.happen(
            ev.EVENT_TYPES["escalation_accepted"](
                number=number, to=f"L{level}", level=level, **life.header()
            )
        )
    (event,) = life.happen(breached(life, instance=3))
    assert (event.type, event.to, event.told) == ("escalation_reminded", "L3", ("level-3",))


def test_an_offer_that_nobody_has_noticed_to_have_expired_has_expired():
    """A rule asks as things stood at its instant, also where no sweep ran in between."""
    life = Life(rule("message", "next"), rule("keywords", "L2", keywords=Keywords(("sue",))))
    quick = tuple(evolve_owner(owner, acknowledge=MINUTE) for owner in LEVELS)
    escalation = EscalationPolicy(levels=quick, rules=life.policy.escalation.rules)
    life.policy = Policy(escalation=escalation)
    (offered,) = life.write()
    life.now += 3 * MINUTE
    events = life.write("I will sue")
    assert [(e.type, e.to, e.at) for e in events] == [
        ("escalation_expired", "L2", offered.due),
        ("case_escalated", "L3", offered.due),
        ("escalation_expired", "L3", offered.due + MINUTE),
        ("escalation_reminded", "L3", life.now),
    ]


def test_a_case_that_is_done_is_left_alone():
    """What was noticed too late to matter asks nobody."""
    life = Life(rule("sla_breach"), rule("message"))
    life.write("hello")
    life.happen(ev.StateChanged(state="solved", **life.header()))
    assert not life.happen(breached(life))


@given(
    steps=st.lists(
        st.one_of(
            st.sampled_from(["help", "I will sue", "ok"]).map(lambda text: ("write", text)),
            st.sampled_from(["billing", "fraud.card", None]).map(lambda r: ("told", r)),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_rule_fires_twice_on_one_occasion(steps):
    """Whatever is said and set, in whatever order: one rule, one occasion, one event."""
    life = Life(
        rule("keywords", keywords=Keywords(("sue", "help"))),
        rule("reason", "fraud", when=When(reason=("fraud.*",))),
        rule("message", "legal"),
    )
    life.write("first")
    seen = [("on message", "")]
    for what, value in steps:
        seen += [(event.rule, event.occasion) for event in getattr(life, what)(value)]
    assert len(seen) == len(set(seen))
    assert sorted(seen) == sorted(life.case.escalation.fired)
