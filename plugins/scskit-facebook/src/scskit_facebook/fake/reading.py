"""Operations that only look: an object by its id, and the lists that hang from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scskit.testing.network import Call, Routes, answer
from scskit_facebook.fake import instagram_nodes, nodes, talk_nodes
from scskit_facebook.fake.accounts import Account, Page
from scskit_facebook.fake.content import Content
from scskit_facebook.fake.extras import Extra, extra_node
from scskit_facebook.fake.messages import Conversation, Message
from scskit_meta.fake import Node, edge, shown

if TYPE_CHECKING:
    import httpx

    from scskit_facebook.fake.server import FakeFacebook

routes: Routes[Any] = Routes()


@routes.add("GET", "/{id}")
def one(network: FakeFacebook, call: Call) -> httpx.Response:
    """Tell about an object, as far as ``fields`` asks."""
    node = _node(network, call, network.me(call))
    return answer(200, shown(node, network.asked(call).fields))


@routes.add("GET", "/{id}/{edge}")
def many(network: FakeFacebook, call: Call) -> httpx.Response:
    """List what hangs from an object."""
    id_, name = network.me(call), call.params["edge"]
    hanging = _node(network, call, id_).values.get(name)
    if not callable(hanging):
        told = f"Tried accessing nonexisting field ({name[:40]})."
        raise network.refused(100, told)
    return answer(200, hanging(network.asked(call)))


def _node(network: FakeFacebook, call: Call, id_: str) -> Node:
    if id_ == network.user_token.owner and call.caller is network.user_token:
        return _manager(network, call)
    if id_ == network.app_id:
        return Node({"id": id_, "name": "scskit fake", "category": "Business"}, ("id", "name"))
    if id_ in network.scoped:
        return talk_nodes.person(network, call, id_)
    return _own(network, call, network.find(call, id_))


def _own(network: FakeFacebook, call: Call, found: object) -> Node:
    """Return what belongs to an account."""
    if isinstance(found, Message):
        return talk_nodes.message(found)
    if isinstance(found, Conversation):
        return talk_nodes.conversation(network, call, found)
    if isinstance(found, Account):
        place = nodes.page if isinstance(found, Page) else instagram_nodes.account
        return place(network, call, found)
    if isinstance(found, Extra):
        return extra_node(found)
    assert isinstance(found, Content)  # noqa: S101  nothing else has an id
    if found.account.object == "page":
        return nodes.content(network, call, found)
    return instagram_nodes.content(network, call, found)


def _manager(network: FakeFacebook, call: Call) -> Node:
    """Return the person whose token manages every account."""
    id_ = network.user_token.owner
    pages = [nodes.page(network, call, one) for one in network.accounts if isinstance(one, Page)]
    values = {
        "id": id_,
        "name": "Manager",
        "accounts": lambda asked: edge(network, call, f"/{id_}/accounts", pages, asked),
    }
    return Node(values, ("name", "id"))
