"""Brands' accounts: Facebook pages with their Messenger, and Instagram's professional accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from scskit.testing.network import Thing, verb
from scskit_facebook.fake import talking, telling
from scskit_facebook.fake.content import Comment, Content, Post
from scskit_facebook.fake.messages import Conversation, Message
from scskit_meta.fake import Token

if TYPE_CHECKING:
    from scskit_facebook.fake.people import Customer
    from scskit_facebook.fake.server import FakeFacebook

PAGE_SCOPES: Final = frozenset(
    {
        "pages_manage_metadata",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_manage_engagement",
        "pages_manage_posts",
        "pages_messaging",
        "pages_show_list",
    }
)
INSTAGRAM_SCOPES: Final = frozenset(
    {
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
        "instagram_business_basic",
        "instagram_business_manage_comments",
        "instagram_business_manage_messages",
    }
)


class Account(Thing[Any]):
    """What a page and an Instagram account have in common.

    Attributes:
        id: as webhooks name it.
        name: as it is shown.
        username: in addresses, and on Instagram.
        token: acts in its name.
        human_agent: whether the app may tag what people write after 24 hours.
        content: the posts on it, in order.
        mentioned: what others wrote elsewhere that names it.
        conversations: by the person's scoped id.
        profile: its greeting, menu and so on, by field.
    """

    object: ClassVar[Literal["page", "instagram"]]
    fields: ClassVar[frozenset[str]]

    network: FakeFacebook
    token: Token

    def __init__(self, network: FakeFacebook, name: str, id_: str, *, human_agent: bool) -> None:
        """Come onto the network."""
        super().__init__(network, id_)
        self.name = name
        self.username = "".join(c for c in name.lower() if c.isalnum() or c in "._")
        self.human_agent = human_agent
        self.content: list[Post] = []
        self.mentioned: list[Content] = []
        self.conversations: dict[str, Conversation] = {}
        self.profile: dict[str, Any] = {}
        network.things[id_] = self
        network.accounts.append(self)

    def told(self) -> dict[str, Any]:
        """Say what the account is, and what the API is asked with."""
        app = {
            "app_id": self.network.app_id,
            "app_token": self.network.app_token,
            "user_token": self.network.user_token.value,
        }
        names = {"name": self.name, "username": self.username}
        return {**super().told(), **names, "token": self.token.value, **app}

    def public_id(self, account: Account) -> str:  # noqa: ARG002  accounts have one id for all
        """Return the id that its comments bear."""
        return self.id

    def field(self, name: str) -> str:
        """Return the account's word for a field that pages have."""
        return name

    def new_post_id(self) -> str:
        """Return the id of a new post."""
        return f"{self.id}_{self.network.digits()}"

    def new_comment_id(self, post: Post) -> str:
        """Return the id of a new comment."""
        return f"{post.id.rpartition('_')[2]}_{self.network.digits()}"

    def conversation(self, person: Customer) -> Conversation:
        """Return the conversation with a person."""
        key = person.scoped_id(self)
        if key not in self.conversations:
            self.conversations[key] = Conversation(self, person)
        return self.conversations[key]

    # What its people do in the network's own app.

    @verb
    def posts(self, text: str = "", photo: str = "", link: str = "") -> Post:
        """Publish a post."""
        media = [{"kind": "photo", "url": photo}] if photo else []
        post = Post(self, self, text, media, link=link)
        telling.of_content(post, "add", "echo")
        return post

    @verb
    def comments(self, on: Content, text: str) -> Comment:
        """Comment, or answer a comment."""
        if not isinstance(on, (Post, Comment)):
            raise TypeError("on: expected a post or a comment")
        comment = Comment(on, self, text)
        telling.of_content(comment, "add", "echo")
        return comment

    @verb
    def writes(self, to: Customer, text: str) -> Message:
        """Write to a person in the inbox."""
        return talking.answer(self.conversation(to), text)

    @verb
    def answers(self, on: Content | Message, text: str) -> Thing[Any]:
        """Answer a comment where it stands, or a message in its conversation."""
        if isinstance(on, Message):
            return talking.answer(on.conversation, text)
        return self.comments(on, text)

    @verb
    def hides(self, on: Content) -> None:
        """Hide a comment."""
        on.hide(hidden=True)

    @verb
    def shows(self, on: Content) -> None:
        """Show a comment that was hidden."""
        on.hide(hidden=False)

    @verb
    def removes(self, on: Content) -> None:
        """Remove a comment or post."""
        on.gone()

    # What happens to it.

    @verb
    def loses(self, permission: str) -> None:
        """Take a permission from the app."""
        self.token.scopes = self.token.scopes - {permission}

    @verb
    def token_ends(self, subcode: int = 463, after: float = 0) -> None:
        """Refuse its token from now on, or end it after so many seconds."""
        if after:
            self.token.expires_at = self.network.clock.now() + timedelta(seconds=after)
        else:
            self.token.refused_as = subcode

    @verb
    def token_renewed(self) -> None:
        """Take its token again."""
        self.token.refused_as = self.token.expires_at = None

    @verb
    def loses_control(self, of: Customer, app: str) -> None:
        """Let another app have a conversation: what happens in it is told aside."""
        told = {"previous_owner_app_id": self.network.app_id, "new_owner_app_id": app}
        talking.hand_over(self.conversation(of), "take_thread_control", app, **told)

    @verb
    def gains_control(self, of: Customer) -> None:
        """Let the other app give a conversation back."""
        conversation = self.conversation(of)
        told = {
            "previous_owner_app_id": conversation.controller,
            "new_owner_app_id": self.network.app_id,
        }
        talking.hand_over(conversation, "pass_thread_control", "", **told)


class Page(Account):
    """A Facebook page, with its Messenger."""

    object = "page"
    fields = frozenset(
        {
            "feed",
            "mention",
            "ratings",
            "messages",
            "message_echoes",
            "message_edits",
            "message_reactions",
            "message_reads",
            "message_deliveries",
            "messaging_postbacks",
            "messaging_optins",
            "messaging_referrals",
            "messaging_handovers",
            "standby",
        }
    )
    instagram: Professional | None = None

    def __init__(self, network: FakeFacebook, name: str, *, human_agent: bool = True) -> None:
        """Come onto the network, with a token that may do everything."""
        super().__init__(network, name, network.digits(15), human_agent=human_agent)
        self.token = network.token("page", self.id, PAGE_SCOPES | INSTAGRAM_SCOPES)


class Professional(Account):
    """An Instagram professional account.

    Attributes:
        page: the page it is connected to; None where people log in with Instagram.
        self_scoped: its own id as a person, which its own comments bear too.
    """

    object = "instagram"
    fields = frozenset(
        {
            "comments",
            "live_comments",
            "mentions",
            "messages",
            "message_edit",
            "message_reactions",
            "messaging_postbacks",
            "messaging_optins",
            "messaging_referral",
            "messaging_seen",
            "messaging_handover",
            "standby",
        }
    )

    def __init__(
        self,
        network: FakeFacebook,
        name: str,
        *,
        human_agent: bool = True,
        page: Page | None = None,
    ) -> None:
        """Come onto the network; the page's token is its own, where it has one."""
        super().__init__(network, name, "1784" + network.digits(13), human_agent=human_agent)
        self.page = page
        self.self_scoped = network.digits(16)
        if page is None:
            self.token = network.token("instagram", self.id, INSTAGRAM_SCOPES)
        else:
            self.token, page.instagram = page.token, self

    def field(self, name: str) -> str:
        """Return Instagram's word for a field that pages have."""
        return _FIELDS.get(name, name)

    def new_post_id(self) -> str:
        """Return the id of a new medium."""
        return "17" + self.network.digits(15)

    def new_comment_id(self, post: Post) -> str:  # noqa: ARG002  ids tell nothing here
        """Return the id of a new comment."""
        return "17" + self.network.digits(15)


_FIELDS: Final = {
    "message_echoes": "messages",
    "message_edits": "message_edit",
    "message_reads": "messaging_seen",
    "messaging_referrals": "messaging_referral",
    "messaging_handovers": "messaging_handover",
}
