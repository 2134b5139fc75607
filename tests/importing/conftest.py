"""Small files, taken into a desk on either database."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from scskit import open_desk
from scskit.importing import import_file, parse_row_map

SMALL_MAP = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
COLUMNS = ("id", "brand", "author", "at", "text", "thread", "parent", "from")


@pytest.fixture
def row():
    """Make a row of a customer that the map understands, with a few things changed."""
    return _row


def _row(number, **given):
    return {
        "id": f"m{number}",
        "brand": "acme",
        "author": "ana",
        "at": f"2024-05-01T10:{number % 60:02d}:00Z",
        "text": f"text {number}",
        "thread": "",
        "parent": "",
        "from": "customer",
        **given,
    }


@pytest.fixture
def answer():
    """Make the brand's reply to a row."""

    def make(number, to, **given):
        reply = {"author": "acme", "parent": to["id"], "from": "brand"}
        return _row(number, **(reply | given))

    return make


@pytest.fixture
def write_csv(tmp_path):
    """Write rows as a CSV file."""

    def write(rows, name="rows.csv", columns=COLUMNS):
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def write_jsonl(tmp_path):
    """Write objects as a JSON Lines file."""

    def write(rows, name="rows.jsonl"):
        path = tmp_path / name
        path.write_text("".join(f"{json.dumps(r)}\n" for r in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture
def write_bytes(tmp_path):
    """Write a file byte by byte."""

    def write(content, name="rows.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def desk(sqlite_url):
    """Open a desk without a desk file and without installed plugins."""
    with open_desk(sqlite_url, discover=False) as opened:
        yield opened


@pytest.fixture
def rejected(tmp_path):
    """Name the file for rejected rows."""
    return tmp_path / "rejected.jsonl"


@pytest.fixture
def take_in(desk, rejected):
    """Import a file into the desk."""

    def take(path, map_=SMALL_MAP, **options):
        options.setdefault("rejected_path", rejected)
        return import_file(desk, path, parse_row_map(map_), **options)

    return take


@pytest.fixture
def rejects(rejected):
    """Read the rejected rows."""
    return lambda: [json.loads(line) for line in rejected.read_text("utf-8").splitlines()]
