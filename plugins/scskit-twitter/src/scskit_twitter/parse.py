"""From a body to items: which of X's shapes it is, and whose.

Pure and total: a body is read, or ``PayloadInvalid`` is raised. Events come by webhook as one
object, by stream as one object per line; polling pages hold posts or direct messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from attrs import evolve, frozen

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Message, Parsed, Signal, Unreadable
from scskit_twitter.activity import event_items, subscriber
from scskit_twitter.answers import answer_name
from scskit_twitter.config import NETWORK, TwitterSettings
from scskit_twitter.legacy import activities, has_activities, revoked
from scskit_twitter.pages import is_kept, kept_item
from scskit_twitter.posts import Place
from scskit_twitter.reading import (
    Json,
    Malformed,
    each,
    first_record,
    identifier,
    load,
    record,
    words,
)
from scskit_twitter.wire import Included, read_included

_POSTED: Final = frozenset({"event_type", "author_id", "created_at"})
"""What a post or a message has that was asked for, and a confirmation has not."""


@frozen
class Reading:
    """What holds for all items of one body.

    Attributes:
        settings: which accounts there are.
        received_at: when the body came.
    """

    settings: TwitterSettings
    received_at: datetime

    def place(self, user_id: str) -> Place:
        """Return whose items these are.

        Raises:
            Malformed: no account has this id.
        """
        account = self.settings.account_of(user_id)
        if account is None:
            raise Malformed(f"no account has user_id {user_id}")
        own = self.settings.accounts.get(account)
        return self._place(account, user_id, own.handle if own else "")

    def nobody(self) -> Place:
        """Return the place of what belongs to no account."""
        return self._place(NETWORK, None, "")

    def only(self) -> Place:
        """Return the place of what does not say whose it is.

        Raises:
            Malformed: there are several accounts.
        """
        if not self.settings.accounts:
            return self.nobody()
        if len(self.settings.accounts) > 1:
            raise Malformed("it does not say for which account it is")
        (account,) = self.settings.accounts.values()
        return self.place(account.user_id)

    def _place(self, account: str, user_id: str | None, handle: str) -> Place:
        return Place(account=account, user_id=user_id, handle=handle, received_at=self.received_at)


def parse(body: bytes, settings: TwitterSettings, received_at: datetime) -> tuple[Parsed, ...]:
    """Read a body.

    Args:
        body: one JSON object, or one per line.
        settings: which accounts there are; without any, names are made of X's ids.
        received_at: the time of items that bear none.

    Raises:
        PayloadInvalid: it is neither.
    """
    reading = Reading(settings, received_at)
    try:
        whole = load(body)
    except ValueError as error:
        return _lines(body, reading, error)
    if not isinstance(whole, dict):
        raise PayloadInvalid(f"found {_kind(whole)}, expected a JSON object")
    return tuple(_body(whole, reading))


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else f"a JSON {type(value).__name__}"


def _lines(body: bytes, reading: Reading, error: ValueError) -> tuple[Parsed, ...]:
    """Read a piece of a stream; the empty lines in it say that the connection lives."""
    if not body.strip() and body:
        return ()
    lines = [line for line in body.splitlines() if line.strip()]
    read = [_line(line) for line in lines]
    if len(lines) < 2 or not any(isinstance(value, dict) for value in read):  # noqa: PLR2004
        raise PayloadInvalid(f"the body of {len(body)} bytes is not JSON: {error}") from error
    return tuple(item for value in read for item in _streamed(value, reading))


def _line(line: bytes) -> Any:  # noqa: ANN401  whatever JSON holds
    try:
        return load(line)
    except ValueError:
        return line.decode("utf-8", "replace")


def _streamed(value: object, reading: Reading) -> Iterator[Parsed]:
    if isinstance(value, dict):
        yield from _body(value, reading)
    else:
        yield Unreadable(reason="a line of the stream is no JSON object", payload=value)


def _body(body: Json, reading: Reading) -> Iterator[Parsed]:
    read = _shape(body)
    yield from each([body], lambda raw: read(raw, reading))


def _shape(body: Json) -> Any:  # noqa: ANN401  one of the readers below
    if identifier(body, "for_user_id") is not None or has_activities(body):
        return _legacy
    if {"id_str", "user"} <= body.keys():
        return _older
    return next((read for key, read in _SHAPES if key in body), _unknown)


def _legacy(body: Json, reading: Reading) -> Iterator[Parsed]:
    user_id = identifier(body, "for_user_id")
    place = reading.place(user_id) if user_id else reading.only()
    yield from activities(body, place, read_included(body))


def _older(body: Json, reading: Reading) -> Iterator[Parsed]:
    """Read what API version 1.1 keeps: a post by itself, or a page of direct messages."""
    if "events" in body:
        found = {"direct_message_events": body["events"]}
    else:
        found = {"tweet_create_events": [body]}
    yield from map(_paged, activities(found, reading.only(), read_included(body)))


def _user_event(body: Json, reading: Reading) -> Iterator[Parsed]:
    revoke = first_record(first_record(body, "user_event"), "revoke")
    user_id = identifier(first_record(revoke, "source"), "user_id")
    if user_id is None:
        raise Malformed("found a user_event without user_id")
    yield revoked(revoke, reading.place(user_id))


def _replayed(body: Json, reading: Reading) -> Iterator[Parsed]:
    status = first_record(body, "replay_job_status")
    detail = {"state": words(status, "job_state"), "job": identifier(status, "job_id", "id")}
    yield _notice("replay", reading, detail)


def _trouble(body: Json, reading: Reading) -> Iterator[Parsed]:
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else body
    told = first if isinstance(first, dict) else body
    names = ("title", "detail", "type", "message", "error", "error_description")
    detail = {name: found for name in names if (found := words(told, name))}
    yield _notice("error", reading, detail)


def _nothing(_: Json, __: Reading) -> Iterator[Parsed]:
    yield from ()


def _unknown(_: Json, __: Reading) -> Iterator[Parsed]:
    raise Malformed("it has none of the keys that X documents")


def _notice(event: str, reading: Reading, detail: dict[str, Any]) -> Signal:
    return Signal(account=NETWORK, event=event, at=reading.received_at, detail=detail)


def _data(body: Json, reading: Reading) -> Iterator[Parsed]:
    data = body["data"]
    included = read_included(first_record(body, "includes"))
    if isinstance(data, list):
        yield from each(data, lambda raw: map(_paged, _datum(raw, reading, included)))
    elif not isinstance(data, dict):
        raise Malformed(f"data: found {type(data).__name__}, expected an object or a list")
    elif body.keys() <= {"data", "errors"} and not _POSTED & data.keys() and answer_name(data):
        yield _answered(data, reading)  # a new post, as X confirms it, is no news
    else:
        yield from _datum(data, reading, included)


def _paged(item: Parsed) -> Parsed:
    """Say of a message that nothing more is known about why it came."""
    if isinstance(item, Message) and "event" not in item.extra:
        return evolve(item, extra={**item.extra, "event": "page"})
    return item


def _datum(raw: Json, reading: Reading, included: Included) -> Iterator[Parsed]:
    if "payload" in raw or "event_uuid" in raw:
        yield from _event(raw, reading, included)
    elif is_kept(raw):
        yield from kept_item(raw, reading.only(), included)
    elif answer_name(raw):
        yield _answered(raw, reading)
    else:
        raise Malformed("found neither an event nor a post nor a direct message")


def _answered(data: Json, reading: Reading) -> Signal:
    detail = {"id": identifier(data, "id", "dm_event_id", "subscription_id")}
    return _notice(f"response:{answer_name(data)}", reading, detail)


def _event(raw: Json, reading: Reading, included: Included) -> Iterator[Parsed]:
    payload = record(raw.get("payload"))
    user_id = subscriber(raw, payload)
    event_type = words(raw, "event_type")
    if user_id:
        place = reading.place(user_id)
    else:  # subscribed by a keyword, say
        place = reading.only() if event_type.startswith(("post.", "dm.")) else reading.nobody()
    inner = first_record(raw, "includes")
    known = read_included({"users": payload.get("users")}, inner)
    merged = included.joined(known)
    yield from event_items(event_type, payload, place, merged)


_SHAPES: Final = (
    ("user_event", _user_event),
    ("replay_job_status", _replayed),
    ("data", _data),
    ("meta", _nothing),
    *((key, _trouble) for key in ("errors", "error", "title", "detail")),
    ("events", _older),
)
"""Whose body it is, by the first key that it has."""
