"""The map file: what it may say, and every mistake at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scskit import ConfigError
from scskit.importing import Cell, parse_row_map, read_row_map

GOOD = """
network = "twitter"
[row]
external_id = "id"
account = "brand"
author = "author"
time = "at"
"""


def problems(text):
    with pytest.raises(ConfigError) as caught:
        parse_row_map(text, "map.toml")
    return list(caught.value.problems)


def test_a_column_alone_or_with_what_it_means():
    """A cell is a column's name, several columns, one value, or a column with its meanings."""
    row_map = parse_row_map(
        GOOD.replace('"brand"', '{ columns = ["bank", "country"], join = "-" }')
        + 'direction = { column = "who", map = { True = "outbound" }, default = "inbound" }\n'
        + 'visibility = { value = "private" }\n'
        + '[labels]\nmood = "feeling"\n'
    )
    assert row_map.row["external_id"] == Cell(columns=("id",))
    assert row_map.row["account"] == Cell(columns=("bank", "country"), join="-")
    assert row_map.row["direction"] == Cell(
        columns=("who",), map={"True": "outbound"}, default="inbound"
    )
    assert row_map.row["visibility"] == Cell(value="private")
    assert row_map.labels == {"mood": Cell(columns=("feeling",))}
    assert set(row_map.columns()) == {
        "id",
        "bank",
        "country",
        "author",
        "at",
        "who",
        "feeling",
    }


def test_every_mistake_is_named_at_once():
    """Six mistakes are six lines, each with its place, what was found and what is allowed."""
    found = problems(
        """
        netwrok = "twitter"
        time_zone = "Europe/Madird"
        format = "xlsx"
        [row]
        external_id = 7
        author = {}
        time = "at"
        direction = { column = "is_brand", map = { True = "outgoing" } }
        """
    )
    starts = [line.partition("; allowed: ")[0] for line in found]
    assert starts == [
        'map.toml: found unknown key "netwrok" (did you mean "network"?)',
        "map.toml: network: found nothing",
        "map.toml: row.external_id: found 7",
        "map.toml: row.account: found nothing",
        "map.toml: row.author: found none of them",
        'map.toml: row.direction.map.True: found "outgoing"',
        'map.toml: format: found "xlsx"',
        'map.toml: time_zone: found "Europe/Madird" (did you mean "Europe/Madrid"?)',
    ]


@pytest.mark.parametrize(
    ("line", "place", "allowed"),
    [
        ('text = { column = "a", value = "b" }', "row.text", "one of column, columns and value"),
        ('text = { value = "b", default = "c" }', "row.text.default", "every row has the same"),
        ('text = { column = "b", join = "c" }', "row.text.join", "only columns are joined"),
        ('text = { column = "b", map = {} }', "row.text.map", "at least one key"),
        ('text = { column = "" }', "row.text.column", "not empty"),
        ('text = { columns = ["a", "a"] }', "row.text.columns[2]", "everything once"),
        ('kind = { value = "tweet" }', "row.kind.value", "post, comment, reply"),
        ('automated = { column = "b", default = "maybe" }', "row.automated.default", "true"),
        ("[labels]\nmood = 3", "labels.mood", "a column's name"),
    ],
)
def test_cells_that_make_no_sense_are_refused(line, place, allowed):
    """What would do nothing, or what no message can be, is a mistake in the map."""
    (found,) = problems(f"{GOOD}{line}\n")
    assert found.startswith(f"map.toml: {place}: found ")
    assert allowed in found


def test_an_account_id_of_the_map_holds_no_colon():
    """A colon separates an id from its account, so no account may have one."""
    (found,) = problems(GOOD.replace('"brand"', '{ value = "a:b" }'))
    assert found.startswith('map.toml: row.account.value: found "a:b"; allowed: an account id')


@pytest.mark.parametrize("time_format", ["%d/%m", "%Y-%Q", "dd/mm/yyyy", "%H:%M"])
def test_a_time_format_that_reads_no_times_is_refused(time_format):
    """A format without a year, or one that Python does not know, is a mistake in the map."""
    (found,) = problems(f'time_format = "{time_format}"\n{GOOD}')
    assert found.startswith("map.toml: time_format: found ")


@pytest.mark.parametrize("delimiter", [",,", "", "\\n", '\\"'])
def test_a_delimiter_is_one_character(delimiter):
    """Neither text nor a line end nor a quote can stand between two columns."""
    (found,) = problems(f'delimiter = "{delimiter}"\n{GOOD}')
    assert found.startswith("map.toml: delimiter: found ")


def test_the_maps_of_the_documentation_are_maps():
    """Whoever copies a map from the documentation has one that reads."""
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    found = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert found
    for text in found:
        assert parse_row_map(text)


@pytest.mark.parametrize("name", ["airline_us", "bank_es", "ibm_customer_care", "twcs"])
def test_the_maps_that_are_shipped_are_maps(name):
    """Every map in the examples reads, also where the data is absent."""
    maps = Path(__file__).parents[2] / "examples" / "maps"
    assert read_row_map(maps / f"{name}.toml").network == "twitter"


def test_a_map_that_is_not_there_or_no_toml(tmp_path):
    """A missing map and one that is no TOML are told by their names."""
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        read_row_map(tmp_path / "none.toml")
    broken = tmp_path / "map.toml"
    broken.write_text("network =\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"map\.toml: line 1, column 10: found no valid TOML"):
        read_row_map(broken)
