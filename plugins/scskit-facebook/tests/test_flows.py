import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from scskit.core.errors import CredentialsRejected, OutcomeUnknown, Rejected
from scskit.plugins import Attachment, Outbound, Secret
from scskit_facebook.config import FacebookSettings, Page, Professional
from scskit_facebook.flows import Flows

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
TOKEN = Secret("EAAtoken")
SETTINGS = FacebookSettings(
    accounts={
        "page": Page(page_id="100", token=TOKEN, human_agent=True),
        "plain": Page(page_id="200", token=TOKEN),
        "silent": Page(page_id="300"),
    },
    instagram_accounts={
        "direct": Professional(instagram_id="178", token=TOKEN),
        "by page": Professional(instagram_id="179", token=TOKEN, page_id="100"),
        "silent": Professional(instagram_id="180"),
    },
)
FACEBOOK = Flows(SETTINGS, "facebook")
INSTAGRAM = Flows(SETTINGS, "instagram")
IMAGE = Attachment(kind="image", url="https://a.example/1.jpg")
CLOSED = httpx.Response(
    400, json={"error": {"code": 10, "error_subcode": 2018278, "message": "no"}}
)
SENT = httpx.Response(200, json={"recipient_id": "7001", "message_id": "m_9"})


def public(text="Sorry!", **given):
    given = {"account": "page", "thread": "100_1", "in_reply_to": "1_5"} | given
    return Outbound(id="o1", case_id="c", text=text, visibility="public", created_at=NOW, **given)


def private(text="Sorry!", **given):
    given = {"account": "page", "thread": "7001", "recipient": "7001"} | given
    return Outbound(id="o1", case_id="c", text=text, visibility="private", created_at=NOW, **given)


def run(flow, *responses):
    """Answer a flow's requests one after the other; return its value and the requests."""
    requests = [next(flow)]
    for response in responses:
        response.request = requests[-1]
        try:
            requests.append(flow.send(response))
        except StopIteration as done:
            return done.value, requests
    raise AssertionError("the flow asked for more")


def shown(request):
    """Return what a request asks: method, path without the version, body."""
    content = request.read()
    return request.method, request.url.path.split("/", 2)[2], json.loads(content or "null")


def ok(**content):
    return httpx.Response(200, json=content)


@pytest.mark.parametrize(
    ("flows", "message", "path", "body"),
    [
        (FACEBOOK, public(), "1_5/comments", {"message": "Sorry!"}),
        (FACEBOOK, public(in_reply_to=None), "100_1/comments", {"message": "Sorry!"}),
        (FACEBOOK, public("", attachments=(IMAGE,)), "1_5/comments", {"attachment_url": IMAGE.url}),
        (
            FACEBOOK,
            public(attachments=(Attachment(kind="image", external_id="8"),)),
            "1_5/comments",
            {"message": "Sorry!", "attachment_id": "8"},
        ),
        (INSTAGRAM, public(account="direct"), "1_5/replies", {"message": "Sorry!"}),
        (
            INSTAGRAM,
            public(account="direct", in_reply_to="100_1"),
            "100_1/comments",
            {"message": "Sorry!"},
        ),
    ],
)
def test_a_public_answer_goes_under_what_it_answers(flows, message, path, body):
    """A comment is answered where it stands, with its text or its medium."""
    receipt, (request,) = run(flows.send(message), ok(id="1_9"))
    assert shown(request) == ("POST", path, body)
    assert receipt.external_id == "1_9"


def test_a_message_goes_to_the_person_of_the_conversation():
    """The answer is one in time, and bears our id, which comes back with the echo."""
    receipt, (request,) = run(FACEBOOK.send(private()), SENT)
    assert shown(request) == (
        "POST",
        "100/messages",
        {
            "recipient": {"id": "7001"},
            "messaging_type": "RESPONSE",
            "message": {"text": "Sorry!", "metadata": "o1"},
        },
    )
    assert (receipt.external_id, receipt.recipient) == ("m_9", None)
    assert request.headers["authorization"] == "Bearer EAAtoken"


@pytest.mark.parametrize(
    ("attachment", "sent"),
    [
        (IMAGE, {"type": "image", "payload": {"url": IMAGE.url}}),
        (
            Attachment(kind="sticker", external_id="8"),
            {"type": "file", "payload": {"attachment_id": "8"}},
        ),
    ],
)
def test_media_are_messages_of_their_own(attachment, sent):
    """A medium goes by its address or by the id of an uploaded one."""
    _, (request,) = run(FACEBOOK.send(private("", attachments=(attachment,))), SENT)
    assert shown(request)[2]["message"]["attachment"] == sent


@pytest.mark.parametrize(
    ("account", "host", "sender"),
    [("direct", "graph.instagram.com", "178"), ("by page", "graph.facebook.com", "100")],
)
def test_instagram_is_asked_where_people_log_in(account, host, sender):
    """Instagram's own log-in has a host of its own; through a page, the page sends."""
    _, (request,) = run(INSTAGRAM.send(private(account=account)), SENT)
    assert (request.url.host, shown(request)[1]) == (host, f"{sender}/messages")
    assert shown(request)[2]["message"] == {"text": "Sorry!"}


@pytest.mark.parametrize(
    ("in_reply_to", "recipient"), [("1_5", {"comment_id": "1_5"}), ("100_1", {"post_id": "100_1"})]
)
def test_a_comment_is_answered_privately(in_reply_to, recipient):
    """A private answer to something public goes to the comment; Meta tells who that is."""
    message = private(thread="100_1", recipient="author", in_reply_to=in_reply_to)
    receipt, (request,) = run(FACEBOOK.send(message), SENT)
    assert shown(request)[2]["recipient"] == recipient
    assert receipt.recipient == "7001"


def test_what_a_person_wrote_is_tagged_once_meta_says_that_it_is_late():
    """The tag is put on only after 24 hours, by Meta's own word, and never in advance."""
    _, (first, second) = run(FACEBOOK.send(private()), CLOSED, SENT)
    assert "tag" not in shown(first)[2]
    assert shown(second)[2]["messaging_type"] == "MESSAGE_TAG"
    assert shown(second)[2]["tag"] == "HUMAN_AGENT"


@pytest.mark.parametrize("message", [private(automated=True), private(account="plain")])
def test_what_may_not_be_tagged_is_refused(message):
    """What a machine wrote, and an app without the tag, are late when they are late."""
    with pytest.raises(Rejected) as caught:
        run(FACEBOOK.send(message), CLOSED)
    assert caught.value.error_class == "window"


def test_after_seven_days_a_person_is_late_as_well():
    """When Meta refuses the tag too, the answer cannot be sent."""
    with pytest.raises(Rejected) as caught:
        run(FACEBOOK.send(private()), CLOSED, CLOSED)
    assert caught.value.error_class == "window"


def test_other_refusals_are_no_reason_to_try_again():
    """Only a closed window leads to a second request."""
    answered = httpx.Response(400, json={"error": {"code": 10900, "message": "no"}})
    with pytest.raises(Rejected) as caught:
        run(FACEBOOK.send(private()), answered)
    assert caught.value.code == 10900


@pytest.mark.parametrize("message", [public(), private()])
def test_success_without_an_id_is_unknown(message):
    """Nobody knows what became of a message that the answer does not name."""
    with pytest.raises(OutcomeUnknown):
        run(FACEBOOK.send(message), ok(recipient_id="7001"))


@pytest.mark.parametrize(
    ("flows", "message", "why"),
    [
        (FACEBOOK, public(""), "needs a text"),
        (
            INSTAGRAM,
            public(account="direct", thread=None, in_reply_to=None),
            "neither a comment nor a post",
        ),
        (FACEBOOK, private(thread=None, recipient=None), "nobody"),
        (FACEBOOK, private(attachments=(IMAGE,)), "two messages"),
        (FACEBOOK, private("x" * 2001), "2001 characters"),
        (INSTAGRAM, private("é" * 501, account="direct"), "1002 bytes"),
        (INSTAGRAM, public(account="direct", attachments=(IMAGE,)), "no attachment"),
        (FACEBOOK, private("", attachments=(IMAGE, IMAGE)), "One attachment"),
        (FACEBOOK, private(account="other"), "no page"),
        (INSTAGRAM, private(account="other"), "no Instagram account"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_leaves(flows, message, why):
    """What the network has no form for is refused by us, with the reason."""
    with pytest.raises(Rejected, match=why):
        next(flows.send(message))


@pytest.mark.parametrize("flows", [FACEBOOK, INSTAGRAM])
def test_an_account_without_a_token_only_receives(flows):
    """Nothing is sent in the name of an account that has no token."""
    with pytest.raises(CredentialsRejected, match="silent"):
        next(flows.send(private(account="silent")))


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (lambda: FACEBOOK.hide("page", "1_5"), ("POST", "1_5", {"is_hidden": True})),
        (lambda: FACEBOOK.hide("page", "1_5", hidden=False), ("POST", "1_5", {"is_hidden": False})),
        (lambda: INSTAGRAM.hide("direct", "c1"), ("POST", "c1", {"hide": True})),
        (lambda: FACEBOOK.delete("page", "1_5"), ("DELETE", "1_5", None)),
        (lambda: FACEBOOK.edit("page", "1_5", "Mended"), ("POST", "1_5", {"message": "Mended"})),
        (lambda: FACEBOOK.like("page", "1_5"), ("POST", "1_5/likes", {})),
        (lambda: FACEBOOK.like("page", "1_5", liked=False), ("DELETE", "1_5/likes", None)),
        (
            lambda: FACEBOOK.typing("page", "7001"),
            ("POST", "100/messages", {"recipient": {"id": "7001"}, "sender_action": "typing_on"}),
        ),
        (
            lambda: FACEBOOK.typing("page", "7001", on=False),
            ("POST", "100/messages", {"recipient": {"id": "7001"}, "sender_action": "typing_off"}),
        ),
        (
            lambda: INSTAGRAM.seen("direct", "7001"),
            ("POST", "178/messages", {"recipient": {"id": "7001"}, "sender_action": "mark_seen"}),
        ),
    ],
)
def test_comments_and_conversations_are_tended(flow, expected):
    """Hiding, removing, changing, liking, typing and reading are one request each."""
    value, (request,) = run(flow(), ok(success=True))
    assert value is None
    assert shown(request) == expected


def test_what_is_not_said_to_be_done_is_unknown():
    """An answer without success is none."""
    with pytest.raises(OutcomeUnknown):
        run(FACEBOOK.hide("page", "1_5"), ok(success=False))


def test_instagram_lets_no_app_like_or_change_comments():
    """What Instagram cannot do is refused before anything leaves."""
    for flow in (INSTAGRAM.like("direct", "c1"), INSTAGRAM.edit("direct", "c1", "x")):
        with pytest.raises(Rejected, match="Instagram"):
            next(flow)


def comment(id_="1_9", who="100", text="Sorry!", at=NOW):
    return {"id": id_, "from": {"id": who}, "message": text, "created_time": at.isoformat()}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ([comment()], "1_9"),
        ([comment("1_8", text="Other"), comment()], "1_9"),
        ([comment(at=NOW - timedelta(minutes=4))], "1_9"),
        ([comment(at=NOW - timedelta(minutes=6))], None),
        ([comment(who="7001")], None),
        ([comment() | {"from": None}], None),
        ([comment() | {"id": 5}, "broken", None], None),
        ([], None),
    ],
)
def test_an_answer_is_found_by_who_what_and_when(data, found):
    """An older answer of the same text, or one of somebody else, is another one."""
    above = () if found else (ok(id="1_5"),)
    receipt, (request, *_) = run(FACEBOOK.find_sent(public()), ok(data=data), *above)
    assert (receipt and receipt.external_id) == found
    assert request.url.path == "/v26.0/1_5/comments"
    assert request.url.params["filter"] == "stream"


def test_an_answer_is_looked_for_on_every_page_that_may_hold_it():
    """A busy post has more comments than one page; what is older than the answer ends the walk."""
    busy = [comment("1_8", text="Other")]
    more = {"next": "https://graph.example", "cursors": {"after": "here"}}
    first, last = ok(data=busy, paging=more), ok(data=[comment()], paging=more)
    receipt, (_, second) = run(FACEBOOK.find_sent(public()), first, last)
    assert (receipt.external_id, second.url.params["after"]) == ("1_9", "here")
    old = [*busy, comment("1_7", at=NOW - timedelta(days=1))]
    flow = FACEBOOK.find_sent(public(in_reply_to=None, thread="100_1"))
    assert run(flow, ok(data=old, paging=more))[0] is None


def test_an_answer_to_an_answer_is_found_beside_it():
    """Where answers have one level, the answer stands under the comment above."""
    answers = ok(data=[]), ok(id="1_5", parent={"id": "1_2"}), ok(data=[comment()])
    receipt, requests = run(FACEBOOK.find_sent(public()), *answers)
    assert receipt.external_id == "1_9"
    assert requests[-1].url.path == "/v26.0/1_2/comments"


def test_an_answer_on_instagram_is_found_as_well():
    """Instagram has other words for the same."""
    own = {"from": {"id": "178"}, "text": "Sorry!", "timestamp": NOW.isoformat()}
    data = [own | {"id": "c9"}]
    receipt, (request,) = run(INSTAGRAM.find_sent(public(account="direct")), ok(data=data))
    assert (receipt.external_id, receipt.at) == ("c9", NOW)
    assert request.url.path == "/v26.0/1_5/replies"


def test_a_message_is_found_in_its_conversation():
    """The latest messages of the conversation with the person are looked through."""
    data = [{"id": "t_1", "messages": {"data": [comment("m_8", "7001"), comment("m_9")]}}, "broken"]
    receipt, (request,) = run(FACEBOOK.find_sent(private()), ok(data=data))
    assert receipt.external_id == "m_9"
    assert (request.url.path, request.url.params["user_id"]) == ("/v26.0/100/conversations", "7001")
    assert run(INSTAGRAM.find_sent(private(account="direct")), ok())[0] is None


def test_a_private_reply_is_found_in_the_conversation_that_it_began():
    """Whom it went to is not known before: what changed since is looked through."""
    message = private(thread="100_1", recipient="author", in_reply_to="1_5")
    other = {"id": "t_1", "messages": {"data": [comment("m_8", "7001")]}}
    more = {"paging": {"cursors": {"after": "A"}, "next": "https://more.example"}}
    elsewhere = comment("m_7") | {"to": {"data": [{"id": "7001", "name": "Eva"}]}}
    there = comment("m_9") | {"to": {"data": [{"id": "7002", "name": "Ana"}]}}
    found = {"id": "t_2", "messages": {"data": ["broken", elsewhere, there]}}
    pages, author = (ok(data=[other], **more), ok(data=[found])), {"id": "55", "name": "Ana"}
    asked = ok(id="1_5", **{"from": author})
    receipt, requests = run(FACEBOOK.find_sent(message), *pages, asked)
    assert (receipt.external_id, receipt.recipient) == ("m_9", "7002")
    assert "user_id" not in requests[0].url.params
    assert requests[1].url.params["after"] == "A"
    old = other | {"updated_time": "2020-01-01T00:00:00+0000"}
    assert run(FACEBOOK.find_sent(message), ok(data=[old], **more))[0] is None
    assert run(FACEBOOK.find_sent(message), ok(data=[other]))[0] is None
    # Where nobody says who wrote the comment, nobody can say whom the message went to.
    receipt, _ = run(FACEBOOK.find_sent(message), ok(data=[found]), ok(id="1_5"))
    assert (receipt.external_id, receipt.recipient) == ("m_7", None)


def test_what_is_known_to_be_another_message_is_passed_over():
    """The same words twice on purpose are two messages."""
    data = [comment("1_9"), comment("1_8")]
    receipt, _ = run(FACEBOOK.find_sent(public(others=("1_9",))), ok(data=data))
    assert receipt.external_id == "1_8"


def test_a_list_without_an_end_says_nothing():
    """What is not on the pages that were read may be on the next one: nobody sends it again."""
    more = {"next": "https://graph.example", "cursors": {"after": "here"}}
    pages = [ok(data=[comment("1_8", text="Other")], paging=more)] * 20
    with pytest.raises(OutcomeUnknown):
        run(FACEBOOK.find_sent(public()), *pages)
