from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scskit_whatsapp.limits import PER_NUMBER, PER_PERSON, Pace

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_one_person_gets_a_burst_and_then_one_message_in_six_seconds():
    """Forty-five messages may go at once, the next has to wait, and the wait gets shorter."""
    burst = [START] * 45
    assert PER_PERSON.wait([], START) == PER_PERSON.wait(burst[1:], START) == 0
    assert PER_PERSON.wait(burst, START) == 6
    assert PER_PERSON.wait(burst, START + timedelta(seconds=4)) == 2
    assert PER_PERSON.wait(burst, START + timedelta(seconds=6)) == 0


def test_a_number_sends_eighty_in_a_second():
    """The throughput of a number is the same rule with other figures."""
    assert PER_NUMBER.wait([START] * 79, START) == 0
    assert PER_NUMBER.wait([START] * 80, START) == 1 / 80


@given(
    st.builds(
        Pace,
        count=st.integers(1, 5),
        seconds=st.integers(1, 9).map(float),
        burst=st.integers(1, 9),
    ),
    st.lists(st.integers(0, 8), min_size=1, max_size=60),
)
def test_whoever_waits_as_told_never_exceeds_the_pace(pace, pauses):
    """In any stretch of time no more is sent than the burst and what has come since."""
    now, sent = START, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        now += timedelta(seconds=pace.wait(sent, now))
        sent.append(now)
    for first, begin in enumerate(sent):
        for last in range(first, len(sent)):
            passed = (sent[last] - begin).total_seconds()
            allowed = pace.burst + passed * pace.count / pace.seconds
            assert last - first + 1 <= allowed + 1e-3
