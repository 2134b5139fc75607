"""Operations on what stands there: change, hide, remove, like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, answer
from scskit_facebook.fake.content import Comment, Content, Post
from scskit_facebook.fake.extras import Extra
from scskit_facebook.limits import LENGTHS

if TYPE_CHECKING:
    import httpx

    from scskit_facebook.fake.server import FakeFacebook

routes: Routes[Any] = Routes()

_DONE: Final = {"success": True}


@routes.add("POST", "/{id}")
def change(network: FakeFacebook, call: Call) -> httpx.Response:
    """Change what a post or comment says, or hide it."""
    content = _content(network, call, "post")
    given = network.given(call)
    hiding = "hide" if content.account.object == "instagram" else "is_hidden"
    if given.has("message"):
        _say(network, call, content, given.text("message"))
    elif given.has(hiding):
        _hide(network, call, content, hidden=given.flag(hiding))
    elif given.has("comment_enabled") and isinstance(content, Post):
        _may_engage(network, call, content)
    else:
        raise network.invalid(f"The parameter message or {hiding} is required.")
    return answer(200, _DONE)


def _say(network: FakeFacebook, call: Call, content: Content, text: str) -> None:
    _may_engage(network, call, content)
    length = LENGTHS["facebook", "public"]
    if content.account.object == "instagram":
        raise network.missing(content.id, doing="post")
    if not content.own:
        told = "Only who wrote it may change it."
        raise network.refused(200, told, status=403)
    if length.of(text) > length.most:
        raise network.invalid(f"Param message takes {length.most} {length.unit}.")
    content.change(text)
    for sent in network.sent:
        if sent.id == content.id:
            sent.text = text


def _hide(network: FakeFacebook, call: Call, content: Content, *, hidden: bool) -> None:
    _may_engage(network, call, content)
    if content.own:
        raise network.invalid("What the account itself wrote cannot be hidden.", 1446036)
    content.hide(hidden=hidden)


@routes.add("DELETE", "/{id}")
def remove(network: FakeFacebook, call: Call) -> httpx.Response:
    """Remove a post, a comment, or whatever else was made."""
    extra = network.find(call, call.params["id"], doing="delete")
    if isinstance(extra, Extra):
        extra.removed = True
        return answer(200, _DONE)
    content = _content(network, call, "delete")
    _may_engage(network, call, content)
    content.gone()
    return answer(200, _DONE)


@routes.add("POST", "/{id}/likes")
def like(network: FakeFacebook, call: Call) -> httpx.Response:
    """Like a post or comment in the page's name."""
    content = _likeable(network, call, "post")
    content.react(network.voice(call, content), "like")
    return answer(200, _DONE)


@routes.add("DELETE", "/{id}/likes")
def unlike(network: FakeFacebook, call: Call) -> httpx.Response:
    """Take a like back."""
    content = _likeable(network, call, "delete")
    content.react(network.voice(call, content), "")
    return answer(200, _DONE)


def _likeable(network: FakeFacebook, call: Call, doing: str) -> Content:
    content = _content(network, call, doing)
    if content.account.object == "instagram":
        raise network.missing(content.id, doing=doing)
    _may_engage(network, call, content)
    return content


def _content(network: FakeFacebook, call: Call, doing: str) -> Content:
    found = network.find(call, call.params["id"], doing=doing)
    if not isinstance(found, (Post, Comment)):
        raise network.missing(call.params["id"], doing=doing)
    return found


def _may_engage(network: FakeFacebook, call: Call, content: Content) -> None:
    network.voice(call, content)
    if content.account.object == "page":
        network.need(call, "pages_manage_engagement")
    else:
        network.need(call, "instagram_manage_comments", "instagram_business_manage_comments")
