"""Reading what Meta keeps: posts and comments, conversations; page by page, without losing any.

A walk goes through the lists of a source, the newest first. Where it stands is in the cursor, so
that each page counts at once; from when on things are new moves on only when the walk has come to
its end, and then to when it began: what was written meanwhile belongs to the next one. What is
read twice is a duplicate. What is found is written as it would have been pushed, and read as that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve, frozen

from scskit.core.errors import CredentialsRejected, DeliveryError, Rejected
from scskit.core.interaction import Message
from scskit.core.time import SystemClock
from scskit.plugins import Fetched, Flow, Parsed, WebhookRequest
from scskit_facebook.config import FacebookSettings
from scskit_facebook.finding import SKEW, after_of
from scskit_facebook.limits import DEPTH
from scskit_facebook.parse import OBJECTS, parse
from scskit_facebook.places import Place
from scskit_facebook.sources import Source, sources_of
from scskit_meta.reading import Malformed, first_instant, instant, items

if TYPE_CHECKING:
    import httpx

_INVALID = 100


@frozen(kw_only=True)
class Walk:
    """How far one source has been read.

    Attributes:
        since: when the last finished walk began; empty for never.
        began: when the walk that is under way began; empty when none is.
        after: where its next page begins; empty when the list has been read.
        deep: what hangs from objects and is still to be read: their ids, and where to go on.
    """

    since: str = ""
    began: str = ""
    after: str = ""
    deep: tuple[tuple[str, str], ...] = ()

    @property
    def new_from(self) -> datetime | None:
        """From when on things are new; None for all of them."""
        return instant(self.since) - SKEW if self.since else None


@frozen
class Page:
    """What one request brought.

    Attributes:
        changes: what was found, as it would have been pushed.
        walk: how far the source has been read then.
    """

    changes: Sequence[Mapping[str, Any]]
    walk: Walk


def fetch(place: Place, settings: FacebookSettings, cursor: str | None) -> Flow[Fetched]:
    """Read one page of each source whose walk is under way; of every source when none is.

    A source that the token may not read does not keep the others from being read.

    Raises:
        DeliveryError: what Meta answered.
    """
    walks = _walks(cursor, sources_of(place))
    under_way = [source for source in walks if walks[source].began]
    found: list[Parsed] = []
    errors: list[DeliveryError] = []
    for source in under_way or list(walks):
        try:
            page, at = yield from _step(place, source, walks[source])
        except DeliveryError as error:
            if isinstance(error, CredentialsRejected) and error.error_class == "auth":
                raise
            errors.append(error)
            walks[source] = Walk(since=walks[source].since)
        else:
            walks[source] = page.walk
            found += _read(place, settings, page.changes, at)
    if errors and len(errors) == len(under_way or walks):
        raise errors[0]
    more = any(walk.began for walk in walks.values())
    return Fetched(items=sorted(found, key=_age), cursor=_cursor(walks), more=more)


def _age(item: Parsed) -> float:
    return item.posted_at.timestamp() if isinstance(item, Message) else 0.0


def _walks(cursor: str | None, sources: Sequence[Source]) -> dict[Source, Walk]:
    try:
        held = json.loads(cursor or "{}")
    except ValueError:
        held = {}
    known = held if isinstance(held, dict) else {}
    return {source: _walk(known.get(source.name)) for source in sources}


def _walk(held: object) -> Walk:
    """Return what a cursor holds of a source; one that is none begins anew."""
    try:
        walk = Walk(**held) if isinstance(held, dict) else Walk()
        for at in filter(None, (walk.since, walk.began)):
            instant(at)
        return evolve(walk, deep=tuple((str(id_), str(after)) for id_, after in walk.deep))
    except (Malformed, TypeError, ValueError):
        return Walk()


def _cursor(walks: Mapping[Source, Walk]) -> str:
    return json.dumps({source.name: asdict(walk) for source, walk in walks.items()})


def _read(
    place: Place, settings: FacebookSettings, changes: Sequence[Mapping[str, Any]], at: datetime
) -> list[Parsed]:
    """Read what was found as if it had been pushed."""
    entry: dict[str, Any] = {"id": place.own_id, "time": int(at.timestamp())}
    entry["changes"] = [one for one in changes if "field" in one]
    entry["messaging"] = [one for one in changes if "field" not in one]
    body = json.dumps({"object": OBJECTS[place.network], "entry": [entry]}).encode()
    request = WebhookRequest(method="POST", received_at=at, body=body)
    return parse(request, place.network, settings)


def _step(place: Place, source: Source, walk: Walk) -> Flow[tuple[Page, datetime]]:
    try:
        answer, at = yield from _ask(place, source, walk)
    except Rejected as refused:
        if refused.code != _INVALID or not (walk.after or walk.deep):
            raise
        # The page or what it hangs from is gone: a post that was removed, an old cursor.
        if walk.deep:
            walk = evolve(walk, deep=walk.deep[1:])
            return Page([], _ended(walk)), instant(walk.began)
        walk = Walk(since=walk.since)
        answer, at = yield from _ask(place, source, walk)
    if not walk.began:
        walk = evolve(walk, began=at.isoformat())
    page = _deeper(source, walk, answer) if walk.deep else _listed(source, walk, answer)
    return evolve(page, walk=_ended(page.walk)), at


def _ended(walk: Walk) -> Walk:
    """Return a walk; one that has come to its end leaves only from when on things are new."""
    return walk if walk.after or walk.deep else Walk(since=walk.began)


def _ask(place: Place, source: Source, walk: Walk) -> Flow[tuple[dict[str, Any], datetime]]:
    path, query, after = source.path, dict(source.query), walk.after
    if walk.deep:
        id_, after = walk.deep[0]
        path, query = (id_, source.edge), dict(source.edge_query)
    if after:
        query["after"] = after
    response: httpx.Response = yield place.graph.request("GET", path, query=query)
    return place.graph.answer(response, changes=False), _received_at(response)


def _received_at(response: httpx.Response) -> datetime:
    from scskit.http.usage import received_at  # noqa: PLC0415  it loads httpx

    return received_at(response) or SystemClock().now()


def _listed(source: Source, walk: Walk, answer: Mapping[str, Any]) -> Page:
    """Read a page of the list, with the first page of what hangs from each object in it."""
    nodes = _objects(answer)
    changes: list[Mapping[str, Any]] = []
    deep: list[tuple[str, str]] = []
    for node in nodes:
        id_ = str(node.get("id") or "")
        own = source.own(node)
        if own is not None and _is_new(node, walk):
            changes.append(own)
        found = node.get(source.edge)
        within: Mapping[str, Any] = found if isinstance(found, dict) else {}
        changes += _hanging(source, walk, id_, within)
        if id_ and (after := _further(source, walk, within)):
            deep.append((id_, after))
    after = "" if _past(source, walk, nodes) else after_of(answer)
    return Page(changes, evolve(walk, after=after, deep=(*walk.deep, *deep)))


def _deeper(source: Source, walk: Walk, answer: Mapping[str, Any]) -> Page:
    """Read a further page of what hangs from an object."""
    id_, rest = walk.deep[0][0], walk.deep[1:]
    after = _further(source, walk, answer)
    deep = ((id_, after), *rest) if after else rest
    return Page(_hanging(source, walk, id_, answer), evolve(walk, deep=deep))


def _hanging(
    source: Source, walk: Walk, id_: str, listed: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    every = _objects(listed)
    for node in list(every):
        below = node.get(source.below) if source.below else None
        every += _objects(below) if isinstance(below, dict) else []
    return [source.hanging(id_, node) for node in every if _is_new(node, walk)]


def _objects(listed: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node for node in items(listed.get("data")) if isinstance(node, dict)]


def _further(source: Source, walk: Walk, listed: Mapping[str, Any]) -> str:
    """Return where what hangs from an object goes on; empty where nothing new can come."""
    nodes = _objects(listed)
    if nodes and not source.below and not _is_new(nodes[-1], walk):
        return ""
    return after_of(listed)


def _is_new(node: Mapping[str, Any], walk: Walk) -> bool:
    at = _time(node)
    return walk.new_from is None or at is None or at >= walk.new_from


def _past(source: Source, walk: Walk, nodes: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a list has come to what is too old to have anything new."""
    if walk.new_from is None or not nodes:
        return False
    depth = timedelta(0) if source.by_change else DEPTH
    times = [_time(node) for node in nodes]
    return all(at is not None and at < walk.new_from - depth for at in times)


def _time(node: Mapping[str, Any]) -> datetime | None:
    names = ("updated_time", "created_time", "timestamp")
    return first_instant(*(node.get(name) for name in names if node.get(name) is not None))
