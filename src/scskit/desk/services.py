"""What every part of the desk works with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from attrs import define, field

from scskit.core.account import DEFAULT_IDENTITY_SCOPE, Account
from scskit.core.errors import StoreError
from scskit.core.ids import AccountId, IdentityId, identity_id
from scskit.log import Log

if TYPE_CHECKING:
    from scskit.core.identity import Author, Identity
    from scskit.core.policy import Policy
    from scskit.core.ports import Clock, IdSource, Store
    from scskit.core.records import RecordedEvent
    from scskit.core.webhook import Answering
    from scskit.plugins.registry import Registry

T = TypeVar("T")


class FlowRunner(Protocol):
    """Runs flows; see ``scskit.http.driver``."""

    def run(self, flow: Generator[Any, Any, T], account: str = "") -> T:
        """Run a flow to its end, and return what it returns.

        Raises:
            DeliveryError: of the kind that says what to do next.
        """
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


@define(kw_only=True)
class Services:
    """The parts that ``opening`` puts together.

    Attributes:
        store: the tenant's store.
        clock: tells the time.
        ids: makes ids.
        policy: the policy in force.
        registry: the plugins.
        log: writes to the host's logging.
        answer: answers webhook requests.
        flows: runs what connectors ask of networks.
        accounts: every account known, by id.
        bound: whether the store is inside a transaction of the host.
        on_commit: is told what was committed, after the observers.
    """

    store: Store
    clock: Clock
    ids: IdSource
    policy: Policy
    registry: Registry
    log: Log
    answer: Answering
    flows: FlowRunner
    accounts: dict[str, Account] = field(factory=dict)
    bound: bool = False
    on_commit: Callable[[Sequence[RecordedEvent]], None] | None = None

    def account(self, id_: str) -> Account | None:
        """Return a known account, or None."""
        if id_ not in self.accounts and not self.policy.accounts:
            # Another process, or another desk of this one, may have made it known.
            self.accounts = {**self.store.accounts(), **self.accounts}
        return self.accounts.get(id_)

    def add_account(self, account: Account) -> Account:
        """Make an account known from now on; with a desk file only declared ones are."""
        for name, value in (("id", account.id), ("network", account.network)):
            if not value or ":" in value:
                message = (
                    f"account {name} {value!r} is empty or holds a colon, which separates an id "
                    "from what it is in"
                )
                raise ValueError(message)
        account = self.with_scope(account)
        self.store.put_accounts({account.id: account})
        self.accounts[account.id] = account
        return account

    def with_scope(self, account: Account) -> Account:
        """Return the account with its identity scope filled in by the network's connector."""
        if account.identity_scope is not None:
            return account
        spec = self.registry.connectors.get(account.network)
        scope = spec.identity_scope if spec else DEFAULT_IDENTITY_SCOPE
        return Account(
            id=account.id,
            network=account.network,
            handle=account.handle,
            purpose=account.purpose,
            identity_scope=scope,
        )

    def announce(self, recorded: Sequence[RecordedEvent]) -> None:
        """Tell the observers what was committed.

        Inside the host's transaction nothing has happened yet: there, only the feed tells, once
        the host has committed.
        """
        if recorded and not self.bound:
            self.registry.notify(recorded)
            self._follow_up(recorded)

    def _follow_up(self, recorded: Sequence[RecordedEvent]) -> None:
        """Do what commits bring about; what was committed stays, whatever becomes of that."""
        if self.on_commit is None:
            return
        try:
            self.on_commit(recorded)
        except StoreError as error:
            self.log.warning("no work was handed out", reason=str(error), remedy="run_due")

    def stranger(self, account: Account, author: Author, now: datetime) -> Identity:
        """Return the identity of somebody whom this desk meets for the first time."""
        from scskit.core.identity import Identity  # noqa: PLC0415  opening meets nobody

        return Identity(
            id=self.identity_id(account, author.external_id),
            network=account.network,
            scope=account.id if account.identity_scope == "account" else "",
            external_id=author.external_id,
            handle=author.handle,
            name=author.name,
            followers=author.followers,
            language=author.language,
            first_seen_at=now,
        )

    def identity_id(self, account: Account, external_id: str) -> IdentityId:
        """Return the id of a person as seen by an account."""
        scope = account.id if account.identity_scope == "account" else ""
        return identity_id(account.network, scope, external_id)


def undeclared_account(id_: str) -> Account:
    """Return the account that an id by itself tells of, for desks without a desk file.

    ``twitter.acme`` is on ``twitter``; an id without a dot is on a network of its own name.
    """
    return Account(id=AccountId(id_), network=id_.partition(".")[0], handle=id_.rpartition(".")[2])
