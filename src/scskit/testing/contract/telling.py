"""What is said before anything leaves, and what is never said at all."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest
from attrs import evolve

from scskit.core.channel import TextRules
from scskit.core.errors import ScsError
from scskit.core.interaction import Visibility
from scskit.core.reply import Outbound
from scskit.plugins import ConnectorSpec
from scskit.testing.contract.answering import lost, run
from scskit.testing.contract.fixtures import Fixtures, Refusals, Sender
from scskit.testing.contract.parts import Answers, Handler, TextLimit, Window

_MOMENT = timedelta(microseconds=1)


class Telling(Fixtures):
    """Checks of limits, windows and secrets."""

    def test_texts_are_measured_as_the_network_does(
        self,
        limits: Sequence[TextLimit],
        outbounds: Sequence[Outbound],
        refusals: Refusals,
        now: datetime,
    ) -> None:
        """The longest text passes and one letter more does not, with emoji and links in it too."""
        for limit in limits:
            for piece, weight in {"": 0, **limit.weights}.items():
                head = f"{piece} " if piece else ""
                longest = head + "a" * (limit.most - weight - (1 if piece else 0))
                outbound = evolve(_to(outbounds, limit.visibility), last_heard_at=now)
                for text, passes in ((longest, True), (longest + "a", False)):
                    found = refusals(evolve(outbound, text=text), now, limit.visibility)
                    assert (not found) is passes, f"{piece!r}, {limit.most} allowed: {found}"

    def test_a_desk_is_told_how_texts_are_measured(
        self, spec: ConnectorSpec, limits: Sequence[TextLimit], outbounds: Sequence[Outbound]
    ) -> None:
        """Who writes a reply hears the same lengths from the channel as from a refusal."""
        for limit in limits:
            rules = _rules(spec, limit, outbounds)
            for piece, weight in {"": 0, **limit.weights}.items():
                for text, long in ((piece, weight), (f"a {piece} b", weight + 4)):
                    assert rules.measure(text) == long, f"{text!r} is {long} long"
            assert rules.most == limit.most, f"{limit.most} are allowed"

    def test_parts_of_a_long_text_are_taken(
        self,
        spec: ConnectorSpec,
        limits: Sequence[TextLimit],
        outbounds: Sequence[Outbound],
        refusals: Refusals,
        now: datetime,
    ) -> None:
        """What is too long for one message goes out in several, each as long as is allowed."""
        for limit in limits:
            rules = _rules(spec, limit, outbounds)
            if not rules.splits:
                continue
            outbound = evolve(_to(outbounds, limit.visibility), last_heard_at=now)
            parts = rules.parts("Words. " * limit.most, numbered=True, mark="…", ending=" ^AB")
            for part in parts:
                found = refusals(evolve(outbound, text=part.text), now, limit.visibility)
                assert not found, f"{part.text!r}: {found}"

    def test_windows_close_at_their_very_end(
        self,
        windows: Sequence[Window],
        outbounds: Sequence[Outbound],
        refusals: Refusals,
        now: datetime,
    ) -> None:
        """A person may be written to up to the end of a window, and not at it."""
        for window in windows:
            private = evolve(_to(outbounds, "private"), automated=window.automated)
            end = now - window.lasts
            for heard, passes in ((end + _MOMENT, True), (end, False)):
                found = refusals(evolve(private, last_heard_at=heard), now, window.of)
                assert (not found) is passes, f"{window}: {found}"

    def test_no_secret_is_told(  # noqa: PLR0913, PLR0917
        self,
        spec: ConnectorSpec,
        hidden: Sequence[str],
        now: datetime,
        request: pytest.FixtureRequest,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Neither a log nor an error nor a ``repr`` holds a secret, whatever goes wrong."""
        with caplog.at_level(logging.DEBUG):
            said = [repr(spec), repr(getattr(spec.connector, "__dict__", {}))]
            happens = (
                *_refused(spec, request),
                *_taken(spec, request),
                *_sending(spec, request, now),
            )
            for trouble in happens:
                try:
                    trouble()
                except ScsError as error:
                    said += [*traceback.format_exception(error), repr(vars(error))]
        printed = capsys.readouterr()
        said += [caplog.text, printed.out, printed.err]
        told = [secret for secret in hidden if any(secret in text for text in said)]
        assert told == [], "a secret is readable"


def _rules(spec: ConnectorSpec, limit: TextLimit, outbounds: Sequence[Outbound]) -> TextRules:
    if not (spec.channels or spec.channels_of):
        pytest.skip(f"{spec.name} does not say how long texts may be: channels is empty")
    return spec.channel(_to(outbounds, limit.visibility).account, limit.visibility).text


def _to(outbounds: Sequence[Outbound], visibility: Visibility) -> Outbound:
    return next(one for one in outbounds if one.visibility == visibility)


def _refused(spec: ConnectorSpec, request: pytest.FixtureRequest) -> Iterator[Callable[[], object]]:
    """Yield requests that are refused."""
    if "webhook" not in spec.capabilities:
        return
    sender: Sender = request.getfixturevalue("sender")
    body: bytes = request.getfixturevalue("bodies").message
    wrong = sender.signed(body, "another secret")
    for headers in ({}, wrong, dict.fromkeys(wrong, "x")):
        yield partial(spec.connector.verify, sender.request(body, headers))
    yield partial(spec.connector.parse, sender.request(b"no JSON"))


def _taken(spec: ConnectorSpec, request: pytest.FixtureRequest) -> Iterator[Callable[[], object]]:
    """Yield requests that are good."""
    if "webhook" not in spec.capabilities:
        return
    sender: Sender = request.getfixturevalue("sender")
    for body in request.getfixturevalue("bodies").all():
        yield partial(spec.connector.verify, sender.request(body))
        yield partial(sender.parse, body)


def _sending(
    spec: ConnectorSpec, request: pytest.FixtureRequest, now: datetime
) -> Iterator[Callable[[], object]]:
    """Yield messages that are delivered, and that are not."""
    if not spec.capabilities & {"reply_public", "reply_private"}:
        return
    answers: Answers = request.getfixturevalue("answers")
    outbounds: Sequence[Outbound] = request.getfixturevalue("outbounds")
    for outbound in outbounds:
        for handler in (answers.sent, answers.expired, answers.throttled, lost):
            if handler is not None:
                yield partial(_sent, spec, outbound, handler, now)


def _sent(spec: ConnectorSpec, outbound: Outbound, handler: Handler, now: datetime) -> object:
    return run(spec.connector.send(outbound), handler, now, outbound.account)
