"""Approving replies: by somebody else than their author, in exactly the words that they have."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from scskit.core.errors import IllegalTransition, NotPermitted
from scskit.core.outbound import Approval, Reply
from scskit.core.reply_events import ReplyApproved, ReplyRejected
from scskit.desk.admission import repair
from scskit.desk.changes import digest
from scskit.desk.paging import require_page
from scskit.desk.permissions import needs, shows
from scskit.desk.replying import Replying, of_reply
from scskit.desk.services import Services


class Approving:
    """Commands on replies that wait for an approval."""

    _services: Services
    _run: Callable[..., Reply]

    @shows("replies.read")
    def awaiting(
        self,
        *,
        after: str = "",
        limit: int = 100,
        by: str | None = None,  # noqa: ARG002
    ) -> list[Reply]:
        """Return replies that wait for an approval, oldest first.

        Args:
            after: the id of the last one seen.
            limit: how many at most, 1 to 1000.
            by: who asks; the host itself unless given.
        """
        require_page(limit)
        with self._services.store.read() as reader:
            return reader.replies.asked(after, limit)

    @needs("replies.approve", of_reply())
    def approve(
        self, reply_id: str, *, by: str, because: str = "", body_hash: str | None = None
    ) -> Reply:
        """Approve a reply, and queue it.

        Args:
            reply_id: the reply.
            by: who approves: never its author.
            because: why.
            body_hash: the ``body_hash`` of the words that were read; where they have changed
                since, nothing is approved.

        Raises:
            NotFound: there is no such reply.
            NotPermitted: its author approves it, or somebody without a role for that.
            IllegalTransition: it does not wait for an approval; its time is over; its words are
                not those that were read.
            ReplyRefused: something speaks against it by now.
        """

        def work(replying: Replying) -> Reply:
            reply = self._asked(replying, reply_id, by)
            if body_hash is not None and body_hash != reply.body_hash:
                message = f"reply {reply_id} has other words by now: read it again"
                raise IllegalTransition(message)
            now = self._services.clock.now()
            given = Approval(
                by=repair(by), at=now, body_hash=reply.body_hash, approved=True, because=because
            )
            view = replying.view(reply.case_id)
            event = ReplyApproved(
                case_id=reply.case_id,
                at=now,
                by=by,
                because=because,
                reply_id=reply.id,
                digest=digest(reply.text),
            )
            replying.record(view, [event])
            approved = replying.put(
                reply,
                evolve(
                    reply,
                    approvals=(*reply.approvals, given),
                    expires_at=now + self._services.policy.reply_policy.approval_expires,
                ),
            )
            return replying.submit(approved, replying.view(reply.case_id))

        return self._run(work)

    @needs("replies.reject", of_reply())
    def reject(self, reply_id: str, *, by: str, because: str) -> Reply:
        """Turn a reply down; its author may change its words and submit it again.

        Raises:
            NotFound: there is no such reply.
            NotPermitted: somebody without a role for that.
            IllegalTransition: it does not wait for an approval.
        """

        def work(replying: Replying) -> Reply:
            reply = replying.find(reply_id)
            _require_waiting(reply)
            now = self._services.clock.now()
            given = Approval(
                by=repair(by), at=now, body_hash=reply.body_hash, approved=False, because=because
            )
            event = ReplyRejected(
                case_id=reply.case_id,
                at=now,
                by=by,
                because=because,
                reply_id=reply.id,
                digest=digest(reply.text),
            )
            replying.record(replying.view(reply.case_id), [event])
            return replying.put(
                reply,
                evolve(
                    reply,
                    state="rejected",
                    approvals=(*reply.approvals, given),
                    code="rejected",
                    detail=because,
                ),
            )

        return self._run(work)

    def _asked(self, replying: Replying, reply_id: str, by: str) -> Reply:
        reply = replying.find(reply_id)
        _require_waiting(reply)
        if repair(by) in reply.authors:
            message = f"{by} wrote in reply {reply_id}: somebody else has to approve it"
            raise NotPermitted(message)
        if reply.expires_at is not None and self._services.clock.now() >= reply.expires_at:
            message = (
                f"the time to approve reply {reply_id} ended at {reply.expires_at.isoformat()}: "
                "its author has to edit and submit it again"
            )
            raise IllegalTransition(message)
        return reply


def _require_waiting(reply: Reply) -> None:
    if reply.state != "awaiting_approval":
        why = f" ({reply.code})" if reply.code else ""
        message = f"reply {reply.id} is {reply.state}{why}: it does not wait for an approval"
        raise IllegalTransition(message)
