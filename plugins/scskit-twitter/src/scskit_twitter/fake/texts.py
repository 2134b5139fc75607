"""How X writes a text down: links shortened, three characters escaped, and who is named in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final

from attrs import define, field

from scskit_twitter.fake.state import Medium, User
from scskit_twitter.weight import links

_NAMED: Final = re.compile(r"(?<![\w@])@(?P<user>\w{1,15})\b|(?<![\w#])#(?P<tag>\w+)")


@define
class Written:
    """A text as X keeps it.

    Attributes:
        text: escaped, with short links.
        mentions: who is named: from, to, handle, user id.
        hashtags: from, to, word.
        urls: from, to, short, long.
        own_from: where the text begins that the author wrote.
    """

    text: str = ""
    mentions: list[tuple[int, int, str, str]] = field(factory=list)
    hashtags: list[tuple[int, int, str]] = field(factory=list)
    urls: list[tuple[int, int, str, str]] = field(factory=list)
    own_from: int = 0

    def entities(self) -> dict[str, Any]:
        """Write what is in it as API version 2 does; empty when nothing is."""
        found: dict[str, list[dict[str, Any]]] = {
            "mentions": [
                {"start": start, "end": end, "username": name, "id": user}
                for start, end, name, user in self.mentions
            ],
            "hashtags": [{"start": s, "end": e, "tag": word} for s, e, word in self.hashtags],
            "urls": [
                {
                    "start": start,
                    "end": end,
                    "url": short,
                    "expanded_url": long,
                    "display_url": re.sub(r"^https?://", "", long)[:30],
                }
                for start, end, short, long in self.urls
            ],
        }
        return {name: values for name, values in found.items() if values}

    def legacy_entities(self) -> dict[str, Any]:
        """Write the same as API version 1.1 does."""
        return {
            "hashtags": [{"text": word, "indices": [s, e]} for s, e, word in self.hashtags],
            "symbols": [],
            "urls": [
                {"url": short, "expanded_url": long, "indices": [start, end]}
                for start, end, short, long in self.urls
            ],
            "user_mentions": [
                {"screen_name": name, "id": int(user), "id_str": user, "indices": [start, end]}
                for start, end, name, user in self.mentions
            ],
        }


def write(
    typed: str,
    find: Callable[[str], User | None],
    *,
    leading: Sequence[User] = (),
    media: Sequence[Medium] = (),
) -> Written:
    """Write down what somebody typed.

    Args:
        typed: the text.
        find: returns who has a handle.
        leading: whose handles X puts before it.
        media: what X puts a link to behind it.
    """
    done = Written()
    for user in leading:
        _name(done, user.username, user)
        done.text += " "
    done.own_from = len(done.text)
    at = 0
    for start, end in links(typed):
        _plain(done, typed[at:start], find)
        _link(done, typed[start:end])
        at = end
    _plain(done, typed[at:], find)
    if media:
        done.text += " " if done.text else ""
        _link(done, f"https://x.com/i/media/{media[0].id}")
    return done


def _plain(done: Written, text: str, find: Callable[[str], User | None]) -> None:
    at = 0
    for found in _NAMED.finditer(text):
        done.text += escaped(text[at : found.start()])
        at = found.end()
        start = len(done.text)
        if found["tag"]:
            done.text += found[0]
            done.hashtags.append((start, len(done.text), found["tag"]))
        elif user := find(found["user"]):
            _name(done, found["user"], user)
        else:
            done.text += found[0]
    done.text += escaped(text[at:])


def _name(done: Written, handle: str, user: User) -> None:
    start = len(done.text)
    done.text += f"@{handle}"
    done.mentions.append((start, len(done.text), handle, user.id))


def _link(done: Written, long: str) -> None:
    digest = sha256(long.encode()).hexdigest()[:10]
    start = len(done.text)
    done.text += f"https://t.co/{digest}"
    full = long if long.startswith(("http://", "https://")) else f"http://{long}"
    done.urls.append((start, len(done.text), done.text[start:], full))


def escaped(text: str) -> str:
    """Escape the three characters that X escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def named_in(text: str, find: Callable[[str], User | None]) -> tuple[User, ...]:
    """Return whom somebody names in a text, each once."""
    found = [find(match["user"]) for match in _NAMED.finditer(text) if match["user"]]
    return tuple(dict.fromkeys(user for user in found if user is not None))
