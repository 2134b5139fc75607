"""Real data: not part of the project, only looked at where it is."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import pytest

from scskit.importing import read_row_map

ROOT = Path(__file__).parents[2]


class RealData:
    """The development parts of the data sets, and the maps that are shipped for them."""

    def __init__(self, folder: Path) -> None:
        """Look into ``folder``."""
        self._folder = folder

    def file(self, name):
        """Name the file of a data set."""
        return self._folder / name / "dev.csv.gz"

    def map(self, name):
        """Read the map of a data set."""
        return read_row_map(ROOT / "examples" / "maps" / f"{name}.toml")

    def rows(self, name):
        """Read the rows of a data set, by the columns' names."""
        with gzip.open(self.file(name), "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def real() -> RealData:
    """Find the data: in ``$SCSKIT_SHARED``, else in ``shared`` beside the checkout."""
    shared = Path(os.environ.get("SCSKIT_SHARED") or ROOT.parent / "shared")
    if not (shared / "data").is_dir():
        pytest.skip(f"there is no real data in {shared}; name its folder in SCSKIT_SHARED")
    return RealData(shared / "data")
