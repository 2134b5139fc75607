"""The examples run, and show what they promise."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


PROMISED = (
    "The morning adds up",
    "came twice   twitter",
    "quarantined  because author.external_id",
    "reason flight.cancelled by reasons: keyword",
    "queue urgent: P1 in public",
    "awaiting approval: Rule trainees asks for an approval.",
    "and then: sent",
    "unknown ► found",
    "retry ► sent",
    "◄ on show: card",
    "invited into private by private reply",
    "“It is ••••••”",
    "they are who they say",
    "to say 39 € in public: private_content",
    "“This has been resolved in private.",
    "On Facebook the comment is hidden.",
    "Nothing was said twice, and nothing was lost",
    "stood still while pending",
    "0.75 of it is used up",
    "next response 2 missed",
    "offered to L2",
    "L2 did not react, next is L3",
    "L3 has accepted",
)


def test_the_demo_shows_a_day_and_a_weekend_in_a_moment():
    """Whoever runs the demo sees what scskit is for, on real HTTP, in no time."""
    started = time.monotonic()
    command = [sys.executable, str(ROOT / "examples" / "demo.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 20
    for promised in PROMISED:
        assert promised in done.stdout, promised
