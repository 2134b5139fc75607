"""The brand's voice: address, emoji, words, and who signs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.agent import Agent
from scskit.core.voice import Voice, check, sign, signature, voice_of

THUMB, DARK_THUMB, HEART, PARTY = "\U0001f44d", "\U0001f44d\U0001f3ff", "\u2764\ufe0f", "\U0001f389"
ANA = Agent(name="ana", title="Ana Blasco")


def marked(text, voice, language=""):
    return [(one.code, text[one.start : one.end]) for one in check(text, voice, language)]


@pytest.mark.parametrize(
    ("language", "formal", "informal"),
    [
        ("es", ["Indíquenos su número, usted", "USTED"], ["Dinos tu número", "¿Puedes?", "Tú"]),
        ("es-MX", ["disculpe"], ["cuéntanos", "¿lo tenés?"]),
        (
            "fr",
            ["Pouvez-vous", "votre commande"],
            ["As-tu", "on va t’aider", "on t'écrit", "ta commande"],  # noqa: RUF001  as typed on phones
        ),
        ("de", ["Können Sie", "bei Ihnen", "und Ihre"], ["kannst du", "Dein Paket", "für euch"]),
        ("pt", ["o senhor", "à senhora"], ["a tua encomenda", "contigo", "vc"]),
        ("en", ["Dear Sir", "Yours sincerely"], ["hey there", "gonna", "Cheers"]),
    ],
)
def test_people_are_addressed_in_one_way(language, formal, informal):
    """Who writes formally never slips into the familiar, nor the other way round."""
    for texts, right, wrong in ((formal, "formal", "informal"), (informal, "informal", "formal")):
        for text in texts:
            assert marked(text, Voice(register=right), language) == []
            found = marked(text, Voice(register=wrong), language)
            assert [code for code, _ in found] == ["voice.register"] * len(found) != []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Su pedido está en camino, ustedes saben"),
        ("es", "SOS: hay daños, lo que diga el perito y un plazo que permita repararlos"),
        ("fr", "Il faut que le colis tienne, a-t-il dit. L'été, c'était hier"),
        ("de", "Sie ist unterwegs. Sie kommt an. Die Kollegin und ihre Frage"),
        ("pt", "Você recebeu a sua encomenda"),
        ("en", "Your order is on its way"),
        ("es", "Mira https://acme.example/tu/usted o pregunta a @tu_marca y @usted"),
        ("ja", "usted tu vous Sie"),
        ("", "usted tu vous Sie"),
    ],
)
def test_what_could_be_either_is_neither(language, text):
    """A reply is not held up for a word that means something else."""
    for register in ("formal", "informal"):
        assert marked(text, Voice(register=register), language) == []


def test_the_place_of_a_slip_is_told():
    """An agent sees what to change, in the text as it was written."""
    text = "Buenos días, \u200bdi\u0301nos tu número"
    assert marked(text, Voice(register="formal"), "es") == [
        ("voice.register", "di\u0301nos"),
        ("voice.register", "tu"),
    ]


def test_only_the_accounts_own_emoji():
    """An emoji counts as the one it is, whatever its skin; a style makes no other."""
    voice = Voice(emoji=(THUMB, "\u2764"))
    assert marked(f"{DARK_THUMB} ok {HEART} {PARTY} (c) \u00a9", voice) == [("voice.emoji", PARTY)]
    assert marked(f"none {THUMB}", Voice(emoji=())) == [("voice.emoji", THUMB)]
    assert marked(PARTY, Voice()) == []


def test_not_more_emoji_than_the_account_uses():
    """Those that are too many are marked."""
    voice = Voice(emoji_most=1)
    assert marked(f"a {DARK_THUMB}{DARK_THUMB} {PARTY}", voice) == [
        ("voice.emoji_count", f"{DARK_THUMB} {PARTY}")
    ]
    assert marked(f"a {DARK_THUMB}", voice) == []


def test_forbidden_words_are_found_in_any_disguise():
    """Neither capitals nor accents nor what nobody sees hides them; the word is not repeated."""
    voice = Voice(forbidden=("gratis", "no es posible"))
    text = "Es GRÁ\u200bTIS. No  es\nposible. Gratisse."
    assert marked(text, voice) == [
        ("voice.forbidden", "GRÁ\u200bTIS"),
        ("voice.forbidden", "No  es\nposible"),
    ]
    assert not any("gratis" in one.message.lower() for one in check(text, voice))
    with pytest.raises(ValueError, match="nothing that can be seen"):
        Voice(forbidden=("\u200b",))


def test_an_account_has_its_own_voice_or_that_of_all():
    """What is said for all accounts holds for those of which nothing is said."""
    own, all_ = Voice(account="care"), Voice()
    assert voice_of({"care": own, "*": all_}, "care") is own
    assert voice_of({"care": own, "*": all_}, "other") is all_
    assert voice_of({"care": own}, "other") is None


@pytest.mark.parametrize(
    ("agent", "initials", "first_name"),
    [
        (ANA, " ^AB", " \u2013 Ana"),
        (Agent(name="ana.blasco"), " ^AB", " \u2013 Ana"),
        (Agent(name="ana@example.com"), " ^A", " \u2013 Ana"),
        (Agent(name="x", title="Zoë María Ünal"), " ^ZÜ", " \u2013 Zoë"),
        (Agent(name="x", title="Jean-Luc O'Neill"), " ^JO", " \u2013 Jean-Luc"),
        (Agent(name="007"), "", ""),
    ],
)
def test_an_agent_signs_with_the_own_name(agent, initials, first_name):
    """Customers know who they talk to."""
    assert signature(agent, Voice(sign="initials"), "middle") == initials
    assert signature(agent, Voice(sign="first_name"), "middle") == first_name
    assert signature(agent, Voice(), "only") == ""


def test_two_agents_with_the_same_initials_can_be_told_apart():
    """What a single agent signs with can be said."""
    voice = Voice(sign="initials", signatures={"ana": "ABL"})
    assert sign("Done.", ANA, voice, "last") == "Done. ^ABL"


def test_a_conversation_is_signed_at_its_ends():
    """In between nothing is repeated, where the brand wants it so."""
    voice = Voice(sign="initials", sign_when="ends")
    signed = [
        position
        for position in ("first", "middle", "last", "only")
        if signature(ANA, voice, position)
    ]
    assert signed == ["first", "last", "only"]


@given(st.text(), st.sampled_from(["initials", "first_name"]))
def test_nobody_signs_twice(text, how):
    """A reply that is signed again stays as it is."""
    once = sign(text, ANA, Voice(sign=how), "only")
    assert sign(once, ANA, Voice(sign=how), "only") == once


@given(st.text())
def test_every_text_can_be_checked(text):
    """Whatever stands in a reply, each violation has a place in it."""
    voice = Voice(register="formal", emoji=(), emoji_most=0, forbidden=("a", "no"))
    for language in ("es", "de", "fr", "en", "pt"):
        for one in check(text, voice, language):
            assert 0 <= one.start < one.end <= len(text)
