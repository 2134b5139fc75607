"""What stands on pages and Instagram accounts in public: posts, reviews, and trees of comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from scskit.testing.network import Thing, verb
from scskit_facebook.fake import telling

if TYPE_CHECKING:
    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.people import Customer
    from scskit_facebook.fake.server import FakeFacebook

    Author: TypeAlias = Account | Customer


class Content(Thing[Any]):
    """A post or comment.

    Attributes:
        account: the page or Instagram account that it stands on.
        author: who wrote it.
        text: what it says now.
        at: when it was written.
        changed_at: when it was last changed; None for never.
        media: addresses of pictures and videos, each with its kind.
        hidden: whether the account hid it.
        removed: whether it is gone.
        reactions: of whom, by their id: their name and what they chose.
        answered_privately: whether its one private reply was sent.
    """

    network: FakeFacebook
    item = ""

    def __init__(
        self,
        id_: str,
        account: Account,
        author: Author,
        text: str,
        media: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Stand on an account from now on."""
        super().__init__(account.network, id_)
        self.account, self.author, self.text = account, author, text
        self.at: datetime = self.network.clock.now()
        self.changed_at: datetime | None = None
        self.media = list(media)
        self.hidden = self.removed = self.answered_privately = False
        self.reactions: dict[str, tuple[str, str]] = {}
        self.network.things[id_] = self

    @property
    def own(self) -> bool:
        """Whether the account itself wrote it."""
        return self.author is self.account

    @property
    def author_id(self) -> str:
        """The id of who wrote it, as the account sees them."""
        return self.author.public_id(self.account)

    def told(self) -> dict[str, Any]:
        """Return what ``/_fake/`` tells of it."""
        told = {"text": self.text, "by": self.author_id, "on": self.account.id}
        return {**super().told(), **told, "hidden": self.hidden, "deleted": self.removed}

    @verb
    def edited(self, text: str) -> None:
        """Say something else.

        Raises:
            ValueError: it stands on Instagram, where comments cannot be changed.
        """
        if self.account.object == "instagram":
            raise ValueError("Instagram lets nobody change a comment")
        self.change(text)

    @verb
    def deleted(self) -> None:
        """Be gone, by its author's own hand."""
        self.gone()

    def change(self, text: str) -> None:
        """Say something else, and let the app know."""
        self.text, self.changed_at = text, self.network.clock.now()
        telling.of_content(self, "edited", "edit")

    def hide(self, *, hidden: bool) -> None:
        """Be seen by nobody but the author and their friends, or by everybody again."""
        self.hidden = hidden
        telling.of_content(self, "hide" if hidden else "unhide", "other", by=self.account)

    def gone(self) -> None:
        """Be gone, with all that hangs from it, and let the app know."""
        for one in (self, *self.beneath()):
            one.removed = True
            for sent in self.network.sent:
                sent.deleted = sent.deleted or sent.id == one.id
        telling.of_content(self, "remove", "deletion")

    def beneath(self) -> Iterator[Comment]:
        """Go through everything that hangs from it and still stands."""
        raise NotImplementedError

    def react(self, who: Author, choice: str) -> None:
        """Take a reaction; an empty one takes it back."""
        id_ = who.public_id(self.account)
        before = self.reactions.pop(id_, None)
        verb_ = "remove" if not choice else "edit" if before else "add"
        if choice:
            self.reactions[id_] = (who.name, choice)
        elif before is None:
            return
        telling.of_reaction(self, who, verb_, choice or (before or ("", "like"))[1])


class Post(Content):
    """A post of a page or a visitor, or an Instagram medium.

    Attributes:
        item: what Meta calls it in webhooks: ``status`` of the page, ``post`` of a visitor, ...
        comments: everything beneath it, in the order in which it was written.
        link: an address that it shares.
        published: whether it is no draft and no advertisement.
        photo_id: the id of its photo or video, where it was uploaded by itself.
    """

    def __init__(  # noqa: PLR0913  what a post is made of
        self,
        account: Account,
        author: Author,
        text: str = "",
        media: Sequence[Mapping[str, str]] = (),
        *,
        link: str = "",
        published: bool = True,
    ) -> None:
        """Stand on an account; see ``Content``."""
        super().__init__(account.new_post_id(), account, author, text, media)
        self.item = _item(self, link)
        self.comments: list[Comment] = []
        self.link, self.published = link, published
        self.photo_id = ""
        account.content.append(self)

    def beneath(self) -> Iterator[Comment]:
        """Go through the comments that still stand."""
        return (one for one in self.comments if not one.removed)


def _item(post: Content, link: str) -> str:
    kinds = {one.get("kind", "photo") for one in post.media}
    if "video" in kinds:
        return "video"
    if kinds:
        return "photo"
    if link:
        return "share"
    return "status" if post.own else "post"


class Review(Post):
    """What a customer thinks of a page.

    Attributes:
        recommends: whether they recommend it; None where they gave stars.
        rating: stars, 1 to 5; None where they recommend or not.
    """

    def __init__(
        self, account: Account, author: Author, text: str, *, recommends: bool | None, rating: int
    ) -> None:
        """Stand on a page."""
        super().__init__(account, author, text)
        self.item = "rating"
        self.recommends = recommends
        self.rating = rating if recommends is None else None


class Comment(Content):
    """A comment, beneath a post or another comment; one level of answers is all there is.

    Attributes:
        post: what it hangs from in the end.
        parent: the comment that it answers; None beneath the post itself.
    """

    item = "comment"

    def __init__(
        self,
        on: Post | Comment,
        author: Author,
        text: str = "",
        media: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Hang from a post or comment; an answer to an answer stands beside that."""
        self.post: Post = on if isinstance(on, Post) else on.post
        self.parent: Comment | None = None if isinstance(on, Post) else on.parent or on
        id_ = on.account.new_comment_id(self.post)
        super().__init__(id_, on.account, author, text, media)
        self.post.comments.append(self)

    def beneath(self) -> Iterator[Comment]:
        """Go through the answers that still stand."""
        return (one for one in self.post.comments if one.parent is self and not one.removed)
