"""Our own flows on the fake network: what leaves, what stands there, what is found again."""

from datetime import timedelta

import pytest

from scskit.core.errors import (
    CredentialsRejected,
    DeliveryError,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from scskit.plugins import Attachment, Outbound
from scskit_facebook.config import read_config
from scskit_facebook.connector import FacebookConnector, InstagramConnector
from scskit_facebook.fake import FakeFacebook

DAY = timedelta(days=1)


@pytest.fixture
def network():
    found = FakeFacebook(seed=5)
    found.account("acme")
    found.account("photos", "instagram")
    found.account("linked", "instagram", page="acme")
    return found


@pytest.fixture(params=["facebook", "instagram", "instagram by page"])
def place(request, network):
    """Give an account of each kind, with its connector."""
    name = {"facebook": "acme", "instagram": "photos"}.get(request.param, "linked")
    return Place(network, name)


class Place:
    """An account, and what a desk would do with it."""

    def __init__(self, network, name):
        """Read the settings that the network tells."""
        self.network, self.account = network, network.names[name]
        table = network.settings()["plugins"]["facebook"]
        page = self.account.object == "page"
        made = FacebookConnector if page else InstagramConnector
        self.connector = made(read_config(table))
        self.key = f"{'facebook' if page else 'instagram'}.{name}"
        self.driver = network.driver()

    def public(self, on, text="Sorry!", **given):
        """Answer a comment or post."""
        post = getattr(on, "post", on)
        return Outbound(
            id="o1",
            case_id="c",
            account=self.key,
            text=text,
            visibility="public",
            thread=post.id,
            in_reply_to=on.id,
            created_at=self.network.clock.now(),
            **given,
        )

    def private(self, person, text="Sorry!", on=None, **given):
        """Write to a person, or answer a comment privately."""
        to = person.scoped_id(self.account)
        if on is not None:
            given |= {"thread": getattr(on, "post", on).id, "in_reply_to": on.id}
            to = person.public_id(self.account)
        return Outbound(
            id="o2",
            case_id="c",
            account=self.key,
            text=text,
            visibility="private",
            recipient=to,
            created_at=self.network.clock.now(),
            **{"thread": to} | given,
        )

    def send(self, outbound):
        """Run the flow."""
        return self.driver.run(self.connector.send(outbound))

    def find(self, outbound):
        """Look for what was sent."""
        return self.driver.run(self.connector.find_sent(outbound))


def test_a_comment_is_answered_where_it_stands(place):
    """The answer hangs beneath the comment, and bears the id that we are told."""
    post = place.account.posts("Our new shop is open!")
    comment = place.network.customer("Ana Ruiz").comments(on=post, text="Where?")
    receipt = place.send(place.public(comment))
    (sent,) = place.network
    assert (sent.id, sent.text, sent.answers) == (receipt.external_id, "Sorry!", comment.id)
    assert [one.id for one in comment.beneath()] == [receipt.external_id]
    assert place.send(place.public(post, "Hi all")).external_id in {c.id for c in post.comments}


def test_an_answer_to_an_answer_is_found_beside_it(place):
    """Answers have one level: what answers an answer stands beside it, and is found there."""
    post = place.account.posts("Hello")
    ana = place.network.customer("ana")
    comment = ana.comments(on=post, text="Where?")
    again = ana.comments(on=place.account.comments(on=comment, text="Here"), text="Where here?")
    outbound = place.public(again)
    receipt = place.send(outbound)
    assert receipt.external_id in {one.id for one in comment.beneath()}
    assert place.find(outbound).external_id == receipt.external_id


def test_a_message_goes_to_the_person_and_comes_back_as_an_echo(place):
    """What is sent stands in the conversation, and is echoed with our id where the network can."""
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=place.account)
    receipt = place.send(place.private(ana))
    (sent,) = place.network
    assert (sent.id, sent.to) == (receipt.external_id, ana.scoped_id(place.account))
    echo = next(one for one in place.network.deliveries.queued if one.kind == "echo")
    message = echo.payload.item["message"]
    assert (message["mid"], message["is_echo"]) == (receipt.external_id, True)
    if place.account.object == "page":
        assert (message["metadata"], message["app_id"]) == ("o2", int(place.network.app_id))


def test_a_medium_is_sent_by_its_address(place):
    """A medium is a message of its own."""
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=place.account)
    image = Attachment(kind="image", url="https://a.example/1.jpg")
    place.send(place.private(ana, "", attachments=(image,)))
    told = place.network.sent[0].extra["attachments"][0]
    assert (told["type"], told["payload"]["url"]) == ("image", image.url)


def test_a_day_later_only_people_may_write(place):
    """The network's own clock closes the window: people's answers are tagged, machines' refused."""
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=place.account)
    place.network.clock.advance(DAY - timedelta(seconds=1))
    place.send(place.private(ana, "In time"))
    place.network.clock.advance(timedelta(seconds=1))
    with pytest.raises(Rejected) as late:
        place.send(place.private(ana, "Late", automated=True))
    assert late.value.error_class == "window"
    place.send(place.private(ana, "Late, by hand"))
    place.network.clock.advance(6 * DAY)
    with pytest.raises(Rejected) as closed:
        place.send(place.private(ana, "Too late"))
    assert closed.value.error_class == "window"
    assert [one.extra.get("tag") for one in place.network] == [None, "HUMAN_AGENT"]
    ana.writes("Still there?", to=place.account)
    place.send(place.private(ana, "Yes"))
    assert len(list(place.network)) == 3


def test_an_app_without_the_tag_is_late_after_a_day(place):
    """Without Meta's grant nobody writes after 24 hours."""
    place.account.human_agent = False
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=place.account)
    place.network.clock.advance(DAY)
    with pytest.raises(DeliveryError):
        place.send(place.private(ana))
    assert place.network.sent == []


def test_a_comment_is_answered_privately_once(place):
    """A private reply arrives and tells who it is; it opens no window, their answer does."""
    ana = place.network.customer("ana")
    comment = ana.comments(on=place.account.posts("Hello"), text="Where is my parcel?")
    receipt = place.send(place.private(ana, on=comment))
    scoped = ana.scoped_id(place.account)
    assert place.network.sent[0].to == scoped
    if place.account.object == "page":
        assert receipt.recipient == scoped != ana.id
    with pytest.raises(Rejected) as twice:
        place.send(place.private(ana, on=comment))
    assert twice.value.code == 10900
    with pytest.raises(Rejected) as closed:
        place.send(place.private(ana, "One more thing", automated=True))
    assert closed.value.error_class == "window"
    ana.writes("Thanks!", to=place.account)
    place.send(place.private(ana, "One more thing"))


def test_a_comment_of_last_week_is_answered_privately_no_more(place):
    """After seven days a comment takes no private reply."""
    ana = place.network.customer("ana")
    comment = ana.comments(on=place.account.posts("Hello"), text="Where?")
    place.network.clock.advance(7 * DAY - timedelta(seconds=1))
    place.send(place.private(ana, on=comment))
    other = ana.comments(on=comment.post, text="And the other?")
    place.network.clock.advance(7 * DAY)
    with pytest.raises(Rejected):
        place.send(place.private(ana, on=other))


@pytest.mark.parametrize("fault", ["accept_then_timeout", "accept_then_error"])
@pytest.mark.parametrize("kind", ["public", "private"])
def test_what_arrived_without_an_answer_is_found(place, fault, kind):
    """A lost answer is unknown, and looking for it finds the one that stands there."""
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=place.account)
    comment = ana.comments(on=place.account.posts("Hello"), text="Where?")
    place.account.comments(on=comment, text="Other")
    outbound = place.public(comment) if kind == "public" else place.private(ana)
    place.network.clock.advance(timedelta(seconds=9))
    place.network.faults.plan(fault, on="POST *")
    with pytest.raises(OutcomeUnknown):
        place.send(outbound)
    (sent,) = place.network
    assert place.find(outbound).external_id == sent.id


@pytest.mark.parametrize("began", ["by a message", "by a comment"])
def test_what_arrived_is_found_however_much_was_said_since(place, began):
    """A conversation has more messages than one page, when somebody comes to look."""
    ana = place.network.customer("ana")
    comment = ana.comments(on=place.account.posts("Hello"), text="Where?")
    outbound = place.private(ana, on=comment if began == "by a comment" else None)
    if began == "by a message":
        ana.writes("Hello?", to=place.account)
    sent = place.send(outbound)
    for number in range(70):
        place.network.clock.advance(timedelta(seconds=30))
        ana.writes(f"And {number}?", to=place.account)
    assert place.find(outbound).external_id == sent.external_id


def test_a_private_reply_to_one_is_not_taken_for_that_to_another(place):
    """Many who comment are answered in the same words: each is found with whom it went to."""
    ana, eva = place.network.customer("ana"), place.network.customer("eva")
    post = place.account.posts("Hello")
    to_ana, to_eva = (
        place.private(one, "Please tell us more.", on=one.comments(on=post, text="Where?"))
        for one in (ana, eva)
    )
    sent = place.send(to_ana)
    assert place.find(to_eva) is None
    found = place.find(to_ana)
    assert (found.external_id, found.recipient) == (sent.external_id, ana.scoped_id(place.account))


@pytest.mark.parametrize("kind", ["public", "private"])
def test_what_never_arrived_is_not_found(place, kind):
    """A request that the network never saw is not taken for one that it did."""
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=place.account)
    comment = ana.comments(on=place.account.posts("Hello"), text="Sorry!")
    outbound = place.public(comment) if kind == "public" else place.private(ana)
    place.network.faults.plan("timeout_before_accept", on="POST *")
    with pytest.raises(OutcomeUnknown):
        place.send(outbound)
    assert place.find(outbound) is None
    assert place.network.sent == []


def test_comments_are_tended(place):
    """Hide, show and remove do what they say; on a page also like and edit."""
    comment = place.network.customer("ana").comments(on=place.account.posts("Hi"), text="Boo")
    run, flows = place.driver.run, place.connector.flows
    run(flows.hide(place.key, comment.id))
    assert comment.hidden
    run(flows.hide(place.key, comment.id, hidden=False))
    assert not comment.hidden
    answer = place.send(place.public(comment)).external_id
    if place.account.object == "page":
        run(flows.edit(place.key, answer, "Very sorry!"))
        assert place.network.sent[0].text == "Very sorry!"
        with pytest.raises(DeliveryError):
            run(flows.edit(place.key, comment.id, "Yay"))
        run(flows.like(place.key, comment.id))
        assert list(comment.reactions) == [place.account.id]
        run(flows.like(place.key, comment.id, liked=False))
        assert comment.reactions == {}
    run(flows.delete(place.key, comment.id))
    assert (comment.removed, list(place.network)) == (True, [])
    with pytest.raises(Rejected):
        run(flows.delete(place.key, comment.id))


def test_somebody_reads_and_types(place):
    """Typing and reading are shown to the person."""
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=place.account)
    run, flows, to = place.driver.run, place.connector.flows, ana.scoped_id(place.account)
    run(flows.typing(place.key, to))
    run(flows.seen(place.key, to))
    conversation = place.account.conversation(ana)
    assert conversation.seen_at == place.network.clock.now()


def test_refusals_are_what_they_are(place):
    """A token that ended, too many requests, somebody who blocked us, another app's turn."""
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=place.account)
    place.network.faults.plan("rate_limited", on="POST *")
    with pytest.raises(RetryLater) as later:
        place.send(place.private(ana))
    assert (later.value.error_class, later.value.retry_after) == ("rate_limit", 300)
    place.network.clock.advance(timedelta(minutes=5))
    place.driver = place.network.driver()  # the other one sends slowly for a while
    place.account.token_ends()
    with pytest.raises(CredentialsRejected) as expired:
        place.send(place.private(ana))
    assert (expired.value.code, expired.value.subcode) == (190, 463)
    place.account.token_renewed()
    place.account.loses_control(of=ana, app="99")
    with pytest.raises(DeliveryError) as elsewhere:
        place.send(place.private(ana))
    assert elsewhere.value.subcode == 2018300
    place.account.gains_control(of=ana)
    ana.blocks(place.account)
    with pytest.raises(Rejected) as blocked:
        place.send(place.private(ana))
    assert (blocked.value.code, blocked.value.subcode) == (551, 1545041)
    assert place.network.sent == []


def test_nobody_writes_to_somebody_elses_customer(place):
    """The id by which one account knows a person is nothing to another."""
    other = place.network.account("other")
    ana = place.network.customer("ana")
    ana.writes("Hello?", to=other)
    outbound = place.private(ana)
    stranger = ana.scoped_id(other)
    from attrs import evolve

    with pytest.raises(Rejected) as refused:
        place.send(evolve(outbound, recipient=stranger, thread=stranger))
    assert (refused.value.code, refused.value.subcode) == (100, 2018001)
