"""Times as files have them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scskit.importing.times import time_reader


@pytest.mark.parametrize(
    ("format_", "zone", "given", "instant"),
    [
        ("iso", None, "2017-10-31T22:10:47Z", (2017, 10, 31, 22, 10, 47)),
        ("iso", None, "2015-02-24T11:35:52-08:00", (2015, 2, 24, 19, 35, 52)),
        ("iso", None, " 2020-04-01T17:31:32.000+00:00 ", (2020, 4, 1, 17, 31, 32)),
        ("iso", "Europe/Madrid", "2020-07-01 12:00", (2020, 7, 1, 10)),
        ("iso", "Europe/Madrid", "2020-07-01T12:00Z", (2020, 7, 1, 12)),
        ("iso", "Europe/Madrid", "2020-01-01", (2019, 12, 31, 23)),
        ("epoch", None, "1500000000", (2017, 7, 14, 2, 40)),
        ("epoch", None, "1500000000.25", (2017, 7, 14, 2, 40, 0, 250_000)),
        ("epoch", None, "1.5e9", (2017, 7, 14, 2, 40)),
        ("epoch_ms", None, "1500000000007", (2017, 7, 14, 2, 40, 0, 7000)),
        (
            "%a %b %d %H:%M:%S %z %Y",
            None,
            "Tue Oct 31 22:10:47 +0000 2017",
            (2017, 10, 31, 22, 10, 47),
        ),
        ("%d/%m/%Y %H:%M", "America/Bogota", "31/10/2017 22:10", (2017, 11, 1, 3, 10)),
    ],
)
def test_times_become_instants(format_, zone, given, instant):
    """A time with its zone, or in the map's zone, is the instant that it tells of."""
    assert time_reader(format_, zone)(given) == datetime(*instant, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "instant"),
    [
        ("2020-10-25T02:30:00", (2020, 10, 25, 0, 30)),  # shown twice: the first time
        ("2020-03-29T02:30:00", (2020, 3, 29, 1, 30)),  # skipped: as if the clocks had not moved
    ],
)
def test_times_that_the_clocks_show_twice_or_never(given, instant):
    """What happens when clocks change is documented, not left to chance."""
    assert time_reader("iso", "Europe/Madrid")(given) == datetime(*instant, tzinfo=UTC)


@pytest.mark.parametrize(
    ("format_", "zone", "given", "expected"),
    [
        ("iso", None, "2020-07-01T12:00:00", "time_zone"),
        ("iso", None, "31/10/2017", "ISO 8601"),
        ("iso", "Asia/Tokyo", "0001-01-01", "calendar"),
        ("%d/%m/%Y", None, "31/10/2017", "time_zone"),
        ("%d/%m/%Y", "UTC", "10/31/2017", '"%d/%m/%Y"'),
        ("epoch", None, "yesterday", "seconds since 1970"),
        ("epoch", None, "nan", "seconds since 1970"),
        ("epoch", None, "1e99", "seconds since 1970"),
        ("epoch_ms", None, "", "milliseconds since 1970"),
    ],
)
def test_what_is_no_time_says_what_was_expected(format_, zone, given, expected):
    """The reason names the form that a time must have, or the missing time zone."""
    with pytest.raises(ValueError, match=expected):
        time_reader(format_, zone)(given)
