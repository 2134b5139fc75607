"""What ``send`` asks of the network: these words, to this person, once; and what no answer says."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus

import httpx
import pytest
from attrs import evolve

from scskit.core.errors import CredentialsRejected, Rejected, RetryLater, ScsError
from scskit.core.reply import Outbound
from scskit.plugins import ConnectorSpec
from scskit.testing.contract.answering import SENDING, given, lost, run
from scskit.testing.contract.fixtures import Fixtures, declares
from scskit.testing.contract.parts import Answers, Handler

Asked = tuple[str, str, bytes]
"""What the network was asked for: method, address and body."""

_BROKEN = (
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
)


class Saying(Fixtures):
    """Checks of the requests of ``send``."""

    def test_it_says_every_word(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """What was written goes out to its last letter, and not something else."""
        declares(spec, *SENDING)
        sent = given(answers, "sent")
        for outbound in outbounds:
            longer = evolve(outbound, text=f"{outbound.text} 4711")
            other = evolve(outbound, text=f"{outbound.text} 4712")
            first, second = (asked(spec, one, sent, now) for one in (longer, other))
            assert first != second, f"the same was asked for another text, in {first}"

    def test_it_answers_whom_it_is_told_to(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """An answer goes to the person and place that it is for, whoever was answered before."""
        declares(spec, *SENDING)
        sent = given(answers, "sent")
        for outbound in outbounds:
            elsewhere = _elsewhere(outbound)
            if elsewhere == outbound:
                pytest.fail("fill recipient, thread or in_reply_to of the outbounds")
            here, there = (asked(spec, one, sent, now) for one in (outbound, elsewhere))
            assert here != there, f"the same was asked for another person and place: {here}"

    def test_it_sends_once(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """No request that changes something is made twice: not even if its answer was lost."""
        declares(spec, *SENDING)
        for outbound in outbounds:
            for handler in (given(answers, "sent"), lost):
                changing = [one for one in asked(spec, outbound, handler, now) if one[0] != "GET"]
                twice = [one for one in changing if changing.count(one) > 1]
                assert twice == [], "it may arrive twice"

    def test_a_broken_network_refuses_nothing(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], now: datetime
    ) -> None:
        """A server error says neither that the message is bad nor that it did not arrive."""
        declares(spec, *SENDING)
        for outbound in outbounds:
            for status in _BROKEN:
                said = _outcome(spec, outbound, status, now)
                assert said is not None, f"{status.value} was taken for sent"
                assert not isinstance(said, Rejected | CredentialsRejected | RetryLater), (
                    f"{status.value} was taken for {type(said).__name__}, and not for an unknown "
                    "outcome"
                )


def asked(spec: ConnectorSpec, outbound: Outbound, handler: Handler, now: datetime) -> list[Asked]:
    """Send a message, whatever comes of it; return what the network was asked for."""
    found: list[Asked] = []

    def listening(request: httpx.Request) -> httpx.Response:
        found.append((request.method, str(request.url), request.read()))
        return handler(request)

    with suppress(ScsError):
        run(spec.connector.send(outbound), listening, now, outbound.account)
    return found


def _elsewhere(outbound: Outbound) -> Outbound:
    return evolve(
        outbound,
        recipient=outbound.recipient and f"{outbound.recipient}9",
        thread=outbound.thread and f"{outbound.thread}9",
        in_reply_to=outbound.in_reply_to and f"{outbound.in_reply_to}9",
    )


def _outcome(
    spec: ConnectorSpec, outbound: Outbound, status: HTTPStatus, now: datetime
) -> Exception | None:
    """Return what is raised when the network is broken; None when nothing is."""

    def broken(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text="<html>Oops!</html>")

    try:
        run(spec.connector.send(outbound), broken, now, outbound.account)
    except Exception as error:  # noqa: BLE001  a desk takes any other for an unknown outcome
        return error
    return None
