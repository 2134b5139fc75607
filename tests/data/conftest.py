"""Real data: not part of the project, only looked at where it is."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Where the development parts are: ``$SCSKIT_SHARED``, else ``shared`` beside the checkout."""
    shared = Path(os.environ.get("SCSKIT_SHARED") or ROOT.parent / "shared")
    if not (shared / "data").is_dir():
        pytest.skip(f"there is no real data in {shared}; name its folder in SCSKIT_SHARED")
    return shared / "data"


@pytest.fixture
def map_of():
    """Name the map that is shipped for a data set."""
    return lambda name: ROOT / "examples" / "maps" / f"{name}.toml"


@pytest.fixture
def dev_part(shared_data):
    """Name the development part of a data set."""
    return lambda name: shared_data / name / "dev.csv.gz"


@pytest.fixture
def rows_of(dev_part):
    """Read the rows of a development part, by the columns' names."""

    def read(name):
        with gzip.open(dev_part(name), "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read
