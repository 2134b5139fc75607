"""Reading a plugin before it is used: which hooks it has, and what is wrong with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from attrs import frozen
from pluggy import HookimplOpts, PluginManager

from scskit.core.errors import LoadFailed
from scskit.plugins import hookspecs

if TYPE_CHECKING:
    from collections.abc import Iterator

TAKES_WRAPPERS = frozenset({"scskit_deliver"})
_READER = PluginManager(hookspecs.PROJECT)


@frozen(kw_only=True)
class PluginInfo:
    """One plugin that is in use.

    Attributes:
        name: unique in the desk; the source of its labels and decisions.
        distribution: the installed distribution it came with; empty for one the host passed.
        version: that distribution's version.
        hooks: the hooks it implements.
        builtin: whether it is one of scskit's own.
    """

    name: str
    distribution: str = ""
    version: str = ""
    hooks: tuple[str, ...] = ()
    builtin: bool = False

    def __str__(self) -> str:
        """Name the plugin and where it came from, as messages do."""
        if self.builtin:
            return f"built-in plugin {self.name!r}"
        if not self.distribution:
            return f"plugin {self.name!r} given to open_desk"
        return f"plugin {self.name!r} of {self.distribution} {self.version}".rstrip()


@frozen
class Implementation:
    """One hook of one plugin.

    Attributes:
        hook: the hook.
        function: what the plugin wrote, bound.
        options: what it said in ``@hookimpl(...)``.
        wants: the hook's arguments that it takes.
    """

    hook: str
    function: Callable[..., object]
    options: HookimplOpts
    wants: tuple[str, ...]

    def caller(self) -> Callable[..., object]:
        """Return a function of all the hook's arguments, which passes on those it takes."""
        function, names = self.function, hookspecs.ARGUMENTS[self.hook]
        if _takes_all_in_order(function, names):
            return function
        chosen = [(name, names.index(name)) for name in self.wants]
        return lambda *values: function(**{name: values[place] for name, place in chosen})


def implementations(plugin: object, origin: PluginInfo) -> tuple[Implementation, ...]:
    """Find the hooks of a plugin.

    Args:
        plugin: a module or an object.
        origin: whose it is, for messages.

    Raises:
        LoadFailed: a hook is misspelt, unmarked, ``async``, or asks for what it cannot have; or
            there is none. The message says everything that is wrong.
    """
    found: list[Implementation] = []
    problems: list[str] = []
    for name in (name for name in dir(plugin) if not name.startswith("__")):
        options = _READER.parse_hookimpl_opts(plugin, name)
        if options is None:
            problems.extend(_unmarked(plugin, name))
            continue
        hook = options.get("specname") or name
        function = getattr(plugin, name)
        wrong = list(_mistakes(hook, function, options))
        problems.extend(wrong)
        if not wrong and hook in hookspecs.ARGUMENTS:
            found.append(Implementation(hook, function, options, _wants(hook, function)))
    if not found and not problems:
        problems.append("it implements no hook")
    if problems:
        raise LoadFailed(f"{origin}: {'; '.join(problems)}")
    return tuple(found)


def _unmarked(plugin: object, name: str) -> Iterator[str]:
    if not name.startswith("scskit_"):
        return
    value = inspect.getattr_static(plugin, name)
    function = getattr(value, "__func__", value)  # a static method holds its function
    # The specs themselves, which a plugin may have imported, are no implementations.
    if _nearest(name) and inspect.isfunction(function) and not hasattr(function, "scskit_spec"):
        yield f"{name}() is not marked with @hookimpl, so it would never be called"


def _nearest(name: str) -> str:
    return next(iter(get_close_matches(name, hookspecs.ARGUMENTS, n=1, cutoff=0.8)), "")


def _mistakes(hook: str, function: Callable[..., object], options: HookimplOpts) -> Iterator[str]:
    arguments = hookspecs.ARGUMENTS.get(hook)
    if arguments is None:
        if not options["optionalhook"]:
            near = _nearest(hook)
            yield f"there is no hook {hook!r}" + (f"; did you mean {near!r}?" if near else "")
        return
    plain = inspect.unwrap(function)
    if inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain):
        yield f"{hook} is async; hooks are called, never awaited"
    if options["hookwrapper"]:
        yield f"{hook} is an old-style wrapper; use @hookimpl(wrapper=True)"
    elif options["wrapper"] and hook not in TAKES_WRAPPERS:
        yield f"{hook} takes no wrappers; {', '.join(TAKES_WRAPPERS)} does"
    elif options["wrapper"] and not inspect.isgeneratorfunction(plain):
        yield f"{hook} is marked as a wrapper and has no yield"
    yield from _unknown_arguments(hook, function, arguments)


def _takes_all_in_order(function: Callable[..., object], names: tuple[str, ...]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    by_place = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return len(by_place) == len(parameters) and by_place == list(names)


def _unknown_arguments(
    hook: str, function: Callable[..., object], arguments: tuple[str, ...]
) -> Iterator[str]:
    allowed = f"{hook}({', '.join(arguments)})"
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            yield f"{hook} takes {name!r} by position only; arguments are passed by name"
        elif name == "self":
            yield f"{hook} belongs to a class; pass an object of it, not the class"
        elif name not in arguments and _required(parameter):
            yield f"{hook} asks for {name!r}; the hook is {allowed}"


def _required(parameter: inspect.Parameter) -> bool:
    variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and not variadic


def _wants(hook: str, function: Callable[..., object]) -> tuple[str, ...]:
    asked = inspect.signature(function).parameters
    return tuple(name for name in hookspecs.ARGUMENTS[hook] if name in asked)
