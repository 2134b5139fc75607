"""A case's clocks, explained, and counted anew where somebody asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from scskit.core.case import Case
from scskit.core.explaining import ClockReport, explain
from scskit.core.ids import CaseId
from scskit.core.ports import Transaction
from scskit.core.recalculating import recalculate
from scskit.core.records import RecordedEvent, Writes
from scskit.desk.commanding import Commanding, the
from scskit.desk.permissions import cases, needs, shows


class Clocks(Commanding):
    """Tells what the clocks of cases say, and why."""

    @shows("cases.read", cases("case_id"))
    def clocks(self, case_id: str, *, by: str | None = None) -> tuple[ClockReport, ...]:  # noqa: ARG002  for shows()
        """Explain every clock of a case: what counted, what did not, and why it is due when it is.

        Args:
            case_id: of the case.
            by: who asks; None for the host itself.

        Returns:
            One report for each instance of a clock, in the order in which they began;
            ``core.explaining_text.in_words`` says it in sentences.

        Raises:
            NotFound: there is no case with this id.
        """
        id_ = CaseId(case_id)
        with self._services.store.read() as reader:
            the(reader.cases([id_]), id_)
            log = [recorded.event for recorded in reader.log(id_)]
        return explain(log, self._services.policy, self._services.clock.now())

    @needs("cases.recalculate", cases("case_id"))
    def recalculate(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """Count a case's clocks anew from their beginning, under what is promised today.

        Otherwise a change of promises touches only what comes after it. Breaches that turn out to
        be none are taken back, and clocks that were late under the new terms are so from then on,
        by events that bear who asked and why.
        """
        id_ = CaseId(case_id)
        request = self._request(by, because)

        def work(transaction: Transaction) -> tuple[Case, Sequence[RecordedEvent]]:
            drafts = self._load(transaction, (id_,), id_, expected_version)
            case = the(drafts, id_)
            log = [*(recorded.event for recorded in transaction.log(id_)), *drafts[id_].events]
            asked = self._services.registry.sla(case, ())
            recorded = self._store(transaction, drafts, recalculate(log, request, asked), Writes())
            return the(drafts, id_), recorded

        case, recorded = self._services.store.run(work)
        self._services.announce(recorded)
        return case
