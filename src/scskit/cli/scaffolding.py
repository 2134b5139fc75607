"""``scskit plugin new``: a connector package that passes the contract as it is written."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from scskit import __version__
from scskit.core.errors import ConfigError
from scskit.core.time import SystemClock

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME: Final = 30
_ALLOWED: Final = (
    "a-z, 0-9 and single hyphens between them, beginning with a letter, "
    f"of at most {_LONGEST_NAME} characters"
)
_TAKEN: Final = frozenset(
    {"facebook", "instagram", "messenger", "meta", "plugin", "scskit", "twitter", "whatsapp"}
)
_BLANK: Final = re.compile(r"@@(\w+)@@")
_SUFFIX: Final = ".tmpl"

LICENCES: Final = {"proprietary": "LicenseRef-Proprietary", "mit": "MIT"}
"""SPDX identifiers of what may be chosen at once; ``proprietary`` leaves the choice open."""


@click.group()
def plugin() -> None:
    """Write plugins."""


@plugin.command()
@click.argument("name")
@click.option(
    "--dir",
    "folder",
    default=".",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the package's folder is made.",
)
@click.option(
    "--licence",
    "--license",
    default="proprietary",
    show_default=True,
    type=click.Choice(sorted(LICENCES)),
    help="Of the package; 'proprietary' leaves the choice to you.",
)
def new(name: str, folder: Path, licence: str) -> None:
    """Write a connector package for the network NAME, as scskit-NAME.

    It installs and passes the contract at once, for a network that is made up; its README says in
    which order to make it yours.
    """
    check_name(name)
    root = folder / f"scskit-{name}"
    if root.exists():
        raise ConfigError(f"{root}: there is such a folder already; choose another name or --dir")
    try:
        for path, text in written(name, licence):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{error.filename}: cannot be written: {error.strerror}") from error
    click.echo(f"wrote {root}: install it with: pip install --editable {root}, and run: pytest")


def check_name(name: str) -> None:
    """Refuse a name that cannot be a package's, a connector's and a part of a desk file at once.

    Raises:
        ConfigError: it says what is wrong with the name and what would be right.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise ConfigError(f"NAME: found {name!r}; allowed: {_ALLOWED}")
    if name.startswith("scskit-"):
        short = name.removeprefix("scskit-")
        raise ConfigError(f"NAME: found {name!r}; allowed: the network alone, {short!r}")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise ConfigError(f"NAME: found {name!r}, a reserved word of Python; allowed: another")
    if name in _TAKEN:
        raise ConfigError(
            f"NAME: found {name!r}, which is a name of scskit's own; allowed: another"
        )


def written(name: str, licence: str) -> Iterator[tuple[Path, str]]:
    """Yield the package's files: where each stands, and what is in it."""
    blanks = _blanks(name, licence)
    for path, source in _templates(files("scskit.cli") / "connector_template"):
        target = _target(path, blanks["module"], licence)
        if target is not None:
            text = source.read_text(encoding="utf-8")
            yield target, _BLANK.sub(lambda found: blanks[found[1]], text)
    yield Path("src", blanks["module"], "py.typed"), ""


def _blanks(name: str, licence: str) -> Mapping[str, str]:
    words = name.split("-")
    major, minor, *_ = __version__.split(".")
    return {
        "name": name,
        "module": f"scskit_{'_'.join(words)}",
        "class": "".join(word.capitalize() for word in words),
        "title": " ".join(word.capitalize() for word in words),
        "variable": "_".join(words).upper(),
        "licence": LICENCES[licence],
        "year": str(SystemClock().now().year),
        "range": f">={major}.{minor},<{major}.{int(minor) + 1}",
    }


def _templates(folder: Traversable, at: Path = Path()) -> Iterator[tuple[Path, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, at / entry.name)
        elif entry.name.endswith(_SUFFIX):
            yield at / entry.name.removesuffix(_SUFFIX), entry


def _target(path: Path, module: str, licence: str) -> Path | None:
    """Return where a template's text goes; None for a licence that was not chosen."""
    if path.stem == "LICENSE":
        return Path("LICENSE") if path.suffix == f".{licence}" else None
    if path.parts[0] == "package":
        return Path("src", module, *path.parts[1:])
    return Path(".gitignore") if path.name == "gitignore" else path
