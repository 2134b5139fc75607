"""Every snippet of the README and the documentation runs, page by page, in an empty folder."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from scskit.config import parse_desk_file

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def read_desk_file(example: Example) -> None:
    """A toml block is a desk file that is valid as it stands, unless its page says otherwise."""
    if "import" not in example.path:
        parse_desk_file(example.parsed)


def run_console(example: Example) -> None:
    """Each line behind a ``$`` of a console block is a command that succeeds."""
    for line in example.parsed.splitlines():
        if not line.startswith("$ "):
            continue
        words = shlex.split(line[2:])
        assert words[0] in {"scskit", "pytest"}, f"{example.path}: {line}: this is not run here"
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{example.path}: {line}\n{done.stdout}{done.stderr}"


def write_files(page: Path, folder: Path) -> None:
    """A python block that begins with the name of a file is in it, after those before it."""
    blocks = re.findall(
        r"^```python\n# (\w+\.py)(?:, continued)?\n(.*?)^```",
        page.read_text(),
        re.DOTALL | re.MULTILINE,
    )
    for name, content in blocks:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(content + "\n\n")


SYBIL = Sybil(
    parsers=[
        PythonCodeBlockParser(),
        CodeBlockParser("toml", read_desk_file),
        CodeBlockParser("console", run_console),
    ]
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_snippets_run(page, tmp_path, monkeypatch):
    """Whoever copies a snippet from the documentation gets what the page says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    write_files(page, tmp_path)
    document = SYBIL.parse(page)
    for example in document.examples():
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """A link to another page of ours names a file that exists."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_page_is_in_the_index():
    """No page of the documentation is out of reach."""
    listed = (ROOT / "docs" / "index.md").read_text()
    for page in PAGES[1:]:
        if page.stem != "index":
            assert f"\n{page.stem}\n" in listed, f"{page.name} is not in the index"
