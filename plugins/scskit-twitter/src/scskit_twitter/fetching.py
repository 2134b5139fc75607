"""Reading what X keeps: mentions, a search, direct messages; page by page, without losing any.

A walk goes from the newest page back to what is known. Where it stands is in the cursor, so that
each page counts at once; what is known moves on only when the walk has reached it. Whatever
happens in between, nothing is left out, and what is read twice is a duplicate.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import httpx
from attrs import asdict, evolve, frozen

from scskit.core.errors import CredentialsRejected, DeliveryError, RetryLater
from scskit.core.time import SystemClock
from scskit.http.usage import received_at
from scskit.plugins import Fetched, Flow, Parsed
from scskit_twitter.calls import Api, page
from scskit_twitter.config import AccountSettings, Source
from scskit_twitter.errors import problem_of
from scskit_twitter.limits import MESSAGE_FIELDS, PAGE, POST_FIELDS, SHARED_FIELDS
from scskit_twitter.pages import page_items
from scskit_twitter.posts import Place
from scskit_twitter.reading import Json, first_record, first_records, identifier, words

_TOKENS: Final = frozenset({"pagination_token", "next_token"})


@frozen(kw_only=True)
class Walk:
    """How far one source has been read.

    Attributes:
        since: the newest id of the last finished walk.
        newest: the newest id of the walk that is under way.
        token: its next page; None when no walk is under way.
    """

    since: str | None = None
    newest: str | None = None
    token: str | None = None


@frozen
class Step:
    """What one page brought.

    Attributes:
        items: oldest first.
        walk: how far the source has been read then.
    """

    items: Sequence[Parsed]
    walk: Walk


def fetch(api: Api, account: str, cursor: str | None) -> Flow[Fetched]:
    """Read one page of each source whose walk is under way; of every source when none is.

    A source that X refuses does not keep the others from being read: it is told of when they have
    brought nothing.

    Raises:
        DeliveryError: what X answered.
    """
    walks = _walks(cursor, api.account(account).poll)
    items: list[Parsed] = []
    errors: list[DeliveryError] = []
    for group in _groups(walks):
        before = dict(walks)
        for source in group:
            try:
                step = yield from _step(api, account, source, walks[source])
            except CredentialsRejected:
                raise
            except DeliveryError as error:
                errors.append(error)
            else:
                items += step.items
                walks[source] = step.walk
        if items or walks != before:
            break
    if errors and not items:
        _complain(errors, len(walks))
    return Fetched(items=items, cursor=_cursor(walks), more=any(w.token for w in walks.values()))


def _groups(walks: Mapping[Source, Walk]) -> Iterator[list[Source]]:
    yield [source for source, walk in walks.items() if walk.token]
    yield [source for source, walk in walks.items() if not walk.token]


def _complain(errors: Sequence[DeliveryError], sources: int) -> None:
    """Raise what cannot wait; sources that X is only slow with wait for their next turn."""
    final = [error for error in errors if not isinstance(error, RetryLater)]
    if final:
        raise final[0]
    waits = [error for error in errors if isinstance(error, RetryLater)]
    if len(waits) == sources:
        raise min(waits, key=lambda error: error.retry_after)


def _walks(cursor: str | None, sources: Sequence[Source]) -> dict[Source, Walk]:
    try:
        held = json.loads(cursor or "{}")
    except ValueError:
        held = {}
    known = held if isinstance(held, dict) else {}
    return {source: _walk(first_record(known, source)) for source in sources}


def _walk(held: Json) -> Walk:
    return Walk(
        since=identifier(held, "since"),
        newest=identifier(held, "newest"),
        token=identifier(held, "token"),
    )


def _cursor(walks: Mapping[Source, Walk]) -> str:
    return json.dumps({source: asdict(walk) for source, walk in walks.items()})


def _step(api: Api, account: str, source: Source, walk: Walk) -> Flow[Step]:
    own = api.account(account)
    response = yield _request(api, account, source, walk)
    problem = problem_of(response) if response.status_code == httpx.codes.BAD_REQUEST else None
    if problem is not None and walk.token and _names(problem.parameter, problem.message, _TOKENS):
        walk = Walk(since=walk.since)  # the page is gone: begin the walk again
        response = yield _request(api, account, source, walk)
    elif problem is not None and _names(problem.parameter, problem.message, {"since_id"}):
        # Longer ago than X searches: read all that it still has.
        response = yield _request(api, account, source, Walk())
    place = Place(
        account=account,
        user_id=own.user_id,
        handle=own.handle,
        received_at=received_at(response) or SystemClock().now(),
    )
    return _read(page(response), walk, source, place)


def _names(parameter: str, message: str, names: frozenset[str] | set[str]) -> bool:
    return any(name == parameter or name in message for name in names)


def _request(api: Api, account: str, source: Source, walk: Walk) -> httpx.Request:
    own = api.account(account)
    names = api.settings.field_names
    query = {"max_results": str(PAGE), **SHARED_FIELDS}
    if source == "dms":
        query |= {"event_types": "MessageCreate", **MESSAGE_FIELDS[names]}
    else:
        query |= POST_FIELDS[names]
        if walk.since:
            query["since_id"] = walk.since
    if walk.token:
        query["pagination_token"] = walk.token
    if source == "search":
        query["query"] = own.search
    return api.get(account, _path(source, own), query)


def _path(source: Source, own: AccountSettings) -> str:
    if source == "mentions":
        return f"/2/users/{own.user_id}/mentions"
    return "/2/dm_events" if source == "dms" else "/2/tweets/search/recent"


def _read(body: Json, walk: Walk, source: Source, place: Place) -> Step:
    data = first_records(body, "data")
    ids = [found for raw in data if (found := identifier(raw, "id"))]
    known = [found for found in ids if walk.since and not _newer(found, walk.since)]
    newest = max([*ids, *filter(None, (walk.newest, walk.since))], key=_rank, default=None)
    token = words(first_record(body, "meta"), "next_token")
    ended = not token or token == walk.token
    if source == "dms":  # it takes no since_id, and gives a token on the last page as well
        ended = ended or not ids or bool(known)
    items = [item for item in page_items(body, place) if not _is_known(item, known)]
    walk = Walk(since=newest) if ended else evolve(walk, newest=newest, token=token)
    return Step(items[::-1], walk)


def _is_known(item: Parsed, known: Sequence[str]) -> bool:
    return getattr(item, "external_id", None) in known


def _newer(one: str, other: str) -> bool:
    return _rank(one) > _rank(other)


def _rank(external_id: str) -> tuple[int, str]:
    """Order ids by age: they grow with time, and are text."""
    return len(external_id), external_id
