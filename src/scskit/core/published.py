"""What a desk can publish of itself: when it is open, and what it promises.

Made from the calendars and rules that decide: nobody is told anything else than what counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from attrs import field, fields, frozen

from scskit.core.account import Account
from scskit.core.calendar import Calendar
from scskit.core.match import Facts, When
from scskit.core.policy import Policy
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy
from scskit.core.terms import ALWAYS_OPEN
from scskit.core.windows import (
    Pieces,
    date_of,
    day_number,
    pieces_of_dates,
    pieces_of_week,
    weekday,
)
from scskit.core.zones import date_at, zone

OF_THE_ACCOUNT = ("account", "network", "purpose")
"""What of a rule's conditions is known as soon as the account is."""

DAYS_AHEAD = 60
_SECOND = timedelta(seconds=1)


@frozen(kw_only=True)
class Day:
    """What is open on a date that is not as its day of the week.

    Attributes:
        on: the date.
        pieces: what is open, in minutes after midnight; empty when closed.
        name: what it is called, such as a holiday's name; empty where it has none.
    """

    on: date
    pieces: Pieces
    name: str = ""


@frozen(kw_only=True)
class OpeningTimes:
    """When a calendar is open, by the clock on the wall.

    Attributes:
        calendar: its name in the desk file.
        version: which version of it.
        time_zone: whose wall the clock hangs on.
        since: the first date that ``days`` tells of.
        until: the last one.
        week: what is open on each day of the week from Monday, in minutes after midnight; a night
            that goes on stands in both days.
        days: the dates in between that are otherwise, in order.
    """

    calendar: str
    version: str
    time_zone: str
    since: date
    until: date
    week: tuple[Pieces, ...]
    days: tuple[Day, ...] = ()


@frozen(kw_only=True)
class Promise:
    """What is promised to whom.

    Attributes:
        rule: the rule's name.
        conditions: what has to hold beside the account, by key as in the desk file; empty for
            everybody whom no promise before it is for.
        first_response: until the first answer; None where nothing is promised. So for all times.
        next_response: until each further answer.
        update: from one answer to the next while something is open.
        resolution: until it is solved.
        legal_days: working days until it is solved, whatever it waits for.
        calendar: the name of the calendar that time counts in; empty for around the clock.
    """

    rule: str
    conditions: Mapping[str, tuple[str, ...]] = field(factory=dict)
    first_response: timedelta | None = None
    next_response: timedelta | None = None
    update: timedelta | None = None
    resolution: timedelta | None = None
    legal_days: int | None = None
    calendar: str = ALWAYS_OPEN


@frozen(kw_only=True)
class PublishedSla:
    """What an account's customers may be told.

    Attributes:
        account: the account.
        at: when it was looked up.
        policy_version: the policy that says so.
        calendar: the name of the calendar in which promises count unless they say otherwise; empty
            for around the clock.
        hours: opening times by calendar, of all that a promise counts in.
        promises: in the order in which they are looked at: the first whose conditions hold counts.
        longest: by contact reason, the longest time until it is solved, whichever promise holds.
    """

    account: str
    at: datetime
    policy_version: str
    calendar: str = ALWAYS_OPEN
    hours: Mapping[str, OpeningTimes] = field(factory=dict)
    promises: tuple[Promise, ...] = ()
    longest: Mapping[str, timedelta] = field(factory=dict)

    def text(self, language: str = "en") -> str:
        """Write it for people, in English or Spanish (``es``); otherwise in English."""
        from scskit.core.published_text import write  # noqa: PLC0415  values need no words

        return write(self, language)


def publish(policy: Policy, account: Account, at: datetime, days: int = DAYS_AHEAD) -> PublishedSla:
    """Return what an account's customers may be told.

    Args:
        policy: the policy in force.
        account: the account.
        at: the instant to look from.
        days: for how many days dates are told that are otherwise than their day of the week.
    """
    sla = policy.sla
    if sla is None:
        return PublishedSla(account=account.id, at=at, policy_version=policy.version)
    promises = tuple(_promises(policy, sla, account))
    named = dict.fromkeys((sla.calendar, *(promise.calendar for promise in promises)))
    hours = {
        name: opening_times(name, policy.calendars[name], at, days)
        for name in named
        if name in policy.calendars
    }
    longest = {
        reason.id: reason.max_resolution
        for reason in policy.reasons.nodes.values()
        if reason.max_resolution is not None and promises
    }
    return PublishedSla(
        account=account.id,
        at=at,
        policy_version=policy.version,
        calendar=sla.calendar,
        hours=hours,
        promises=promises,
        longest=longest,
    )


def opening_times(name: str, calendar: Calendar, at: datetime, days: int) -> OpeningTimes:
    """Return when a calendar is open, from the date of an instant on."""
    week = pieces_of_week(calendar.weekly)
    dates = pieces_of_dates(week, calendar.closed, calendar.overrides)
    today = date_at(zone(calendar.time_zone), int(at.timestamp() // 1))
    other = tuple(
        Day(on=date_of(day), pieces=dates[day], name=calendar.closed.get(date_of(day), ""))
        for day in range(today, today + days)
        if day in dates and dates[day] != week[weekday(day)]
    )
    return OpeningTimes(
        calendar=name,
        version=calendar.version,
        time_zone=calendar.time_zone,
        since=date_of(today),
        until=date_of(today + max(days - 1, 0)),
        week=week,
        days=other,
    )


def pieces_on(hours: OpeningTimes, on: date) -> Pieces:
    """Return what is open on a date between ``since`` and ``until``."""
    other = {day.on: day.pieces for day in hours.days}
    return other.get(on, hours.week[weekday(day_number(on))])


def _promises(policy: Policy, sla: SlaPolicy, account: Account) -> Iterator[Promise]:
    """Yield the promises of rules that can hold for messages to an account."""
    known = Facts(
        account=account.id,
        network=account.network,
        purpose=account.purpose,
        visibility="",
        kind="",
    )
    for rule in sla.rules:
        given = {key: getattr(rule.when, key) for key in OF_THE_ACCOUNT}
        if not When(**given).matches(known):
            continue
        conditions = dict(_conditions(rule.when))
        yield _promise(rule.name, rule.targets, conditions, policy, sla)
        if not conditions:  # nobody is left for those that follow
            return


def _promise(
    rule: str,
    targets: SlaTargets,
    conditions: Mapping[str, tuple[str, ...]],
    policy: Policy,
    sla: SlaPolicy,
) -> Promise:
    calendar = sla.calendar if targets.calendar is None else targets.calendar
    if calendar and calendar not in policy.calendars:  # as core.promising decides
        calendar = sla.calendar
    return Promise(
        rule=rule,
        conditions=conditions,
        first_response=targets.first_response,
        next_response=targets.next_response,
        update=targets.update,
        resolution=targets.resolution,
        legal_days=targets.legal_days,
        calendar=calendar,
    )


def _conditions(when: When) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what a rule asks for beside the account, as texts."""
    for attribute in fields(When):
        if not attribute.init or attribute.name in OF_THE_ACCOUNT:
            continue
        value = getattr(when, attribute.name)
        if value is None or value in ((), {}):
            continue
        if attribute.name == "label":
            yield from ((f"label.{kind}", values) for kind, values in value.items())
        elif isinstance(value, timedelta):
            yield attribute.name, (f"{value // _SECOND} s",)
        else:
            yield attribute.name, value if isinstance(value, tuple) else (str(value),)
