"""Who may do what: the table, against one drawn by hand from what each role is for."""

from __future__ import annotations

from pathlib import Path

from scskit.core import roles
from scskit.core.roles import ACTIONS, ALLOWED, ROLES, may, roles_for

PAGE = Path(__file__).parents[2] / "docs" / "approval-and-roles.md"


def test_the_table_is_the_one_that_was_drawn(drawn_roles):
    """Each of the ten roles may do what its work needs, and nothing else."""
    found = {(action, role): may([role], action) for action in ACTIONS for role in ROLES}
    assert found == drawn_roles
    assert set(ALLOWED) == set(ROLES)


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


def test_the_page_shows_the_table():
    """What the documentation says of roles and actions is what the desk enforces."""
    rows = [line.split("|")[1:-1] for line in PAGE.read_text().splitlines() if line[:3] == "| `"]
    cells = [[cell.strip(" `") for cell in row] for row in rows if "." in row[0]]
    shown = {action: found for action, *found in cells}
    marks = {action: [_mark(role, may([role], action)) for role in ROLES] for action in ACTIONS}
    assert shown == marks
