"""Operations beside conversations that clients use: personas, labels, links, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, Thing, answer
from scskit_facebook.fake.accounts import Account
from scskit_facebook.fake.content import Post
from scskit_meta.fake import Node, edge

if TYPE_CHECKING:
    import httpx

    from scskit_facebook.fake.server import FakeFacebook

routes: Routes[Any] = Routes()

_DONE: Final = {"success": True}
_NOBODY: Final = 2018001


class Extra(Thing[Any]):
    """A persona, a label, or a medium that is not published yet.

    Attributes:
        kind: which of them.
        account: whose it is.
        values: what was said of it.
        people: those who bear the label, by their ids in conversations.
    """

    def __init__(self, account: Account, kind: str, values: dict[str, str]) -> None:
        """Be kept."""
        super().__init__(account.network, account.network.digits())
        self.account, self.kind, self.values = account, kind, values
        self.people: set[str] = set()
        self.removed = False
        self.network.things[self.id] = self


def extra_node(one: Extra) -> Node:
    """Return it as an object of the graph."""
    return Node({"id": one.id, **one.values}, ("id", *one.values))


def _kept(network: FakeFacebook, account: Account, kind: str) -> list[Extra]:
    every = network.things.values()
    return [
        one
        for one in every
        if isinstance(one, Extra)
        and one.account is account
        and one.kind == kind
        and not one.removed
    ]


def _listed(
    network: FakeFacebook, call: Call, found: list[Extra], account: str, name: str
) -> httpx.Response:
    nodes = [extra_node(one) for one in found]
    return answer(200, edge(network, call, f"/{account}/{name}", nodes, network.asked(call)))


@routes.add("POST", "/{id}/personas")
def make_persona(network: FakeFacebook, call: Call) -> httpx.Response:
    """Make a persona: another name and picture to write with."""
    account, given = network.acting(call, network.me(call)), network.given(call)
    values = {name: given.needed(name) for name in ("name", "profile_picture_url")}
    return answer(200, {"id": Extra(account, "persona", values).id})


@routes.add("GET", "/{id}/personas")
def personas(network: FakeFacebook, call: Call) -> httpx.Response:
    """List the personas."""
    account = network.acting(call, network.me(call), doing="get")
    return _listed(network, call, _kept(network, account, "persona"), account.id, "personas")


@routes.add("POST", "/{id}/custom_labels")
def make_label(network: FakeFacebook, call: Call) -> httpx.Response:
    """Make a label that people can be given."""
    account, given = network.acting(call, network.me(call)), network.given(call)
    name = given.text("page_label_name") or given.needed("name")
    return answer(200, {"id": Extra(account, "label", {"page_label_name": name, "name": name}).id})


@routes.add("GET", "/{id}/custom_labels")
def labels(network: FakeFacebook, call: Call) -> httpx.Response:
    """List the labels of a page, or those of a person."""
    id_ = network.me(call)
    if id_ in network.scoped:
        account = network.scoped[id_][1]
        found = [one for one in _kept(network, account, "label") if id_ in one.people]
    else:
        found = _kept(network, network.acting(call, id_, doing="get"), "label")
    return _listed(network, call, found, id_, "custom_labels")


@routes.add("POST", "/{id}/label")
@routes.add("DELETE", "/{id}/label")
def label(network: FakeFacebook, call: Call) -> httpx.Response:
    """Give a person a label, or take it away."""
    found = network.find(call, call.params["id"], doing=call.method.lower())
    user = network.given(call).needed("user")
    if not isinstance(found, Extra) or user not in network.scoped:
        raise network.invalid("There is no matching user.", _NOBODY)
    (found.people.add if call.method == "POST" else found.people.discard)(user)
    return answer(200, _DONE)


@routes.add("POST", "/{id}/unlink_accounts")
def unlink(network: FakeFacebook, call: Call) -> httpx.Response:
    """Forget that a person of a conversation is one of the brand's own accounts."""
    network.acting(call, network.me(call))
    if network.given(call).needed("psid") not in network.scoped:
        raise network.invalid("There is no matching user.", _NOBODY)
    return answer(200, {"result": "unlink account success"})


@routes.add("POST", "/{id}/nlp_configs")
def configure(network: FakeFacebook, call: Call) -> httpx.Response:
    """Take settings that change nothing here."""
    network.acting(call, network.me(call))
    return answer(200, _DONE)


@routes.add("GET", "/{id}/secondary_receivers")
@routes.add("GET", "/{id}/messaging_feature_review")
@routes.add("GET", "/{id}/insights")
def nothing(network: FakeFacebook, call: Call) -> httpx.Response:
    """List nothing: there is one app, nothing was reviewed, nothing is measured."""
    network.find(call, network.me(call))
    return answer(200, {"data": []})


@routes.add("POST", "/{id}/media")
def prepare(network: FakeFacebook, call: Call) -> httpx.Response:
    """Keep a medium for Instagram, to be published."""
    account, given = network.acting(call, network.me(call)), network.given(call)
    url = given.text("image_url") or given.needed("video_url")
    values = {"media_url": url, "caption": given.text("caption"), "status_code": "FINISHED"}
    return answer(200, {"id": Extra(account, "medium", values).id})


@routes.add("POST", "/{id}/media_publish")
def publish(network: FakeFacebook, call: Call) -> httpx.Response:
    """Publish a medium on Instagram."""
    account = network.acting(call, network.me(call))
    kept = network.things.get(network.given(call).needed("creation_id"))
    if not isinstance(kept, Extra) or kept.account is not account or kept.removed:
        raise network.invalid("Param creation_id must be a medium that was prepared.")
    kept.removed = True
    media = [{"kind": "photo", "url": kept.values["media_url"]}]
    return answer(200, {"id": Post(account, account, kept.values["caption"], media).id})
