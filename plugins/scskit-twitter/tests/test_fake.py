"""The rules of the fake X: who may ask what, how often, and what comes of it."""

from datetime import timedelta

import pytest

from scskit.testing import FakeClock

API = "https://api.x.com"


def refresh(x, token):
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": x.app.client_id}
    with x.client() as stranger:
        return stranger.post(f"{API}/2/oauth2/token", data=form)


# Who asks


def test_an_access_token_lives_two_hours_and_a_refresh_token_works_once(x, client):
    """Who loses the new refresh token is locked out: the one before no longer works."""
    grant = x.account("acme").grant
    first = grant.refresh
    assert client.get("/2/users/me").status_code == 200
    x.clock.advance(timedelta(hours=2))
    assert client.get("/2/users/me").status_code == 401
    new = refresh(x, first).json()
    assert (new["token_type"], new["expires_in"]) == ("bearer", 7200)
    client.headers["authorization"] = f"Bearer {new['access_token']}"
    assert client.get("/2/users/me").status_code == 200
    again = refresh(x, first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")
    assert refresh(x, new["refresh_token"]).status_code == 200


def test_a_code_gives_tokens_once(x):
    """What a user consents to is a code, which the app changes for tokens."""
    code = x.account("acme").consents()
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": "v"}
    with x.client() as stranger:
        basic = (x.app.client_id, x.app.client_secret)
        given = stranger.post(f"{API}/2/oauth2/token", data=form, auth=basic)
        assert given.json()["scope"].startswith("tweet.read")
        assert stranger.post(f"{API}/2/oauth2/token", data=form, auth=basic).status_code == 400
        wrong = stranger.post(f"{API}/2/oauth2/token", data=form, auth=("x", "y"))
        assert wrong.status_code == 401


def test_a_user_takes_the_permission_back(x, client, connector, got):
    """All tokens of the user stop, and the app is told."""
    token = x.account("acme").grant.refresh
    x.account("acme").revokes()
    x.deliveries.pump()
    assert [(item.event, item.account) for item in got] == [("revoke", "twitter.acme")]
    assert client.get("/2/users/me").status_code == 401
    assert refresh(x, token).status_code == 400


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [
        ("app", "POST", "/2/tweets"),
        ("app", "GET", "/2/dm_events"),
        ("client", "GET", "/2/webhooks"),
    ],
)
def test_an_operation_takes_some_kinds_of_tokens(request, who, method, path):
    """The app by itself cannot write, and users do not see the app's webhooks."""
    asked = request.getfixturevalue(who).request(method, path, json={"text": "x"})
    assert asked.status_code == 403
    assert asked.json()["type"].endswith("unsupported-authentication")


def test_who_has_no_token_is_nobody(x):
    """Nothing is answered without authorization, and nothing done."""
    with x.client() as stranger:
        assert stranger.post(f"{API}/2/tweets", json={"text": "x"}).status_code == 401
        assert stranger.get(f"{API}/2/nothing").status_code == 404
    assert x.sent == []


# What is asked


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/2/users/{me}/mentions?max_result=5", "max_result"),
        ("/2/users/{me}/mentions?max_results=4", "max_results"),
        ("/2/users/{me}/mentions?tweet.fields=author", "tweet.fields"),
        ("/2/users/{me}/mentions?pagination_token=zz!", "pagination_token"),
        ("/2/users/{me}/mentions?start_time=yesterday", "start_time"),
        ("/2/users/{me}/mentions?since_id=x", "since_id"),
        ("/2/tweets/search/recent?max_results=10", "query"),
        ("/2/tweets/search/recent?query=x&since_id=20", "since_id"),
        ("/2/tweets?ids=", "ids"),
        ("/2/tweets?ids={me},abc", "ids"),
        ("/2/tweets/abc", "id"),
        ("/2/users/{me}0123456789012345", "id"),
        ("/2/users/me!/mentions", "id"),
        ("/2/users/by/username/@acme", "username"),
        ("/2/users/by?usernames=acme,an%20a", "usernames"),
        ("/2/dm_events/1-2", "event_id"),
        ("/2/dm_conversations/with/ana/dm_events", "participant_id"),
        ("/2/dm_conversations/1-2-3/dm_events", "id"),
    ],
)
def test_a_wrong_question_is_told_where(x, client, path, named):
    """X refuses parameters that it does not know, and so connectors' mistakes are found here."""
    asked = client.get(path.format(me=x.account("acme").id))
    assert asked.status_code == 400
    assert named in asked.json()["errors"][0]["parameters"]


def test_who_is_blocked_writes_no_messages(x, client):
    """An account that blocks somebody hears nothing from them, and does not write either."""
    ana, acme = x.customer("ana"), x.account("acme")
    ana.writes("Hello?")
    assert client.post(f"/2/users/{ana.id}/dm/block").json() == {"data": {"blocked": True}}
    with pytest.raises(ValueError, match="ana is blocked"):
        ana.writes("Hello??")
    path = f"/2/dm_conversations/with/{ana.id}/messages"
    assert client.post(path, json={"text": "Hi"}).status_code == 403
    assert client.post(f"/2/users/{ana.id}/dm/unblock").json() == {"data": {"blocked": False}}
    assert client.post(path, json={"text": "Hi"}).status_code == 201
    assert client.get(f"/2/users/{ana.id}/muting").status_code == 403
    assert client.post(f"/2/users/{acme.id}/muting", json={"target": "1"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"txt": "x"},
        {"text": 5},
        {"text": "x", "media": {"media_ids": "71"}},
        {"text": "x", "media": {"media_ids": ["71"]}},
        {"text": "x", "reply": {}},
        {"text": "x", "reply": {"in_reply_to_tweet_id": "1"}},
        {"text": "x", "quote_tweet_id": "1"},
        {"text": "x" * 281},
        {"text": "x", "edit_options": {"previous_post_id": "1"}},
    ],
)
def test_a_wrong_post_is_refused(x, client, body):
    """What X would not take is not taken, and nothing stands there."""
    asked = client.post("/2/tweets", json=body)
    if body.get("reply") == {}:  # an empty object says nothing
        assert asked.status_code == 201
        return
    assert asked.status_code in {400, 403, 404}
    assert x.sent == []


def test_fields_come_in_the_names_that_are_asked_for(x, client):
    """Old and new names of fields are both there for who asks for them."""
    asked = x.customer("ana").posts("@acme where?")
    x.account("acme").comments(on=asked, text="There")
    path = f"/2/users/{x.account('acme').id}/tweets"
    (old,) = client.get(
        path, params={"tweet.fields": "referenced_tweets,in_reply_to_user_id"}
    ).json()["data"]
    (new,) = client.get(path, params={"expansions": "referenced_posts,author_id"}).json()["data"]
    (bare,) = client.get(path).json()["data"]
    assert old["referenced_tweets"] == new["referenced_posts"]
    assert old["in_reply_to_user_id"] == x.customer("ana").id
    assert set(old) == {
        "id",
        "text",
        "referenced_tweets",
        "in_reply_to_user_id",
        "edit_history_tweet_ids",
    }
    assert {"referenced_posts", "author_id", "edit_history_post_ids"} <= set(new)
    assert set(bare) == {"id", "text", "edit_history_post_ids", "edit_history_tweet_ids"}


def test_texts_are_written_as_x_writes_them(x, client):
    """Handles before an answer, three escaped characters, short links; all can be told apart."""
    asked = x.customer("ana").posts("@acme <b> & #help https://acme.example.com/a?b=1")
    found = client.get(f"/2/tweets/{asked.id}", params={"post.fields": "entities"}).json()["data"]
    assert found["text"].startswith("@acme &lt;b&gt; &amp; #help https://t.co/")
    for kind in ("mentions", "hashtags", "urls"):
        (one,) = found["entities"][kind]
        part = found["text"][one["start"] : one["end"]]
        assert part in {"@acme", "#help", one.get("url")}
    x.replies = "anybody"
    reply = {"in_reply_to_tweet_id": asked.id}
    made = client.post("/2/tweets", json={"text": "Hi", "reply": reply}).json()["data"]
    assert made["text"] == "@ana Hi"
    without = {**reply, "exclude_reply_user_ids": [x.customer("ana").id]}
    made = client.post("/2/tweets", json={"text": "Hello", "reply": without}).json()["data"]
    assert made["text"] == "Hello"


def test_a_long_post_is_shortened_and_whole_beside(x, client):
    """Who may write long posts writes them; the text is cut, the note has all of it."""
    x.account("acme").user.premium = True
    text = "word " * 100 + "end"
    made = client.post("/2/tweets", json={"text": text}).json()["data"]
    found = client.get(f"/2/tweets/{made['id']}", params={"tweet.fields": "note_tweet"}).json()
    assert found["data"]["note_tweet"]["text"] == text
    assert len(found["data"]["text"]) < 280


def test_an_edit_is_a_new_post_that_knows_the_old(x, client):
    """Five edits within an hour, for those who pay; each has an id of its own."""
    x.account("acme").user.premium = True
    made = client.post("/2/tweets", json={"text": "One"}).json()["data"]
    ids = [made["id"]]
    for number in range(6):
        body = {"text": f"Version {number}", "edit_options": {"previous_post_id": ids[-1]}}
        edited = client.post("/2/tweets", json=body)
        if number < 5:
            ids.append(edited.json()["data"]["id"])
            assert edited.json()["data"]["edit_history_post_ids"] == ids
    assert edited.status_code == 403
    timeline = client.get(f"/2/users/{x.account('acme').id}/tweets").json()["data"]
    assert [post["id"] for post in timeline] == [ids[-1]]


def test_the_headers_tell_all_windows(x, client):
    """Each answer says what is left in a quarter of an hour and in a day."""
    person = x.customer("ana").writes("Hi").message.sender.id
    path = f"/2/dm_conversations/with/{person}/messages"
    told = client.post(path, json={"text": "x"}).headers
    assert (told["x-rate-limit-limit"], told["x-rate-limit-remaining"]) == ("15", "14")
    assert told["x-user-limit-24hour-remaining"] == "1439"
    assert int(told["x-rate-limit-reset"]) == x.clock.now().timestamp() + 900
    assert client.post("/2/tweets", json={"text": "x"}).headers["x-app-limit-24hour-limit"]


def test_a_customer_reads_pages_of_messages_with_a_token_at_the_end(x, client):
    """The last page of messages has a token as well, as X's has: who follows it gets nothing."""
    for number in range(3):
        x.customer("ana").writes(f"letter {number}")
    page = client.get("/2/dm_events", params={"max_results": 3}).json()
    token = page["meta"]["next_token"]
    empty = client.get("/2/dm_events", params={"pagination_token": token}).json()
    assert (len(page["data"]), empty) == (3, {"meta": {"result_count": 0}})


def test_who_deletes_a_message_no_longer_sees_it(x, client):
    """A message that one side took away is still there for the other."""
    made = x.customer("ana").writes("Hi")
    assert client.delete(f"/2/dm_events/{made.id}").json()["data"] == {"deleted": True}
    assert client.get("/2/dm_events").json()["meta"]["result_count"] == 0
    assert client.delete(f"/2/dm_events/{made.id}").status_code == 404


# All of it, once more, as a harness has it


def test_a_harness_tells_x_by_steps(x):
    """Everything that a scenario does goes over HTTP as well, and so do all credentials."""
    with x.client() as harness:
        steps = [
            {"customer": "ana", "followers": 9000},
            {"who": "acme", "does": "posts", "text": "Our new shop is open!", "as": "p1"},
            {"who": "ana", "does": "comments", "on": "p1", "text": "Where, @acme?", "as": "c1"},
            {"who": "c1", "does": "edited", "text": "Where is it, @acme?"},
            {"who": "ana", "does": "posts", "quoting": "p1", "text": "Look", "as": "q1"},
            {"who": "ana", "does": "writes", "text": "A letter", "as": "l1"},
            {"who": "acme", "does": "answers", "on": "l1", "text": "An answer"},
        ]
        played = harness.post(f"{API}/_fake/scenario", json={"steps": steps})
        assert played.status_code == 200, played.text
        state = harness.get(f"{API}/_fake/state").json()
    assert len(state["names"]["c1"]["versions"]) == 2
    assert state["names"]["acme"]["bearer_token"] == x.app.bearer_token
    assert len(state["queued"]) == 8  # a comment that names the account is told of twice


def test_the_same_seed_makes_the_same_network(checked):
    """A failure that a harness found can be had again, to the last id."""

    def life(seed):
        x = checked(seed=seed, clock=FakeClock())
        x.account("acme")
        x.customer("ana").posts("@acme one", photos=1)
        x.customer("ana").writes("two")
        return [event.payload for event in x.deliveries.events], x.settings()

    assert life(5) == life(5)
    assert life(5) != life(6)
