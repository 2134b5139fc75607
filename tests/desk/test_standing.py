"""Standing answers: said by themselves, once, never to a machine, and never for a person."""

# ruff: noqa: SLF001  whether a case is what its events say is asked of the store itself

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scskit import hookimpl
from scskit.config import parse_desk_file
from scskit.core.reply import Draft, Violation
from scskit.testing import FakeClock, InstantNetwork, brand_reply, direct_message, message

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, 11, tzinfo=UTC)
"""Noon in Madrid, in opening hours."""

BASE = """
[desk]
time_zone = "Europe/Madrid"
default_queue = "inbox"
[accounts."twitter.acme"]
network = "twitter"
handle = "acme"
[queues.inbox]
[queues.people]
[calendars.office.weekly]
mon = ["09:00-14:00"]
tue = ["09:00-14:00"]
[sla]
calendar = "office"
answers = ["public", "private", "bot"]
[[sla.targets]]
first_response = "1h"
next_response = "1h"
[standing.acknowledgement]
visibility = ["private", "public"]
[standing.out_of_hours]
[standing.handover]
queue = "people"
[[standing.answers]]
source = "faq*"
confidence = 0.9
"""


class Faq:
    """A bot that knows one answer, more or less surely."""

    def __init__(self, confidence=0.95, by="faq-bot"):
        """Answer with this confidence."""
        self.confidence, self.by, self.asked = confidence, by, []

    @hookimpl
    def scskit_suggest_reply(self, case, message):
        """Answer what is about opening hours."""
        self.asked.append(message.text if message else None)
        if message and "open" in message.text:
            yield Draft(
                case_id=case.id, text="We open at nine.", by=self.by, confidence=self.confidence
            )


@pytest.fixture
def clock():
    """Stand in opening hours."""
    return FakeClock(MONDAY)


@pytest.fixture
def wire():
    """A network that takes everything."""
    return InstantNetwork()


@pytest.fixture
def open_with(open_here, wire):
    """Open desks with this desk file."""

    def open_(text=BASE, *plugins):
        policy = parse_desk_file(text).policy
        return open_here(policy, plugins=[wire.plugin("twitter"), *plugins])

    return open_


def write(desk, clock, text="My order is late", **attributes):
    """Let Ana write now, and send what is said."""
    attributes = {"posted_at": clock.now(), "language": "es"} | attributes
    report = desk.ingest([direct_message(text, **attributes)])
    desk.outbox.run()
    return report


def sound(desk):
    """Look whether every case is what its events say."""
    assert desk._services.store.verify().problems == []


def test_a_message_is_acknowledged_with_the_promise_that_really_holds(open_with, wire, clock):
    """Who writes is told, in their language, until when an answer is due: as the clock says."""
    desk = open_with()
    clock.jump_to(MONDAY + 90 * MINUTE)  # 13:30, half an hour before closing
    (case_id,) = write(desk, clock).cases
    (said,) = wire.texts
    assert said == (
        "Gracias por su mensaje. Tendrá una respuesta a más tardar el martes 3 de marzo de 2026, "
        "09:30.\n(Mensaje automático)"
    )
    (reply,) = desk.replies.of(case_id)
    assert (reply.automated, reply.purpose, reply.by) == (
        True,
        "acknowledgement",
        "system:standing",
    )
    (running,) = desk.cases.clocks(case_id)
    assert (running.state, running.due) == ("running", datetime(2026, 3, 3, 8, 30, tzinfo=UTC))
    sound(desk)


def test_an_acknowledgement_answers_nobody_even_where_bots_do(open_with, wire, clock):
    """Saying that a message came never stops the clock; an automatic answer may, by policy."""
    desk = open_with(BASE, Faq())
    (acknowledged,) = write(desk, clock).cases
    (answered,) = write(desk, clock, "When do you open?", by="eva").cases
    assert desk.cases.get(acknowledged).first_response_at is None
    assert desk.cases.get(answered).first_response_at == clock.now()
    assert wire.texts[1] == "We open at nine.\n(Mensaje automático)"


def test_a_message_that_comes_again_is_acknowledged_once(open_with, wire, clock):
    """However often the network delivers a message, and in whatever batches, it is said once."""
    desk = open_with()
    first = direct_message(posted_at=clock.now(), external_id="d1")
    desk.ingest([first, first])
    desk.ingest([first])
    clock.advance(20 * MINUTE)
    write(desk, clock, "And?")
    assert len(wire.texts) == 1


def test_out_of_hours_people_are_told_when_somebody_is_there(open_with, wire, clock):
    """At night nobody is promised the day; who goes on talking is not told again."""
    desk = open_with()
    clock.jump_to(MONDAY + 10 * HOUR)
    write(desk, clock, language="en")
    (said,) = wire.texts
    assert said == (
        "Thank you for your message. We are closed now and open again on "
        "Tuesday 3 March 2026, 09:00.\n(Automatic message)"
    )
    clock.advance(MINUTE)
    write(desk, clock, "Hello?")
    assert len(wire.texts) == 1


def test_nobody_is_interrupted_while_talking_to_a_person(open_with, wire, clock):
    """Once somebody of the brand answers, the conversation goes on without acknowledgements."""
    desk = open_with()
    (case_id,) = write(desk, clock).cases
    clock.advance(MINUTE)
    desk.replies.send(case_id, "What is its number?", by="agent:ana")
    desk.outbox.run()
    clock.advance(MINUTE)
    write(desk, clock, "A-17")
    assert wire.texts[1:] == ["What is its number?"]
    clock.jump_to(MONDAY + 26 * HOUR)
    write(desk, clock, "And now?")
    assert len(wire.texts) == 3


@pytest.mark.parametrize(
    "attributes",
    [
        {"automated": True},
        {"by": "acme"},
        {"posted_at": MONDAY - 25 * HOUR},
    ],
    ids=["a machine", "ourselves", "yesterday"],
)
def test_nothing_is_said_to_machines_ourselves_or_the_past(open_with, wire, clock, attributes):
    """Two machines never thank each other, and old news brings no answer."""
    desk = open_with(BASE, Faq())
    write(desk, clock, "When do you open?", **attributes)
    assert wire.texts == []


def test_history_is_not_answered(open_with, wire, clock):
    """Importing last year's messages writes to nobody."""
    desk = open_with()
    desk.ingest([direct_message(posted_at=clock.now())], history=True)
    desk.outbox.run()
    assert wire.texts == []


def test_a_loop_between_bots_ends_by_itself(open_with, wire, clock):
    """A bot that does not say so gets three answers in an hour, and five until a person writes."""
    desk = open_with(BASE, Faq())
    for _ in range(14):
        write(desk, clock, "When do you open?", by="bot")
        clock.advance(4 * MINUTE)
    assert len(wire.texts) == 3
    for _ in range(40):
        clock.advance(HOUR)
        write(desk, clock, "When do you open now?", by="bot")
    assert len(wire.texts) == 5
    (case_id,) = write(desk, clock, "When do you open?", by="bot").cases
    sound(desk)
    assert desk.cases.get(case_id).inbound_count == 55


def test_only_sure_suggestions_of_the_named_source_are_answers(open_with, wire, clock):
    """What is not sure enough, or from another source, stays a suggestion."""
    others = [type(name, (Faq,), {}) for name in ("Unsure", "Stranger", "Silent")]
    given = [{"confidence": 0.89}, {"by": "other"}, {"confidence": None}]
    bots = [other(**how) for other, how in zip(others, given, strict=True)]
    desk = open_with(BASE, *bots)
    (case_id,) = write(desk, clock, "When do you open?").cases
    assert [text[:7] for text in wire.texts] == ["Gracias"]
    assert len(desk.replies.suggest(case_id)) == 3


def test_who_asks_for_a_person_gets_one_and_no_machine(open_with, wire, clock):
    """The case waits for people from then on, and what the bot knows is not said any more."""
    faq = Faq()
    desk = open_with(BASE, faq)
    (case_id,) = write(desk, clock, "¡Quiero hablar con un HUMANO!").cases
    assert wire.texts == ["A partir de aquí le atiende una persona.\n(Mensaje automático)"]
    case = desk.cases.get(case_id)
    assert (case.queue, "person" in case.by_hand) == ("people", True)
    write(desk, clock, "When do you open?")
    write(desk, clock, "a human please")
    assert len(wire.texts) == 1
    asked = [r.event for r in desk.cases.log(case_id) if r.event.type == "person_asked"]
    assert [(event.by, event.word) for event in asked] == [("customer", "humano")]
    sound(desk)


def test_a_person_who_answered_is_not_talked_over_by_a_bot(open_with, wire, clock):
    """Automatic answers are for the beginning: they never come between two people."""
    desk = open_with(BASE, Faq())
    question = direct_message("Hello", posted_at=clock.now())
    desk.ingest([question, brand_reply(question, "Hi, Ana here", posted_at=clock.now())])
    clock.advance(MINUTE)
    write(desk, clock, "When do you open?")
    assert wire.texts == []


def test_what_may_not_leave_is_not_said_and_the_message_is_kept(open_with, wire, clock):
    """A check that speaks against the answer costs nobody the customer's message."""
    desk = open_with()

    def refuse(_draft, _now):
        yield Violation("no", "Not now.")

    def fail(_draft, _now):
        raise KeyError("broken")

    wire.refuses.append(refuse)
    report = write(desk, clock)
    assert (report.outcomes[0].state, wire.texts) == ("applied", [])
    wire.refuses[:] = [fail]
    report = write(desk, clock, by="eva")
    assert (report.outcomes[0].state, wire.texts) == ("applied", [])
    assert desk.replies.of(report.cases[0]) == []
    sound(desk)


def test_without_a_section_nothing_is_said(open_with, wire, clock):
    """Only where the desk file asks for it does anything happen by itself."""
    faq = Faq()
    desk = open_with(BASE[: BASE.index("[standing")], faq)
    write(desk, clock, "When do you open? A human, please.")
    assert (wire.texts, faq.asked) == ([], [])


def test_a_public_question_is_acknowledged_below_it(open_with, wire, clock):
    """Where the desk file says so, the acknowledgement stands where the question does."""
    desk = open_with()
    desk.ingest([message("Where is my order?", posted_at=clock.now(), external_id="q1")])
    desk.outbox.run()
    (sent,) = wire.posted.values()
    assert (sent.visibility, sent.in_reply_to) == ("public", "q1")


def test_an_approval_holds_for_machines_too(open_with, wire, clock):
    """A rule that wants to see automatic messages first sees these."""
    text = BASE + '[[replies.approval]]\nname = "bots"\nautomated = true\n'
    desk = open_with(text)
    (case_id,) = write(desk, clock).cases
    assert [reply.state for reply in desk.replies.of(case_id)] == ["awaiting_approval"]
    assert wire.texts == []
