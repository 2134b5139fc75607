"""Writing opening hours, promises and instants for people, in English and Spanish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from scskit.core.published import OpeningTimes, Promise, PublishedSla
from scskit.core.windows import Pieces
from scskit.core.wording import ancestry, clock, day
from scskit.core.zones import zone

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)

Words = Mapping[str, str]

_ENGLISH: Words = {
    "days": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "span": "{first} to {last}",
    "closed": "closed",
    "hours": "Opening hours ({zone})",
    "hours_of": "Opening hours “{calendar}” ({zone})",
    "exceptions": "Until {until} these dates are different:",
    "always": "We are there around the clock.",
    "none": "No times are promised.",
    "promises": "What we promise",
    "everybody": "For everybody",
    "others": "For everybody else",
    "first_response": "first answer within {time}",
    "next_response": "further answers within {time}",
    "update": "news at least every {time}",
    "resolution": "solved within {time}",
    "legal_days": "solved within {time} working days",
    "nothing": "no time",
    "in": " of opening hours",
    "in_of": " of opening hours “{calendar}”",
    "longest": "{reason}: solved within {time} at the latest",
    "moment": "{weekday} {date}, {time}",
}

_SPANISH: Words = {
    "days": "lunes martes miércoles jueves viernes sábado domingo",
    "span": "{first} a {last}",
    "closed": "cerrado",
    "hours": "Horario de atención ({zone})",
    "hours_of": "Horario de atención «{calendar}» ({zone})",
    "exceptions": "Hasta el {until} estas fechas son distintas:",
    "always": "Atendemos a cualquier hora.",
    "none": "No se prometen plazos.",
    "promises": "Lo que prometemos",
    "everybody": "Para todos",
    "others": "Para todos los demás",
    "first_response": "primera respuesta en {time}",
    "next_response": "siguientes respuestas en {time}",
    "update": "novedades al menos cada {time}",
    "resolution": "solución en {time}",
    "legal_days": "solución en {time} días hábiles",
    "nothing": "sin plazo",
    "in": " de horario de atención",
    "in_of": " de horario de atención «{calendar}»",
    "longest": "{reason}: solución en {time} como máximo",
    "moment": "{weekday} {date}, {time}",
}

_WORDS: Mapping[str, Words] = {"en": _ENGLISH, "es": _SPANISH}

_CONDITIONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "visibility": "visibility",
        "kind": "kind of message",
        "language": "language",
        "reason": "reason",
        "contact_type": "kind of matter",
        "sentiment": "mood",
        "tier": "customer tier",
        "priority": "priority",
        "words": "says",
        "followers_min": "followers, at least",
        "followers_max": "followers, at most",
        "age_min": "waiting, at least",
    },
    "es": {
        "visibility": "visibilidad",
        "kind": "tipo de mensaje",
        "language": "idioma",
        "reason": "motivo",
        "contact_type": "tipo de asunto",
        "sentiment": "ánimo",
        "tier": "nivel de cliente",
        "priority": "prioridad",
        "words": "dice",
        "followers_min": "seguidores, al menos",
        "followers_max": "seguidores, como máximo",
        "age_min": "espera, al menos",
    },
}


def spoken(language: str) -> str:
    """Return the language that something is written in for this one: it, or English."""
    return next((code for code in ancestry(language) if code in _WORDS), "en")


def write(published: PublishedSla, language: str) -> str:
    """Write opening hours and promises, one line for each."""
    return "\n".join(_lines(published, spoken(language)))


def _lines(published: PublishedSla, language: str) -> Iterator[str]:
    words = _WORDS[language]
    if not published.promises:
        yield words["none"]
        yield from _all_hours(published, language)
        return
    if not published.hours:
        yield words["always"]
    yield from _all_hours(published, language)
    yield words["promises"]
    for promise in published.promises:
        yield _promise(promise, published, language)
    for reason, time in published.longest.items():
        yield "- " + words["longest"].format(reason=reason, time=duration(time))


def _all_hours(published: PublishedSla, language: str) -> Iterator[str]:
    words = _WORDS[language]
    for name, hours in published.hours.items():
        heading = "hours" if name == published.calendar else "hours_of"
        yield words[heading].format(calendar=name, zone=hours.time_zone)
        yield from hours_lines(hours, language)


def hours_lines(hours: OpeningTimes, language: str) -> Iterator[str]:
    """Yield the days of the week, those alike together, then the dates that are otherwise."""
    language = spoken(language)
    words = _WORDS[language]
    for first, last, pieces in _runs(hours.week):
        yield f"{_days(first, last, words)}: {_pieces(pieces, words)}"
    if hours.days:
        yield words["exceptions"].format(until=day(hours.until, language))
    for other in hours.days:
        name = f" ({other.name})" if other.name else ""
        yield f"{day(other.on, language)}: {_pieces(other.pieces, words)}{name}"


def hours_line(hours: OpeningTimes, language: str) -> str:
    """Write the days of the week on which something is open, in one line."""
    words = _WORDS[spoken(language)]
    return "; ".join(
        f"{_days(first, last, words)} {_pieces(pieces, words)}"
        for first, last, pieces in _runs(hours.week)
        if pieces
    )


def moment(at: datetime, time_zone: str, language: str) -> str:
    """Write an instant as a clock on the wall of a time zone shows it, with the day."""
    language = spoken(language)
    words = _WORDS[language]
    local = at.astimezone(zone(time_zone))
    return words["moment"].format(
        weekday=words["days"].split()[local.weekday()],
        date=day(local.date(), language),
        time=clock(local.time()),
    )


def duration(time: timedelta) -> str:
    """Write how long something takes, exactly."""
    hours, rest = divmod(time, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    seconds = rest / _SECOND
    parts = (f"{hours} h" * bool(hours), f"{minutes} min" * bool(minutes), f"{seconds:g} s")
    return " ".join(part for part in parts[: 3 if seconds else 2] if part) or "0 s"


def counted(time: timedelta, language: str, *, in_hours: bool) -> str:
    """Write how long something takes, and that only opening hours count where they do."""
    return duration(time) + (_WORDS[spoken(language)]["in"] if in_hours else "")


def _runs(week: Sequence[Pieces]) -> Iterator[tuple[int, int, Pieces]]:
    for pieces, group in groupby(range(len(week)), key=lambda number: week[number]):
        days = list(group)
        yield days[0], days[-1], pieces


def _days(first: int, last: int, words: Words) -> str:
    names = words["days"].split()
    if first == last:
        return names[first]
    return words["span"].format(first=names[first], last=names[last])


def _pieces(pieces: Pieces, words: Words) -> str:
    return ", ".join(f"{_minute(start)}-{_minute(end)}" for start, end in pieces) or words["closed"]


def _minute(minute: int) -> str:
    return "{:02}:{:02}".format(*divmod(minute, 60))


def _promise(promise: Promise, published: PublishedSla, language: str) -> str:
    words = _WORDS[language]
    counted = _counted(promise, published, words)
    said = []
    for key in ("first_response", "next_response", "update", "resolution"):
        time: timedelta | None = getattr(promise, key)
        if time is not None:
            said.append(words[key].format(time=duration(time) + counted))
    if promise.legal_days is not None:
        said.append(words["legal_days"].format(time=promise.legal_days))
    return f"- {_whom(promise, published, language)}: {', '.join(said) or words['nothing']}"


def _counted(promise: Promise, published: PublishedSla, words: Words) -> str:
    if not promise.calendar:
        return ""
    other = promise.calendar != published.calendar
    return words["in_of"].format(calendar=promise.calendar) if other else words["in"]


def _whom(promise: Promise, published: PublishedSla, language: str) -> str:
    words, names = _WORDS[language], _CONDITIONS[language]
    if not promise.conditions:
        alone = len(published.promises) == 1
        return words["everybody" if alone else "others"]
    each = (
        f"{names.get(key, key.removeprefix('label.'))} {', '.join(values)}"
        for key, values in promise.conditions.items()
    )
    return f"{promise.rule} ({'; '.join(each)})"
