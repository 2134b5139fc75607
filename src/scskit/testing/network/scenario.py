"""Who and what is on a fake network, and what they do: the words of a test.

::

    ana = network.customer("ana")
    post = network.account("acme").posts("Our new shop is open!")
    comment = ana.comments(on=post, text="Where?")
    comment.edited("Where is it?")

Networks write their own people and things as subclasses of ``Thing``, with methods that are marked
``verb``. The same words go over HTTP, as steps, to ``/_fake/scenario``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from scskit.testing.network.base import FakeNetwork

P = ParamSpec("P")
R = TypeVar("R")
N = TypeVar("N", bound="FakeNetwork")
T = TypeVar("T", bound="Thing[Any]")

REFERENCES: Final = frozenset({"on", "to", "of", "quoting", "mentioning", "instead_of"})
"""Parameters of verbs that name a person or a thing."""


class Thing(Generic[N]):
    """A person, an account, a post, a message.

    Attributes:
        network: where it is.
        id: the network's own id of it, which a test may compare with what arrived.
    """

    def __init__(self, network: N, external_id: str) -> None:
        """Be on a network."""
        self.network = network
        self.id = external_id

    def told(self) -> dict[str, Any]:
        """Return what ``/_fake/`` tells of it; JSON."""
        return {"is": type(self).__name__.lower(), "id": self.id}


def verb(method: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Mark a method as something that happens on the network: one at a time, also by a step."""

    @wraps(method)
    def done(thing: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with thing.network.lock:
            return method(thing, *args, **kwargs)

    done.is_verb = True  # type: ignore[attr-defined]  # functions take attributes
    return done


def verbs_of(thing: object) -> dict[str, Callable[..., Any]]:
    """Return what a person or a thing can do."""
    found = inspect.getmembers(thing, lambda member: getattr(member, "is_verb", False))
    return dict(found)


class StepInvalid(ValueError):
    """A step says something that the network does not know; says what it could be."""


def play(network: FakeNetwork, step: object) -> Thing[Any] | None:
    """Play one step of a scenario.

    ``{"customer": "ana"}`` and ``{"account": "acme"}`` bring somebody to the network, with further
    values as the network takes them. ``{"who": "ana", "does": "comments", "on": "p1", "text": "…",
    "as": "c1"}`` lets somebody or something do what it can, and calls what comes of it ``c1``.

    Raises:
        StepInvalid: it names nobody, or something that nobody can do.
    """
    if not isinstance(step, Mapping):
        raise StepInvalid("a step is an object")
    rest = dict(step)
    name = rest.pop("as", None)
    for kind in ("customer", "account"):
        if kind in rest:
            called = str(rest.pop(kind))
            made: object = _call(getattr(network, kind), {"name": called, **rest})
            return _named(network, str(name or called), made)
    if not {"who", "does"} <= rest.keys():
        raise StepInvalid("a step has customer, account, or who and does")
    thing = network.named(str(rest.pop("who")))
    able, what = verbs_of(thing), str(rest.pop("does"))
    if what not in able:
        raise StepInvalid(f"does: found {what!r}; allowed: {', '.join(sorted(able))}")
    made = _call(able[what], {key: _value(network, key, value) for key, value in rest.items()})
    return _named(network, str(name or ""), made)


def _value(network: FakeNetwork, key: str, value: object) -> object:
    if key not in REFERENCES:
        return value
    if isinstance(value, list):
        return [network.named(str(one)) for one in value]
    return network.named(str(value))


def _call(able: Callable[..., Any], given: Mapping[str, Any]) -> Any:  # noqa: ANN401  what comes of it
    known = inspect.signature(able)
    try:
        known.bind(**given)
    except TypeError as error:
        raise StepInvalid(f"{able.__name__}: {error}") from error
    for name, value in given.items():
        parameter = known.parameters.get(name)
        if parameter is not None and name not in REFERENCES:
            kind = parameter.annotation
            written = kind.__name__ if isinstance(kind, type) else str(kind)
            _check(f"{able.__name__}: {name}", value, written)
    return able(**given)


_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "Mapping": (Mapping,),
    "Sequence": (list, tuple),
}
"""What JSON can be where a verb says that it takes so."""


def _check(where: str, value: object, annotation: str) -> None:
    """Check a value of a step: what a verb takes unseen, it fails over when it is pushed.

    Raises:
        StepInvalid: it is something else than the verb takes.
    """
    kind = annotation.partition("[")[0].partition(" |")[0]
    allowed = _KINDS.get(kind)
    if allowed is None or (value is None and "None" in annotation):
        return
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise StepInvalid(f"{where}: found {type(value).__name__}; allowed: {annotation}")


def _named(network: FakeNetwork, name: str, made: object) -> Thing[Any] | None:
    if not isinstance(made, Thing):
        return None
    if name:
        network.names[name] = made
    return made
