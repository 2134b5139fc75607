"""Calls that bear a key may be made again: they happen once.

As with Stripe's API (its page on idempotent requests): the same key with the same content returns
what the first call made; with another content it is an error; a call that was refused has stored
nothing, so that it can be put right under the same key; and of two calls at once, one is the first.
"""

from __future__ import annotations

import hashlib
from typing import Any

from attrs import frozen

from scskit.core.errors import IdempotencyConflict
from scskit.core.ports import Transaction
from scskit.core.reply_ports import Keyed
from scskit.desk.admission import is_name
from scskit.desk.services import Services


@frozen
class Call:
    """A call that bears a key.

    Attributes:
        key: the caller's.
        fingerprint: of everything that the call asks for.
    """

    key: str
    fingerprint: str

    @classmethod
    def of(cls, key: str | None, *asked: Any) -> Call | None:  # noqa: ANN401  any values of a call
        """Return a call; None if it bears no key.

        Raises:
            ValueError: the key is empty, too long, or holds what no database keeps.
        """
        if key is None:
            return None
        if not is_name(key):
            message = f"key: found {key!r}, expected text of 1 to 500 characters"
            raise ValueError(message)
        return cls(key, hashlib.sha256(repr(asked).encode()).hexdigest())

    def made(self, transaction: Transaction, services: Services) -> str | None:
        """Return what an earlier call with this key made; None if this is the first.

        Raises:
            IdempotencyConflict: that call asked for something else.
        """
        now = services.clock.now()
        transaction.replies.forget_keys(now - services.policy.reply_policy.keys_kept)
        found = transaction.replies.keyed(self.key)
        if found is None:
            return None
        if found.fingerprint != self.fingerprint:
            message = (
                f"key {self.key!r} was used at {found.made_at.isoformat()} for another content: "
                "repeat that call as it was, or use a new key"
            )
            raise IdempotencyConflict(message)
        return found.result

    def keep(self, transaction: Transaction, services: Services, result: str) -> None:
        """Write down what the call made, in the transaction that makes it."""
        keyed = Keyed(
            name=self.key,
            fingerprint=self.fingerprint,
            result=result,
            made_at=services.clock.now(),
        )
        transaction.replies.add_keyed(keyed)
