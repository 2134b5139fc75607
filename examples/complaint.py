"""A complaint from beginning to end: out of sight, into private, answered, closed in public."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.table import Table

from scskit import ReplyRefused, hookimpl

if TYPE_CHECKING:
    from brand import Brand
    from rich.console import Console

    from scskit import Case
    from scskit.core.event import Event

COMPLAINT = "My card 4539 1488 0343 6467 was charged twice and nobody helps me!"
PHONE = "+34600123456"
EVA = "agent:eva"


class Phones:
    """Brings one-time codes to telephones, as a bank's own plugin would by SMS."""

    name = "phones"

    def __init__(self) -> None:
        """Begin without messages."""
        self.shown: dict[str, str] = {}

    @hookimpl
    def scskit_deliver_code(self, to: str, code: str) -> bool:
        """Show a code on a telephone."""
        self.shown[to] = code
        return True


def complaint(brand: Brand, phones: Phones, console: Console) -> None:
    """Serve somebody whose card number everybody can read, and show the case.

    Raises:
        SystemExit: something that the story promises did not happen.
    """
    console.print(Panel(f"[bold]{brand.name}[/]: a card number in public", expand=False))
    facebook: Any = brand.networks["facebook"]
    page, rosa = facebook.account("roble"), facebook.customer("Rosa Marín")
    comment = rosa.comments(on=page.posts("Our new app is here."), text=COMPLAINT)
    brand.hears()
    case = brand.case_of("charged twice")
    replies = brand.desk.replies

    _later(brand)
    replies.hide(case.id, comment.id, by=EVA, because="their card number is on show")
    _later(brand)
    replies.handoff(case.id, by=EVA)  # thanks them in public, and invites them into private
    _later(brand)
    rosa.writes("Both times it was the flower shop, on Friday.", to=page)
    _later(brand)
    replies.challenge(case.id, by=EVA, to=PHONE, crm_id="customer-42")
    replies.send(case.id, "We have sent you a code by SMS. Which is it, please?", by=EVA)
    _later(brand)
    code = phones.shown[PHONE]
    rosa.writes(f"It is {code}", to=page)
    _later(brand)
    replies.send(case.id, "Thank you. We have paid 39 € back to your card 6467.", by=EVA)
    _later(brand)
    brand.desk.cases.solve(case.id, by=EVA, because="paid back")
    _close(brand, case, console)
    _later(brand)

    _show(brand, case, console)
    console.print(f"On Facebook the comment is {'hidden' if comment.hidden else 'on show'}.")
    told = [text for _, _, _, text in _told(brand, case)]
    if not comment.hidden or any(code in text for text in told):
        raise SystemExit("the card number or the code is on show")


def _later(brand: Brand) -> None:
    """Let everything arrive, and a minute pass."""
    brand.settles()
    brand.clock.advance(timedelta(minutes=1))


def _close(brand: Brand, case: Case, console: Console) -> None:
    """Tell those who read along that it came to a good end, and nothing of how."""
    replies = brand.desk.replies
    try:
        replies.close_publicly(case.id, "Rosa has her 39 € for the flower shop back.", by=EVA)
    except ReplyRefused as refused:
        codes = ", ".join(dict.fromkeys(one.code for one in refused.violations))
        console.print(f"[yellow]refused[/]      to say 39 € in public: {codes}")
    replies.close_publicly(case.id, by=EVA)


def _show(brand: Brand, case: Case, console: Console) -> None:
    """Print what happened in the case, and who the customer is by now."""
    table = Table("at", "who", "where", "what")
    for instant, who, where, text in _told(brand, case):
        table.add_row(f"{instant:%H:%M}", who, where, text)
    console.print(table)
    found = brand.desk.cases.get(case.id)
    customer = brand.desk.customers.get(found.customer_id or "")
    console.print(f"One case, {found.state}; {customer.crm_id} is who they say.")


EVENTS = {
    "message_hidden": lambda _: "[green]hidden on the network[/]",
    "handoff_offered": lambda e: f"invited into private by {e.how.replace('_', ' ')}",
    "challenge_issued": lambda _: "asked who they are, by a code to their telephone",
    "identity_verified": lambda _: "[green]they are who they say[/]",
}


def _told(brand: Brand, case: Case) -> Iterator[tuple[datetime, str, str, str]]:
    """Yield what happened: when, by whom, where, and what."""
    for entry in brand.desk.cases.timeline(case.id):
        if said := entry.interaction:
            who = brand.customer(case) if said.direction == "inbound" else "the bank"
            kinds = [label.value for label in entry.labels if label.kind == "personal_data"]
            flag = f" [red]◄ on show: {', '.join(kinds)}[/]" if kinds else ""
            yield entry.at, who, said.visibility, f"“{said.text}”{flag}"
        elif entry.event and (event := entry.event.event).type in EVENTS:
            yield entry.at, event.by, "", _words(event)


def _words(event: Event) -> str:
    return EVENTS[event.type](event)
