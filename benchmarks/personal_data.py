"""How much of the personal data in published examples is found, and how much else is taken for it.

    python benchmarks/personal_data.py --data DIR

DIR holds the folder ``pii``; docs/private-data.md says what is in it. Examples of kinds that are
not looked for are left out. With ``--json``, one line of JSON for each row.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, define

from scskit.core.policy import Policy
from scskit.plugins.builtin.personal_data.finding import find, finder
from scskit.plugins.builtin.personal_data.regions import regions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Example = dict[str, Any]

KINDS = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "ES_IBAN": "iban",
    "ES_CCC": "bank_account",
    "AR_CBU": "bank_account",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    **dict.fromkeys(
        (
            *("ES_DNI", "ES_NIE", "ES_NIF", "ES_NIF_ANY", "ES_CIF", "ES_PASSPORT"),
            *("US_SSN", "US_PASSPORT", "UK_NHS", "IT_FISCAL_CODE", "MX_CURP", "MX_RFC"),
            *("CL_RUT", "AR_CUIT", "BR_CPF", "CO_NIT", "EC_CI", "PE_RUC", "UY_RUT"),
        ),
        "national_id",
    ),
}
"""What the examples call each kind, and what it is here."""

NAMES = {
    "ES_NIF": {"ES_DNI", "ES_NIE", "ES_NIF"},
    "ES_NIF_ANY": {"ES_DNI", "ES_NIE", "ES_NIF", "ES_CIF"},
    "ES_PASSPORT": {"PASSPORT"},
    "US_PASSPORT": {"PASSPORT"},
    "IT_FISCAL_CODE": {"IT_CF"},
}
"""Ids that have other names here."""

ANYWHERE = ("US", "GB", "DE", "BR", "JP")
"""Whose numbers stand without a country code in the examples of telephone numbers in sentences."""


REPLIES: dict[str, Callable[[dict[str, str]], bool]] = {
    "twcs": lambda row: row["inbound"] == "False",
    "ibm_customer_care": lambda row: row["role"] == "agent",
    "bank_es": lambda row: row["is_brand"] == "True" and row["is_retweet"] == "False",
}
"""Data sets with what brands wrote in public, and which rows that are."""


@define
class Score:
    """What became of the examples of one kind.

    Attributes:
        source: who published them.
        entity: the kind, as they call it.
        right: found where it stands.
        wrong: found where nothing of the kind stands.
        missed: not found.
    """

    source: str
    entity: str
    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """How much of what was found is right."""
        found = self.right + self.wrong
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """How much of what there is was found."""
        there = self.right + self.missed
        return self.right / there if there else 1.0


def main() -> int:
    """Print one row per source and kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    given = parser.parse_args()
    if not (given.data / "pii").is_dir():
        print(f"{given.data}: found no folder pii", file=sys.stderr)
        return 1
    scores = measure(given.data / "pii")
    print(*(_as_json(scores) if given.json else _as_table(scores)), sep="\n")
    if not given.json:
        print(*_replies(given.data), sep="\n")
    return 0


def measure(folder: Path) -> list[Score]:
    """Look through every example of a kind that is looked for."""
    scores: dict[tuple[str, str], Score] = {}
    for source, entity, spans, found in _looked_through(folder):
        score = scores.setdefault((source, entity), Score(source, entity))
        score.right += len(spans & found)
        score.wrong += len(found - spans)
        score.missed += len(spans - found)
    return [scores[key] for key in sorted(scores)]


Spans = set[tuple[int, int]]


def _looked_through(folder: Path) -> Iterator[tuple[str, str, Spans, Spans]]:
    for one in _read(folder / "presidio_spans.jsonl"):
        if one["entity"] in KINDS:
            spans = {(start, end) for start, end in one["spans"]}
            yield "presidio", one["entity"], spans, _found(one, one["entity"])
    for one in _read(folder / "phone_examples.jsonl"):
        whole = _whole(one) if one["valid"] else set()
        found = _found(one, "PHONE_NUMBER", (one["region"],))
        yield "libphonenumber", "PHONE_NUMBER", whole, found
    for one in _read(folder / "stdnum_validity.jsonl"):
        if one["entity"] in KINDS:
            # Whether any of it was taken for valid: these are values without a sentence.
            found = _whole(one) if _found(one, one["entity"]) else set()
            yield "stdnum", one["entity"], _whole(one) if one["valid"] else set(), found


def _whole(one: Example) -> Spans:
    return {(0, len(one["text"]))}


def _found(one: Example, entity: str, regions: tuple[str, ...] | None = None) -> Spans:
    country = entity[:2] if entity[2:3] == "_" else None
    at = regions or ((country,) if country else ANYWHERE)
    names = NAMES.get(entity, {entity})
    return {
        (found.start, found.end)
        for found in find(one["text"], at)
        if found.kind == KINDS[entity] and (found.kind != "national_id" or found.name in names)
    }


def _read(path: Path) -> Iterator[Example]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _as_json(scores: list[Score]) -> Iterator[str]:
    for score in scores:
        rates = {"precision": score.precision, "recall": score.recall}
        yield json.dumps(asdict(score) | rates)


def _as_table(scores: list[Score]) -> Iterator[str]:
    yield "source          kind             found  wrong  missed  precision  recall"
    kinds: dict[str, Score] = defaultdict(lambda: Score("all", ""))
    for score in scores:
        yield _row(score, score.entity)
        total = kinds[KINDS[score.entity]]
        total.right += score.right
        total.wrong += score.wrong
        total.missed += score.missed
    for kind, total in kinds.items():
        yield _row(total, kind)


def _row(score: Score, name: str) -> str:
    return (
        f"{score.source:<14}  {name:<15}  {score.right:5}  {score.wrong:5}  {score.missed:6}  "
        f"{score.precision:9.3f}  {score.recall:6.3f}"
    )


def _replies(folder: Path) -> Iterator[str]:
    """Count what would stop the public replies of brands that were sent, under no desk file."""
    regions = regions_of(Policy())
    looking = finder(regions.dialled, home=regions.home)
    for name, is_reply in REPLIES.items():
        path = folder / name / "dev.csv.gz"
        if path.exists():
            texts = [row["text"] for row in _rows(path) if is_reply(row)]
            found = Counter(kind for text in texts for kind in {o.kind for o in looking.find(text)})
            kinds = ", ".join(f"{count} {kind}" for kind, count in found.most_common()) or "nothing"
            yield f"{name}: {len(texts):,} replies of brands, in which there is: {kinds}"


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main())
