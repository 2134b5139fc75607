"""Who may do what: the table, against one drawn by hand from what each role is for."""

from __future__ import annotations

from scskit.core import roles
from scskit.core.roles import ACTIONS, ALLOWED, ROLES, may, roles_for

COLUMNS = {
    "CM": "community_manager",
    "SM": "service_manager",
    "SA": "social_agent",
    "QA": "quality_auditor",
    "TR": "trainer",
    "OS": "operations_support",
    "SY": "system",
    "AD": "administrator",
    "DP": "data_protection_officer",
    "EA": "external_agency",
}

EXPECTED = """
                          CM SM SA QA TR OS SY AD DP EA
accounts.add              -  -  -  -  -  -  x  x  -  -
cases.accept_escalation   x  x  x  -  -  -  x  -  -  x
cases.assign              x  x  x  -  -  x  x  -  -  -
cases.close               x  x  x  -  -  -  x  -  -  -
cases.dismiss             x  x  x  -  -  -  x  -  -  -
cases.escalate            x  x  x  -  -  -  x  -  -  x
cases.hold                x  x  x  -  -  -  x  -  -  x
cases.link                x  x  x  -  -  -  x  -  -  -
cases.merge               x  x  x  -  -  -  -  -  -  -
cases.note                x  x  x  x  x  x  x  -  x  x
cases.read                x  x  x  x  x  x  x  x  x  x
cases.recalculate         -  x  -  -  -  x  -  -  -  -
cases.reopen              x  x  x  -  -  -  x  -  -  x
cases.resume              x  x  x  -  -  -  x  -  -  x
cases.return_escalation   x  x  x  -  -  -  x  -  -  x
cases.route               x  x  x  -  -  x  x  -  -  -
cases.set_priority        x  x  x  -  -  -  x  -  -  x
cases.set_reason          x  x  x  -  -  -  x  -  -  x
cases.snooze              x  x  x  -  -  -  x  -  -  x
cases.solve               x  x  x  -  -  -  x  -  -  x
cases.split               x  x  x  -  -  -  -  -  -  -
cases.wait                x  x  x  -  -  -  x  -  -  x
customers.erase           -  -  -  -  -  -  -  -  x  -
customers.export          -  -  -  -  -  -  -  -  x  -
customers.link            x  x  x  -  -  -  x  -  x  -
customers.merge           -  x  -  -  -  -  -  -  x  -
customers.read            x  x  x  x  -  -  x  -  x  -
customers.unlink          x  x  x  -  -  -  x  -  x  -
customers.unmerge         -  x  -  -  -  -  -  -  x  -
feed.read                 -  x  -  x  -  x  x  x  x  -
intake.discard            -  -  -  -  -  x  -  x  -  -
intake.read               -  -  -  -  -  x  x  x  x  -
intake.redrive            -  -  -  -  -  x  x  x  -  -
intake.release            -  -  -  -  -  x  x  x  -  -
replies.approve           x  x  -  -  -  -  -  -  -  -
replies.cancel            x  x  x  -  -  x  x  -  -  x
replies.challenge         x  x  x  -  -  -  x  -  -  -
replies.check             x  x  x  x  x  -  x  -  -  x
replies.draft             x  x  x  -  x  -  x  -  -  x
replies.edit_draft        x  x  x  -  x  -  x  -  -  x
replies.freeze            x  x  -  -  -  -  x  x  -  -
replies.handoff           x  x  x  -  -  -  x  -  -  x
replies.hide              x  x  x  -  -  -  x  -  x  x
replies.publish           x  x  -  -  -  -  -  -  -  -
replies.read              x  x  x  x  x  x  x  x  x  x
replies.redrive           -  x  -  -  -  x  -  x  -  -
replies.reject            x  x  -  -  -  -  -  -  -  -
replies.resolve_unknown   x  x  -  -  -  x  -  -  -  -
replies.schedule          x  x  x  -  -  -  x  -  -  x
replies.submit            x  x  x  -  -  -  x  -  -  x
replies.whisper           x  x  x  x  x  -  x  -  -  x
work.accept               x  x  x  -  -  -  -  -  -  x
work.decline              x  x  x  -  -  -  -  -  -  x
work.offer                x  x  -  -  -  x  x  -  -  -
work.pull                 x  x  x  -  -  -  -  -  -  x
work.release              x  x  -  -  -  x  x  -  -  -
work.set_presence         x  x  x  -  -  -  -  -  -  x
work.take_over            x  x  x  -  -  -  -  -  -  x
"""


def expected():
    """Read the drawing: by action and role, whether it may."""
    head, *lines = EXPECTED.strip().splitlines()
    names = [COLUMNS[short] for short in head.split()]
    rows = {line.split()[0]: line.split()[1:] for line in lines}
    return {
        (action, role): mark == "x"
        for action, marks in rows.items()
        for role, mark in zip(names, marks, strict=True)
    }


def test_the_table_is_the_one_that_was_drawn():
    """Each of the ten roles may do what its work needs, and nothing else."""
    found = {(action, role): may([role], action) for action in ACTIONS for role in ROLES}
    assert found == expected()
    assert set(COLUMNS.values()) == set(ROLES) == set(ALLOWED)


def test_what_does_not_stand_in_the_table_is_refused():
    """An action, or a role, that nobody wrote down is not allowed."""
    assert not any(may([role], "cases.burn") for role in ROLES)
    assert not may(["boss"], "cases.read")
    assert not may([], "cases.read")


def test_several_roles_may_what_each_of_them_may():
    """Roles add up, and none takes away what another gives."""
    assert may(["trainer", "operations_support"], "replies.draft")
    assert may(["trainer", "operations_support"], "intake.redrive")
    assert not may(["trainer", "operations_support"], "replies.submit")


def test_the_table_says_who_may():
    """A refusal can name the roles that would do."""
    assert roles_for("replies.approve") == ("community_manager", "service_manager")
    assert roles_for("cases.burn") == ()


def test_the_drawing_in_the_module_is_the_table():
    """Whoever reads the drawing beside the table reads the truth."""
    lines = [line.split() for line in roles.__doc__.splitlines()]
    drawn = {line[0]: line[1:] for line in lines if len(line) == 1 + len(ROLES)}
    kinds = {
        name: thing
        for name, thing in vars(roles).items()
        if isinstance(thing, set) and not name.startswith("_")
    }
    marks = {
        kind: [_mark(role, all(may([role], action) for action in kinds[kind])) for role in ROLES]
        for kind in kinds
    }
    assert drawn == marks
    assert sorted(action for kind in kinds.values() for action in kind) == list(ACTIONS)


def _mark(role, allowed):
    """Write a cell: an agency may only on delegated accounts."""
    if not allowed:
        return "-"
    return "d" if role == "external_agency" else "x"
