"""What arrives on one morning at a small airline and at a small bank, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.table import Table

from scskit import Desk
from scskit.core.events import CaseRouted, CaseTriaged
from scskit.testing.network import FakeNetwork

if TYPE_CHECKING:
    from brand import Brand
    from rich.console import Console

COLOURS = {"P1": "bold red", "P2": "yellow", "dismissed": "dim", "pending": "green"}
SPEAKS = ("message", "echo")
"""What networks push of messages; the rest is about messages: receipts, likes, somebody typing."""
ENDS = ("in cases", "for everybody", "came twice", "quarantined")
"""What becomes of a message; what the brand says to everybody opens no case."""


def airline(networks: dict[str, Any]) -> None:
    """Let people write to an airline, in English and Spanish."""
    x, facebook, whatsapp = networks["twitter"], networks["facebook"], networks["whatsapp"]
    page = facebook.account("cirrus")
    x.faults.plan("duplicate", on="message")  # X pushes the first one twice
    marta = x.customer("marta_v", followers=25_000)
    marta.posts("@CirrusAir Mi vuelo a Bogotá fue cancelado y nadie responde")
    lounge = page.posts("Our new lounge in Madrid is open.")
    joe = facebook.customer("Joe Kelly").comments(
        on=lounge, text="Where is my suitcase? Two days without luggage!"
    )
    lena = facebook.customer("Lena Park")
    lena.comments(on=lounge, text="Same here, my suitcase never arrived")
    page.answers(on=joe, text="Joe, we found it: it lands at noon.")  # in Facebook's own app
    pau = whatsapp.customer("Pau Gil")
    pau.writes("Hola, ¿puedo cambiar el nombre del billete?")
    pau.writes("Es para mañana")
    x.customer("happy_traveller").posts(
        "@CirrusAir thank you so much, the crew was wonderful, best airline ever!"
    )
    x.customer("bot4711").posts("RT @CirrusAir: win a flight")
    _loses_its_author(x, "@CirrusAir a message that lost its author")


def bank(networks: dict[str, Any]) -> None:
    """Let people write to a bank, in Spanish and English."""
    x, whatsapp = networks["twitter"], networks["whatsapp"]
    stolen = x.customer("camilo_r").posts("@BancoRoble me robaron la tarjeta, ayuda por favor")
    whatsapp.customer("Sue Hart", country="US").writes(
        "The app does not let me log in since this morning"
    )
    x.account("twitter.roble").answers(
        on=stolen, text="@camilo_r Camilo, ya la bloqueamos. Te escribimos."
    )


def _loses_its_author(x: FakeNetwork, text: str) -> None:
    """Let X push a post that is broken: it does not say who wrote it."""
    x.customer("nobody").posts(text)
    broken = x.deliveries.events[-1]
    broken.payload = deepcopy(broken.payload)
    del broken.payload["payload"]["author_id"]


def live(brand: Brand, happens: Callable[[dict[str, Any]], None], console: Console) -> list[Any]:
    """Let a brand's morning happen, show it, and return its line of the summary.

    Raises:
        SystemExit: what was pushed and what is there do not add up.
    """
    happens(dict(brand.networks))
    brand.hears()
    found = list(_ends(brand))
    ends = Counter(end for end, _ in found)
    title = f"[bold]{brand.name}[/]: {ends.total()} messages arrive by signed webhooks"
    console.print(Panel(title, expand=False))
    for end, message in found:
        if end == "came twice":
            console.print(f"[cyan]came twice[/]   {message}: it is in its case once")
    show_quarantine(brand.desk, console)
    show_cases(brand, console)
    quarantined = len(brand.desk.intake.quarantined())
    if ends["quarantined"] != quarantined or ends["in cases"] != len(_stored(brand)):
        raise SystemExit(f"{brand.name} does not add up: {ends}, {quarantined=}")
    return [brand.name, ends.total(), *(ends[end] for end in ENDS), len(brand.cases())]


def _ends(brand: Brand) -> Iterator[tuple[str, str]]:
    """Yield what became of each message that the networks pushed, and which it is."""
    stored, seen = _stored(brand), set()
    for name, network in brand.networks.items():
        for event in network.deliveries.events:
            if event.kind in SPEAKS:
                if event.subject in seen:
                    end = "came twice"
                elif event.subject in stored:
                    end = "in cases"
                else:
                    end = "for everybody" if event.kind == "echo" else "quarantined"
                seen.add(event.subject)
                yield end, f"{name} {event.subject}"


def _stored(brand: Brand) -> set[str]:
    """Return the ids of all messages in cases."""
    found = brand.desk.cases.find().cases
    return {one.external_id for case in found for one in brand.desk.cases.interactions(case.id)}


def show_quarantine(desk: Desk, console: Console) -> None:
    """Print what could not be understood, and why."""
    for line in desk.intake.quarantined():
        console.print(f"[yellow]quarantined[/]  because {line.reason}")


def show_cases(brand: Brand, console: Console) -> None:
    """Print the cases with the reasons for their queue and priority."""
    table = Table("who", "state", "queue", "priority", "why this queue, why this priority")
    table.show_lines = True
    for case in brand.cases():
        table.add_row(
            brand.customer(case),
            coloured(case.state),
            case.queue or "-",
            coloured(case.priority),
            "\n".join(why(brand.desk, case.id)),
        )
    console.print(table)


def coloured(word: str) -> str:
    """Return a state or priority in its colour."""
    return f"[{COLOURS[word]}]{word}[/]" if word in COLOURS else word


def why(desk: Desk, case_id: str) -> Iterator[str]:
    """Yield the recorded reasons of a case's decisions, as its log has them."""
    for recorded in desk.cases.log(case_id):
        event = recorded.event
        if isinstance(event, CaseTriaged):
            yield from event.why
        elif isinstance(event, CaseRouted):
            yield f"queue {event.queue}: {event.rule}"
