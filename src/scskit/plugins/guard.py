"""What stands between the engine and a plugin's code: one failure stays one plugin's failure.

pluggy ends a whole call when one implementation raises, and means to keep it so (pluggy #419). So
pluggy never sees a stranger's function: it sees a stand-in with the same arguments, which catches,
checks the answer, and does what ``hookspecs.ON_FAILURE`` says.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from functools import wraps
from typing import TYPE_CHECKING, cast

from attrs import frozen

from scskit.core.errors import ConfigError, DeliveryError, HookFailed
from scskit.plugins import hookspecs
from scskit.plugins.answers import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from scskit.core.reply import Violation
    from scskit.plugins.inspection import Implementation, PluginInfo

    Wrapper = Generator[None, object, object]

logger = logging.getLogger("scskit")
logger.addHandler(logging.NullHandler())  # silent until the host configures logging

ENDS = (KeyboardInterrupt, GeneratorExit)
"""What ends whatever is under way, also where a plugin has it raised.

Anything else is the plugin's own affair: a library's ``sys.exit()``, or a panic of code in another
language, which is no ``Exception`` either.
"""

KEPT_FAILURES = 100
LONGEST_MESSAGE = 300


@frozen(kw_only=True)
class HookFailure:
    """One implementation that failed.

    Attributes:
        hook: the hook.
        plugin: the plugin's name.
        distribution: the distribution it came with; empty for a plugin that the host passed.
        error: the error's type and message. The error itself would keep its frames, and with
            them customers' messages, in memory.
    """

    hook: str
    plugin: str
    distribution: str
    error: str

    def __str__(self) -> str:
        """Say it in one line, as it is stored with a decision."""
        return f"{self.plugin}: {self.hook} failed: {self.error}"


def describe(error: BaseException) -> str:
    """Return an error's type and message as text that every database keeps."""
    try:
        message = str(error)
    except ENDS:
        raise
    except BaseException:  # noqa: BLE001  whatever it is, it is what went wrong that counts
        message = "(an error that cannot be printed)"
    kept = message[:LONGEST_MESSAGE].encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return f"{type(error).__name__}: {kept}" if kept else type(error).__name__


class Collecting:
    """Collects failures for the time of a ``with`` block."""

    __slots__ = ("_collectors",)

    def __init__(self, collectors: list[list[str]]) -> None:
        """Stand with those that collect in this thread."""
        self._collectors = collectors

    def __enter__(self) -> list[str]:
        """Return the list that failures are added to."""
        collected: list[str] = []
        self._collectors.append(collected)
        return collected

    def __exit__(self, *_: object) -> None:
        """Collect no longer."""
        self._collectors.pop()


class FailureLog:
    """The latest failures, and for each thread those that its current decision met."""

    def __init__(self) -> None:
        """Start without any."""
        self.recent: deque[HookFailure] = deque(maxlen=KEPT_FAILURES)
        self._thread = threading.local()

    def add(self, failure: HookFailure, error: BaseException | None) -> None:
        """Keep a failure, log it, and tell whoever collects in this thread.

        Its traceback is logged with it where there is an ``error`` that may be seen.
        """
        self.recent.append(failure)
        logger.warning("%s", failure, exc_info=error)
        for collected in self._collectors():
            collected.append(str(failure))

    def collecting(self) -> Collecting:
        """Collect this thread's failures until the end of the block."""
        return Collecting(self._collectors())

    def _collectors(self) -> list[list[str]]:
        try:
            collectors: list[list[str]] = self._thread.collectors
        except AttributeError:
            collectors = self._thread.collectors = []
        return collectors


def guard(
    implementation: Implementation, origin: PluginInfo, failures: FailureLog
) -> Callable[..., object]:
    """Return a function that pluggy can call in place of an implementation.

    Args:
        implementation: the function and the arguments it takes.
        origin: whose it is.
        failures: where its failures go.
    """
    hook = implementation.hook
    call = implementation.caller()
    accept = ACCEPT[hook]

    # pluggy finds the names of the arguments to pass by following __wrapped__ (1.5 to 1.7 do).
    @wraps(getattr(hookspecs, hook))
    def guarded(*values: object) -> object:
        try:
            answer = call(*values)
            return None if answer is None else accept(answer, values, origin)
        except ENDS:
            raise
        except BaseException as error:  # noqa: BLE001  the plugin's affair
            return _react(hook, origin, error, failures)

    return guarded


def guard_wrapper(
    implementation: Implementation, origin: PluginInfo, failures: FailureLog
) -> Callable[..., Wrapper]:
    """Return the same for a wrapper: a generator function that lets the call through."""
    hook = implementation.hook
    call = implementation.caller()

    @wraps(getattr(hookspecs, hook))
    def guarded(*values: object) -> Wrapper:
        try:
            answer = yield from cast("Wrapper", call(*values))
            return None if answer is None else ACCEPT[hook](answer, values, origin)
        except (HookFailed, DeliveryError):  # of what it wraps, and recorded there
            raise
        except ENDS:
            raise
        except BaseException as error:  # noqa: BLE001  the plugin's affair
            return _react(hook, origin, error, failures)

    return guarded


def _react(hook: str, origin: PluginInfo, error: BaseException, failures: FailureLog) -> object:
    secret = hook in hookspecs.CONFIDENTIAL
    failure = HookFailure(
        hook=hook,
        plugin=origin.name,
        distribution=origin.distribution,
        error=type(error).__name__ if secret else describe(error),
    )
    told = secret or isinstance(error, ConfigError)  # by its message alone
    failures.add(failure, None if told else error)
    return _REACTIONS[hookspecs.ON_FAILURE[hook]](failure, error)


def _skip(_: HookFailure, __: BaseException) -> None:
    return None


def _block(failure: HookFailure, _: BaseException) -> tuple[Violation, ...]:
    from scskit.core.reply import Violation  # noqa: PLC0415  for desks that reply

    message = f"The reply could not be checked: {failure}"
    return (Violation("check_failed", message, failure.plugin),)


def _raise(failure: HookFailure, error: BaseException) -> None:
    if isinstance(error, DeliveryError):
        raise error
    raise HookFailed(str(failure)) from error


_REACTIONS: dict[str, Callable[[HookFailure, BaseException], object]] = {
    "refuse": _raise,
    "skip": _skip,
    "block": _block,
    "raise": _raise,
}
