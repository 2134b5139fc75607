"""The desk file about when replies may leave and who approves them: every slip by its place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import fields

from scskit import ConfigError
from scskit.config import parse_desk_file
from scskit.config.speaking import APPROVAL, CONTACT_HOURS, REPLIES
from scskit.core.match import When
from scskit.core.policy import Policy
from scskit.core.reply_policy import ApprovalRule, ContactHours, ReplyPolicy

GROUND = """
[calendars.office.weekly]
mon = ["09:00-18:00"]
[accounts.care]
network = "twitter"
[reasons.billing.refund]
[agents.tim]
trainee = true
"""

WHOLE = """
[replies]
approval_expires = "4h"
private_reasons = ["billing.*"]
repeat_within = "0s"
crisis_approval = false
most_attempts = 3
lease = "2m"
look_after = "0s"
keys_kept = "1d"
handoff_within = "2d"
hours = { care = "office" }

[[replies.approval]]
name = "beginners"
when = { reason = "billing.*" }
visibility = "public"
automated = false
authors = "agent:*"
roles = ["social_agent", "external_agency"]
trainee = true
level_below = 2
purposes = ["closing"]
first_in_crisis = true

[[replies.approval]]
trainee = true

[[replies.contact_hours]]
name = "the law"
calendar = "office"
accounts = "care"
reach = "everything"
"""


def problems(text):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(text)
    return [line.removeprefix("desk.toml: ") for line in caught.value.problems]


def test_everything_that_can_be_said_is_taken():
    """Each key says what it says; a rule without a name is called after what it asks for."""
    policy = parse_desk_file(WHOLE + GROUND).policy
    rule = ApprovalRule(
        name="beginners",
        when=When(reason=("billing.*",)),
        visibility="public",
        automated=False,
        authors=("agent:*",),
        roles=("social_agent", "external_agency"),
        trainee=True,
        level_below=2,
        purposes=("closing",),
        first_in_crisis=True,
    )
    law = ContactHours(name="the law", calendar="office", accounts=("care",), reach="everything")
    assert policy.agents["tim"].trainee
    assert policy.replies == ReplyPolicy(
        approval=(rule, ApprovalRule(name="approval 2 (trainee true)", trainee=True)),
        approval_expires=timedelta(hours=4),
        contact_hours=(law,),
        hours={"care": "office"},
        private_reasons=("billing.*",),
        repeat_within=timedelta(0),
        crisis_approval=False,
        most_attempts=3,
        lease=timedelta(minutes=2),
        look_after=timedelta(0),
        keys_kept=timedelta(days=1),
        handoff_within=timedelta(days=2),
    )


@pytest.mark.parametrize(
    ("kind", "keys"),
    [(ReplyPolicy, REPLIES), (ApprovalRule, APPROVAL), (ContactHours, CONTACT_HOURS)],
)
def test_the_desk_file_can_say_all_of_it(kind, keys):
    """What a policy in Python can hold, a desk file can say."""
    assert {attribute.name for attribute in fields(kind)} == set(keys)


def test_what_is_said_of_replies_is_part_of_the_policy():
    """A reply is allowed under a version: other rules, another version."""
    texts = ("", "[replies]\nmost_attempts = 3\n", "[[replies.approval]]\ntrainee = true\n")
    assert len({parse_desk_file(text + GROUND).policy.version for text in texts}) == 3


APPROVAL_RULE = "[[replies.approval]]\n"
HOURS = "[[replies.contact_hours]]\nname = 'law'\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("replies = 'yes'", 'replies: found "yes"; allowed: a table'),
        (
            "[replies]\naproval = []",
            'replies: found unknown key "aproval" (did you mean "approval"?)',
        ),
        (
            "[replies]\napproval = 'all'",
            'replies.approval: found "all"; allowed: a list of tables, each under [[replies.app',
        ),
        (
            f"{APPROVAL_RULE}name = 'a'\n{APPROVAL_RULE}name = 'a'",
            'replies.approval[2].name: found "a", as in replies.approval[1]',
        ),
        (f"{APPROVAL_RULE}name = ''", 'replies.approval[1].name: found ""'),
        (
            f"{APPROVAL_RULE}visiblity = 'public'",
            'replies.approval[1]: found unknown key "visiblity" (did you mean "visibility"?)',
        ),
        (
            f"{APPROVAL_RULE}visibility = 'secret'",
            'replies.approval[1].visibility: found "secret"; allowed: public, private',
        ),
        (f"{APPROVAL_RULE}automated = 1", "replies.approval[1].automated: found 1; allowed: true"),
        (f"{APPROVAL_RULE}authors = ''", 'replies.approval[1].authors: found ""'),
        (f"{APPROVAL_RULE}authors = ['a', 1]", "replies.approval[1].authors[2]: found 1"),
        (
            f"{APPROVAL_RULE}roles = ['social_agnt']",
            'replies.approval[1].roles[1]: found "social_agnt" (did you mean "social_agent"?)',
        ),
        (f"{APPROVAL_RULE}trainee = 'yes'", 'replies.approval[1].trainee: found "yes"'),
        (
            f"{APPROVAL_RULE}level_below = 1",
            "replies.approval[1].level_below: found 1; allowed: a whole number from 2 to 99",
        ),
        (f"{APPROVAL_RULE}level_below = '2'", 'replies.approval[1].level_below: found "2"'),
        (
            f"{APPROVAL_RULE}purposes = ['closng']",
            'replies.approval[1].purposes[1]: found "closng" (did you mean "closing"?)',
        ),
        (f"{APPROVAL_RULE}first_in_crisis = 'no'", "replies.approval[1].first_in_crisis: found"),
        (
            f"{APPROVAL_RULE}when = {{ reason = 'bililng.*' }}",
            'replies.approval[1].when.reason: found "bililng.*" (did you mean "billing"?)',
        ),
        (
            f"{APPROVAL_RULE}when = {{ followers = 3 }}",
            'replies.approval[1].when: found unknown key "followers"',
        ),
        ("[replies]\napproval_expires = '0s'", 'replies.approval_expires: found "0s"; allowed: a'),
        ("[replies]\napproval_expires = 4", "replies.approval_expires: found 4; allowed: a dur"),
        ("[replies]\ncontact_hours = {}", "replies.contact_hours: found an empty"),
        (HOURS, "replies.contact_hours[1].calendar: found nothing; allowed: office"),
        (
            "[[replies.contact_hours]]\ncalendar = 'office'",
            "replies.contact_hours[1].name: found nothing",
        ),
        (
            f"{HOURS}calendar = 'ofice'",
            'replies.contact_hours[1].calendar: found "ofice" (did you mean "office"?)',
        ),
        (
            f"{HOURS}calendar = 'office'\naccounts = ['car']",
            'replies.contact_hours[1].accounts[1]: found "car" (did you mean "care"?)',
        ),
        (
            f"{HOURS}calendar = 'office'\nreach = 'all'",
            'replies.contact_hours[1].reach: found "all"; allowed: proactive, everything',
        ),
        ("[replies]\nhours = 'office'", 'replies.hours: found "office"; allowed: a table'),
        ("[replies.hours]\ncar = 'office'", 'replies.hours.car: found "car" (did you mean "care"?'),
        ("[replies.hours]\ncare = 'ofice'", 'replies.hours.care: found "ofice" (did you mean "of'),
        ("[replies]\nprivate_reasons = ['x.*']", 'replies.private_reasons[1]: found "x.*"'),
        ("[replies]\nprivate_reasons = 'billing'", 'replies.private_reasons: found "billing"'),
        ("[replies]\nrepeat_within = '-1m'", 'replies.repeat_within: found "-1m"'),
        ("[replies]\ncrisis_approval = 'yes'", 'replies.crisis_approval: found "yes"'),
        ("[replies]\nmost_attempts = 0", "replies.most_attempts: found 0; allowed: a whole number"),
        ("[replies]\nmost_attempts = 101", "replies.most_attempts: found 101"),
        ("[replies]\nlease = '0s'", 'replies.lease: found "0s"'),
        ("[replies]\nlook_after = 'x'", 'replies.look_after: found "x"'),
        ("[replies]\nkeys_kept = '0s'", 'replies.keys_kept: found "0s"'),
        ("[replies]\nhandoff_within = '0s'", 'replies.handoff_within: found "0s"'),
        ("[agents.ana]\ntrainee = 'yes'", 'agents.ana.trainee: found "yes"; allowed: true or'),
    ],
)
def test_a_slip_is_reported_with_its_place(text, problem):
    """What cannot be meant is not guessed."""
    assert [line[: len(problem)] for line in problems(f"{text}\n{GROUND}")] == [problem]


def test_every_mistake_is_told_at_once():
    """Nobody mends a desk file one line at a time."""
    text = "[replies]\nlease = '0s'\nmost_attempts = 0\n[replies.hours]\ncar = 'office'\n"
    assert len(problems(text + GROUND)) == 3


@pytest.mark.parametrize(
    ("replies", "named"),
    [
        (
            ReplyPolicy(contact_hours=(ContactHours(name="the law", calendar="nights"),)),
            "contact hours the law",
        ),
        (ReplyPolicy(hours={"care": "nights"}), "hours of care"),
    ],
)
def test_hours_without_their_calendar_are_refused_in_python_too(replies, named):
    """Nobody finds out when the first reply is to leave that there are no such hours."""
    with pytest.raises(ValueError, match=f"{named}.*'nights', which is not declared"):
        Policy(replies=replies)
    calendars = parse_desk_file(GROUND.replace("office", "nights")).policy.calendars
    assert Policy(replies=replies, calendars=calendars).reply_policy == replies
