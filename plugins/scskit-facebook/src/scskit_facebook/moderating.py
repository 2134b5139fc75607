"""What else is done: hide, remove, like and change comments; show that somebody reads or types."""

from __future__ import annotations

from typing import Any

from scskit.core.errors import Rejected
from scskit.plugins import Flow
from scskit_facebook.places import Place
from scskit_meta.errors import unknown_outcome

_OK = 200


def hide(place: Place, target: str, *, hidden: bool = True) -> Flow[None]:
    """Hide a comment from everybody but its author and their friends, or show it again."""
    body = {"is_hidden" if place.network == "facebook" else "hide": hidden}
    _succeeded((yield from place.graph.post((target,), body)))


def delete(place: Place, target: str) -> Flow[None]:
    """Remove a comment or post for good."""
    _succeeded((yield from place.graph.delete((target,))))


def edit(place: Place, target: str, text: str) -> Flow[None]:
    """Change a comment of one's own.

    Raises:
        Rejected: it is on Instagram, where comments cannot be changed.
    """
    _only_facebook(place, "changed")
    _succeeded((yield from place.graph.post((target,), {"message": text})))


def like(place: Place, target: str, *, liked: bool = True) -> Flow[None]:
    """Like a post or comment in the page's name, or take it back.

    Raises:
        Rejected: it is on Instagram, which does not let apps.
    """
    _only_facebook(place, "liked")
    path = (target, "likes")
    _succeeded((yield from (place.graph.post(path, {}) if liked else place.graph.delete(path))))


def typing(place: Place, recipient: str, *, on: bool = True) -> Flow[None]:
    """Show a person for about 20 seconds that an answer is written, or stop showing it."""
    yield from _act(place, recipient, "typing_on" if on else "typing_off")


def seen(place: Place, recipient: str) -> Flow[None]:
    """Show a person that their messages were read."""
    yield from _act(place, recipient, "mark_seen")


def _act(place: Place, recipient: str, action: str) -> Flow[None]:
    body = {"recipient": {"id": recipient}, "sender_action": action}
    yield from place.graph.post((place.sender, "messages"), body)


def _only_facebook(place: Place, done: str) -> None:
    if place.network != "facebook":
        raise Rejected(f"comments on Instagram cannot be {done}", error_class="permanent")


def _succeeded(answer: dict[str, Any]) -> None:
    if answer.get("success") is not True:
        raise unknown_outcome(_OK, "the answer does not say that it was done")
