"""Operations that put something onto pages and Instagram accounts in public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, Sent, answer
from scskit_facebook.fake import telling
from scskit_facebook.fake.content import Comment, Content, Post
from scskit_facebook.limits import LENGTHS
from scskit_meta.fake import Given

if TYPE_CHECKING:
    import httpx

    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.server import FakeFacebook

routes: Routes[Any] = Routes()

_DUPLICATE: Final = 506
_NO_TEXT: Final = 1705


@routes.add("POST", "/{id}/comments")
@routes.add("POST", "/{id}/replies")
def comment(network: FakeFacebook, call: Call) -> httpx.Response:
    """Comment on a post, or answer a comment, in the name of the account."""
    on = network.find(call, call.params["id"], doing="post")
    if not isinstance(on, (Post, Comment)):
        raise network.missing(call.params["id"], doing="post")
    if isinstance(on, Post) and call.path.endswith("/replies"):
        raise network.missing(on.id, doing="post")
    account = network.voice(call, on)
    _may_write(network, call, account)
    given = network.given(call)
    media = _media(network, call, given) if account.object == "page" else []
    text = _text(network, given, account, needed=not media)
    return answer(200, {"id": _commented(network, call, account, on, text, media).id})


def _commented(  # noqa: PLR0913, PLR0917  what a comment is made of
    network: FakeFacebook,
    call: Call,
    account: Account,
    on: Post | Comment,
    text: str,
    media: list[dict[str, str]],
) -> Comment:
    made = Comment(on, account, text, media)
    _note(network, call, made, "comment", answers=on.id)
    telling.of_content(made, "add", "echo")
    return made


@routes.add("POST", "/{id}/mentions")
def answer_mention(network: FakeFacebook, call: Call) -> httpx.Response:
    """Answer where an Instagram account was named."""
    account = network.acting(call, network.me(call))
    given = network.given(call)
    on = network.find(call, given.text("comment_id") or given.needed("media_id"), doing="post")
    text = _text(network, given, account, needed=True)
    return answer(200, {"id": _commented(network, call, account, on, text, []).id})


def _may_write(network: FakeFacebook, call: Call, account: Account) -> None:
    if account.object == "page":
        network.need(call, "pages_manage_engagement")
    else:
        network.need(call, "instagram_manage_comments", "instagram_business_manage_comments")


def _text(network: FakeFacebook, given: Given, account: Account, *, needed: bool) -> str:
    text = given.text("message")
    length = LENGTHS["facebook" if account.object == "page" else "instagram", "public"]
    if needed and not text.strip():
        raise network.invalid("The parameter message is required.", _NO_TEXT)
    if length.of(text) > length.most:
        raise network.invalid(f"Param message takes {length.most} {length.unit}.")
    return text


def _media(network: FakeFacebook, call: Call, given: Given) -> list[dict[str, str]]:
    """Return the medium of a comment: by address, by the id of one, or as a file."""
    if url := given.text("attachment_url") or given.text("attachment_share_url"):
        if not url.startswith(("http://", "https://")):
            raise network.invalid("Param attachment_url must be a URL.")
        return [{"kind": "photo", "url": url}]
    if id_ := given.text("attachment_id"):
        photo = network.things.get(id_)
        if not isinstance(photo, Post) or photo.account.id != call.caller.owner:
            raise network.invalid("Param attachment_id must be a photo of the page.")
        return [dict(one) for one in photo.media]
    files = [file for name, file in call.files().items() if name in {"source", "image"}]
    return [{"kind": "photo", "url": network.stored(one.filename)} for one in files]


@routes.add("POST", "/{id}/feed")
def post(network: FakeFacebook, call: Call) -> httpx.Response:
    """Publish a post on a page."""
    account = network.acting(call, network.me(call))
    network.need(call, "pages_manage_posts")
    given = network.given(call)
    attached = [_attached(network, one) for one in given.list("attached_media")]
    text, link = given.text("message"), given.text("link")
    if not text and not link and not attached:
        raise network.invalid("A post needs message, link or attached_media.")
    own = [one for one in account.content if one.own and not one.removed]
    if text and own and own[-1].text == text and not attached:
        raise network.refused(_DUPLICATE, "This post repeats the one before it.")
    media = [medium for photo in attached for medium in photo.media]
    published = given.flag("published", default=True)
    made = Post(account, account, text, media, link=link, published=published)
    return _published(network, call, made, {"id": made.id})


def _attached(network: FakeFacebook, one: Any) -> Post:  # noqa: ANN401  any JSON value
    given = Given({"it": one}, network.invalid).object("it")
    photo = network.things.get(given.text("media_fbid")) if given else None
    if not isinstance(photo, Post):
        raise network.invalid("Param attached_media must hold photos that were uploaded.")
    return photo


@routes.add("POST", "/{id}/photos")
@routes.add("POST", "/{id}/videos")
def medium(network: FakeFacebook, call: Call) -> httpx.Response:
    """Publish a photo or video, or keep it to be attached."""
    account = network.acting(call, network.me(call))
    network.need(call, "pages_manage_posts")
    given = network.given(call)
    kind = "photo" if call.path.endswith("/photos") else "video"
    file = next(iter(call.files().values()), None)
    url = given.text("url") or given.text("file_url")
    if not url and file is None:
        raise network.invalid("A photo or video needs url or a file.", 1366046)
    stored = url or network.stored(file.filename if file else "")
    text = given.text("message") or given.text("caption") or given.text("description")
    published = given.flag("published", default=True)
    made = Post(account, account, text, [{"kind": kind, "url": stored}], published=published)
    made.photo_id = network.digits()
    network.things[made.photo_id] = made
    told = {"id": made.photo_id}
    return _published(network, call, made, told | ({"post_id": made.id} if published else {}))


def _published(
    network: FakeFacebook, call: Call, made: Post, told: dict[str, str]
) -> httpx.Response:
    if made.published:
        _note(network, call, made, "post")
        telling.of_content(made, "add", "echo")
    return answer(200, told)


def _note(network: FakeFacebook, call: Call, made: Content, kind: str, answers: str = "") -> None:
    network.sent.append(
        Sent(
            id=made.id,
            kind=kind,
            account=made.author.id,
            text=made.text,
            at=call.at,
            answers=answers,
            extra={"media": made.media} if made.media else {},
        )
    )
