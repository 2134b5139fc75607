"""The shapes of the webhooks of pages, Messenger and Instagram; the names are Meta's.

They are read and written by ``scskit_meta.reading``: what a connector needs is typed, what it
merely keeps is ``Any``.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen


@frozen(kw_only=True)
class Change:
    """One change of an entry: what it is about, and what happened."""

    field: str
    value: Any = None


@frozen(kw_only=True)
class Person:
    """Who did something in public."""

    id: str = ""
    name: str = ""
    username: str = ""
    self_ig_scoped_id: str = ""


@frozen(kw_only=True)
class FeedItem:
    """What happened on a page: a post, comment, review or reaction added, changed or removed.

    Older bodies name who did it in ``sender_id`` and ``sender_name``; nobody is named where the
    app lacks a permission.
    """

    item: str
    verb: str
    from_: Person | None = None
    sender_id: str = ""
    sender_name: str = ""
    user_id: str = ""
    reviewer_id: str = ""
    reviewer_name: str = ""
    post_id: str = ""
    comment_id: str = ""
    parent_id: str = ""
    open_graph_story_id: str = ""
    photo_id: str = ""
    video_id: str = ""
    album_id: str = ""
    share_id: str = ""
    event_id: str = ""
    message: str = ""
    review_text: str = ""
    created_time: Any = None
    photo: str = ""
    photos: tuple[str, ...] = ()
    video: str = ""
    link: str = ""
    reaction_type: str = ""
    rating: Any = None
    recommendation_type: str = ""
    post: Any = None


@frozen(kw_only=True)
class Party:
    """One end of a conversation; ``user_ref`` stands for people who have no id yet."""

    id: str = ""
    user_ref: str = ""


@frozen(kw_only=True)
class Payload:
    """What an attachment is."""

    url: str = ""
    sticker_id: str = ""
    title: str = ""
    coordinates: Any = None


@frozen(kw_only=True)
class Attachment:
    """A medium, place, template or link; those of a fallback stand outside of ``payload``."""

    type: str = ""
    title: str = ""
    url: str = ""
    payload: Payload | None = None


@frozen(kw_only=True)
class Story:
    """An Instagram story that a message answers."""

    id: str = ""
    url: str = ""


@frozen(kw_only=True)
class ReplyTo:
    """What a message answers."""

    mid: str = ""
    story: Story | None = None


@frozen(kw_only=True)
class QuickReply:
    """The quick reply that was chosen."""

    payload: str = ""


@frozen(kw_only=True)
class Message:
    """A message, or what is left of one that was taken back."""

    mid: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    quick_reply: QuickReply | None = None
    reply_to: ReplyTo | None = None
    is_echo: bool = False
    app_id: str = ""
    metadata: str = ""
    is_deleted: bool = False
    is_unsupported: bool = False
    referral: Any = None


@frozen(kw_only=True)
class MessageEdit:
    """A message changed."""

    mid: str
    text: str = ""
    num_edit: int | None = None


@frozen(kw_only=True)
class Postback:
    """A button of a template, a menu, or the one that begins a conversation."""

    title: str = ""
    payload: str = ""
    mid: str = ""
    referral: Any = None


@frozen(kw_only=True)
class Reaction:
    """An emoji put on a message, or taken back."""

    mid: str
    action: str = "react"
    emoji: str = ""
    reaction: str = ""


@frozen(kw_only=True)
class Read:
    """Read: everything up to an instant (Messenger), or one message (Instagram)."""

    watermark: Any = None
    mid: str = ""


@frozen(kw_only=True)
class Delivered:
    """Delivered: everything up to an instant, with or without the messages' ids."""

    watermark: Any = None
    mids: tuple[str, ...] = ()


@frozen(kw_only=True)
class Messaging:
    """One event of a conversation. What happened stands under one further key."""

    sender: Party = field(factory=Party)
    recipient: Party = field(factory=Party)
    timestamp: Any = None
    message: Message | None = None
    message_edit: MessageEdit | None = None
    postback: Postback | None = None
    reaction: Reaction | None = None
    read: Read | None = None
    delivery: Delivered | None = None


@frozen(kw_only=True)
class Medium:
    """The Instagram medium that a comment stands under."""

    id: str = ""
    media_product_type: str = ""
    ad_id: str = ""


@frozen(kw_only=True)
class InstagramComment:
    """A comment on Instagram; a mention has nothing but ids."""

    id: str = ""
    comment_id: str = ""
    media_id: str = ""
    text: str = ""
    from_: Person = field(factory=Person)
    media: Medium = field(factory=Medium)
    parent_id: str = ""
    timestamp: Any = None
