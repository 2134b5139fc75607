"""Finding and reading cases."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from scskit.core.case import Case
from scskit.core.errors import NotFound
from scskit.core.ids import CaseId
from scskit.core.interaction import Interaction
from scskit.core.records import CaseFilter, RecordedEvent
from scskit.desk.commanding import no_case, the
from scskit.desk.paging import require_page
from scskit.desk.permissions import cases, one_account, shows, visible
from scskit.desk.services import Services
from scskit.desk.timeline import Entry, read_revisions, read_timeline


@frozen(kw_only=True)
class CasePage:
    """Some cases.

    Attributes:
        cases: in the order asked for.
        cursor: what to pass as ``after`` for the next page; empty when this is the last.
    """

    cases: tuple[Case, ...]
    cursor: str


class Finding:
    """Reads the tenant's cases."""

    _services: Services

    @shows("cases.read", cases("case_id"))
    def get(self, case_id: str, *, by: str | None = None) -> Case:  # noqa: ARG002  for shows()
        """Return a case.

        Args:
            case_id: of the case.
            by: who asks; None for the host itself.

        Raises:
            NotFound: there is none with this id.
        """
        with self._services.store.read() as reader:
            return the(reader.cases([CaseId(case_id)]), case_id)

    @shows("cases.read", one_account)
    def find(
        self,
        *,
        after: str = "",
        limit: int = 50,
        newest_first: bool = True,
        by: str | None = None,
        **filters: Any,  # noqa: ANN401  each filter has its own type, in CaseFilter
    ) -> CasePage:
        """Find cases, page by page.

        Args:
            after: the cursor of the page before.
            limit: how many at most, 1 to 1000.
            newest_first: the order in which this desk opened them; for imported history, that
                is not the order of ``opened_at``.
            by: who asks; None for the host itself. Who is limited to some accounts asks for the
                cases of one of them, and a page may hold fewer than ``limit``.
            **filters: see ``CaseFilter``: states, queue, agent, account, identity, customer,
                reason, priorities, opened_from, opened_before.

        Raises:
            TypeError: there is no such filter.
            ValueError: the limit is out of range, or a filter asks for what cannot be.
        """
        require_page(limit)
        found = self._services.store.find(
            CaseFilter(**filters), after, limit + 1, newest_first=newest_first
        )
        cursor = found[limit - 1].id if len(found) > limit else ""
        return CasePage(cases=visible(self._services, by, found[:limit]), cursor=cursor)

    @shows("cases.read", cases("case_id"))
    def log(self, case_id: str, *, by: str | None = None) -> list[RecordedEvent]:  # noqa: ARG002  for shows()
        """Return every event of a case, oldest first.

        Args:
            case_id: of the case.
            by: who asks; None for the host itself.

        Raises:
            NotFound: there is no such case.
        """
        found = self._services.store.log(CaseId(case_id))
        if not found:
            raise NotFound(no_case(case_id))
        return found

    @shows("cases.read", cases("case_id"))
    def timeline(self, case_id: str, *, by: str | None = None) -> list[Entry]:  # noqa: ARG002  for shows()
        """Return messages, notes and events of a case in the order in which they happened.

        Args:
            case_id: of the case.
            by: who asks; None for the host itself.

        Raises:
            NotFound: there is no such case.
        """
        with self._services.store.read() as reader:
            entries = read_timeline(reader, CaseId(case_id))
        if not entries:
            raise NotFound(no_case(case_id))
        return entries

    @shows("cases.read", cases("case_id"))
    def interactions(self, case_id: str, *, by: str | None = None) -> list[Interaction]:  # noqa: ARG002  for shows()
        """Return a case's messages at their latest revisions, by the network's time.

        Args:
            case_id: of the case.
            by: who asks; None for the host itself.

        Raises:
            NotFound: there is no such case.
        """
        self.get(case_id)
        with self._services.store.read() as reader:
            found = [revisions[-1] for revisions in read_revisions(reader, CaseId(case_id))]
        return sorted(found, key=lambda i: (i.posted_at, i.id))
