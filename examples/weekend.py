"""A case over a weekend: its clock is paused, warns and runs out, and the case is escalated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from brand import Brand, opened
from rich.panel import Panel
from rich.table import Table

from scskit.core.explaining_text import in_words
from scskit.testing import FakeClock
from scskit_twitter.fake import FakeX

if TYPE_CHECKING:
    from rich.console import Console

    from scskit import Desk
    from scskit.core.event import Event

MADRID = ZoneInfo("Europe/Madrid")
Step = Callable[[Brand], Any]
ANA, CARLA = "agent:ana", "agent:carla"


def at(day: int, time: str) -> datetime:
    """Return a time in Madrid; 6 March 2026 is a Friday."""
    return datetime.fromisoformat(f"2026-03-{day:02}T{time}").replace(tzinfo=MADRID)


def rosa(day: int, time: str, text: str) -> tuple[datetime, Step]:
    """Let the customer write: what she writes again belongs to her first post."""

    def step(brand: Brand) -> None:
        x: Any = brand.networks["twitter"]
        name = "her first post"
        if name in x.names:
            x.customer("rosa_m").comments(on=x.names[name], text=text)
        else:
            x.names[name] = x.customer("rosa_m").posts(text)

    return at(day, time), step


def say(day: int, time: str, by: str, text: str) -> tuple[datetime, Step]:
    """Let the bank answer."""
    return at(day, time), lambda brand: brand.desk.replies.send(the_case(brand), text, by=by)


def do(
    day: int,
    time: str,
    by: str,
    command: str,
    because: str,
    **more: Any,  # noqa: ANN401
) -> tuple[datetime, Step]:
    """Let somebody do something with the case."""

    def step(brand: Brand) -> None:
        getattr(brand.desk.cases, command)(the_case(brand), by=by, because=because, **more)

    return at(day, time), step


def the_case(brand: Brand) -> str:
    """Return the id of the weekend's only case."""
    (case,) = brand.cases()
    return case.id


STORY = (
    rosa(6, "15:00", "@BancoRoble my card was charged twice"),
    do(6, "15:20", ANA, "assign", "I am free", agent="ana"),
    say(6, "15:40", ANA, "Rosa, which shop was it, please?"),
    rosa(7, "11:00", "It was the flower shop, @BancoRoble. Twice, as I said."),
    do(9, "11:05", CARLA, "accept_escalation", "I see to it", agent="carla"),
    say(9, "11:10", CARLA, "Rosa, you have your money back."),
    do(9, "11:15", CARLA, "solve", "paid back"),
)


def live(brand: Brand) -> None:
    """Let the weekend pass: between what people do, whatever is due happens by itself."""
    desk, clock = brand.desk, brand.clock
    for instant, step in STORY:
        while (due := desk.next_due()) is not None and due <= instant:
            clock.jump_to(due)
            desk.run_due()
        clock.jump_to(instant)
        step(brand)
        brand.settles()


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


def show(brand: Brand, console: Console) -> None:
    """Print what happened, and why each clock was due when it was."""
    table = Table("in Madrid", "who", "what")
    for instant, who, what in told(brand.desk, the_case(brand)):
        table.add_row(f"{instant.astimezone(MADRID):%a %H:%M}", who, what)
    console.print(table)
    for report in brand.desk.cases.clocks(the_case(brand)):
        first, *lines = in_words(report, MADRID)
        console.print(f"[bold]{first}[/]", *lines, sep="\n    ")


def weekend(folder: Path, console: Console) -> None:
    """Live through the weekend in a moment, and show it.

    Raises:
        SystemExit: something that the story promises did not happen.
    """
    console.print(Panel("[bold]Banco Roble[/]: a weekend in a moment", expand=False))
    clock = FakeClock(at(6, "15:00"))
    x = FakeX(seed=6, clock=clock)
    x.account("twitter.roble", username="BancoRoble")
    with opened("Banco Roble", "weekend.toml", folder, clock, {"twitter": x}, ()) as brand:
        live(brand)
        show(brand, console)
        seen = {recorded.event.type for recorded in brand.desk.cases.log(the_case(brand))}
    wanted = {"sla_warned", "sla_breached", "case_escalated", "escalation_expired"}
    if missing := wanted - seen:
        raise SystemExit(f"the weekend went otherwise: no {', '.join(sorted(missing))}")
