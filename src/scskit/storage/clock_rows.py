"""Between what a case's clocks run under and the texts that its row keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any

from scskit.core.terms import Applied, Notice, Stretch, Terms, interned
from scskit.core.time import from_micros, to_micros
from scskit.storage.rows import instant, micros
from scskit.wire.text import decode, encode

_MICROSECOND = timedelta(microseconds=1)
_TARGETS = ("first_response", "next_response", "resolution", "update", "acknowledgement")
_KEPT = 4096


def pauses_text(pauses: Iterable[Stretch]) -> str | None:
    """Return stretches as JSON; None without any."""
    rows = [(p.state, to_micros(p.since), micros(p.until)) for p in pauses]
    return encode(rows) if rows else None


def read_pauses(text: str) -> tuple[Stretch, ...]:
    """Return what ``pauses_text`` was given."""
    return tuple(
        Stretch(state, from_micros(since), instant(until)) for state, since, until in decode(text)
    )


def sla_text(sla: Iterable[Applied], notices: Iterable[Notice]) -> str | None:
    """Return terms and notices as JSON; None without terms."""
    applied = [
        (
            to_micros(a.since),
            _terms_text(a.terms),
            a.policy_version,
            a.rule,
            a.source,
            a.retroactive,
        )
        for a in sla
    ]
    said = [
        (n.kind, n.clock, n.instance, to_micros(n.since), to_micros(n.due), n.mark) for n in notices
    ]
    return encode([applied, said]) if applied or said else None


def read_sla(text: str) -> tuple[tuple[Applied, ...], tuple[Notice, ...]]:
    """Return what ``sla_text`` was given."""
    applied, notices = decode(text)
    return (
        tuple(
            Applied(
                since=from_micros(since),
                terms=_read_terms(terms),
                policy_version=version,
                rule=rule,
                source=source,
                retroactive=retroactive,
            )
            for since, terms, version, rule, source, retroactive in applied
        ),
        tuple(
            Notice(kind, clock, number, from_micros(since), from_micros(due), mark)
            for kind, clock, number, since, due, mark in notices
        ),
    )


# A desk has few kinds of terms and many cases under each.


@lru_cache(_KEPT)
def _terms_text(terms: Terms) -> str:
    targets = [_amount(getattr(terms, name)) for name in _TARGETS]
    before = [_amount(amount) for amount in terms.before]
    calendar = (terms.calendar, terms.calendar_version)
    return encode([targets, terms.legal_days, calendar, terms.pauses, terms.shares, before])


@lru_cache(_KEPT)
def _read_terms(text: str) -> Terms:
    targets, legal_days, (calendar, version), pauses, shares, before = decode(text)
    amounts: dict[str, Any] = dict(zip(_TARGETS, map(_timedelta, targets), strict=True))
    terms = Terms(
        **amounts,
        legal_days=legal_days,
        calendar=calendar,
        calendar_version=version,
        pauses=tuple(pauses),
        shares=tuple(shares),
        before=tuple(timedelta(microseconds=amount) for amount in before),
    )
    return interned(terms)


def _amount(target: timedelta | None) -> int | None:
    return None if target is None else target // _MICROSECOND


def _timedelta(amount: int | None) -> timedelta | None:
    return None if amount is None else timedelta(microseconds=amount)
