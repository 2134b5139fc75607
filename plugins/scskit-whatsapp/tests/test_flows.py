import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from scskit.core.errors import CredentialsRejected, OutcomeUnknown, Rejected, RetryLater
from scskit.plugins import Attachment, Outbound, Secret
from scskit_meta.errors import classify, read_fault
from scskit_whatsapp.config import Number, WhatsAppSettings
from scskit_whatsapp.errors import CODES
from scskit_whatsapp.flows import Flows
from scskit_whatsapp.limits import LIMITS
from scskit_whatsapp.outgoing import buttons, choice_list, message_body
from scskit_whatsapp.windows import SERVICE_WINDOW, before_sending, is_open

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
ABSENT = pytest.mark.skip(f"there are no recorded errors in {SHARED}; set SCSKIT_SHARED")
RECORDED = sorted((SHARED / "payloads" / "errors").glob("*_whatsapp_*.json"))

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NUMBER = Number(phone_number_id="1055", token=Secret("EAAtoken"))
FLOWS = Flows(WhatsAppSettings(accounts={"care": NUMBER, "silent": Number(phone_number_id="2")}))
IMAGE = Attachment(kind="image", external_id="9")
AUDIO = Attachment(kind="audio", external_id="9")


def outbound(text="Hello", **given):
    given = {"thread": "5511998765432", "visibility": "private", "account": "care"} | given
    return Outbound(id="out-1", case_id="c1", text=text, created_at=NOW, **given)


def run(flow, *responses):
    """Answer a flow's requests one after the other."""
    request = next(flow)
    for response in responses:
        response.request = request
        try:
            request = flow.send(response)
        except StopIteration as done:
            return done.value
    raise AssertionError("the flow asked for more")


def ok(**content):
    return httpx.Response(200, json=content)


def test_a_sent_message_is_known_by_its_id():
    """The answer's id is what statuses will be about; our own id travels along."""
    flow = FLOWS.send(outbound())
    assert json.loads(next(flow).content)["biz_opaque_callback_data"] == "out-1"
    receipt = run(FLOWS.send(outbound()), ok(messages=[{"id": "wamid.S"}]))
    assert (receipt.external_id, receipt.status, receipt.recipient) == ("wamid.S", "sent", None)


def test_another_number_of_the_same_person_is_told():
    """A Brazilian number is answered where it wrote from; which other one it is, is told."""
    assert message_body(outbound())["to"] == "5511998765432"
    contacts = [{"input": "+5511998765432", "wa_id": "551198765432"}]
    receipt = run(FLOWS.send(outbound()), ok(contacts=contacts, messages=[{"id": "wamid.S"}]))
    assert receipt.recipient == "551198765432"


@pytest.mark.parametrize("answer", [{}, {"messages": []}, {"messages": [{}]}, {"messages": "no"}])
def test_success_without_an_id_is_unknown(answer):
    """Nobody knows what became of a message that the answer does not name."""
    with pytest.raises(OutcomeUnknown):
        run(FLOWS.send(outbound()), ok(**answer))


@pytest.mark.parametrize(
    ("code", "kind", "error_class", "wait"),
    [
        (130429, RetryLater, "rate_limit", 60),
        (131056, RetryLater, "rate_limit", 6),
        (131048, RetryLater, "rate_limit", 3600),
        (131000, RetryLater, "retryable", 5),
        (0, CredentialsRejected, "auth", None),
        (131005, CredentialsRejected, "permission", None),
        (131047, Rejected, "window", None),
        (131031, Rejected, "policy", None),
        (131042, Rejected, "billing", None),
        (132001, Rejected, "permanent", None),
    ],
)
def test_a_refusal_says_what_to_do_next(code, kind, error_class, wait):
    """The Cloud API's own codes decide, whatever the status."""
    body = {"error": {"message": "no", "code": code, "fbtrace_id": "AbC"}}
    with pytest.raises(kind) as caught:
        run(FLOWS.send(outbound()), httpx.Response(400, json=body))
    assert (caught.value.error_class, caught.value.code) == (error_class, code)
    assert getattr(caught.value, "retry_after", None) == wait


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize(
    ("code", "kind", "error_class"),
    [
        *((code, Rejected, "permanent") for code in range(132000, 132017)),
        (131044, Rejected, "billing"),
        (132068, Rejected, "permanent"),
        (132069, RetryLater, "rate_limit"),
        (133010, Rejected, "permanent"),
    ],
)
def test_a_known_code_outweighs_every_status(status, code, kind, error_class):
    """What is wrong with a template stays wrong, whichever status it is told with."""
    body = {"error": {"message": "Algo sali\u00f3 mal", "code": code}}
    with pytest.raises(kind) as caught:
        run(FLOWS.send(outbound()), httpx.Response(status, json=body))
    assert (caught.value.error_class, caught.value.code) == (error_class, code)


@pytest.mark.parametrize(
    "path", RECORDED or [pytest.param(Path("absent"), marks=ABSENT)], ids=lambda path: path.stem
)
def test_recorded_errors_are_classified(path):
    """What Meta really answered, or sent later by webhook, is understood."""
    recorded = json.loads(path.read_bytes())
    body = recorded["body"]
    body = {"error": body["errors"][0]} if "errors" in body else body
    fault = read_fault(recorded["http_status"], body, recorded["headers"])
    assert classify(fault, CODES) == recorded["expect"]["class"]
    assert fault.code == recorded["expect"].get("code")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (outbound(visibility="public"), "no public"),
        (outbound(thread=None), "nobody"),
        (outbound(text=""), "needs a text"),
        (outbound(text="x" * 4097), "4097 characters"),
        (outbound(attachments=(IMAGE, IMAGE)), "one medium"),
        (outbound(attachments=(AUDIO,)), "cannot go with audio"),
        (outbound(attachments=(Attachment(kind="hologram", external_id="1"),)), "hologram"),
        (outbound(attachments=(Attachment(kind="image"),)), "neither an id nor an address"),
        (outbound(account="other"), "no number"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_leaves(message, why):
    """A message that WhatsApp has no form for is refused by us, with the reason."""
    with pytest.raises(Rejected, match=why):
        next(FLOWS.send(message))


def test_an_account_without_a_token_only_receives():
    """Nothing is sent in the name of a number that has no token."""
    with pytest.raises(CredentialsRejected, match="silent"):
        next(FLOWS.send(outbound(account="silent")))


def test_media_are_handed_over_and_fetched_by_id():
    """An upload answers the id to send, and an id the address to fetch."""
    assert run(FLOWS.upload("care", b"..", "image/png", "a.png"), ok(id="449")) == "449"
    address = run(FLOWS.media("care", "9"), ok(url="https://cdn.example/9", file_size=5))
    assert (address.url, address.file_size) == ("https://cdn.example/9", "5")
    with pytest.raises(OutcomeUnknown):
        run(FLOWS.upload("care", b"..", "image/png", "a.png"), ok())
    with pytest.raises(Rejected, match="url is missing"):
        run(FLOWS.media("care", "9"), ok())


def test_read_marks_and_reactions_answer():
    """Showing that somebody reads, and reacting, are done when Meta says so."""
    assert run(FLOWS.mark_read("care", "wamid.Q"), ok(success=True)) is None
    sent = run(FLOWS.react("care", "1234567", "wamid.Q"), ok(messages=[{"id": "wamid.R"}]))
    assert sent == "wamid.R"


def test_interactive_messages_keep_to_the_limits():
    """Too many buttons, or too long a title, are found by whoever writes them."""
    with pytest.raises(ValueError, match="buttons: found 4"):
        buttons("?", {str(n): "x" for n in range(4)})
    with pytest.raises(ValueError, match="title"):
        buttons("?", {"1": "x" * 21})
    with pytest.raises(ValueError, match="rows: found 11"):
        choice_list("?", "Choose", [(str(n), "x", "") for n in range(11)])
    with pytest.raises(ValueError, match="text: found 0"):
        buttons("", {"1": "x"})


def codes(now=NOW, heard=NOW, text="Hello", **given):
    return [v.code for v in before_sending(text=text, now=now, last_heard_at=heard, **given)]


def test_the_window_closes_at_its_very_end():
    """Up to the last microsecond of 24 hours anything may be said, from then on a template."""
    end = NOW + SERVICE_WINDOW
    assert is_open(NOW, end - timedelta(microseconds=1))
    assert not is_open(NOW, end)
    assert codes(end - timedelta(microseconds=1)) == []
    assert codes(end) == codes(heard=None) == ["window"]
    assert codes(end, text="", extra={"template": {"name": "hello"}}) == []
    assert codes(end, extra={"reaction": {"message_id": "1"}}) == ["window"]


def test_length_and_media_are_checked_before_sending():
    """What would be refused for its size or form is told at once, every reason of it."""
    assert codes(text="x" * LIMITS.text) == []
    assert codes(text="x" * (LIMITS.text + 1)) == ["length"]
    assert codes(text="x" * (LIMITS.caption + 1), attachments=(IMAGE,)) == ["length"]
    assert codes(text="") == ["empty"]
    assert codes(attachments=(AUDIO, IMAGE)) == ["attachments", "caption"]
