"""The desk file: from TOML to the policy that a desk runs under, with every mistake at once.

``desk_file`` reads the whole, ``sections`` is the schema, ``rules`` the lists of rules and their
matchers, ``readers`` the kinds of values, ``places`` says where something is wrong, ``toml`` reads
the text.
"""

from importlib import resources

from scskit.config.desk_file import DeskFile, parse_desk_file, read_desk_file
from scskit.config.durations import format_duration, parse_duration

TEMPLATE = (resources.files("scskit") / "desk_template.toml").read_text(encoding="utf-8")
"""What ``scskit init`` writes: a short commented desk file, valid as it stands."""

__all__ = [
    "TEMPLATE",
    "DeskFile",
    "format_duration",
    "parse_desk_file",
    "parse_duration",
    "read_desk_file",
]
