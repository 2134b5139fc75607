"""Polling: nothing is left out, whatever happens between two pages."""

import json

import pytest

from scskit.core.errors import CredentialsRejected, Rejected, RetryLater
from scskit.plugins import Message
from scskit_twitter.calls import Api
from scskit_twitter.config import read
from scskit_twitter.fetching import fetch

LIMITED = {"title": "Too Many Requests", "type": "about:blank", "status": 429}
FORBIDDEN = {"title": "Forbidden", "type": "about:blank", "status": 403}


def polling(*sources, **given):
    account = {"user_id": "100", "handle": "acme", "token": "secret", "poll": list(sources)}
    return Api(read({"twitter": {"accounts": {"acme": account | given}}}))


def mention(number):
    return {"id": str(number), "text": f"@acme {number}", "author_id": "42"}


def page(*numbers, token=None):
    meta = {"result_count": len(numbers)} | ({"next_token": token} if token else {})
    return (
        {"data": [mention(number) for number in numbers], "meta": meta}
        if numbers
        else {"meta": meta}
    )


def message(number, sender="42"):
    return {
        "id": str(number),
        "event_type": "MessageCreate",
        "text": f"message {number}",
        "sender_id": sender,
        "dm_conversation_id": "42-100",
    }


def messages(*numbers, token=None):
    meta = {"result_count": len(numbers)} | ({"next_token": token} if token else {})
    return {"data": [message(number) for number in numbers], "meta": meta}


def ids(found):
    return [item.external_id for item in found.items]


def since(found, source="mentions"):
    return json.loads(found.cursor)[source]["since"]


def test_a_first_walk_goes_back_to_the_beginning(run, answer):
    """The first time everything is read, page by page, each page the oldest first."""
    api = polling("mentions")
    first, (asked,) = run(fetch(api, "acme", None), answer(200, page(9, 8, token="t1")))
    assert asked.url.path == "/2/users/100/mentions"
    assert "since_id" not in asked.url.params
    assert (ids(first), first.more, since(first)) == (["8", "9"], True, None)
    second, (asked,) = run(fetch(api, "acme", first.cursor), answer(200, page(7)))
    assert asked.url.params["pagination_token"] == "t1"
    assert (ids(second), second.more, since(second)) == (["7"], False, "9")


def test_what_is_known_moves_on_after_the_whole_walk_only(run, answer):
    """A walk that breaks off in the middle leaves no gap: the next one begins where it began."""
    api = polling("mentions")
    known, _ = run(fetch(api, "acme", None), answer(200, page(5)))
    broken, _ = run(fetch(api, "acme", known.cursor), answer(200, page(99, 98, token="t1")))
    assert (since(broken), broken.more) == ("5", True)
    again, asked = run(
        fetch(api, "acme", broken.cursor),
        answer(400, {"errors": [{"parameters": {"pagination_token": ["t1"]}, "message": "bad"}]}),
        answer(200, page(100, 99, token="t2")),
    )
    assert [request.url.params.get("pagination_token") for request in asked] == ["t1", None]
    assert [request.url.params["since_id"] for request in asked] == ["5", "5"]
    done, _ = run(fetch(api, "acme", again.cursor), answer(200, page(98, 6)))
    assert (since(done), done.more) == ("100", False)


def test_ids_are_ordered_by_age_and_not_by_letters(run, answer):
    """An id with more digits is the newer one."""
    found, _ = run(fetch(polling("mentions"), "acme", None), answer(200, page(1000, 999)))
    assert since(found) == "1000"


def test_nothing_new_is_nothing(run, answer):
    """An empty page has no data; what is known stays."""
    api = polling("mentions")
    known, _ = run(fetch(api, "acme", None), answer(200, page(5)))
    found, _ = run(fetch(api, "acme", known.cursor), answer(200, page()))
    assert (ids(found), found.more, since(found)) == ([], False, "5")


def test_an_empty_page_with_a_token_does_not_end_the_walk(run, answer):
    """X may leave everything out of a page and still have more."""
    api = polling("mentions")
    found, _ = run(fetch(api, "acme", None), answer(200, page(token="t1")))
    assert found.more


def test_direct_messages_stop_at_what_is_known(run, answer):
    """Messages take no since_id, and their last page names another: the known one ends it."""
    api = polling("dms")
    first, (asked,) = run(
        fetch(api, "acme", None), answer(200, messages(3, 2, token="0123456789abcdef"))
    )
    assert asked.url.path == "/2/dm_events"
    rest, _ = run(fetch(api, "acme", first.cursor), answer(200, messages(token="fedcba9876543210")))
    assert (ids(first), rest.more, since(rest, "dms")) == (["2", "3"], False, "3")
    found, _ = run(
        fetch(api, "acme", rest.cursor), answer(200, messages(4, 3, 2, token="0123456789abcdef"))
    )
    assert (ids(found), found.more, since(found, "dms")) == (["4"], False, "4")


def test_own_messages_are_echoes(run, answer):
    """What the account wrote elsewhere comes back as its own, addressed to the customer."""
    own = {"data": [message(7, sender="100")], "meta": {"result_count": 1}}
    found, _ = run(fetch(polling("dms"), "acme", None), answer(200, own))
    (item,) = found.items
    assert isinstance(item, Message)
    assert (item.direction, item.addressed_to, item.thread) == ("outbound", "42", "42-100")


def test_a_search_that_reaches_too_far_back_reads_all_there_is(run, answer):
    """Search keeps seven days; where the last walk was longer ago, all of them are read."""
    api = polling("search", search="to:acme")
    cursor = json.dumps({"search": {"since": "5"}})
    too_old = {"errors": [{"parameters": {"since_id": ["5"]}, "message": "must be newer"}]}
    found, asked = run(fetch(api, "acme", cursor), answer(400, too_old), answer(200, page(9, 8)))
    assert [request.url.params.get("since_id") for request in asked] == ["5", None]
    assert asked[0].url.params["query"] == "to:acme"
    assert (ids(found), since(found, "search")) == (["8", "9"], "9")


@pytest.mark.parametrize("names", ["post", "tweet"])
def test_fields_are_asked_for_by_either_name(run, answer, names):
    """X renamed its fields; an app that still has the old ones can say so."""
    settings = {
        "field_names": names,
        "accounts": {"acme": {"user_id": "100", "token": "secret", "poll": ["mentions"]}},
    }
    flow = fetch(Api(read({"twitter": settings})), "acme", None)
    if names == "tweet":
        request = next(flow)  # today's description does not know these any more
    else:
        _, (request,) = run(flow, answer(200, page()))
    assert f"{names}.fields" in request.url.params
    assert f"note_{names}" in request.url.params[f"{names}.fields"]


def test_one_slow_source_does_not_hold_up_another(run, answer):
    """When messages are limited, mentions are still read, and what is known of messages stays."""
    api = polling("mentions", "dms")
    found, _ = run(fetch(api, "acme", None), answer(200, page(5)), answer(429, LIMITED))
    assert (ids(found), since(found), since(found, "dms")) == (["5"], "5", None)
    quiet, _ = run(fetch(api, "acme", found.cursor), answer(200, page()), answer(429, LIMITED))
    assert (ids(quiet), quiet.more) == ([], False)


def test_a_walk_under_way_goes_on_before_another_begins(run, answer):
    """Scarce requests go to the source that has more, not to those that have just been read."""
    api = polling("mentions", "dms")
    found, _ = run(
        fetch(api, "acme", None), answer(200, page(9, token="t1")), answer(200, messages(3))
    )
    _, asked = run(fetch(api, "acme", found.cursor), answer(200, page(8)))
    assert [request.url.path for request in asked] == ["/2/users/100/mentions"]


def test_a_refused_source_is_told_when_the_others_are_quiet(run, answer):
    """A missing permission does not stay hidden behind a source that works."""
    api = polling("mentions", "dms")
    found, _ = run(fetch(api, "acme", None), answer(200, page()), answer(403, FORBIDDEN))
    assert isinstance(found, Rejected)


def test_when_all_are_limited_the_shortest_wait_counts(run, answer):
    """Where nothing can be read, the caller learns when the first can."""
    api = polling("mentions", "dms")
    found, _ = run(
        fetch(api, "acme", None),
        answer(429, LIMITED, retry_after="60"),
        answer(429, LIMITED, retry_after="30"),
    )
    assert isinstance(found, RetryLater)
    assert found.retry_after == 30


def test_rejected_credentials_end_it_at_once(run, answer):
    """With a token that X does not take, no further request is wasted."""
    found, _ = run(fetch(polling("mentions", "dms"), "acme", None), answer(401, {"status": 401}))
    assert isinstance(found, CredentialsRejected)


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", '{"mentions": 7}'])
def test_a_cursor_that_cannot_be_read_begins_anew(run, answer, cursor):
    """A broken cursor costs duplicates, never messages."""
    found, _ = run(fetch(polling("mentions"), "acme", cursor), answer(200, page(5)))
    assert since(found) == "5"


def test_what_cannot_be_understood_is_kept(run, answer):
    """A bad item of a page is handed on with its reason; the others are messages."""
    body = {"data": [mention(5), {"id": 7}], "meta": {}}
    found, _ = run(fetch(polling("mentions"), "acme", None), answer(200, body))
    assert [type(item).__name__ for item in found.items] == ["Unreadable", "Message"]
