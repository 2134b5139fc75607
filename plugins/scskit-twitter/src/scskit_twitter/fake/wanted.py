"""What a request wants to see of posts, users and messages, in X's names of today and of before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from attrs import frozen

from scskit_twitter.fake.problems import invalid

Names = Literal["post", "tweet"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


POST_FIELDS: Final = _words(
    "article article_title attachments author_id card_uri community_id context_annotations "
    "conversation_id created_at display_text_range edit_controls edit_history_post_ids "
    "edit_history_tweet_ids entities geo id in_reply_to_user_id lang matched_media_notes "
    "media_metadata non_public_metrics note_post note_request_suggestions note_tweet "
    "organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics "
    "referenced_posts referenced_tweets reply_settings scopes source suggested_source_links "
    "suggested_source_links_with_counts text username withheld"
)
USER_FIELDS: Final = _words(
    "affiliation confirmed_email connection_status created_at description entities id "
    "is_identity_verified location most_recent_post_id most_recent_tweet_id name parody "
    "pinned_post_id pinned_tweet_id profile_banner_url profile_image_url protected "
    "public_metrics receives_your_dm subscribes_to_you subscription subscription_type url "
    "username verified verified_followers_count verified_type withheld"
)
MEDIA_FIELDS: Final = _words(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics "
    "preview_image_url promoted_metrics public_metrics type url variants width"
)
MESSAGE_FIELDS: Final = _words(
    "attachments created_at dm_conversation_id entities event_type id participant_ids "
    "referenced_posts referenced_tweets sender_id text"
)
OTHERS: Final = frozenset({"poll.fields", "place.fields"})
"""Taken, and of no use here."""

EXPANSIONS: Final = _words(
    "article.cover_media article.media_entities attachments.media_keys "
    "attachments.media_source_tweet attachments.poll_ids author_id edit_history_post_ids "
    "edit_history_tweet_ids entities.mentions.username geo.place_id in_reply_to_user_id "
    "participant_ids referenced_posts referenced_tweets.id referenced_tweets.id.author_id "
    "sender_id username pinned_tweet_id pinned_post_id affiliation most_recent_post_id "
    "referenced_tweets.id.attachments.media_keys"
)


@frozen(kw_only=True)
class Wanted:
    """What a request wants to see.

    Attributes:
        names: whose names of fields; None where the request does not say.
        post: fields of posts, beside those that are always there.
        user: of users.
        media: of media.
        message: of direct messages.
        expansions: what is to stand beside.
    """

    names: Names | None = None
    post: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    message: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()

    def shows(self, *fields: str) -> bool:
        """Tell whether a field of posts is to be shown, by any of its names."""
        return any(
            name in self.post or any(one.partition(".")[0] == name for one in self.expansions)
            for name in fields
        )

    def shows_in_message(self, field: str) -> bool:
        """Tell the same of a field of messages."""
        expanded = {one.partition(".")[0] for one in self.expansions}
        return field in self.message or field in expanded


def everything(names: Names) -> Wanted:
    """Return what X shows in what it pushes: all there is."""
    return Wanted(
        names=names,
        post=POST_FIELDS,
        user=USER_FIELDS,
        media=MEDIA_FIELDS,
        message=MESSAGE_FIELDS,
        expansions=frozenset({"author_id", "attachments.media_keys", "referenced_posts"}),
    )


def read(query: Mapping[str, str]) -> Wanted:
    """Read what a request wants.

    Raises:
        Refused: it wants something that X does not have.
    """
    today = "post.fields" in query or "referenced_posts" in query.get("expansions", "")
    before = "tweet.fields" in query or "referenced_tweets" in query.get("expansions", "")
    names: Names | None = "post" if today else "tweet" if before else None
    posts = _listed(query, "post.fields", POST_FIELDS) | _listed(query, "tweet.fields", POST_FIELDS)
    return Wanted(
        names=names,
        post=posts,
        user=_listed(query, "user.fields", USER_FIELDS),
        media=_listed(query, "media.fields", MEDIA_FIELDS),
        message=_listed(query, "dm_event.fields", MESSAGE_FIELDS),
        expansions=_listed(query, "expansions", EXPANSIONS),
    )


def _listed(query: Mapping[str, str], name: str, known: frozenset[str]) -> frozenset[str]:
    found = frozenset(filter(None, query.get(name, "").split(",")))
    for value in sorted(found - known):
        allowed = ",".join(sorted(known))
        message = f"The `{name}` query parameter value [{value}] is not one of [{allowed}]"
        raise invalid(message, name, query[name])
    return found


FIELDS: Final = (
    frozenset({"post.fields", "tweet.fields", "user.fields", "media.fields", "expansions"}) | OTHERS
)
"""Parameters that every reading of posts takes."""


def check_parameters(query: Mapping[str, str], allowed: frozenset[str]) -> None:
    """Refuse parameters that an operation does not have.

    Raises:
        Refused: there is one.
    """
    for name in sorted(query.keys() - allowed):
        listed = ",".join(sorted(allowed))
        raise invalid(f"The query parameter [{name}] is not one of [{listed}]", name, query[name])
