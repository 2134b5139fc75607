"""Permissions: every command asks here whether its actor may do it, before anything is done.

A method says by ``needs`` or ``shows`` which action it is, which stands in the table of
``core.roles``. As long as the policy gives nobody a role, the host is responsible, and nothing is
asked. From then on only those may act who have a role for it; who is limited to some accounts may
do only what concerns cases of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial, wraps
from inspect import signature
from itertools import chain
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from scskit.core.errors import NotPermitted
from scskit.core.ids import CaseId

if TYPE_CHECKING:
    from scskit.core.actor import Actor
    from scskit.core.case import Case
    from scskit.desk.services import Services

P = ParamSpec("P")
R = TypeVar("R")
Arguments = Mapping[str, Any]
About = Callable[["Services", Arguments], Iterable[str] | None]
"""Finds the accounts that a call concerns; None for the whole desk."""

_MARK = "scskit_action"
_signature = cache(signature)  # one for each command


def whole_desk(_: Services, __: Arguments) -> None:
    """Concern every account: nothing for those who are limited to some."""


def own(_: Services, __: Arguments) -> Iterable[str]:
    """Concern no account, only the actor."""
    return ()


def one_account(_: Services, arguments: Arguments) -> Iterable[str] | None:
    """Concern the account that cases are filtered by, if they are."""
    account = arguments.get("filters", {}).get("account")
    return None if account is None else (str(account),)


def cases(*names: str) -> About:
    """Concern the accounts of the cases whose ids are in these arguments."""

    def find(services: Services, arguments: Arguments) -> Iterable[str]:
        from scskit.core.assigning import accounts_of  # noqa: PLC0415  for those who are limited

        ids = [CaseId(arguments[name]) for name in names]
        with services.store.read() as reader:
            found = [draft.case for draft in reader.cases(ids).values() if draft.case]
        each = (accounts_of(case.account_id, case.other_threads) for case in found)
        return chain.from_iterable(each)

    return find


def named(arguments: Arguments) -> str | None:
    """Return the actor that a call names."""
    by: str | None = arguments.get("by")
    return by


def agent_itself(arguments: Arguments) -> str | None:
    """Return the agent that a call is about as the actor."""
    return f"agent:{arguments['agent']}"


def needs(
    action: str, about: About = whole_desk, *, who: Callable[[Arguments], str | None] = named
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a method of a desk's part a command: whoever calls it must have a role for it.

    Args:
        action: as the table of ``core.roles`` has it.
        about: which accounts a call concerns.
        who: finds the actor among the arguments; nobody is refused like an unknown actor.
    """
    return _guard(action, about, who, host_may=False)


def shows(action: str, about: About = whole_desk) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a method of a desk's part one that shows what not everybody may see.

    A call that names nobody is the host's own, which has the database anyway.

    Args:
        action: as the table of ``core.roles`` has it.
        about: which accounts a call concerns.
    """
    return _guard(action, about, named, host_may=True)


def _guard(
    action: str, about: About, who: Callable[[Arguments], str | None], *, host_may: bool
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        @wraps(method)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            services: Services = args[0]._services  # type: ignore[attr-defined]  # noqa: SLF001  the part's own
            if services.policy.restricts:
                arguments = _signature(method).bind(*args, **kwargs).arguments
                by = who(arguments)
                if by is not None or not host_may:
                    _check(services, action, by or "", lambda: about(services, arguments))
            return method(*args, **kwargs)

        call.__dict__[_MARK] = action
        return call

    return decorate


def action_of(method: object) -> str | None:
    """Return the action that a method of a desk's part is, if it asks for a permission."""
    action: str | None = getattr(method, _MARK, None)
    return action


def require(services: Services, action: str, by: str, accounts: Iterable[str] | None) -> None:
    """Check that an actor may do something, where only the command finds out what it concerns.

    Args:
        services: the desk's.
        action: as the table of ``core.roles`` has it.
        by: the actor.
        accounts: those that it concerns; None for the whole desk.

    Raises:
        NotPermitted: the actor has no role for it, or is limited to other accounts.
    """
    if services.policy.restricts:
        _check(services, action, by, lambda: accounts)


def permits(services: Services, action: str, by: str, accounts: Iterable[str] | None) -> bool:
    """Tell whether ``require`` would let an actor do something."""
    try:
        require(services, action, by, accounts)
    except NotPermitted:
        return False
    return True


def require_worker(services: Services, case_id: str, agent: str) -> None:
    """Check that an agent may work on a case that somebody else gives to it.

    Raises:
        NotPermitted: the agent could do nothing with it: no role for work, or another account.
    """
    if services.policy.restricts:
        about = partial(cases("case_id"), services, {"case_id": case_id})
        _check(services, "work.accept", f"agent:{agent}", about)


def visible(services: Services, by: str | None, found: Sequence[Case]) -> tuple[Case, ...]:
    """Leave out what also holds messages of accounts that an actor may not work on."""
    if by is None or not services.policy.delegates:
        return tuple(found)
    from scskit.core.assigning import accounts_of  # noqa: PLC0415  for those who are limited

    return tuple(
        case
        for case in found
        if permits(services, "cases.read", by, accounts_of(case.account_id, case.other_threads))
    )


def _check(
    services: Services, action: str, by: str, concerns: Callable[[], Iterable[str] | None]
) -> None:
    from scskit.core.actor import find_actor  # noqa: PLC0415  for desks that give roles
    from scskit.core.roles import may, roles_for  # noqa: PLC0415
    from scskit.desk.admission import repair  # noqa: PLC0415

    by = repair(by)  # as it would be recorded
    actor = find_actor(services.policy, by)
    allowed = roles_for(action)
    if not may(actor.roles, action):
        has = f"has only {', '.join(actor.roles)}" if actor.roles else "has no role"
        roles = ", ".join(allowed) or "none"
        message = f"{by or 'nobody (by)'} may not do {action}: {has}; roles that may: {roles}"
        raise NotPermitted(message, actor=by, action=action, roles=allowed)
    if actor.accounts:
        _check_accounts(actor, by, action, concerns())


def _check_accounts(actor: Actor, by: str, action: str, concerned: Iterable[str] | None) -> None:
    """Refuse what reaches further than the accounts that somebody is limited to."""
    only = ", ".join(actor.accounts)
    if concerned is None:
        message = f"{by} may not do {action}: it concerns the whole desk, not only {only}"
    elif others := sorted(set(concerned).difference(actor.accounts)):
        message = f"{by} may not do {action} on {', '.join(others)}, only on {only}"
    else:
        return
    raise NotPermitted(message, actor=by, action=action, roles=actor.roles)
