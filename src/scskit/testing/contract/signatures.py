"""Who sent it: checked over the raw bytes, before anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from scskit.core.errors import SignatureInvalid
from scskit.testing.contract.fixtures import Fixtures, Sender
from scskit.testing.contract.parts import Bodies

if TYPE_CHECKING:
    from scskit.desk.desk import Desk

_NEW, _OLD = "contract-new-s3cret-1", "contract-old-s3cret-2"


class Signatures(Fixtures):
    """Checks of ``verify``."""

    def test_a_request_without_signature_is_refused(
        self, sender: Sender, bodies: Bodies, desk: Desk
    ) -> None:
        """Whoever can reach the address cannot make up messages."""
        bare = sender.request(bodies.message, headers={})
        refuse(sender, bodies.message, {})
        assert sender.post(desk, bare).status == 401  # noqa: PLR2004  HTTP's own word for it
        assert desk.cases.find().cases == ()

    def test_a_wrong_signature_is_refused(self, sender: Sender, bodies: Bodies) -> None:
        """A signature by another secret, of another body, in part, or of no shape at all."""
        body = bodies.message
        good = sender.sign(body, sender.secret)
        refuse(sender, body, sender.sign(body, f"{sender.secret}!"))
        refuse(sender, body, sender.sign(bodies.another, sender.secret))
        refuse(sender, body, {name: value[:-4] for name, value in good.items()})
        for wrong in ("x", "sha256=", "sha256=\xe9\udc80", "=" * 10_000):
            refuse(sender, body, dict.fromkeys(good, wrong))

    def test_a_signature_over_other_bytes_is_refused(self, sender: Sender, bodies: Bodies) -> None:
        """What counts is the bytes as they came, not the same JSON written another way."""
        others = list(_written_otherwise(bodies.message))
        if not others:
            pytest.skip("the bodies are no JSON")
        for other in others:
            refuse(sender, bodies.message, sender.sign(other, sender.secret))
            sender.spec.connector.verify(sender.request(other))

    @pytest.mark.parametrize("secrets", [(_NEW, _OLD), (_NEW,)], ids=["during", "after"])
    def test_a_secret_can_be_exchanged(
        self, sender: Sender, bodies: Bodies, secrets: Sequence[str]
    ) -> None:
        """While one secret replaces the other both are good; afterwards only the new one is."""
        body, verify = bodies.message, sender.spec.connector.verify
        verify(sender.request(body, sender.sign(body, _NEW)))
        old = sender.sign(body, _OLD)
        if _OLD in secrets:
            verify(sender.request(body, old))
        else:
            refuse(sender, body, old)


def refuse(sender: Sender, body: bytes, headers: Mapping[str, str]) -> None:
    """Require that a body with these headers is refused."""
    try:
        sender.spec.connector.verify(sender.request(body, headers))
    except SignatureInvalid:
        return
    pytest.fail(f"verify took {body!r} with {headers!r}")


def _written_otherwise(body: bytes) -> Iterator[bytes]:
    try:
        value = json.loads(body)
    except ValueError:
        return
    for given in ({}, {"separators": (",", ":")}, {"indent": 1}, {"sort_keys": True}):
        written = json.dumps(value, **given).encode()
        if written != body:
            yield written
