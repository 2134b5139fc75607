"""Fake networks: what they have in common, for those that plugins ship.

``base`` says what one is. ``faults`` makes things go wrong, ``deliveries`` pushes, ``scenario``
holds the words of a test, ``transport`` and ``serving`` are two ways to reach one, ``control`` is
for harnesses in other languages, and ``finding`` knows which ones are installed.
"""

from __future__ import annotations

from scskit.testing.network.base import FakeNetwork, Sent
from scskit.testing.network.calls import BadBody, Call, Refused, Trouble, Upload, answer, written
from scskit.testing.network.clock import FollowingClock
from scskit.testing.network.deliveries import Attempt, Deliveries, Receiver
from scskit.testing.network.faults import Fault, Faults
from scskit.testing.network.finding import installed_fakes, load_fake
from scskit.testing.network.limiting import Allowance, Limits
from scskit.testing.network.routing import Routes
from scskit.testing.network.scenario import Thing, verb
from scskit.testing.network.waiting import Event, EventKind

__all__ = [
    "Allowance",
    "Attempt",
    "BadBody",
    "Call",
    "Deliveries",
    "Event",
    "EventKind",
    "FakeNetwork",
    "Fault",
    "Faults",
    "FollowingClock",
    "Limits",
    "Receiver",
    "Refused",
    "Routes",
    "Sent",
    "Thing",
    "Trouble",
    "Upload",
    "answer",
    "installed_fakes",
    "load_fake",
    "verb",
    "written",
]
