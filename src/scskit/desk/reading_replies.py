"""Looking at replies: what speaks against them, where they stand, what was tried."""

from __future__ import annotations

from datetime import datetime

from scskit.core.ids import CaseId
from scskit.core.outbound import Attempt, Part, Reply
from scskit.core.ports import Reader
from scskit.core.preflight import Preflight
from scskit.core.reply import Draft
from scskit.core.time import require_aware
from scskit.desk.checking import Checking
from scskit.desk.drafting import as_it_stands
from scskit.desk.permissions import cases, shows
from scskit.desk.places import CaseView
from scskit.desk.replying import find_reply, of_part, of_reply
from scskit.desk.services import Services


class ReadingReplies:
    """Reads the tenant's replies."""

    _services: Services

    @shows("cases.read", cases("case_id"))
    def suggest(self, case_id: str, *, by: str | None = None) -> tuple[Draft, ...]:  # noqa: ARG002
        """Ask the plugins for suggestions; nothing is written down, and nothing leaves."""
        with self._services.store.read() as reader:
            view = CaseView(reader, case_id)
        return self._services.registry.suggest_reply(view.case, view.place().answered)

    @shows("replies.check", of_reply())
    def check(
        self,
        reply_id: str,
        *,
        at: datetime | None = None,
        by: str | None = None,  # noqa: ARG002
    ) -> Preflight:
        """Say whether a reply may leave, with every reason against it at once.

        Args:
            reply_id: the reply.
            at: the instant to ask for; now, or when it is scheduled to leave.
            by: who asks; the host itself unless given.

        Raises:
            NotFound: there is no such reply.
        """
        services = self._services
        with services.store.read() as reader:
            reply = find_reply(reader, reply_id)
            instant = require_aware(at, "at") if at else reply.not_before
            view = CaseView(reader, reply.case_id)
            others = [
                one
                for one in reader.replies.replies_of(view.case.id)
                if one.state == "queued" and one.id != reply.id
            ]
            return Checking(services).reply(
                reply,
                view,
                reader.replies.suspensions(),
                instant or services.clock.now(),
                others,
            )

    @shows("replies.read", of_reply())
    def get(self, reply_id: str, *, by: str | None = None) -> Reply:  # noqa: ARG002
        """Return a reply with the state that its parts make of it.

        Raises:
            NotFound: there is none with this id.
        """
        with self._services.store.read() as reader:
            reply = find_reply(reader, reply_id)
            return standing(reader, [reply])[0]

    @shows("replies.read", cases("case_id"))
    def of(self, case_id: str, *, by: str | None = None) -> list[Reply]:  # noqa: ARG002
        """Return the replies of a case, oldest first."""
        with self._services.store.read() as reader:
            return standing(reader, reader.replies.replies_of(CaseId(case_id)))

    @shows("replies.read", of_reply())
    def parts(self, reply_id: str, *, by: str | None = None) -> list[Part]:  # noqa: ARG002
        """Return the parts of a reply that are, or were, on their way; none before it is queued."""
        with self._services.store.read() as reader:
            return reader.replies.parts_of([reply_id]).get(reply_id, [])

    @shows("replies.read", of_part())
    def attempts(self, part_id: str, *, by: str | None = None) -> list[Attempt]:  # noqa: ARG002
        """Return the attempts to deliver a part, oldest first."""
        with self._services.store.read() as reader:
            return reader.replies.attempts(part_id)


def standing(reader: Reader, replies: list[Reply]) -> list[Reply]:
    """Return replies with the states that their parts make of them."""
    queued = [reply.id for reply in replies if reply.state == "queued"]
    parts = reader.replies.parts_of(queued) if queued else {}
    return [as_it_stands(reply, parts.get(reply.id, [])) for reply in replies]
