"""Connectors that break the contract, each in one way.

Run by ``test_contract.py``: ``TestHonest`` passes, and each other class fails one check.
"""

# ruff: noqa: ARG002, D102  its class says what a method breaks, and who takes which arguments

import json
import logging
import sys
from datetime import UTC, datetime, timedelta

import pytest
from acme import ALL, Acme, Contract, Plugin
from attrs import evolve

from scskit.core.errors import (
    OutcomeUnknown,
    PayloadInvalid,
    Rejected,
    RetryLater,
    SignatureInvalid,
    TimestampStale,
)
from scskit.http.signing import check_signature, sign
from scskit.plugins import (
    DeliveryReceipt,
    Edit,
    Message,
    Receipt,
    Unreadable,
)


class TestHonest(Contract):
    """Breaks nothing."""


BROKEN = {}
"""The check that each broken connector fails, by the name of its class."""


def breaks(check, plugin=Plugin, **attributes):
    """Make a test class of a connector that breaks one check."""

    def made(connector):
        name = f"Test{connector.__name__}"
        members = {"offered": plugin(connector), "__doc__": connector.__doc__, **attributes}
        setattr(sys.modules[__name__], name, type(name, (Contract,), members))
        BROKEN[name] = check
        return connector

    return made


@breaks("test_a_request_without_signature_is_refused")
class Trusting(Acme):
    """Takes what bears no signature."""

    def verify(self, request):
        if request.header(self.header):
            super().verify(request)


@breaks("test_a_wrong_signature_is_refused")
class Prefixed(Acme):
    """Compares as much of a signature as there is."""

    def verify(self, request):
        given = request.header(self.header)
        good = [sign(request.body, secret) for secret in self._secrets.value]
        if not given or not any(one.startswith(given) and len(given) > 20 for one in good):
            raise SignatureInvalid("no")


@breaks("test_a_signature_over_other_bytes_is_refused")
class Rewriting(Acme):
    """Signs what it has read and written again."""

    def verify(self, request):
        try:
            super().verify(request)
        except SignatureInvalid:
            again = json.dumps(json.loads(request.body), indent=1).encode()
            super().verify(evolve(request, body=again))


@breaks("test_without_a_secret_nothing_is_taken")
class Open(Acme):
    """Checks signatures where somebody has set it up."""

    def verify(self, request):
        if self._secrets.value:
            super().verify(request)


class Stamped(Acme):
    """Checks when it was signed, which is signed with it."""

    patience = 300

    def verify(self, request):
        stamp = request.header("x-acme-time")
        given, secrets = request.header(self.header), self._secrets.value
        check_signature(
            stamp.encode(errors="replace") + request.body, given, secrets, header=self.header
        )
        if abs(request.received_at.timestamp() - float(stamp)) > self.patience:
            raise TimestampStale(stamp)


@pytest.fixture
def stamped(self):
    """Sign the time as well."""

    def made(content, secret, at):
        stamp = f"{at.timestamp():.0f}"
        signed = sign(stamp.encode() + content, secret)
        return {Acme.header: signed, "x-acme-time": stamp}

    return made


class TestStamped(Contract):
    """Breaks nothing."""

    offered = Plugin(Stamped)
    sign = stamped


@breaks("test_an_old_signature_is_refused", sign=stamped)
class Overheard(Stamped):
    """Takes whatever was good once."""

    patience = 10**9


@breaks("test_a_secret_can_be_exchanged")
class Single(Acme):
    """Knows the first secret only."""

    def verify(self, request):
        first = self._secrets.value[:1]
        check_signature(request.body, request.header(self.header), first, header=self.header)


@breaks("test_parse_is_pure")
class Watching(Acme):
    """Looks at the clock."""

    def message(self, one, at, request):
        found = super().message(one, at, request)
        old = datetime.now(UTC) - at > timedelta(days=-36_500)
        return evolve(found, extra={"old": old})


@breaks("test_parse_knows_no_local_time")
class Local(Acme):
    """Takes the network's time for that of the server."""

    def message(self, one, at, request):
        found = super().message(one, at, request)
        return evolve(found, posted_at=at.replace(tzinfo=None).astimezone(UTC))


@breaks("test_parse_is_total")
class Confident(Acme):
    """Believes that there is always a text."""

    def read(self, one, request):
        if isinstance(one, dict) and one.get("type") == "message" and "text" in one:
            one["text"].strip()
        return super().read(one, request)


@breaks("test_one_malformed_item_costs_no_other")
class Strict(Acme):
    """Refuses a body for one item of it."""

    def parse(self, request):
        found = super().parse(request)
        if any(isinstance(item, Unreadable) for item in found):
            raise PayloadInvalid("one is wrong")
        return found


@breaks("test_a_batch_is_the_sum_of_its_parts")
class Condensing(Acme):
    """Keeps one message of each person in a body."""

    def parse(self, request):
        found = super().parse(request)
        of = {item.author.external_id: item for item in found if isinstance(item, Message)}
        return [i for i in found if not isinstance(i, Message) or i in of.values()]


@breaks("test_an_unknown_type_is_not_lost")
class Deaf(Acme):
    """Drops what it does not know."""

    def unknown(self, one, at):
        return []


@breaks("test_what_comes_twice_changes_nothing")
class Impatient(Acme):
    """Takes what comes hours later for something new."""

    def message(self, one, at, request):
        found = super().message(one, at, request)
        if request is not None and request.received_at - at > timedelta(hours=2):
            return evolve(found, external_id=f"{found.external_id}-late")
        return found


@breaks("test_the_order_of_arrival_does_not_matter")
class Present(Acme):
    """Dates messages by when they came."""

    def message(self, one, at, request):
        found = super().message(one, at, request)
        return evolve(found, posted_at=request.received_at) if request else found


@breaks("test_an_edit_waits_for_its_message")
class Retelling(Acme):
    """Takes an edit for a message."""

    def edit(self, one, at):
        return self.message({"from": "ana", "thread": "7", **one}, at, None)


@breaks("test_a_deletion_waits_for_its_message")
class Emptying(Acme):
    """Takes a deletion for an edit."""

    def deletion(self, one, at):
        return Edit(account="acme", target=str(one["id"]), edited_at=at, text="")


@breaks("test_a_late_receipt_takes_nothing_back")
class Unread(Acme):
    """Has one word for all receipts."""

    def item(self, one, request):
        found = super().item(one, request)
        return [evolve(i, status="delivered") if isinstance(i, Receipt) else i for i in found]


@breaks("test_it_sends[reply_private]")
class Dateless(Acme):
    """Tells a time without its zone, of private messages."""

    def send(self, outbound):
        found = yield from super().send(outbound)
        naive = datetime(2026, 3, 2)  # noqa: DTZ001  that is what is wrong with it
        return evolve(found, at=naive) if outbound.visibility == "private" else found


@breaks("test_it_sends[reply_public]")
class Silent(Acme):
    """Returns what failed as if it had not, in public."""

    def send(self, outbound):
        found = yield from super().send(outbound)
        return evolve(found, status="failed") if outbound.visibility == "public" else found


@breaks("test_an_echo_before_the_acknowledgement_is_the_same_message")
class Misnaming(Acme):
    """Takes the id of the call for that of the message."""

    def send(self, outbound):
        response = yield self.request("POST", self.said(outbound))
        return DeliveryReceipt(external_id=self.checked(response)["call"])

    def find_sent(self, outbound):
        found = yield from super().find_sent(outbound)
        return found and evolve(found, external_id="c-9")


@breaks("test_it_finds_what_was_sent")
class Guessing(Acme):
    """Takes any message of its own for the one that is looked for."""

    def find_sent(self, outbound):
        own = [one for one in (yield from self.listed()) if one["from"] == "acme"]
        return DeliveryReceipt(external_id=own[0]["id"]) if own else None


@breaks("test_it_reads_what_the_network_keeps")
class Backwards(Acme):
    """Hands a page over as the network wrote it, the newest first."""

    def fetch(self, account, cursor):
        found = yield from super().fetch(account, cursor)
        return evolve(found, items=found.items[::-1])


class Modest(Plugin):
    """Declares less than there is."""

    capabilities = ALL - {"find_sent"}


@breaks("test_what_it_does_not_declare_is_refused", Modest)
class Secretive(Acme):
    """Can look for messages, and does not say so."""


class Public(Plugin):
    """Declares that everything is public."""

    capabilities = ALL - {"reply_private"}


@breaks("test_a_way_of_answering_that_it_does_not_declare_is_refused", Public)
class Loud(Acme):
    """Tells everybody what was meant for one person."""


@breaks("test_it_says_every_word")
class Curt(Acme):
    """Cuts what it takes for too long."""

    def said(self, outbound):
        return {**super().said(outbound), "text": outbound.text[:12]}


@breaks("test_it_answers_whom_it_is_told_to")
class Faithful(Acme):
    """Has one correspondent."""

    def said(self, outbound):
        return {**super().said(outbound), "to": "ana"}


@breaks("test_it_sends_once")
class Insisting(Acme):
    """Asks once more when nothing comes back."""

    def send(self, outbound):
        try:
            return (yield from super().send(outbound))
        except OutcomeUnknown:
            return (yield from super().send(outbound))


@breaks("test_a_broken_network_refuses_nothing")
class Resigned(Acme):
    """Gives a message up because the network is broken."""

    def send(self, outbound):
        response = yield self.request("POST", self.said(outbound))
        if response.status_code >= 500:
            raise Rejected("500")
        return DeliveryReceipt(external_id=self.checked(response)["id"])


@breaks("test_an_expired_token_is_told_from_a_refused_message")
class Giving(Acme):
    """Gives a message up because the token is old."""

    def checked(self, response):
        if response.status_code == 401:
            raise Rejected("401")
        return super().checked(response)


@breaks("test_throttling_says_how_long_to_wait")
class Patient(Acme):
    """Waits for an hour, whatever it is told."""

    def checked(self, response):
        if response.status_code == 429:
            raise RetryLater("too many", 3600.0)
        return super().checked(response)


@breaks("test_it_opens_a_stream")
class Anonymous(Acme):
    """Listens without saying who it is."""

    def stream(self, since):
        request = super().stream(since)
        del request.headers["authorization"]
        return request


@breaks("test_it_hides_and_shows_again")
class Sticky(Acme):
    """Hides for good."""

    def hide(self, account, target, *, hidden=True):
        yield from super().hide(account, target)


@breaks("test_hiding_may_be_repeated")
class Turning(Acme):
    """Numbers its requests, so that the second is not the first."""

    times = 0

    def hide(self, account, target, *, hidden=True):
        self.times += 1
        yield from super().hide(account, f"{target}-{self.times}", hidden=hidden)


@breaks("test_hiding_tells_what_went_wrong")
class Cheerful(Acme):
    """Takes any answer for a good one."""

    def hide(self, account, target, *, hidden=True):
        yield self.request("POST", {"target": target, "hidden": hidden})


@breaks("test_a_lost_answer_is_no_failure")
class Repeating(Acme):
    """Sends again what may have arrived."""

    def send(self, outbound):
        try:
            response = yield self.request("POST", self.said(outbound))
        except OutcomeUnknown as error:
            raise RetryLater("nothing came back", 5.0) from error
        return DeliveryReceipt(external_id=self.checked(response)["id"])


@breaks("test_a_bad_token_and_a_silent_network_are_findings")
class Blaming(Acme):
    """Takes a network that is silent for a token that is bad."""

    def diagnose(self, account):
        (found,) = yield from super().diagnose(account)
        return [found if found.state == "ok" else evolve(found, state="invalid")]


class Counting(Plugin):
    """Measures texts as Python does."""

    def length(self, text):
        """Count code points."""
        return len(text)


@breaks("test_texts_are_measured_as_the_network_does", Counting)
class Plain(Acme):
    """Counts a link for what it is long."""


class Told(Plugin):
    """Tells writers what Python would measure."""

    def told(self, text):
        """Count code points."""
        return len(text)


@breaks("test_a_desk_is_told_how_texts_are_measured", Told)
class Hasty(Acme):
    """Tells another length before than afterwards."""


class Counted(Plugin):
    """Counts the numbers of parts twice."""

    def length(self, text):
        """Take what stands in brackets for more than it is."""
        return super().length(text) + 9 * text.count("(")


@breaks("test_parts_of_a_long_text_are_taken", Counted)
class Pedantic(Acme):
    """Refuses the parts of what it said could be sent in parts."""


class Lenient(Plugin):
    """Leaves windows open for a moment."""

    def is_open(self, heard, now):
        """Let the end be in time."""
        return heard is None or now <= heard + timedelta(hours=24)


@breaks("test_windows_close_at_their_very_end", Lenient)
class Late(Acme):
    """Writes at the end of a window."""


@breaks("test_no_secret_is_told")
class Talkative(Acme):
    """Says what the signature should have been made with."""

    def verify(self, request):
        try:
            super().verify(request)
        except SignatureInvalid:
            logging.getLogger("acme").info("not signed with %s", self._secrets.value)
            raise
