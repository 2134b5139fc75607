"""The desk file about roles: what can be said, and every slip by its place."""

from __future__ import annotations

import pytest

from scskit import ConfigError, Policy
from scskit.config import parse_desk_file
from scskit.core.actor import Actor, find_actor
from scskit.core.agent import Agent

WHOLE = """
[accounts.twitter]
network = "twitter"

[accounts.whatsapp]
network = "whatsapp"

[agents.ana]
roles = ["social_agent", "trainer"]

[agents.ben]

[agents.eve]
roles = ["external_agency"]
accounts = ["twitter"]

[actors."crm:user-7"]
roles = ["service_manager"]

[actors.crm]
roles = ["external_agency"]
accounts = ["twitter", "whatsapp"]

[actors."bot:faq"]
roles = ["system"]
"""

WRONG = """
[accounts.twitter]
network = "twitter"

[agents.ana]
roles = ["social_agnt"]

[agents.ben]
accounts = ["twitter"]

[agents.eve]
roles = ["external_agency"]
accounts = ["twiter"]

[actors."agent:ana"]
roles = ["trainer"]

[actors."system:work"]
roles = ["trainer"]

[actors.crm]
roles = ["external_agency"]

[actors."a b"]
roles = []

[actors.none]
"""


def test_who_has_which_role_is_read():
    """Each actor is who the desk file says; the nearest declaration counts, kinds come last."""
    policy = parse_desk_file(WHOLE).policy
    assert policy.restricts
    both = ("twitter", "whatsapp")
    expected = {
        "agent:ana": (("social_agent", "trainer"), ()),
        "agent:ben": ((), ()),
        "agent:eve": (("external_agency",), ("twitter",)),
        "agent:zoe": ((), ()),
        "crm:user-7": (("service_manager",), ()),
        "crm:user-8": (("external_agency",), both),
        "crm": (("external_agency",), both),
        "crmx:user-7": ((), ()),
        "bot:faq": (("system",), ()),
        "bot:other": ((), ()),
        "system:work": (("system",), ()),
        "system": ((), ()),
        "": ((), ()),
    }
    found = {name: find_actor(policy, name) for name in expected}
    assert {name: (actor.roles, actor.accounts) for name, actor in found.items()} == expected


def test_every_wrong_role_is_reported_by_its_place():
    """Unknown roles are named with those there are, and agencies say on which accounts they act."""
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(WRONG)
    problems = [line.removeprefix("desk.toml: ") for line in caught.value.problems]
    assert problems[0].startswith(
        'agents.ana.roles[1]: found "social_agnt" (did you mean "social_agent"?); allowed: '
        "social_agent, community_manager, service_manager, quality_auditor, trainer, "
    )
    begins = [
        "agents.ana.roles[1]: ",
        'agents.eve.accounts[1]: found "twiter" (did you mean "twitter"?); allowed: twitter',
        "agents.ben.roles: found nothing; allowed: a list of roles, because without one nothing ",
        'actors."agent:ana": found "agent:ana"; allowed: another name, because the roles of ana ',
        'actors."system:work": found "system:work"; allowed: another name, because system actors ',
        'actors."a b": found "a b"; allowed: an actor such as "crm:user-7", or a kind of actors ',
        'actors."a b".roles: found an empty list; allowed: ',
        "actors.crm.accounts: found nothing; allowed: a list of accounts, because external_agency",
        "actors.none.roles: found nothing; allowed: a list of roles, because without one nothing ",
    ]
    assert [line[: len(start)] for line, start in zip(problems, begins, strict=True)] == begins


def test_a_desk_file_without_roles_restricts_nobody():
    """Agents without roles leave the host to decide who may do what, as it was before."""
    assert not parse_desk_file("[agents.ana]\nlevel = 2").policy.restricts


def test_roles_are_part_of_what_the_policy_says():
    """Giving or taking a role, or delegating another account, makes another policy version."""
    texts = (
        "",
        "[actors.crm]\nroles = ['trainer']",
        "[actors.crm]\nroles = ['social_agent']",
        "[actors.crm]\nroles = ['social_agent']\naccounts = ['a']",
        "[agents.ana]",
        "[agents.ana]\nroles = ['trainer']",
    )
    assert len({parse_desk_file(text).policy.version for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (
            {"agents": {"ana": Agent(name="ana", roles=("boss",))}},
            "ana: there is no role boss",
        ),
        ({"agents": {"ana": Agent(name="ana", accounts=("a",))}}, "accounts without roles"),
        (
            {"actors": {"crm": Actor(name="crm", roles=("external_agency",))}},
            "crm: external_agency is for delegated accounts only",
        ),
        ({"actors": {"system:x": Actor(name="system:x", roles=("system",))}}, "scskit's own"),
    ],
)
def test_a_policy_made_in_python_is_checked_as_well(parts, reason):
    """What the desk file refuses, a policy refuses too."""
    with pytest.raises(ValueError, match=reason):
        Policy(**parts)
