"""Files into a desk: CSV and JSON Lines of any size, in the order in which things happened.

``mapping`` reads the map that says which column is what; ``source`` opens a file, ``reading`` finds
its rows, ``cells`` what the map names in them, ``times`` reads their times; ``converting`` makes
messages of them, ``spooling`` puts them in order, ``running`` does it all.
"""

from scskit.importing.mapping import Cell, RowMap, parse_row_map, read_row_map
from scskit.importing.running import ImportSummary, Progress, import_file

__all__ = [
    "Cell",
    "ImportSummary",
    "Progress",
    "RowMap",
    "import_file",
    "parse_row_map",
    "read_row_map",
]
