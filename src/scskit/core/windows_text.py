"""Opening windows as text: read with every mistake at once, and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from attrs import field, frozen

from scskit.core.flaws import Flaw
from scskit.core.windows import ALLOWED, WEEKDAYS, Window, Windows

T_co = TypeVar("T_co", covariant=True)
Dated = Mapping[str, T_co] | Mapping[date, T_co]


def parse_date(text: str) -> date:
    """Read a date.

    Args:
        text: such as ``2026-12-24``; of all the ways to write a date, this one.

    Raises:
        ValueError: the text is anything else.
    """
    found = date.fromisoformat(text)
    if str(found) != text:
        message = f"{text!r} is not a date such as 2026-12-24"
        raise ValueError(message)
    return found


def texts(windows: Iterable[tuple[str, Windows]]) -> dict[str, list[str]]:
    """Write windows by day or by date."""
    return {key: [str(window) for window in them] for key, them in windows}


@frozen
class Reading:
    """One definition that is being read.

    Attributes:
        flaws: what was wrong so far.
    """

    flaws: list[Flaw] = field(factory=list)

    def weekly(self, given: Mapping[str, Iterable[str]]) -> tuple[Windows, ...]:
        """Read the windows of each day of the week."""
        for day in given:
            if day not in WEEKDAYS:
                self._note("unknown_day", ("weekly",), day, ", ".join(WEEKDAYS))
        return tuple(self._windows(given.get(day, ()), ("weekly", day)) for day in WEEKDAYS)

    def closed(self, given: Dated[str] | Iterable[str] | Iterable[date]) -> dict[date, str]:
        """Read dates, or dates with what they are called."""
        named: Mapping[Any, str]
        named = given if isinstance(given, Mapping) else dict.fromkeys(given, "")
        read = {self._date(on, "closed"): name for on, name in named.items()}
        return {on: name for on, name in read.items() if on}

    def overrides(self, given: Dated[Iterable[str]]) -> dict[date, Windows]:
        """Read windows by date."""
        read = {
            self._date(on, "overrides"): self._windows(windows, ("overrides", str(on)))
            for on, windows in given.items()
        }
        return {on: windows for on, windows in read.items() if on}

    def _date(self, given: date | str, key: str) -> date | None:
        try:
            return parse_date(str(given))
        except ValueError:
            self._note("malformed_date", (key,), str(given), "a date such as 2026-12-24")
            return None

    def _windows(self, given: Iterable[str], where: tuple[str, ...]) -> Windows:
        read = (self._window(text, where) for text in given)
        return tuple(window for window in read if window)

    def _window(self, text: str, where: tuple[str, ...]) -> Window | None:
        try:
            return Window.parse(text)
        except ValueError:
            self._note("malformed_window", where, text, ALLOWED)
            return None

    def _note(self, code: str, where: tuple[str, ...], found: str, allowed: str) -> None:
        self.flaws.append(Flaw(code, where, f'"{found}"', allowed))
