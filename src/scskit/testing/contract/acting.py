"""What is done to a customer's message, without any network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from scskit.core.errors import DeliveryError
from scskit.core.reply import Outbound
from scskit.plugins import ConnectorSpec
from scskit.testing.contract.answering import lost, run
from scskit.testing.contract.fixtures import Fixtures, declares
from scskit.testing.contract.parts import Answers, Handler

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

_TARGET = "1700000000000000005"
_Asked = tuple[str, str, bytes]


class Acting(Fixtures):
    """Checks of ``hide``."""

    def test_it_hides_and_shows_again(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """A message is taken out of sight, this one and no other, and comes back when wanted."""
        declares(spec, "hide")
        hidden = _asked(spec, outbounds, answers, now, hidden=True)
        shown = _asked(spec, outbounds, answers, now, hidden=False)
        assert hidden != shown, "the network is asked for the same, whichever is wanted"
        for asked in (hidden, shown):
            assert any(_names(one) for one in asked), "the message is not named"

    def test_hiding_may_be_repeated(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """Who does not know whether it was done does it again, and asks for the same."""
        declares(spec, "hide")
        first = _asked(spec, outbounds, answers, now, hidden=True)
        assert _asked(spec, outbounds, answers, now, hidden=True) == first

    def test_hiding_tells_what_went_wrong(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """A message that is still in sight is not taken for hidden."""
        declares(spec, "hide")
        for handler in (answers.expired, answers.throttled, lost):
            if handler is not None:
                with pytest.raises(DeliveryError):
                    _hide(spec, outbounds, handler, now)


def _asked(
    spec: ConnectorSpec,
    outbounds: Sequence[Outbound],
    answers: Answers,
    now: datetime,
    *,
    hidden: bool,
) -> list[_Asked]:
    """Hide or show a message; return what the network was asked for."""
    answer = answers.hidden
    if answer is None:
        pytest.fail("fill answers.hidden: the connector declares hide")
    asked: list[_Asked] = []

    def listening(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, str(request.url), request.read()))
        return answer(request)

    account = outbounds[0].account
    done: object = run(
        spec.connector.hide(account, _TARGET, hidden=hidden), listening, now, account
    )
    assert done is None
    return asked


def _names(asked: _Asked) -> bool:
    _, address, body = asked
    return _TARGET in address or _TARGET.encode() in body


def _hide(
    spec: ConnectorSpec, outbounds: Sequence[Outbound], handler: Handler, now: datetime
) -> None:
    account = outbounds[0].account
    run(spec.connector.hide(account, _TARGET), handler, now, account)
