"""What a fake network answers, and what is made to go wrong on the way."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from scskit.testing.network import Faults


def reply(client, text="Hi!", letter="l1"):
    return client.post(f"/letters/{letter}/answers", json={"text": text})


@pytest.fixture
def letter(network):
    """Let ana write."""
    return network.customer("ana").writes("Hello?")


def test_a_client_reaches_it_without_a_socket(network, client, letter):
    """A test sends by API, and looks at what stands on the network then."""
    assert reply(client).json() == {"id": "a1"}
    assert [(sent.id, sent.account, sent.text) for sent in network] == [("a1", "house", "Hi!")]
    assert client.get(f"/letters/{letter.id}").json()["text"] == "Hello?"


def test_an_asynchronous_client_reaches_it_too(network, letter):
    """The transport serves event loops as well."""

    async def ask():
        async with httpx.AsyncClient(transport=network.transport()) as client:
            headers = {"authorization": "Bearer house-token"}
            return await client.get("https://letters.example/letters/l1", headers=headers)

    assert asyncio.run(ask()).json()["by"] == "ana"


def test_no_other_host_is_reached(client):
    """A connector that asks somebody else is found out, and nobody is asked."""
    with pytest.raises(httpx.ConnectError, match=r"elsewhere\.example is not on this fake"):
        client.get("https://elsewhere.example/")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/letters/l1", 405),
        ("POST", "/letters/l9/answers", 404),
    ],
)
def test_what_it_does_not_have_is_not_found(client, method, path, status):
    """An operation that the network lacks answers as the network does, not with an exception."""
    assert client.request(method, path, json={"text": "x"}).status_code == status


def test_who_may_not_is_refused_and_changes_nothing(network, client, letter):
    """Authorization is looked at before anything is done."""
    refused = client.post(
        "/letters/l1/answers", json={"text": "x"}, headers={"authorization": "Bearer stolen"}
    )
    assert (refused.status_code, network.sent) == (401, [])


def test_limits_count_in_the_networks_own_time(network, client, letter):
    """A window that is used up is open again when the network's clock says so."""
    left = [reply(client).headers["x-left"] for _ in range(3)]
    assert (left, reply(client).status_code) == (["2", "1", "0"], 429)
    network.clock.advance(timedelta(minutes=1))
    assert reply(client).status_code == 201


def test_a_body_that_is_none_is_refused(client, letter):
    """What is no JSON object gets the network's own refusal."""
    for body in (b"{", b"[]", b"\xff"):
        assert client.post("/letters/l1/answers", content=body).status_code == 400


def test_forms_and_files_are_read(client):
    """Networks take JSON, forms, and forms with files."""
    form = client.post("/parcels?to=ana", data={"a": "1 2", "empty": ""})
    assert form.json() == {"fields": {"to": "ana", "a": "1 2", "empty": ""}, "files": {}}
    files = client.post("/parcels", data={"a": "ñ"}, files={"media": ("m.txt", "bytes\r\nü")})
    assert files.json() == {"fields": {"a": "ñ"}, "files": {"media": "bytes\r\nü"}}


@pytest.mark.parametrize(
    ("media_type", "is_file"),
    [
        ("application/octet-stream", True),
        ("image/png", True),
        ("text/plain; charset=utf-8", False),
        ("application/json", False),
    ],
)
def test_a_file_needs_no_name(client, media_type, is_file):
    """A part of a form is a file by its type, too: some clients send bytes without a file name."""
    part = {"media": (None, "bytes", media_type)}
    told = {"media": "bytes"}
    answered = client.post("/parcels", files=part).json()
    assert answered == {"fields": {} if is_file else told, "files": told if is_file else {}}


@pytest.mark.parametrize(
    ("kind", "stands"),
    [("accept_then_timeout", 1), ("timeout_before_accept", 0)],
)
def test_a_lost_answer_tells_nothing_about_what_was_done(network, client, letter, kind, stands):
    """The same silence hides a message that arrived and one that did not."""
    network.faults.plan(kind)
    with pytest.raises(httpx.ReadTimeout):
        reply(client)
    assert len(network.sent) == stands
    assert reply(client).status_code == 201


@pytest.mark.parametrize(
    ("kind", "status", "stands"),
    [
        ("rate_limited", 429, 0),
        ("server_error", 503, 0),
        ("expired_token", 401, 0),
        ("accept_then_error", 503, 1),
    ],
)
@pytest.mark.usefixtures("letter")
def test_a_refusal_on_purpose(network, client, kind, status, stands):
    """Each refusal can be had when a test wants it, once."""
    network.faults.plan(kind, on="POST *")
    assert client.get("/letters/l1").status_code == 200
    assert (reply(client).status_code, len(network.sent)) == (status, stands)
    assert reply(client).status_code == 201
    assert [note.fault for note in network.log] == ["", kind, ""]


def test_reading_is_never_kept_from_being_answered_twice(network, client, letter):
    """Only what changes something can be accepted and lost."""
    network.faults.plan("accept_then_timeout")
    assert client.get("/letters/l1").status_code == 200


@pytest.mark.parametrize(
    ("kind", "early"),
    [("echo_before_response", ["echo:a1"]), ("receipt_before_response", ["receipt:a1"])],
)
@pytest.mark.usefixtures("letter")
def test_what_is_pushed_can_come_before_the_answer(network, client, house, kind, early):
    """A receiver may hear of a message before its sender knows that it was taken."""
    network.deliveries.pump()
    house.got.clear()
    network.faults.plan(kind)
    heard = []
    client.event_hooks = {"response": [lambda _: heard.extend(house.got)]}
    reply(client)
    assert heard == early
    network.deliveries.pump()
    assert sorted(house.got) == ["echo:a1", "receipt:a1"]


def test_the_log_has_no_secret(network, client, letter):
    """What was asked can be printed: tokens are hidden in addresses, headers and bodies."""
    client.post("/letters/l1/answers?access_token=t0p-s3cret", json={"text": "t0p-s3cret!"})
    (note,) = network.log
    assert (note.operation, note.status) == ("POST /letters/{id}/answers", 201)
    assert "t0p-s3cret" not in repr(network.log)


def test_the_same_seed_and_calls_meet_the_same_faults(letters):
    """A failure that chance found can be had again."""

    def life(seed):
        network = letters(
            seed=seed, faults=Faults(seed, server_error=0.3, timeout_before_accept=0.2)
        )
        network.customer("ana").writes("Hello?")
        client = httpx.Client(transport=network.transport(), base_url="https://letters.example")
        for _ in range(40):
            try:
                client.get("/letters/l1")
            except httpx.ReadTimeout:
                continue
        return network.faults.history, [note.status for note in network.log]

    assert life(3) == life(3)
    assert life(3) != life(4)


def test_other_faults_do_not_change_which_happen(letters):
    """Switching one kind on leaves the others where they were."""
    alone = Faults(5, duplicate=0.5)
    both = Faults(5, duplicate=0.5, reorder=0.5)
    hits = [(both.hit("reorder", "x"), both.hit("duplicate", "x"))[1] for _ in range(50)]
    assert hits == [alone.hit("duplicate", "x") for _ in range(50)]


@pytest.mark.parametrize("given", [{"duplicat": 0.1}, {"duplicate": 1.5}])
def test_a_fault_that_is_none_is_refused(given):
    """A misspelt fault is told, and never silently off."""
    with pytest.raises(ValueError, match=r"there is no fault 'duplicat'|expected 0 to 1"):
        Faults(**given)


def test_a_reset_forgets(network, client, letter):
    """A harness begins each of its tests on an empty network."""
    reply(client)
    network.reset()
    assert (network.sent, network.log, network.names, network.deliveries.queued) == ([], [], {}, ())
