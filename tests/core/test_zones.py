from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise

import pytest

from scskit.core.time import EPOCH
from scskit.core.zones import DAY, date_at, end_of_date, offset, stretches, zone, zone_names

CASABLANCA = """
import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
from scskit.core.calendar import Calendar
calendar = Calendar.of("Africa/Casablanca", {"tue": ["09:00-10:00"]})
start = datetime.fromisoformat("2026-12-01T00:00:00+00:00")
print(json.dumps({
    "due": calendar.due(start, timedelta(hours=1)).isoformat(),
    "machine": start.astimezone(ZoneInfo("Africa/Casablanca")).isoformat(),
}))
"""


def test_the_machines_own_time_zones_are_not_used(tmp_path):
    """In December 2026 it is noon UTC at noon in Casablanca, whatever an old machine believes."""
    (tmp_path / "Africa").mkdir()
    file = resources.files("tzdata") / "zoneinfo" / "Etc" / "GMT-1"  # Casablanca's time until 2026
    with resources.as_file(file) as source:
        shutil.copy(source, tmp_path / "Africa" / "Casablanca")
    done = subprocess.run(
        [sys.executable, "-c", CASABLANCA],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["machine"] == "2026-12-01T01:00:00+01:00"
    assert found["due"] == "2026-12-01T10:00:00+00:00"


@pytest.mark.parametrize("name", ["Europe/Madird", "", "../zones", "/etc/localtime", "Europe"])
def test_a_zone_that_does_not_exist_is_refused(name):
    """A typing mistake is told with the version of the database, and no other file is read."""
    with pytest.raises(ValueError, match=r"is no time zone of tzdata 20\d\d[a-z]"):
        zone(name)


def test_every_zone_can_be_read():
    """All names that the package lists are zones."""
    assert len(zone_names()) > 500
    assert all(zone(name).key == name for name in zone_names())


def changes(name):
    """Return when the clocks of a zone change, from its file (RFC 8536), with the offset after."""
    file = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    content = file.read_bytes()
    counts = struct.unpack_from(">6l", content, 20)
    utc, standard, leaps, times, types, chars = counts
    start = 44 + times * 5 + types * 6 + chars + leaps * 8 + standard + utc  # the 32-bit part
    _, _, _, times, types, _ = struct.unpack_from(">6l", content, start + 20)
    start += 44
    instants = struct.unpack_from(f">{times}q", content, start)
    kinds = content[start + times * 8 : start + times * 9]
    offsets = [
        struct.unpack_from(">l", content, start + times * 9 + number * 6)[0]
        for number in range(types)
    ]
    all_ = [
        (-(10**11), offsets[0]),
        *((at, offsets[k]) for at, k in zip(instants, kinds, strict=True)),
    ]
    return [new for old, new in pairwise(all_) if old[1] != new[1]]


def test_no_clocks_go_there_and_back_within_days():
    """Looking at the offset every two days misses no change of any zone, ever."""
    for name in zone_names():
        found = [at for at, _ in changes(name)]
        assert all(later - at > 6 * DAY for at, later in pairwise(found)), name


@pytest.mark.parametrize(
    "name",
    ["Europe/Madrid", "Africa/Casablanca", "Asia/Gaza", "Antarctica/Troll", "America/Juneau"],
)
def test_stretches_begin_where_the_file_says(name):
    """Each stretch is exact to the second, with the offset that holds in it."""
    since, until = -5_000_000_000, 2_050_000_000  # 1811 to 2034: files may leave 2038 to a rule
    expected = [change for change in changes(name) if change[0] < until]
    found = list(stretches(zone(name), since, until))
    known = [(start, ahead) for start, _, ahead in found[1:]]
    assert known[: len(expected)] == expected[: len(known)]
    assert len(known) >= len(expected)
    assert found[0][0] == since
    assert found[-1][1] == until
    assert all(one[1] == other[0] for one, other in pairwise(found))


def test_offsets_are_known_beyond_what_a_datetime_holds():
    """The index may look over the edge of time."""
    for name in ("Pacific/Kiritimati", "America/Juneau", "UTC"):
        for end in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
            second = (end - EPOCH) // timedelta(seconds=1)
            for beyond in (-(10**9), -DAY, 0, DAY, 10**9, 10**15):
                assert abs(offset(zone(name), second + beyond)) < DAY


def seconds(text):
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(seconds=1)


@pytest.mark.parametrize(
    ("name", "day", "end"),
    [
        ("Europe/Madrid", "2026-03-29", "2026-03-30T00:00+02:00"),
        ("America/Santiago", "2026-09-05", "2026-09-06T01:00-03:00"),  # midnight is skipped
        ("America/Santiago", "2026-04-04", "2026-04-05T00:00-04:00"),  # after the second 23:30
        ("America/St_Johns", "2010-11-06", "2010-11-07T00:00-03:30"),  # it was the 7th before
        ("Pacific/Apia", "2011-12-29", "2011-12-31T00:00+14:00"),
        ("Pacific/Apia", "2011-12-30", "2011-12-31T00:00+14:00"),  # there was no 30th
        ("America/Juneau", "1867-10-18", "1867-10-19T00:00-08:57:41"),  # which came twice
    ],
)
def test_a_date_ends_when_it_is_shown_for_the_last_time(name, day, end):
    """A period that ends with a date ends when no clock of the zone shows it any more."""
    number = seconds(f"{day}T00:00+00:00") // DAY
    assert end_of_date(zone(name), number) == seconds(end)
    if day != "2011-12-30":
        assert date_at(zone(name), seconds(end) - 1) == number
