"""What the fake network pushes is read by our connector as what happened."""

import pytest

from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, WebhookResponse
from scskit_facebook.config import read_config
from scskit_facebook.connector import FacebookConnector, InstagramConnector
from scskit_facebook.fake import FakeFacebook


@pytest.fixture
def network():
    found = FakeFacebook(seed=9)
    found.account("acme")
    found.account("photos", "instagram")
    return found


@pytest.fixture
def heard(network):
    """Hand out what was understood since the last time."""
    got = []

    def take(made):
        def receive(request):
            connector = made(read_config(network.settings()["plugins"]["facebook"]))
            connector.verify(request)
            got.extend(connector.parse(request))
            return WebhookResponse.text("ok")

        return receive

    network.deliver_to(take(FacebookConnector), of="page")
    network.deliver_to(take(InstagramConnector), of="instagram")

    def hand_out():
        network.deliveries.drain()
        found, got[:] = list(got), []
        return found

    return hand_out


@pytest.fixture
def acme(network):
    return network.names["acme"]


@pytest.fixture
def photos(network):
    return network.names["photos"]


@pytest.fixture
def ana(network):
    return network.customer("Ana Ruiz")


def test_a_page_tells_of_all_that_happens_in_public(network, heard, acme, ana):
    """Posts, comments and answers with who, what and where; edits, hiding and removal."""
    post = acme.posts("Open!", photo="https://a.example/1.jpg")
    comment = ana.comments(on=post, text="Where?", photo="https://a.example/2.jpg")
    answer = acme.answers(on=comment, text="Here")
    ours, asked, answered = heard()
    assert (ours.direction, ours.external_id, ours.kind) == ("outbound", post.id, "post")
    assert (asked.direction, asked.author.external_id, asked.author.name) == (
        "inbound",
        ana.id,
        "Ana Ruiz",
    )
    assert (asked.thread, asked.parent, asked.attachments[0].kind) == (post.id, post.id, "image")
    assert (answered.direction, answered.parent) == ("outbound", comment.id)
    assert (answered.external_id, answered.thread) == (answer.id, post.id)
    comment.edited("Where is it?")
    acme.hides(on=comment)
    acme.shows(on=comment)
    ana.reacts(on=post, reaction="love")
    ana.takes_back(on=post)
    comment.deleted()
    edit, hidden, shown, loved, unloved, gone = heard()
    assert isinstance(edit, Edit)
    assert (edit.target, edit.text) == (comment.id, "Where is it?")
    assert [one.event for one in (hidden, shown)] == ["hide", "unhide"]
    assert [one.event for one in (loved, unloved)] == ["reaction", "unreaction"]
    assert isinstance(gone, Deletion)
    assert (gone.target, answer.removed) == (comment.id, True)


def test_a_page_hears_of_visitors_reviews_and_mentions(heard, acme, ana):
    """What others write on the wall, as a review, or elsewhere with the page's name."""
    wall = ana.posts("Bad service!", to=acme)
    review = ana.reviews("Nice shoes", to=acme, recommends=None, rating=4)
    named = ana.mentions(of=acme, text="Has anybody tried Acme?")
    beneath = ana.mentions(of=acme, text="@Acme?", on=named)
    found = heard()
    assert [one.external_id for one in found] == [wall.id, review.id, named.id, beneath.id]
    assert [one.kind for one in found] == ["post", "review", "post", "comment"]
    assert found[1].extra["rating"] == 4
    assert [one.extra.get("event") for one in found[2:]] == ["mention", "mention"]
    assert {one.author.external_id for one in found} == {ana.id}
    review.edited("Nice boots")
    review.deleted()
    edit, gone = heard()
    assert (edit.text, edit.target, gone.target) == ("Nice boots", review.id, review.id)


def test_without_the_permission_nobody_is_named(heard, acme, ana):
    """Meta leaves out who wrote; the message is there all the same."""
    acme.loses("pages_read_user_content")
    ana.comments(on=acme.posts("Hello"), text="Hi")
    ours, theirs = heard()
    assert ours.author.external_id == acme.id
    assert theirs.extra["author_unknown"]


@pytest.mark.parametrize("name", ["acme", "photos"])
def test_conversations_are_told_alike(network, heard, ana, name):
    """Messages, buttons, edits, reactions, reads, unsent messages: on both networks."""
    account = network.names[name]
    image = {"type": "image", "url": "https://a.example/1.jpg"}
    letter = ana.writes("Look", to=account, attachments=[image])
    again = ana.writes("Well?", quoting=letter)
    pressed = ana.presses("Yes", "YES")
    answer = account.answers(on=letter, text="Nice")
    scoped = ana.scoped_id(account)
    first, second, button, echo, *receipts = heard()
    assert (first.author.external_id, first.thread, first.text) == (scoped, scoped, "Look")
    assert first.attachments[0].url == image["url"]
    assert (second.parent, second.external_id) == (letter.id, again.id)
    assert (button.text, button.extra["postback"], button.external_id) == ("Yes", "YES", pressed.id)
    assert (echo.direction, echo.external_id, echo.thread) == ("outbound", answer.id, scoped)
    assert [one.target for one in receipts] == ([answer.id] if name == "acme" else [])
    letter.edited("Look!")
    ana.reacts(on=answer, emoji="\U0001f44d")
    ana.takes_back(on=answer)
    ana.reads()
    letter.deleted()
    edit, liked, unliked, read, gone = heard()
    assert (edit.target, edit.text, edit.revision) == (letter.id, "Look!", 1)
    assert [one.event for one in (liked, unliked)] == ["reaction", "unreaction"]
    assert isinstance(read, Signal if name == "acme" else Receipt)
    assert (type(gone), gone.target) == (Deletion, letter.id)


def test_what_another_app_answers_is_told_aside(network, heard, acme, ana):
    """Handovers are told, and what happens meanwhile is marked."""
    ana.writes("Hello?", to=acme)
    acme.loses_control(of=ana, app="4711")
    ana.writes("Anybody?")
    acme.gains_control(of=ana)
    ana.writes("Ah!")
    first, lost, aside, back, last = heard()
    assert [one.event for one in (lost, back)] == ["handover:take", "handover:pass"]
    assert (aside.extra.get("standby"), first.extra.get("standby")) == (True, None)
    assert "standby" not in last.extra
    assert network.deliveries.queued == ()


def test_instagram_tells_comments_and_mentions(network, heard, photos, ana):
    """Comments with who and where, own ones as echoes, and of mentions nothing but ids."""
    post = photos.posts(photo="https://a.example/1.jpg")
    comment = ana.comments(on=post, text="Nice!")
    answer = photos.answers(on=comment, text="Thanks")
    named = ana.mentions(of=photos, text="@photos look")
    theirs, ours, mention = heard()
    assert (theirs.external_id, theirs.thread, theirs.author.handle) == (
        comment.id,
        post.id,
        "anaruiz",
    )
    assert theirs.author.external_id == ana.scoped_id(photos)
    assert (ours.external_id, ours.parent, ours.direction) == (answer.id, comment.id, "outbound")
    assert (mention.external_id, mention.text) == (named.id, "")
    with network.client() as client:
        asked = {
            "fields": f"mentioned_comment.comment_id({named.id}){{id,text,username}}",
            "access_token": photos.token.value,
        }
        told = client.get(f"https://graph.instagram.com/v26.0/{photos.id}", params=asked).json()
    assert told["mentioned_comment"] == {
        "id": named.id,
        "text": "@photos look",
        "username": "anaruiz",
    }


def test_other_things_are_signals(heard, acme, ana):
    """Opt-ins and referrals open the window, and are no messages."""
    ana.opts_in(to=acme, ref="r")
    ana.refers(to=acme, ref="ad")
    optin, referral = heard()
    assert [type(one) for one in (optin, referral)] == [Signal, Signal]
    assert not isinstance(optin, Message)
    assert acme.conversation(ana).heard_at is not None


def test_personas_labels_and_media_are_kept(network, acme, photos, ana):
    """What clients make beside conversations is there until it is removed."""
    ana.writes("Hello?", to=acme)
    scoped = ana.scoped_id(acme)
    token = {"access_token": acme.token.value}
    with network.client() as client:
        graph = "https://graph.facebook.com/v26.0"
        persona = {"name": "Bo", "profile_picture_url": "https://a.example/bo.jpg"}
        made = client.post(f"{graph}/me/personas", params=token, json=persona).json()
        (listed,) = client.get(f"{graph}/me/personas", params=token).json()["data"]
        assert listed == {"id": made["id"], **persona}
        assert client.delete(f"{graph}/{made['id']}", params=token).json() == {"success": True}
        assert client.get(f"{graph}/me/personas", params=token).json()["data"] == []
        name = {"page_label_name": "vip"}
        label = client.post(f"{graph}/me/custom_labels", params=token, json=name).json()["id"]
        client.post(f"{graph}/{label}/label", params=token, json={"user": scoped})
        (worn,) = client.get(f"{graph}/{scoped}/custom_labels", params=token).json()["data"]
        assert worn["page_label_name"] == "vip"
        token = {"access_token": photos.token.value}
        medium = {"image_url": "https://a.example/1.jpg", "caption": "Look"}
        kept = client.post(f"{graph}/me/media", params=token, json=medium).json()["id"]
        published = client.post(
            f"{graph}/me/media_publish", params=token, json={"creation_id": kept}
        )
        assert [one.id for one in photos.content] == [published.json()["id"]]
