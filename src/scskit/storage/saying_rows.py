"""What is said to many, announcements and incidents: between values and rows, and statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from scskit.core.announcement import Announcement
from scskit.core.ids import CaseId
from scskit.core.incident import Incident, Told
from scskit.core.time import to_micros
from scskit.storage.drivers import Driver, Replacements, insert_into
from scskit.storage.sql import Insert, Lookup, Update, both
from scskit.wire.saying import read_saying, write_saying

LAST = "\U0010ffff"
"""Behind every id."""

_BODY = ("body",)
ANNOUNCEMENT = Lookup("scs_announcement", ("id",), _BODY, lock="t")
ANNOUNCEMENT_AS_IT_IS = Lookup("scs_announcement", ("id",), _BODY)
NEW_ANNOUNCEMENT = Insert("scs_announcement")
CHANGED_ANNOUNCEMENT = Update(
    "scs_announcement", ("state", "version", "body"), ("tenant", "id", "version")
)
ANNOUNCEMENTS = both(
    "SELECT body FROM scs_announcement WHERE tenant = ? AND id < ? ORDER BY id DESC LIMIT ?"
)

ANNOUNCEMENTS_ASKED = both(
    "SELECT body FROM scs_announcement"
    " WHERE tenant = ? AND state = 'awaiting_approval' AND id > ? ORDER BY id LIMIT ?"
)

INCIDENT = Lookup("scs_incident", ("id",), _BODY, lock="t")
INCIDENT_AS_IT_IS = Lookup("scs_incident", ("id",), _BODY)
NEW_INCIDENT = Insert("scs_incident")
CHANGED_INCIDENT = Update("scs_incident", ("state", "version", "body"), ("tenant", "id", "version"))
INCIDENTS = both(
    "SELECT body FROM scs_incident WHERE tenant = ? AND id < ? ORDER BY id DESC LIMIT ?"
)
LINK = Insert("scs_incident_case", ignore=True)
LINKED = Lookup("scs_incident_case", ("incident_id",), ("case_id",), order="case_id")
TELL = Insert("scs_incident_notice", update=_BODY)
TOLD = Lookup("scs_incident_notice", ("incident_id",), _BODY, order="notice_id, person")
TOLD_TO = Lookup("scs_incident_notice", ("incident_id", "notice_id", "person"), _BODY)


class AnnouncementRows:
    """Reads and writes of one tenant for announcements; see ``core.announcement``."""

    def __init__(self, driver: Driver, tenant: str, *, writing: bool = True) -> None:
        """Work on an open connection; only who is ``writing`` locks what it reads."""
        self._driver = driver
        self._tenant = tenant
        self._one = ANNOUNCEMENT if writing else ANNOUNCEMENT_AS_IT_IS

    def get(self, id_: str) -> Announcement | None:
        """Return an announcement."""
        for (body,) in self._driver.fetch(self._one, self._tenant, [(id_,)]):
            return read_saying(body, Announcement)
        return None

    def latest(self, before: str, limit: int) -> list[Announcement]:
        """Return announcements, the latest first."""
        rows = self._driver.query(ANNOUNCEMENTS, (self._tenant, before or LAST, limit))
        return [read_saying(body, Announcement) for (body,) in rows]

    def asked(self, after: str, limit: int) -> list[Announcement]:
        """Return announcements that wait for an approval, oldest first."""
        rows = self._driver.query(ANNOUNCEMENTS_ASKED, (self._tenant, after, limit))
        return [read_saying(body, Announcement) for (body,) in rows]

    def add(self, announcement: Announcement) -> None:
        """Store a new announcement."""
        one = announcement
        row = (self._tenant, one.id, one.state, one.version, write_saying(one))
        self._driver.insert(NEW_ANNOUNCEMENT, [row])

    def put(self, announcement: Announcement, before: int) -> None:
        """Store a changed announcement that stood at version ``before``."""
        one = announcement
        row = (one.state, one.version, write_saying(one), self._tenant, one.id, before)
        replaced = Replacements(self._driver)
        replaced.add(CHANGED_ANNOUNCEMENT, [row])
        replaced.check()


class IncidentRows:
    """Reads and writes of one tenant for incidents; see ``core.incident``."""

    def __init__(self, driver: Driver, tenant: str, *, writing: bool = True) -> None:
        """Work on an open connection; only who is ``writing`` locks what it reads."""
        self._driver = driver
        self._tenant = tenant
        self._one = INCIDENT if writing else INCIDENT_AS_IT_IS

    def get(self, id_: str) -> Incident | None:
        """Return an incident."""
        for (body,) in self._driver.fetch(self._one, self._tenant, [(id_,)]):
            return read_saying(body, Incident)
        return None

    def latest(self, before: str, limit: int) -> list[Incident]:
        """Return incidents, the latest first."""
        rows = self._driver.query(INCIDENTS, (self._tenant, before or LAST, limit))
        return [read_saying(body, Incident) for (body,) in rows]

    def add(self, incident: Incident) -> None:
        """Store a new incident."""
        one = incident
        row = (self._tenant, one.id, one.state, one.version, write_saying(one))
        self._driver.insert(NEW_INCIDENT, [row])

    def put(self, incident: Incident, before: int) -> None:
        """Store a changed incident that stood at version ``before``."""
        one = incident
        row = (one.state, one.version, write_saying(one), self._tenant, one.id, before)
        replaced = Replacements(self._driver)
        replaced.add(CHANGED_INCIDENT, [row])
        replaced.check()

    def link(self, incident_id: str, cases: Iterable[CaseId], at: datetime, by: str) -> None:
        """Link cases; those that are linked stay so."""
        rows = [(self._tenant, incident_id, id_, to_micros(at), by) for id_ in cases]
        insert_into(self._driver, LINK, rows)

    def cases(self, incident_id: str) -> Sequence[CaseId]:
        """Return the linked cases, in the order of their ids."""
        return [
            CaseId(id_) for (id_,) in self._driver.fetch(LINKED, self._tenant, [(incident_id,)])
        ]

    def told(self, incident_id: str) -> list[Told]:
        """Return who was told what, each person once."""
        rows = self._driver.fetch(TOLD, self._tenant, [(incident_id,)])
        found = [read_saying(body, Told) for (body,) in rows]
        return list({(one.notice_id, one.person): one for one in found}.values())

    def told_to(self, incident_id: str, notice_id: str, people: Iterable[str]) -> list[Told]:
        """Return what became of telling somebody, by any name that they go by."""
        keys = [(incident_id, notice_id, person) for person in sorted(set(people))]
        return [
            read_saying(body, Told) for (body,) in self._driver.fetch(TOLD_TO, self._tenant, keys)
        ]

    def tell(self, incident_id: str, told: Told) -> None:
        """Write down what became of telling somebody, under every name that they go by."""
        body = write_saying(told)
        names = sorted({told.person, told.identity_id})
        rows = [(self._tenant, incident_id, told.notice_id, name, body) for name in names]
        insert_into(self._driver, TELL, rows)
