"""Flows against what the network answers, good and bad, without any network."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import httpx
import pytest
from attrs import evolve

from scskit.core.errors import (
    CapabilityMissing,
    CredentialsRejected,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from scskit.core.interaction import Message, Parsed, Visibility
from scskit.core.reply import DeliveryReceipt, Outbound
from scskit.plugins import CAPABILITIES, ConnectorSpec, Fetched, Flow
from scskit.testing.clock import FakeClock
from scskit.testing.contract.fixtures import Fixtures, Sender, declares, known
from scskit.testing.contract.parts import Answers, Bodies, Handler

if TYPE_CHECKING:
    from datetime import datetime

    from scskit.desk.desk import Desk

T = TypeVar("T")
SENDING = ("reply_public", "reply_private")
"""The capabilities of which each is a way of answering."""
_MOST_PAGES = 50


def run(flow: Flow[T], handler: Handler, now: datetime, account: str) -> T:
    """Run a flow as a desk does: each step once, nothing slept, no network."""
    from scskit.http.driver import Driver
    from scskit.http.retry import Patience

    with httpx.Client(transport=httpx.MockTransport(handler)) as client:
        driver = Driver(
            client, clock=FakeClock(now), patience=Patience(attempts=1), sleep=lambda _: None
        )
        return driver.run(flow, account)


class Answering(Fixtures):
    """Checks of ``send``, ``find_sent`` and ``fetch``."""

    @pytest.mark.parametrize("capability", SENDING)
    def test_it_sends(
        self,
        spec: ConnectorSpec,
        outbounds: Sequence[Outbound],
        answers: Answers,
        now: datetime,
        capability: str,
    ) -> None:
        """What is taken by the network has an id, by which the rest is told later."""
        declares(spec, capability)
        outbound = _to(outbounds, capability.removeprefix("reply_"))
        receipt = run(spec.connector.send(outbound), given(answers, "sent"), now, outbound.account)
        assert isinstance(receipt, DeliveryReceipt)
        assert receipt.external_id
        assert isinstance(receipt.external_id, str)
        assert receipt.status != "failed", "what failed is an error"
        assert receipt.at is None or receipt.at.utcoffset() is not None, "at is naive"

    def test_an_echo_before_the_acknowledgement_is_the_same_message(  # noqa: PLR0913, PLR0917
        self,
        sender: Sender,
        bodies: Bodies,
        outbounds: Sequence[Outbound],
        answers: Answers,
        now: datetime,
        desk: Desk,
    ) -> None:
        """Our own words may come back before the answer does: one message, and no case."""
        declares(sender.spec, *SENDING)
        if bodies.echo is None:
            pytest.skip("bodies.echo is not given: the network does not send back what we said")
        (echo,) = sender.parse(bodies.echo)
        assert isinstance(echo, Message)
        assert echo.direction == "outbound"
        sender.deliver(desk, bodies.echo)
        assert known(desk) == [], "the brand's own words open no case"
        sent = given(answers, "sent")
        receipt = run(sender.spec.connector.send(outbounds[0]), sent, now, outbounds[0].account)
        assert receipt.external_id == echo.external_id

    def test_it_finds_what_was_sent(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """A message whose outcome is unknown is seen where it is, and only there."""
        declares(spec, "find_sent")
        outbound = outbounds[0]

        def find(handler: str) -> DeliveryReceipt | None:
            flow = spec.connector.find_sent(outbound)
            return run(flow, given(answers, handler), now, outbound.account)

        sent = run(spec.connector.send(outbound), given(answers, "sent"), now, outbound.account)
        found = find("found")
        assert found is not None
        assert found.external_id == sent.external_id
        assert find("absent") is None, "something else was taken for it"

    def test_it_reads_what_the_network_keeps(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """Page by page, oldest first, to an end; and from there on again."""
        declares(spec, "fetch")
        account, cursor = outbounds[0].account, None
        for _ in range(_MOST_PAGES):
            flow = spec.connector.fetch(account, cursor)
            found = run(flow, given(answers, "page"), now, account)
            _check_page(found)
            cursor = found.cursor
            if not found.more:
                break
        else:
            pytest.fail(f"there is still more after {_MOST_PAGES} pages of the same answer")
        _check_page(
            run(spec.connector.fetch(account, cursor), given(answers, "page"), now, account)
        )

    def test_what_it_does_not_declare_is_refused(self, spec: ConnectorSpec) -> None:
        """Nobody comes to rely on a method that the connector does not stand by."""
        methods = {name: capability.methods for name, capability in CAPABILITIES.items()}
        declared = {method for name in spec.capabilities for method in methods[name]}
        undeclared = sorted({method for all_ in methods.values() for method in all_} - declared)
        if not undeclared:
            pytest.skip(f"{spec.name} declares everything that takes a method")
        for method in undeclared:
            with pytest.raises(CapabilityMissing):
                _begin(getattr(spec.connector, method), method)

    def test_a_way_of_answering_that_it_does_not_declare_is_refused(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """What is meant for one person is not told to everybody, nor the other way round."""
        declares(spec, *SENDING)
        undeclared = [name for name in SENDING if name not in spec.capabilities]
        if not undeclared:
            pytest.skip(f"{spec.name} declares every way of answering")
        visibility: Visibility = "public" if undeclared == ["reply_public"] else "private"
        outbound = evolve(outbounds[0], visibility=visibility)
        with pytest.raises((CapabilityMissing, Rejected)):
            run(spec.connector.send(outbound), given(answers, "sent"), now, outbound.account)

    def test_an_expired_token_is_told_from_a_refused_message(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """The account's credentials are to be renewed; the message itself is good."""
        declares(spec, *SENDING)
        self._fails(spec, outbounds, given(answers, "expired"), now, CredentialsRejected)

    def test_throttling_says_how_long_to_wait(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """Too many requests: come back at the time that the network named, not before or after."""
        declares(spec, *SENDING)
        handler = given(answers, "throttled")
        for error in self._fails(spec, outbounds, handler, now, RetryLater):
            assert error.retry_after == pytest.approx(answers.wait, abs=1.0)

    def test_a_lost_answer_is_no_failure(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], now: datetime
    ) -> None:
        """The request left and nothing came back: it may have arrived, and is not sent again."""
        declares(spec, *SENDING)
        self._fails(spec, outbounds, lost, now, OutcomeUnknown)

    def _fails(
        self,
        spec: ConnectorSpec,
        outbounds: Sequence[Outbound],
        handler: Handler,
        now: datetime,
        kind: type[Any],
    ) -> list[Any]:
        errors = []
        for outbound in outbounds:
            with pytest.raises(kind) as caught:
                run(spec.connector.send(outbound), handler, now, outbound.account)
            errors.append(caught.value)
        return errors


def lost(request: httpx.Request) -> httpx.Response:
    """Take a request and say nothing."""
    raise httpx.ReadTimeout("nothing came back", request=request)


def _to(outbounds: Sequence[Outbound], visibility: str) -> Outbound:
    for outbound in outbounds:
        if outbound.visibility == visibility:
            return outbound
    pytest.fail(f"fill outbounds: the connector declares reply_{visibility}")


def given(answers: Answers, name: str) -> Handler:
    """Return an answer that the author must have filled in."""
    handler: Handler | None = getattr(answers, name)
    if handler is None:
        pytest.fail(f"fill answers.{name}: the connector declares what takes it")
    return handler


def _check_page(found: object) -> None:
    assert isinstance(found, Fetched)
    strangers = [item for item in found.items if not isinstance(item, get_args(Parsed))]
    assert strangers == []
    times = [item.posted_at for item in found.items if isinstance(item, Message)]
    assert times == sorted(times), "a page is read oldest first"
    assert json.loads(json.dumps(found.cursor)) == found.cursor, "a cursor is text, or None"


def _begin(method: Callable[..., Any], name: str) -> None:
    """Call a method as far as its first request."""
    arguments: dict[str, tuple[Any, ...]] = {"fetch": ("account", None), "hide": ("account", "1")}
    begun = method(*arguments.get(name, (None,)))
    if hasattr(begun, "send"):
        next(begun)
