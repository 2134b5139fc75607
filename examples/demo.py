"""A small airline and a small bank, one day, and a weekend: ``python examples/demo.py``."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from answers import approval, outage
from brand import Brand, opened
from complaint import Phones, complaint
from morning import ENDS, airline, bank, live
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from standing import standing
from weekend import weekend

from scskit.testing import FakeClock
from scskit_facebook.fake import FakeFacebook
from scskit_twitter.fake import FakeX
from scskit_whatsapp.fake import FakeWhatsApp

MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
console = Console(width=110)


def open_brand(stack: ExitStack, folder: Path, short: str, name: str, *plugins: object) -> Brand:
    """Bring a brand onto its networks, and open its desk."""
    clock = FakeClock(MORNING)
    x = FakeX(seed=7, clock=clock)
    facebook = FakeFacebook(seed=7, clock=clock)
    whatsapp = FakeWhatsApp(seed=7, clock=clock)
    x.account(f"twitter.{short}", username=name.replace(" ", ""))
    facebook.account(short)
    whatsapp.account(short)
    networks = {"twitter": x, "facebook": facebook, "whatsapp": whatsapp}
    return stack.enter_context(opened(name, f"{short}.toml", folder, clock, networks, plugins))


def main() -> None:
    """Run the day of both brands on one SQLite file and add everything up; then a weekend."""
    phones = Phones()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        here = Path(folder)
        cirrus = open_brand(stack, here, "cirrus", "Cirrus Air")
        roble = open_brand(stack, here, "roble", "Banco Roble", phones)
        show_sum([live(cirrus, airline, console), live(roble, bank, console)])
        approval(cirrus, console)
        outage(cirrus, console)
        complaint(roble, phones, console)
        standing([cirrus, roble], console)
    with TemporaryDirectory() as folder:
        weekend(Path(folder), console)


def show_sum(lines: list[list[object]]) -> None:
    """Print what became of everything that arrived."""
    title = "[bold]The morning adds up[/]: every message has exactly one end"
    console.print(Panel(title, expand=False))
    table = Table("desk", "messages", *ENDS, "cases")
    for line in lines:
        table.add_row(*map(str, line))
    console.print(table)


if __name__ == "__main__":
    main()
