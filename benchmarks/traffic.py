"""Made-up traffic: message number n is the same in every run and needs none of those before it.

Of ten messages three come from new customers, each in a thread of their own, about six from
customers of late, and one from any earlier customer. External ids are scattered over their whole
range, which is the worst that can happen to an index.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import words
from scskit import Message
from scskit.core.identity import Author

VERSION = 1
"""Raise it when the same number should no longer mean the same message."""

DESK_FILE = Path(__file__).with_name("desk.toml")
START = datetime(2024, 1, 1, tzinfo=UTC)
PACE = timedelta(seconds=30)
RECENT = 1000
ACCOUNTS = ("twitter_care", "facebook_page", "instagram_brand", "whatsapp_line")


def customers_before(number: int) -> int:
    """Return how many customers wrote the messages below ``number``: three of ten are new."""
    return (3 * number + 9) // 10


def messages(start: int, count: int) -> list[Message]:
    """Return ``count`` messages from number ``start`` on."""
    return [message(number) for number in range(start, start + count)]


def batches(start: int, count: int, size: int) -> list[list[Message]]:
    """Return ``count`` batches of ``size`` messages from number ``start`` on."""
    return [messages(start + index * size, size) for index in range(count)]


def message(number: int) -> Message:
    """Make message ``number``."""
    rng = Random(number)
    customer = _customer(number, rng)
    language = "es" if customer % 2 else "en"
    account = ACCOUNTS[customer % len(ACCOUNTS)]
    public = account != "whatsapp_line" and customer % 3 == 0
    return Message(
        account=account,
        external_id=scattered("message", number),
        author=author(customer),
        posted_at=START + PACE * number,
        text=_text(language, rng),
        kind="comment" if public else "direct_message",
        visibility="public" if public else "private",
        thread=scattered("thread", customer),
    )


def author(customer: int) -> Author:
    """Return a customer as a network would show them."""
    first = words.FIRST[customer % len(words.FIRST)]
    last = words.LAST[customer // 7 % len(words.LAST)]
    return Author(
        external_id=scattered("person", customer),
        handle=f"{first}_{last}{customer}".lower(),
        name=f"{first} {last}",
        followers=customer * 7919 % 20_000 if customer % 5 else None,
    )


def scattered(kind: str, number: int) -> str:
    """Return an id of up to twenty digits, without any order in it."""
    digest = blake2b(f"{kind} {number}".encode(), digest_size=8).digest()
    return str(int.from_bytes(digest, "big"))


def _customer(number: int, rng: Random) -> int:
    known = customers_before(number)
    if customers_before(number + 1) > known:
        return known
    if rng.random() < 6 / 7:
        return known - 1 - rng.randrange(min(RECENT, known))
    return rng.randrange(known)


def _text(language: str, rng: Random) -> str:
    choose = rng.choice
    number = str(rng.randrange(10**6))
    if rng.random() < 0.7:
        body = choose(words.WITH_REASON[language]).replace("{k}", choose(_keywords()[language]))
    else:
        body = choose(words.WITHOUT_REASON[language])
    text = choose(words.OPENINGS[language]) + body + choose(words.DETAILS[language])
    return text.replace("{n}", number)


@cache
def _keywords() -> dict[str, tuple[str, ...]]:
    reasons = tomllib.loads(DESK_FILE.read_text(encoding="utf-8"))["reasons"]
    found = list(_keyword_lists(reasons))
    return {
        "en": tuple(word for list_ in found for word in list_[:2]),
        "es": tuple(list_[2] for list_ in found),
    }


def _keyword_lists(node: dict[str, Any]) -> Iterator[list[str]]:
    for key, value in node.items():
        if key == "keywords":
            yield value
        elif isinstance(value, dict):
            yield from _keyword_lists(value)
