"""How a brand answers: a reply waits for an approval, others leave while the networks fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.table import Table

if TYPE_CHECKING:
    from brand import Brand
    from rich.console import Console

    from scskit import Desk

FAULTS = {
    "twitter": ("accept_then_timeout", "rate_limited"),
    "facebook": ("server_error", "accept_then_timeout"),
    "whatsapp": ("rate_limited", "accept_then_timeout"),
}
"""What goes wrong on each network: refusals, server errors, and answers that never come although
what was asked is done."""

ANSWERS = {
    "fue cancelado": "Lo sentimos mucho. Vamos a buscarle otro vuelo hoy mismo.",
    "so much": "Thank you! We will tell the crew.",
    "never arrived": "Lena, we are looking for it. Which flight was it?",
    "cambiar el nombre": "Sí, Pau. ¿Qué nombre debe figurar en el billete?",
}


def approval(brand: Brand, console: Console) -> None:
    """Let a trainee write a reply, and somebody else approve it.

    Raises:
        SystemExit: it left without an approval.
    """
    console.print(Panel(f"[bold]{brand.name}[/]: a trainee writes to Joe", expand=False))
    replies, case = brand.desk.replies, brand.case_of("Two days without luggage")
    reply = replies.send(case.id, "Joe, we pay you 50 € for what you had to buy.", by="agent:tim")
    console.print(f"“{reply.text}” {_lit(reply.state)}: {' '.join(reply.asked_for)}")
    brand.settles()
    if replies.get(reply.id).state != "awaiting_approval":
        raise SystemExit("it did not wait for its approval")
    reply = replies.approve(reply.id, by="agent:ana", body_hash=reply.body_hash)
    console.print(f"agent:ana approves exactly these words: {_lit(reply.state)}")
    brand.settles()
    console.print(f"and then: {_lit(replies.get(reply.id).state)}")


def outage(brand: Brand, console: Console) -> None:
    """Let every network fail while the brand answers, and show what was tried."""
    console.print(Panel(f"[bold]{brand.name}[/]: all networks fail at once", expand=False))
    for name, faults in FAULTS.items():
        for fault in faults:
            brand.networks[name].faults.plan(fault, on="POST *")
    table = Table("account", "reply", "what was tried", "state")
    sent = [
        brand.desk.replies.send(brand.case_of(asked).id, text, by="agent:ana")
        for asked, text in ANSWERS.items()
    ]
    began = brand.clock.now()
    brand.settles()
    for reply in sent:
        state = brand.desk.replies.get(reply.id).state
        table.add_row(reply.account_id, reply.text, _tried(brand.desk, reply.id), _lit(state))
    console.print(table)
    console.print(f"All of it took {brand.clock.now() - began} of the networks' time.")


def _tried(desk: Desk, reply_id: str) -> str:
    """Return what came of each attempt, in order."""
    parts = desk.replies.parts(reply_id)
    found = (attempt.outcome for part in parts for attempt in desk.replies.attempts(part.id))
    return " ► ".join(outcome or "under way" for outcome in found)


STATES = {"sent": "green", "delivered": "green", "awaiting_approval": "yellow", "unknown": "red"}


def _lit(state: str) -> str:
    return f"[{STATES.get(state, 'cyan')}]{state.replace('_', ' ')}[/]"
