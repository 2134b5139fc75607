"""No message, however odd, is too much for the built-in classifiers."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.policy import Policy, Reason, ReasonTree, TriagePolicy
from scskit.core.triage import CONTACT_TYPES, NOISE_KINDS
from scskit.plugins.builtin import builtin_plugins
from scskit.plugins.builtin.text import Reader, split
from scskit.plugins.registry import load_registry

POLICY = Policy(
    reasons=ReasonTree({"a.b": Reason(id="a.b", keywords=("card", "lost card"), patterns=("x+",))}),
    triage=TriagePolicy(troll_words=("troll", "t r o l l"), claim_words=("sue you",)),
)
REGISTRY = load_registry(builtins=builtin_plugins(POLICY), strict=True, discover=False)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
WORDS = (
    "thanks gracias for por nothing nada card lost the la @acme #fail https://t.co/x don't "
    "? ! 'so' 🙏 🙄 \0 \ud800 é ñ no worst RT"
)
SPOKEN = st.lists(
    st.sampled_from(WORDS.split()),
    max_size=40,
).map(" ".join)


@given(text=st.one_of(ANY_TEXT, SPOKEN))
def test_any_text_is_classified(message, text):
    """Every text gets its labels without an error, of known kinds only."""
    (labels,), failures = REGISTRY.classify([message(text)])
    assert failures == ()
    for label in labels:
        assert 0 <= label.confidence <= 1
        assert label.source
        assert label.rule
        if label.kind == "contact_type":
            assert label.value in CONTACT_TYPES
        if label.kind == "noise":
            assert label.value in NOISE_KINDS


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        " " * 1_000_000,
        "thanks " * 150_000,
        "@a #b https://c.d " * 60_000,
        "lost " * 200_000,
        "'" * 1_000_000,
        "\ud800\0" * 500_000,
        "ñ" * 1_000_000,
        "🙏" * 250_000,
    ],
)
def test_a_megabyte_costs_no_more_than_a_page(message, text):
    """Nobody holds a desk up with a long message."""
    started = time.perf_counter()
    _, failures = REGISTRY.classify([message(text)])
    assert failures == ()
    assert time.perf_counter() - started < 0.5


def test_only_the_beginning_is_read(message):
    """What stands beyond ten thousand characters costs nothing, and counts for nothing."""
    (labels,), _ = REGISTRY.classify([message("-" * 10_000 + " lost card")])
    assert labels == ()


WORDY = st.text(st.sampled_from("abz09_ @#'.,!?-/\n"), max_size=60)


@given(text=WORDY)
def test_both_ways_of_splitting_agree(text):
    """English is split the quick way and everything else the thorough way, with one result."""
    plain = re.sub(r"''+", " ", text)
    assert split(plain) == split(f"{plain} ñ")[:-1]


def test_a_batch_is_like_its_messages(message):
    """What is said of a message does not depend on its neighbours in the batch."""
    texts = ["worst card", "", "gracias", "@acme", "lost card x", "RT @a b", ""]
    together, _ = REGISTRY.classify([message(text) for text in texts])
    alone = [REGISTRY.classify([message(text)])[0][0] for text in texts]
    assert together == alone


def test_a_list_that_is_used_again(message):
    """A host may fill the same list with other messages."""
    reader, batch = Reader(), [message("one")]
    assert reader.read(batch)[0].tokens == ["one"]
    batch[0] = message("two")
    assert reader.read(batch)[0].tokens == ["two"]
