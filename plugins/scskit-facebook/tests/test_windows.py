from datetime import UTC, datetime, timedelta

import pytest

from scskit.plugins import Attachment
from scskit_facebook import scskit_connectors
from scskit_facebook.limits import LENGTHS
from scskit_facebook.windows import in_conversation, in_form, in_private_reply, opening

HEARD = datetime(2026, 11, 2, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY, WEEK = timedelta(hours=24), timedelta(days=7)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), "standard"),
        (DAY - TICK, "standard"),
        (DAY, "human_agent"),
        (WEEK - TICK, "human_agent"),
        (WEEK, "closed"),
    ],
)
def test_windows_close_at_their_very_end(after, expected):
    """Each window is open up to its last microsecond and closed at its end."""
    assert opening(HEARD, HEARD + after) == expected
    assert opening(None, HEARD + after) == "closed"


@pytest.mark.parametrize(
    ("after", "automated", "human_agent", "codes"),
    [
        (DAY - TICK, True, False, []),
        (DAY, True, True, ["window"]),
        (DAY, False, True, []),
        (DAY, False, False, ["window"]),
        (WEEK, False, True, ["window"]),
    ],
)
def test_after_a_day_only_people_answer(after, automated, human_agent, codes):
    """A human wrote it and Meta granted the tag, or it is refused."""
    given = {"automated": automated, "human_agent": human_agent}
    assert [v.code for v in in_conversation(HEARD, HEARD + after, **given)] == codes


def test_a_comment_is_answered_privately_once_within_seven_days():
    """Both reasons are told at once; where the time is not known, it does not speak against it."""
    assert list(in_private_reply(HEARD, HEARD + WEEK - TICK)) == []
    late = in_private_reply(HEARD, HEARD + WEEK, answered=True)
    assert [v.code for v in late] == ["once", "window"]
    assert list(in_private_reply(None, HEARD)) == []


@pytest.mark.parametrize(("network", "visibility"), LENGTHS)
def test_lengths_hold_at_the_boundary(network, visibility):
    """The longest text goes, one unit more does not; bytes are counted where Meta counts bytes."""
    length = LENGTHS[network, visibility]
    assert list(in_form(network, visibility, "x" * length.most)) == []
    assert [v.code for v in in_form(network, visibility, "x" * (length.most + 1))] == ["length"]
    emoji = "👍" * (length.most // 4 + 1)
    assert bool(list(in_form(network, visibility, emoji))) == (length.unit == "bytes")


def test_every_reason_is_told():
    """Whoever writes learns at once all that speaks against it."""
    image = Attachment(kind="image", url="u")
    codes = [v.code for v in in_form("facebook", "private", "x" * 2001, (image, image))]
    assert codes == ["length", "attachments"]
    assert [v.code for v in in_form("facebook", "public", "")] == ["empty"]
    assert list(in_form("facebook", "public", "Look", (image,))) == []


def test_people_are_led_into_private_by_a_reply_and_later_by_a_link():
    """A private reply comes first; a link is left where the account's address is told."""
    settings = {
        "facebook": {
            "accounts": {"facebook.acme": {"page_id": "42"}},
            "instagram_accounts": {
                "instagram.acme": {"instagram_id": "43", "username": "@Acme"},
                "instagram.other": {"instagram_id": "44"},
            },
        }
    }
    facebook, instagram = scskit_connectors(settings)
    assert [(w.kind, w.link, w.once) for w in facebook.invites("facebook.acme")] == [
        ("private_reply", "", True),
        ("deep_link", "https://m.me/42", False),
    ]
    assert [w.link for w in instagram.invites("instagram.acme")] == ["", "https://ig.me/m/acme"]
    assert [w.kind for w in instagram.invites("instagram.other")] == ["private_reply"]
