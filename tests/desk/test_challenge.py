"""Verifying who somebody is: the code is nowhere, wrong ones run out, and a link can be undone."""

# ruff: noqa: SLF001  whether a case is what its events say is asked of the store itself

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

import pytest
from sqlalchemy import create_engine, make_url

from scskit import Account, NotFound, ReplyRefused, hookimpl
from scskit.core.challenge import MASK, plain_code, typed_codes
from scskit.core.errors import CapabilityMissing, HookFailed
from scskit.core.handoff import PrivateInvitation
from scskit.core.reply import Violation
from scskit.storage.tables import METADATA
from scskit.testing import InstantNetwork, direct_message, edit, message

MINUTE = timedelta(minutes=1)
FULL = [
    "1 " * 100_000,
    "123456 " * 30_000,
    " ".join(f"{number:06}" for number in range(30_000)),
    "1" * 200_000,
]


class Postman:
    """Delivers codes to the test; knows a method of its own."""

    name = "postman"

    def __init__(self):
        """Begin with nothing."""
        self.codes = []
        self.seen = []
        self.fails = False

    @property
    def code(self):
        """The latest code."""
        return self.codes[-1][1]

    @hookimpl
    def scskit_deliver_code(self, challenge, to, code):
        """Take it."""
        assert not challenge.hash
        self.codes.append((to, code))
        if self.fails:
            raise OSError(f"cannot send {code} to {to}")
        return True

    @hookimpl
    def scskit_verify_identity(self, challenge, answer):
        """Know one method."""
        return answer == "session" if challenge.method == "login" else None

    @hookimpl
    def scskit_classify(self, interactions):
        """See what classifiers see."""
        self.seen.extend(one.text for one in interactions)
        return [()] * len(interactions)


@pytest.fixture
def postman():
    """Give one."""
    return Postman()


@pytest.fixture
def desk(open_here, postman):
    """A desk with it."""
    return open_here(plugins=[postman])


def write(desk, clock, text="Hello", **attributes):
    """Take a private message in."""
    sent = direct_message(text, posted_at=clock.now(), **attributes)
    return sent, desk.ingest([sent]).cases[0]


def said(desk, case_id):
    """Return what stands in the transcript."""
    return [m.text for m in desk.cases.interactions(case_id)]


def events(desk, case_id, *types):
    """Return a case's events of these types."""
    return [r.event for r in desk.cases.log(case_id) if r.event.type in types]


def assurance(desk, case_id):
    """Return how sure the desk is of the person of a case."""
    identity = desk.cases.get(case_id).identity_id
    standing = [one for one in desk.customers.links(identity) if one.unlinked_at is None]
    return standing[-1].assurance if standing else "anonymous"


@pytest.fixture
def everything(database_url):
    """Return all that stands in the database of a tenant, as text."""
    engine = create_engine(make_url(database_url))

    def read(desk):
        tenant = desk._services.store.tenant
        tables = [t for t in METADATA.sorted_tables if "tenant" in t.columns]
        with engine.connect() as connection:
            found = [
                connection.execute(table.select().where(table.c.tenant == tenant)).all()
                for table in tables
            ]
        return "\n".join(str(tuple(row)) for row in chain.from_iterable(found))

    yield read
    engine.dispose()


def other_than(code):
    """Return a wrong code."""
    return f"{(int(code) + 1) % 1000000:06}"


def test_what_is_typed_back_verifies_and_is_kept_nowhere(desk, postman, clock, caplog, everything):
    """The code is in no message, event, log, row or classifier; the person is verified."""
    caplog.set_level(logging.DEBUG)
    _, case_id = write(desk, clock)
    challenge = desk.replies.challenge(case_id, by="agent:ana", to="+34600123456")
    assert (challenge.method, challenge.hash, challenge.salt) == ("code", "", "")
    assert postman.codes == [("+34600123456", postman.code)]
    assert len(postman.code) == 6
    code = postman.code
    sent, same = write(desk, clock, f"here it is: {code[:3]} {code[3:]}, thanks")
    assert same == case_id
    assert said(desk, case_id)[-1] == f"here it is: {MASK}, thanks"
    assert assurance(desk, case_id) == "verified"
    (verified,) = events(desk, case_id, "identity_verified")
    assert (verified.challenge_id, verified.method) == (challenge.id, "code")
    assert desk.cases.get(case_id).customer_id == verified.customer_id
    stored = everything(desk)
    for shape in (code, f"{code[:3]} {code[3:]}", "+34600123456"):
        assert shape not in stored
        assert shape not in caplog.text
        assert shape not in "\n".join(postman.seen)
    assert desk.ingest([sent]).outcomes[0].state == "duplicate"
    assert desk._services.store.verify().problems == []


def test_wrong_codes_run_out(desk, postman, clock):
    """After five wrong answers, wherever they came from, the right one is worth nothing."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    wrong = other_than(postman.code)
    left = [desk.replies.verify(case_id, wrong, by="agent:ana").attempts_left for _ in range(3)]
    assert left == [4, 3, 2]
    for _ in range(2):
        write(desk, clock, wrong)
    failed = events(desk, case_id, "challenge_failed")
    assert [(e.reason, e.attempts_left) for e in failed] == [
        ("wrong", 4),
        ("wrong", 3),
        ("wrong", 2),
        ("wrong", 1),
        ("exhausted", 0),
    ]
    assert said(desk, case_id)[-2:] == [MASK, MASK], "a mistyped code is nearly the code"
    write(desk, clock, postman.code)
    assert said(desk, case_id)[-1] == MASK
    with pytest.raises(NotFound, match="the latest is failed"):
        desk.replies.verify(case_id, postman.code, by="agent:ana")
    assert assurance(desk, case_id) == "anonymous"


def test_a_code_lasts_for_a_time(desk, postman, clock):
    """At its end it is over, and still not written down."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    clock.advance(10 * MINUTE)
    write(desk, clock, postman.code)
    (failed,) = events(desk, case_id, "challenge_failed")
    assert failed.reason == "expired"
    assert said(desk, case_id)[-1] == MASK
    desk.replies.challenge(case_id, by="agent:ana", to="+34600", expires_in=MINUTE)
    clock.advance(timedelta(seconds=59))
    assert desk.replies.verify(case_id, postman.code, by="agent:ana").verified


def test_an_agent_can_be_told_the_code(desk, postman, clock):
    """Read out on the telephone, with blanks or not, it is the same code; once."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    found = desk.replies.verify(case_id, " ".join(postman.code), by="agent:ana")
    assert (found.verified, found.outcome, found.attempts_left) == (True, "verified", 0)
    with pytest.raises(NotFound, match="the latest is verified"):
        desk.replies.verify(case_id, postman.code, by="agent:ana")
    write(desk, clock, f"my code was {postman.code}")
    assert said(desk, case_id)[-1] == f"my code was {MASK}"


def test_a_claimed_customer_becomes_verified_and_it_can_be_taken_back(desk, postman, clock):
    """The customer stays the same; the link that stood ends, and so can this one."""
    _, case_id = write(desk, clock)
    person = desk.cases.get(case_id).identity_id
    customer = desk.customers.link(person, "crm-7", by="agent:ana", evidence="says so")
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    write(desk, clock, postman.code)
    links = desk.customers.links(person)
    assert [(one.assurance, one.customer_id, one.unlinked_at is None) for one in links] == [
        ("claimed", customer.id, False),
        ("verified", customer.id, True),
    ]
    desk.customers.unlink(person, by="agent:eva", because="stolen telephone")
    assert assurance(desk, case_id) == "anonymous"


def test_who_answers_is_the_record_that_was_asked(desk, postman, clock):
    """Where the code goes to the number on file of a record, whoever types it is that person."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600", crm_id="crm-9")
    write(desk, clock, postman.code)
    customer = desk.customers.get(desk.cases.get(case_id).customer_id)
    assert customer.crm_id == "crm-9"


def test_a_code_that_is_said_in_public_is_worth_nothing(desk, postman, clock):
    """Everybody could read it: it is taken out, and over."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    public = message(f"my code: {postman.code} of order 123987", posted_at=clock.now(), thread="t")
    other = desk.ingest([public]).cases[0]
    assert said(desk, other) == [f"my code: {MASK} of order 123987"]
    (failed,) = events(desk, case_id, "challenge_failed")
    assert failed.reason == "said_in_public"
    assert assurance(desk, case_id) == "anonymous"


def test_other_people_and_other_times_keep_their_numbers(desk, postman, clock):
    """Only who is asked for a code is read for codes."""
    _, other = write(desk, clock, "Order 123456, please", by="ben")
    _, case_id = write(desk, clock, "Order 123457, please")
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    write(desk, clock, f"Order {other_than(postman.code)}", by="ben")
    assert said(desk, other)[-1] == f"Order {other_than(postman.code)}"
    assert said(desk, case_id) == ["Order 123457, please"]
    write(desk, clock, "call me: 600 123 456 7")
    assert said(desk, case_id)[-1] == "call me: 600 123 456 7"


def test_guessing_by_lists_is_one_wrong_answer(desk, postman, clock):
    """A message full of numbers is tried as none, counts as wrong, and shows none of them."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    guesses = [postman.code, *(f"{number:06}" for number in range(100, 110))]
    write(desk, clock, " or ".join(guesses))
    assert [e.reason for e in events(desk, case_id, "challenge_failed")] == ["wrong"]
    assert said(desk, case_id)[-1] == " or ".join([MASK] * len(guesses))


def test_an_edit_does_not_bring_the_code_back(desk, postman, clock, everything):
    """What somebody changes a message to is looked through as well."""
    sent, case_id = write(desk, clock, "wait")
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    desk.ingest([edit(sent, f"the code is {postman.code}")])
    assert said(desk, case_id) == [f"the code is {MASK}"]
    assert postman.code not in everything(desk)


def test_what_comes_with_a_message_is_looked_through_too(desk, postman, clock, everything):
    """A connector may have kept the text elsewhere; there it is taken out as well."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    write(desk, clock, postman.code, extra={"raw": {"body": [f"<{postman.code}>", 1]}})
    assert postman.code not in everything(desk)
    assert assurance(desk, case_id) == "verified"


def test_a_new_challenge_ends_the_one_before(desk, postman, clock):
    """Only the latest code counts, in whichever case it was asked for."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    first = postman.code
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    if first != postman.code:
        assert not desk.replies.verify(case_id, first, by="agent:ana").verified
    assert desk.replies.verify(case_id, postman.code, by="agent:ana").verified


def test_a_code_that_nobody_delivered_is_withdrawn(desk, postman, clock, caplog, everything):
    """Who could not be reached is not asked, and the error does not tell the code."""
    _, case_id = write(desk, clock)
    postman.fails = True
    with pytest.raises(HookFailed, match="withdrawn") as failed:
        desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    told = [str(failed.value), caplog.text, everything(desk), repr(failed.value.__context__)]
    assert not [one for one in told if postman.code in one]
    assert [e.reason for e in events(desk, case_id, "challenge_failed")] == ["not_delivered"]
    with pytest.raises(NotFound, match="the latest is withdrawn"):
        desk.replies.verify(case_id, postman.code, by="agent:ana")


def test_a_host_may_have_a_method_of_its_own(desk, postman, clock):
    """A plugin says whether an answer is right; a method that nobody knows is refused."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="app", method="login", crm_id="crm-7")
    assert postman.code == ""
    write(desk, clock, "123456")
    assert said(desk, case_id)[-1] == "123456", "no code answers it"
    assert not desk.replies.verify(case_id, "other", by="crm:1").verified
    assert desk.replies.verify(case_id, "session", by="crm:1").verified
    desk.replies.challenge(case_id, by="agent:ana", to="app", method="stars")
    with pytest.raises(CapabilityMissing, match="stars"):
        desk.replies.verify(case_id, "x", by="crm:1")


def test_a_case_without_a_challenge_says_so(desk, clock):
    """There is nothing to answer."""
    _, case_id = write(desk, clock)
    with pytest.raises(NotFound, match="no challenge"):
        desk.replies.verify(case_id, "123456", by="agent:ana")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("123456", ["123456"]),
        ("12-34.56 and so on", ["123456"]),
        ("1 2 3 4 5 6", ["123456"]),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", ["123456"]),
        ("\u0661\u0662\u0663\u0664\u0665\u0666", ["123456"]),
        ("12\u200b3456", ["123456"]),
        ("a1234567b", []),
        ("12345", []),
        ("600 123 456", ["600123", "123456"]),
        ("1234567890", []),
    ],
)
def test_codes_are_known_however_they_are_typed(text, codes):
    """Blanks, signs, invisible characters and other scripts' digits make no difference."""
    assert [one.code for one in typed_codes(text)] == codes
    assert plain_code(text) == plain_code("".join(filter(str.isdigit, text)))


def test_a_message_that_goes_into_quarantine_holds_no_code(
    open_here, postman, hooks, clock, everything
):
    """Whatever stops a message, what is kept of it is what would have been shown."""
    desk = open_here(plugins=[postman, hooks])
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")

    def fail(*_):
        raise ValueError("no")

    hooks.match = fail
    report = desk.ingest([direct_message(f"my code: {postman.code}", posted_at=clock.now())])
    assert report.outcomes[0].state == "quarantined"
    assert postman.code not in everything(desk)


@pytest.mark.parametrize("text", FULL)
def test_a_message_full_of_digits_is_read_in_one_go(desk, postman, clock, text):
    """However many numbers somebody sends, it takes no longer than reading them."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    write(desk, clock, text)
    kept = said(desk, case_id)[-1]
    assert kept == text or typed_codes(kept) == ()


class Careful:
    """Holds back what is not said to somebody verified."""

    name = "careful"

    @hookimpl
    def scskit_check_reply(self, draft, assurance):
        """Look how sure the desk is."""
        if draft.visibility == "private" and assurance != "verified":
            yield Violation("unverified", "Verify first.", self.name)


def test_who_counts_is_who_is_written_to(open_here, postman, clock):
    """Verified under the handle of the private conversation, they are told what is theirs there."""
    way = PrivateInvitation(kind="deep_link", link="https://chat.example/acme")
    network = InstantNetwork().plugin("twitter", "chat", invitations=[way])
    desk = open_here(plugins=[postman, network, Careful()])
    public = message("My refund?", posted_at=clock.now(), thread="t1")
    (case_id,) = desk.ingest([public]).cases
    desk.replies.send(case_id, "Hello", by="agent:ana")
    desk.add_account(Account(id="chat.acme", network="chat"))
    there = {"account": "chat.acme", "by": "+34600", "thread": "+34600"}
    _, other = write(desk, clock, "It is me", **there)
    desk.cases.merge(other, case_id, by="agent:ana", because="the same")
    with pytest.raises(ReplyRefused, match="Verify first"):
        desk.replies.send(case_id, "It is 42 euros", by="agent:ana", visibility="private")
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    write(desk, clock, postman.code, **there)
    desk.replies.send(case_id, "It is 42 euros", by="agent:ana", visibility="private")
    assert desk.outbox.run().states == {"sent": 2}
    assert assurance(desk, case_id) == "anonymous", "nobody verified the public handle"
    with pytest.raises(ReplyRefused, match="Verify first"):
        desk.replies.send(
            case_id, "50", by="agent:ana", visibility="private", in_reply_to=public.external_id
        )


def test_guesses_that_come_at_once_are_counted_each(desk, postman, clock):
    """Whoever tries in parallel has no more attempts than one after the other."""
    _, case_id = write(desk, clock)
    desk.replies.challenge(case_id, by="agent:ana", to="+34600")
    wrong = other_than(postman.code)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: write(desk, clock, wrong), range(8)))
    reasons = [e.reason for e in events(desk, case_id, "challenge_failed")]
    assert sorted(reasons) == ["exhausted", "wrong", "wrong", "wrong", "wrong"]
