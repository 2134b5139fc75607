"""Personal data stays out of public replies, and is labelled where customers post it."""

from __future__ import annotations

import logging
from itertools import product

import pytest
from attrs import evolve

from scskit.core.identity import ASSURANCE_ORDER
from scskit.core.interaction import Attachment
from scskit.core.policy import Policy, TriagePolicy
from scskit.core.privacy import NEEDS, PrivacyPolicy
from scskit.core.reply import Draft
from scskit.plugins.builtin import builtin_plugins
from scskit.plugins.builtin.personal_data.regions import country_of, regions_of
from scskit.plugins.registry import load_registry

CARD, DNI, IBAN = "4539 1488 0343 6467", "12345678Z", "ES91 2100 0418 4502 0005 1332"
PHONE, EMAIL = "612 345 678", "ana@example.com"
ORDERS = PrivacyPolicy(patterns={"order": r"\bac-\d{6}\b"})
SPAIN = Policy(time_zone="Europe/Madrid")


def check(draft, case, now, assurance="anonymous", policy=SPAIN):
    registry = load_registry(builtins=builtin_plugins(policy), discover=False)
    return registry.check_reply(draft, case, now, assurance)


def codes(*arguments, **given):
    return [one.code for one in check(*arguments, **given)]


def reply(text, visibility="public", **given):
    return Draft(case_id="c1", text=text, visibility=visibility, **given)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("card", CARD),
        ("iban", IBAN),
        ("bank_account", "2100 0418 45 0200051332"),
        ("national_id", DNI),
        ("phone", PHONE),
        ("email", EMAIL),
        ("order", "AC-123456"),
    ],
)
@pytest.mark.parametrize("assurance", ASSURANCE_ORDER)
def test_nothing_personal_is_said_in_public(case, now, code, text, assurance):
    """Whoever the customer is, everybody reads along; the agent sees where it stands."""
    policy = evolve(SPAIN, privacy=ORDERS)
    (found,) = check(reply(f"Hola, {text}."), case, now, assurance, policy)
    assert (found.code, found.source) == (f"personal_data.{code}", "personal-data")
    assert (found.start, found.end, found.remedy) == (6, 6 + len(text), "block")


def test_every_piece_is_told_at_once(case, now):
    """The agent mends a reply in one go."""
    draft = reply(f"{CARD}, {DNI} y {EMAIL}")
    kinds = [f"personal_data.{kind}" for kind in ("card", "national_id", "email")]
    assert codes(draft, case, now) == kinds


def test_a_harmless_reply_is_let_through(case, now):
    """Most replies hold nothing."""
    text = "Hola Ana, su pedido 12345 sale el 12/05/2024 a las 10:30. ¡Gracias! https://acme.es/a/1"
    assert codes(reply(text), case, now) == []


@pytest.mark.parametrize(
    ("text", "least"),
    [(CARD, "verified"), (IBAN, "verified"), (DNI, "verified"), (PHONE, ""), (EMAIL, "")],
)
@pytest.mark.parametrize("assurance", ASSURANCE_ORDER)
def test_who_may_read_what_in_private(case, now, text, least, assurance):
    """What could harm somebody is for the person that the desk has verified, and nobody else."""
    refused = codes(reply(text, "private"), case, now, assurance)
    assert bool(refused) == (bool(least) and assurance != least)


@pytest.mark.parametrize(("needed", "assurance"), [*product(NEEDS, ASSURANCE_ORDER)])
def test_a_desk_says_who_may_read_what_in_private(case, now, needed, assurance):
    """Each kind needs what the desk says, in the order anonymous, claimed, verified, never."""
    privacy = PrivacyPolicy(patterns=ORDERS.patterns, private={"order": needed, "card": needed})
    policy = evolve(SPAIN, privacy=privacy)
    found = codes(reply(f"AC-123456 {CARD}", "private"), case, now, assurance, policy)
    allowed = NEEDS.index(assurance) >= NEEDS.index(needed)
    assert found == ([] if allowed else ["personal_data.order", "personal_data.card"])


def test_titles_of_media_and_words_of_templates_count_too(case, now):
    """What is read beside the text is looked through as well; ids of media are not."""
    draft = reply(
        "Hola",
        attachments=(Attachment(kind="image", title=f"su tarjeta {CARD}"),),
        extra={
            "template": {"components": [{"parameters": [{"type": "text", "text": DNI}]}]},
            "quotes": "4539148803436467",
        },
    )
    found = check(draft, case, now)
    assert [one.code for one in found] == ["personal_data.card", "personal_data.national_id"]
    assert {one.start for one in found} == {None}


def test_the_brands_own_numbers_may_stand_anywhere(case, now):
    """A public reply may say where the brand is called and written to, however it is written."""
    own_ones = ("+34 900 123 123", "@acme.es", "help@acme.example", "124")
    privacy = PrivacyPolicy(allowed=own_ones)
    policy = evolve(SPAIN, privacy=privacy)
    own = "Llame al 900-123-123 o escriba a Ayuda@ACME.es, help@acme.example"
    assert codes(reply(own), case, now, policy=policy) == []
    others = "Llame al 900-123-124 o escriba a ana@notacme.es, nohelp@acme.example"
    assert len(codes(reply(others), case, now, policy=policy)) == 3


def test_a_check_that_fails_blocks_the_reply(case, now):
    """An odd draft is not let through because the guard could not read it."""
    assert codes(reply(None), case, now) == ["check_failed"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"mi tarjeta es {CARD}", ["card"]),
        (f"{DNI} {PHONE} {EMAIL}", ["email", "phone", "national_id"]),
        (f"{CARD} and {CARD}", ["card"]),
        ("where is my parcel", []),
        ("".join(chr(0x2460 + int(digit) - 1) for digit in "4539148893436468"), ["card"]),
        ("mail ana(at)example.com", ["email"]),
        ("ana\uff20example.com", ["email"]),
        ("ana ARROBA correo punto es", ["email"]),
    ],
)
def test_what_a_customer_posts_publicly_is_labelled(message, text, values):
    """The case shows that a post should be hidden, and why; rules can ask for it."""
    registry = load_registry(builtins=builtin_plugins(SPAIN), discover=False)
    (labels,), failures = registry.classify([message(text)])
    assert [one.value for one in labels if one.kind == "personal_data"] == values
    assert failures == ()


@pytest.mark.parametrize("given", [{"visibility": "private"}, {"direction": "outbound"}])
def test_only_what_customers_show_to_everybody_is_labelled(message, given):
    """A card number in a private message is shown to nobody, and the brand's words are not ours."""
    registry = load_registry(builtins=builtin_plugins(SPAIN), discover=False)
    (labels,), _ = registry.classify([message(f"card {CARD}", **given)])
    assert [one for one in labels if one.kind == "personal_data"] == []


def test_a_desks_own_patterns_are_labelled(message):
    """A contract number in public is seen even if it has few digits."""
    privacy = PrivacyPolicy(patterns={"contract": r"\bk\d{4}\b"})
    policy = Policy(privacy=privacy)
    registry = load_registry(builtins=builtin_plugins(policy), discover=False)
    (labels,), _ = registry.classify([message("my contract K1234")])
    assert [one.value for one in labels if one.kind == "personal_data"] == ["contract"]


def test_nothing_that_is_found_is_repeated(case, now, message, caplog):
    """Neither violations nor labels nor logs nor errors hold what they are about."""
    caplog.set_level(logging.DEBUG)
    policy = evolve(SPAIN, privacy=ORDERS)
    registry = load_registry(builtins=builtin_plugins(policy), discover=False)
    secret = f"{CARD} {DNI} {IBAN} {PHONE} {EMAIL} AC-123456"
    for visibility in ("public", "private"):
        found = registry.check_reply(reply(secret, visibility), case, now)
        labels, _ = registry.classify([message(secret)])
        broken = registry.check_reply(reply([secret], visibility), case, now)
        told = f"{found} {labels} {broken} {list(registry.failures)} {caplog.text}".lower()
        assert found
        assert broken
        for piece in (*secret.lower().split(), CARD, IBAN.lower()):
            assert piece not in told.replace("verified", "")


class Quoting(str):
    """A text that says itself when it is asked whether it is ASCII."""

    __slots__ = ()

    def isascii(self):
        """Fail, and tell everything."""
        raise RuntimeError(str(self))


def test_an_error_is_not_quoted(case, now, message, caplog):
    """Even where something fails over a text, its words stay out of logs and answers."""
    caplog.set_level(logging.DEBUG)
    registry = load_registry(builtins=builtin_plugins(SPAIN), discover=False)
    secret = Quoting(f"{CARD} {EMAIL}")
    (found,) = registry.check_reply(reply(secret), case, now)
    (labels,), failures = registry.classify([message(secret)])
    told = f"{found} {labels} {failures} {list(registry.failures)} {caplog.text}"
    assert "could not be looked through" in told
    assert CARD not in told
    assert EMAIL not in told


@pytest.mark.parametrize(
    ("policy", "language", "first", "home"),
    [
        (Policy(time_zone="Europe/Madrid"), None, "ES", {"ES"}),
        (Policy(time_zone="America/Lima"), None, "PE", {"PE"}),
        (Policy(triage=TriagePolicy(languages=("pt",))), None, "BR", set()),
        (Policy(), "es-MX", "MX", set()),
        (Policy(privacy=PrivacyPolicy(regions=("CO", "EC"))), "es-MX", "CO", {"CO", "EC"}),
    ],
)
def test_whose_numbers_a_desk_meets(policy, language, first, home):
    """The desk file says so; else the time zone and the languages do."""
    regions = regions_of(policy, language)
    assert regions.dialled[0] == first
    assert regions.home == home


def test_the_language_of_a_case_adds_its_country(case, now):
    """A Mexican customer of a Spanish brand is called by a Mexican number."""
    mexican = case.replace(language="es-MX")
    policy = Policy(privacy=PrivacyPolicy(regions=("ES",)))
    draft = reply("llame al 222 123 4567")
    assert codes(draft, mexican, now, policy=policy) == ["personal_data.phone"]
    assert codes(draft, case, now, policy=policy) == []


def test_zones_of_no_country_lie_in_none():
    """UTC is nobody's home."""
    assert country_of("UTC") is None
    assert country_of("Mars/Olympus") is None
