"""Tokens that are renewed: on a fake X, whose refresh tokens work once, as X's do."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from scskit.core.errors import ConfigError, CredentialsRejected, RetryLater
from scskit.http.vault import Vault
from scskit.plugins import Outbound
from scskit_twitter.config import read
from scskit_twitter.connector import TwitterConnector
from scskit_twitter.fake.tokens import granted

TOKEN = "POST /2/oauth2/token"


@pytest.fixture
def file(tmp_path):
    """Say where tokens are kept."""
    return tmp_path / "x-tokens"


@pytest.fixture
def table(x, file):
    """Write the part of a desk file that renews tokens."""
    own = {"user_id": x.account("acme").id, "refresh_token": x.account("acme").grant.refresh}
    return {
        "client_id": x.app.client_id,
        "client_secret": x.app.client_secret,
        "token_file": str(file),
        "accounts": {"acme": own},
    }


@pytest.fixture
def run(x, table):
    """Run a flow as a process does that has just begun: nothing is remembered but the file."""

    def ran(make):
        connector = TwitterConnector(read({"twitter": table}), x.clock)
        with x.driver() as driver:
            return driver.run(make(connector), "acme")

    return ran


def fetch(connector):
    return connector.fetch("acme", None)


def test_tokens_are_renewed_in_time_and_only_then(x, run):
    """Once at first, then every two hours; each refresh token is used once."""
    for minutes, asked in ((0, 1), (60, 1), (54, 1), (1, 2), (114, 2), (1, 3)):
        x.clock.advance(timedelta(minutes=minutes))
        run(fetch)
        assert x.requests()[TOKEN] == asked
    assert {note.status for note in x.log} == {200}


def test_a_public_client_has_no_secret(x, run, table):
    """An app without a client secret names itself in the form."""
    del table["client_secret"]
    run(fetch)
    assert x.requests()[TOKEN] == 1


def test_many_at_once_renew_once(x, run):
    """Of many that find an old token one renews it; the others wait, or use what is still good."""

    def attempt(_):
        try:
            run(fetch)
        except RetryLater:
            return "later"
        return "done"

    with ThreadPoolExecutor(8) as pool:
        ended = set(pool.map(attempt, range(24)))
    assert x.requests()[TOKEN] == 1
    assert ended <= {"done", "later"}
    assert "done" in ended


def test_who_comes_second_goes_on_with_what_is_still_good(x, run, file):
    """In the last five minutes of a token nobody has to wait for who renews it."""
    run(fetch)
    x.clock.advance(timedelta(minutes=117))
    with Vault(file).renewing("acme"):
        run(fetch)
        x.clock.advance(timedelta(minutes=4))
        with pytest.raises(RetryLater, match="somebody else is renewing"):
            run(fetch)
    run(fetch)
    assert x.requests()[TOKEN] == 2


def test_a_lost_answer_is_told_and_a_new_consent_mends_it(x, run, table):
    """Nothing is sent, nothing is unknown; when X gave the token away, a person has to help."""
    x.faults.plan("accept_then_timeout", on=TOKEN)
    reply = Outbound(
        id="o1",
        case_id="c1",
        account="acme",
        text="On its way!",
        visibility="public",
        created_at=x.clock.now(),
    )
    with pytest.raises(RetryLater, match="the renewal of a token is lost"):
        run(lambda connector: connector.send(reply))
    with pytest.raises(CredentialsRejected, match="token was invalid"):
        run(lambda connector: connector.send(reply))
    finding = run(lambda connector: connector.diagnose("acme"))[0]
    assert (finding.what, finding.state) == ("token", "invalid")
    assert x.sent == []
    table["accounts"]["acme"]["refresh_token"] = x.account("acme").grant.refresh
    run(lambda connector: connector.send(reply))
    assert len(x.sent) == 1


def test_a_new_consent_counts_for_more_than_what_was_kept(x, run, table):
    """Whoever puts another refresh token into the desk file means it, whatever the file says."""
    run(fetch)
    x.account("acme").revokes()
    again = granted(x, x.account("acme").user)
    x.account("acme").revoked = False
    with pytest.raises(CredentialsRejected):
        run(fetch)
    table["accounts"]["acme"]["refresh_token"] = again.refresh
    run(fetch)
    x.clock.advance(timedelta(hours=3))
    run(fetch)


@pytest.mark.parametrize("fault", ["server_error", "timeout_before_accept"])
def test_a_renewal_that_did_not_happen_is_tried_again(x, run, fault):
    """X may be away for a moment; the refresh token is as good as before."""
    x.faults.plan(fault, on=TOKEN, times=3)
    with pytest.raises(RetryLater):
        run(fetch)
    x.faults.reset(0)
    run(fetch)


def test_a_token_that_ends_before_its_time_is_renewed(x, run):
    """What X no longer takes is renewed with the next try, and no flow runs twice."""
    run(fetch)
    x.clock.advance(timedelta(minutes=10))
    x.account("acme").grant.expires_at = x.clock.now()
    with pytest.raises(RetryLater, match="renewed with the next try"):
        run(fetch)
    run(fetch)
    assert x.requests()[TOKEN] == 2


def test_a_new_token_that_is_refused_needs_a_person(x, run):
    """Renewing again and again would help nobody."""
    run(fetch)
    x.account("acme").grant.expires_at = x.clock.now()
    with pytest.raises(CredentialsRejected):
        run(fetch)
    assert x.requests()[TOKEN] == 1


def test_no_token_is_in_any_log(x, run, caplog, file):
    """Tokens are in the file, which its owner alone can read, and nowhere else."""
    caplog.set_level(logging.DEBUG)
    first = x.account("acme").grant.refresh
    run(fetch)
    x.clock.advance(timedelta(hours=3))
    x.account("acme").revokes()
    with pytest.raises(CredentialsRejected) as caught:
        run(fetch)
    grant = x.account("acme").grant
    assert grant.refresh.encode() in file.read_bytes()
    for secret in (first, grant.refresh, grant.access, x.app.client_secret):
        assert secret not in caplog.text + str(caught.value) + repr(x.log)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"client_id": None}, "client_id and token_file"),
        ({"token_file": None}, "client_id and token_file"),
        ({"accounts": {"acme": {"user_id": "1", "token": "t", "refresh_token": "r"}}}, "beside"),
    ],
)
def test_what_does_not_go_together_is_told(table, changed, told):
    """A desk file that could not renew is refused when it is read."""
    found = {key: value for key, value in {**table, **changed}.items() if value is not None}
    with pytest.raises(ConfigError, match=told):
        read({"twitter": found})
