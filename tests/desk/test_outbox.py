"""The outbox: in order within a conversation, never twice, and honest about what nobody knows."""

# ruff: noqa: SLF001  whether a case is what its events say is asked of the store itself

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from attrs import evolve

from scskit import Author, IllegalTransition, hookimpl, open_desk
from scskit.core.errors import CredentialsRejected, OutcomeUnknown, Rejected, RetryLater
from scskit.core.interaction import Receipt
from scskit.core.outbound import PART_MOVES, PART_STATES, REPLY_MOVES, REPLY_STATES, state_of
from scskit.core.reply import DeliveryReceipt
from scskit.core.reply_policy import ReplyPolicy
from scskit.testing import FakeClock, InstantNetwork, brand_reply, direct_message, message

MINUTE = timedelta(minutes=1)
BLIND = frozenset({"reply_public", "reply_private", "receipts"})
"""What a network can do that cannot be asked what arrived."""


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


def run_on(desk, clock, most=50):
    """Run the outbox until nothing is left to do by itself."""
    for _ in range(most):
        report = desk.outbox.run()
        if report.next_ready is None:
            return
        clock.jump_to(max(report.next_ready, clock.now()))
    pytest.fail("the outbox never came to rest")


def outcomes(desk, reply):
    """Return what came of each attempt at a reply."""
    return [
        a.outcome for part in desk.replies.parts(reply.id) for a in desk.replies.attempts(part.id)
    ]


def test_no_state_leads_out_of_the_drawing():
    """Every state has its moves, and leads only to states that there are."""
    assert set(PART_MOVES) == set(PART_STATES)
    assert all(to in PART_STATES for moves in PART_MOVES.values() for to in moves)
    assert all(to in REPLY_STATES for moves in REPLY_MOVES.values() for to in moves)


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        (["queued", "queued"], "queued"),
        (["sent", "queued"], "sending"),
        (["sent", "sending"], "sending"),
        (["sent", "read"], "sent"),
        (["delivered", "read"], "delivered"),
        (["sent", "failed"], "failed"),
        (["unknown", "queued"], "unknown"),
        (["sent", "cancelled"], "sent"),
        (["cancelled", "cancelled"], "cancelled"),
    ],
)
def test_a_reply_stands_where_its_parts_do(parts, state):
    """The worst news first, then how far the last part came."""
    assert state_of(parts) == state


def test_the_network_asks_to_wait_and_is_obeyed(desk, wire, clock):
    """After 429 nothing is sent before its time; then it is, once."""
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")
    wire.plan.append(RetryLater("too many", 900, error_class="rate_limit"))
    before = clock.now()
    report = desk.outbox.run()
    assert report.next_ready == before + timedelta(seconds=900)
    assert desk.outbox.run().parts == 0
    run_on(desk, clock)
    assert wire.texts == ["Hello"]
    assert outcomes(desk, reply) == ["retry", "sent"]


def test_what_the_network_refuses_is_a_dead_letter_until_somebody_sends_it_again(desk, wire):
    """It is not tried again by itself, it says why, and it can be re-driven."""
    case_id = ask(desk)
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(Rejected("no such user", code=100, subcode=33, error_class="permanent"))
    desk.outbox.run()
    (part,) = desk.outbox.stuck()
    assert (part.state, part.code, part.error_class) == ("failed", "100", "permanent")
    assert desk.outbox.run().parts == 0
    assert "reply_failed" in [r.event.type for r in desk.cases.log(case_id)]
    desk.outbox.redrive(part.id, by="agent:eva", because="the account is back")
    desk.outbox.run()
    assert (wire.texts, desk.replies.get(reply.id).state) == (["Hello"], "sent")
    assert outcomes(desk, reply) == ["rejected", "sent"]
    with pytest.raises(IllegalTransition):
        desk.outbox.redrive(part.id, by="agent:eva", because="again")
    assert desk._services.store.verify().problems == []


def test_an_expired_token_keeps_messages_until_it_is_renewed(desk, wire, clock):
    """Credentials are tried again, less and less often; nothing is lost meanwhile."""
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")
    wire.plan.extend([CredentialsRejected("expired", code=190)] * 3)
    run_on(desk, clock)
    assert outcomes(desk, reply) == ["credentials"] * 3 + ["sent"]


def test_nobody_tries_for_ever(open_here, wire, policy, clock):
    """After the attempts that the policy grants it is a dead letter, with its reason."""
    rules = ReplyPolicy(most_attempts=4)
    desk = open_here(evolve(policy, replies=rules), plugins=[wire.plugin("twitter")])
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")
    wire.plan.extend([RetryLater("busy", 1)] * 9)
    run_on(desk, clock)
    (part,) = desk.replies.parts(reply.id)
    assert (part.state, part.attempts, part.code) == ("failed", 4, "exhausted")
    assert "given up after 4 attempts" in part.detail
    wire.plan.clear()
    wire.plan.extend([RetryLater("busy", 1)] * 3)
    desk.outbox.redrive(part.id, by="agent:eva", because="they are back")
    run_on(desk, clock)
    assert outcomes(desk, reply) == ["retry"] * 7 + ["sent"]


def test_waiting_for_a_limit_is_no_attempt_that_failed(open_here, wire, policy, clock):
    """However often a network says "too many": what is only late is never a dead letter."""
    rules = ReplyPolicy(most_attempts=3)
    desk = open_here(evolve(policy, replies=rules), plugins=[wire.plugin("twitter")])
    replies = [desk.replies.send(ask(desk, thread=n), n, by="agent:ana") for n in ("a", "b")]
    wire.plan.append(arrives_but_nobody_hears(wire))
    desk.outbox.run(concurrency=1)
    too_many = RetryLater("too many", 60, error_class="rate_limit")
    wire.plan.extend([too_many] * 9)
    wire.unseen.extend([too_many] * 9)
    run_on(desk, clock)
    assert wire.looked == 10
    assert sorted(wire.texts) == ["a", "b"]
    assert {desk.replies.get(reply.id).state for reply in replies} == {"sent"}


def test_looking_in_vain_is_no_attempt_to_send(open_here, wire, policy, clock):
    """What nobody could look for at first, and is not there, has all its attempts before it."""
    rules = ReplyPolicy(most_attempts=3)
    desk = open_here(evolve(policy, replies=rules), plugins=[wire.plugin("twitter")])
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")
    lost, busy = OutcomeUnknown("timed out"), RetryLater("busy", 1)
    wire.plan.extend([lost, lost, None])
    wire.unseen.extend([busy, busy])
    run_on(desk, clock)
    assert outcomes(desk, reply)[:4] == ["unknown"] * 3 + ["absent"]
    assert outcomes(desk, reply)[4:] == ["unknown", "absent", "sent"]
    other = desk.replies.send(ask(desk, thread="b"), "Bye", by="agent:ana")
    wire.plan.append(lost)
    wire.unseen.extend([busy] * 3)
    run_on(desk, clock)
    (part,) = desk.outbox.stuck()
    assert (part.reply_id, part.state) == (other.id, "unknown")
    assert "nobody could tell: busy" in part.detail


def arrives_but_nobody_hears(wire):
    """Take a message, and lose the answer."""

    def plan(outbound):
        wire.post(outbound)
        raise OutcomeUnknown("timed out")

    return plan


def test_before_anything_is_sent_again_somebody_looks(desk, wire, clock):
    """It arrived although no answer came: it is found, and not sent again."""
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")
    wire.plan.append(arrives_but_nobody_hears(wire))
    desk.outbox.run()
    assert desk.replies.get(reply.id).state == "unknown"
    run_on(desk, clock)
    assert (wire.texts, wire.looked) == (["Hello"], 1)
    assert outcomes(desk, reply) == ["unknown", "found"]
    assert desk.replies.get(reply.id).state == "sent"


def test_what_did_not_arrive_is_sent_again(desk, wire, clock):
    """Nothing is lost either: what is not there is sent."""
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")
    wire.plan.append(OutcomeUnknown("timed out"))
    run_on(desk, clock)
    assert wire.texts == ["Hello"]
    assert outcomes(desk, reply) == ["unknown", "absent", "sent"]


@pytest.fixture
def blind(open_here, wire):
    """A desk on a network that cannot be asked what arrived."""
    return open_here(plugins=[wire.plugin("twitter", capabilities=BLIND)])


def test_where_nobody_can_look_it_stays_unknown_for_a_person(blind, wire, clock):
    """It is never blindly sent again; a person who looked says what became of it."""
    case_id = ask(blind)
    reply = blind.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(arrives_but_nobody_hears(wire))
    run_on(blind, clock)
    assert blind.replies.get(reply.id).state == "unknown"
    assert "reply_unknown" in [r.event.type for r in blind.cases.log(case_id)]
    (part,) = blind.outbox.stuck()
    blind.outbox.resolve(
        part.id, arrived=True, by="agent:eva", because="it stands there", external_id="x1"
    )
    assert blind.replies.get(reply.id).state == "sent"
    assert [m.external_id for m in blind.cases.interactions(case_id)][-1] == "x1"
    assert wire.texts == ["Hello"]
    with pytest.raises(IllegalTransition):
        blind.outbox.resolve(part.id, arrived=False, by="agent:eva", because="twice")


def test_a_person_can_say_that_it_never_arrived(blind, wire, clock):
    """Then it is sent."""
    reply = blind.replies.send(ask(blind), "Hello", by="agent:ana")
    wire.plan.append(OutcomeUnknown("timed out"))
    run_on(blind, clock)
    (part,) = blind.outbox.stuck()
    blind.outbox.resolve(part.id, arrived=False, by="agent:eva", because="nothing there")
    run_on(blind, clock)
    assert (wire.texts, blind.replies.get(reply.id).state) == (["Hello"], "sent")


def test_a_receipt_tells_of_what_nobody_knew(blind, wire, clock):
    """The network gives our reference back with a receipt: then it is known to have arrived."""
    case_id = ask(blind)
    reply = blind.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(arrives_but_nobody_hears(wire))
    run_on(blind, clock)
    (part,) = blind.replies.parts(reply.id)
    told = Receipt(
        account="twitter.acme", target="x1", status="delivered", at=clock.now(), reference=part.id
    )
    blind.ingest([told])
    assert blind.replies.get(reply.id).state == "delivered"
    assert [m.text for m in blind.cases.interactions(case_id)][-1] == "Hello"
    assert blind.outbox.stuck() == []
    assert blind._services.store.verify().problems == []


@pytest.mark.parametrize("at_once", [False, True])
def test_a_receipt_tells_of_what_was_said_in_a_conversation_under_way(
    open_here, wire, clock, at_once
):
    """The conversation stays the one it was, also where the person writes at the same moment."""
    capabilities = {"reply_private", "receipts"}
    desk = open_here(plugins=[wire.plugin("twitter", capabilities=capabilities)])
    (case_id,) = desk.ingest([direct_message("Hello?", by="eva")]).cases
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(arrives_but_nobody_hears(wire))
    run_on(desk, clock)
    (part,) = desk.replies.parts(reply.id)
    told = Receipt(
        account="twitter.acme", target="x1", status="delivered", at=clock.now(), reference=part.id
    )
    more = [direct_message("Anybody?", by="eva", external_id="m2")]
    report = desk.ingest([*more, told] if at_once else [told])
    assert report.counts["quarantined"] == 0
    assert desk.replies.get(reply.id).state == "delivered"
    (case,) = desk.cases.find().cases
    assert (case.inbound_count, case.outbound_count) == (1 + at_once, 1)
    desk.ingest([direct_message("Thanks", by="eva", external_id="m3")])
    assert len(desk.cases.find().cases) == 1
    assert desk._services.store.verify().problems == []


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_a_receipt_leaves_known_people_known(blind, wire, clock, visibility):
    """What a receipt tells of belongs to the conversation and the person that are there."""
    who = Author(external_id="ana-1", handle="ana", name="Ana Ruiz")
    question = message("Hello?", by=who, thread="ana-1", visibility=visibility)
    (case_id,) = blind.ingest([question]).cases
    reply = blind.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(arrives_but_nobody_hears(wire))
    run_on(blind, clock)
    (part,) = blind.replies.parts(reply.id)
    told = Receipt(
        account="twitter.acme", target="x1", status="read", at=clock.now(), reference=part.id
    )
    assert blind.ingest([told]).counts["applied"] == 1
    assert [m.text for m in blind.cases.interactions(case_id)] == ["Hello?", "Hello"]
    identity = blind.customers.identity(blind.cases.get(case_id).identity_id)
    assert (identity.handle, identity.name) == ("ana", "Ana Ruiz")
    assert blind.ingest(
        [message("Thanks", by=who, thread="ana-1", visibility=visibility)]
    ).cases == (case_id,)


def test_an_echo_tells_of_what_nobody_knew(blind, wire, clock):
    """So does the message itself, when the network shows it."""
    question = message("Hello?", thread="t1")
    (case_id,) = blind.ingest([question]).cases
    reply = blind.replies.send(case_id, "See https://acme.example/help?a=1", by="agent:ana")
    wire.plan.append(arrives_but_nobody_hears(wire))
    run_on(blind, clock)
    shown = "See https://t.co/abc"
    blind.ingest([brand_reply(question, shown, external_id="x1", thread="t1")])
    assert blind.replies.get(reply.id).state == "sent"
    answers = [m for m in blind.cases.interactions(case_id) if m.direction == "outbound"]
    assert [m.external_id for m in answers] == ["x1"]


def queued_again(desk, wire, clock):
    """Send what arrives unheard of, and is not found; it is to be sent again in a while."""
    question = message("Hello?", thread="t1")
    (case_id,) = desk.ingest([question]).cases
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.extend([OutcomeUnknown("timed out"), RetryLater("busy", 600)])
    desk.outbox.run()
    clock.advance(MINUTE)
    desk.outbox.run()
    assert outcomes(desk, reply) == ["unknown", "absent", "retry"]
    (part,) = desk.replies.parts(reply.id)
    assert part.state == "queued"
    return question, part


@pytest.mark.parametrize("extra", [False, True])
def test_an_echo_that_comes_late_keeps_it_from_being_sent_again(desk, wire, clock, extra):
    """The network was slow to show it: nobody found it, but there it is before the next try."""
    question, part = queued_again(desk, wire, clock)
    told = {"extra": {"metadata": part.id}, "text": "Hello!"} if extra else {"text": "Hello"}
    desk.ingest([brand_reply(question, external_id="x1", thread="t1", **told)])
    run_on(desk, clock)
    assert wire.texts == []
    assert desk.replies.get(part.reply_id).state == "sent"
    answers = desk.cases.interactions(part.outbound.case_id)[1:]
    assert [m.external_id for m in answers] == ["x1"]
    assert desk._services.store.verify().problems == []


def test_an_echo_is_rather_of_what_is_being_sent(open_here, wire, policy, clock):
    """The same words again while nobody knows of the first: what is known of one stays with it."""
    rules = evolve(policy, replies=ReplyPolicy(repeat_within=timedelta(0)))
    desk = open_here(rules, plugins=[wire.plugin("twitter", capabilities=BLIND)])
    question = message("Hello?", thread="t1")
    (case_id,) = desk.ingest([question]).cases
    first = desk.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(OutcomeUnknown("timed out"))
    run_on(desk, clock)

    def tells_before_it_answers(outbound):
        receipt = wire.post(outbound)
        external_id = receipt.external_id
        desk.ingest([brand_reply(question, "Hello", external_id=external_id, thread="t1")])
        return receipt

    second = desk.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(tells_before_it_answers)
    run_on(desk, clock)
    assert [desk.replies.get(one.id).state for one in (first, second)] == ["unknown", "sent"]


def test_an_echo_is_not_taken_for_what_was_told_to_wait(desk, wire, clock):
    """The same words in another message of the conversation: what never left is still to leave."""
    question = message("Hello?", thread="t1")
    (case_id,) = desk.ingest([question]).cases
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(RetryLater("busy", 600))
    desk.outbox.run()
    desk.ingest([brand_reply(question, "Hello", external_id="theirs", thread="t1")])
    run_on(desk, clock)
    assert (wire.texts, outcomes(desk, reply)) == (["Hello"], ["retry", "sent"])


def test_a_receipt_that_comes_late_keeps_it_from_being_sent_again(blind, wire, clock):
    """Somebody looked in vain and let it be sent again; then the network tells of the first."""
    (case_id,) = blind.ingest([message("Hello?")]).cases
    reply = blind.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(OutcomeUnknown("timed out"))
    run_on(blind, clock)
    (part,) = blind.outbox.stuck()
    blind.outbox.resolve(part.id, arrived=False, by="agent:eva", because="nothing there")
    told = Receipt(
        account="twitter.acme", target="x1", status="delivered", at=clock.now(), reference=part.id
    )
    blind.ingest([told])
    run_on(blind, clock)
    assert (wire.texts, blind.replies.get(reply.id).state) == ([], "delivered")


def test_a_failure_told_late_does_not_keep_it_from_being_sent_again(blind, wire, clock):
    """That the first did not arrive is why it is sent again."""
    (case_id,) = blind.ingest([message("Hello?")]).cases
    reply = blind.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(OutcomeUnknown("timed out"))
    run_on(blind, clock)
    (part,) = blind.outbox.stuck()
    blind.outbox.resolve(part.id, arrived=False, by="agent:eva", because="nothing there")
    told = Receipt(
        account="twitter.acme", target="x0", status="failed", at=clock.now(), reference=part.id
    )
    blind.ingest([told])
    run_on(blind, clock)
    assert (wire.texts, blind.replies.get(reply.id).state) == (["Hello"], "sent")


def test_what_failed_by_report_and_arrived_after_all_is_not_sent_again(desk, wire, clock):
    """Somebody queued it again; then the network says that the first was delivered."""
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")
    desk.outbox.run()
    (part,) = desk.replies.parts(reply.id)
    receive = {"account": "twitter.acme", "target": part.external_id}
    desk.ingest([Receipt(**receive, status="failed", at=clock.now())])
    desk.outbox.redrive(part.id, by="agent:ana", because="the number was wrong")
    desk.ingest([Receipt(**receive, status="delivered", at=clock.now())])
    run_on(desk, clock)
    assert (wire.texts, desk.replies.get(reply.id).state) == (["Hello"], "delivered")


def test_what_was_said_long_before_is_not_taken_for_what_is_unknown(blind, wire, clock):
    """The same words of the brand's from last week come in late: the new ones are no less due."""
    question = message("Hello?", thread="t1")
    (case_id,) = blind.ingest([question]).cases
    reply = blind.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(OutcomeUnknown("timed out"))
    run_on(blind, clock)
    earlier = clock.now() - timedelta(days=7)
    blind.ingest([brand_reply(question, "Hello", external_id="x0", thread="t1", posted_at=earlier)])
    assert blind.replies.get(reply.id).state == "unknown"


def test_an_echo_is_known_again_when_its_batch_is_taken_in_anew(open_here, wire, clock):
    """What else came with it may be poison, or lose a race: the reply has arrived nevertheless."""

    class Choosy:
        @hookimpl
        def scskit_match_case(self, interaction):
            message = f"{interaction.external_id} is too much"
            raise ValueError(message)

    network = wire.plugin("twitter", capabilities=BLIND)
    desk = open_here(plugins=[network, Choosy()])
    question = message("Hello?", thread="t1")
    (case_id,) = desk.ingest([question]).cases
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    wire.plan.append(arrives_but_nobody_hears(wire))
    run_on(desk, clock)
    assert desk.replies.get(reply.id).state == "unknown"
    echo = brand_reply(question, "Hello", external_id="x1", thread="t1")
    report = desk.ingest([echo, message("And now?", thread="t1")])
    assert (report.counts["applied"], report.counts["quarantined"]) == (1, 1)
    assert desk.replies.get(reply.id).state == "sent"
    assert [part.state for part in desk.replies.parts(reply.id)] == ["sent"]


class ByWords(InstantNetwork):
    """A network on which a message is looked for by its words alone, the latest first."""

    def find_sent(self, outbound):
        """Pass over what is known to be another message."""
        yield from ()
        alike = [x for x, one in self.posted.items() if one.text == outbound.text]
        found = next((x for x in reversed(alike) if x not in outbound.others), None)
        return DeliveryReceipt(external_id=found) if found else None


@pytest.fixture
def by_words(open_here, policy):
    """A desk on such a network."""
    network = ByWords()
    policy = evolve(policy, replies=ReplyPolicy(repeat_within=timedelta(0)))
    return open_here(policy, plugins=[network.plugin("twitter")]), network


def test_what_is_said_twice_on_purpose_stands_there_twice(by_words, clock):
    """The second got lost: the first is not taken for it."""
    desk, wire = by_words
    case_id = ask(desk)
    desk.replies.send(case_id, "Hello", by="agent:ana")
    run_on(desk, clock)
    wire.plan.append(OutcomeUnknown("timed out"))
    again = desk.replies.send(case_id, "Hello", by="agent:ana")
    run_on(desk, clock)
    assert outcomes(desk, again) == ["unknown", "absent", "sent"]
    assert wire.texts == ["Hello", "Hello"]


@pytest.mark.parametrize("arrives", [0, 1, 2])
def test_one_message_is_not_found_for_two_replies(by_words, clock, arrives):
    """The network broke down while many were told the same: each of them is, once."""
    desk, wire = by_words
    cases = [ask(desk, by=f"p{n}", thread=f"t{n}") for n in range(2)]
    replies = [desk.replies.send(case_id, "Hello", by="agent:ana") for case_id in cases]
    wire.plan.extend(
        arrives_but_nobody_hears(wire) if n < arrives else OutcomeUnknown("timed out")
        for n in range(2)
    )
    run_on(desk, clock)
    assert wire.texts == ["Hello", "Hello"]
    assert {desk.replies.get(reply.id).state for reply in replies} == {"sent"}
    stands = [m.external_id for c in cases for m in desk.cases.interactions(c)[1:]]
    assert sorted(stands) == sorted(wire.posted)
    assert desk._services.store.verify().problems == []


def test_what_a_colleague_said_before_is_not_taken_for_it(by_words, clock):
    """Somebody wrote the same words in the network's own app: ours are said as well."""
    desk, wire = by_words
    question = message("Hello?")
    (case_id,) = desk.ingest([question]).cases
    outbound = desk.replies.draft(case_id, "Hello", by="agent:ana")
    wire.posted["theirs"] = outbound
    desk.ingest([brand_reply(question, "Hello", external_id="theirs", posted_at=clock.now())])
    clock.advance(MINUTE)
    wire.plan.append(OutcomeUnknown("timed out"))
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    run_on(desk, clock)
    assert outcomes(desk, reply) == ["unknown", "absent", "sent"]


def test_who_finds_another_message_again_and_again_leaves_it_to_a_person(open_here, policy, clock):
    """A connector that passes over nothing ends nowhere: somebody has to look."""

    class Stubborn(ByWords):
        def find_sent(self, outbound):
            return super().find_sent(evolve(outbound, others=()))

    wire = Stubborn()
    rules = ReplyPolicy(repeat_within=timedelta(0), most_attempts=3)
    desk = open_here(evolve(policy, replies=rules), plugins=[wire.plugin("twitter")])
    case_id = ask(desk)
    desk.replies.send(case_id, "Hello", by="agent:ana")
    run_on(desk, clock)
    wire.plan.append(OutcomeUnknown("timed out"))
    desk.replies.send(case_id, "Hello", by="agent:ana")
    run_on(desk, clock)
    (part,) = desk.outbox.stuck()
    assert (part.state, part.detail) == ("unknown", "what was found is another message")
    assert wire.texts == ["Hello"]


@pytest.mark.parametrize("trouble", [Rejected("no"), OutcomeUnknown("timed out")])
def test_what_becomes_of_a_reply_is_told_where_its_case_went(blind, wire, clock, trouble):
    """A case is merged while its reply waits: the outbox goes on, and the other case tells."""
    asked = [message(f"Question {n}", by=f"p{n}", thread=f"t{n}") for n in range(3)]
    case_id, other, third = blind.ingest(asked).cases
    reply = blind.replies.send(case_id, "Hello", by="agent:ana")
    behind = blind.replies.send(third, "Welcome", by="agent:ana")
    blind.cases.merge(case_id, other, by="agent:ana", because="the same person")
    wire.plan.append(trouble)
    run_on(blind, clock)
    (part,) = blind.outbox.stuck()
    expected = "failed" if isinstance(trouble, Rejected) else "unknown"
    assert (part.reply_id, part.state) == (reply.id, expected)
    assert f"reply_{expected}" in [r.event.type for r in blind.cases.log(other)]
    assert blind.replies.get(behind.id).state == "sent"
    if expected == "failed":
        blind.outbox.redrive(part.id, by="agent:ana", because="again")
    else:
        blind.outbox.resolve(part.id, arrived=False, by="agent:ana", because="nothing there")
    run_on(blind, clock)
    assert blind.replies.get(reply.id).state == "sent"
    assert [m.text for m in blind.cases.interactions(other)][-1] == "Hello"
    assert blind._services.store.verify().problems == []


def test_a_machines_answer_is_late_where_its_case_went(desk, wire, clock):
    """Somebody answered in the case that took the other over: nothing automated follows that."""
    asked = [message(f"Question {n}", by=f"p{n}", thread=f"t{n}") for n in range(2)]
    case_id, other = desk.ingest(asked).cases
    reply = desk.replies.send(case_id, "A guess", by="agent:ana", automated=True)
    desk.cases.merge(case_id, other, by="agent:ana", because="the same person")
    clock.advance(MINUTE)
    answer = brand_reply(asked[1], "I know it", posted_at=clock.now())
    desk.ingest([answer])
    run_on(desk, clock)
    assert desk.replies.get(reply.id).state == "failed"
    assert wire.texts == []


def test_receipts_move_a_reply_forward_only(desk, wire, clock):
    """Whatever order they come in; a failure after delivery is none."""
    case_id = ask(desk)
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    desk.outbox.run()
    for status, state in (
        ("read", "read"),
        ("delivered", "read"),
        ("sent", "read"),
        ("failed", "read"),
    ):
        told = Receipt(account="twitter.acme", target="x1", status=status, at=clock.now())
        desk.ingest([told])
        assert desk.replies.get(reply.id).state == state


def test_a_failure_that_is_told_later_counts(desk, wire, clock):
    """The network took it and says later that it did not arrive: the reply failed, and says why."""
    case_id = ask(desk)
    reply = desk.replies.send(case_id, "Hello", by="agent:ana")
    desk.outbox.run()
    told = Receipt(
        account="twitter.acme",
        target="x1",
        status="failed",
        at=clock.now(),
        detail="window closed",
        error_class="window",
    )
    desk.ingest([told])
    assert desk.replies.get(reply.id).state == "failed"
    (part,) = desk.outbox.stuck()
    assert (part.error_class, part.detail) == ("window", "window closed")
    assert "reply_failed" in [r.event.type for r in desk.cases.log(case_id)]
    assert desk._services.store.verify().problems == []


def test_a_conversation_keeps_its_order_and_others_go_on(desk, wire, clock):
    """What was said first arrives first in its conversation; another one does not wait."""
    slow, other = ask(desk, thread="a", by="ana"), ask(desk, thread="b", by="ben")
    desk.replies.send(slow, "first", by="agent:ana")
    desk.replies.send(slow, "second", by="agent:ana")
    desk.replies.send(other, "elsewhere", by="agent:ana")
    wire.plan.append(RetryLater("busy", 60))
    desk.outbox.run(concurrency=1)
    assert wire.texts == ["elsewhere"]
    run_on(desk, clock)
    assert wire.texts == ["elsewhere", "first", "second"]


def test_a_process_that_died_is_followed_up(desk, open_here, wire, clock):
    """What it was sending is looked for when its lease is over, and never before."""
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")

    class Killed(BaseException):
        pass

    def dies(outbound):
        wire.post(outbound)
        raise Killed

    wire.plan.append(dies)
    with pytest.raises(Killed):
        desk.outbox.run()
    other = open_here(plugins=[wire.plugin("twitter")])
    assert other.outbox.run().parts == 0
    clock.jump_to(other.outbox.next_ready())
    run_on(other, clock)
    assert wire.texts == ["Hello"]
    assert outcomes(other, reply) == ["lost", "found"]


class Killed(BaseException):
    """What ends a process, whatever it catches."""


def test_what_a_dead_process_had_not_begun_is_not_unknown(open_here, wire, clock):
    """Where nobody can look, a process has only so much in hand as is leaving at that moment."""
    plugin = wire.plugin("twitter", capabilities={"reply_public"})
    desk = open_here(plugins=[plugin])
    for n in range(12):
        desk.replies.send(ask(desk, thread=f"t{n}", by=f"p{n}"), f"answer {n}", by="agent:ana")

    def dies(outbound):
        wire.post(outbound)
        raise Killed

    wire.plan.extend([None, dies])
    with pytest.raises(Killed):
        desk.outbox.run(concurrency=1)
    other = open_here(plugins=[plugin])
    run_on(other, clock)
    assert len(other.outbox.stuck()) == 1
    assert sorted(wire.texts) == sorted(f"answer {n}" for n in range(12))


@pytest.mark.parametrize("seconds", [1, 30, 600])
def test_a_lease_may_be_short(open_here, wire, policy, seconds):
    """However long a process is given, it sends."""
    rules = ReplyPolicy(lease=timedelta(seconds=seconds))
    desk = open_here(evolve(policy, replies=rules), plugins=[wire.plugin("twitter")])
    desk.replies.send(ask(desk), "Hello", by="agent:ana")
    desk.outbox.run()
    assert wire.texts == ["Hello"]


def test_whoever_is_slow_gives_back_what_is_left(desk, open_here, wire, clock):
    """Nothing is begun near the end of a lease, and none of it counts as an attempt that failed."""
    replies = [
        desk.replies.send(ask(desk, thread=f"t{n}", by=f"p{n}"), f"answer {n}", by="agent:ana")
        for n in range(30)
    ]

    def slow(outbound):
        clock.advance(timedelta(seconds=100))
        return wire.post(outbound)

    wire.plan.extend([slow] * 30)
    desk.outbox.run(concurrency=1)
    assert sorted(wire.texts) == sorted(f"answer {n}" for n in range(30))
    assert {desk.replies.parts(reply.id)[0].state for reply in replies} == {"sent"}


def test_a_plugin_that_fails_around_a_request_does_not_make_it_leave_twice(desk, wire, clock):
    """Nobody knows whether it left: so somebody looks first."""
    reply = desk.replies.send(ask(desk), "Hello", by="agent:ana")

    def breaks(outbound):
        wire.post(outbound)
        raise KeyError("bug")

    wire.plan.append(breaks)
    run_on(desk, clock)
    assert wire.texts == ["Hello"]
    assert outcomes(desk, reply) == ["unknown", "found"]


def test_workers_share_the_work(open_here, wire, clock):
    """Four workers at once send each message once, in the order of its conversation."""
    desks = [open_here(plugins=[wire.plugin("twitter")]) for _ in range(4)]
    cases = [ask(desks[0], thread=f"t{n}", by=f"p{n}") for n in range(12)]
    for n in range(5):
        for case_id in cases:
            desks[0].replies.send(case_id, f"{case_id} {n}", by="agent:ana")

    def work(desk):
        for _ in range(20):  # nobody moves the clock: that would end the leases of the others
            desk.outbox.run()

    threads = [Thread(target=work, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_on(desks[0], clock)
    assert len(wire.texts) == 60
    for case_id in cases:
        ours = [text for text in wire.texts if text.startswith(case_id)]
        assert ours == [f"{case_id} {n}" for n in range(5)]
    assert desks[0]._services.store.verify().problems == []


def test_what_arrives_with_another_address_leads_back_too(desk, wire, clock):
    """The network has a scoped id for the person in private: their answer finds the case."""
    (case_id,) = desk.ingest([message("Hello?", by="author-1", thread="t1")]).cases

    def scoped(outbound):
        wire.post(outbound)
        return DeliveryReceipt(external_id="x1", recipient="scoped-9")

    wire.plan.append(scoped)
    desk.replies.send(case_id, "In private", by="agent:ana", visibility="private")
    desk.outbox.run()
    answer = message("Here", by="scoped-9", thread="scoped-9", visibility="private")
    assert desk.ingest([answer]).cases == (case_id,)


def test_a_machines_clock_is_not_waited_for(tmp_path):
    """With a clock of its own, a desk never sleeps on a network's account."""
    wire = InstantNetwork()
    with open_desk(
        tmp_path / "d.db", discover=False, plugins=[wire.plugin("twitter")], clock=FakeClock()
    ) as desk:
        desk.replies.send(ask(desk), "Hello", by="agent:ana")
        wire.plan.append(RetryLater("busy", 3600))
        assert desk.outbox.run().parts == 1
