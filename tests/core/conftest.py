"""Strategies for logs that could have happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st

from scskit.core import escalation_events as ee
from scskit.core import events as ev
from scskit.core import work_events as we
from scskit.core.case import PRIORITIES
from scskit.core.lifecycle import TRANSITIONS, evolve
from scskit.core.skills import SkillNeed
from scskit.core.triage import Label

START = datetime(2026, 3, 2, tzinfo=UTC)

instants = st.integers(0, 1000).map(lambda minutes: START + timedelta(minutes=minutes))
names = st.sampled_from(["a", "b", "ñandú", "日本"])
needs = st.builds(SkillNeed, names, st.none() | st.timedeltas(timedelta(0), timedelta(days=9)))
threads = st.sampled_from(["acme:1", "acme:2", "acme:3"])

moods = st.sampled_from([None, "negative", "neutral", "unknown"]).map(
    lambda mood: (Label("sentiment", mood, "model"),) if mood else ()
)


def header(draw):
    return {"case_id": "c1", "at": draw(instants), "by": draw(names), "because": draw(names)}


def tally(draw):
    return ev.Tally(
        inbound_count=draw(st.integers(1, 9)),
        outbound_count=draw(st.integers(0, 9)),
        opened_at=draw(st.none() | instants),
        first_response_at=draw(st.none() | instants),
        last_inbound_at=draw(st.none() | instants),
        last_outbound_at=draw(st.none() | instants),
        early_answers=tuple(draw(st.lists(instants, max_size=2))),
        threads=tuple(draw(st.lists(threads, unique=True, max_size=3))),
    )


def _added(draw, _):
    return ev.InteractionAdded(
        interaction_id=draw(names),
        thread_id=draw(threads),
        direction=draw(st.sampled_from(["inbound", "outbound"])),
        posted_at=draw(instants),
        digest="d",
        automated=draw(st.booleans()),
        labels=draw(moods),
        **header(draw),
    )


def _moved(draw, case):
    allowed = sorted(TRANSITIONS[case.state]) if case else []
    if not allowed:
        return ev.NoteAdded(note_id=draw(names), digest="d", **header(draw))
    state = draw(st.sampled_from(allowed))
    return ev.StateChanged(
        state=state,
        code=draw(names) if state == "dismissed" else None,
        until=draw(instants) if state == "snoozed" else None,
        merged_into="c2" if state == "merged" else None,
        **header(draw),
    )


def _triaged(draw, _):
    return ev.CaseTriaged(
        reason=draw(st.none() | names),
        priority=draw(st.sampled_from(PRIORITIES)),
        severity="S2",
        contact_type=None,
        language="es",
        sentiment="unknown",
        engagement="answer",
        engagement_code=None,
        policy_version="p2",
        why=("because",),
        **header(draw),
    )


def _escalated(draw, case):
    """Escalate, or let something become of an escalation that there may be."""
    number = draw(st.integers(1, case.escalation.count + 1)) if case.escalation.count else 1
    to, level = draw(st.sampled_from([("L2", 2), ("L3", 3), ("legal", None)]))
    why = {"trigger": "message", "rule": draw(names), "occasion": "", "evidence": draw(names)}
    told = {"told": (draw(names),), "policy_version": "p", **why}
    return draw(
        st.sampled_from(
            [
                ee.CaseEscalated(
                    number=case.escalation.count + 1,
                    to=to,
                    level=level,
                    due=draw(st.none() | instants),
                    calendar=None,
                    calendar_version=None,
                    **told,
                    **header(draw),
                ),
                ee.EscalationReminded(number=number, to=to, **told, **header(draw)),
                ee.EscalationAccepted(number=number, to=to, level=level, **header(draw)),
                ee.EscalationReturned(number=number, to=to, **header(draw)),
                ee.EscalationExpired(
                    number=number, to=to, then=draw(st.sampled_from([None, "L3"])), **header(draw)
                ),
            ]
        )
    )


OTHERS = (
    _escalated,
    _escalated,
    _added,
    _added,
    _moved,
    _triaged,
    lambda draw, _: ev.CaseAssigned(agent=draw(st.none() | names), **header(draw)),
    lambda draw, _: we.CaseOffered(agent=draw(names), until=draw(instants), **header(draw)),
    lambda draw, _: we.OfferDeclined(agent=draw(names), **header(draw)),
    lambda draw, _: we.OfferExpired(agent=draw(names), **header(draw)),
    lambda draw, _: ev.CaseLinked(other=draw(names), relation="related", **header(draw)),
    lambda draw, _: ev.ReasonSet(reason=draw(st.none() | names), **header(draw)),
    lambda draw, _: ev.PrioritySet(priority=draw(st.sampled_from(PRIORITIES)), **header(draw)),
    lambda draw, _: ev.InteractionsMoved(
        other=draw(names),
        relation="merged_from",
        interactions=(draw(names),),
        tally=tally(draw),
        **header(draw),
    ),
    lambda draw, _: ev.CustomerIdentified(
        customer_id=draw(st.none() | names),
        tier=None,
        assurance="claimed",
        evidence="e",
        **header(draw),
    ),
    lambda draw, _: ev.CaseRouted(
        queue=draw(names),
        team=None,
        policy_version="p",
        rule="r",
        source="s",
        skills=tuple(draw(st.lists(needs, max_size=2))),
        **header(draw),
    ),
    lambda draw, _: ev.InteractionRevised(
        interaction_id=draw(names), revision=2, deleted=False, digest="d", **header(draw)
    ),
    lambda draw, _: ev.ReceiptRecorded(interaction_id="i", status="read", **header(draw)),
)


@st.composite
def logs(draw):
    opened = ev.CaseOpened(
        account_id="acme",
        thread_id=draw(threads),
        identity_id="n::i",
        visibility="public",
        opened_at=draw(instants),
        policy_version="p",
        follows=draw(st.none() | names),
        **header(draw),
    )
    log = [opened]
    case = evolve(None, opened)
    for make in draw(st.lists(st.sampled_from(OTHERS), max_size=12)):
        log.append(make(draw, case))
        case = evolve(case, log[-1])
    return log


@pytest.fixture(scope="session")
def legal_logs():
    """Give a strategy of logs of one case, each event legal after those before it."""
    return logs()
