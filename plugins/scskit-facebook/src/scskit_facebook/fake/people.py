"""People: one name, and an id of its own on every account that sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scskit.testing.network import Thing, verb
from scskit_facebook.fake import talking, telling
from scskit_facebook.fake.content import Comment, Content, Post, Review
from scskit_facebook.fake.messages import Message

if TYPE_CHECKING:
    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.messages import Conversation
    from scskit_facebook.fake.server import FakeFacebook

HEART = "\u2764\ufe0f"


class Customer(Thing[Any]):
    """Somebody who writes to brands.

    Attributes:
        id: by which comments on Facebook name them; conversations know them by another.
        name: as it is shown.
        username: on Instagram.
        scoped: their ids in conversations, by the account's id.
        blocked: the accounts from which they take no messages.
    """

    network: FakeFacebook

    def __init__(self, network: FakeFacebook, name: str, username: str = "") -> None:
        """Come onto the network."""
        super().__init__(network, network.digits(17))
        self.name = name
        self.username = username or "".join(c for c in name.lower() if c.isalnum() or c in "._")
        self.scoped: dict[str, str] = {}
        self.blocked: set[str] = set()
        self._latest: Account | None = None
        network.things[self.id] = self

    def told(self) -> dict[str, Any]:
        """Return what ``/_fake/`` tells of them."""
        return {**super().told(), "name": self.name, "scoped": dict(self.scoped)}

    def scoped_id(self, account: Account) -> str:
        """Return their id in conversations with an account: no other account knows it."""
        if account.id not in self.scoped:
            made = self.network.digits(16)
            self.scoped[account.id] = made
            self.network.scoped[made] = (self, account)
        return self.scoped[account.id]

    def public_id(self, account: Account) -> str:
        """Return the id that their comments bear."""
        return self.scoped_id(account) if account.object == "instagram" else self.id

    # In public.

    @verb
    def comments(self, on: Content, text: str = "", photo: str = "", video: str = "") -> Comment:
        """Comment on a post, or answer a comment."""
        if not isinstance(on, (Post, Comment)):
            raise TypeError("on: expected a post or a comment")
        comment = Comment(on, self, text, _media(photo, video))
        telling.of_content(comment, "add", "message")
        return comment

    answers = comments

    @verb
    def posts(self, text: str = "", to: Account | None = None, photo: str = "") -> Post:
        """Write on a page's wall, as a visitor."""
        post = Post(self.account(to), self, text, _media(photo))
        telling.of_content(post, "add", "message")
        return post

    @verb
    def reviews(
        self,
        text: str = "",
        to: Account | None = None,
        *,
        recommends: bool | None = True,
        rating: int = 5,
    ) -> Review:
        """Say whether they recommend a page; with ``recommends=None``, give it stars."""
        review = Review(self.account(to), self, text, recommends=recommends, rating=rating)
        telling.of_content(review, "add", "message")
        return review

    @verb
    def mentions(self, of: Account, text: str, on: Content | None = None) -> Content:
        """Name an account in a post of their own, or in a comment on somebody else's."""
        wall = self.network.wall_of(self, of)
        content: Content = Post(wall, self, text)
        if on is not None or of.object == "instagram":
            under = on if isinstance(on, (Post, Comment)) else Post(wall, self)
            content = Comment(under, self, text)
        telling.of_mention(of, content)
        of.mentioned.append(content)
        return content

    @verb
    def reacts(self, on: Content | Message, emoji: str = "", reaction: str = "") -> None:
        """React to a post or comment (``like``, ``love``, ...), or to a message (with an emoji)."""
        if isinstance(on, Message):
            talking.react(on, emoji or HEART, reaction or ("other" if emoji else "love"))
        else:
            on.react(self, reaction or "like")

    @verb
    def takes_back(self, on: Content | Message) -> None:
        """Take a reaction back."""
        if isinstance(on, Message):
            talking.react(on, "", "")
        else:
            on.react(self, "")

    # In private.

    @verb
    def writes(
        self,
        /,
        text: str = "",
        to: Account | None = None,
        quoting: Message | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
        **more: Any,  # noqa: ANN401  what else a message holds
    ) -> Message:
        """Write a message.

        Args:
            text: what it says.
            to: the account; the one they spoke with last where none is given.
            quoting: the message that it answers.
            attachments: such as ``{"type": "image", "url": "https://..."}``.
            more: as Meta calls it: ``quick_reply``, ``referral``, ``reply_to``, ``is_unsupported``.
        """
        extra = dict(more)
        if quoting is not None:
            extra["reply_to"] = {"mid": quoting.id}
        return talking.say(self.conversation(to), text, attachments, extra)

    @verb
    def presses(
        self,
        /,
        title: str,
        payload: str = "",
        to: Account | None = None,
        **more: Any,  # noqa: ANN401  what else a button told
    ) -> Message:
        """Press a button: of a template, of the menu, or *Get started*."""
        return talking.press(self.conversation(to), title, payload or title, more)

    @verb
    def reads(self, to: Account | None = None) -> None:
        """Read everything that the account wrote."""
        talking.read(self.conversation(to))

    @verb
    def opts_in(self, to: Account | None = None, ref: str = "") -> None:
        """Allow the account to write."""
        talking.happens(self.conversation(to), "messaging_optins", {"optin": {"ref": ref}})

    @verb
    def refers(self, to: Account | None = None, ref: str = "", source: str = "SHORTLINK") -> None:
        """Come into the conversation by a link or an advertisement."""
        referral = {"ref": ref, "source": source, "type": "OPEN_THREAD"}
        talking.happens(self.conversation(to), "messaging_referrals", {"referral": referral})

    @verb
    def blocks(self, of: Account | None = None) -> None:
        """Take no more messages from an account."""
        self.blocked.add(self.account(of).id)

    def account(self, given: Account | None) -> Account:
        """Return the account that is meant: the one they spoke with last, or the first."""
        found = given or self._latest or self.network.first_account()
        self._latest = found
        return found

    def conversation(self, to: Account | None) -> Conversation:
        """Return the conversation with an account."""
        return self.account(to).conversation(self)


def _media(photo: str, video: str = "") -> list[dict[str, str]]:
    given = (("photo", photo), ("video", video))
    return [{"kind": kind, "url": url} for kind, url in given if url]
