"""What a connector says of an account, when the network is well and when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from scskit.core.reply import Outbound
from scskit.plugins import ConnectorSpec, Finding
from scskit.testing.contract.answering import lost, run
from scskit.testing.contract.fixtures import Fixtures, declares
from scskit.testing.contract.parts import Answers, Handler


class Diagnosing(Fixtures):
    """The check of ``diagnose``."""

    def test_a_bad_token_and_a_silent_network_are_findings(
        self, spec: ConnectorSpec, outbounds: Sequence[Outbound], answers: Answers, now: datetime
    ) -> None:
        """A token that has expired is to be renewed; a network that is silent blames no token."""
        declares(spec, "diagnose")
        account = outbounds[0].account

        def ask(handler: Handler) -> set[tuple[str, str]]:
            found = run(spec.connector.diagnose(account), handler, now, account)
            assert all(isinstance(one, Finding) for one in found)
            return {(one.what, one.state) for one in found}

        if answers.expired is None:
            pytest.fail("fill answers.expired: the connector declares what takes it")
        assert ("token", "invalid") in ask(answers.expired)
        assert {state for _, state in ask(lost)} == {"unknown"}
