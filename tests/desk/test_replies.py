"""Replies: drafted, checked, approved, queued, and never twice."""

# ruff: noqa: SLF001  whether a case is what its events say is asked of the store itself

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit import (
    IdempotencyConflict,
    IllegalTransition,
    NotFound,
    NotPermitted,
    ReplyRefused,
    StaleCase,
)
from scskit.core.actor import Actor
from scskit.core.agent import Agent
from scskit.core.calendar import Calendar
from scskit.core.match import When
from scskit.core.reply import Violation
from scskit.core.reply_policy import ApprovalRule, ContactHours, ReplyPolicy
from scskit.testing import InstantNetwork, brand_reply, direct_message, message

MINUTE = timedelta(minutes=1)


@pytest.fixture
def wire():
    """A network that takes everything."""
    return InstantNetwork()


@pytest.fixture
def desk(open_here, wire):
    """A desk on that network."""
    return open_here(plugins=[wire.plugin("twitter")])


def ask(desk, text="My card does not work", **attributes):
    """Take a question in, and return its case."""
    (case_id,) = desk.ingest([message(text, **attributes)]).cases
    return case_id


def verified(desk):
    """Look whether every case is what its events say."""
    report = desk._services.store.verify()
    assert report.problems == []


def test_a_draft_leaves_only_when_it_is_submitted_and_sent(desk, wire, clock):
    """Nothing leaves before it is committed, and what left is part of the case."""
    case_id = ask(desk, thread="t1")
    clock.advance(MINUTE)
    draft = desk.replies.draft(case_id, "We look into it", by="agent:ana")
    assert (draft.state, draft.visibility, draft.in_reply_to is not None) == (
        "draft",
        "public",
        True,
    )
    queued = desk.replies.submit(draft.id, by="agent:ana")
    assert (queued.state, wire.texts) == ("queued", [])
    report = desk.outbox.run()
    assert (report.parts, dict(report.states), report.next_ready) == (1, {"sent": 1}, None)
    assert wire.texts == ["We look into it"]
    assert desk.replies.get(draft.id).state == "sent"
    case = desk.cases.get(case_id)
    assert (case.state, case.first_response_at) == ("pending", clock.now())
    last = desk.cases.interactions(case_id)[-1]
    assert (last.text, last.direction, last.external_id) == ("We look into it", "outbound", "x1")
    log = [recorded.event for recorded in desk.cases.log(case_id)]
    assert [e.by for e in log if e.type in {"reply_queued", "interaction_added"}][1:] == [
        "agent:ana",
        "agent:ana",
    ]
    verified(desk)


def test_our_own_echo_is_the_same_message_whenever_it_comes(desk, wire, clock):
    """The network tells of our message before it answers, and once more: it stands there once."""
    question = message("Hello?", thread="t1")
    (case_id,) = desk.ingest([question]).cases
    echo = brand_reply(
        question, "We are on it", external_id="x1", posted_at=clock.now(), thread="t1"
    )

    def tells_first(outbound):
        report = desk.ingest([echo])
        assert report.outcomes[0].state == "applied"
        return wire.post(outbound)

    wire.plan.append(tells_first)
    reply = desk.replies.send(case_id, "We are on it", by="bot:help", automated=True)
    desk.outbox.run()
    assert desk.ingest([echo]).outcomes[0].state == "duplicate"
    ours = [m for m in desk.cases.interactions(case_id) if m.direction == "outbound"]
    assert [(m.external_id, m.automated) for m in ours] == [("x1", True)]
    assert desk.replies.get(reply.id).state == "sent"
    assert desk.cases.get(case_id).first_response_at is None, "a machine's echo is no human answer"
    verified(desk)


def test_a_reply_from_the_native_app_is_somebody_elses(desk, clock):
    """What a colleague wrote in the network's own app answers the customer."""
    question = message("Hello?", thread="t1")
    (case_id,) = desk.ingest([question]).cases
    desk.ingest([brand_reply(question, "Hi, Eva here", thread="t1")])
    case = desk.cases.get(case_id)
    assert case.first_response_at is not None
    assert [r.event.by for r in desk.cases.log(case_id) if r.event.type == "interaction_added"] == [
        "customer",
        "brand",
    ]


def test_a_key_makes_a_call_happen_once(desk, wire):
    """Whoever repeats a call gets what the first one made; other content is refused."""
    case_id = ask(desk)
    first = desk.replies.send(case_id, "We look into it", by="crm:1", key="k")
    desk.outbox.run()
    again = desk.replies.send(case_id, "We look into it", by="crm:1", key="k")
    assert (again.id, again.state) == (first.id, "sent")
    with pytest.raises(IdempotencyConflict, match="another content"):
        desk.replies.send(case_id, "Something else", by="crm:1", key="k")
    assert desk.outbox.run().parts == 0
    assert len(wire.texts) == 1


def test_a_refused_call_leaves_its_key_free(desk):
    """A call that was refused has stored nothing: put right, it goes through under its key."""
    case_id = ask(desk)
    with pytest.raises(ReplyRefused) as refused:
        desk.replies.send(case_id, "   ", by="crm:1", key="k")
    assert [v.code for v in refused.value.violations] == ["empty"]
    assert desk.replies.of(case_id) == []
    assert desk.replies.send(case_id, "Hello", by="crm:1", key="k").state == "queued"


def test_a_forgotten_key_is_free_again(open_here, wire, clock):
    """Keys are remembered as long as the policy says."""
    desk = open_here(plugins=[wire.plugin("twitter")])
    case_id = ask(desk)
    desk.replies.send(case_id, "One", by="crm:1", key="k")
    clock.advance(timedelta(hours=25))
    assert desk.replies.send(case_id, "Two", by="crm:1", key="k").text == "Two"


def test_every_reason_is_named_at_once(desk, wire):
    """Who is refused hears everything that is wrong, not one thing after the other."""
    case_id = ask(desk)
    wire.refuses.append(lambda _, __: [Violation("too-long", "Shorten it.", "wire")])
    desk.replies.suspend("account", "twitter.acme", by="agent:eva", because="hacked")
    draft = desk.replies.draft(case_id, " ", by="agent:ana")
    found = desk.replies.check(draft.id)
    assert found.verdict == "blocked"
    assert {v.code for v in found.violations} == {"account_off", "empty", "too-long"}
    with pytest.raises(ReplyRefused) as refused:
        desk.replies.submit(draft.id, by="agent:ana")
    assert refused.value.verdict == "blocked"
    assert len(refused.value.violations) == 3
    assert desk.replies.get(draft.id).state == "draft"


def test_the_same_words_are_not_said_twice_within_minutes(desk, clock):
    """What was just said, or is about to be, is not said again; later it may be."""
    case_id = ask(desk)
    desk.replies.send(case_id, "We look into it", by="agent:ana")
    with pytest.raises(ReplyRefused, match="The same was said"):
        desk.replies.send(case_id, "we LOOK  into it", by="agent:ben")
    desk.outbox.run()
    with pytest.raises(ReplyRefused, match="The same was said"):
        desk.replies.send(case_id, "We look into it", by="agent:ben")
    clock.advance(timedelta(minutes=11))
    assert desk.replies.send(case_id, "We look into it", by="agent:ben").state == "queued"


def test_a_machine_that_computed_too_long_is_stale(desk, clock):
    """A machine's answer computed before a human's is refused, before and after it is queued."""
    first, second = message("Hello?", thread="t1"), message("Hi?", thread="t2", by="ben")
    one, two = desk.ingest([first, second]).cases
    slow = desk.replies.draft(one, "Try to restart it", by="bot:help", automated=True)
    quick = desk.replies.send(two, "Restart it, please", by="bot:help", automated=True)
    clock.advance(MINUTE)
    answers = [
        brand_reply(q, "I called you", thread=q.thread, posted_at=clock.now())
        for q in (first, second)
    ]
    desk.ingest(answers)
    with pytest.raises(StaleCase):
        desk.replies.submit(slow.id, by="bot:help")
    desk.outbox.run()
    (part,) = desk.replies.parts(quick.id)
    assert (part.state, "stale_case" in part.detail) == ("failed", True)


def test_a_machine_that_somebody_was_faster_than_is_stale(desk):
    """The human's reply is queued first: the machine's draft for the same message is stale."""
    case_id = ask(desk)
    slow = desk.replies.draft(case_id, "Try to restart it", by="bot:help", automated=True)
    desk.replies.send(case_id, "I call you", by="agent:ana")
    with pytest.raises(StaleCase):
        desk.replies.submit(slow.id, by="bot:help")


def test_a_caller_names_the_version_it_saw(desk):
    """Who decided on an older version of a case is told so, and nothing is written."""
    case_id = ask(desk)
    seen = desk.cases.get(case_id).version
    desk.cases.note(case_id, "called", by="agent:ben")
    with pytest.raises(StaleCase):
        desk.replies.draft(case_id, "Hello", by="agent:ana", expected_version=seen)
    with pytest.raises(StaleCase):
        desk.replies.send(case_id, "Hello", by="agent:ana", expected_version=seen)
    assert desk.replies.of(case_id) == []


def test_of_two_drafts_for_one_message_one_is_sent(desk, wire):
    """The other is superseded, and says by which."""
    case_id = ask(desk)
    first = desk.replies.draft(case_id, "From Ana", by="agent:ana")
    second = desk.replies.draft(case_id, "From Ben", by="agent:ben")
    desk.replies.submit(second.id, by="agent:ben")
    beaten = desk.replies.get(first.id)
    assert (beaten.state, beaten.code) == ("cancelled", "superseded")
    assert second.id in beaten.detail
    with pytest.raises(IllegalTransition):
        desk.replies.submit(first.id, by="agent:ana")
    desk.outbox.run()
    assert wire.texts == ["From Ben"]


RULES = ReplyPolicy(
    approval=(
        ApprovalRule(name="trainees", trainee=True),
        ApprovalRule(name="refunds", when=When(reason=("billing.refund",)), visibility="public"),
        ApprovalRule(name="machines in public", automated=True, visibility="public"),
    ),
    approval_expires=timedelta(hours=2),
    private_reasons=("billing.refund",),
)


@pytest.fixture
def strict(open_here, wire, policy):
    """A desk on which trainees and machines need somebody's approval."""
    agents = {**policy.agents, "tim": Agent(name="tim", trainee=True)}
    return open_here(evolve(policy, agents=agents, replies=RULES), plugins=[wire.plugin("twitter")])


def test_an_approval_is_by_somebody_else_and_of_these_words(strict, wire):
    """The author does not approve; an edit voids what was approved; then it is sent once."""
    case_id = ask(strict)
    reply = strict.replies.send(case_id, "We look in to it", by="agent:tim")
    assert (reply.state, reply.asked_for) == (
        "awaiting_approval",
        ("Rule trainees asks for an approval.",),
    )
    assert [one.id for one in strict.replies.awaiting()] == [reply.id]
    with pytest.raises(NotPermitted, match="somebody else"):
        strict.replies.approve(reply.id, by="agent:tim")
    seen = reply.body_hash
    edited = strict.replies.edit(reply.id, "We look into it", by="agent:tim")
    with pytest.raises(IllegalTransition):
        strict.replies.approve(reply.id, by="agent:ana")
    strict.replies.submit(reply.id, by="agent:tim")
    with pytest.raises(IllegalTransition, match="other words"):
        strict.replies.approve(reply.id, by="agent:ana", body_hash=seen)
    done = strict.replies.approve(reply.id, by="agent:ana", body_hash=edited.body_hash)
    assert done.state == "queued"
    strict.outbox.run()
    assert wire.texts == ["We look into it"]
    kinds = [recorded.event.type for recorded in strict.cases.log(case_id)]
    assert kinds.count("approval_requested") == 2
    assert kinds.count("reply_approved") == 1
    verified(strict)


def test_who_changed_the_words_is_an_author_too(strict):
    """Nobody slips an own sentence into a colleague's reply and approves it."""
    case_id = ask(strict)
    reply = strict.replies.send(case_id, "We look into it", by="agent:tim")
    strict.replies.edit(reply.id, "We look into it at once", by="agent:ana")
    strict.replies.edit(reply.id, "We look into it now", by="agent:tim")
    strict.replies.submit(reply.id, by="agent:tim")
    with pytest.raises(NotPermitted):
        strict.replies.approve(reply.id, by="agent:ana")


def test_approvals_expire(strict, clock):
    """What nobody approved in time has to be submitted again."""
    case_id = ask(strict)
    reply = strict.replies.send(case_id, "We look into it", by="agent:tim")
    clock.advance(timedelta(hours=2))
    with pytest.raises(IllegalTransition, match="ended"):
        strict.replies.approve(reply.id, by="agent:ana")
    again = strict.replies.submit(reply.id, by="agent:tim")
    assert again.expires_at == clock.now() + timedelta(hours=2)
    assert strict.replies.approve(reply.id, by="agent:ana").state == "queued"


def test_a_rejected_reply_needs_other_words(strict):
    """Who turned it down says why; the same words cannot be submitted again."""
    case_id = ask(strict)
    reply = strict.replies.send(case_id, "No.", by="agent:tim")
    turned = strict.replies.reject(reply.id, by="agent:ana", because="be kind")
    assert (turned.state, turned.detail) == ("rejected", "be kind")
    with pytest.raises(IllegalTransition):
        strict.replies.submit(reply.id, by="agent:tim")
    strict.replies.edit(reply.id, "Unfortunately not.", by="agent:tim")
    assert strict.replies.submit(reply.id, by="agent:tim").state == "awaiting_approval"


def test_some_reasons_are_only_spoken_of_in_private(strict):
    """The verdict says what would help, and what is graver counts."""
    case_id = ask(strict, "I want my refund")
    draft = strict.replies.draft(case_id, "You get 20 euros", by="agent:tim")
    found = strict.replies.check(draft.id)
    assert found.verdict == "needs_private"
    assert {v.remedy for v in found.violations} == {"approval", "private"}


def test_whispers_never_leave(desk, wire):
    """What colleagues remark on a draft is in nothing that is sent."""
    case_id = ask(desk)
    draft = desk.replies.draft(case_id, "Hello", by="agent:ana")
    desk.replies.whisper(draft.id, "he is a notorious complainer", by="agent:ben")
    desk.replies.submit(draft.id, by="agent:ana")
    desk.outbox.run()
    (sent,) = wire.posted.values()
    assert "notorious" not in repr(sent)
    assert [w.text for w in desk.replies.get(draft.id).whispers] == ["he is a notorious complainer"]


def test_a_crisis_asks_for_an_approval_and_silences_machines(desk, wire):
    """While there is a crisis nothing is said in public that nobody looked at."""
    case_id = ask(desk)
    desk.replies.suspend("crisis", by="agent:eva", because="outage")
    reply = desk.replies.send(case_id, "We are on it", by="agent:ana")
    assert reply.state == "awaiting_approval"
    with pytest.raises(ReplyRefused, match="crisis"):
        desk.replies.send(case_id, "Automatic", by="bot:x", automated=True)
    assert desk.replies.approve(reply.id, by="agent:eva").state == "queued"
    assert desk.replies.resume("crisis", by="agent:eva", because="over")
    assert desk.replies.send(case_id, "Automatic", by="bot:x", automated=True).state == "queued"


def test_a_blocked_person_is_not_written_to_even_if_it_was_queued(desk, wire):
    """What was queued before the person was blocked is not sent either."""
    case_id = ask(desk, by="ana")
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    identity = desk.cases.get(case_id).identity_id
    desk.replies.suspend("customer", identity, by="agent:eva", because="threats")
    desk.outbox.run()
    (part,) = desk.replies.parts(reply.id)
    assert (part.state, part.code, wire.texts) == ("failed", "blocked", [])


@pytest.mark.parametrize(("machine", "code"), [(False, "needs_approval"), (True, "blocked")])
def test_a_crisis_holds_back_what_was_queued_before_it(desk, wire, clock, machine, code):
    """Nobody who wrote or approved it knew of the crisis: it waits for somebody to look again."""
    case_id = ask(desk)
    reply = desk.replies.send(case_id, "What a nice day", by="crm:1", automated=machine)
    clock.advance(MINUTE)
    desk.replies.suspend("crisis", by="agent:eva", because="outage")
    desk.outbox.run()
    (part,) = desk.replies.parts(reply.id)
    assert (part.state, part.code, wire.texts) == ("failed", code, [])
    desk.replies.resume("crisis", by="agent:eva", because="over")
    desk.outbox.redrive(part.id, by="agent:eva", because="it still holds")
    desk.outbox.run()
    assert wire.texts == ["What a nice day"]


def test_contact_hours_hold_for_what_nobody_asked_for(open_here, wire, policy):
    """The law's hours: a notice waits for them, an answer does not."""
    weekdays = {day: ["07:00-19:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar = Calendar.of("America/Bogota", weekdays)
    rules = ReplyPolicy(contact_hours=(ContactHours(name="Ley 2300", calendar="co"),))
    desk = open_here(
        evolve(policy, calendars={"co": calendar}, replies=rules), plugins=[wire.plugin("twitter")]
    )
    case_id = ask(desk)
    notice = desk.replies.draft(case_id, "Pay, please", by="agent:ana", purpose="notice")
    found = desk.replies.check(notice.id, at=desk.clock.now() - timedelta(hours=6))
    assert [v.code for v in found.violations] == ["contact_hours"]
    answer = desk.replies.draft(case_id, "Yes", by="agent:ana")
    assert desk.replies.check(answer.id, at=desk.clock.now() - timedelta(hours=6)).allowed


def test_what_is_scheduled_leaves_in_the_hours_of_the_account(open_here, wire, policy, clock):
    """A reply for tonight leaves tomorrow morning where the account only sends by day."""
    week = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar = Calendar.of("UTC", week)
    rules = ReplyPolicy(hours={"twitter.acme": "day"})
    desk = open_here(
        evolve(policy, calendars={"day": calendar}, replies=rules), plugins=[wire.plugin("twitter")]
    )
    case_id = ask(desk)
    tonight = clock.now().replace(hour=22)
    draft = desk.replies.draft(case_id, "Good morning", by="agent:ana")
    reply = desk.replies.schedule(draft.id, tonight, by="agent:ana")
    assert reply.not_before == (tonight + timedelta(days=1)).replace(hour=9)
    now = desk.replies.send(case_id, "At once", by="agent:ana", purpose="closing")
    desk.outbox.run()
    assert wire.texts == ["At once"], "what is scheduled keeps nothing waiting"
    clock.jump_to(desk.outbox.next_ready())
    desk.outbox.run()
    assert wire.texts == ["At once", "Good morning"]
    assert desk.replies.get(now.id).state == "sent"


def test_what_is_queued_can_be_cancelled_what_left_cannot(desk, wire):
    """Cancelling says the truth: too late is too late."""
    case_id = ask(desk)
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    gone = desk.replies.cancel(reply.id, by="agent:ana", because="wrong case")
    assert desk.replies.get(gone.id).state == "cancelled"
    assert desk.outbox.run().parts == 0
    other = desk.replies.send(case_id, "Hello again", by="agent:ana")
    desk.outbox.run()
    with pytest.raises(IllegalTransition, match="has left"):
        desk.replies.cancel(other.id, by="agent:ana", because="too late")
    assert wire.texts == ["Hello again"]


def test_a_reply_goes_where_the_customer_wrote_last_unless_told(desk, clock):
    """Public to public, private to private; the address is the conversation's own handle."""
    (case_id,) = desk.ingest([direct_message("psst", by="ana", thread="dm-1")]).cases
    private = desk.replies.draft(case_id, "Yes?", by="agent:ben")
    assert (private.visibility, private.recipient, private.thread_key) == ("private", "ana", "dm-1")
    with pytest.raises(NotFound):
        desk.replies.draft(case_id, "?", by="agent:ben", in_reply_to="nowhere")
    with pytest.raises(NotFound):
        desk.replies.draft(case_id, "?", by="agent:ben", thread="nowhere")
    with pytest.raises(IllegalTransition, match="no public conversation"):
        desk.replies.draft(case_id, "?", by="agent:ben", visibility="public")


def test_a_private_answer_to_a_public_question_leads_back_to_its_case(desk, wire, clock):
    """What the person answers there belongs to the same case."""
    question = message("My card 4111 does not work", by="ana", thread="t1")
    (case_id,) = desk.ingest([question]).cases
    reply = desk.replies.send(case_id, "Tell us here", by="agent:ben", visibility="private")
    desk.outbox.run()
    (sent,) = wire.posted.values()
    assert (sent.crosses, sent.recipient, sent.in_reply_to) == (True, "ana", question.external_id)
    assert desk.replies.get(reply.id).state == "sent"
    answer = direct_message("here you are", by="ana", thread="ana", posted_at=clock.now())
    assert desk.ingest([answer]).cases == (case_id,)
    verified(desk)


def test_a_customers_message_is_hidden_on_the_network(desk, wire):
    """What should not stand there is hidden, and shown again; both are in the log."""
    question = message("My card is 4111 1111 1111 1111")
    (case_id,) = desk.ingest([question]).cases
    desk.replies.hide(case_id, question.external_id, by="agent:ana", because="card number")
    desk.outbox.run()
    assert wire.hidden == {("twitter.acme", question.external_id): True}
    desk.replies.hide(case_id, question.external_id, by="agent:ana", because="edited", hidden=False)
    desk.outbox.run()
    assert wire.hidden == {("twitter.acme", question.external_id): False}
    kinds = [r.event.type for r in desk.cases.log(case_id)]
    assert kinds.count("message_hidden") == 2


@pytest.mark.parametrize(
    ("by", "automated"), [("system:bot", True), ("helper:faq", True), ("crm:ana", False)]
)
def test_what_a_machine_writes_is_automated_without_saying_so(
    open_here, wire, policy, by, automated
):
    """Nobody passes a machine's words off as a person's, and so through a window for people."""
    roles = {"helper": "system", "crm": "social_agent"}
    actors = {name: Actor(name=name, roles=(role,)) for name, role in roles.items()}
    desk = open_here(evolve(policy, actors=actors), plugins=[wire.plugin("twitter")])
    case_id = ask(desk, thread="t1")
    assert desk.replies.draft(case_id, "On its way!", by=by).automated is automated
    assert desk.replies.send(case_id, "It is on its way!", by=by).automated is automated
    ours = desk.replies.draft(case_id, "Soon.", by="crm:ana")
    assert desk.replies.edit(ours.id, "Tomorrow.", by=by).automated is automated
