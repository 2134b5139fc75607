"""One tenant's part of a database, with transactions that try again after a lost race."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from scskit.core.errors import StoreError
from scskit.core.time import from_micros, to_micros
from scskit.storage.account_rows import account_row, read_account
from scskit.storage.archive import past_calendars
from scskit.storage.database import Database, Loan, make_driver
from scskit.storage.drivers import Conflict, Driver, Row
from scskit.storage.sql import Insert, both, column_names
from scskit.storage.translating import translated

if TYPE_CHECKING:
    from tenacity import Retrying

    from scskit.core.account import Account
    from scskit.core.calendar import Calendar
    from scskit.core.case import Case
    from scskit.core.ids import CaseId
    from scskit.core.interaction import IntakeKind, IntakeState
    from scskit.core.policy import Policy
    from scskit.core.ports import Clock
    from scskit.core.records import (
        CaseFilter,
        FeedPage,
        LedgerEntry,
        Quarantined,
        RecordedEvent,
        Timetable,
    )
    from scskit.storage.transaction import StoreTransaction
    from scskit.storage.verify import VerifyReport

T = TypeVar("T")

_ATTEMPTS = 12

_NO_RACE = 30.0
"""Seconds after which it was no race: somebody keeps the database locked."""

_ACCOUNT_COLUMNS = ", ".join(column_names("scs_account"))
_ACCOUNTS = both(f"SELECT {_ACCOUNT_COLUMNS} FROM scs_account WHERE tenant = ?")  # noqa: S608
_PUT_ACCOUNT = Insert("scs_account", update=("network", "handle", "purpose", "identity_scope"))
_PUT_POLICY = Insert("scs_policy", ignore=True)
_CURSOR = both("SELECT cursor FROM scs_cursor WHERE tenant = ? AND account_id = ?")
_PUT_CURSOR = Insert("scs_cursor", update=("cursor", "moved_at"))
_KNOWN_POLICY = both("SELECT 1 FROM scs_policy WHERE tenant = ? AND version = ?")


# Opening a desk loads neither the statements of its messages nor what they are read into.


@cache
def _transactions() -> type[StoreTransaction]:
    from scskit.storage.transaction import StoreTransaction  # noqa: PLC0415

    return StoreTransaction


def _as_it_is(driver: Driver) -> Driver:
    return driver


def _never() -> Timetable:
    from scskit.core.records import never  # noqa: PLC0415

    return never


class Session:
    """One connection of a tenant's store."""

    def __init__(self, driver: Driver, tenant: str, timetable: Callable[[], Timetable]) -> None:
        """Work on a connection that is not in a transaction."""
        self._driver = driver
        self._tenant = tenant
        self._timetable = timetable

    def read(self) -> StoreTransaction:
        """Return a reader; each of its questions stands for itself."""
        return _transactions()(self._driver, self._tenant, writing=False)

    def run(self, work: Callable[[StoreTransaction], T]) -> T:
        """Do ``work`` in a transaction; see ``core.ports.Store.run``."""
        make = _transactions()
        return self.change(lambda driver: work(make(driver, self._tenant, self._timetable())))

    def change(self, work: Callable[[Driver], T]) -> T:
        """Do ``work``, which runs statements of its own, in a transaction."""
        try:
            return self._attempt(work)
        except Conflict:
            result: T = _retrying()(self._attempt, work)
            return result

    def _attempt(self, work: Callable[[Driver], T]) -> T:
        with translated:
            self._driver.begin()
            try:
                result = work(self._driver)
                self._driver.commit()
            except BaseException:
                self._driver.rollback()
                raise
            return result


def _retrying() -> Retrying:
    """Return what tries again after a lost race, each time after a longer random wait."""
    import tenacity  # noqa: PLC0415  most desks never lose a race

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Conflict),
        wait=tenacity.wait_random_exponential(multiplier=0.01, max=1),
        stop=tenacity.stop_after_attempt(_ATTEMPTS) | tenacity.stop_after_delay(_NO_RACE),
        reraise=True,
    )


class BoundSession(Session):
    """The host's connection, inside the host's transaction."""

    def _attempt(self, work: Callable[[Driver], T]) -> T:
        """Do ``work`` up to a savepoint: an error leaves the host's transaction as it was."""
        driver = self._driver
        with translated:
            driver.begin()
            driver.execute("SAVEPOINT scskit")
            try:
                result = work(driver)
            except BaseException as error:
                self._undo(error)
                raise
            driver.execute("RELEASE SAVEPOINT scskit")
            return result

    def _undo(self, error: BaseException) -> None:
        """Go back to the savepoint.

        Raises:
            StoreError: there is none any more; on a full disk, SQLite undoes the host's part too.
        """
        try:
            self._driver.execute("ROLLBACK TO SAVEPOINT scskit")
            self._driver.execute("RELEASE SAVEPOINT scskit")
        except Exception:  # noqa: BLE001  what began it says more
            message = f"all of your transaction is undone, begin it again: {error}"
            raise StoreError(message) from error


class _Lent(Generic[T]):
    """What works on a connection that is lent for the time of a ``with`` block.

    Errors of the database become ``StoreError``. A class: every message's way leads past it.
    """

    __slots__ = ("_loan", "_make")

    def __init__(self, loan: Loan, make: Callable[[Driver], T]) -> None:
        """Lend what ``make`` makes of the connection."""
        self._loan = loan
        self._make = make

    def __enter__(self) -> T:
        """Take the connection."""
        return self._make(self._loan.__enter__())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it back."""
        try:
            translated.__exit__(kind, error, trace)
        finally:
            self._loan.__exit__(kind, error, trace)


class SqlStore:
    """A tenant's store on connections of its own."""

    def __init__(
        self, database: Database, tenant: str, timetable: Callable[[], Timetable] = _never
    ) -> None:
        """Serve one tenant of an open database.

        Args:
            database: where everything is.
            tenant: whose.
            timetable: makes what tells when a case is due, once somebody asks; whoever writes
                cases needs the desk's.
        """
        self.database = database
        self.tenant = tenant
        self._timetable = cache(timetable)

    @property
    def single_writer(self) -> bool:
        """Whether the database lets only one transaction write at a time."""
        return self.database.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[StoreTransaction]:
        """Open a read-only view."""
        with self.driver() as driver:
            yield _transactions()(driver, self.tenant, writing=False)

    def driver(self) -> AbstractContextManager[Driver]:
        """Lend a connection for reading; errors of the database become ``StoreError``."""
        return _Lent(self.database.connect(reading=True), _as_it_is)

    def session(self) -> AbstractContextManager[Session]:
        """Lend one connection for reading and then writing."""
        return _Lent(self.database.connect(reading=True), self._session)

    def _session(self, driver: Driver) -> Session:
        return Session(driver, self.tenant, self._timetable)

    def run(self, work: Callable[[StoreTransaction], T]) -> T:
        """Do ``work`` in a transaction; see ``core.ports.Store.run``."""
        with self.session() as session:
            return session.run(work)

    def within(self, connection: Any) -> BoundStore:
        """Return the same tenant's store inside the host's transaction.

        Args:
            connection: what the host works with; see ``storage.joining``.
        """
        return BoundStore(self, connection)

    def accounts(self) -> Mapping[str, Account]:
        """Return every account the tenant has had so far."""
        with self.driver() as driver:
            found = map(read_account, driver.query(_ACCOUNTS, (self.tenant,)))
            return {account.id: account for account in found}

    def put_accounts(self, accounts: Mapping[str, Account]) -> None:
        """Store accounts, or change them to what they are now."""
        new = [account_row(self.tenant, account) for _, account in sorted(accounts.items())]

        if new:
            self._insert(_PUT_ACCOUNT, new)

    def past_calendars(self, version: str) -> dict[str, Calendar]:
        """Return the calendars of every policy but the one of this version, by their versions."""
        with self.driver() as driver:
            return past_calendars(driver, self.tenant, version)

    def put_policy(self, policy: Policy, clock: Clock) -> None:
        """Keep the content of a policy under its version, unless it is there."""
        with self.driver() as driver:
            if driver.query(_KNOWN_POLICY, (self.tenant, policy.version)):
                return  # as it mostly is: opening a desk waits for nobody who writes
        row = (self.tenant, policy.version, policy.canonical(), to_micros(clock.now()))

        self._insert(_PUT_POLICY, [row])

    def _insert(self, insert: Insert, new: Sequence[Row]) -> None:
        with self.session() as session:
            session.change(lambda driver: driver.insert(insert, new))

    def parked_lines(self, kind: IntakeKind, until: datetime, limit: int) -> list[LedgerEntry]:
        """Return what of one kind was parked at or before ``until``."""
        from scskit.storage import queries  # noqa: PLC0415

        with self.driver() as driver:
            return queries.read_parked(driver, self.tenant, kind, until, limit)

    def quarantine(
        self, after: str, limit: int, state: IntakeState = "quarantined"
    ) -> list[Quarantined]:
        """Return quarantine lines in one state, oldest first."""
        from scskit.storage import queries  # noqa: PLC0415

        with self.driver() as driver:
            return queries.read_quarantine(driver, self.tenant, after, limit, state)

    def quarantine_line(self, id_: str) -> Quarantined | None:
        """Return one line of the quarantine, whatever its state."""
        from scskit.storage import queries  # noqa: PLC0415

        with self.driver() as driver:
            return queries.read_quarantine_line(driver, self.tenant, id_)

    def feed(self, after: str, limit: int) -> FeedPage:
        """Return the events that follow ``after``."""
        from scskit.storage import queries  # noqa: PLC0415

        with self.driver() as driver:
            return queries.read_feed(driver, self.tenant, after, limit)

    def next_wake(self) -> datetime | None:
        """Return when something will next happen to a case by itself; None if nothing will."""
        from scskit.storage.statements import NEXT_WAKE  # noqa: PLC0415

        with self.driver() as driver:
            ((next_,),) = driver.query(NEXT_WAKE, (self.tenant,))
            return None if next_ is None else from_micros(next_)

    def cursor(self, account: str) -> str | None:
        """Return how far an account's network has been read; None when it never was."""
        with self.driver() as driver:
            found = driver.query(_CURSOR, (self.tenant, account))
            return found[0][0] if found else None

    def put_cursor(self, account: str, cursor: str, now: datetime) -> None:
        """Keep how far it has been read."""
        row = (self.tenant, account, cursor, to_micros(now))
        self.run(lambda transaction: transaction.driver.insert(_PUT_CURSOR, [row]))

    def next_ready(self) -> datetime | None:
        """Return when somebody has to look at the outbox next; None if never."""
        from scskit.storage.reply_rows import next_ready  # noqa: PLC0415  messages need none

        with self.driver() as driver:
            return next_ready(driver, self.tenant)

    def log(self, case_id: CaseId) -> list[RecordedEvent]:
        """Return all events of a case, oldest first."""
        with self.read() as reader:
            return reader.log(case_id)

    def find(self, wanted: CaseFilter, after: str, limit: int, *, newest_first: bool) -> list[Case]:
        """Return one page of cases."""
        from scskit.storage import queries  # noqa: PLC0415

        with self.driver() as driver:
            page = queries.find_cases(
                driver, self.tenant, wanted, after, limit, newest_first=newest_first
            )
            return [case for case, _ in page]

    def verify(self) -> VerifyReport:
        """Check every case in one consistent view of the database."""
        from scskit.storage.verify import verify  # noqa: PLC0415

        with self.driver() as driver:
            driver.snapshot()
            return verify(driver, self.tenant)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


class BoundStore(SqlStore):
    """A tenant's store inside a transaction that the host began and the host will end."""

    def __init__(self, store: SqlStore, connection: Any) -> None:
        """Join the transaction of ``connection``."""
        super().__init__(store.database, store.tenant, store._timetable)  # noqa: SLF001
        from scskit.storage import joining  # noqa: PLC0415  for desks that join

        self._name, self._connection = joining.join(connection)
        self._plain_rows = joining.plain_rows

    @contextmanager
    def driver(self) -> Iterator[Driver]:
        """Lend the host's connection for reading."""
        with translated, self._plain_rows(self._name, self._connection):
            yield make_driver(self._name, self._connection)

    def close(self) -> None:
        """Do nothing: the connection is the host's, and others may use the database."""

    def verify(self) -> VerifyReport:
        """Check every case as the host's transaction sees it."""
        from scskit.storage.verify import verify  # noqa: PLC0415

        with self.driver() as driver:
            return verify(driver, self.tenant)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Lend the host's connection for reading and then writing."""
        with self.driver() as driver:
            yield BoundSession(driver, self.tenant, self._timetable)


def list_tenants(database: Database) -> tuple[str, ...]:
    """Return every tenant that ever had a desk on a database."""
    from scskit.storage import queries  # noqa: PLC0415

    with database.connect(reading=True) as driver, translated:
        return queries.read_tenants(driver)
