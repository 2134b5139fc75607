"""What the fakes of all Meta networks share, on a network that has one account and no more."""

import json
from datetime import timedelta

import httpx
import pytest

from scskit.http.signing import signed_by
from scskit.plugins import Secret, WebhookRequest, WebhookResponse
from scskit.testing.network import Routes, Thing, answer
from scskit_meta.fake import (
    FakeMeta,
    Field,
    Node,
    Pushed,
    edge,
    fields_of,
    proof_of,
    routes,
    shown,
)
from scskit_meta.fake.loose import nested
from scskit_meta.handshake import answer as shake

own = Routes()


@own.add("GET", "/{id}/notes")
def notes(network, call):
    """List notes."""
    nodes = [Node({"id": f"n{n}", "text": f"{n}", "odd": n % 2 or None}) for n in range(7)]
    return answer(200, edge(network, call, "/acme/notes", nodes, network.asked(call)))


@own.add("POST", "/{id}/notes")
def note(network, call):
    """Say what was understood."""
    given = network.given(call)
    inner = given.object("inner")
    told = {"me": network.me(call), "text": given.needed("text"), "on": given.flag("on")}
    return answer(200, told | {"inner": inner and inner.text("a")})


class Notes(FakeMeta):
    """A network of notes."""

    name = "notes"
    routes = Routes(routes, own)

    def set_up(self):
        """Have one account."""
        self.value = self.token("page", "acme", frozenset({"notes"})).value

    def customer(self, name):
        """Return somebody."""
        return self.names.setdefault(name, Thing(self, name))

    account = customer

    def settings(self, url):
        """Return what a connector would be told."""
        return {"plugins": {"notes": {"base_url": url}}}

    def subscribable(self, account):
        """Know one account."""
        return frozenset({"notes", "likes"}) if account == "acme" else None

    def happens(self, object_="page", field="notes", entry="acme"):
        """Push something."""
        item = {"text": "¿Sí/No?"}
        pushed = Pushed(object=object_, entry_id=entry, time=1, where="changes", item=item)
        return self.push("message", pushed, field=field)


@pytest.fixture
def network():
    return Notes(seed=3)


@pytest.fixture
def client(network):
    with httpx.Client(transport=network.transport(), base_url="https://graph.facebook.com") as made:
        yield made


def bearer(network):
    return {"authorization": f"Bearer {network.value}"}


def test_a_token_is_taken_in_each_of_its_places(network, client):
    """Clients put the token where they like: the query, a form, JSON or a header."""
    path, text = "/v26.0/me/notes", {"text": "hi"}
    token = {"access_token": network.value}
    answers = [
        client.post(path, params=token, json=text),
        client.post(path, json=text | token),
        client.post(path, data=text | token),
        client.post(path, json=text, headers=bearer(network)),
        client.post("/me/notes", data=text, headers={"authorization": f"OAuth {network.value}"}),
    ]
    assert [one.json()["me"] for one in answers] == ["acme"] * 5


def test_json_and_forms_say_the_same(network, client):
    """A form may hold JSON where an object is wanted, and text that looks like JSON stays text."""
    asked = {"text": "{no json", "on": True, "inner": {"a": "b"}}
    form = {"text": "{no json", "on": "true", "inner": '{"a": "b"}'}
    both = [
        client.post("/acme/notes", headers=bearer(network), json=asked).json(),
        client.post("/acme/notes", headers=bearer(network), data=form).json(),
    ]
    assert both == [{"me": "acme", "text": "{no json", "on": True, "inner": "b"}] * 2


@pytest.mark.parametrize(
    ("headers", "status", "code", "subcode"),
    [
        ({}, 401, 104, None),
        ({"authorization": "Bearer nobody"}, 401, 190, None),
    ],
)
def test_who_may_not_ask_is_told_so(client, headers, status, code, subcode):
    """No token and a wrong one are two errors."""
    refused = client.get("/acme/notes", headers=headers)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error.get("error_subcode")) == (
        status,
        code,
        subcode,
    )
    assert error["fbtrace_id"]
    assert refused.headers["facebook-api-version"] == "v26.0"


def test_a_token_ends(network, client):
    """A token is refused after its time, and as what it is."""
    token = network.token("user", "u", lasts=timedelta(hours=1))
    headers = {"authorization": f"Bearer {token.value}"}
    assert client.get("/me/notes", headers=headers).status_code == 200
    network.clock.advance(timedelta(hours=1))
    error = client.get("/me/notes", headers=headers).json()["error"]
    assert (error["code"], error["error_subcode"]) == (190, 463)
    app = {"authorization": f"Bearer {network.app_token}"}
    told = client.get("/debug_token", params={"input_token": token.value}, headers=app).json()
    assert (told["data"]["is_valid"], told["data"]["error"]["subcode"]) == (False, 463)


def test_a_proof_is_checked_wherever_it_is_given(network, client):
    """A wrong proof is refused always, a missing one where the app demands it."""
    right = {"appsecret_proof": proof_of(network.value, network.secret)}
    wrong = {"appsecret_proof": "0" * 64}
    ask = lambda given: client.get("/acme/notes", params=given, headers=bearer(network))  # noqa: E731
    assert [ask(one).status_code for one in ({}, right, wrong)] == [200, 200, 400]
    network.demands_proof = True
    assert [ask(one).status_code for one in ({}, right)] == [400, 200]
    app = {"input_token": network.value, "access_token": network.app_token}
    assert client.get("/debug_token", params=app).status_code == 200


def test_a_list_is_walked_by_its_addresses(network, client):
    """The address of the next page leads on, with fields and token, until there is none."""
    page = client.get("/v26.0/acme/notes?limit=3&fields=text,odd", headers=bearer(network)).json()
    found = list(page["data"])
    while following := page["paging"].get("next"):
        assert following.startswith("https://graph.facebook.com/v26.0/acme/notes?")
        page = client.get(following).json()
        found += page["data"]
    assert [one["text"] for one in found] == [str(n) for n in range(7)]
    assert found[:2] == [{"id": "n0", "text": "0"}, {"id": "n1", "text": "1", "odd": 1}]
    back = client.get(page["paging"]["previous"]).json()
    assert [one["text"] for one in back["data"]] == ["3", "4", "5"]


@pytest.mark.parametrize(
    "asked", [{"limit": "-1"}, {"after": "nowhere"}, {"fields": "a{b"}, {"fields": "a.limit{b}"}]
)
def test_a_page_that_cannot_be_is_refused(network, client, asked):
    """Cursors and fields that are none are an error, and never an empty page."""
    assert client.get("/acme/notes", params=asked, headers=bearer(network)).status_code == 400


def test_fields_go_down(network):
    """What hangs from an object is answered as deep as it was asked for."""
    fields = fields_of("id, a{b,c.limit(2).as(d){e}} ,f.order(x y)")
    assert [one.name for one in fields] == ["id", "a", "f"]
    assert fields[0] == Field("id")
    assert fields[1].fields[1].modifiers == {"limit": "2", "as": "d"}
    assert fields[2].modifiers == {"order": "x y"}
    node = Node({"id": "1", "a": {"b": 2, "z": 3}, "f": lambda one: dict(one.modifiers), "g": 5})
    assert shown(node, fields) == {"id": "1", "a": {"b": 2}, "f": {"order": "x y"}}


def test_several_requests_in_one(network, client):
    """A batch and ``ids`` answer for each part as if it had been asked alone."""
    steps = [
        {"method": "GET", "relative_url": "v26.0/acme/notes?limit=1"},
        {"method": "POST", "relative_url": "acme/notes", "body": "text=hi"},
        {"relative_url": "nothing/here/at/all"},
    ]
    proof = proof_of(network.value, network.secret)
    network.demands_proof = True
    form = {"batch": json.dumps(steps), "access_token": network.value, "appsecret_proof": proof}
    answers = client.post("/v26.0/", data=form).json()
    assert [one["code"] for one in answers] == [200, 200, 400]
    assert json.loads(answers[1]["body"])["text"] == "hi"
    network.demands_proof = False
    deleted = client.post("/acme/subscribed_apps?method=delete", headers=bearer(network))
    assert (deleted.json(), network.happens()) == ({"success": True}, None)


def test_parameters_as_the_documentation_writes_them(network, client):
    """Names and texts in single quotes or in none, brackets as of PHP, a form that says no type."""
    path = "/me/notes"
    queries = [
        {"text": "hi", "inner": "{a:b_1}"},
        {"text": "hi", "inner": "{'a':'b_1'}"},
        {"text": "hi", "inner": '{a: "b_1", c: [1, true, {d: \'it\\\'s "x"\'}]}'},
        {"text": "hi", "inner[a]": "b_1", "list[]": "x"},
    ]
    answers = [client.post(path, params=one, headers=bearer(network)).json() for one in queries]
    form = [client.post(path, data=one, headers=bearer(network)).json() for one in queries]
    bare = client.post(path, content=b"text=hi&inner[a]=b_1", headers=bearer(network)).json()
    told = {"me": "acme", "text": "hi", "on": False, "inner": "b_1"}
    assert [*answers, *form, bare] == [told] * 9
    broken = client.post(path, params={"text": "hi", "inner": "{a:"}, headers=bearer(network))
    assert broken.json()["error"]["code"] == 100


def test_lists_in_brackets():
    """What PHP makes of lists and objects becomes lists and objects again."""
    pairs = [("a[]", "1"), ("a[]", "2"), ("b[0][c]", "3"), ("b[1][c]", "4"), ("d[x][y]", "5")]
    assert nested(pairs) == {"a": ["1", "2"], "b": [{"c": "3"}, {"c": "4"}], "d": {"x": {"y": "5"}}}
    deep = f"e{'[f]' * 2000}"
    assert nested([(deep, "6"), ("g]", "7")]) == {deep: "6", "g]": "7"}


def test_requests_of_a_batch_use_each_others_results(network, client):
    """An earlier answer is put where a path leads to it, and is not told itself unless wanted."""

    def asked(*steps, at="/v26.0/me", **given):
        form = {"batch": json.dumps(steps), "include_headers": "false"} | given
        return client.post(at, data=form, headers=bearer(network)).json()

    first = {"name": "some", "relative_url": "acme/notes?limit=2"}
    for path in ("$.data.*.id", "$.data[*].id", "$..id", "$['data']..id"):
        second = {"relative_url": f"acme/notes?text={{result=some:{path}}}", "method": "POST"}
        omitted, told = asked(first, second)
        assert (omitted, json.loads(told["body"])["text"]) == (None, "n0,n1")
    body = {
        "method": "POST",
        "relative_url": "acme/notes",
        "body": "text={result=some:$.data[1].id}",
    }
    answers = asked(first | {"omit_response_on_success": False}, body, at="/")
    assert [one["code"] for one in answers] == [200, 200]
    assert json.loads(answers[1]["body"])["text"] == "n1"
    assert all("headers" not in one for one in answers)
    failed, dependent = asked({"name": "some", "relative_url": "acme/nothing/here"}, second)
    assert (failed["code"], dependent) == (400, None)


def test_what_is_too_much_is_told_in_headers(network, client):
    """Usage is told from some share on; who is refused is told for how long."""
    network.usage.hourly = 10
    seen = [client.get("/acme/notes", headers=bearer(network)) for _ in range(11)]
    shares = [json.loads(one.headers["x-app-usage"])["call_count"] for one in seen]
    assert shares == [*range(10, 101, 10), 100]
    refused = seen[-1]
    business = json.loads(refused.headers["x-business-use-case-usage"])["acme"][0]
    assert (refused.json()["error"]["code"], business["estimated_time_to_regain_access"]) == (
        80001,
        60,
    )


def test_what_is_pushed_is_signed_and_escaped(network):
    """A receiver that checks the bytes as they came finds both signatures right."""
    got = []
    network.faults.plan("batch", times=9)
    network.happens()
    network.happens(entry="other")
    network.happens(object_="instagram")
    network.happens()
    network.happens()
    network.deliver_to(lambda request: (got.append(request), WebhookResponse.text("ok"))[1])
    network.deliveries.drain()
    bodies = [json.loads(request.body) for request in got]
    assert [body["object"] for body in bodies] == ["page", "instagram"]
    entries = [(one["id"], len(one["changes"])) for one in bodies[0]["entry"]]
    assert entries == [("acme", 1), ("other", 1), ("acme", 2)]
    assert b"\\u00bfS\\u00ed\\/No?" in got[0].body
    assert all(
        signed_by(one.body, one.header("x-hub-signature-256"), [network.secret]) for one in got
    )
    assert got[0].header("x-hub-signature").startswith("sha1=")


def test_an_address_must_shake_hands(network, client):
    """Nothing is pushed to an address that does not expect it."""
    token = Secret(network.verify_token)
    hook = "https://desk.example/hook"
    got = []

    def receive(request):
        got.append(request)
        return shake(request, token) or WebhookResponse.text("ok")

    network.deliveries.addresses[hook] = receive
    told = {"object": "page", "callback_url": hook, "fields": "notes"}
    app = {"access_token": network.app_token}
    refused = client.post("/1/subscriptions", data=told | app | {"verify_token": "wrong"})
    assert refused.status_code == 400
    done = client.post("/1/subscriptions", data=told | app | {"verify_token": token.reveal()})
    assert done.json() == {"success": True}
    assert client.get("/1/subscriptions", params=app).json()["data"][0]["callback_url"] == hook
    network.happens()
    network.happens(object_="instagram")
    network.deliveries.pump()
    assert [request.method for request in got] == ["GET", "GET", "POST"]
    assert isinstance(got[0], WebhookRequest)


def test_each_object_has_a_receiver_of_its_own(network):
    """What happened before somebody listens is theirs, and nobody else's."""
    got = []
    network.happens("page")
    network.happens("instagram")
    for name in ("page", "instagram"):

        def take(request, name=name):
            got.append((name, json.loads(request.body)["object"]))
            return WebhookResponse.text("ok")

        network.deliver_to(take, of=name)
    network.happens("page")
    network.deliveries.drain()
    assert got == [("page", "page"), ("instagram", "instagram"), ("page", "page")]


def test_accounts_let_the_app_know_of_what_they_choose(network, client):
    """What an account has not let the app know of is not pushed."""
    headers = bearer(network)
    assert client.get("/acme/subscribed_apps", headers=headers).json()["data"]
    only = client.post("/acme/subscribed_apps?subscribed_fields=likes", headers=headers)
    assert only.json() == {"success": True}
    assert network.happens() is None
    assert network.happens(field="likes") is not None
    strange = client.post("/acme/subscribed_apps?subscribed_fields=hats", headers=headers)
    assert strange.json()["error"]["code"] == 100
    assert client.get("/nobody/subscribed_apps", headers=headers).json()["error"]["code"] == 100


def test_the_apps_own_token(network, client):
    """The app proves who it is with its secret, and may renew what is still valid."""
    who = {"client_id": network.app_id, "client_secret": network.secret}
    path = "/oauth/access_token"
    got = client.get(path, params=who | {"grant_type": "client_credentials"}).json()
    assert got["access_token"] == network.app_token
    kind = {"grant_type": "fb_exchange_token", "fb_exchange_token": network.value}
    renewed = client.get(path, params=who | kind).json()["access_token"]
    asked = client.get("/me/permissions", params={"access_token": renewed}).json()
    assert asked == {"data": [{"permission": "notes", "status": "granted"}]}
    assert client.get(path, params=who | {"client_secret": "x"}).status_code == 400
