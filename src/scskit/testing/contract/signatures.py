"""Who sent it: checked over the raw bytes, before anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from scskit.core.errors import ConfigError, PluginError, SignatureInvalid, TimestampStale
from scskit.testing.contract.fixtures import Fixtures, Sender
from scskit.testing.contract.parts import Bodies

if TYPE_CHECKING:
    from scskit.desk.desk import Desk
    from scskit.plugins.registry import Registry

_DAY = timedelta(days=1)
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
        good = sender.signed(body)
        refuse(sender, body, sender.signed(body, f"{sender.secret}!"))
        refuse(sender, body, sender.signed(bodies.another))
        refuse(sender, body, {name: value[:-4] for name, value in good.items()})
        for wrong in ("x", "sha256=", "sha256=\xe9\udc80", "=" * 10_000):
            refuse(sender, body, dict.fromkeys(good, wrong))

    def test_a_signature_over_other_bytes_is_refused(self, sender: Sender, bodies: Bodies) -> None:
        """What counts is the bytes as they came, not the same content written another way."""
        for other in _written_otherwise(bodies.message):
            refuse(sender, bodies.message, sender.signed(other))
            sender.spec.connector.verify(sender.request(other))

    def test_an_old_signature_is_refused(self, sender: Sender, bodies: Bodies) -> None:
        """What somebody overheard is not taken from them a day later, nor with another time."""
        if not sender.stamps:
            pytest.skip("sign takes no time: signatures do not bear one")
        body = bodies.message
        new, old = sender.signed(body), sender.signed(body, at=sender.now - _DAY)
        refuse(sender, body, old)
        stamped = [name for name in new if new[name] != old[name]]
        for name in stamped if len(stamped) > 1 else ():  # the time has a header of its own
            refuse(sender, body, {**old, name: new[name]})

    @pytest.mark.parametrize("secrets", [()], ids=["none"])
    def test_without_a_secret_nothing_is_taken(
        self, bodies: Bodies, secrets: Sequence[str], request: pytest.FixtureRequest
    ) -> None:
        """A setting that was forgotten closes the address; it does not open it to everybody."""
        assert not secrets
        if _is_refused(request):
            return
        sender: Sender = request.getfixturevalue("sender")
        for secret in ("", "None", "secret"):
            refuse(sender, bodies.message, sender.signed(bodies.message, secret))

    @pytest.mark.parametrize("secrets", [(_NEW, _OLD), (_NEW,)], ids=["during", "after"])
    def test_a_secret_can_be_exchanged(
        self, sender: Sender, bodies: Bodies, secrets: Sequence[str]
    ) -> None:
        """While one secret replaces the other both are good; afterwards only the new one is."""
        body, verify = bodies.message, sender.spec.connector.verify
        verify(sender.request(body, sender.signed(body, _NEW)))
        old = sender.signed(body, _OLD)
        if _OLD in secrets:
            verify(sender.request(body, old))
        else:
            refuse(sender, body, old)


def _is_refused(request: pytest.FixtureRequest) -> bool:
    """Tell whether the plugin does not even load with these settings."""
    try:
        registry: Registry = request.getfixturevalue("registry")
    except (ConfigError, PluginError):
        return True
    return bool(registry.failures)


def refuse(sender: Sender, body: bytes, headers: Mapping[str, str]) -> None:
    """Require that a body with these headers is refused."""
    try:
        sender.spec.connector.verify(sender.request(body, headers))
    except (SignatureInvalid, TimestampStale):
        return
    pytest.fail(f"verify took {body!r} with {headers!r}")


def _written_otherwise(body: bytes) -> Iterator[bytes]:
    yield body + b"\n"
    yield b" " + body
    try:
        value = json.loads(body)
    except ValueError:
        return
    for given in ({}, {"separators": (",", ":")}, {"indent": 1}, {"sort_keys": True}):
        written = json.dumps(value, **given).encode()
        if written != body:
            yield written
