"""The shapes of the Cloud API's webhooks, read and written by ``scskit_meta.reading``.

What a connector needs is typed; what it merely keeps is ``Any``. The names are Meta's.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen


@frozen(kw_only=True)
class Change:
    """One change of an entry: what it is about (some senders leave it out), and what happened."""

    field: str = ""
    value: Any = None


@frozen(kw_only=True)
class Metadata:
    """The number that received or sent."""

    phone_number_id: str
    display_phone_number: str = ""


@frozen(kw_only=True)
class Profile:
    """How a person shows themselves."""

    name: str = ""
    username: str = ""


@frozen(kw_only=True)
class Contact:
    """A person that a message or status is about: by phone, by user id, or by both."""

    wa_id: str = ""
    user_id: str = ""
    parent_user_id: str = ""
    profile: Profile = field(factory=Profile)


@frozen(kw_only=True)
class Context:
    """What a message answers, or that it was forwarded."""

    id: str = ""
    from_: str = ""
    forwarded: bool = False
    frequently_forwarded: bool = False
    referred_product: Any = None


@frozen(kw_only=True)
class Text:
    """A text."""

    body: str


@frozen(kw_only=True)
class Media:
    """An image, video, audio, document or sticker; its address is fetched with its id."""

    id: str = ""
    mime_type: str = ""
    sha256: str = ""
    caption: str = ""
    filename: str = ""
    url: str = ""
    voice: bool = False
    animated: bool = False


@frozen(kw_only=True)
class Location:
    """A place."""

    latitude: Any = None
    longitude: Any = None
    name: str = ""
    address: str = ""
    url: str = ""


@frozen(kw_only=True)
class Choice:
    """The button or the row of a list that a person chose."""

    id: str = ""
    title: str = ""
    description: str = ""


@frozen(kw_only=True)
class Form:
    """A form (a Flow) that a person filled in."""

    name: str = ""
    body: str = ""
    response_json: Any = None


@frozen(kw_only=True)
class Interactive:
    """The answer to an interactive message."""

    type: str = ""
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: Form | None = None
    call_permission_reply: Any = None


@frozen(kw_only=True)
class Button:
    """The quick reply of a template that a person chose."""

    text: str = ""
    payload: str = ""


@frozen(kw_only=True)
class Reaction:
    """An emoji on a message; none takes it back."""

    message_id: str
    emoji: str = ""


@frozen(kw_only=True)
class System:
    """WhatsApp's own word about a person: another number, another id, another device."""

    type: str = ""
    body: str = ""
    wa_id: str = ""
    new_wa_id: str = ""
    user_id: str = ""
    previous_user_id: str = ""


@frozen(kw_only=True)
class Exchange:
    """An id before and after."""

    previous: str = ""
    current: str = ""


@frozen(kw_only=True)
class UserIdUpdate:
    """A person has another user id."""

    user_id: Exchange
    wa_id: str = ""
    timestamp: Any = None


@frozen(kw_only=True)
class Revision:
    """A message changed or taken back."""

    original_message_id: str
    message: Any = None


@frozen(kw_only=True)
class Unsupported:
    """A kind of message that the API does not hand over."""

    type: str = ""


@frozen(kw_only=True)
class Message:
    """A message, or what was done to one. One attribute, named like its type, has the content."""

    type: str
    id: str = ""
    from_: str = ""
    from_user_id: str = ""
    to: str = ""
    to_user_id: str = ""
    timestamp: Any = None
    group_id: str = ""
    context: Context | None = None
    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    audio: Media | None = None
    voice: Media | None = None
    document: Media | None = None
    sticker: Media | None = None
    location: Location | None = None
    contacts: Any = None
    interactive: Interactive | None = None
    button: Button | None = None
    reaction: Reaction | None = None
    order: Any = None
    system: System | None = None
    edit: Revision | None = None
    revoke: Revision | None = None
    unsupported: Unsupported | None = None
    referral: Any = None
    errors: Any = None


@frozen(kw_only=True)
class Status:
    """What became of a message of the business."""

    id: str
    status: str
    timestamp: Any = None
    recipient_id: str = ""
    recipient_user_id: str = ""
    biz_opaque_callback_data: str = ""
    conversation: Any = None
    pricing: Any = None
    errors: tuple[Any, ...] = ()
