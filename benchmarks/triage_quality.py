"""How well and how fast the built-in classifiers label real messages.

    python benchmarks/triage_quality.py --data DIR

DIR holds one folder per data set, each with ``dev.csv.gz``; docs/triage.md says which. Data sets
that are not there are left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scskit.core.identity import Author
from scskit.core.interaction import Message
from scskit.core.policy import Policy, Reason, ReasonTree
from scskit.core.triage import best
from scskit.plugins.builtin import builtin_plugins
from scskit.plugins.registry import Registry, load_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Row = dict[str, str]
BATCH = 1000
ROUNDS = 20

LANGUAGES = {
    "banking77": "en",
    "airline_us": "en",
    "complaints_en": "en",
    "tass2020": "es",
    "bank_es": "es",
    "airline_es": "es",
}
"""Data sets in one language, but for a few rows."""

COMPLAINTS: dict[str, Callable[[Row], bool]] = {
    "complaints_en": lambda row: row["final"] == "1",
    "airline_us": lambda row: row["airline_sentiment"] == "negative",
    "airline_es": lambda row: row["airline_sentiment"] == "negative",
}
"""What stands for a complaint: two people's verdict, or a negative sentiment (not the same)."""

KEYWORDS = """
    refund,money back,reimburse late,delay,delayed cancelled,cancellation,canceled luggage,bag,bags
    rebook,rebooking,rebooked rude,attitude,unprofessional wifi,internet,power seat,seats,legroom
    upgrade,upgraded,standby miles,points,status voucher,credit,coupon checkin,check-in,boarding
    app,website,site hold,phone,call gate,agent,counter food,meal,snack claim,carousel,damaged
    passport,visa,security stroller,wheelchair,medical
"""
"""Twenty reasons of three keywords each, for the time it takes."""


def main() -> None:
    """Print one table per question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    data = parser.parse_args().data
    registry = load_registry(builtins=builtin_plugins(Policy()), discover=False)
    for table in (_languages, _complaints, _praise, _retweets):
        print(*table(data, registry), "", sep="\n")
    print(*_speed(data), sep="\n")


def _languages(data: Path, registry: Registry) -> Iterator[str]:
    yield "language            messages  precision  recall  abstains"
    for name, truth in LANGUAGES.items():
        said = Counter(_labels(registry, _read(data, name), "language"))
        total, silent, right = said.total(), said[None], said[truth]
        if total:
            share = right / (total - silent)
            yield (
                f"{name:<15} {truth}  {total:8,}  {share:9.4f}  {right / total:6.3f}  "
                f"{silent / total:8.3f}"
            )


def _complaints(data: Path, registry: Registry) -> Iterator[str]:
    yield "complaint           messages  of them  precision  recall  says nothing"
    for name, true in COMPLAINTS.items():
        rows = _distinct(_read(data, name))
        said = _labels(registry, rows, "contact_type")
        truth = [true(row) for row in rows]
        if not rows:
            continue
        hits = [value in ("complaint", "claim") for value in said]
        right = sum(hit and one for hit, one in zip(hits, truth, strict=True))
        yield (
            f"{name:<18}  {len(rows):8,}  {sum(truth):7,}  {right / sum(hits):9.3f}  "
            f"{right / sum(truth):6.3f}  {said.count(None) / len(rows):12.3f}"
        )


def _praise(data: Path, registry: Registry) -> Iterator[str]:
    yield "praise              labelled  positive  neutral  negative"
    for name in ("airline_us", "airline_es"):
        rows = _read(data, name)
        said = _labels(registry, rows, "contact_type")
        moods = Counter(
            row["airline_sentiment"]
            for row, value in zip(rows, said, strict=True)
            if value == "praise"
        )
        counts = "  ".join(f"{moods[mood]:8,}" for mood in ("positive", "neutral", "negative"))
        yield f"{name:<18}  {moods.total():8,}  {counts}"


def _retweets(data: Path, registry: Registry) -> Iterator[str]:
    yield "noise: retweet      messages  of them  labelled  both"
    rows = _read(data, "bank_es")
    truth = [row["is_retweet"] == "True" for row in rows]
    said = [value == "retweet" for value in _labels(registry, rows, "noise")]
    both = sum(one and other for one, other in zip(truth, said, strict=True))
    yield f"{'bank_es':<18}  {len(rows):8,}  {sum(truth):7,}  {sum(said):8,}  {both:4,}"


def _speed(data: Path) -> Iterator[str]:
    groups = [tuple(group.split(",")) for group in KEYWORDS.split()]
    nodes = {f"r{i}": Reason(id=f"r{i}", keywords=words) for i, words in enumerate(groups)}
    policy = Policy(reasons=ReasonTree(nodes))
    registry = load_registry(builtins=builtin_plugins(policy), discover=False)
    messages = [_message(row) for row in _read(data, "airline_us")]
    batches = [messages[at : at + BATCH] for at in range(0, len(messages), BATCH)]
    fastest = min(_seconds(registry, batches) for _ in range(ROUNDS)) if messages else 0
    yield f"all classifiers, {len(groups)} reasons of 3 keywords, batches of {BATCH:,}"
    yield f"airline_us: {fastest / max(1, len(messages)) * 1e6:.1f} microseconds a message"


def _seconds(registry: Registry, batches: Sequence[Sequence[Message]]) -> float:
    started = time.perf_counter()
    for batch in batches:
        labels, failures = registry.classify(batch)
        assert len(labels) == len(batch)
        assert not failures
    return time.perf_counter() - started


def _read(data: Path, name: str) -> list[Row]:
    path = data / name / "dev.csv.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _distinct(rows: list[Row]) -> list[Row]:
    """Drop repetitions that differ only in their links: retweets would count many times."""
    return list({re.sub(r"https?://\S+", "", row["text"].lower()): row for row in rows}.values())


def _labels(registry: Registry, rows: Sequence[Row], kind: str) -> list[str | None]:
    labels, _ = registry.classify([_message(row) for row in rows])
    chosen = [best(of_one, kind) for of_one in labels]
    return [label.value if label else None for label in chosen]


def _message(row: Row) -> Message:
    return Message(
        account="brand",
        external_id="1",
        author=Author(external_id="somebody"),
        posted_at=datetime(2015, 1, 1, tzinfo=UTC),
        text=row.get("text_decontaminated") or row["text"],
    )


if __name__ == "__main__":
    main()
