"""Personal data is found however it is written, and the numbers around it are left alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scskit.plugins.builtin.personal_data import may_hold
from scskit.plugins.builtin.personal_data.finding import MASK, find, finder, redact
from scskit.plugins.builtin.personal_data.national import IDS, WEAK_IDS

CARD = "4539 1488 0343 6467"
SPAIN = ("ES",)
LATIN = ("ES", "MX", "CO", "AR", "CL", "PE", "EC", "UY", "US", "GB")


def seen(text, regions=SPAIN, patterns=None):
    return [(one.kind, text[one.start : one.end]) for one in find(text, regions, patterns)]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("card", CARD),
        ("card", "4539148803436467"),
        ("card", "4539-1488-0343-6467"),
        ("card", "4539.1488.0343.6467"),
        ("card", "3782 822463 10005"),
        ("card", "4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7"),
        ("card", "4539 1488\n0343 6467"),
        ("iban", "ES91 2100 0418 4502 0005 1332"),
        ("iban", "es9121000418450200051332"),
        ("iban", "GB82-WEST-1234-5698-7654-32"),
        ("bank_account", "2100 0418 45 0200051332"),
        ("bank_account", "2850590940090418135201"),
        ("national_id", "12345678Z"),
        ("national_id", "12.345.678-z"),
        ("national_id", "X1234567L"),
        ("national_id", "x-1234567-l"),
        ("national_id", "L1111111G"),
        ("national_id", "A11111119"),
        ("national_id", "12.345.678-5"),
        ("national_id", "20-26756539-3"),
        ("national_id", "529.982.247-25"),
        ("national_id", "219-08-9998"),
        ("national_id", "HEGG560427MVZRRL04"),
        ("national_id", "VACE-460910-SX6"),
        ("national_id", "RSSMRA85T10A562S"),
        ("phone", "+34 612 34 56 78"),
        ("phone", "612345678"),
        ("phone", "612-345-678"),
        ("phone", "0034 612 345 678"),
        ("phone", "+1 (415) 555-0132"),
        ("phone", "+49 30 1234567"),
        ("phone", "6 1 2 3 4 5 6 7 8"),
        ("phone", "612_345_678"),
        ("email", "ana.lopez+x@correo.example.es"),
        ("email", "ANA@EXAMPLE.COM"),
        ("email", "josé@españa.es"),
        ("email", "ana [at] example [dot] com"),
        ("email", "ana(at)example.com"),
        ("email", "ana arroba gmail punto com"),
    ],
)
def test_what_is_found(kind, what):
    """Each kind is found in a sentence, from its first character to its last."""
    assert seen(what) == [(kind, what)]
    assert seen(f"Hola: {what}, gracias.") == [(kind, what)]
    assert seen(f"({what})") == [(kind, what)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4539 1488 0343 6468",  # wrong check digit
        "ES92 2100 0418 4502 0005 1332",
        "2100 0418 46 0200051332",
        "12345678A",
        "X1234567A",
        "529.982.247-26",
        "000-12-3456",
        "on 2024-05-12 at 10:30, or 12/05/2024",
        "12.05.2024 10:15",
        "from 2019-2023",
        "it costs 1.234.567,89 € or $912345678",
        "912345678 euros",
        "your order 912345678",
        "pedido nº 612345678",
        "ticket #612345678",
        "flight 1234, seat 12A, gate 4, 55 minutes",
        "https://x.com/acme/status/1871234567890123456",
        "https://wa.me/34612345678",
        "https://acme.es/612345678 acme.es/pedidos/612345678",
        "@ana.lopez thanks @acme@mastodon.example",
        "logo@2x.png",
        "meet us at shop.example",
        "12345",
        "1/2/3/4/5/6/7",
        "+",
        "(((((",
        "8.8.8.8 version 3.11.7",
        "traced 130.025.79.66 and 103.71.996.2",
        "PayPal case PP-006-234-348-863",
        "@116069 2/2 please",
        "4/1/15-4/17/15",
        "Your reference number is 169343801",
        "only at Target dot com",
        "exported at 1920*1080",
        "on 11/15/2016",
    ],
)
def test_what_is_left_alone(text):
    """Dates, prices, orders, links, names on networks and mistyped numbers stop nobody."""
    assert seen(text) == []


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("email", "ana.ruiz%40example.com"),
        ("email", "%C3%B1andu%40example%2ecom"),
        ("card", "4539%201488%200343%206467"),
        ("card", "%34539148803436467"),
        ("card", "453914880343646%37"),
        ("iban", "ES91%202100%200418%204502%200005%201332"),
    ],
)
def test_what_a_link_writes_in_escapes_is_found(kind, what):
    """Addresses and numbers in a link are written so that machines read them, and people too."""
    ((found, stretch),) = seen(f"https://acme.example/go?x={what}&y=1")
    assert (found, stretch.endswith(what)) == (kind, True)


def test_a_percentage_is_no_escape():
    """Outside of links a sign and two digits are what they say."""
    assert seen("45391488%2003436467 or 50%20, ana%40example.com") == []


def test_a_part_of_an_address_on_the_internet_is_no_number():
    """Whoever shows how a connection was traced, or how old a machine is, may say so."""
    assert seen("traced [130.025.79.66] and [103.71.996.2]", LATIN) == []


@pytest.mark.parametrize(
    "disguise",
    [
        "\u200b".join,
        "\u2060\u200d".join,
        "\ufe0f\u20e3".join,
        lambda text: "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text),
        lambda text: "".join(chr(ord(c) + 0x1D7CE - 48) if c.isdigit() else c for c in text),
        lambda text: "".join(chr(ord(c) + 0x660 - 48) if c.isdigit() else c for c in text),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.replace(" ", "\u2011"),
        lambda text: text.replace(" ", "\u2003\u2009"),
        lambda text: text.replace(" ", "\u00b7"),
        lambda text: text.replace(" ", " \U0001f4b3 "),
        lambda text: text.replace(" ", "*"),
        "\x00".join,
    ],
)
def test_disguises_do_not_help(disguise):
    """Whatever stands between or instead of the digits, the place in the text is right."""
    hidden = disguise(CARD)
    text = f"número 🙂 {hidden} é"
    ((kind, found),) = seen(text)
    assert kind == "card"
    assert found == hidden
    assert redact(text) == text.replace(hidden, MASK * len(hidden))


def test_a_keycap_goes_with_its_digit():
    """Nothing of a blacked out number stays behind, not even the box around its last digit."""
    text = "".join(f"{digit}\ufe0f\u20e3" for digit in "4539148803436467") + "!"
    assert redact(text) == MASK * 48 + "!"


def test_letters_that_look_alike_are_alike():
    """A Cyrillic letter in an IBAN or in an address does not carry it past the door."""
    assert seen("\u0415S91 2100 0418 4502 0005 1332")[0][0] == "iban"
    assert seen("\u0430na@example.com")[0][0] == "email"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DNI12345678Z", "national_id"),
        ("nieX1234567L", "national_id"),
        ("tel612345678", "phone"),
        ("whatsapp+34612345678", "phone"),
        ("IBANES9121000418450200051332", "iban"),
        ("visa4539148803436467", "card"),
        ("1234\x005678Z", "national_id"),
    ],
)
def test_nothing_need_stand_between_a_number_and_its_name(text, kind):
    """Hasty writing hides nothing."""
    assert [one for one, _ in seen(text)] == [kind]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"{CARD} 12/27 123", ["card"]),
        (f"visa{CARD.replace(' ', '')}", ["card"]),
        (f"{CARD} {CARD}", ["card", "card"]),
        ("612345678 911234567", ["phone", "phone"]),
        ("612345678, 911234567 / 934567890", ["phone"] * 3),
        (f"ES9121000418450200051332 {CARD}", ["iban", "card"]),
        ("DNI 12345678Z tel 612345678 ana@example.com", ["national_id", "phone", "email"]),
    ],
)
def test_several_side_by_side(text, kinds):
    """What stands next to something else is found by itself."""
    assert [kind for kind, _ in seen(text)] == kinds


@pytest.mark.parametrize(
    ("text", "home", "elsewhere"),
    [
        ("20512333797", "PE", "ES"),
        ("39053344705", "BR", "ES"),
        ("1714307103", "EC", "ES"),
        ("078 05 1123", "US", "ES"),
    ],
)
def test_ids_without_a_form_count_at_home(text, home, elsewhere):
    """Eleven digits are a taxpayer in Peru, and digits anywhere else."""
    assert [kind for kind, _ in seen(text, (home,))] == ["national_id"]
    assert not seen(text, (elsewhere,))


@pytest.mark.parametrize(
    "text",
    [
        "SSN: 078051123",
        "my cpf is 39053344705",
        "pasaporte AAA123456",
        "su cédula es 1020304050",
        "CC 39778681",
    ],
)
def test_ids_are_known_by_the_word_beside_them(text):
    """Where somebody says what a number is, that is what it is."""
    assert [kind for kind, _ in seen(text, ())] == ["national_id"]


def test_a_desk_has_patterns_of_its_own():
    """Orders and account numbers look as the brand says, and go before telephone numbers."""
    patterns = {"order": r"\bac-?\d{6}\b", "contract": r"\b6\d{8}\b"}
    text = "AC-123456 y 612345678"
    assert seen(text, SPAIN, patterns) == [("order", "AC-123456"), ("contract", "612345678")]
    assert seen("AC\u200b123456", SPAIN, patterns) == [("order", "AC\u200b123456")]


def test_a_pattern_that_finds_nothing_finds_nothing():
    """An empty match is no personal data."""
    assert seen("abc", SPAIN, {"order": "x*"}) == []


def test_short_numbers_take_a_word():
    """Eight digits are a telephone number where somebody says so."""
    assert seen("21231234", ("UY",)) == []
    assert seen("llame al 21231234", ("UY",)) == [("phone", "21231234")]


DIGITS = st.text(alphabet="0123456789 -.+()@\u200b\uff14xz", max_size=60)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80) | DIGITS)
@example("\ud800 4539148803436467")
@example("\u2488" * 20)
@example("00" * 20)
@example("\u00df" * 20 + "@\u0130.\u0130\u0130")
def test_any_text_can_be_looked_through(text):
    """No text stops the guard; what it says fits the text, in order, without overlaps."""
    found = find(text, LATIN, {"order": r"\d\d-\d"})
    places = [place for one in found for place in (one.start, one.end)]
    assert places == sorted(places)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert len(redact(text, LATIN)) == len(text)


@settings(max_examples=60, deadline=None)
@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_card_is_found_anywhere(before, after):
    """Whatever stands around it, but for digits and letters that go on, a card is a card."""
    text = f"{before}\n\n: {CARD} :\n\n{after}"
    place = len(before) + 4
    assert any(one.start <= place < one.end for one in find(text))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=80) | DIGITS)
def test_what_is_passed_over_holds_nothing(text):
    """The quick look at what customers write misses nothing that the thorough one finds."""
    plain_digits = not any(one.isnumeric() and not one.isdigit() for one in text)
    if text.isascii() and plain_digits and not may_hold(text):
        assert find(text, LATIN) == ()


@pytest.mark.parametrize(
    "piece", ["1 ", "6123-", "612345678 ", "4111 ", "a@", "a.", "es91 ", "a at ", "(1"]
)
def test_long_texts_take_steps_in_proportion(piece):
    """Twice the text takes about twice the steps: nobody stops a desk with a long message."""
    short, long = (_steps(piece * count) for count in (500, 1000))
    assert long < 2.5 * short + 1000


def _steps(text):
    import sys

    looking = finder(LATIN)
    looking.find(text)
    steps = 0

    def count(*_):
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        looking.find(text)
    finally:
        sys.setprofile(None)
    return steps


@pytest.mark.parametrize("one", [*IDS, *WEAK_IDS], ids=lambda one: one.name)
@given(data=st.data())
@settings(max_examples=60)
def test_no_form_of_an_id_has_fewer_digits_than_it_is_looked_for_in(one, data):
    forms = [form for form in (one.clear, one.weak, one.named) if form is not None]
    form = data.draw(st.sampled_from(forms))
    text = data.draw(st.from_regex(form, alphabet=st.characters(max_codepoint=0x7F)))
    for found in form.finditer(text):
        assert sum(map(str.isdecimal, found.group())) >= one.digits
