"""What the fake X pushes, in both shapes, and to whom it does."""

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from scskit.http.signing import sign
from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, WebhookResponse
from scskit.testing import FakeClock

HOOK = "https://desk.example/webhooks/twitter"


def test_everything_that_concerns_the_account_is_pushed(x, got):
    """Mentions, answers, quotes, messages, reads, own posts, deletions; each as what it is."""
    ana, acme = x.customer("ana"), x.account("acme")
    shop = acme.posts("Our new shop is open!")
    asked = ana.posts("@acme where?", photos=1)
    ana.comments(on=shop, text="Nice")
    ana.posts("Look", quoting=shop)
    ana.reposts(shop)
    asked.edited("@acme where is it?")
    letter = ana.writes("A letter", photos=1)
    acme.answers(on=letter, text="Our answer")
    ana.types()
    ana.reads()
    ana.likes(shop)
    ana.follows()
    asked.deleted()  # of which X tells nobody but its author's app
    shop.deleted()
    x.deliveries.drain()
    kinds = [
        (type(item), item.extra.get("event") if isinstance(item, Message) else None) for item in got
    ]
    assert kinds == [
        (Message, None),
        (Message, "mention"),
        (Message, "reply"),
        (Message, "quote"),
        (Signal, None),
        (Message, "mention"),
        (Edit, None),
        (Message, None),
        (Message, None),
        (Signal, None),
        (Receipt, None),
        (Signal, None),
        (Signal, None),
        (Deletion, None),
    ]
    assert [item.direction for item in got if isinstance(item, Message)].count("outbound") == 2
    assert len(got[1].attachments) == len(got[7].attachments) == 1


def test_the_older_api_pushes_the_same_in_its_own_shape(checked, taking):
    """One body of the Account Activity API for each thing that happened."""
    x = checked(seed=1, clock=FakeClock(), shape="legacy")
    ana, acme, items = x.customer("ana"), x.account("acme"), []
    x.deliver_to(taking(items))
    shop = acme.posts("Our new shop is open!")
    ana.comments(on=shop, text="Hey @acme, " + "this is long " * 12)
    ana.posts("Look", quoting=shop)
    ana.writes("A letter <3", postback="yes")
    acme.writes(to=ana, text="Ours")
    ana.reads()
    ana.types()
    shop.deleted()
    x.deliveries.drain()
    texts = [item.text for item in items if isinstance(item, Message)]
    assert texts[1].endswith("this is long ")
    assert texts[3:] == ["A letter <3", "Ours"]
    kinds = [type(item) for item in items]
    assert kinds == [Message] * 5 + [Receipt, Signal, Deletion]
    assert items[2].extra["summoned"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://desk.example/hook", "UrlValidationFailed"),
        ("https://desk.example:8443/hook", "UrlValidationFailed"),
        ("https://[/", "UrlValidationFailed"),
        ("", "UrlValidationFailed"),
        ("https://nobody.example/hook", "CrcValidationFailed"),
    ],
)
def test_an_address_that_will_not_do(x, app, url, told):
    """An address is https without a port, and somebody is there who knows the secret."""

    def stranger(_):
        return WebhookResponse.json('{"response_token":"sha256=AAAA"}')

    x.deliveries.addresses["https://nobody.example/hook"] = stranger
    asked = app.post("/2/webhooks", json={"url": url})
    assert asked.status_code == 400
    assert told in asked.json()["errors"][0]["message"]


def test_the_check_is_signed_as_it_is_sent(x, app):
    """Receivers that check the signature of the query, as X once told them to, find it right."""
    asked = []

    class Receiver(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["x-twitter-webhooks-signature"]))
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        assert app.post("/2/webhooks", json={"url": url}).status_code == 400
        thread.join()
    x.deliveries.close()
    ((path, signature),) = asked
    assert signature == sign(path.partition("?")[2].encode(), x.secret, "base64")


def subscribe(app, client, x, hook, *types):
    for event_type in types:
        body = {
            "event_type": event_type,
            "filter": {"user_id": x.account("acme").id},
            "tag": "care",
            "webhook_id": hook,
        }
        who = client if event_type.startswith("dm.") else app
        assert who.post("/2/activity/subscriptions", json=body).status_code == 200


def test_only_what_was_subscribed_is_pushed(x, app, client, hook, got):
    """From the first registration on, X pushes what was asked for, and nothing else."""
    ana = x.customer("ana")
    ana.posts("@acme nobody asked")
    subscribe(app, client, x, hook, "post.mention.create", "dm.received")
    ana.posts("@acme one")
    ana.comments(on=x.account("acme").posts("Own"), text="no")
    ana.writes("two")
    x.deliveries.pump()
    assert [item.text for item in got] == ["@acme one", "two"]
    shown = app.get("/2/activity/subscriptions").json()["data"]
    assert [(one["event_type"], one["tag"]) for one in shown] == [
        ("post.mention.create", "care"),
        ("dm.received", "care"),
    ]
    ids = [one["subscription_id"] for one in shown]
    app.put(f"/2/activity/subscriptions/{ids[0]}", json={"tag": "other"})
    assert app.delete(f"/2/activity/subscriptions/{ids[0]}").json()["data"]["deleted"]
    gone = app.delete("/2/activity/subscriptions", params={"ids": ",".join(ids)}).json()
    assert [one["subscription_id"] for one in gone["data"]] == ids[1:]
    ana.posts("@acme three")
    assert x.deliveries.pump() == []


def test_private_things_are_the_users_to_subscribe(x, app, client):
    """The app by itself cannot ask for anybody's messages."""
    body = {"event_type": "dm.received", "filter": {"user_id": x.account("acme").id}}
    assert app.post("/2/activity/subscriptions", json=body).status_code == 403
    assert client.post("/2/activity/subscriptions", json=body).status_code == 200
    assert client.post("/2/activity/subscriptions", json=body).status_code == 400
    wrong = {"event_type": "dm.sung", "filter": {"user_id": "1"}}
    assert client.post("/2/activity/subscriptions", json=wrong).status_code == 400


def test_the_older_subscription_brings_everything(x, app, client, hook, got):
    """An account that is subscribed in the older way is pushed whole, in the older shape."""
    path = f"/2/account_activity/webhooks/{hook}/subscriptions"
    assert client.get(f"{path}/all").json()["data"] == {"subscribed": False}
    client.post(f"{path}/all", json={})
    listed = app.get(f"{path}/all/list").json()["data"]["subscriptions"]
    assert listed == [{"user_id": x.account("acme").id}]
    x.customer("ana").posts("@acme one")
    x.customer("ana").writes("two")
    x.deliveries.pump()
    assert [item.text for item in got] == ["@acme one", "two"]
    assert "for_user_id" in json.loads(x.deliveries.attempts[0].body)
    app.delete(f"{path}/{x.account('acme').id}/all")
    x.customer("ana").posts("@acme three")
    assert x.deliveries.pump() == []


def test_an_address_that_fails_its_check_is_pushed_nothing(x, app, client, hook, got):
    """X checks again now and then; who no longer has the secret gets nothing until it does."""
    subscribe(app, client, x, hook, "post.mention.create")
    right = x.deliveries.addresses[HOOK]
    x.deliveries.addresses[HOOK] = lambda _: WebhookResponse.text("who?", 404)
    assert app.put(f"/2/webhooks/{hook}").status_code == 400
    assert app.get("/2/webhooks").json()["data"][0]["valid"] is False
    x.customer("ana").posts("@acme one")
    assert x.deliveries.queued == ()
    x.deliveries.addresses[HOOK] = right
    assert app.put(f"/2/webhooks/{hook}").json()["data"] == {"valid": True}
    x.customer("ana").posts("@acme two")
    x.deliveries.pump()
    assert [item.text for item in got] == ["@acme two"]


def test_what_was_pushed_can_be_had_again(x, app, client, hook, got):
    """A replay pushes a span of the last day once more, and says when it is complete."""
    subscribe(app, client, x, hook, "post.mention.create")
    x.customer("ana").posts("@acme one")
    x.deliveries.pump()
    x.clock.advance(timedelta(minutes=10))
    span = {"from_date": "202611021155", "to_date": "202611021205"}
    job = app.post("/2/webhooks/replay", json={"webhook_id": hook, **span}).json()["data"]
    x.deliveries.pump()
    assert [getattr(item, "text", item) for item in got[:2]] == ["@acme one", "@acme one"]
    assert (got[2].event, got[2].detail) == ("replay", {"state": "Complete", "job": job["job_id"]})
    late = {"webhook_id": hook, "from_date": "202610311155", "to_date": "202610311205"}
    assert app.post("/2/webhooks/replay", json=late).status_code == 400
