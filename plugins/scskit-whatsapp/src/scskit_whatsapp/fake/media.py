"""Media: handed over, looked up, fetched, deleted."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx
from attrs import define, frozen

from scskit.testing.network import Call, Routes, answer

if TYPE_CHECKING:
    from scskit_whatsapp.fake.network import FakeWhatsApp

routes: Routes[Any] = Routes()

LASTS: Final = timedelta(days=30)
ADDRESS_LASTS: Final = timedelta(minutes=5)
CDN: Final = "lookaside.fbsbx.com"
_MEGABYTE: Final = 1 << 20


@frozen
class Kind:
    """What a kind of medium may be.

    Attributes:
        most: bytes.
        types: media types; the first is usual. Empty for any.
    """

    most: int
    types: tuple[str, ...]

    @property
    def usual(self) -> str:
        """What it mostly is."""
        return self.types[0]

    def takes(self, media_type: str) -> bool:
        """Tell whether something may be of this kind."""
        return media_type.partition(";")[0].strip().lower() in self.types


KINDS: Final[Mapping[str, Kind]] = {
    "image": Kind(5 * _MEGABYTE, ("image/jpeg", "image/png")),
    "video": Kind(16 * _MEGABYTE, ("video/mp4", "video/3gpp")),
    "audio": Kind(
        16 * _MEGABYTE, ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr")
    ),
    "sticker": Kind(500 * 1024, ("image/webp",)),
    "document": Kind(
        100 * _MEGABYTE,
        (
            "application/pdf",
            "text/plain",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
    ),
}


@define(kw_only=True)
class Medium:
    """Something that WhatsApp keeps.

    Attributes:
        id: by which it is sent and fetched.
        content: its bytes.
        media_type: such as ``image/jpeg``.
        filename: as it was called.
        owner: the id of the number that handed it over; empty for what people sent.
        at: since when it is kept.
    """

    id: str
    content: bytes
    media_type: str
    filename: str
    owner: str
    at: datetime

    @property
    def base64(self) -> str:
        """The digest, as webhooks have it."""
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()

    @property
    def hex(self) -> str:
        """The digest, as the API has it."""
        return hashlib.sha256(self.content).hexdigest()


@routes.add("POST", "/{id}/media")
def upload(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Take a medium that will be sent by its id."""
    number = network.number_asked(call)
    given = network.given(call)
    network.insist_on_product(given)
    file = call.files().get("file")
    if file is None:
        raise network.refused(100, "The parameter file is required.")
    type_ = given.text("type") or file.media_type
    kind = next((kind for kind in KINDS.values() if kind.takes(type_)), None)
    if kind is None:
        raise network.refused(100, f"Param file must be of a supported type; found {type_[:80]}.")
    if len(file.content) > kind.most:
        raise network.refusing(131053, f"{len(file.content)} bytes; at most {kind.most}.")
    medium = network.keep_medium(file.content, type_, file.filename, owner=number.id)
    return answer(200, {"id": medium.id})


def described(network: FakeWhatsApp, call: Call, medium: Medium) -> dict[str, Any]:
    """Say where a medium can be fetched, for five minutes."""
    until = int((call.at + ADDRESS_LASTS).timestamp())
    query = {"mid": medium.id, "ext": str(until), "hash": _seal(network, medium.id, str(until))}
    return {
        "messaging_product": "whatsapp",
        "url": f"{_host(network, call)}/whatsapp_business/attachments/?{httpx.QueryParams(query)}",
        "mime_type": medium.media_type,
        "sha256": medium.hex,
        "file_size": str(len(medium.content)),
        "id": medium.id,
    }


def _host(network: FakeWhatsApp, call: Call) -> str:
    """Return where media are: at their own host, or at the address that the fake is reached at."""
    url = call.request.url
    served = url.host not in network.hosts
    return f"{url.scheme}://{url.netloc.decode()}" if served else f"https://{CDN}"


def _seal(network: FakeWhatsApp, medium: str, until: str) -> str:
    told = f"{network.secret}/{medium}/{until}".encode()
    return hashlib.sha256(told).hexdigest()[:32]


@routes.add("GET", "/whatsapp_business/attachments")
def fetch(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Hand out a medium, while its address is valid; it takes the token as well."""
    query = call.query
    medium = network.medium(query.get("mid", ""))
    until = query.get("ext", "")
    valid = medium is not None and query.get("hash") == _seal(network, medium.id, until)
    if medium is None or not valid or call.at.timestamp() >= int(until):
        return answer(404, {"error": {"message": "The address is no longer valid.", "code": 404}})
    headers = {"content-type": medium.media_type}
    if medium.filename:
        headers["content-disposition"] = f'attachment; filename="{_plain(medium.filename)}"'
    return httpx.Response(200, content=medium.content, headers=headers)


def _plain(name: str) -> str:
    return "".join(char if char.isascii() and char.isalnum() else "_" for char in name[:-4]) + (
        name[-4:] if name[-4:].isascii() and '"' not in name[-4:] else ""
    )


def delete(network: FakeWhatsApp, call: Call, medium: Medium) -> httpx.Response:
    """Forget a medium."""
    owner = network.given(call).text("phone_number_id")
    if owner and owner != medium.owner:
        raise network.missing(medium.id, doing="delete")
    del network.media[medium.id]
    return answer(200, {"success": True})
