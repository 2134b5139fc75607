"""What the connector does, on a fake X: whatever goes wrong there, each message is there once."""

from datetime import timedelta

import httpx
import pytest

from scskit.core.errors import CredentialsRejected, OutcomeUnknown, Rejected, RetryLater
from scskit.http.driver import Driver
from scskit.plugins import Attachment, Message, Outbound


def outbound(x, **given):
    return Outbound(
        **{
            "id": "o1",
            "case_id": "c1",
            "account": "twitter.acme",
            "text": "On its way! https://acme.example.com/track?id=1&x=2",
            "visibility": "public",
            "created_at": x.clock.now(),
            **given,
        }
    )


@pytest.fixture
def run(x, check_request):
    """Run a flow on the network; what it asks is held against X's own description."""
    client = httpx.Client(transport=x.transport(), event_hooks={"request": [check_request]})
    driver = Driver(client, clock=x.clock, sleep=lambda s: x.clock.advance(timedelta(seconds=s)))
    yield lambda flow: driver.run(flow, "twitter.acme")
    client.close()


@pytest.fixture
def mention(x):
    """Let a customer mention the account."""
    return x.customer("ana").posts("@acme where is my parcel?")


def test_a_public_answer_stands_under_the_post(x, run, connector, mention):
    """What is sent is there, once, under what it answers."""
    receipt = run(connector.send(outbound(x, in_reply_to=mention.id)))
    (sent,) = x
    assert (sent.id, sent.answers, sent.kind) == (receipt.external_id, mention.id, "reply")
    assert sent.text.startswith("On its way!")


def test_a_direct_message_arrives(x, run, connector):
    """A private answer is in the conversation that the customer wrote in."""
    letter = x.customer("ana").writes("Hello?")
    person = x.customer("ana").id
    receipt = run(connector.send(outbound(x, visibility="private", recipient=person)))
    into = run(
        connector.send(outbound(x, visibility="private", thread=letter.message.conversation))
    )
    assert [sent.id for sent in x] == [receipt.external_id, into.external_id]
    assert {sent.extra["conversation"] for sent in x} == {letter.message.conversation}


@pytest.fixture(params=["public", "private"])
def addressed(request, x, mention):
    """Say whom an answer is for, in public or in private."""
    x.clock.advance(timedelta(minutes=1))
    if request.param == "public":
        return {"in_reply_to": mention.id}
    return {"visibility": "private", "recipient": x.customer("ana").id}


@pytest.mark.parametrize(
    ("fault", "stands"),
    [("accept_then_timeout", 1), ("accept_then_error", 1), ("timeout_before_accept", 0)],
)
def test_a_lost_answer_is_looked_up(x, run, connector, addressed, fault, stands):  # noqa: PLR0913, PLR0917  fixtures
    """After an answer was lost, looking says truly whether the message is there."""
    given = outbound(x, **addressed)
    x.faults.plan(fault)
    with pytest.raises(OutcomeUnknown):
        run(connector.send(given))
    found = run(connector.find_sent(given))
    assert [sent.id for sent in x] == ([found.external_id] if stands else [])
    assert (found is None) == (not stands)


def test_sending_again_what_arrived_does_not_post_twice(x, run, connector, mention):
    """X refuses the same words as a duplicate, and the connector finds that they are its own."""
    given = outbound(x, in_reply_to=mention.id)
    x.faults.plan("accept_then_timeout")
    with pytest.raises(OutcomeUnknown):
        run(connector.send(given))
    assert run(connector.send(given)).external_id == x.sent[0].id
    assert len(x.sent) == 1


def test_polling_brings_everything_once_however_much_it_is(x, run, connector):
    """A walk over many pages loses nothing, and the next one brings only what is new."""
    ana = x.customer("ana")
    posts = [ana.posts(f"@acme question {number}").id for number in range(230)]
    letters = [ana.writes(f"letter {number}").id for number in range(120)]
    seen, cursor, rounds = [], None, 0
    more = True
    while more:
        fetched = run(connector.fetch("twitter.acme", cursor))
        seen += [item.external_id for item in fetched.items if isinstance(item, Message)]
        cursor, more, rounds = fetched.cursor, fetched.more, rounds + 1
        assert rounds < 20
    assert sorted(seen) == sorted(posts + letters)
    late = ana.posts("@acme one more").id
    new = []
    more = True
    while more:
        fetched = run(connector.fetch("twitter.acme", cursor))
        new += [item.external_id for item in fetched.items]
        cursor, more = fetched.cursor, fetched.more
    assert new == [late]


def test_a_walk_goes_on_where_a_page_was_refused(x, run, connector):
    """What a limit interrupts is read later, and nothing of it is left out."""
    ana = x.customer("ana")
    posts = {ana.posts(f"@acme question {number}").id for number in range(250)}
    seen, cursor = set(), None
    for number in range(12):
        if number % 3 == 1:
            x.faults.plan("server_error", on="GET *", times=9)
        try:
            fetched = run(connector.fetch("twitter.acme", cursor))
        except RetryLater:
            x.faults.reset(0)
            continue
        x.faults.reset(0)
        seen |= {item.external_id for item in fetched.items}
        cursor = fetched.cursor
    assert posts <= seen


def test_hiding_and_deleting(x, run, connector, mention):
    """An answer in the brand's own conversation can be hidden, and an own post taken away."""
    post = x.account("acme").posts("Our new shop is open!")
    rude = x.customer("ben").comments(on=post, text="Nonsense!")
    run(connector.hide("twitter.acme", rude.id))
    assert rude.post.hidden
    run(connector.hide("twitter.acme", rude.id, hidden=False))
    assert not rude.post.hidden
    with pytest.raises(Rejected, match="not permitted"):
        run(connector.hide("twitter.acme", mention.id))
    run(connector.delete("twitter.acme", post.id))
    run(connector.delete("twitter.acme", post.id))
    assert post.post.deleted
    with pytest.raises(Rejected, match="not authorized to delete"):
        run(connector.delete("twitter.acme", mention.id))


def test_media_go_up_and_into_messages(x, run, connector, mention):
    """A photo goes with a post, and a video once it is converted."""
    photo = run(connector.upload("twitter.acme", b"p" * 10, "image/png"))
    video = run(connector.upload("twitter.acme", b"v" * (5 * 2**20), "video/mp4", private=True))
    assert photo.ready_after is None
    assert video.ready_after == 5.0
    attached = (Attachment(kind="image", external_id=photo.media_id),)
    run(connector.send(outbound(x, in_reply_to=mention.id, attachments=attached)))
    moving = (Attachment(kind="video", external_id=video.media_id),)
    private = outbound(
        x, visibility="private", recipient=mention.post.author.id, attachments=moving
    )
    with pytest.raises(Rejected, match=r"media|invalid"):
        run(connector.send(private))
    x.clock.advance(timedelta(seconds=5))
    assert run(connector.upload_status("twitter.acme", video.media_id)).ready_after is None
    run(connector.send(private))
    assert len(x.sent) == 2


def test_whom_x_lets_nobody_answer_is_offered_a_message(x, run, connector):
    """A reply to somebody who did not call for the account is refused by X, for good."""
    post = x.account("acme").posts("Our new shop is open!")
    comment = x.customer("ana").comments(on=post, text="Where?")
    with pytest.raises(Rejected, match="mentioned or otherwise engaged") as caught:
        run(connector.send(outbound(x, in_reply_to=comment.id)))
    assert (caught.value.code, caught.value.error_class) == ("not-summoned", "policy")
    asked = x.customer("ana").comments(on=post, text="Hey @acme, where?")
    run(connector.send(outbound(x, in_reply_to=asked.id)))


def test_limits_are_waited_for(x, run, connector):
    """After the fifteen messages of a window the next waits until X said that it may go."""
    person = x.customer("ana").writes("Hello?").message.sender.id

    def send(number):
        given = outbound(x, visibility="private", recipient=person, text=f"answer {number}")
        return run(connector.send(given))

    for number in range(15):
        send(number)
    with pytest.raises(RetryLater) as caught:
        send(15)
    assert 0 < caught.value.retry_after <= 900
    assert len(x.sent) == 15
    x.clock.advance(timedelta(seconds=caught.value.retry_after))
    send(15)
    assert len(x.sent) == 16


@pytest.mark.parametrize("fault", ["expired_token", "rate_limited"])
def test_refusals_say_what_to_do(x, run, connector, mention, fault):
    """A dead token needs a person, a limit needs time; neither has changed anything."""
    x.faults.plan(fault, on="POST /2/tweets")
    kind = {"expired_token": CredentialsRejected, "rate_limited": RetryLater}[fault]
    with pytest.raises(kind):
        run(connector.send(outbound(x, in_reply_to=mention.id)))
    assert x.sent == []


def test_a_deleted_post_can_no_longer_be_answered(x, run, connector, mention):
    """X says that what is answered is gone."""
    mention.deleted()
    with pytest.raises(Rejected, match="deleted or not visible"):
        run(connector.send(outbound(x, in_reply_to=mention.id)))


def test_who_takes_no_messages_is_not_written_to(x, run, connector, mention):
    """A customer may be closed to messages from strangers."""
    x.customer("ana").closes_messages()
    given = outbound(x, visibility="private", recipient=mention.post.author.id)
    with pytest.raises(Rejected, match="permission to DM"):
        run(connector.send(given))
    x.customer("ana").writes("But I have a question")
    run(connector.send(given))
