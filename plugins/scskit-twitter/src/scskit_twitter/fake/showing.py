"""How API version 2 shows posts, users, media and direct messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import define, field

from scskit_twitter.fake.state import DirectMessage, Medium, Post, User, written
from scskit_twitter.fake.texts import Written, write
from scskit_twitter.fake.wanted import Wanted
from scskit_twitter.limits import POST_LENGTH
from scskit_twitter.weight import weighted_length

Json = dict[str, Any]
_CUT = 230
"""Characters of a long post that stand in its ``text``."""


@define
class Shown:
    """Writes posts and messages, and collects what is to stand beside them.

    Attributes:
        wanted: what is to be seen.
        find: returns who has a handle.
        find_post: returns a post by its id.
    """

    wanted: Wanted
    find: Callable[[str], User | None]
    find_post: Callable[[str], Post | None]
    _users: dict[str, Json] = field(factory=dict)
    _posts: dict[str, Json] = field(factory=dict)
    _media: dict[str, Json] = field(factory=dict)

    def post(self, post: Post, *, beside: bool = False) -> Json:
        """Write a post.

        Args:
            post: the version to write.
            beside: whether it stands beside another, and brings nobody along.
        """
        full = write(post.typed, self.find, leading=post.leading, media=post.media)
        text = self._shortened(post)
        shown: Json = {"id": post.id, "text": text.text, **self._history(post)}
        for name, value in self._fields(post, text, full).items():
            if value is not None and self.wanted.shows(name):
                shown[name] = value
        if not beside:
            self._expand(post, full)
        return shown

    def _shortened(self, post: Post) -> Written:
        typed = post.typed
        if weighted_length(typed) > POST_LENGTH:
            typed = typed[:_CUT].rstrip() + "… https://x.com/i/web/status/" + post.id
        return write(typed, self.find, leading=post.leading, media=post.media)

    def _history(self, post: Post) -> Json:
        names = [self.wanted.names] if self.wanted.names else ["post", "tweet"]
        return {f"edit_history_{name}_ids": list(post.history) for name in names}

    def _fields(self, post: Post, text: Written, full: Written) -> Json:
        word = "tweet" if self.wanted.names == "tweet" else "post"
        note = full if full.text != text.text else None
        answered = post.replied_to.author.id if post.replied_to else _first_named(post, text)
        return {
            "author_id": post.author.id,
            "created_at": written(post.created_at),
            "conversation_id": post.conversation,
            "in_reply_to_user_id": answered,
            f"referenced_{word}s": _references(post) or None,
            "entities": text.entities() or None,
            "attachments": {"media_keys": [one.key for one in post.media]} if post.media else None,
            f"note_{word}": {"text": note.text, "entities": note.entities()} if note else None,
            "display_text_range": [text.own_from, len(text.text)],
            "lang": "en" if post.typed.isascii() else "und",
            "possibly_sensitive": False,
            "reply_settings": "everyone",
            "public_metrics": _metrics(word),
            "username": post.author.username,
        }

    def _expand(self, post: Post, text: Written) -> None:
        """Let stand beside a post what the request wants there."""
        referred = [one for one in (post.replied_to, post.quoted, post.reposted) if one]
        versions = filter(None, map(self.find_post, post.history))
        answered = [post.replied_to.author] if post.replied_to else []
        named = filter(None, (self.find(handle) for _, _, handle, _ in text.mentions))
        users: dict[str, Iterable[User]] = {
            "author_id": [post.author],
            "in_reply_to_user_id": answered,
            "entities.mentions.username": named,
            "referenced_tweets.id.author_id": [one.author for one in referred],
        }
        posts: dict[str, Iterable[Post]] = {
            "referenced_posts": referred,
            "referenced_tweets.id": referred,
            "edit_history_post_ids": versions,
            "edit_history_tweet_ids": versions,
        }
        for expansion in self.wanted.expansions:
            for user in users.get(expansion, ()):
                self.user(user)
            for one in posts.get(expansion, ()):
                self._beside(one)
        if "attachments.media_keys" in self.wanted.expansions:
            self._keep_media(post.media)

    def _beside(self, post: Post) -> None:
        if not post.deleted:
            self._posts[post.id] = self.post(post, beside=True)

    def _keep_media(self, media: Iterable[Medium]) -> None:
        for one in media:
            shown: Json = {"media_key": one.key, "type": one.kind}
            address = f"https://pbs.twimg.com/media/{one.id}"
            more: Json = {"alt_text": one.alt_text or None, "url": address}
            if one.kind == "video":
                variants = [{"bit_rate": 832_000, "content_type": "video/mp4", "url": address}]
                more = {"preview_image_url": f"{address}.jpg", "variants": variants}
            shown |= {k: v for k, v in more.items() if v is not None and k in self.wanted.media}
            self._media[one.key] = shown

    def user(self, user: User) -> Json:
        """Write a user, and let the user stand beside."""
        shown = show_user(user, self.wanted)
        self._users[user.id] = shown
        return shown

    def message(self, message: DirectMessage) -> Json:
        """Write a direct message."""
        text = write(message.typed, self.find, media=message.media)
        shown: Json = {"id": message.id, "event_type": "MessageCreate", "text": text.text}
        keys = [one.key for one in message.media]
        more: Json = {
            "created_at": written(message.created_at),
            "dm_conversation_id": message.conversation,
            "sender_id": message.sender.id,
            "participant_ids": [person.id for person in message.people],
            "attachments": {"media_keys": keys} if keys else None,
            "entities": text.entities() or None,
        }
        for name, value in more.items():
            if value is not None and self.wanted.shows_in_message(name):
                shown[name] = value
        if "sender_id" in self.wanted.expansions:
            self.user(message.sender)
        if "participant_ids" in self.wanted.expansions:
            for person in message.people:
                self.user(person)
        if "attachments.media_keys" in self.wanted.expansions:
            self._keep_media(message.media)
        return shown

    def includes(self) -> Json:
        """Return all that stands beside; empty when nothing does."""
        word = "tweets" if self.wanted.names == "tweet" else "posts"
        found = {"users": self._users, word: self._posts, "media": self._media}
        return {name: list(values.values()) for name, values in found.items() if values}


def show_user(user: User, wanted: Wanted) -> Json:
    """Write a user as API version 2 does."""
    shown: Json = {"id": user.id, "name": user.name, "username": user.username}
    more: Json = {
        "created_at": written(user.created_at),
        "description": "",
        "protected": user.protected,
        "verified": user.premium,
        "verified_type": "blue" if user.premium else "none",
        "profile_image_url": "https://abs.twimg.com/sticky/default_profile_images/default.png",
        "public_metrics": _user_metrics(user, wanted),
    }
    return shown | {name: value for name, value in more.items() if name in wanted.user}


def _user_metrics(user: User, wanted: Wanted) -> Json:
    word = "tweet" if wanted.names == "tweet" else "post"
    return {
        "followers_count": user.followers,
        "following_count": 0,
        f"{word}_count": 0,
        "listed_count": 0,
        "like_count": 0,
        "media_count": 0,
    }


def _metrics(word: str) -> Json:
    repeated = "retweet_count" if word == "tweet" else "repost_count"
    counts = (repeated, "reply_count", "like_count", "quote_count", "bookmark_count")
    return dict.fromkeys((*counts, "impression_count"), 0)


def _references(post: Post) -> list[Json]:
    pairs = (
        ("retweeted", post.reposted),
        ("quoted", post.quoted),
        ("replied_to", post.replied_to),
    )
    return [{"type": kind, "id": one.id} for kind, one in pairs if one is not None]


def _first_named(post: Post, text: Written) -> str | None:
    """Return whom a post begins with: X takes that for an answer to them, which it is not."""
    if post.typed.startswith("@") and text.mentions and text.mentions[0][0] == 0:
        return text.mentions[0][3]
    return None
