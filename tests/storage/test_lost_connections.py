"""A database server may hang up: a desk says so and works again as soon as the server does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from scskit.core.errors import StoreError
from scskit.testing import InstantNetwork, message

HANG_UP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
THREADS = 4


@pytest.fixture
def hang_up(postgres_url, engine_of):
    """Let the server close every connection but its own, as a restart does."""
    engine = engine_of(postgres_url)

    def run():
        with engine.connect() as connection:
            connection.execute(text(HANG_UP))

    return run


CALLS = {
    "ingest": lambda desk, _: desk.ingest([message(external_id="2")]),
    "command": lambda desk, case: desk.cases.solve(case, by="agent:ana", because="test"),
    "find": lambda desk, _: desk.cases.find(),
    "feed": lambda desk, _: desk.feed.read(),
    "timeline": lambda desk, case: desk.cases.timeline(case),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_on_a_lost_connection_is_an_error_of_the_store(postgres_url, open_at, hang_up, call):
    """Who finds the connection lost gets a StoreError, and may simply call again."""
    desk = open_at(postgres_url)
    (case,) = desk.ingest([message(external_id="1")]).cases
    hang_up()
    with pytest.raises(StoreError):
        CALLS[call](desk, case)
    assert CALLS[call](desk, case)


def test_one_error_is_enough(postgres_url, open_at, hang_up, verify_all):
    """However many connections were open, one caller finds out and the next ones get new ones."""
    desk = open_at(postgres_url)
    begin = Barrier(THREADS)

    def ingest(number):
        begin.wait()
        return desk.ingest([message(external_id=f"{number}.{n}") for n in range(50)])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ingest, range(THREADS)))
    hang_up()
    with pytest.raises(StoreError):
        desk.cases.find()
    with ThreadPoolExecutor(THREADS) as pool:
        reports = list(pool.map(ingest, range(THREADS)))
    assert [report.counts["duplicate"] for report in reports] == [50] * THREADS
    assert verify_all(desk).problems == []


def test_what_a_network_answered_survives_a_lost_connection(
    postgres_url, open_at, hang_up, verify_all
):
    """A server that restarts while replies leave costs no reply its outcome, and sends none twice.

    Here nobody can ask the network, so that a person would have to.
    """
    wire = InstantNetwork()
    blind = {"reply_public", "reply_private"}
    desk = open_at(postgres_url, plugins=[wire.plugin("twitter", capabilities=blind)])
    cases = [desk.ingest([message(by=who, thread=who)]).cases[0] for who in ("ana", "ben")]
    replies = [desk.replies.send(case, "Hello", by="agent:ana") for case in cases]

    def restart(outbound):
        receipt = wire.post(outbound)
        hang_up()
        return receipt

    wire.plan.append(restart)
    assert desk.outbox.run().states == {"sent": 2}
    assert wire.texts == ["Hello", "Hello"]
    assert [desk.replies.get(reply.id).state for reply in replies] == ["sent", "sent"]
    assert verify_all(desk).problems == []
