"""Calendars of earlier policies: a case may still run under one that the desk file has lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from scskit.storage.drivers import Driver
from scskit.storage.sql import both
from scskit.wire.text import decode

if TYPE_CHECKING:
    from scskit.core.calendar import Calendar

POLICIES = both("SELECT content FROM scs_policy WHERE tenant = ? AND version <> ?")
_NO_CALENDARS = '"calendars":{}'


class PastCalendars(Mapping[str, "Calendar"]):
    """Calendars of other policies, looked for when a case runs under one.

    That may be a policy that came after this desk was opened: others may have a newer desk file.
    """

    def __init__(self, read: Callable[[], Mapping[str, Calendar]]) -> None:
        """Find them all by ``read``, each time that one is not known yet."""
        self._read = read
        self._known: dict[str, Calendar | None] = {}

    def __getitem__(self, version: str) -> Calendar:
        """Return a calendar by the version that cases know it under."""
        if version not in self._known:
            # No case has terms of a policy that is not stored: what is not found will never be.
            self._known |= {version: None, **self._read()}
        found = self._known[version]
        if found is None:
            raise KeyError(version)
        return found

    def __iter__(self) -> Iterator[str]:
        """Yield the versions that there are."""
        return iter(self._read())

    def __len__(self) -> int:
        """Count them."""
        return len(self._read())


def past_calendars(driver: Driver, tenant: str, version: str) -> dict[str, Calendar]:
    """Return every calendar of every policy but one, by the version that cases know it under.

    The rules of its time zone are those of today: a version made under an older time-zone database
    keeps its windows and its name.

    Args:
        driver: an open connection.
        tenant: whose policies.
        version: the policy that is left out.
    """
    found: dict[str, Calendar] = {}
    for (content,) in driver.query(POLICIES, (tenant, version)):
        if _NO_CALENDARS in content:
            continue  # most desks have none: do not read what else their policies say
        found |= _calendars(content)
    return found


def _calendars(content: str) -> dict[str, Calendar]:
    """Return the calendars of one policy."""
    from scskit.core.calendar import Calendar, version_of  # noqa: PLC0415  seldom has a desk any

    found: dict[str, Calendar] = {}
    for plain in decode(content).get("calendars", {}).values():
        given = {key: plain[key] for key in ("weekly", "closed", "overrides")}
        found[version_of(plain)] = Calendar.of(plain["time_zone"], **given, strict=False)
    return found
