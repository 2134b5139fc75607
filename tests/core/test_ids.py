from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.ids import TimeOrderedIds, identity_id, thread_id
from scskit.testing import SequentialIds

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
steps = st.lists(st.integers(-86_400_000, 86_400_000).map(lambda ms: timedelta(milliseconds=ms)))


@pytest.mark.parametrize("make", [TimeOrderedIds, SequentialIds])
@given(steps=steps)
def test_ids_sort_in_the_order_in_which_they_were_made(make, steps):
    """What was made later sorts later, also where the clock stepped back in between."""
    source, now, made = make(), NOW, []
    for step in steps:
        now += step
        made.append(source.new(now))
    assert made == sorted(made)
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("make", [TimeOrderedIds, SequentialIds])
def test_ten_thousand_in_one_millisecond_still_sort(make):
    """A burst does not run out of ids, nor does it mix up their order."""
    source = make()
    made = [source.new(NOW) for _ in range(10_000)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("make", [TimeOrderedIds, SequentialIds])
def test_threads_share_one_source(make):
    """Two threads never receive the same id."""
    source = make()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: source.new(NOW), range(4000)))
    assert len(set(made)) == 4000


def test_an_id_is_a_version_7_uuid_that_tells_its_time():
    """Other systems can read our ids as UUIDs, and the moment they were made from them."""
    id_ = TimeOrderedIds().new(NOW)
    uuid = UUID(hex=id_)
    assert len(id_) == 32
    assert (uuid.version, uuid.variant) == (7, "specified in RFC 4122")
    assert uuid.int >> 80 == NOW.timestamp() * 1000


def test_ids_of_sources_and_sources_apart_sort_by_time():
    """Ids that two processes made at different times sort by those times."""
    one, other = TimeOrderedIds(), TimeOrderedIds()
    made = []
    for second in range(20):
        source = one if second % 2 else other
        made.append(source.new(NOW + timedelta(seconds=second)))
    assert made == sorted(made)


MAKE_MANY = """
from datetime import UTC, datetime
from scskit.core.ids import TimeOrderedIds
source = TimeOrderedIds()
print(*(source.new(datetime(2026, 3, 2, tzinfo=UTC)) for _ in range(2000)))
"""


def test_two_processes_never_share_an_id():
    """Workers that start in the same millisecond do not collide."""
    command = [sys.executable, "-c", MAKE_MANY]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    made = [id_ for worker in workers for id_ in worker.communicate(timeout=60)[0].split()]
    assert len(set(made)) == 4000


MAKE_AFTER_FORK = """
import os
from datetime import UTC, datetime
from scskit.core.ids import TimeOrderedIds
source, now = TimeOrderedIds(), datetime(2026, 3, 2, tzinfo=UTC)
source.new(now)
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, " ".join(source.new(now) for _ in range(100)).encode())
    os._exit(0)
os.wait()
print(*(source.new(now) for _ in range(100)), os.read(reading, 1 << 16).decode())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_worker_makes_ids_of_its_own():
    """A server that forks after opening a desk does not make every id twice."""
    command = [sys.executable, "-c", MAKE_AFTER_FORK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert len(set(done.stdout.split())) == 200


parts = st.text("ab:", max_size=3)
plain_parts = st.text("ab", max_size=3)


def clashing(names):
    """Return two names that are equal although their parts are not."""
    return [pair for pair in combinations(names, 2) if names[pair[0]] == names[pair[1]]]


@given(st.sets(st.tuples(plain_parts, plain_parts, parts), max_size=40))
def test_two_people_never_share_a_name(people):
    """Whatever colons a network puts into its ids, a name is one person."""
    assert clashing({person: identity_id(*person) for person in people}) == []


@given(st.sets(st.tuples(plain_parts, parts), max_size=40))
def test_two_threads_never_share_a_name(threads):
    """Whatever colons a network puts into its keys, a name is one conversation."""
    assert clashing({thread: thread_id(*thread) for thread in threads}) == []


def test_names_can_be_read():
    """An id in a log or a table tells whose it is."""
    assert identity_id("twitter", "", "7:x") == "twitter::7:x"
    assert identity_id("facebook", "facebook.acme", "7") == "facebook:facebook.acme:7"
    assert thread_id("twitter.acme", "dm:7") == "twitter.acme:dm:7"
