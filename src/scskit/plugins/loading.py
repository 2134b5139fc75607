"""Opening plugins, one by one: a broken one is set aside and named, the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import metadata
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from attrs import Factory, define, evolve, frozen
from pluggy import HookimplOpts, PluginManager

from scskit.core.errors import ConfigError, LoadFailed, NameConflict, PluginError
from scskit.plugins import hookspecs
from scskit.plugins.guard import ENDS, FailureLog, describe, guard, guard_wrapper, logger
from scskit.plugins.inspection import Implementation, PluginInfo, implementations

if TYPE_CHECKING:
    from scskit.plugins.specs import ConnectorSpec, CrmSyncSpec

GROUP = "scskit"
EntryPoints = Callable[[], Iterable[metadata.EntryPoint]]


@frozen(kw_only=True)
class PluginFailure:
    """A plugin that is installed and not in use.

    Attributes:
        name: its name.
        distribution: the distribution it came with.
        version: that distribution's version.
        error: what is wrong with it.
        stage: where it went wrong: ``discover``, ``import``, ``hooks`` (what it implements),
            ``specs`` (what it offers) or ``name`` (somebody else has it).
        problems: what is wrong with its settings in the desk file, if that is why; one line each.
    """

    name: str
    distribution: str
    version: str
    error: str
    stage: str
    problems: tuple[str, ...] = ()


@define
class Candidate:
    """A plugin on its way in: how far it came, and what it brings."""

    origin: PluginInfo
    plugin: object = None
    stage: str = "import"
    hooks: tuple[Implementation, ...] = ()
    connectors: tuple[ConnectorSpec, ...] = ()
    crm_syncs: tuple[CrmSyncSpec, ...] = ()


@define
class Loader:
    """Takes plugins in, one by one."""

    settings: Mapping[str, Mapping[str, Any]]
    strict: bool
    failures: FailureLog = Factory(FailureLog)
    manager: PluginManager = Factory(lambda: StandIns(hookspecs.PROJECT))
    taken: dict[str, Candidate] = Factory(dict)
    connectors: dict[str, ConnectorSpec] = Factory(dict)
    crm_syncs: dict[str, CrmSyncSpec] = Factory(dict)
    owners: dict[tuple[str, str], PluginInfo] = Factory(dict)
    set_aside: list[PluginFailure] = Factory(list)

    def take(self, candidate: Candidate) -> None:
        """Check a plugin and remember it.

        Raises:
            LoadFailed: it is wrong, or failed to say what it offers.
            NameConflict: its name, or that of something it offers, is taken.
        """
        candidate.stage = "hooks"
        candidate.hooks = implementations(candidate.plugin, candidate.origin)
        hooks = tuple(hook.hook for hook in candidate.hooks)
        candidate.origin = evolve(candidate.origin, hooks=hooks)
        candidate.stage = "specs"
        candidate.connectors = self._offers(candidate, "scskit_connectors")
        candidate.crm_syncs = self._offers(candidate, "scskit_crm_syncs")
        candidate.stage = "name"
        self._claim(candidate)
        self.taken[candidate.origin.name] = candidate

    def _offers(self, candidate: Candidate, hook: str) -> tuple[Any, ...]:
        offered: list[Any] = []
        for implementation in candidate.hooks:
            if implementation.hook == hook:
                ask = guard(implementation, candidate.origin, self.failures)
                try:
                    offered.extend(cast("Iterable[Any]", ask(self.settings) or ()))
                except PluginError as error:
                    raise LoadFailed(f"{candidate.origin}: {error}") from error
        return tuple(offered)

    def _claim(self, candidate: Candidate) -> None:
        names = [("plugin", candidate.origin.name)]
        names += [("connector", spec.name) for spec in candidate.connectors]
        names += [("CRM sync", spec.name) for spec in candidate.crm_syncs]
        for index, (kind, name) in enumerate(names):
            owner = self.owners.get((kind, name))
            if owner is not None or (kind, name) in names[:index]:
                by = owner or "itself"
                raise NameConflict(f"{candidate.origin}: the {kind} name {name!r} is taken by {by}")
        self.owners.update(dict.fromkeys(names, candidate.origin))
        self.connectors.update((spec.name, spec) for spec in candidate.connectors)
        self.crm_syncs.update((spec.name, spec) for spec in candidate.crm_syncs)

    def take_installed(self, entry_point: metadata.EntryPoint) -> None:
        """Load an installed plugin; set it aside when that fails, or raise when strict."""
        candidate = Candidate(_installed(entry_point))
        try:
            candidate.plugin = entry_point.load()
            if not any(known.plugin is candidate.plugin for known in self.taken.values()):
                self.take(candidate)  # otherwise the host passed this very plugin
        except ENDS:
            raise
        except BaseException as error:  # noqa: BLE001  no plugin keeps a desk from opening
            self.refuse(candidate, error)

    def refuse(self, candidate: Candidate, error: BaseException) -> None:
        """Set a plugin aside, or raise when strict."""
        ours = isinstance(error, PluginError)
        message = str(error) if ours else f"{candidate.origin}: {describe(error)}"
        if self.strict:
            raise error if ours else LoadFailed(message) from error
        origin, problems = candidate.origin, _problems(error)
        self.set_aside.append(
            PluginFailure(
                name=origin.name,
                distribution=origin.distribution,
                version=origin.version,
                error=message,
                stage=candidate.stage,
                problems=problems,
            )
        )
        logger.warning("set aside: %s", message, exc_info=None if problems else error)

    def register(self) -> None:
        """Hand everybody to pluggy: built-in first, what the host passed last.

        pluggy asks in the opposite order, so the host's own word comes first.
        """
        ordered = sorted(self.taken.values(), key=lambda candidate: _turn(candidate.origin))
        self.taken = {candidate.origin.name: candidate for candidate in ordered}
        self.manager.add_hookspecs(hookspecs)
        for candidate in ordered:
            self.manager.register(self._stand_in(candidate), candidate.origin.name)
        self.manager.check_pending()

    def _stand_in(self, candidate: Candidate) -> StandIn:
        stand_in = StandIn()
        for index, hook in enumerate(candidate.hooks):
            wrapper = hook.options["wrapper"]
            protect = guard_wrapper if wrapper else guard
            mark = hookspecs.hookimpl(
                specname=hook.hook,
                wrapper=wrapper,
                tryfirst=hook.options["tryfirst"],
                trylast=hook.options["trylast"],
            )
            setattr(stand_in, f"hook_{index}", mark(protect(hook, candidate.origin, self.failures)))
        return stand_in


class StandIn:
    """What pluggy sees instead of a plugin: its hooks, each behind its guard."""


class StandIns(PluginManager):
    """pluggy, which need not look for hooks among what every object has."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> HookimplOpts | None:
        """Say what a hook of a stand-in was marked with."""
        return super().parse_hookimpl_opts(plugin, name) if name in vars(plugin) else None


def _turn(origin: PluginInfo) -> int:
    if origin.builtin:
        return 0
    return 1 if origin.distribution else 2


def _problems(error: BaseException | None) -> tuple[str, ...]:
    """Return the mistakes in the desk file that an error goes back to."""
    while error is not None:
        if isinstance(error, ConfigError):
            return error.problems
        error = error.__cause__
    return ()


def _installed(entry_point: metadata.EntryPoint) -> PluginInfo:
    try:
        distribution = entry_point.dist
        return PluginInfo(
            name=entry_point.name,
            distribution=distribution.name if distribution else "an unnamed distribution",
            version=distribution.version if distribution else "",
        )
    except Exception:  # noqa: BLE001  a damaged installation may have neither name nor version
        return PluginInfo(name=entry_point.name, distribution="an unreadable distribution")


def _given(plugin: object) -> PluginInfo:
    for name in (getattr(plugin, "name", None), getattr(plugin, "__name__", None)):
        if isinstance(name, str) and name:
            return PluginInfo(name=name)
    return PluginInfo(name=type(plugin).__name__)


def installed_entry_points() -> Iterable[metadata.EntryPoint]:
    """Return the entry points of all installed distributions in our group."""
    return metadata.entry_points(group=GROUP)


def load(  # noqa: PLR0913  what load_registry is told, handed on
    explicit: Sequence[object],
    builtins: Sequence[tuple[str, object]],
    settings: Mapping[str, Mapping[str, Any]],
    *,
    strict: bool,
    discover: bool,
    entry_points: EntryPoints,
) -> Loader:
    """Take all plugins in; see ``load_registry``."""
    loader = Loader(MappingProxyType(dict(settings)), strict)
    for name, plugin in builtins:
        info = PluginInfo(name=name, distribution="scskit", version=_own_version(), builtin=True)
        loader.take(Candidate(info, plugin))
    for plugin in explicit:
        loader.take(Candidate(_given(plugin), plugin))
    if discover:
        for entry_point in _discovered(loader, entry_points):
            loader.take_installed(entry_point)
    loader.register()
    return loader


def _discovered(loader: Loader, entry_points: EntryPoints) -> Sequence[metadata.EntryPoint]:
    try:
        # The same order on every machine, whatever the order of its sys.path.
        return sorted(
            entry_points(), key=lambda found: (_installed(found).distribution, found.name)
        )
    except Exception as error:  # noqa: BLE001  a damaged installation keeps no desk from opening
        unreadable = PluginInfo(name="entry points", distribution="(all)")
        loader.refuse(Candidate(unreadable, stage="discover"), error)
        return ()


@cache
def _own_version() -> str:
    try:
        return metadata.version("scskit")
    except metadata.PackageNotFoundError:  # run from the sources
        return ""
