"""Clients that others wrote work on the fake X as they are, over real HTTP."""

from datetime import timedelta
from threading import Timer

import pytest
import requests
from requests.adapters import HTTPAdapter

from scskit_twitter.fake.tokens import SCOPE

tweepy = pytest.importorskip("tweepy", reason="tweepy is one of the clients that are tried")
xdk = pytest.importorskip("xdk", reason="xdk is X's own client")


class Led(HTTPAdapter):
    """Leads requests for X to the fake, after they were signed for X."""

    def __init__(self, url):
        """Lead to this address."""
        super().__init__()
        self.url = url

    def send(self, request, **given):
        """Send a request elsewhere."""
        request.url = self.url + request.url.removeprefix("https://api.twitter.com")
        return super().send(request, **given)


@pytest.fixture
def url(x):
    """Serve the network."""
    with x.serve(hold=0) as served:
        yield served.url


@pytest.fixture
def theirs(x, url):
    """Give tweepy with all its tokens."""
    told = x.account("acme").told()
    client = tweepy.Client(
        bearer_token=told["bearer_token"],
        consumer_key=told["consumer_key"],
        consumer_secret=told["consumer_secret"],
        access_token=told["token"],
        access_token_secret=told["token_secret"],
    )
    client.session.trust_env = False
    client.session.mount("https://api.twitter.com", Led(url))
    yield client
    client.session.close()


@pytest.fixture
def official(x, url):
    """Give X's own client with a user's token."""
    told = x.account("acme").told()
    client = xdk.Client(
        base_url=url, bearer_token=told["bearer_token"], access_token=told["access_token"]
    )
    client.session.trust_env = False
    yield client
    client.session.close()


FIELDS = {
    "tweet_fields": ["author_id", "conversation_id", "created_at", "referenced_tweets"],
    "expansions": ["author_id"],
}


def test_tweepy_posts_answers_hides_and_deletes(x, theirs):
    """Signed by OAuth 1.0a, tweepy writes as the account."""
    ana = x.customer("ana")
    asked = ana.posts("@acme where is my parcel?")
    answered = theirs.create_tweet(text="On its way!", in_reply_to_tweet_id=asked.id)
    assert [(sent.id, sent.answers) for sent in x] == [(answered.data["id"], asked.id)]
    post = theirs.create_tweet(text="Our new shop is open!").data["id"]
    with x.lock:
        article = x.account("acme").posts("Another")
    rude = ana.comments(on=article, text="Nonsense!")
    assert theirs.hide_reply(rude.id).data["hidden"] is True
    assert theirs.unhide_reply(rude.id).data["hidden"] is False
    assert theirs.delete_tweet(post).data["deleted"] is True
    assert theirs.get_me().data.username == "acme"


def test_tweepy_reads_mentions_page_by_page(x, theirs):
    """A paginator gets everything, with whom it is from."""
    ana = x.customer("ana")
    ids = [ana.posts(f"@acme question {number}").id for number in range(23)]
    pages = tweepy.Paginator(
        theirs.get_users_mentions, x.account("acme").id, max_results=10, user_auth=False, **FIELDS
    )
    found = [(post.id, page.includes["users"][0].username) for page in pages for post in page.data]
    assert found == [(int(one), "ana") for one in reversed(ids)]


def test_tweepy_searches_and_looks_up(x, theirs):
    """What the last seven days say is found; what is gone is told as an error beside the rest."""
    ana = x.customer("ana")
    asked = ana.posts("@acme refund please")
    reply = x.account("acme").comments(on=asked, text="Which order?")
    found = theirs.search_recent_tweets("refund from:ana -is:reply", max_results=10)
    assert [post.id for post in found.data] == [int(asked.id)]
    thread = theirs.search_recent_tweets(f"conversation_id:{asked.id} is:reply", max_results=10)
    assert [post.id for post in thread.data] == [int(reply.id)]
    several = theirs.get_tweets([asked.id, "1"], **FIELDS)
    assert (len(several.data), several.errors[0]["resource_id"]) == (1, "1")
    quote = ana.posts("Look at this", quoting=asked)
    assert [one.id for one in theirs.get_quote_tweets(asked.id).data] == [int(quote.id)]
    assert theirs.get_user(username="ana").data.id == int(ana.id)
    assert theirs.get_users(ids=[ana.id, "5"]).errors[0]["resource_type"] == "user"


def test_tweepy_likes_repeats_and_mutes(x, theirs):
    """What people think of posts and of each other is told, and can be taken back."""
    ana, ben = x.customer("ana"), x.customer("ben")
    praise = ana.posts("@acme thank you!")
    ben.likes(praise)
    theirs.like(praise.id)
    theirs.like(praise.id)
    theirs.retweet(praise.id)
    acme = x.account("acme").id
    for listed in (theirs.get_liking_users, theirs.get_retweeters):
        assert acme in {str(one.id) for one in listed(praise.id, user_auth=True).data}
    liked = theirs.get_liked_tweets(acme, user_auth=True).data
    assert [str(one.id) for one in liked] == [praise.id]
    with pytest.raises(tweepy.Forbidden, match="already retweeted"):
        theirs.retweet(praise.id)
    theirs.unlike(praise.id)
    theirs.unretweet(praise.id)
    assert [str(one.id) for one in theirs.get_liking_users(praise.id, user_auth=True).data] == [
        ben.id
    ]
    assert theirs.get_retweeters(praise.id).data is None
    assert theirs.mute(ben.id).data["muting"] is True
    assert [one.username for one in theirs.get_muted().data] == ["ben"]
    theirs.unmute(ben.id)
    assert theirs.get_muted().data is None
    with pytest.raises(tweepy.NotFound):
        theirs.like("5")


def test_tweepy_writes_and_reads_direct_messages(x, theirs):
    """Messages of both sides are in the conversation, newest first."""
    ana = x.customer("ana")
    ana.writes("Hello? <3")
    sent = theirs.create_direct_message(participant_id=ana.id, text="Hello Ana")
    assert [one.id for one in x] == [sent.data["dm_event_id"]]
    events = theirs.get_direct_message_events(
        participant_id=ana.id, dm_event_fields=["sender_id", "created_at"]
    )
    assert [one.text for one in events.data] == ["Hello Ana", "Hello? &lt;3"]
    group = theirs.create_direct_message_conversation(
        participant_ids=[ana.id, x.customer("ben").id],
        text="Hello both",
    )
    assert group.data["dm_conversation_id"]


def test_tweepy_understands_refusals(x, theirs):
    """What X refuses comes out of the client as the error that X's own refusal would be."""
    theirs.create_tweet(text="Same")
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        theirs.create_tweet(text="Same")
    with pytest.raises(tweepy.BadRequest, match="too long"):
        theirs.create_tweet(text="x" * 281)
    with pytest.raises(tweepy.BadRequest, match="media IDs"):
        theirs.create_tweet(text="x", media_ids=["5"])
    x.faults.plan("rate_limited")
    with pytest.raises(tweepy.TooManyRequests) as caught:
        theirs.create_tweet(text="Other")
    assert caught.value.reset_time > x.clock.now().timestamp()
    x.faults.plan("server_error")
    with pytest.raises(tweepy.TwitterServerError):
        theirs.create_tweet(text="Other")
    theirs.access_token_secret = "wrong"
    with pytest.raises(tweepy.Unauthorized):
        theirs.create_tweet(text="Other")
    assert len(x.sent) == 1


def test_tweepy_is_told_nothing_when_an_answer_is_lost(x, theirs):
    """The connection breaks, and the post is there all the same."""
    x.faults.plan("accept_then_timeout")
    with pytest.raises(requests.ConnectionError):
        theirs.create_tweet(text="Lost")
    assert [sent.text for sent in x] == ["Lost"]


def test_the_official_client_posts_and_reads(x, official):
    """X's own client, which takes nothing but what X describes."""
    ana = x.customer("ana")
    asked = ana.posts("@acme where is my parcel?", photos=1)
    answered = official.posts.create(
        body={"text": "On its way!", "reply": {"in_reply_to_tweet_id": asked.id}}
    )
    assert [sent.id for sent in x] == [answered.data.id]
    pages = list(official.users.get_mentions(x.account("acme").id, max_results=5))
    assert [post.id for page in pages for post in page.data] == [asked.id]
    assert official.users.get_me().data.username == "acme"
    assert official.posts.delete(answered.data.id).data.deleted is True
    assert list(x) == []


def test_the_official_client_writes_direct_messages(x, official):
    """Messages by person and by conversation."""
    ana = x.customer("ana")
    letter = ana.writes("Hello?")
    body = {"text": "Hello Ana"}
    one = official.direct_messages.create_by_participant_id(ana.id, body=body)
    two = official.direct_messages.create_by_conversation_id(
        letter.message.conversation, body={"text": "And more"}
    )
    assert [sent.id for sent in x] == [one.data.dm_event_id, two.data.dm_event_id]


def test_the_official_client_registers_webhooks(x, official, taking):
    """Registering checks the address at once; what was asked for is pushed there, and no more."""
    got = []
    address = "https://desk.example/webhooks/twitter"
    x.deliveries.addresses[address] = taking(got)
    made = official.webhooks.create(body={"url": address})
    assert made.data.valid is True
    assert [hook.id for hook in official.webhooks.get().data] == [made.data.id]
    body = {
        "event_type": "post.mention.create",
        "filter": {"user_id": x.account("acme").id},
        "tag": "desk",
        "webhook_id": made.data.id,
    }
    official.activity.create_subscription(body=body)
    x.customer("ana").posts("@acme hello")
    x.customer("ana").writes("hello")
    x.deliveries.pump()
    assert [item.text for item in got] == ["@acme hello"]
    assert official.webhooks.validate(made.data.id).data.valid is True
    assert official.webhooks.delete(made.data.id).data.deleted is True


def test_the_official_client_listens(x, official):
    """Its stream gets what happens, as an object that X describes."""
    x.heartbeat = 0.05
    talk = official.stream.activity()
    ana = x.customer("ana")
    Timer(0.2, lambda: ana.posts("@acme hello")).start()
    event = next(event for event in talk if event.data)
    assert event.data.event_type == "post.mention.create"
    talk.close()


def test_the_official_client_renews_its_tokens(x, url, monkeypatch):
    """With a code it gets tokens, and with a refresh token the next ones."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the fake is on this machine
    told = x.account("acme").told()
    client = xdk.Client(
        base_url=url,
        client_id=told["client_id"],
        client_secret=told["client_secret"],
        redirect_uri="https://desk.example/back",
        scope=SCOPE.split(),
    )
    client.get_authorization_url()
    first = client.exchange_code(x.account("acme").consents())
    x.clock.advance(timedelta(hours=2))
    second = client.refresh_token()
    assert first["refresh_token"] != second["refresh_token"]
    client.session.trust_env = False
    assert client.users.get_me().data.username == "acme"
    client.session.close()


def test_the_clock_of_the_network_opens_windows(x, theirs):
    """Fifteen messages, then none until X's quarter of an hour is over."""
    person = x.customer("ana").writes("Hello?").message.sender.id
    for number in range(15):
        theirs.create_direct_message(participant_id=person, text=f"{number}")
    with pytest.raises(tweepy.TooManyRequests):
        theirs.create_direct_message(participant_id=person, text="one more")
    x.clock.advance(timedelta(minutes=15))
    theirs.create_direct_message(participant_id=person, text="one more")
    assert len(x.sent) == 16
