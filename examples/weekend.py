"""A case over a weekend: its clock is paused, warns and runs out, and the case is escalated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.panel import Panel
from rich.table import Table

from scskit import Author, Desk, Message, open_desk
from scskit.core.event import Event
from scskit.core.explaining_text import in_words
from scskit.testing import FakeClock

if TYPE_CHECKING:
    from rich.console import Console

CONFIG = Path(__file__).parent / "demo" / "weekend.toml"
MADRID = ZoneInfo("Europe/Madrid")
Step = Callable[[Desk], Any]


def at(day: int, time: str) -> datetime:
    """Return a time in Madrid; 6 March 2026 is a Friday."""
    return datetime.fromisoformat(f"2026-03-{day:02}T{time}").replace(tzinfo=MADRID)


def say(day: int, time: str, id_: str, text: str, **more: Any) -> tuple[datetime, Step]:  # noqa: ANN401
    """Let a message arrive, from the customer unless it is a reply."""
    who = "BancoRoble" if more else "rosa_m"
    message = Message(
        account="twitter.roble",
        external_id=id_,
        author=Author(external_id=who, handle=who),
        posted_at=at(day, time),
        text=text,
        thread="w1",
        **more,
    )
    return message.posted_at, lambda desk: desk.ingest([message])


def do(
    day: int,
    time: str,
    by: str,
    command: str,
    because: str,
    **more: Any,  # noqa: ANN401
) -> tuple[datetime, Step]:
    """Let somebody do something with the case."""

    def step(desk: Desk) -> None:
        (case,) = desk.cases.find().cases
        getattr(desk.cases, command)(case.id, by=by, because=because, **more)

    return at(day, time), step


REPLY: dict[str, Any] = {"direction": "outbound", "addressed_to": "rosa_m"}
STORY = (
    say(6, "15:00", "w1", "@BancoRoble my card was charged twice"),
    do(6, "15:20", "agent:ana", "assign", "I am free", agent="ana"),
    say(6, "15:40", "w2", "Rosa, which shop was it, please?", **REPLY),
    say(7, "11:00", "w3", "It was the flower shop. Twice, as I said."),
    do(9, "11:05", "agent:carla", "accept_escalation", "I see to it", agent="carla"),
    say(9, "11:10", "w4", "Rosa, you have your money back.", **REPLY),
    do(9, "11:15", "agent:carla", "solve", "paid back"),
)


def live(desk: Desk, clock: FakeClock) -> None:
    """Let the weekend pass: between what people do, whatever is due happens by itself."""
    for instant, step in STORY:
        while (due := desk.next_due()) is not None and due <= instant:
            clock.jump_to(due)
            desk.run_due()
        clock.jump_to(instant)
        step(desk)


TOLD = {
    "state_changed": lambda e: f"{e.state}: {e.because}",
    "case_assigned": lambda e: f"{e.agent} has the case",
    "sla_warned": lambda e: f"[yellow]{_clock(e)}: {e.mark} of it is used up[/]",
    "sla_breached": lambda e: f"[bold red]{_clock(e)} missed[/]",
    "case_escalated": lambda e: (
        f"[magenta]offered to {e.to}[/], told {', '.join(e.told)}: {e.evidence}"
    ),
    "escalation_expired": lambda e: f"[magenta]{e.to} did not react[/], next is {e.then}",
    "escalation_reminded": lambda e: (
        f"[magenta]{e.to} reminded[/], told {', '.join(e.told)}: {e.rule}"
    ),
    "escalation_accepted": lambda e: f"[green]{e.to} has accepted[/]",
}


def _clock(event: Any) -> str:  # noqa: ANN401
    return f"{event.clock.replace('_', ' ')} {event.instance}"


def told(desk: Desk, case_id: str) -> Iterator[tuple[datetime, str, str]]:
    """Yield what happened: when, by whom, and what."""
    for entry in desk.cases.timeline(case_id):
        if entry.interaction:
            who = "Rosa" if entry.interaction.direction == "inbound" else "the bank"
            yield entry.at, who, f"“{entry.interaction.text}”"
        elif entry.event:
            event: Event = entry.event.event
            if event.type in TOLD:
                yield entry.at, event.by, TOLD[event.type](event)


def show(desk: Desk, console: Console) -> None:
    """Print what happened, and why each clock was due when it was."""
    (case,) = desk.cases.find().cases
    table = Table("in Madrid", "who", "what")
    for instant, who, what in told(desk, case.id):
        table.add_row(f"{instant.astimezone(MADRID):%a %H:%M}", who, what)
    console.print(table)
    for report in desk.cases.clocks(case.id):
        first, *lines = in_words(report, MADRID)
        console.print(f"[bold]{first}[/]", *lines, sep="\n    ")


def weekend(database: Path, console: Console) -> None:
    """Live through the weekend in a moment, and show it.

    Raises:
        SystemExit: something that the story promises did not happen.
    """
    console.print(Panel("[bold]Banco Roble[/]: a weekend in a moment", expand=False))
    clock = FakeClock(at(6, "15:00"))
    with open_desk(database, CONFIG, clock=clock) as desk:
        live(desk, clock)
        show(desk, console)
        (case,) = desk.cases.find().cases
        seen = {recorded.event.type for recorded in desk.cases.log(case.id)}
    wanted = {"sla_warned", "sla_breached", "case_escalated", "escalation_expired"}
    if missing := wanted - seen:
        raise SystemExit(f"the weekend went otherwise: no {', '.join(sorted(missing))}")
