"""Switching off for a while: an account, a person, or everybody in a crisis."""

from __future__ import annotations

from collections.abc import Iterable

from scskit.core.reply_ports import Suspension, SuspensionKind
from scskit.desk.admission import repair
from scskit.desk.permissions import Arguments, needs, shows
from scskit.desk.services import Services

EVERY_ACCOUNT = "*"


def _frozen(_: Services, arguments: Arguments) -> Iterable[str] | None:
    """Concern one account, or the whole desk."""
    name = arguments.get("name", EVERY_ACCOUNT)
    one = arguments["kind"] != "customer" and name != EVERY_ACCOUNT
    return (str(name),) if one else None


class Suspending:
    """Commands that keep replies from leaving."""

    _services: Services

    @needs("replies.freeze", _frozen)
    def suspend(
        self, kind: SuspensionKind, name: str = EVERY_ACCOUNT, *, by: str, because: str
    ) -> Suspension:
        """Keep replies from leaving, also those that are queued, until ``resume``.

        Args:
            kind: ``account``: nothing leaves by it; ``customer``: nothing goes to this identity
                or customer; ``crisis``: nothing is said in public without an approval, and
                nothing by a machine.
            name: the id of the account, identity or customer; every account, for a crisis.
            by: who.
            because: why.
        """
        suspension = Suspension(
            kind=kind,
            name=repair(name),
            since=self._services.clock.now(),
            by=repair(by),
            because=repair(because),
        )
        self._services.store.run(lambda tx: tx.replies.put_suspension(suspension))
        return suspension

    @needs("replies.freeze", _frozen)
    def resume(
        self, kind: SuspensionKind, name: str = EVERY_ACCOUNT, *, by: str, because: str
    ) -> bool:
        """Let replies leave again, and tell whether they were kept from it."""
        removed = self._services.store.run(lambda tx: tx.replies.remove_suspension(kind, name))
        self._services.log.info("resumed", kind=kind, name=name, by=by, because=because)
        return removed

    @shows("replies.read")
    def suspensions(self, *, by: str | None = None) -> list[Suspension]:  # noqa: ARG002
        """Return what is switched off now."""
        with self._services.store.read() as reader:
            return reader.replies.suspensions()
