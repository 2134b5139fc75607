"""A small airline and a small bank, one morning, and a weekend: ``python examples/demo.py``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from weekend import weekend

from scskit import Author, Desk, IntakeReport, Message, open_desk
from scskit.core.events import CaseRouted, CaseTriaged

HERE = Path(__file__).parent / "demo"
MORNING = datetime.now(UTC) - timedelta(minutes=30)
console = Console(width=110)


def message(
    minute: int,
    account: str,
    id_: str,
    who: str,
    text: str,
    **more: Any,  # noqa: ANN401
) -> Message:
    """Build a message of the made-up morning."""
    followers = more.pop("followers", None)
    return Message(
        account=account,
        external_id=id_,
        author=Author(external_id=who, handle=who, followers=followers),
        posted_at=MORNING + timedelta(minutes=minute),
        text=text,
        **more,
    )


COLOURS = {"P1": "bold red", "P2": "yellow", "dismissed": "dim", "pending": "green"}
PRIVATE: dict[str, Any] = {"kind": "direct_message", "visibility": "private"}

AIRLINE: list[Any] = [
    message(
        0,
        "twitter.cirrus",
        "t1",
        "marta_v",
        "Mi vuelo a Bogotá fue cancelado y nadie responde",
        followers=25_000,
    ),
    message(
        1,
        "facebook.cirrus",
        "f1",
        "joe.k",
        "Where is my suitcase? Two days without luggage!",
        kind="comment",
        thread="post-9",
    ),
    message(
        2,
        "facebook.cirrus",
        "f2",
        "lena.p",
        "Same here, my suitcase never arrived",
        kind="comment",
        thread="post-9",
    ),
    message(
        3,
        "facebook.cirrus",
        "f3",
        "cirrusair",
        "Joe, we found it: it lands at noon.",
        kind="comment",
        thread="post-9",
        parent="f1",
        direction="outbound",
    ),
    message(
        4,
        "whatsapp.cirrus",
        "w1",
        "34600111222",
        "Hola, ¿puedo cambiar el nombre del billete?",
        thread="34600111222",
        **PRIVATE,
    ),
    message(
        4, "whatsapp.cirrus", "w2", "34600111222", "Es para mañana", thread="34600111222", **PRIVATE
    ),
    message(
        5,
        "twitter.cirrus",
        "t2",
        "happy_traveller",
        "@CirrusAir thank you so much, the crew was wonderful, best airline ever!",
    ),
    message(6, "twitter.cirrus", "t3", "bot4711", "RT @CirrusAir: win a flight"),
    message(
        0,
        "twitter.cirrus",
        "t1",
        "marta_v",
        "Mi vuelo a Bogotá fue cancelado y nadie responde",
        followers=25_000,
    ),
    {"account": "twitter.cirrus", "external_id": "t4", "text": "a message that lost its author"},
]
BANK: list[Any] = [
    message(
        2, "twitter.roble", "b1", "camilo_r", "@BancoRoble me robaron la tarjeta, ayuda por favor"
    ),
    message(
        3,
        "whatsapp.roble",
        "b2",
        "573001112233",
        "The app does not let me log in since this morning",
        thread="573001112233",
        **PRIVATE,
    ),
    message(
        7,
        "twitter.roble",
        "b3",
        "BancoRoble",
        "@camilo_r Camilo, ya la bloqueamos. Te escribimos.",
        parent="b1",
        direction="outbound",
    ),
]


def show_cases(desk: Desk) -> None:
    """Print the cases with the reasons for their queue and priority."""
    table = Table("who", "state", "queue", "priority", "why this queue, why this priority")
    table.show_lines = True
    for case in desk.cases.find(newest_first=False).cases:
        handle = desk.customers.identity(case.identity_id).handle
        table.add_row(
            handle,
            coloured(case.state),
            case.queue or "-",
            coloured(case.priority),
            "\n".join(why(desk, case.id)),
        )
    console.print(table)


def coloured(word: str) -> str:
    """Return a state or priority in its colour."""
    return f"[{COLOURS[word]}]{word}[/]" if word in COLOURS else word


def why(desk: Desk, case_id: str) -> Iterable[str]:
    """Yield the recorded reasons of a case's decisions, as its log has them."""
    for recorded in desk.cases.log(case_id):
        event = recorded.event
        if isinstance(event, CaseTriaged):
            yield from event.why
        elif isinstance(event, CaseRouted):
            yield f"queue {event.queue}: {event.rule}"


def show_quarantine(desk: Desk) -> None:
    """Print what could not be understood, and why."""
    for line in desk.intake.quarantined():
        console.print(f"[yellow]quarantined[/] {line.payload}\n            because: {line.reason}")


def serve(name: str, config: str, arrivals: list[Any], database: Path) -> IntakeReport:
    """Open one brand's desk, take its messages in and show what became of them."""
    console.print(Panel(f"[bold]{name}[/]: {len(arrivals)} messages arrive", expand=False))
    with open_desk(database, HERE / config) as desk:
        report = desk.ingest(arrivals)
        for outcome in report.outcomes:
            if outcome.state == "duplicate":
                console.print(f"[cyan]duplicate[/]   {outcome.external_id}: already in its case")
        show_quarantine(desk)
        show_cases(desk)
    return report


def main() -> None:
    """Run the morning of both brands on one SQLite file and add everything up; then a weekend."""
    total = Table("desk", "messages", "applied", "duplicate", "parked", "quarantined", "cases")
    with TemporaryDirectory() as folder:
        database = Path(folder) / "demo.db"
        for name, config, arrivals in (
            ("Cirrus Air", "airline.toml", AIRLINE),
            ("Banco Roble", "bank.toml", BANK),
        ):
            report = serve(name, config, arrivals, database)
            counts = report.counts
            if sum(counts.values()) != len(arrivals):
                raise SystemExit(f"{name}: {counts} does not add up to {len(arrivals)}")
            cells = [len(arrivals), *counts.values(), len(report.cases)]
            total.add_row(name, *map(str, cells))
    console.print(
        Panel("[bold]The morning adds up[/]: every message has exactly one end", expand=False)
    )
    console.print(total)
    with TemporaryDirectory() as folder:
        weekend(Path(folder) / "weekend.db", console)


if __name__ == "__main__":
    main()
