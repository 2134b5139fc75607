"""Whose message is it, and which case does it belong to?"""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from attrs import evolve

from scskit import Author
from scskit.core.policy import LifecyclePolicy
from scskit.testing import START, brand_reply, direct_message, edit, message

MINUTE = timedelta(minutes=1)


def after(minutes):
    return START + minutes * MINUTE


def texts(desk, case_id):
    return [interaction.text for interaction in desk.cases.interactions(case_id)]


def solve(desk, case):
    return desk.cases.solve(case, by="agent:ana", because="done")


# Thread and person make the case.


def test_one_person_in_one_thread_is_one_case(desk):
    """What somebody writes in one conversation is worked on in one place."""
    report = desk.ingest(message(f"{n}", thread="t", posted_at=after(n)) for n in range(4))
    assert texts(desk, *report.cases) == ["0", "1", "2", "3"]


def test_one_person_in_two_threads_is_two_cases(desk):
    """Two conversations are two matters until somebody says otherwise."""
    assert len(desk.ingest([message(thread="t"), message(thread="u")]).cases) == 2


def test_five_customers_under_one_post_are_five_cases(desk):
    """In a public comment tree everybody is served for himself."""
    post = message("Our new plane!", by=Author(external_id="acme"), external_id="post")
    post = evolve(post, direction="outbound")
    people = ("ana", "ben", "eva", "joe", "zoe")
    comments = [message(f"{who} asks", by=who, parent="post", kind="comment") for who in people]
    more = [
        message(f"{comment.author.handle} adds", by=comment.author, parent=comment.external_id)
        for comment in comments
    ]
    report = desk.ingest([post, *comments, *more])
    assert report.outcomes[0].case_id is None
    assert len(report.cases) == 5
    assert [texts(desk, case) for case in report.cases] == [
        [f"{who} asks", f"{who} adds"] for who in people
    ]
    assert {desk.cases.get(case).thread_id for case in report.cases} == {"twitter.acme:post"}


def test_who_answers_another_customer_has_a_case_of_his_own(desk):
    """Somebody who joins a conversation is not the one who began it."""
    asked = message("Where is my parcel?", by="ana")
    joined = message("Mine is missing too!", by="ben", parent=asked.external_id)
    report = desk.ingest([asked, joined])
    assert [texts(desk, case) for case in report.cases] == [[asked.text], [joined.text]]


ORDERS = list(permutations(range(4)))
# One by one, the second and the third reply are lost track of where what they answer is unknown.
TRACEABLE = [order for order in ORDERS if order.index(1) < order.index(2) < order.index(3)]


@pytest.mark.parametrize(
    ("order", "size"), [(o, 4) for o in ORDERS] + [(o, 1) for o in TRACEABLE], ids=str
)
def test_replies_are_one_conversation_in_any_order_of_arrival(desk, order, size):
    """A network that only names parents, and lists the newest first, splits nobody's matter."""
    first = message("1", external_id="a")
    answer = brand_reply("a", "2", external_id="b", posted_at=after(2))
    second = message("3", external_id="c", parent="b", posted_at=after(3))
    third = message("4", external_id="d", parent="c", posted_at=after(4))
    arrived = [(first, answer, second, third)[n] for n in order]
    for start in range(0, 4, size):
        desk.ingest(arrived[start : start + size])
    (case,) = desk.cases.find().cases
    assert texts(desk, case.id) == ["1", "2", "3", "4"]
    assert case.thread_id == "twitter.acme:a"


def test_replies_in_a_circle_do_not_hang(desk):
    """Nonsense of a network ends somewhere."""
    ring = [message(external_id=f"m{n}", parent=f"m{(n + 1) % 3}") for n in range(3)]
    assert desk.ingest([*ring, message(external_id="self", parent="self")]).counts["applied"] == 4


def test_a_long_conversation_may_come_backwards(desk):
    """However long it is, one call that lists the newest first makes one case."""
    story = [message(external_id="m0")]
    story += [message(external_id=f"m{n}", parent=f"m{n - 1}") for n in range(1, 900)]
    assert len(desk.ingest(reversed(story)).cases) == 1


# What the brand says.


def test_an_answer_in_a_crowd_belongs_to_the_case_it_answers(desk):
    """Among five people under one post, each answer finds the right one."""
    comments = [message(f"q{n}", by=f"p{n}", parent="post", posted_at=after(n)) for n in range(5)]
    answers = [brand_reply(comment, f"a{n}") for n, comment in enumerate(comments)]
    report = desk.ingest([*comments, *answers[::-1]])
    assert [texts(desk, case) for case in report.cases] == [[f"q{n}", f"a{n}"] for n in range(5)]


def test_an_answer_that_comes_first_finds_its_case_in_another_call(desk):
    """Echoes of our own messages often overtake the question."""
    asked = message("q", external_id="m")
    assert desk.ingest([brand_reply(asked, "a")]).counts["parked"] == 1
    report = desk.ingest([message("other", by="ben", thread=asked.thread), asked])
    assert texts(desk, report.outcomes[1].case_id) == ["q", "a"]
    case = desk.cases.get(report.outcomes[1].case_id)
    assert (case.state, case.first_response_at) == ("pending", after(1))


def test_an_answer_to_our_own_answer_goes_on_in_the_same_case(desk):
    """Threads of our own stay with the person they were for."""
    asked = message("q")
    one = brand_reply(asked, "1/2")
    two = brand_reply(one, "2/2")
    report = desk.ingest([asked, one, two])
    assert texts(desk, *report.cases) == ["q", "1/2", "2/2"]


def test_without_a_parent_an_answer_goes_to_whom_it_is_addressed(desk):
    """Where the network tells whom we wrote to, nobody else gets it."""
    ana, ben = message(by="ana", thread="t"), message(by="ben", thread="t", posted_at=after(5))
    said = brand_reply("x", thread="t", parent=None, addressed_to="ana", posted_at=after(9))
    report = desk.ingest([ana, ben, said])
    assert report.outcomes[2].case_id == report.outcomes[0].case_id


@pytest.mark.parametrize(("minute", "who"), [(1, "ana"), (6, "ben"), (11, "eva")])
@pytest.mark.parametrize("calls", [1, 2])
def test_without_any_hint_an_answer_goes_to_whoever_spoke_last(desk, minute, who, calls):
    """In a conversation without replies, an answer is for the last who spoke before it."""
    people = ("ana", "ben", "eva")
    spoken = [message(by=p, thread="t", posted_at=after(5 * n)) for n, p in enumerate(people)]
    said = brand_reply("x", thread="t", parent=None, posted_at=after(minute))
    if calls == 1:
        answer = desk.ingest([*spoken, said]).outcomes[3]
    else:
        desk.ingest(spoken)
        answer = desk.ingest([said]).outcomes[0]
    assert desk.cases.get(answer.case_id).identity_id.endswith(f":{who}")


def test_an_answer_in_a_private_conversation_needs_no_hint(desk):
    """In a conversation of two there is no doubt."""
    asked = direct_message("q")
    report = desk.ingest([asked, brand_reply(asked, "a", addressed_to=None)])
    assert texts(desk, *report.cases) == ["q", "a"]


def test_a_post_of_the_brand_that_addresses_nobody_is_kept_without_a_case(desk):
    """Our own posts are no work, and still known when somebody answers them."""
    post = message("News!", by=Author(external_id="acme"), direction="outbound", external_id="p")
    report = desk.ingest([post])
    outcome = report.outcomes[0]
    assert (outcome.state, outcome.case_id) == ("applied", None)
    assert outcome.interaction_id
    assert desk.cases.find().cases == ()
    assert desk.ingest([post]).counts["duplicate"] == 1
    assert desk.ingest([edit("p", "News!!")]).counts["applied"] == 1
    (case,) = desk.ingest([message(parent="p")]).cases
    assert desk.cases.get(case).thread_id == "twitter.acme:p"


def test_an_automatic_answer_is_not_a_human_one(desk):
    """A bot's acknowledgement neither counts as the first response nor ends the waiting."""
    asked = message()
    robot = brand_reply(asked, "We got it", automated=True)
    human = brand_reply(asked, "Solved it", posted_at=after(9))
    (case,) = desk.ingest([asked, robot]).cases
    assert (desk.cases.get(case).state, desk.cases.get(case).first_response_at) == ("new", None)
    assert desk.cases.get(case).outbound_count == 1
    desk.ingest([human])
    assert desk.cases.get(case).state == "pending"
    assert desk.cases.get(case).first_response_at == after(9)


def test_the_policy_says_what_an_answer_leads_to(open_here, policy):
    """A desk that never waits for customers can say so."""
    desk = open_here(evolve(policy, lifecycle=LifecyclePolicy(after_reply="open")))
    asked = message()
    (case,) = desk.ingest([asked, brand_reply(asked)]).cases
    assert desk.cases.get(case).state == "open"


def test_an_answer_to_an_older_message_does_not_end_the_waiting(desk):
    """Whoever wrote again after our answer was written still waits for one."""
    asked = message(thread="t")
    again = message(thread="t", posted_at=after(10))
    (case,) = desk.ingest([asked, again, brand_reply(asked, posted_at=after(5))]).cases
    assert desk.cases.get(case).state == "new"
    assert desk.cases.get(case).first_response_at == after(5)


# Coming back.


@pytest.mark.parametrize("wait", ["wait", "hold"])
def test_a_customer_who_writes_wakes_a_case_that_waits(desk, wait):
    """Nobody is overlooked because his case was waiting for something."""
    (case,) = desk.ingest([message(thread="t")]).cases
    getattr(desk.cases, wait)(case, by="agent:ana", because="let us see")
    assert desk.ingest([message(thread="t")]).cases == (case,)
    assert desk.cases.get(case).state == "open"


def test_a_customer_who_writes_wakes_a_snoozed_case(desk, clock):
    """A snooze ends when there is news."""
    (case,) = desk.ingest([message(thread="t")]).cases
    desk.cases.snooze(case, clock.now() + timedelta(days=1), by="agent:ana", because="later")
    desk.ingest([message(thread="t")])
    assert (desk.cases.get(case).state, desk.cases.get(case).snoozed_until) == ("open", None)


def test_a_solved_case_reopens_inside_the_window(desk, clock):
    """Who writes again soon does not have to explain everything again."""
    (case,) = desk.ingest([message(thread="t")]).cases
    solved = solve(desk, case)
    clock.advance(timedelta(days=6))
    again = message("It broke again", thread="t", posted_at=solved.solved_at + timedelta(days=6))
    assert desk.ingest([again]).cases == (case,)
    found = desk.cases.get(case)
    assert (found.state, found.reopened_count, found.solved_at) == ("open", 1, None)


def test_after_the_window_a_new_case_follows_the_old_one_which_is_closed(desk, clock, logged):
    """A new matter is not counted against the old one, and leads back to it."""
    (old,) = desk.ingest([message(thread="t")]).cases
    solved = solve(desk, old)
    clock.advance(timedelta(days=30))
    late = message("Something else", thread="t", posted_at=solved.solved_at + timedelta(days=8))
    (new,) = desk.ingest([late]).cases
    assert new != old
    found = desk.cases.get(new)
    assert [(r.case_id, r.relation) for r in found.related] == [(old, "follows")]
    assert texts(desk, new) == ["Something else"]
    closed = desk.cases.get(old)
    assert (closed.state, closed.solved_at) == ("closed", solved.solved_at)
    assert logged(desk, closed, solved.version)[0].because == "the reopen window had passed"
    assert desk.ingest([message(thread="t", posted_at=clock.now())]).cases == (new,)


@pytest.mark.parametrize("days", [6.9999, 7, 7.0001])
def test_the_window_is_as_long_as_the_policy_says_to_the_last_moment(desk, clock, days):
    """Seven days are seven days."""
    (case,) = desk.ingest([message(thread="t")]).cases
    solved = solve(desk, case)
    clock.advance(timedelta(days=8))
    again = message(thread="t", posted_at=solved.solved_at + timedelta(days=days))
    assert (desk.ingest([again]).cases == (case,)) == (days <= 7)


def test_a_closed_case_never_reopens(desk):
    """Final is final: the next message opens a new case that follows it."""
    (case,) = desk.ingest([message(thread="t")]).cases
    solve(desk, case)
    desk.cases.close(case, by="agent:ana", because="confirmed")
    (new,) = desk.ingest([message(thread="t")]).cases
    assert desk.cases.get(new).related[0].case_id == case
    assert desk.cases.get(case).state == "closed"
    assert len(desk.cases.log(case)) == desk.cases.get(case).version


def test_who_was_noise_yesterday_may_be_a_customer_today(desk):
    """After a dismissal the next message is looked at anew."""
    (case,) = desk.ingest([message(thread="t")]).cases
    desk.cases.dismiss(case, "noise.spam", by="agent:ana", because="spam")
    (new,) = desk.ingest([message("Sorry, I do have a question", thread="t")]).cases
    assert new != case
    assert desk.cases.get(new).state == "new"


@pytest.mark.parametrize("text", ["Thanks!", "muchas gracias 🙏", "ok, perfect, thank you"])
def test_thanks_do_not_reopen_a_solved_case(desk, text, logged):
    """A thank-you is kept with the case, and nobody has to solve it twice."""
    (case,) = desk.ingest([message(thread="t")]).cases
    solved = solve(desk, case)
    assert desk.ingest([message(text, thread="t")]).cases == (case,)
    found = desk.cases.get(case)
    assert (found.state, found.inbound_count) == ("solved", 2)
    (added,) = logged(desk, found, solved.version)
    assert [label.kind for label in added.labels if label.kind == "courtesy"] == ["courtesy"]


def test_thanks_reopen_where_the_policy_says_so(open_here, policy):
    """A desk that wants to see every word can say so."""
    desk = open_here(evolve(policy, lifecycle=LifecyclePolicy(thanks_reopens=True)))
    (case,) = desk.ingest([message(thread="t")]).cases
    solve(desk, case)
    desk.ingest([message("Thanks!", thread="t")])
    assert desk.cases.get(case).state == "open"


def test_thanks_with_a_question_reopen(desk):
    """Politeness does not hide a problem."""
    (case,) = desk.ingest([message(thread="t")]).cases
    solve(desk, case)
    desk.ingest([message("Thanks, but where is my refund?", thread="t")])
    assert desk.cases.get(case).state == "open"


# Coming late.


def test_a_late_message_stands_where_it_was_posted(desk, clock):
    """The timeline reads as people spoke, whatever the network did."""
    asked = message("2", thread="t", posted_at=after(10))
    answered = brand_reply(asked, "3", posted_at=after(20))
    early = message("1", thread="t", posted_at=after(1))
    (case,) = desk.ingest([asked, answered]).cases
    clock.advance(MINUTE)
    assert desk.ingest([early]).cases == (case,)
    shown = [e.interaction.text for e in desk.cases.timeline(case) if e.interaction]
    assert shown == texts(desk, case) == ["1", "2", "3"]
    assert [e.at for e in desk.cases.timeline(case)] == sorted(
        e.at for e in desk.cases.timeline(case)
    )


def test_a_late_message_corrects_when_the_case_began_and_was_answered(desk):
    """How long people waited is right in the end, however messages arrive."""
    first = message(thread="t", posted_at=after(0))
    last = message(thread="t", posted_at=after(60))
    answer = brand_reply("x", thread="t", parent=None, posted_at=after(30))
    (case,) = desk.ingest([last, answer]).cases
    assert desk.cases.get(case).opened_at == after(60)
    assert desk.cases.get(case).first_response_at is None
    desk.ingest([first])
    assert desk.cases.get(case).opened_at == after(0)
    assert desk.cases.get(case).first_response_at == after(30)


def test_a_late_answer_corrects_the_first_response(desk):
    """The first answer is the earliest one, not the one we heard of first."""
    asked = message()
    (case,) = desk.ingest([asked, brand_reply(asked, posted_at=after(50))]).cases
    assert desk.cases.get(case).first_response_at == after(50)
    desk.ingest([brand_reply(asked, posted_at=after(5))])
    assert desk.cases.get(case).first_response_at == after(5)
    assert desk.cases.get(case).last_outbound_at == after(50)


# Plugins that know better.


def test_a_plugin_may_say_which_case_a_message_belongs_to(open_here, hooks):
    """A company that knows its customers' matters can tell them apart."""
    desk = open_here(plugins=[hooks])
    (one,) = desk.ingest([message("a", thread="t", external_id="a")]).cases
    (two,) = desk.ingest([message("b", thread="u", external_id="b")]).cases
    shown = []

    def match(_, candidates):
        shown.extend(case.id for case in candidates)
        return one

    hooks.match = match
    report = desk.ingest([message("c", thread="u", parent="a")])
    assert set(shown) == {one, two}
    assert report.cases == (one,)
    assert desk.cases.get(one).other_threads == ("twitter.acme:u",)
    hooks.match = None
    assert desk.ingest([message("d", thread="u")]).cases == (one,)


def test_a_plugin_is_shown_only_the_cases_of_the_person_who_wrote(open_here, hooks):
    """No plugin can put one customer's message into another customer's case by mistake."""
    desk = open_here(plugins=[hooks])
    asked = message(by="ana", thread="t")
    (ana,) = desk.ingest([asked]).cases
    shown = []
    hooks.match = lambda _, candidates: shown.extend(candidates)
    (ben,) = desk.ingest([message(by="ben", thread="t", parent=asked.external_id)]).cases
    assert ben != ana
    assert [case.id for case in shown] == []


def test_nobody_is_asked_about_a_message_without_candidates(open_here, hooks):
    """A first message opens a case; there is nothing to choose."""
    hooks.match = lambda *_: 1 / 0
    assert open_here(plugins=[hooks]).ingest([message()]).counts["applied"] == 1
