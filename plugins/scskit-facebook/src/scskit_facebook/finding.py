"""Whether a message whose outcome is unknown arrived: Meta has no idempotency keys.

A message is known again by who wrote it, its text and its time. Where a private reply to a comment
went is not known before Meta has answered, so it is looked for in all conversations that changed
since, with whoever bears the name of who wrote the comment: many are answered in the same words.
Meta takes one for each comment, so it cannot be doubled; but a second is refused, and whoever had
not looked would take the refusal for the end of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from scskit.core.errors import OutcomeUnknown, Rejected
from scskit.plugins import DeliveryReceipt, Flow, Outbound
from scskit_facebook.places import Place
from scskit_facebook.sending import edge_of, is_post, is_private_reply
from scskit_meta.reading import first_instant, items

SKEW = timedelta(minutes=5)
"""How far Meta's clock may be behind ours."""

_MOST_PAGES = 20

_MESSAGES = "id,from,to,message,created_time"

_FIELDS = {
    "facebook": "id,from,message,created_time",
    "instagram": "id,from,username,text,timestamp",
}


def find_sent(place: Place, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
    """Look for a message among the latest ones of where it went.

    Returns:
        What is known of it; None when it is not there.

    Raises:
        OutcomeUnknown: there is too much to look through.
    """
    if is_post(outbound):
        found = yield from _beneath(place, outbound, place.own_id)
    elif outbound.visibility == "public":
        found = yield from _comments(place, outbound)
    elif is_private_reply(outbound):
        found = yield from _private_replies(place, outbound)
    else:
        found = yield from _messages(place, outbound)
    for item in found:
        if _is_it(place, outbound, item):
            at = first_instant(*_times(item))
            return DeliveryReceipt(external_id=str(item["id"]), at=at, recipient=_to(item))
    return None


def _comments(place: Place, outbound: Outbound) -> Flow[list[Any]]:
    target = outbound.in_reply_to or outbound.thread or ""
    found = yield from _beneath(place, outbound, target)
    if _answers_a_comment(outbound) and not any(_is_it(place, outbound, one) for one in found):
        above = yield from _above(place, target)
        return (yield from _beneath(place, outbound, above)) if above else found
    return found


def _answers_a_comment(outbound: Outbound) -> bool:
    return outbound.in_reply_to not in {None, outbound.thread}


def _above(place: Place, comment: str) -> Flow[str]:
    """Return the comment that a comment answers: what answers an answer stands beside it."""
    fields = "id,parent{id}" if place.network == "facebook" else "id,parent_id"
    answer = yield from place.graph.get((comment,), fields=fields)
    parent = answer.get("parent")
    found = parent.get("id") if isinstance(parent, dict) else answer.get("parent_id")
    return found if isinstance(found, str) else ""


def _beneath(place: Place, outbound: Outbound, target: str) -> Flow[list[Any]]:
    """Return what hangs from a comment or post and may be it: of lists, as much as is needed."""
    query = {"fields": _FIELDS[place.network], "limit": "100"}
    if place.network == "facebook" and not is_post(outbound):
        query |= {"filter": "stream", "order": "reverse_chronological"}
    found: list[Any] = []
    for _ in range(_MOST_PAGES):
        answer = yield from place.graph.get((target, edge_of(place, outbound)), **query)
        page = list(items(answer.get("data")))
        found += page
        after = after_of(answer)
        there = any(_is_it(place, outbound, one) for one in page)
        if there or not after or _older(page, outbound):
            return found
        query["after"] = after
    raise _too_much()


def _too_much() -> OutcomeUnknown:
    """Return what is said where a list has no end: what is not seen may be there."""
    return OutcomeUnknown(f"it is not on the latest {_MOST_PAGES} pages, and there are more")


def after_of(answer: Mapping[str, Any]) -> str:
    """Return where the next page begins; empty on the last one."""
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else ""


def _older(page: list[Any], outbound: Outbound) -> bool:
    """Tell whether a list that begins with the latest has come to what was there before."""
    times = [first_instant(*_times(one)) for one in page if isinstance(one, dict)]
    known = [one for one in times if one is not None]
    return bool(known) and known[-1] <= known[0] and known[-1] < outbound.created_at - SKEW


def _times(item: Mapping[str, Any]) -> tuple[Any, Any]:
    return item.get("created_time"), item.get("timestamp")


def _platform(place: Place) -> str:
    return "messenger" if place.network == "facebook" else "instagram"


def _private_replies(place: Place, outbound: Outbound) -> Flow[list[Any]]:
    """Return the messages of all conversations that changed since it was accepted.

    Where Meta tells who wrote the comment, those to this person; else without whom they went to,
    as they may have gone to somebody else.
    """
    name: str | None = None
    query = {
        "platform": _platform(place),
        "fields": f"updated_time,messages.limit(20){{{_MESSAGES}}}",
        "limit": "50",
    }
    found: list[Any] = []
    for _ in range(_MOST_PAGES):
        answer = yield from place.graph.get((place.sender, "conversations"), **query)
        for conversation in items(answer.get("data")):
            if not _may_hold(place, outbound, conversation):
                continue
            if name is None:  # each request may fail, and then nobody could tell
                name = yield from _name_of_author(place, outbound)
            if _may_be_with(conversation, name):
                said = yield from _messages_of(place, outbound, conversation)
                found += _to_person(said, name)
        after = after_of(answer)
        if not after or _is_past(answer, outbound):
            return found
        query["after"] = after
    raise _too_much()


def _name_of_author(place: Place, outbound: Outbound) -> Flow[str]:
    """Return the name of who wrote what is answered; empty where Meta does not tell."""
    try:
        answer = yield from place.graph.get((outbound.in_reply_to or "",), fields="id,from")
    except Rejected:  # it was removed
        return ""
    return _name(answer.get("from"))


def _name(who: object) -> str:
    """Return what somebody is called: on Instagram the user name, which nobody else has."""
    found = (who.get("username") or who.get("name")) if isinstance(who, dict) else None
    return found if isinstance(found, str) else ""


def _may_hold(place: Place, outbound: Outbound, conversation: object) -> bool:
    """Tell whether a conversation holds it, as far as its latest messages tell."""
    listed = conversation.get("messages") if isinstance(conversation, dict) else None
    answer: Mapping[str, Any] = listed if isinstance(listed, dict) else {}
    page = list(items(answer.get("data")))
    more = after_of(answer) and not _older(page, outbound)
    return bool(more) or any(_is_it(place, outbound, one) for one in page)


def _may_be_with(conversation: object, name: str) -> bool:
    """Tell whether somebody of a name writes or is written to in the latest messages."""
    listed = conversation.get("messages") if isinstance(conversation, dict) else None
    told = items(listed.get("data") if isinstance(listed, dict) else None)
    each = [one for one in told if isinstance(one, dict)]
    return not name or any(
        _name(who) == name for one in each for who in (one.get("from"), *_ends(one))
    )


def _to_person(said: list[Any], name: str) -> list[Any]:
    """Return messages to somebody of a name; of all, where it is not known, but not to whom."""
    told = [one for one in said if isinstance(one, dict)]
    if not name:
        return [{**one, "to": None} for one in told]
    return [one for one in told if any(_name(who) == name for who in _ends(one))]


def _is_past(answer: Mapping[str, Any], outbound: Outbound) -> bool:
    """Tell whether a page reaches back far enough; the latest conversations come first."""
    listed = [one for one in items(answer.get("data")) if isinstance(one, dict)]
    changed = [first_instant(one.get("updated_time")) for one in listed]
    return any(at is not None and at < outbound.created_at - SKEW for at in changed)


def _ends(item: Mapping[str, Any]) -> Iterator[Any]:
    """Return whom a message went to, where that is told."""
    told = item.get("to")
    return items(told.get("data") if isinstance(told, dict) else None)


def _to(item: Mapping[str, Any]) -> str | None:
    """Return the id of whom a message went to, where that is told."""
    ends = (one for one in _ends(item) if isinstance(one, dict))
    return next((str(one["id"]) for one in ends if one.get("id")), None)


def _messages(place: Place, outbound: Outbound) -> Flow[list[Any]]:
    query = {
        "platform": _platform(place),
        "user_id": outbound.recipient or outbound.thread or "",
        "fields": f"messages.limit(20){{{_MESSAGES}}}",
    }
    answer = yield from place.graph.get((place.sender, "conversations"), **query)
    found: list[Any] = []
    for conversation in items(answer.get("data")):
        found += yield from _messages_of(place, outbound, conversation)
    return found


def _messages_of(place: Place, outbound: Outbound, conversation: object) -> Flow[list[Any]]:
    """Return the messages of a conversation: of the latest, as many as it may be among."""
    told = conversation if isinstance(conversation, dict) else {}
    listed = told.get("messages")
    answer: Mapping[str, Any] = listed if isinstance(listed, dict) else {}
    found: list[Any] = []
    for _ in range(_MOST_PAGES):
        page = list(items(answer.get("data")))
        found += page
        after, id_ = after_of(answer), told.get("id")
        if not after or not isinstance(id_, str) or _older(page, outbound):
            return found
        query = {"fields": _MESSAGES, "limit": "20", "after": after}
        answer = yield from place.graph.get((id_, "messages"), **query)
    raise _too_much()


def _is_it(place: Place, outbound: Outbound, item: object) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        return False
    if item["id"] in outbound.others:
        return False
    who = item.get("from")
    author = who.get("id") if isinstance(who, dict) else None
    at = first_instant(*_times(item))
    return (
        author in {place.own_id, place.sender}
        and outbound.text == (item.get("message") or item.get("text") or "")
        and at is not None
        and at >= outbound.created_at - SKEW
    )
