"""The section ``[replies]``: who has to approve what, when replies may leave, how they do."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import get_args

from scskit.config.matchers import when
from scskit.config.readers import (
    Fields,
    Reader,
    any_of,
    declared,
    duration,
    flag,
    list_of,
    mapping,
    one_of,
    record,
    text,
    whole,
)
from scskit.config.rules import rules
from scskit.core.outbound import Purpose
from scskit.core.reply_policy import ApprovalRule, ContactHours, Reach, ReplyPolicy
from scskit.core.roles import ROLES
from scskit.core.vocabulary import Visibility

MOST_ATTEMPTS = 100
HIGHEST_LEVEL = 99

_calendar = declared("calendars")
_account = declared("accounts")
_purpose = one_of(get_args(Purpose))
_second = timedelta(seconds=1)

APPROVAL: Fields = {
    "name": text,
    "when": when(),
    "visibility": one_of(get_args(Visibility)),
    "automated": flag,
    "authors": any_of(text),
    "roles": any_of(one_of(ROLES)),
    "trainee": flag,
    "level_below": whole(2, HIGHEST_LEVEL),
    "purposes": any_of(_purpose),
    "first_in_crisis": flag,
}

CONTACT_HOURS: Fields = {
    "name": text,
    "calendar": _calendar,
    "accounts": any_of(_account),
    "reach": one_of(get_args(Reach)),
}


REPLIES: Fields = {
    "approval": rules(
        "replies.approval", "approval", record(partial(ApprovalRule, name=""), APPROVAL)
    ),
    "approval_expires": duration(_second),
    "contact_hours": list_of(record(ContactHours, CONTACT_HOURS, required=("name", "calendar"))),
    "hours": mapping(_calendar, _account),
    "private_reasons": list_of(declared("reasons", globs=True)),
    "repeat_within": duration(timedelta(0)),
    "crisis_approval": flag,
    "most_attempts": whole(1, MOST_ATTEMPTS),
    "lease": duration(_second),
    "look_after": duration(timedelta(0)),
    "keys_kept": duration(_second),
    "handoff_within": duration(_second),
}

replies: Reader[ReplyPolicy] = record(ReplyPolicy, REPLIES)
