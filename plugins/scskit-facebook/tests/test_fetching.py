"""Reading what Meta keeps, on the fake network: nothing lost, nothing left out."""

import json
from datetime import timedelta

import pytest

from scskit.core.errors import CredentialsRejected, RetryLater
from scskit.plugins import Message
from scskit_facebook.config import read_config
from scskit_facebook.connector import FacebookConnector, InstagramConnector
from scskit_facebook.fake import FakeFacebook

MINUTE = timedelta(minutes=1)


class Reader:
    """Who reads an account again and again, and keeps what it found."""

    def __init__(self, network, name):
        """Know the account."""
        self.network, self.account = network, network.names[name]
        page = self.account.object == "page"
        made = FacebookConnector if page else InstagramConnector
        self.connector = made(read_config(network.settings()["plugins"]["facebook"]))
        self.key = f"{'facebook' if page else 'instagram'}.{name}"
        self.cursor, self.found, self.driver = None, {}, network.driver()

    def step(self):
        """Read one page."""
        fetched = self.driver.run(self.connector.fetch(self.key, self.cursor))
        assert all(isinstance(item, Message) for item in fetched.items)
        self.found |= {item.external_id: item for item in fetched.items}
        self.cursor = json.loads(json.dumps(fetched.cursor))
        return fetched

    def walk(self):
        """Read to the end; return how many pages there were."""
        pages = 1
        while self.step().more:
            pages += 1
        return pages


@pytest.fixture(params=["acme", "photos", "linked"])
def reader(request):
    network = FakeFacebook(seed=5)
    network.account("acme")
    network.account("photos", "instagram")
    network.account("linked", "instagram", page="acme")
    return Reader(network, request.param)


def live(reader, rounds, first=0):
    """Let people comment and write; return the ids of all that a connector should see."""
    network, account = reader.network, reader.account
    ids = set()
    for number in range(first, first + rounds):
        post = account.posts(f"Post {number}")
        person = network.customer(f"person {number % 3}")
        comment = person.comments(on=post, text=f"Question {number}?")
        answer = account.comments(on=comment, text=f"Answer {number}")
        letter = person.writes(f"Letter {number}", to=account)
        reply = account.writes(to=person, text=f"Reply {number}")
        ids |= {comment.id, answer.id, letter.id, reply.id}
        ids |= {post.id} if account.object == "page" else set()
        network.clock.advance(MINUTE)
    return ids


def test_everything_is_read_once_and_then_only_what_is_new(reader):
    """The first walk reads all there is, page by page; the next ones what came since."""
    wanted = live(reader, 60)
    reader.network.clock.advance(10 * MINUTE)  # what is newer is read twice, for clocks differ
    assert reader.walk() > 1
    assert set(reader.found) == wanted
    reader.found.clear()
    reader.walk()
    assert reader.found == {}
    wanted = live(reader, 3, first=60)
    reader.walk()
    assert set(reader.found) == wanted


def test_what_is_read_is_what_is_pushed(reader):
    """A message that was read is the same as the one that would have been pushed."""
    network, account = reader.network, reader.account
    ana = network.customer("Ana Ruiz")
    comment = ana.comments(on=account.posts("Hello"), text="Where?")
    answer = account.comments(on=comment, text="Here")
    image = {"type": "image", "url": "https://a.example/1.jpg"}
    letter = ana.writes("Look", to=account, attachments=[image])
    reply = account.writes(to=ana, text="Nice")
    pushed = {}

    def take(request):
        from scskit.plugins import WebhookResponse

        parsed = reader.connector.parse(request)
        pushed.update({one.external_id: one for one in parsed if isinstance(one, Message)})
        return WebhookResponse.text("ok")

    network.deliver_to(take)
    network.deliveries.pump()
    reader.walk()
    for thing in (comment, answer, letter, reply):
        was, now = pushed[thing.id], reader.found[thing.id]
        for name in ("text", "direction", "thread", "parent", "kind", "visibility", "account"):
            assert getattr(was, name) == getattr(now, name), name
        assert was.author.external_id == now.author.external_id
        assert [one.url for one in was.attachments] == [one.url for one in now.attachments]
        assert was.posted_at == now.posted_at


def test_much_beneath_one_post_is_read_to_its_end(reader):
    """A busy post and a long conversation take several pages, and lose nothing."""
    network, account = reader.network, reader.account
    post, ana = account.posts("Hello"), network.customer("ana")
    wanted = {ana.comments(on=post, text=str(n)).id for n in range(120)}
    wanted |= {ana.writes(str(n), to=account).id for n in range(70)}
    wanted |= {post.id} if account.object == "page" else set()
    assert reader.walk() >= 4
    assert set(reader.found) == wanted


def test_what_comes_while_a_walk_is_under_way_is_not_left_out(reader):
    """New comments under what was read already are found by the next walk."""
    wanted = live(reader, 60)
    reader.step()
    first = reader.account.content[-1]
    late = reader.network.customer("ana").comments(on=first, text="Late")
    wanted |= live(reader, 2, first=60) | {late.id}
    reader.walk()
    reader.network.clock.advance(MINUTE)
    reader.walk()
    assert set(reader.found) == wanted


def test_a_walk_that_was_interrupted_goes_on(reader):
    """After an error the same cursor reads on; nothing is skipped."""
    wanted = live(reader, 60)
    reader.step()
    before = reader.cursor
    reader.network.faults.plan("rate_limited", times=4, on="GET *")
    with pytest.raises(RetryLater):
        reader.step()
    reader.network.faults.reset(0)
    reader.network.clock.advance(10 * MINUTE)
    reader.driver = reader.network.driver()  # the other one asks slowly for a while
    assert reader.cursor == before
    reader.walk()
    assert set(reader.found) == wanted


def test_what_was_removed_in_between_ends_no_walk(reader):
    """A post that is gone takes its comments along, and nothing else."""
    network, account = reader.network, reader.account
    busy, ana = account.posts("Busy"), network.customer("ana")
    for number in range(120):
        ana.comments(on=busy, text=str(number))
    kept = ana.comments(on=account.posts("Calm"), text="Still here").id
    reader.step()
    busy.deleted()
    reader.walk()
    assert kept in reader.found


def test_a_source_that_may_not_be_read_leaves_the_others(reader):
    """Without the permission for conversations, comments are read; an ended token ends it all."""
    network, account = reader.network, reader.account
    comment = network.customer("ana").comments(on=account.posts("Hello"), text="Where?")
    for scope in [one for one in account.token.scopes if "messag" in one]:
        account.loses(scope)
    reader.walk()
    assert comment.id in reader.found
    account.token_ends()
    with pytest.raises(CredentialsRejected) as ended:
        reader.step()
    assert ended.value.error_class == "auth"


@pytest.mark.parametrize("cursor", ["", "{}", "no JSON", "[]", '{"feed": {"since": "x"}}'])
def test_a_cursor_that_is_none_begins_anew(reader, cursor):
    """Whatever was handed in as a cursor, everything is read."""
    wanted = live(reader, 2)
    reader.cursor = cursor
    reader.walk()
    assert set(reader.found) == wanted
