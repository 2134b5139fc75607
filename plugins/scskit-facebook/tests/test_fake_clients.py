"""Clients that others wrote work on the fake network, unchanged, over real HTTP."""

import io
from contextlib import suppress

import httpx
import pytest

from scskit.plugins import WebhookResponse
from scskit_facebook.fake import FakeFacebook

facebook = pytest.importorskip("facebook", reason="facebook-sdk is not installed")
business = pytest.importorskip("facebook_business", reason="facebook_business is not installed")
pymessenger = pytest.importorskip("pymessenger", reason="pymessenger is not installed")
fbmessenger = pytest.importorskip("fbmessenger", reason="fbmessenger is not installed")

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture
def network():
    found = FakeFacebook(seed=11)
    found.account("acme")
    return found


@pytest.fixture
def url(network):
    with network.serve(hold=0) as served:
        yield served.url


@pytest.fixture
def page(network):
    return network.names["acme"]


@pytest.fixture
def ana(network, page):
    found = network.customer("Ana Ruiz")
    found.writes("Hello?", to=page)
    return found


@pytest.fixture
def graph(url, page, monkeypatch):
    """Give facebook-sdk, which sends forms with the token in them."""
    monkeypatch.setattr(facebook, "FACEBOOK_GRAPH_URL", url + "/")
    with facebook.requests.Session() as session:
        yield facebook.GraphAPI(page.token.value, session=session)


def test_facebook_sdk_reads_and_writes_a_page(graph, network, page):
    """The page, its posts and comments, an answer, a like, a removal."""
    assert graph.get_version() == graph.version.removeprefix("v")
    assert graph.get_object("me") == {"id": page.id, "name": "acme"}
    assert "pages_messaging" in graph.get_permissions("me")
    post = graph.put_object("me", "feed", message="Our new shop is open!")
    comment = network.customer("ana").comments(on=page.content[0], text="Where?")
    feed = graph.get_connections("me", "feed", fields="message,comments{message,from}")
    (told,) = feed["data"]
    assert (told["id"], told["comments"]["data"][0]["message"]) == (post["id"], "Where?")
    answer = graph.put_comment(comment.id, "Here: {1 Main St}")
    graph.put_like(comment.id)
    read = graph.get_object(answer["id"], fields="message,parent,from,can_hide")
    assert (read["message"], read["parent"]["id"]) == ("Here: {1 Main St}", comment.id)
    assert (read["from"]["id"], read["can_hide"]) == (page.id, False)
    assert graph.delete_object(answer["id"]) == {"success": True}
    with pytest.raises(facebook.GraphAPIError) as gone:
        graph.get_object(answer["id"])
    assert gone.value.code == 100


def test_a_harness_is_told_every_token(url, page):
    """Clients that ask in the app's own name find its id and token beside the account's."""
    told = httpx.get(f"{url}/_fake/state").json()["names"]["acme"]
    asked = {"input_token": told["token"], "access_token": told["app_token"]}
    read = httpx.get(f"{url}/debug_token", params=asked).json()["data"]
    assert (read["app_id"], read["profile_id"]) == (told["app_id"], page.id)


def test_facebook_sdk_walks_long_lists(graph, network, page):
    """It follows the addresses of pages, with fields and all, to the end."""
    post = page.posts("Hello")
    ana = network.customer("ana")
    wanted = [ana.comments(on=post, text=f"{n}").id for n in range(60)]
    found = list(graph.get_all_connections(post.id, "comments", limit=25, filter="stream"))
    assert [one["id"] for one in found] == wanted
    asked = {"order": "reverse_chronological", "limit": 2, "summary": "1"}
    latest = graph.get_connections(post.id, "comments", **asked)
    assert [one["id"] for one in latest["data"]] == wanted[:-3:-1]
    assert latest["summary"]["total_count"] == 60
    both = graph.get_objects(wanted[:2], fields="message")
    assert [both[id_]["message"] for id_ in wanted[:2]] == ["0", "1"]


def test_facebook_sdk_uploads_a_photo_and_asks_about_tokens(graph, network, page):
    """A file in a form, and the app's own token."""
    photo = graph.put_photo(io.BytesIO(b"\x89PNG"), message="Look")
    assert page.content[0].id == photo["post_id"]
    app = graph.get_app_access_token(network.app_id, network.secret)
    assert app == network.app_token
    told = graph.debug_access_token(page.token.value, network.app_id, network.secret)["data"]
    assert (told["is_valid"], told["profile_id"], told["type"]) == (True, page.id, "PAGE")
    renewed = graph.extend_access_token(network.app_id, network.secret)
    assert renewed["access_token"] in network.tokens


def test_facebook_sdk_is_refused_as_by_the_real_one(graph, network, page):
    """An ended token is an error with its code."""
    page.token_ends()
    with pytest.raises(facebook.GraphAPIError) as ended:
        graph.get_object("me")
    assert ended.value.code == 190


def test_facebook_sdk_lists_the_pages_of_who_manages_them(url, network, page, monkeypatch):
    """A person's token leads to the tokens of their pages."""
    monkeypatch.setattr(facebook, "FACEBOOK_GRAPH_URL", url + "/")
    with facebook.requests.Session() as session:
        graph = facebook.GraphAPI(network.user_token.value, session=session)
        (told,) = graph.get_connections("me", "accounts")["data"]
    assert (told["id"], told["access_token"]) == (page.id, page.token.value)


@pytest.fixture
def api(url, network, page, monkeypatch):
    """Give facebook_business, which sends forms with JSON in them, the token in the address."""
    from facebook_business.api import FacebookAdsApi, FacebookSession

    monkeypatch.setattr(FacebookSession, "GRAPH", url)
    network.demands_proof = True
    made = FacebookAdsApi.init(network.app_id, network.secret, page.token.value)
    yield made
    made._session.requests.close()  # noqa: SLF001  nothing else closes its connections
    FacebookAdsApi.set_default_api(None)


def test_facebook_business_reads_and_writes_a_page(api, network, page, ana):
    """Objects with fields, lists that walk, an answer, hiding, and a proof with every request."""
    from facebook_business.adobjects.comment import Comment
    from facebook_business.adobjects.page import Page
    from facebook_business.adobjects.post import Post

    own = Page(page.id).api_get(fields=["name", "username"])
    assert own["name"] == "acme"
    made = Page(page.id).create_feed(params={"message": "Open!"})
    post = page.content[0]
    for number in range(30):
        ana.comments(on=post, text=str(number))
    comments = Post(made["id"]).get_comments(fields=["message", "from"], params={"limit": 10})
    assert [one["message"] for one in comments] == [str(n) for n in range(30)]
    first = post.comments[0]
    Comment(first.id).api_update(params={"is_hidden": True})
    assert first.hidden
    answer = Comment(first.id).create_comment(params={"message": "Sorry"})
    assert Comment(answer["id"]).api_get(fields=["parent"])["parent"]["id"] == first.id
    Comment(answer["id"]).api_delete()
    assert [one.kind for one in network] == ["post"]


def test_facebook_business_writes_messages(api, network, page, ana):
    """Conversations and messages, in the page's name."""
    from facebook_business.adobjects.page import Page

    scoped = ana.scoped_id(page)
    params = {
        "recipient": {"id": scoped},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hi", "metadata": "m1"},
    }
    Page(page.id).create_message(params=params)
    assert [(one.text, one.to) for one in network] == [("Hi", scoped)]
    (found,) = Page(page.id).get_conversations(fields=["participants", "message_count"])
    assert found["message_count"] == 2
    Page(page.id).create_subscribed_app(params={"subscribed_fields": ["feed", "messages"]})
    assert network.subscribed[page.id] == {"feed", "messages"}


def test_facebook_business_sends_batches_and_reads_errors(api, network, page, ana):
    """Several requests in one, each answered; a refusal keeps its code, subcode and trace."""
    from facebook_business.adobjects.page import Page
    from facebook_business.exceptions import FacebookRequestError

    told = []
    batch = api.new_batch()
    Page(page.id).api_get(fields=["name"], batch=batch, success=told.append)
    failed = []
    Page("1").api_get(fields=["name"], batch=batch, failure=failed.append)
    batch.execute()
    assert told[0].json()["name"] == "acme"
    assert failed[0].error().api_error_subcode() == 33
    with pytest.raises(FacebookRequestError) as refused:
        Page(page.id).create_message(params={"recipient": {"id": "1"}, "message": {"text": "x"}})
    error = refused.value
    assert (error.api_error_code(), error.api_error_subcode()) == (100, 2018001)
    assert error.http_status() == 400


def test_pymessenger_writes(url, network, page, ana, tmp_path):
    """Text, buttons, media by address and as a file, typing: JSON with the token in the address."""
    from pymessenger.bot import Bot

    bot = Bot(page.token.value)
    bot.graph_url = url + "/v2.6"
    bot.base_url = f"{url}/v2.6/me/messages?access_token={page.token.value}"
    to = ana.scoped_id(page)
    assert bot.send_text_message(to, "Hi")["recipient_id"] == to
    button = {"type": "postback", "title": "Yes", "payload": "YES"}
    assert "message_id" in bot.send_button_message(to, "Well?", [button])
    assert "message_id" in bot.send_generic_message(to, [{"title": "A shoe"}])
    assert "message_id" in bot.send_image_url(to, "https://a.example/1.png")
    picture = tmp_path / "1.png"
    picture.write_bytes(b"\x89PNG")
    with suppress(ResourceWarning):
        assert "message_id" in bot.send_image(to, str(picture))
    assert bot.send_action(to, "typing_on") == {"recipient_id": to}
    kinds = [(one.extra.get("attachments") or [{}])[0].get("type") for one in network]
    assert kinds == [None, "template", "template", "image", "image"]
    refused = bot.send_text_message("1", "Hi")
    assert refused["error"]["code"] == 100


def test_fbmessenger_writes_and_hears(url, network, page, ana):
    """Messages, media to keep, the menu; and what is pushed is understood by its own reader."""
    from fbmessenger import BaseMessenger, MessengerClient
    from fbmessenger.attachments import Image
    from fbmessenger.elements import Text

    to = ana.scoped_id(page)
    client = MessengerClient(page.token.value, app_secret=network.secret)
    client.graph_url = f"{url}/v12.0"
    network.demands_proof = True
    entry = {"sender": {"id": to}}
    told = client.send(Text("Hi").to_dict(), to)
    assert told["recipient_id"] == to
    assert client.send_action("typing_on", to) == {"recipient_id": to}
    assert client.get_user_data(to)["first_name"] == "Ana"
    started = {"get_started": {"payload": "START"}}
    assert client.set_messenger_profile(started) == {"result": "success"}
    assert client.delete_get_started() == {"result": "success"}
    assert client.subscribe_app_to_page() == {"success": True}
    kept = client.upload_attachment(Image(url="https://a.example/1.png", is_reusable=True))
    assert kept["attachment_id"] in network.attachments
    heard = []

    class Reader(BaseMessenger):
        def message(self, message):
            heard.append(message["message"]["text"])

        def postback(self, message):
            heard.append(message["postback"]["payload"])

        def delivery(self, message):
            heard.append(*(set(message) & {"delivery"}))

        def read(self, message):
            heard.append(*(set(message) & {"read"}))

        def optin(self, message):
            heard.append(*(set(message) & {"optin"}))

        def account_linking(self, message):
            raise AssertionError(message)

    reader = Reader(page.token.value)

    def receive(request):
        import json

        reader.handle(json.loads(request.body))
        return WebhookResponse.text("ok")

    ana.presses("Yes", "YES", to=page)
    ana.reads(to=page)
    ana.opts_in(to=page, ref="r")
    network.deliveries.drain(receive)
    assert entry["sender"]["id"] == to
    assert heard == ["Hello?", "Hi", "delivery", "YES", "read", "optin"]
