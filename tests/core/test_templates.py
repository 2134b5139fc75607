"""Reply templates: the right text, filled with the right values, and nothing that comes alive."""
# ruff: noqa: RUF001  letters that look alike are what is tested

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from scskit import ReplyRefused
from scskit.core.slots import Slot
from scskit.core.templates import Template, TemplateInvalid, choose, from_profile, render
from scskit.core.wording import Amount

REFUND = Template(
    name="refund",
    texts={
        "es": "Le devolvemos {much} por el pedido {order}.",
        "default": "We refund {much} for order {order}.",
    },
    slots={"much": Slot(name="much", kind="amount"), "order": Slot(name="order")},
)
FREE = Template(
    name="free",
    texts={"default": "Hi {a}{b}!"},
    slots={
        "a": Slot(name="a"),
        "b": Slot(name="b"),
    },
)
VALUES = {"much": "12.50 EUR", "order": "A-17"}


def text(template, values, language="es", visibility="public", assurance="anonymous"):
    return render(template, "twitter", language, values, visibility, assurance).text


def codes(*arguments, **more):
    with pytest.raises(ReplyRefused) as caught:
        text(*arguments, **more)
    return [violation.code for violation in caught.value.violations]


def one(kind, value, language="en", **given):
    slot = Slot(name="it", kind=kind, **given)
    return text(
        Template(name="t", texts={"default": "{it}", "en": "{it}"}, slots={"it": slot}),
        {"it": value},
        language,
    )


def test_a_template_says_what_was_put_into_it():
    """The customer reads the brand's text with his or her own figures in it."""
    found = render(REFUND, "twitter", "es-ES", VALUES, "public", "anonymous")
    assert found.text == "Le devolvemos 12,50\u00a0€ por el pedido A-17."
    assert (found.used, found.template, found.version) == ("es", "refund", REFUND.version)


@pytest.mark.parametrize(
    ("keys", "network", "language", "used"),
    [
        (("twitter/es-MX", "twitter/es", "es-MX"), "twitter", "es-MX", "twitter/es-MX"),
        (("twitter/es", "es-MX", "default"), "twitter", "es-MX", "twitter/es"),
        (("twitter/*", "es-MX", "default"), "twitter", "es-MX", "twitter/*"),
        (("facebook/es", "es-MX", "es"), "twitter", "es_mx", "es-MX"),
        (("facebook/*", "es", "default"), "twitter", "es-MX", "es"),
        (("facebook/es", "fr", "default"), "twitter", "es", "default"),
        (("default", "es"), "twitter", "", "default"),
        (("facebook/es", "fr"), "twitter", "es", None),
    ],
)
def test_the_closest_text_is_taken(keys, network, language, used):
    """Network and language, then the network, then the language, then the text for everybody."""
    template = Template(name="t", texts=dict.fromkeys(keys, "text"))
    assert choose(template, network, language) == used


def test_without_a_text_for_it_nothing_is_said():
    """Nobody is answered in a language that the brand did not write."""
    assert codes(Template(name="t", texts={"fr": "Bonjour"}), {}) == ["template.no_text"]


def test_a_missing_slot_refuses_and_says_what_is_allowed():
    """No customer reads "Hello {name}", and the agent is told everything at once."""
    with pytest.raises(ReplyRefused) as caught:
        text(REFUND, {"odrer": "A-17"})
    missing, order, unknown = caught.value.violations
    assert missing.code == order.code == "template.slot_missing"
    assert "'much'" in missing.message
    assert "'refund'" in missing.message
    assert "12.50 EUR" in missing.message
    assert (unknown.code, "much, order" in unknown.message) == ("template.slot_unknown", True)


def test_what_is_refused_is_not_repeated():
    """A card number in the wrong slot does not end up in a log."""
    with pytest.raises(ReplyRefused) as caught:
        text(REFUND, {"much": "4111 1111 1111 1111", "order": "A-17"})
    assert "4111" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("text", "  two\n lines\u200b ", "two lines"),
        ("text", "100% {sure}", "100% {sure}"),
        ("number", 12345, "12,345"),
        ("number", "0.5", "0.5"),
        ("amount", Amount(Decimal(3), "GBP"), "£3.00"),
        ("date", date(2026, 3, 2), "2 March 2026"),
        ("date", "2026-03-02", "2 March 2026"),
        ("time", time(9, 30), "09:30"),
        ("time", "09:30", "09:30"),
        ("url", "https://help.acme.example/a?b=c", "https://help.acme.example/a?b=c"),
        ("case_id", "0198a1b2", "0198a1b2"),
        ("agent", "Zoë O'Neill-Ünal", "Zoë O'Neill-Ünal"),
        ("handle", "@ana_98", "@ana_98"),
        ("handle", "ana", "@ana"),
    ],
)
def test_each_kind_of_slot_takes_its_values(kind, value, written):
    """Numbers, money, dates and links are written as the reader knows them."""
    assert one(kind, value) == written


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ""),
        ("text", " \u200b\u2060"),
        ("text", "a" * 501),
        ("text", 12),
        ("number", "twelve"),
        ("number", "1e9"),
        ("number", "٣"),
        ("number", 0.1),
        ("number", True),
        ("number", Decimal("NaN")),
        ("amount", "12.50"),
        ("amount", "12.505 EUR"),
        ("amount", "12.50 euros"),
        ("amount", Decimal("12.50")),
        ("date", "02/03/2026"),
        ("date", datetime(2026, 3, 2)),  # noqa: DTZ001  what is refused
        ("time", "25:00"),
        ("time", "09:30+02:00"),
        ("url", "http://acme.example"),
        ("url", "https://acme.example@evil.example/"),
        ("url", "https://acme.example/ or"),
        ("url", "https://аcme.example/"),
        ("url", "javascript:alert(1)"),
        ("url", "https://acme.example/\n"),
        ("case_id", "a b"),
        ("agent", "Ana @acme"),
        ("agent", "www.evil.example/x"),
        ("handle", "ana @bob"),
        ("handle", "@@ana"),
        ("handle", "ana."),
    ],
)
def test_what_is_not_of_the_kind_is_refused(kind, value):
    """A slot that is meant for money never carries a sentence."""
    with pytest.raises(ReplyRefused) as caught:
        one(kind, value)
    assert [violation.code for violation in caught.value.violations] == ["template.slot_wrong"]


def test_links_lead_where_they_may():
    """A link in a reply goes to the brand's own hosts where the template says so."""
    hosts = ("acme.example",)
    for good in ("https://acme.example/a", "https://help.ACME.example"):
        assert one("url", good, hosts=hosts) == good
    for bad in ("https://acme.example.evil.example", "https://notacme.example"):
        with pytest.raises(ReplyRefused):
            one("url", bad, hosts=hosts)


def test_only_what_may_be_chosen_is():
    """Where there are three answers, nobody invents a fourth."""
    assert one("text", "shop", choices=("shop", "post")) == "shop"
    with pytest.raises(ReplyRefused, match="'shop' or 'post'"):
        one("text", "elsewhere", choices=("shop", "post"))


MENTION = re.compile(r"[@＠][A-Za-z0-9_]")
TAG = re.compile(r"[#＃]\w|[$＄][A-Za-z]")
LINK = re.compile(r"\w[.．。｡][^\W\d]{2}|://", re.IGNORECASE)
NASTY = st.lists(
    st.sampled_from(
        [
            "@",
            "＠",
            "#",
            "＃",
            "$",
            "{a}",
            "{b}",
            "{{",
            "}}",
            "{",
            "}",
            "%s",
            "{0.__class__}",
            "https:",
            "//",
            "/",
            ":",
            "evil",
            ".",
            ".com",
            "．",
            "www",
            "\n",
            "\u200b",
            "\u2060",
            " ",
        ]
    )
    | st.text(max_size=3),
    max_size=8,
).map("".join)


@given(NASTY, NASTY)
def test_nothing_that_fills_a_slot_comes_alive_in_public(a, b):
    """A customer's words in our reply mention nobody, link nowhere and fill no other slot."""
    try:
        found = text(FREE, {"a": a, "b": b})
    except ReplyRefused:
        return
    assert "\n" not in found
    for alive in (MENTION, TAG, LINK):
        assert not alive.search(found)
    inner = found.removeprefix("Hi ").removesuffix("!")
    for sign in "{}%":
        assert inner.count(sign) == (a + b).count(sign)


@given(NASTY)
def test_what_people_see_stays_as_it_was(a):
    """To be inert is not to be another text: only what nobody sees is added."""
    private = {"a": a, "b": "-"}
    try:
        shown = text(FREE, private, visibility="private")
    except ReplyRefused:
        return
    assert text(FREE, private).replace("\u2060", "") == shown


def test_profiles_go_public_only_once_verified():
    """A name that somebody made up is not repeated by the brand for everybody to read."""
    slots = {"name": Slot(name="name", source="profile")}
    template = Template(name="hi", texts={"default": "Hi {name}"}, slots=slots)
    values = from_profile(template, name="Your Bank's Thieves", handle="thief")
    for assurance in ("anonymous", "claimed"):
        assert codes(template, values, assurance=assurance) == ["template.unverified"]
        assert text(template, values, visibility="private", assurance=assurance)
    assert text(template, values, assurance="verified") == "Hi Your Bank's Thieves"
    with pytest.raises(ReplyRefused) as caught:
        text(template, values)
    assert [violation.remedy for violation in caught.value.violations] == ["private"]


def test_profiles_fill_names_and_handles():
    """An agent need not type what the network shows."""
    slots = {
        "who": Slot(name="who", kind="handle", source="profile"),
        "name": Slot(name="name", source="profile"),
        "order": Slot(name="order"),
    }
    template = Template(name="t", texts={"default": "{who} {name} {order}"}, slots=slots)
    assert from_profile(template, name="Ana", handle="ana") == {"who": "ana", "name": "Ana"}
    assert from_profile(template, name="", handle="ana") == {"who": "ana"}


def test_links_of_profiles_are_dead_in_private_too():
    """A display name cannot make the brand send a link to anybody."""
    slots = {"name": Slot(name="name", source="profile")}
    template = Template(name="hi", texts={"default": "Hi {name}"}, slots=slots)
    found = text(template, {"name": "https://evil.example"}, visibility="private")
    assert not LINK.search(found)


def test_a_template_stays_where_it_belongs():
    """What is written for a private conversation is not said to everybody."""
    template = Template(name="t", texts={"default": "psst"}, visibility="private")
    assert codes(template, {}) == ["template.visibility"]
    assert text(template, {}, visibility="private") == "psst"


def test_braces_can_be_written():
    """Two stand for one."""
    template = Template(name="t", texts={"default": "{{{a}}} {{a}}"}, slots={"a": Slot(name="a")})
    assert text(template, {"a": "x"}) == "{x} {a}"


@pytest.mark.parametrize(
    ("texts", "slots", "problem"),
    [
        ({}, {}, "no text"),
        ({"default": "Hi {name}"}, {}, "{name}; allowed: no slot"),
        ({"default": "Hi"}, {"name": Slot(name="name")}, "slot 'name', which no text has"),
        ({"default": "Hi {name!r}"}, {"name": Slot(name="name")}, "'{' at 4"),
        ({"default": "Hi {name"}, {"name": Slot(name="name")}, "'{' at 4"),
        ({"Spanish": "Hola"}, {}, '"default", a language'),
        ({"twitter/": "Hola"}, {}, '"default", a language'),
        ({"es-MX": "a", "es-mx": "b"}, {}, "'es-mx' beside 'es-MX'"),
        ({"default": "@{name}"}, {"name": Slot(name="name")}, "kind handle"),
        ({"default": "https://a.example/{x}"}, {"x": Slot(name="x")}, "kind url"),
        ({"default": "a.example/{x}"}, {"x": Slot(name="x")}, "kind url"),
        (
            {"default": "{x}{y}"},
            {"x": Slot(name="x", kind="handle"), "y": Slot(name="y", kind="case_id")},
            "{y} directly behind {x}",
        ),
    ],
)
def test_a_template_that_would_fail_later_is_refused_now(texts, slots, problem):
    """Mistakes are found by who writes a template, not by who uses it."""
    with pytest.raises(TemplateInvalid, match=re.escape(problem)):
        Template(name="t", texts=texts, slots=slots)


def test_a_version_is_of_the_content():
    """What was said can be told from the version: equal templates have one, others have others."""
    again = Template(name="refund", texts=dict(REFUND.texts), slots=dict(REFUND.slots))
    other = evolve(REFUND, texts={**REFUND.texts, "fr": "{much} {order}"})
    assert again.version == REFUND.version
    assert evolve(REFUND, title="for people").version == REFUND.version
    assert other.version != REFUND.version
    stricter = {**REFUND.slots, "order": Slot(name="order", most=10)}
    assert evolve(REFUND, slots=stricter).version != REFUND.version
