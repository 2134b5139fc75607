"""Opening a desk: the only place that puts the parts together."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    import httpx

    from scskit.core.policy import Policy
    from scskit.core.ports import Clock, IdSource
    from scskit.core.records import Timetable
    from scskit.core.webhook import Inbox, Receiving, WebhookRequest, WebhookResponse
    from scskit.desk.desk import Desk
    from scskit.http.driver import Driver
    from scskit.plugins.registry import Registry
    from scskit.storage.store import SqlStore

T = TypeVar("T")

LONGEST_TENANT = 200
"""Characters of a tenant's name: every index of every table begins with it."""


def open_desk(  # noqa: PLR0913  each is one part that a host may replace
    database: str | Path = "scskit.db",
    config: str | Path | Policy | None = None,
    *,
    tenant: str | None = None,
    plugins: Sequence[object] = (),
    strict: bool = False,
    discover: bool = True,
    migrate: bool = True,
    synchronous: Literal["FULL", "NORMAL"] = "FULL",
    clock: Clock | None = None,
    ids: IdSource | None = None,
    client: httpx.Client | None = None,
) -> Desk:
    """Open a tenant's desk, making or upgrading its tables where needed.

    Args:
        database: ``sqlite:///FILE``, ``postgresql://USER@HOST/NAME``, or the path of an SQLite
            file.
        config: the path of a desk file, or a ``Policy``; None for the defaults: every account
            is welcome, every message is answered, one queue.
        tenant: whose desk; overrides the desk file.
        plugins: plugin objects beside the installed ones.
        strict: raise when an installed plugin cannot be used, instead of setting it aside.
        discover: whether to load installed plugins at all.
        migrate: whether an older schema may be upgraded; otherwise it is refused.
        synchronous: SQLite only: ``FULL`` survives a power cut; ``NORMAL`` may lose the last
            commits in one.
        clock: tells the time; the machine's by default.
        ids: makes ids; time-ordered UUIDs by default.
        client: what requests to networks go through; one is made when it is needed. The host's
            own stays open.

    Raises:
        ConfigError: the desk file or an argument is wrong; every problem is named.
        PluginError: a plugin cannot be used (``strict``, or one of ``plugins``).
        StoreError: the database cannot be opened.
    """
    from scskit.core.time import SystemClock  # noqa: PLC0415  importing scskit stays light
    from scskit.desk.garbage import garbage_left  # noqa: PLC0415

    clock = clock or SystemClock()
    with garbage_left():  # what is loaded here stays: looking through it would cost a tenth
        policy, settings = _read_config(config, tenant)
        registry = _load_plugins(policy, plugins, settings, clock, strict=strict, discover=discover)
        store, policy = _open_store(str(database), policy, registry, synchronous, migrate=migrate)
        flows = _Flows(clock, client)
        return _make_desk(store, policy, registry, clock, ids, flows)


def _open_store(
    database: str,
    policy: Policy,
    registry: Registry,
    synchronous: Literal["FULL", "NORMAL"],
    *,
    migrate: bool,
) -> tuple[SqlStore, Policy]:
    """Open the tenant's store, and tell the policy what is needed of those before it."""
    from attrs import evolve  # noqa: PLC0415

    from scskit.storage.archive import PastCalendars  # noqa: PLC0415
    from scskit.storage.database import open_database  # noqa: PLC0415
    from scskit.storage.store import SqlStore  # noqa: PLC0415

    opened = open_database(database, synchronous=synchronous, migrate=migrate)
    if policy.sla is None and registry.sets_targets:
        from scskit.core.sla_policy import SlaPolicy  # noqa: PLC0415

        policy = evolve(policy, sla=SlaPolicy())  # no promises of its own, but those of plugins
    before = partial(SqlStore(opened, policy.tenant).past_calendars, policy.version)
    policy = evolve(policy, past=PastCalendars(before))
    return SqlStore(opened, policy.tenant, partial(_timetable, policy)), policy


def _timetable(policy: Policy) -> Timetable:
    from scskit.core.due import timetable  # noqa: PLC0415  for desks that write

    return timetable(policy)


def _make_desk(  # noqa: PLR0913, PLR0917  the parts
    store: SqlStore,
    policy: Policy,
    registry: Registry,
    clock: Clock,
    ids: IdSource | None,
    flows: _Flows,
) -> Desk:
    from scskit.core.ids import TimeOrderedIds  # noqa: PLC0415
    from scskit.desk.desk import Desk  # noqa: PLC0415
    from scskit.desk.services import Services  # noqa: PLC0415
    from scskit.log import Log  # noqa: PLC0415

    services = Services(
        store=store,
        clock=clock,
        ids=ids or TimeOrderedIds(),
        policy=policy,
        registry=registry,
        log=Log(tenant=policy.tenant),
        answer=_answer,
        flows=flows,
    )
    store.put_policy(policy, clock)
    declared = {id_: services.with_scope(a) for id_, a in policy.accounts.items()}
    known = store.accounts()
    changed = {id_: a for id_, a in declared.items() if known.get(id_) != a}
    store.put_accounts(changed)
    services.accounts.update(declared or known)
    return Desk(services)


class _Flows:
    """Runs flows; the driver is made for the first of them."""

    def __init__(self, clock: Clock, client: httpx.Client | None) -> None:
        self._clock = clock
        self._client = client
        self._lock = Lock()
        self._driver: Driver | None = None
        self._process = os.getpid()

    def run(self, flow: Generator[Any, Any, T], account: str = "") -> T:
        """Run a flow to its end; see ``scskit.http.driver``."""
        return self._made().run(flow, account)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._driver is not None and self._process == os.getpid():
                self._driver.close()
            self._driver = None

    def _made(self) -> Driver:
        with self._lock:
            if self._process != os.getpid():  # its connections are those of the process that forked
                self._driver, self._process = None, os.getpid()
            if self._driver is None:
                from scskit.core.time import SystemClock  # noqa: PLC0415
                from scskit.http.driver import Driver  # noqa: PLC0415  for who asks a network
                from scskit.http.retry import Patience  # noqa: PLC0415

                # Who has a clock of their own does not want to be kept waiting by the machine's.
                real = isinstance(self._clock, SystemClock)
                patience = None if real else Patience(attempts=1, longest=0.0)
                self._driver = Driver(self._client, clock=self._clock, patience=patience)
            return self._driver


def _answer(
    connector: Receiving, inbox: Inbox, request: WebhookRequest, most_bytes: int
) -> WebhookResponse:
    from scskit.http.webhook import receive  # noqa: PLC0415  for desks that hear of networks

    return receive(connector, inbox, request, most_bytes=most_bytes)


def load_registry_for(config: str | Path | None, *, strict: bool = False) -> Registry:
    """Load the plugins that a desk with this desk file would have, without a database.

    Raises:
        ConfigError: the desk file is wrong.
        PluginError: a plugin cannot be used (``strict``).
    """
    from scskit.core.time import SystemClock  # noqa: PLC0415

    policy, settings = _read_config(config, None)
    return _load_plugins(policy, (), settings, SystemClock(), strict=strict, discover=True)


def _read_config(
    config: str | Path | Policy | None, tenant: str | None
) -> tuple[Policy, Mapping[str, Mapping[str, Any]]]:
    from attrs import evolve  # noqa: PLC0415

    from scskit.core.policy import Policy  # noqa: PLC0415

    settings: Mapping[str, Mapping[str, Any]] = {}
    if config is None:
        policy = Policy()
    elif isinstance(config, Policy):
        policy = config
    else:
        from scskit.config import read_desk_file  # noqa: PLC0415

        desk_file = read_desk_file(Path(config))
        policy, settings = desk_file.policy, desk_file.plugins
    if tenant is not None and tenant != policy.tenant:
        policy = evolve(policy, tenant=tenant)
    _require_name(policy.tenant)
    return policy, settings


def _require_name(tenant: object) -> None:
    """Refuse a tenant's name that not every database keeps as it is."""
    if isinstance(tenant, str) and 0 < len(tenant) <= LONGEST_TENANT and tenant.isprintable():
        return
    from scskit.core.errors import ConfigError  # noqa: PLC0415  for hosts that slip

    allowed = f"text of 1 to {LONGEST_TENANT} characters that can be printed"
    message = f"tenant: found {ascii(tenant)[:60]}; allowed: {allowed}"
    raise ConfigError(message)


def _load_plugins(  # noqa: PLR0913  each says something else about which plugins there are
    policy: Policy,
    plugins: Sequence[object],
    settings: Mapping[str, Mapping[str, Any]],
    clock: Clock,
    *,
    strict: bool,
    discover: bool,
) -> Registry:
    from scskit.plugins.builtin import builtin_plugins  # noqa: PLC0415
    from scskit.plugins.registry import load_registry  # noqa: PLC0415

    return load_registry(
        plugins,
        builtins=builtin_plugins(policy, clock),
        settings=settings,
        strict=strict,
        discover=discover,
    )
