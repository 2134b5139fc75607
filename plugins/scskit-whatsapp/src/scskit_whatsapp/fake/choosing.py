"""What a person can choose on a message: buttons, rows of a list, quick replies of a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scskit_whatsapp.fake.messages import Message


def chosen(message: Message, choice: str) -> tuple[str, dict[str, Any]]:
    """Return the type and the content of the message that choosing makes.

    Args:
        message: what offers something.
        choice: the title of what is chosen, or its id.

    Raises:
        ValueError: it offers nothing of this name.
    """
    for payload, title in message.buttons.items():
        if choice in {payload, title}:
            return "button", {"payload": payload, "text": title}
    if message.type == "interactive":
        for type_, offer in _offers(message.content):
            if choice in {offer["id"], offer["title"]}:
                return "interactive", {"type": type_, type_: dict(offer)}
    told = f"the message offers nothing called {choice!r}"
    raise ValueError(told)


def _offers(interactive: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    action = interactive.get("action", {})
    for button in action.get("buttons", ()):
        yield "button_reply", button["reply"]
    for section in action.get("sections", ()):
        for row in section.get("rows", ()):
            yield "list_reply", row
