"""The built-in noise classifier: what needs no answer, and what only looks like it."""

from __future__ import annotations

import pytest

from scskit.core.account import Account
from scskit.core.identity import Author
from scskit.core.interaction import Attachment
from scskit.core.policy import Policy, TriagePolicy
from scskit.plugins.builtin.noise import Noise
from scskit.plugins.builtin.text import Reader

POLICY = Policy(
    accounts={"brand": Account(id="brand", network="twitter", handle="@Acme")},
    triage=TriagePolicy(troll_words=("lizard people", "bot")),
)
PHOTO = (Attachment(kind="image"),)
LINK = "https://t.co/abc"


def noise(message):
    (labels,) = Noise(POLICY, Reader()).scskit_classify([message])
    return labels[0].value if labels else None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("RT @ana: my card", "retweet"),
        ("rt @ana my card", "retweet"),
        ("Are you a BOT?", "troll"),
        ("lizard people run this bank", "troll"),
        (LINK, "link_spam"),
        (f"wow {LINK}", "link_spam"),
        (f"win {LINK} win {LINK}", "link_spam"),
        ("a https://a.b https://c.d https://e.f", "link_spam"),
        ("#a #b #c #d #e #f wow", "link_spam"),
        (f"@a @b @c {LINK}", "link_spam"),
        (f"@acme {LINK}", None),
        (f"@acme look at this {LINK}", None),
        ("@acme #a #b #c I am standing here since nine #d #e #f", None),
        ("The ART @ana showed was fine", None),
        ("robots", None),
        ("?", None),
    ],
)
def test_what_is_noise(message, text, kind):
    """Piles of links and tags are noise; a customer who shows the brand something is not."""
    assert noise(message(text)) == kind


def test_a_picture_without_words_is_a_message(message):
    """A photo of a broken suitcase says enough."""
    assert noise(message("", attachments=PHOTO)) is None
    assert noise(message(f"{LINK}", attachments=PHOTO)) is None


def test_an_answer_that_is_a_link_is_a_message(message):
    """A link sent in a conversation is an answer."""
    assert noise(message(LINK, parent="m0")) is None
    assert noise(message(LINK, visibility="private")) is None


def test_what_the_network_calls_a_repetition(message):
    """A share is noise whatever its text."""
    assert noise(message("my card", shared_from="m0")) == "retweet"


@pytest.mark.parametrize(
    "author",
    [Author(external_id="1", handle="acme"), Author(external_id="ACME")],
)
def test_the_brands_own_posts(message, author):
    """What the account wrote itself is known by its handle or id, whatever the case."""
    assert noise(message("Good morning", author=author)) == "own_post"


def test_what_the_brand_sends_is_not_judged(message):
    """Noise is a statement about customers' messages."""
    assert noise(message("", direction="outbound")) is None
