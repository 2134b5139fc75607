"""The network: pages, Instagram accounts and people, under one app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from scskit.testing.network import Call, Routes
from scskit_facebook.fake import conversing, extras, posting, reading, tending
from scskit_facebook.fake.accounts import (
    INSTAGRAM_SCOPES,
    PAGE_SCOPES,
    Account,
    Page,
    Professional,
)
from scskit_facebook.fake.content import Content
from scskit_facebook.fake.people import Customer
from scskit_facebook.limits import API_VERSION
from scskit_meta.fake import FakeMeta, Token
from scskit_meta.fake import routes as shared

Kind = Literal["page", "instagram"]


class FakeFacebook(FakeMeta):
    """Facebook pages with Messenger, and Instagram.

    Attributes:
        kind: what ``account`` makes unless it is told.
        things: everything that has an id, by it.
        scoped: whose the ids in conversations are, and which account sees them.
        accounts: the brands' pages and Instagram accounts, in the order in which they were made.
        attachments: media that were uploaded to be sent, by their id: kind and address.
        user_token: of a person who manages every account.
    """

    name = "facebook"
    api_version = API_VERSION
    routes = Routes[Any](
        shared,
        reading.routes,
        posting.routes,
        tending.routes,
        conversing.routes,
        extras.routes,
    )
    kind: ClassVar[Kind] = "page"

    user_token: Token

    def set_up(self) -> None:
        """Begin without accounts and people."""
        self.things: dict[str, Any] = {}
        self.scoped: dict[str, tuple[Customer, Account]] = {}
        self.accounts: list[Account] = []
        self.attachments: dict[str, Mapping[str, str]] = {}
        self._walls: dict[str, Account] = {}
        scopes = PAGE_SCOPES | INSTAGRAM_SCOPES | {"business_management"}
        self.user_token = self.token("user", self.digits(17), scopes)

    def customer(self, name: str, username: str = "") -> Customer:
        """Return the customer with this name; the first time, bring one onto the network.

        Args:
            name: as it is shown.
            username: on Instagram; made of the name where none is given.
        """
        found = self.names.get(name)
        if not isinstance(found, Customer):
            with self.lock:
                found = self.names[name] = Customer(self, name, username)
        return found

    def account(
        self,
        name: str,
        kind: Kind | None = None,
        *,
        human_agent: bool = True,
        page: str = "",
    ) -> Account:
        """Return the brand's account with this name; the first time, make it.

        Args:
            name: as it is shown.
            kind: ``page`` or ``instagram``. A page and an Instagram account of the same name are
                two accounts; the second of them is called ``NAME.KIND`` by steps.
            human_agent: whether Meta granted the tag for people's answers.
            page: for an Instagram account, the name of the page that it is connected to; without
                one, its people log in with Instagram.
        """
        kind = kind or self.kind
        with self.lock:
            for key in (name, f"{name}.{kind}"):
                found = self.names.get(key)
                if isinstance(found, Account) and found.object == kind:
                    return found
            made = self._account(name, kind, human_agent=human_agent, page=page)
            self.names[f"{name}.{kind}" if name in self.names else name] = made
            return made

    def _account(self, name: str, kind: Kind, *, human_agent: bool, page: str) -> Account:
        if kind == "page":
            return Page(self, name, human_agent=human_agent)
        connected = self.account(page, "page") if page else None
        assert connected is None or isinstance(connected, Page)  # noqa: S101  as it was asked for
        return Professional(self, name, human_agent=human_agent, page=connected)

    def first_account(self) -> Account:
        """Return the account that is meant where nobody says which."""
        return self.accounts[0] if self.accounts else self.account("acme")

    def wall_of(self, person: Customer, of: Account) -> Account:
        """Return the account of a stranger, on which people name brands."""
        if of.object not in self._walls:
            self._walls[of.object] = self._account(
                person.name, of.object, human_agent=False, page=""
            )
            self.accounts.remove(self._walls[of.object])
        return self._walls[of.object]

    def settings(self, url: str = "") -> Mapping[str, Any]:
        """Return what a desk file says to use this network at an address; Meta's own by default."""
        found: dict[str, dict[str, Any]] = {"page": {}, "instagram": {}}
        for account in self.accounts:
            told = {"token": account.token.value, "human_agent": account.human_agent}
            if isinstance(account, Professional):
                told |= {"instagram_id": account.id, "username": account.username}
                told |= {"page_id": account.page.id} if account.page else {}
            else:
                told["page_id"] = account.id
            network = "instagram" if account.object == "instagram" else "facebook"
            found[account.object][f"{network}.{account.username}"] = told
        table = {
            "secrets": [self.secret],
            "verify_token": self.verify_token,
            **({"base_url": url, "instagram_url": url} if url else {}),
            "accounts": found["page"],
            "instagram_accounts": found["instagram"],
        }
        return {"plugins": {"facebook": table}}

    def stored(self, filename: str) -> str:
        """Return the address at which an uploaded file is kept."""
        return f"https://scontent.fakecdn.example/{self.digits()}/{filename or 'file'}"

    # Who may do what.

    def may_see(self, call: Call, account: Account) -> bool:
        """Tell whether a token reaches an account."""
        token: Token = call.caller
        if token.kind == "user":
            return account in self.accounts
        page = account.page if isinstance(account, Professional) else None
        return token.owner in {account.id, page.id if page else account.id}

    def find(self, call: Call, id_: str, *, doing: str = "get") -> Any:  # noqa: ANN401  of any kind
        """Return what has an id, if the token reaches it.

        Raises:
            Refused: there is nothing, or it is nobody's business.
        """
        thing = self.things.get(id_)
        if getattr(thing, "removed", False):
            raise self.missing(id_, doing=doing)
        if isinstance(thing, Customer):  # the id of comments opens nothing
            raise self.missing(id_, doing=doing)
        account = thing if isinstance(thing, Account) else self._account_of(thing)
        if account is None or not (self.may_see(call, account) or self._named(call, thing)):
            raise self.missing(id_, doing=doing)
        return thing

    @staticmethod
    def _account_of(thing: object) -> Account | None:
        conversation = getattr(thing, "conversation", thing)
        found = getattr(conversation, "account", None)
        return found if isinstance(found, Account) else None

    def _named(self, call: Call, thing: object) -> bool:
        """Tell whether something elsewhere names an account of the token."""
        return isinstance(thing, Content) and any(
            thing in account.mentioned or any(thing in tree(one) for one in account.mentioned)
            for account in self.accounts
            if self.may_see(call, account)
        )

    def acting(self, call: Call, id_: str, *, doing: str = "post") -> Account:
        """Return the account in whose name a request is made.

        Raises:
            Refused: the token does not act in its name.
        """
        account = self.things.get(id_)
        if not isinstance(account, Account) or not self.may_see(call, account):
            raise self.missing(id_, doing=doing)
        if call.caller.kind == "user":
            raise self.refused(210, "A page access token is required for this.")
        return account

    def voice(self, call: Call, content: Content) -> Account:
        """Return the account that speaks where it answers content: its own, or the named one.

        Raises:
            Refused: the token speaks in nobody's name.
        """
        if call.caller.kind == "user":
            raise self.refused(200, "A page access token is required for this.", status=403)
        if self.may_see(call, content.account):
            return content.account
        return next(one for one in self.accounts if self.may_see(call, one))

    def use_case(self, call: Call) -> tuple[str, int]:
        """Return what a request counts for."""
        if call.caller and call.caller.kind == "instagram":
            return "instagram", 80002
        if call.path.endswith(("/messages", "/conversations", "/message_attachments")):
            return "messenger", 80006
        return "pages", 80001

    def subscribable(self, account: str) -> frozenset[str] | None:
        """Return the fields of an account."""
        found = self.things.get(account)
        return found.fields if isinstance(found, Account) else None


class FakeInstagram(FakeFacebook):
    """The same network, on which brands have Instagram accounts unless told otherwise."""

    name = "instagram"
    kind = "instagram"


def tree(content: Content) -> list[Content]:
    """Return content with everything above and beneath it that belongs to its thread."""
    above = [getattr(content, "parent", None)]
    return [content, *(one for one in above if one is not None), *content.beneath()]
