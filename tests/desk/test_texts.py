"""Texts survive as they came, or are refused in words; never changed in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scskit import Author
from scskit.testing import START, brand_reply, edit, message

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
TEXTS = {
    "nothing": "",
    "white space": " \t\n\r\u3000",
    "right to left": "\u202eمرحبا، طلبي لم يصل بعد\u202c שלום",  # noqa: RUF001
    "an emoji family": f"Thanks! {FAMILY} 🏳️\u200d🌈 👍🏽",
    "accents apart from their letters": "n\u0303andu\u0301 e\u0301l",
    "every plane": "a\u00e9\u4e2d\U0001f600\U0010ffff\ufffe\uffff",
    "control characters": "\x01\x02\x7f\x85\u2028\u2029\ufeff",
    "looks like SQL": "'); DROP TABLE scs_case; -- %s ? :x $1 {}",
    "looks like JSON": '{"a": "\\u0000"}',
    "zalgo": "h\u0335\u0321\u0310" * 50,
    "a megabyte": "¿Dónde está mi pedido? 😀 " * 40_000,
}
BROKEN = {
    "NUL": ("a\0b", "a\ufffdb"),
    "half an emoji": ("ok \ud83d", "ok \ufffd"),
    "the other half": ("\ude00 ok", "\ufffd ok"),
    "all of it": ("\0\udfff\ud800\0", "\ufffd\ufffd\ufffd\ufffd"),
}


def whole(text):
    """Join two halves of a character that follow each other; JSON does it everywhere."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def kept(desk, case):
    return desk.cases.interactions(case)[0]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_kept_to_the_character(desk, name):
    """People read what the customer wrote."""
    (case,) = desk.ingest([message(TEXTS[name])]).cases
    found = kept(desk, case)
    assert found.text == TEXTS[name]
    assert found.original_text is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(texts=st.lists(st.text(st.characters(), max_size=20), min_size=1, max_size=20))
def test_any_text_can_be_had_back(desk, texts):
    """Whatever a network sends, the exact original can be had back."""
    items = [message(text) for text in texts]
    report = desk.ingest(items)
    assert report.counts["applied"] == len(texts)
    found = [kept(desk, outcome.case_id) for outcome in report.outcomes]
    had = [i.text if i.original_text is None else i.original_text for i in found]
    assert had == [whole(text) for text in texts]


@pytest.mark.parametrize("name", BROKEN)
def test_what_no_database_keeps_is_shown_repaired_and_kept_exactly(desk, name):
    """NUL and half characters do not stop a message, and are not lost either."""
    text, shown = BROKEN[name]
    (case,) = desk.ingest([message(text)]).cases
    found = kept(desk, case)
    assert found.original_text == text
    assert found.text == shown
    assert "\0" not in found.text
    assert found.text.encode()


def test_the_exact_text_survives_waiting_and_editing(desk):
    """Also an answer that waited, and an edit, give back exactly what came."""
    answer = brand_reply("m", "a\0b", external_id="r")
    desk.ingest([answer, edit("r", "c\ud800d")])
    (case,) = desk.ingest([message("e\0f", external_id="m")]).cases
    question, said = desk.cases.interactions(case)
    assert (question.original_text, said.original_text) == ("e\0f", "c\ud800d")
    assert said.text == "c\ufffdd"


def test_an_edit_that_mends_a_text_needs_no_original(desk):
    """The original of the latest text is shown, not that of an earlier one."""
    asked = message("a\0b")
    (case,) = desk.ingest([asked, edit(asked, "ab")]).cases
    found = kept(desk, case)
    assert (found.text, found.original_text) == ("ab", None)


def test_names_with_odd_characters_do_not_stop_a_message(desk):
    """A display name may hold anything; it is shown repaired."""
    odd = Author(external_id="7", handle="a\0", name=f"{FAMILY}\ud800", language="e\0s")
    report = desk.ingest([message(by=odd)])
    assert report.counts["applied"] == 1
    identity = desk.customers.identity(desk.cases.get(report.cases[0]).identity_id)
    assert (identity.handle, identity.name) == ("a\ufffd", f"{FAMILY}\ufffd")


def test_ids_of_any_script_are_kept(desk):
    """An id is the network's own word, whatever it is written in."""
    item = message(
        external_id="消息:1/ñ?", by=Author(external_id="عميل:7"), thread=f"t:{FAMILY}", parent="p:ü"
    )
    (case,) = desk.ingest([item]).cases
    found = kept(desk, case)
    assert (found.external_id, found.parent) == ("消息:1/ñ?", "p:ü")
    assert found.thread_id == f"twitter.acme:t:{FAMILY}"
    assert desk.cases.get(case).identity_id.endswith(":عميل:7")


@pytest.mark.parametrize(
    "posted_at",
    [
        datetime(1990, 1, 1, tzinfo=UTC),
        datetime(2000, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
        START + timedelta(hours=24),
    ],
)
def test_a_time_that_can_be_is_kept_to_the_microsecond(desk, posted_at):
    """Old messages and clocks that are a little fast are taken as they are."""
    (case,) = desk.ingest([message(posted_at=posted_at)]).cases
    assert kept(desk, case).posted_at == posted_at
    assert desk.cases.get(case).opened_at == posted_at
