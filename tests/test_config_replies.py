"""The desk file about replies: templates, voices, macros, and every slip by its place."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from scskit import ConfigError
from scskit.config import parse_desk_file
from scskit.core.macros import Macro
from scskit.core.network_templates import NetworkTemplate
from scskit.core.policy import Policy
from scskit.core.slots import Slot
from scskit.core.templates import Template
from scskit.core.voice import Voice

WHOLE = """
[accounts.care]
network = "twitter"

[accounts.whatsapp]
network = "whatsapp"

[agents.ana]
title = "Ana Blasco"

[reasons.refund]

[templates.refund]
title = "Money back"
visibility = "private"
language = "en"
text = "We refund {much}. {link}"

[templates.refund.slots]
much = "amount"
link = { kind = "url", hosts = "acme.example" }

[templates.refund.texts]
es = "Le devolvemos {much}. {link}"
"twitter/es" = "Devolvemos {much}: {link}"
"twitter/*" = "{much}: {link}"

[templates.hello]
text = "Hi {name}, {what}"
slots.name = { source = "profile", most = 40 }
slots.what = { choices = ["hello", "goodbye"] }

[network_templates.update_es]
network = "whatsapp"
template = "order_update"
language = "es_MX"
category = "utility"
status = "paused"
text = "Su pedido {order} llega el {day}."
slots = { order = "case_id", day = "date", image = "url" }
body = ["order", "day"]
header = "image"
header_kind = "image"
buttons = { 0 = "order" }

[voice."*"]
register = "formal"

[voice.care]
register = "informal"
emoji = ["\U0001f642", "\u2764\ufe0f"]
emoji_most = 1
forbidden = ["gratis"]
sign = "initials"
sign_when = "ends"
signatures = { ana = "ABL" }

[macros.refunded]
title = "Refund done"
template = "refund"
visibility = "private"
set_reason = "refund"
set_priority = "P2"
route = "inbox"
note = "done"
then = "snooze"
snooze_for = "2d"

[macros.noise]
then = "dismiss"
code = "spam"
"""

APPROVED = "[network_templates]\ny = { text = 'y', language = 'es' }\n"


def policy(text):
    return parse_desk_file(text).policy


def problems(text):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(text)
    return [line.removeprefix("desk.toml: ") for line in caught.value.problems]


def test_everything_that_can_be_said_about_replies_is_read():
    """Each key of the desk file becomes what the documentation says it is."""
    found = policy(WHOLE)
    assert found.templates["refund"] == Template(
        name="refund",
        title="Money back",
        visibility="private",
        language="en",
        texts={
            "default": "We refund {much}. {link}",
            "es": "Le devolvemos {much}. {link}",
            "twitter/es": "Devolvemos {much}: {link}",
            "twitter/*": "{much}: {link}",
        },
        slots={
            "much": Slot(name="much", kind="amount"),
            "link": Slot(name="link", kind="url", hosts=("acme.example",)),
        },
    )
    assert found.templates["hello"].slots == {
        "name": Slot(name="name", source="profile", most=40),
        "what": Slot(name="what", choices=("hello", "goodbye")),
    }
    assert found.network_templates["update_es"] == NetworkTemplate(
        name="update_es",
        template="order_update",
        language="es_MX",
        status="paused",
        text="Su pedido {order} llega el {day}.",
        slots={
            "order": Slot(name="order", kind="case_id"),
            "day": Slot(name="day", kind="date"),
            "image": Slot(name="image", kind="url"),
        },
        body=("order", "day"),
        header="image",
        header_kind="image",
        buttons={0: "order"},
    )
    assert found.voice == {
        "*": Voice(register="formal"),
        "care": Voice(
            account="care",
            register="informal",
            emoji=("\U0001f642", "\u2764\ufe0f"),
            emoji_most=1,
            forbidden=("gratis",),
            sign="initials",
            sign_when="ends",
            signatures={"ana": "ABL"},
        ),
    }
    assert found.macros["refunded"] == Macro(
        name="refunded",
        title="Refund done",
        template="refund",
        visibility="private",
        reason="refund",
        priority="P2",
        queue="inbox",
        note="done",
        then="snooze",
        snooze_for=timedelta(days=2),
    )
    assert found.macros["noise"] == Macro(name="noise", then="dismiss", code="spam")


def test_a_change_of_words_is_a_change_of_policy():
    """Under which words something was said can be told from the version."""
    texts = [
        "",
        '[templates.a]\ntext = "A"',
        '[templates.a]\ntext = "B"',
        '[network_templates.a]\ntext = "A"\nlanguage = "es"',
        '[voice."*"]\nregister = "formal"',
        '[macros.a]\nthen = "solve"',
    ]
    assert len({policy(text).version for text in texts}) == len(texts)


def test_without_replies_a_policy_is_what_it_was():
    """A desk that says nothing of replies decides under the version of before the upgrade."""
    said = json.loads(Policy().canonical())
    assert (
        not {"templates", "network_templates", "voice", "macros", "actors", "privacy"} & said.keys()
    )
    assert json.loads(policy(WHOLE).canonical())["templates"]["refund"]["visibility"] == "private"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[templates.a]", "templates.a.text: found nothing; allowed: text in quotes, or a table"),
        ("[templates]\na = 'x'", 'templates.a: found "x"; allowed: a table'),
        ("[templates.'a b']\ntext = 'x'", 'templates."a b": found "a b"; allowed: a name'),
        ("[templates.a]\ntxt = 'x'", 'templates.a: found unknown key "txt" (did you mean "text"?)'),
        ("[templates.a]\ntext = '{x}'", "templates.a.texts.default: found {x}; allowed: no slot"),
        ("[templates.a]\ntext = '{'", "templates.a.texts.default: found '{' at 1; allowed: {slot}"),
        (
            "[templates.a]\ntext = 'x'\nslots = { y = 'text' }",
            "templates.a: found slot 'y', which no text has",
        ),
        (
            "[templates.a]\ntext = '{y}'\nslots = { y = 'txt' }",
            'templates.a.slots.y: found "txt" (did you mean "text"?)',
        ),
        (
            "[templates.a]\ntext = '{y}'\nslots = { y = { hosts = 'a.example' } }",
            'templates.a.slots.y.hosts: found "a.example"; allowed: nothing here, unless kind is',
        ),
        ("[templates.a]\ntexts = { Spanish = 'x' }", "templates.a.texts.Spanish: found 'Spanish'"),
        (
            "[accounts.a]\nnetwork = 'twitter'\n[templates.a]\ntexts = { 'twiter/es' = 'x' }",
            'templates.a.texts."twiter/es": found network "twiter" (did you mean "twitter"?)',
        ),
        (
            "[templates.a]\ntext = 'x'\ntexts = { default = 'y' }",
            'templates.a.texts.default: found "y"; allowed: nothing here beside text',
        ),
        (
            "[network_templates.a]\ntext = 'x'",
            "network_templates.a.language: found nothing; allowed: a language code",
        ),
        (
            "[network_templates.a]\ntext = 'x'\nlanguage = 'es'\nheader_kind = 'image'",
            'network_templates.a.header_kind: found "image"; allowed: nothing here without header',
        ),
        (
            "[network_templates.a]\ntext = 'x'\nlanguage = 'es'\nbody = ['y']",
            "network_templates.a.body: found 'y'; allowed: no slot, none is declared",
        ),
        (
            "[network_templates.a]\ntext = 'x'\nlanguage = 'es'\nbuttons = { first = 'y' }",
            'network_templates.a.buttons.first: found "first"; allowed: a button',
        ),
        (
            "[accounts.a]\nnetwork = 'twitter'\n[voice.b]\nregister = 'formal'",
            'voice.b: found "b"; allowed: a',
        ),
        ("[voice.'*']\nregister = 'polite'", 'voice."*".register: found "polite"; allowed: formal'),
        (
            "[voice.'*']\nemoji = [':-)']",
            'voice."*".emoji[1]: found ":-)"; allowed: a single emoji',
        ),
        (
            "[voice.'*']\nforbidden = ['\u200b']",
            'voice."*".forbidden[1]: found "\u200b"; allowed: text',
        ),
        (
            "[voice.'*']\nsign_when = 'ends'",
            'voice."*".sign_when: found "ends"; allowed: nothing here without sign',
        ),
        (
            "[agents.ana]\n[voice.'*']\nsign = 'initials'\nsignatures = { anna = 'A' }",
            'voice."*".signatures.anna: found "anna" (did you mean "ana"?)',
        ),
        ("[macros.a]\ntitle = 'x'", "macros.a: found a macro that does nothing"),
        ("[macros.a]\ntemplate = 'x'", 'macros.a.template: found "x"; allowed: nothing, none'),
        (
            "[templates.hi]\ntext = 'Hi'\n[macros.a]\ntemplate = 'hy'",
            'macros.a.template: found "hy"',
        ),
        ("[macros.a]\nroute = 'inbx'", 'macros.a.route: found "inbx" (did you mean "inbox"?)'),
        ("[macros.a]\nthen = 'snooze'", "macros.a.snooze_for: found nothing; allowed: a duration"),
        (
            "[macros.a]\nthen = 'dismiss'",
            "macros.a.code: found nothing; allowed: a lower-case code",
        ),
        (
            "[macros.a]\nthen = 'solve'\nsnooze_for = '1d'",
            'macros.a.snooze_for: found "1d"; allowed: nothing here, because then is not "snooze"',
        ),
        (
            f"{APPROVED}[macros.a]\ntext = 'x'\nnetwork_template = 'y'",
            'macros.a.network_template: found "y"; allowed: nothing here beside text',
        ),
        (
            "[macros.a]\nthen = 'solve'\nvisibility = 'public'",
            'macros.a.visibility: found "public"; allowed: nothing here without text or template',
        ),
    ],
)
def test_a_slip_is_reported_with_its_place(text, problem):
    """What cannot be meant is not guessed."""
    assert [line[: len(problem)] for line in problems(text)] == [problem]


def test_every_mistake_is_told_at_once():
    """Nobody mends a desk file one line at a time."""
    found = problems(
        "[templates.a]\ntext = '{x} {y}'\n[templates.b]\n[macros.c]\n[voice.'*']\nregister = 'x'"
    )
    assert len(found) == 5
