"""Who may do what: one table of roles and actions. What does not stand in it is not allowed.

An action is named after the command that does it: ``cases.assign`` is ``desk.cases.assign``. Drawn
by kinds of actions, which stand below (``x``: yes, ``d``: on delegated accounts, as everything that
an agency does)::

    CM community manager    SM service manager       SA social agent      QA quality auditor
    TR trainer              OS operations support    SY system            AD administrator
    DP data-protection officer                       EA external agency

                   CM SM SA QA TR OS SY AD DP EA
    SEE            x  x  x  x  x  x  x  x  x  d
    SEE_INCIDENTS  x  x  x  x  x  x  x  x  x  -
    SEE_PEOPLE     x  x  x  x  -  -  x  -  x  -
    FOLLOW         -  x  -  x  -  x  x  x  x  -
    NOTE           x  x  x  x  x  x  x  -  x  d
    HANDLE         x  x  x  -  -  -  x  -  -  d
    SORT           x  x  x  -  -  x  x  -  -  -
    FINISH         x  x  x  -  -  -  x  -  -  -
    JOIN           x  x  x  -  -  -  -  -  -  -
    RECOUNT        -  x  -  -  -  x  -  -  -  -
    TAKE_WORK      x  x  x  -  -  -  -  -  -  d
    GIVE_WORK      x  x  -  -  -  x  x  -  -  -
    IDENTIFY       x  x  x  -  -  -  x  -  x  -
    ONE_PERSON     -  x  -  -  -  -  -  -  x  -
    INSPECT        -  -  -  -  -  x  x  x  x  -
    REPAIR         -  -  -  -  -  x  x  x  -  -
    DISCARD        -  -  -  -  -  x  -  x  -  -
    SET_UP         -  -  -  -  -  -  x  x  -  -
    SUGGEST        x  x  x  -  x  -  x  -  -  d
    CHECK          x  x  x  x  x  -  x  -  -  d
    WHISPER        x  x  x  x  x  -  x  -  -  d
    SEND           x  x  x  -  -  -  x  -  -  d
    CANCEL         x  x  x  -  -  x  x  -  -  d
    VERIFY         x  x  x  -  -  -  x  -  -  -
    HIDE           x  x  x  -  -  -  x  -  x  d
    JUDGE          x  x  -  -  -  -  -  -  -  -
    PUBLISH        x  x  -  -  -  -  -  -  -  -
    CONSENT        x  x  x  -  -  -  x  -  -  -
    GATHER         x  x  x  -  -  x  x  -  -  -
    FREEZE         x  x  -  -  -  -  x  x  -  -
    REDRIVE        -  x  -  -  -  x  -  x  -  -
    RESOLVE        x  x  -  -  -  x  -  -  -  -
    PERSONAL_DATA  -  -  -  -  -  -  -  -  x  -

Why it is drawn like this: whoever looks after quality or the machine does not speak for the brand;
a machine never approves, never says what became of a reply that nobody knows of, and erases
nothing; who publishes for the brand or approves answers for it by name; erasing and handing out
what is known of a person is one officer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

Role = Literal[
    "community_manager",
    "service_manager",
    "social_agent",
    "quality_auditor",
    "trainer",
    "operations_support",
    "system",
    "administrator",
    "data_protection_officer",
    "external_agency",
]
ROLES: tuple[Role, ...] = get_args(Role)

DELEGATED: Role = "external_agency"
"""The role that nobody has without saying on which accounts."""

SEE = {"cases.read", "replies.read"}
SEE_INCIDENTS = {"incidents.read"}
SEE_PEOPLE = {"customers.read"}
FOLLOW = {"feed.read"}
NOTE = {"cases.note"}
HANDLE = {
    "cases.set_reason",
    "cases.set_priority",
    "cases.wait",
    "cases.hold",
    "cases.resume",
    "cases.snooze",
    "cases.solve",
    "cases.reopen",
    "cases.escalate",
    "cases.accept_escalation",
    "cases.return_escalation",
}
SORT = {"cases.assign", "cases.route"}
FINISH = {"cases.close", "cases.dismiss", "cases.link"}
JOIN = {"cases.merge", "cases.split"}
RECOUNT = {"cases.recalculate"}
TAKE_WORK = {"work.pull", "work.accept", "work.decline", "work.take_over", "work.set_presence"}
GIVE_WORK = {"work.offer", "work.release"}
IDENTIFY = {"customers.link", "customers.unlink"}
ONE_PERSON = {"customers.merge", "customers.unmerge"}
INSPECT = {"intake.read"}
REPAIR = {"intake.redrive", "intake.release"}
DISCARD = {"intake.discard"}
SET_UP = {"accounts.add"}
SUGGEST = {"replies.draft", "replies.edit_draft"}
CHECK = {"replies.check"}
WHISPER = {"replies.whisper"}
SEND = {"replies.submit", "replies.schedule", "replies.handoff"}
CANCEL = {"replies.cancel"}
VERIFY = {"replies.challenge"}
HIDE = {"replies.hide"}
JUDGE = {"replies.approve", "replies.reject"}
PUBLISH = {"incidents.notify", "replies.publish"}
CONSENT = {"replies.consent"}
GATHER = {"incidents.open", "incidents.link", "incidents.close"}
FREEZE = {"replies.freeze"}
REDRIVE = {"replies.redrive"}
RESOLVE = {"replies.resolve_unknown"}
PERSONAL_DATA = {"customers.erase", "customers.export"}

_SPEAK = SUGGEST | CHECK | WHISPER | SEND | CANCEL | HIDE
_SEE_ALL = SEE | SEE_INCIDENTS
_AGENT = (
    (_SEE_ALL | SEE_PEOPLE | NOTE | HANDLE | SORT | FINISH | JOIN | TAKE_WORK | IDENTIFY | VERIFY)
    | _SPEAK
    | CONSENT
    | GATHER
)
_MANAGER = _AGENT | GIVE_WORK | JUDGE | PUBLISH | FREEZE | RESOLVE

ALLOWED: Mapping[str, frozenset[str]] = {
    "community_manager": frozenset(_MANAGER),
    "service_manager": frozenset(_MANAGER | FOLLOW | RECOUNT | ONE_PERSON | REDRIVE),
    "social_agent": frozenset(_AGENT),
    "quality_auditor": frozenset(_SEE_ALL | SEE_PEOPLE | FOLLOW | NOTE | CHECK | WHISPER),
    "trainer": frozenset(_SEE_ALL | NOTE | SUGGEST | CHECK | WHISPER),
    "operations_support": frozenset(
        _SEE_ALL | FOLLOW | NOTE | SORT | RECOUNT | GIVE_WORK | INSPECT | REPAIR | DISCARD
    )
    | CANCEL
    | REDRIVE
    | RESOLVE
    | GATHER,
    "system": frozenset(_SEE_ALL | SEE_PEOPLE | FOLLOW | NOTE | HANDLE | SORT | FINISH | GIVE_WORK)
    | IDENTIFY
    | INSPECT
    | REPAIR
    | SET_UP
    | VERIFY
    | FREEZE
    | CONSENT
    | GATHER
    | _SPEAK,
    "administrator": frozenset(
        _SEE_ALL | FOLLOW | INSPECT | REPAIR | DISCARD | SET_UP | FREEZE | REDRIVE
    ),
    "data_protection_officer": frozenset(
        _SEE_ALL | SEE_PEOPLE | FOLLOW | NOTE | IDENTIFY | ONE_PERSON | INSPECT | HIDE
    )
    | PERSONAL_DATA,
    "external_agency": frozenset(SEE | NOTE | HANDLE | TAKE_WORK | _SPEAK),
}
"""The table: what each role may do."""

ACTIONS: tuple[str, ...] = tuple(sorted(frozenset().union(*ALLOWED.values())))
"""Every action there is. One that nobody may do does not stand in the table, and is refused."""


def may(roles: Iterable[str], action: str) -> bool:
    """Tell whether one of these roles may do this; a role or action nobody knows may nothing."""
    return any(action in ALLOWED.get(role, ()) for role in roles)


def roles_for(action: str) -> tuple[Role, ...]:
    """Return the roles that may do this, in the order of the table."""
    return tuple(role for role in ROLES if action in ALLOWED[role])
