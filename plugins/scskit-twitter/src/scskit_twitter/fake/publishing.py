"""What happens to posts, whoever asks for it: people in the app, or a client of the API."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from attrs import evolve

from scskit_twitter.fake import events
from scskit_twitter.fake.state import Medium, Post, User
from scskit_twitter.fake.texts import named_in

if TYPE_CHECKING:
    from scskit_twitter.fake.server import FakeX

_LEADING = re.compile(r"@(\w{1,15})\s+")


def publish(  # noqa: PLR0913  all that a post is made of
    network: FakeX,
    author: User,
    typed: str,
    *,
    replied_to: Post | None = None,
    quoted: Post | None = None,
    reposted: Post | None = None,
    media: tuple[Medium, ...] = (),
    without: Collection[str] = (),
) -> Post:
    """Put a post onto X, and push it to whom it concerns.

    Args:
        network: where.
        author: who writes.
        typed: what.
        replied_to: what it answers.
        quoted: what it is about.
        reposted: what it repeats.
        media: what comes with it.
        without: the ids of users whose handles X shall not put before it.
    """
    external_id = network.new_id()
    leading = _leading(author, replied_to, without)
    post = Post(
        id=external_id,
        author=author,
        typed=_without(typed, leading),
        created_at=network.clock.now(),
        conversation=replied_to.conversation if replied_to else external_id,
        leading=leading,
        replied_to=replied_to,
        quoted=quoted,
        reposted=reposted,
        history=[external_id],
        media=media,
    )
    post.mentions = named_in(post.typed, network.find)
    network.posts[post.id] = post
    network.said.setdefault(said(post.author, typed, replied_to, quoted), []).append(post)
    events.posted(network, post)
    return post


def said(author: User, typed: str, replied_to: Post | None, quoted: Post | None) -> tuple[str, ...]:
    """Return by what X knows the same words again."""
    others = (post.id if post else "" for post in (replied_to, quoted))
    return (author.id, typed, *others)


def _leading(author: User, answered: Post | None, without: Collection[str]) -> tuple[User, ...]:
    """Return whose handles X puts before an answer: all who take part in the conversation."""
    if answered is None:
        return ()
    people = dict.fromkeys((answered.author, *answered.leading, *answered.mentions))
    return tuple(one for one in people if one is not author and one.id not in without)


def _without(typed: str, leading: Collection[User]) -> str:
    """Return the text without handles at its beginning that X puts there anyhow."""
    handles = {user.username.casefold() for user in leading}
    while (found := _LEADING.match(typed)) and found[1].casefold() in handles:
        typed = typed[found.end() :]
    return typed


def revise(network: FakeX, post: Post, typed: str) -> Post:
    """Make a new version of a post: a post of its own, which knows all versions."""
    external_id = network.new_id()
    post.history.append(external_id)
    revised = evolve(post, id=external_id, typed=typed, created_at=network.clock.now())
    revised.history = post.history
    revised.mentions = named_in(typed, network.find)
    network.posts[revised.id] = revised
    events.posted(network, revised, edited=True)
    return revised


def remove(network: FakeX, post: Post) -> None:
    """Take a post away, in all its versions."""
    for external_id in post.history:
        network.posts[external_id].deleted = True
    for sent in network.sent:
        sent.deleted = sent.deleted or sent.id in post.history
    events.removed(network, post)
