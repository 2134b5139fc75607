"""The examples run, and show what they promise."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_demo_shows_a_weekend_in_a_moment():
    """Whoever runs the demo sees a clock paused, warned, missed and escalated, in no time."""
    started = time.monotonic()
    command = [sys.executable, str(ROOT / "examples" / "demo.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 20
    for promised in (
        "The morning adds up",
        "stood still while pending",
        "0.75 of it is used up",
        "next response 2 missed",
        "offered to L2",
        "L2 did not react, next is L3",
        "L3 has accepted",
    ):
        assert promised in done.stdout, promised
