"""What the desk's policy says of replies: who has to approve, when they may leave, how they do."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import timedelta
from typing import Literal

from attrs import field, fields, frozen

from scskit.core.match import When

Reach = Literal["proactive", "everything"]
"""``proactive`` is what nobody asked for: notices, announcements, a follow-up of our own."""


@frozen(kw_only=True)
class ApprovalRule:
    """When a reply needs somebody's approval; every key that is given has to hold.

    Attributes:
        name: for the explanation.
        when: about the case and the message it answers.
        visibility: of the reply: ``public`` or ``private``; None for both.
        automated: a machine wrote it, or (False) a person did; None for both.
        authors: actors, such as ``agent:ana``; ``*`` and ``?`` as in file names.
        roles: who has any of these roles.
        trainee: who is declared a trainee, or (False) is not; None for both.
        level_below: the author's level is below this.
        purposes: what the reply is for; empty for everything.
        first_in_crisis: no reply has left in this case since the crisis began.
    """

    name: str
    when: When = field(factory=When)
    visibility: str | None = None
    automated: bool | None = None
    authors: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    trainee: bool | None = None
    level_below: int | None = None
    purposes: tuple[str, ...] = ()
    first_in_crisis: bool = False

    @property
    def asks(self) -> Iterator[str]:
        """What it asks of the reply itself, in words."""
        for attribute in fields(ApprovalRule):
            value = getattr(self, attribute.name)
            if attribute.name not in {"name", "when"} and value != attribute.default:
                said = " or ".join(value) if isinstance(value, tuple) else str(value).lower()
                yield f"{attribute.name} {said}"


@frozen(kw_only=True)
class ContactHours:
    """When people may be written to by law or by custom.

    Attributes:
        name: for the explanation, such as the law's.
        calendar: when they may, by the name of a calendar.
        accounts: the accounts it holds for; empty for all.
        reach: whether it holds for everything, or only for what nobody asked for.
    """

    name: str
    calendar: str
    accounts: tuple[str, ...] = ()
    reach: Reach = "proactive"


@frozen(kw_only=True)
class ReplyPolicy:
    """What holds for replies.

    Attributes:
        approval: rules; all that hold are named.
        approval_expires: for how long an approval can be given, and holds once given.
        contact_hours: when people may be written to.
        hours: for an account, the calendar in which scheduled replies leave.
        private_reasons: contact reasons that are only spoken of in private; ``billing.*``.
        repeat_within: the same words to the same person again within this time are refused.
        crisis_approval: in a crisis everything public needs an approval; False freezes it.
        most_attempts: after so many attempts a part is a dead letter.
        lease: how long a process has for a part before others take it to be lost with it.
        look_after: how long to wait before looking whether something of unknown outcome arrived.
        keys_kept: for how long the keys of calls are remembered.
        handoff_within: for how long what somebody writes in private, after they were invited to,
            belongs to the case that they were invited from.
    """

    approval: tuple[ApprovalRule, ...] = ()
    approval_expires: timedelta = timedelta(hours=24)
    contact_hours: tuple[ContactHours, ...] = ()
    hours: Mapping[str, str] = field(factory=dict)
    private_reasons: tuple[str, ...] = ()
    repeat_within: timedelta = timedelta(minutes=10)
    crisis_approval: bool = True
    most_attempts: int = 12
    lease: timedelta = timedelta(minutes=5)
    look_after: timedelta = timedelta(seconds=30)
    keys_kept: timedelta = timedelta(hours=24)
    handoff_within: timedelta = timedelta(days=7)

    def check(self, calendars: Container[str]) -> None:
        """Refuse hours whose calendar is not declared.

        Args:
            calendars: the names of the declared calendars.

        Raises:
            ValueError: one of them is not.
        """
        owners = [(f"contact hours {one.name}", one.calendar) for one in self.contact_hours]
        owners += [(f"hours of {account}", name) for account, name in self.hours.items()]
        for owner, name in owners:
            if name not in calendars:
                message = f"replies: {owner} name {name!r}, which is not declared"
                raise ValueError(message)
