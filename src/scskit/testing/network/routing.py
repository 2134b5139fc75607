"""Which handler answers which request.

::

    routes = Routes()

    @routes.add("POST", "/2/tweets")
    def create(network: FakeX, call: Call) -> httpx.Response: ...

A pattern has places: ``{id}`` takes one part of the path, ``{version:v[0-9.]+}`` only what fits.
Where several patterns fit, the one with fewer places is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

import httpx
from attrs import frozen

from scskit.testing.network.calls import Call

N = TypeVar("N")
Handler = Callable[[N, Call], httpx.Response]

_PLACE = re.compile(r"\{(\w+)(?::([^{}]+))?\}")


@frozen
class Route(Generic[N]):
    """One operation.

    Attributes:
        method: upper case.
        pattern: the path, with places.
        handler: answers it.
        auth: what the network asks of the caller; the network knows what its words mean.
    """

    method: str
    pattern: str
    handler: Handler[N]
    auth: str = ""

    @property
    def operation(self) -> str:
        """The name of the operation: the method and the pattern, without what fits a place."""
        bare = _PLACE.sub(lambda place: f"{{{place[1]}}}", self.pattern)
        return f"{self.method} {bare}"


class Routes(Generic[N]):
    """The operations of a network, or of a part of one."""

    def __init__(self, *parts: Routes[N]) -> None:
        """Take in the operations of these parts."""
        self._routes: list[tuple[re.Pattern[str], Route[N]]] = []
        for part in parts:
            self._routes += part._routes  # noqa: SLF001  another of this class
        self._sort()

    def add(self, method: str, pattern: str, auth: str = "") -> Callable[[Handler[N]], Handler[N]]:
        """Mark a function as the handler of an operation."""

        def marked(handler: Handler[N]) -> Handler[N]:
            route = Route(method.upper(), pattern, handler, auth)
            self._routes.append((re.compile(_regex(pattern)), route))
            self._sort()
            return handler

        return marked

    def _sort(self) -> None:
        self._routes.sort(key=lambda pair: len(_PLACE.findall(pair[1].pattern)))

    def find(self, method: str, path: str) -> tuple[Route[N], Mapping[str, str]] | None:
        """Return the operation that is asked for, with what stands in its places."""
        for pattern, route in self._routes:
            found = pattern.fullmatch(path)
            if found and route.method == method.upper():
                return route, found.groupdict()
        return None

    def knows(self, path: str) -> bool:
        """Tell whether anything is there, by any method."""
        return any(pattern.fullmatch(path) for pattern, _ in self._routes)

    def __iter__(self) -> Iterator[Route[N]]:
        """Go through the operations."""
        return (route for _, route in self._routes)


def _regex(pattern: str) -> str:
    parts, at = [], 0
    for place in _PLACE.finditer(pattern):
        parts += [re.escape(pattern[at : place.start()])]
        parts += [f"(?P<{place[1]}>{place[2] or '[^/]+'})"]
        at = place.end()
    return "".join([*parts, re.escape(pattern[at:])])
