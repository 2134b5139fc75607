"""``parse`` is pure and total: what it says of a body depends on the body, and it always answers.

A body that waits in quarantine is read again, perhaps by another process, a month later.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType
from typing import Any, Final, get_args

import pytest

from scskit.core.errors import PayloadInvalid
from scskit.core.interaction import Parsed
from scskit.core.webhook import WebhookRequest
from scskit.testing.contract.fixtures import Fixtures, Sender
from scskit.testing.contract.odd import odd_bodies
from scskit.testing.contract.parts import Bodies

_CLOCKS: Final = frozenset({"now", "utcnow", "today"})
_SOURCES: Final = frozenset({"time", "posix", "nt", "_random", "_uuid", "_socket"})
_HARMLESS: Final = frozenset({"strptime", "strftime", "gmtime", "mktime", "fspath"})
_LARGEST_BODY: Final = 200


class Parsing(Fixtures):
    """Checks of ``parse``."""

    def test_parse_is_pure(self, sender: Sender, bodies: Bodies) -> None:
        """The same bytes give the same answer: no clock, no state, no header has a part in it."""
        signed = [_answer(sender, sender.request(body)) for body in bodies.all()]
        bare = [sender.request(body, headers={}) for body in bodies.all()]
        again = [_answer(sender, request) for request in reversed(bare)]
        assert signed == again[::-1]
        for request in bare:
            with _asked() as asked:
                _answer(sender, request)
            assert asked == [], f"parse asked for what is not in {request.body!r}"

    @pytest.mark.skipif(not hasattr(time, "tzset"), reason="this machine keeps its time zone")
    def test_parse_knows_no_local_time(self, sender: Sender, bodies: Bodies) -> None:
        """Times are the network's: a server in another zone, or in summer, reads the same."""
        here = [_answer(sender, sender.request(body)) for body in bodies.all()]
        for zone in ("EAST-13", "WEST+11"):
            with _in_zone(zone):
                there = [_answer(sender, sender.request(body)) for body in bodies.all()]
            assert there == here, f"a server in zone {zone} reads it otherwise"

    def test_parse_is_total(self, sender: Sender, bodies: Bodies) -> None:
        """Whatever comes in, the answer is items or ``PayloadInvalid``, and nothing else."""
        for body in bodies.all():
            for odd in odd_bodies(body):
                _read(sender, odd)

    def test_an_unknown_type_is_not_lost(self, sender: Sender, bodies: Bodies) -> None:
        """Networks invent types; whoever wrote in a new one is not overheard."""
        if bodies.unknown is None:
            pytest.skip("bodies.unknown is not given")
        items = sender.parse(bodies.unknown)
        assert items, "nothing tells of it: answer a Message, a Signal or an Unreadable"


def _answer(sender: Sender, request: WebhookRequest) -> list[Parsed] | str:
    try:
        return list(sender.spec.connector.parse(request))
    except PayloadInvalid as error:
        return str(error)


def _read(sender: Sender, body: bytes) -> None:
    request = sender.request(body, headers={})
    shown = body if len(body) < _LARGEST_BODY else body[:_LARGEST_BODY] + b"..."
    try:
        items = list(sender.spec.connector.parse(request))
    except PayloadInvalid:
        return
    except Exception as error:
        message = f"parse raised {type(error).__name__} ({error}) for {shown!r}"
        raise AssertionError(message) from error
    strangers = [item for item in items if not isinstance(item, get_args(Parsed))]
    assert strangers == [], f"for {shown!r}"


@contextmanager
def _in_zone(zone: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    try:
        os.environ["TZ"] = zone
        time.tzset()
        yield
    finally:
        os.environ.pop("TZ")
        os.environ.update({} if before is None else {"TZ": before})
        time.tzset()


@contextmanager
def _asked() -> Iterator[list[str]]:
    """List what is asked that no body tells: clocks, chance, the machine."""
    found: list[str] = []
    before = sys.getprofile()

    def look(frame: FrameType, event: str, called: Any) -> None:  # noqa: ANN401  any function
        writer = frame.f_globals.get("__name__", "").partition(".")[0]
        if event == "c_call" and writer not in {"logging", "importlib"} and _is_outside(called):
            found.append(f"{getattr(called, '__qualname__', called)} in {frame.f_code.co_name}")

    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _is_outside(called: Any) -> bool:  # noqa: ANN401  any function of C
    owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
    if isinstance(owner, type) and issubclass(owner, date):
        return name in _CLOCKS
    module = getattr(called, "__module__", None) or type(owner).__module__
    return module in _SOURCES and name not in _HARMLESS
