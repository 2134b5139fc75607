"""What X allows, as data: versions, lengths, sizes, how often. Nothing here is code.

The documentation of August 2026; X changes these often. Rates are for people and for fakes: who
sends is told the true ones by the answers' headers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

from attrs import frozen

API_VERSION: Final = "2"
BASE_URL: Final = "https://api.x.com"

POST_LENGTH: Final = 280
"""Weighted; see ``scskit_twitter.weight``."""
PREMIUM_LENGTH: Final = 25_000
MESSAGE_LENGTH: Final = 10_000
"""Characters of a direct message; from memory, not documented."""

LIGHT: Final = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that weigh 1; all others weigh 2 (twitter-text, configuration 3)."""
URL_WEIGHT: Final = 23
EMOJI_WEIGHT: Final = 2

POST_MEDIA: Final = 4
MESSAGE_MEDIA: Final = 1
UPLOAD_CHUNK: Final = 4 * 1024 * 1024
ALT_TEXT: Final = 1_000
"""Characters of an image's description."""
MEDIA_BYTES: Final[Mapping[str, int | None]] = {
    "image": 5 * 1024 * 1024,
    "video": 512 * 1024 * 1024,
}
"""What a medium may weigh; an animation counts as a video here, X takes 15 MB of one."""
SINGLE_UPLOAD: Final = 5 * 1024 * 1024
"""Images up to here go up in one request; everything else in chunks."""

PAGE: Final = 100
BACKFILL: Final = 5
"""Minutes of the stream that X says again at most."""
SEARCH_WINDOW: Final = timedelta(days=7)
RATE_WINDOW: Final = timedelta(minutes=15)

CRC_TOKEN: Final = re.compile(r"[A-Za-z0-9+/=_-]{16,128}")
"""What is signed for the asking. No JSON object or list looks like this: nobody can have a made-up
webhook body signed by sending it as a token."""


EVENTS: Final = (
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.create",
    "post.delete",
    "dm.received",
    "dm.sent",
    "oauth.revoke",
)
"""What an account has to subscribe to for everything that is needed here to arrive by itself: what
people write, what becomes of it, and that the account took its consent back."""


@frozen
class Rate:
    """How many requests X takes in fifteen minutes and in a day; None where it names no number."""

    user: int | None = None
    app: int | None = None
    user_day: int | None = None
    app_day: int | None = None


RATES: Final[Mapping[str, Rate]] = {
    "POST /2/tweets": Rate(user=100, app_day=10_000),
    "DELETE /2/tweets/{id}": Rate(user=50),
    "PUT /2/tweets/{tweet_id}/hidden": Rate(user=50),
    "POST /2/dm_conversations/with/{participant_id}/messages": Rate(user=15, user_day=1_440),
    "POST /2/dm_conversations/{dm_conversation_id}/messages": Rate(user=15, user_day=1_440),
    "DELETE /2/dm_events/{event_id}": Rate(user=300),
    "POST /2/media/upload": Rate(user=500),
    "GET /2/users/{id}/mentions": Rate(user=300, app=450),
    "GET /2/tweets/search/recent": Rate(user=300, app=450),
    "GET /2/dm_events": Rate(user=15),
    "GET /2/dm_conversations/with/{participant_id}/dm_events": Rate(user=15),
}
"""By operation, as the official description names it."""

FieldNames = Literal["post", "tweet"]

POST_FIELDS: Final[Mapping[FieldNames, Mapping[str, str]]] = {
    "post": {
        "post.fields": "attachments,conversation_id,created_at,display_text_range,entities,lang,"
        "note_post,text",
        "expansions": "attachments.media_keys,author_id,edit_history_post_ids,in_reply_to_user_id,"
        "referenced_posts",
    },
    "tweet": {
        "tweet.fields": "attachments,author_id,conversation_id,created_at,display_text_range,"
        "entities,in_reply_to_user_id,lang,note_tweet,referenced_tweets",
        "expansions": "attachments.media_keys,author_id,referenced_tweets.id",
    },
}
"""What is asked of posts, in the names of today (OpenAPI 2.167) and in those before August 2026."""

MESSAGE_FIELDS: Final[Mapping[FieldNames, Mapping[str, str]]] = {
    "post": {
        "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
        "expansions": "attachments.media_keys,participant_ids,sender_id",
    },
    "tweet": {
        "dm_event.fields": "attachments,created_at,dm_conversation_id,event_type,id,"
        "participant_ids,sender_id,text",
        "expansions": "attachments.media_keys,participant_ids,sender_id",
    },
}
"""The same for direct messages."""

SHARED_FIELDS: Final[Mapping[str, str]] = {
    "user.fields": "id,name,public_metrics,username",
    "media.fields": "alt_text,media_key,preview_image_url,type,url,variants",
}
"""Asked with both."""
