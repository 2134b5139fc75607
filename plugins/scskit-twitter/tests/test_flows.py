"""What is sent to X, and what becomes of its answers."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from openapi_core.exceptions import OpenAPIError

from scskit.core.errors import (
    CredentialsRejected,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from scskit.plugins import Attachment, Outbound
from scskit_twitter import flows
from scskit_twitter.calls import Api
from scskit_twitter.config import read

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
CREATED = {"data": {"id": "9001", "text": "On its way!"}}
MESSAGED = {"data": {"dm_conversation_id": "42-100", "dm_event_id": "9002"}}
DUPLICATE = {
    "detail": "You are not allowed to create a Tweet with duplicate content.",
    "title": "Forbidden",
    "status": 403,
    "type": "about:blank",
}
PHOTO = Attachment(kind="image", external_id="71")


def outbound(**given):
    return Outbound(
        **{
            "id": "o1",
            "case_id": "c1",
            "account": "acme",
            "text": "On its way!",
            "visibility": "public",
            "created_at": NOON,
            **given,
        }
    )


def private(**given):
    return outbound(visibility="private", recipient="42", **given)


def body_of(request):
    return json.loads(request.content)


def test_a_reply_answers_its_post(api, run, answer):
    """A public answer stands under the customer's post, written by the account's own token."""
    found, (asked,) = run(flows.send(api, outbound(in_reply_to="77")), answer(201, CREATED))
    assert (asked.method, asked.url) == ("POST", "https://api.x.com/2/tweets")
    assert body_of(asked) == {"text": "On its way!", "reply": {"in_reply_to_tweet_id": "77"}}
    assert asked.headers["authorization"] == "Bearer acme-token"
    assert (found.external_id, found.status) == ("9001", "sent")


def test_a_quote_and_media_go_with_a_post(api, run, answer):
    """A post takes up to four media, and can quote another."""
    given = outbound(attachments=(PHOTO,) * 4, extra={"quotes": "78"})
    _, (asked,) = run(flows.send(api, given), answer(201, CREATED))
    assert body_of(asked) == {
        "text": "On its way!",
        "media": {"media_ids": ["71"] * 4},
        "quote_tweet_id": "78",
    }


def test_a_direct_message_goes_to_its_person(api, run, answer):
    """A private answer goes to the customer, with one medium at most."""
    given = private(attachments=(PHOTO,))
    found, (asked,) = run(flows.send(api, given), answer(201, MESSAGED))
    assert asked.url.path == "/2/dm_conversations/with/42/messages"
    assert body_of(asked) == {"text": "On its way!", "attachments": [{"media_id": "71"}]}
    assert found.external_id == "9002"


def test_a_group_is_answered_in_its_conversation(api, run, answer):
    """Where no single person is meant, the conversation is."""
    given = outbound(visibility="private", thread="1582103724607971332")
    _, (asked,) = run(flows.send(api, given), answer(201, MESSAGED))
    assert asked.url.path == "/2/dm_conversations/1582103724607971332/messages"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (outbound(text="x" * 281), "281 of 280"),
        (private(text="x" * 10_001), "10001 of 10000"),
        (outbound(extra={"summoned": False}), "offer a direct message"),
        (outbound(attachments=(PHOTO,) * 5), "found 5 attachments"),
        (private(attachments=(PHOTO,) * 2), "found 2 attachments"),
        (outbound(attachments=(Attachment(kind="image", url="https://x/1"),)), "not uploaded"),
        (outbound(visibility="private"), "recipient or a thread"),
    ],
)
def test_what_x_would_never_take_does_not_leave(api, run, given, message):
    """What can only be refused is refused here, and costs no request."""
    found, asked = run(flows.send(api, given))
    assert isinstance(found, Rejected)
    assert message in str(found)
    assert asked == []


def test_an_account_without_a_token_cannot_write(run):
    """A missing token is told by the place in the desk file where it belongs."""
    api = Api(read({"twitter": {"accounts": {"acme": {"user_id": "100"}}}}))
    found, _ = run(flows.send(api, outbound()))
    assert isinstance(found, CredentialsRejected)
    assert str(found) == "plugins.twitter.accounts lacks a token of 'acme'"


def test_oauth_1_signs_each_request(api, run, answer):
    """An account with a token that does not expire signs by OAuth 1.0a, and shows no secret."""
    _, (asked,) = run(flows.send(api, outbound(account="help")), answer(201, CREATED))
    authorization = asked.headers["authorization"]
    assert authorization.startswith("OAuth ")
    assert 'oauth_consumer_key="consumer-key"' in authorization
    assert 'oauth_token="help-token"' in authorization
    assert "hidden" not in authorization
    assert "consumer-secret" not in authorization


def test_a_lost_attempt_is_found_when_x_calls_it_a_duplicate(api, run, answer):
    """A reply that arrived without our knowing is not sent twice, nor taken for failed."""
    there = {
        "data": [
            {"id": "9000", "text": "@ana Something else", "author_id": "100"},
            {
                "id": "8999",
                "text": "@ana On its way!",
                "author_id": "100",
                "created_at": "2026-11-02T12:00:03.000Z",
                "referenced_tweets": [{"type": "replied_to", "id": "77"}],
            },
        ],
        "meta": {"result_count": 2},
    }
    found, asked = run(
        flows.send(api, outbound(in_reply_to="77")), answer(403, DUPLICATE), answer(200, there)
    )
    assert found.external_id == "8999"
    assert asked[1].url.path == "/2/users/100/tweets"
    assert asked[1].url.params["start_time"] == "2026-11-02T11:59:55Z"


def test_a_true_duplicate_is_refused(api, run, answer):
    """The same text as last week's is refused for good, as X does."""
    found, _ = run(flows.send(api, outbound()), answer(403, DUPLICATE), answer(200, {"meta": {}}))
    assert isinstance(found, Rejected)
    assert (found.code, found.error_class) == ("duplicate", "policy")


@pytest.mark.parametrize("status", [500, 503, 200])
def test_a_write_without_an_answer_may_have_arrived(api, run, answer, status):
    """Where X fails in the middle of writing, nobody claims to know the outcome."""
    found, _ = run(flows.send(api, outbound()), answer(status, {}))
    assert isinstance(found, OutcomeUnknown)


def test_a_limit_says_when_to_come_back(api, run, answer):
    """The waiting time is X's own, by X's own clock."""
    limited = answer(
        429,
        {"title": "Too Many Requests", "type": "about:blank", "status": 429},
        x_rate_limit_remaining="0",
        x_rate_limit_reset="1793620890",
        date="Mon, 02 Nov 2026 12:00:00 GMT",
        x_transaction_id="abc",
    )
    found, _ = run(flows.send(api, outbound()), limited)
    assert isinstance(found, RetryLater)
    assert (found.retry_after, found.error_class, found.request_id) == (90, "rate_limit", "abc")


@pytest.mark.parametrize("hidden", [True, False])
def test_a_reply_is_hidden_and_shown(api, run, answer, hidden):
    """A reply below the account's post can be hidden, and shown again."""
    found, (asked,) = run(
        flows.hide(api, "acme", "77", hidden=hidden), answer(200, {"data": {"hidden": hidden}})
    )
    assert (asked.method, asked.url.path) == ("PUT", "/2/tweets/77/hidden")
    assert body_of(asked) == {"hidden": hidden}
    assert found is None


def test_a_reply_that_x_leaves_in_sight_is_not_hidden(api, run, answer):
    """Whoever counts on a card number being out of sight is told when it is not."""
    still = answer(200, {"data": {"hidden": False}})
    found, _ = run(flows.hide(api, "acme", "77", hidden=True), still)
    assert isinstance(found, OutcomeUnknown)


@pytest.mark.parametrize(("kind", "place"), [("public", "tweets"), ("private", "dm_events")])
def test_what_is_deleted_is_gone(api, run, answer, kind, place):
    """A post and a direct message can be taken away."""
    flow = flows.delete(api, "acme", "77", private=kind == "private")
    found, (asked,) = run(flow, answer(200, {"data": {"deleted": True}}))
    assert (asked.method, asked.url.path) == ("DELETE", f"/2/{place}/77")
    assert found is None


def test_what_is_gone_already_may_be_deleted(api, run, answer):
    """Somebody else was quicker: it is gone, as it should be."""
    found, _ = run(flows.delete(api, "acme", "77", private=False), answer(404, {}))
    assert found is None


def test_a_small_image_goes_up_at_once(api, run, answer):
    """An image takes one request; its id can be attached right away."""
    flow = flows.upload(api, "acme", b"image", "image/png", private=False)
    found, (asked,) = run(flow, answer(200, {"data": {"id": "71"}}))
    assert asked.url.path == "/2/media/upload"
    assert b"tweet_image" in asked.content
    assert found == flows.Upload(media_id="71")


def test_a_video_goes_up_in_chunks_and_is_waited_for(api, run, answer, monkeypatch):
    """A video is brought in parts; X then says when to ask whether it is ready."""
    monkeypatch.setattr(flows, "UPLOAD_CHUNK", 8)
    content = b"a video!!"
    processing = {"state": "pending", "check_after_secs": 3}
    found, asked = run(
        flows.upload(api, "acme", content, "video/mp4", private=True),
        answer(200, {"data": {"id": "72"}}),
        answer(200, {"data": {"expires_at": 1}}),
        answer(200, {"data": {"expires_at": 1}}),
        answer(200, {"data": {"id": "72", "processing_info": processing}}),
    )
    assert [request.url.path.rpartition("/")[2] for request in asked] == [
        "initialize",
        "append",
        "append",
        "finalize",
    ]
    assert body_of(asked[0]) == {
        "media_category": "dm_video",
        "media_type": "video/mp4",
        "total_bytes": len(content),
    }
    assert found == flows.Upload(media_id="72", ready_after=3.0)


def test_a_converted_video_is_ready(api, run, answer):
    """Asking later tells that the medium can be sent."""
    done = {"data": {"id": "72", "processing_info": {"state": "succeeded"}}}
    found, (asked,) = run(flows.upload_status(api, "acme", "72"), answer(200, done))
    assert dict(asked.url.params) == {"command": "STATUS", "media_id": "72"}
    assert found == flows.Upload(media_id="72")


def test_a_video_that_cannot_be_converted_is_refused(api, run, answer):
    """What X cannot convert will not get better by waiting."""
    failed = {"state": "failed", "error": {"message": "unsupported codec"}}
    body = {"data": {"id": "72", "processing_info": failed}}
    found, _ = run(flows.upload_status(api, "acme", "72"), answer(200, body))
    assert isinstance(found, Rejected)
    assert "unsupported codec" in str(found)


def test_x_takes_images_and_videos_only(api, run):
    """A PDF is refused before it leaves."""
    flow = flows.upload(api, "acme", b"%PDF", "application/pdf", private=False)
    found, asked = run(flow)
    assert isinstance(found, Rejected)
    assert asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        httpx.Request("POST", "https://api.x.com/2/tweets", json={"message": "Hi"}),
        httpx.Request("POST", "https://api.x.com/2/tweets/create", json={"text": "Hi"}),
        httpx.Request("GET", "https://api.x.com/2/dm_events?max_results=500"),
        httpx.Request("PUT", "https://api.x.com/2/tweets/77/hidden", json={"hidden": "yes"}),
    ],
)
def test_a_wrong_request_would_be_caught(run, description, wrong):
    """The description of X's API that all these requests are held against does refuse."""
    if description is None:
        pytest.skip("there is no description of X's API; name its folder in SCSKIT_SHARED")

    def flow():
        yield wrong

    with pytest.raises(OpenAPIError):
        run(flow())
