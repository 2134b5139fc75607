"""Going on with a case through another channel: with consent, and on the same case."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scskit.core.errors import NotFound, ReplyRefused
from scskit.core.handoff import Offer, words
from scskit.core.handoff_events import ChannelContinued
from scskit.core.ids import AccountId, thread_id
from scskit.core.outbound import Reply
from scskit.core.reply import Violation
from scskit.core.slots import SlotValue
from scskit.desk.admission import repair
from scskit.desk.composing import Composing
from scskit.desk.drafting import Wording, require_version
from scskit.desk.idempotency import Call
from scskit.desk.permissions import cases, needs, require
from scskit.desk.places import CaseView, Place
from scskit.desk.replying import Replying
from scskit.desk.services import Services


class Continuing:
    """The command that goes on elsewhere."""

    _services: Services
    _run: Callable[..., Reply]

    @needs("replies.handoff", cases("case_id"))
    def continue_on(  # noqa: PLR0913  whom to write to, what, and why one may
        self,
        case_id: str,
        *,
        by: str,
        account: str,
        recipient: str,
        consent: str,
        text: str = "",
        template: str | None = None,
        values: Mapping[str, SlotValue] | None = None,
        automated: bool = False,
        expected_version: int | None = None,
        key: str | None = None,
    ) -> Reply:
        """Write to the person of a case through another account; what they answer joins the case.

        Args:
            case_id: the case.
            by: who.
            account: the id of the account to go on by.
            recipient: the person there, by the network's own id.
            consent: what shows that they agreed: their words, or where these stand. It is kept in
                the log.
            text: what is written to them; a sentence of ours unless given.
            template: a template instead, where the network wants one from who writes first.
            values: what fills its slots, by name.
            automated: a machine wrote it.
            expected_version: the version of the case that was seen.
            key: with the same key and content the call returns what the first one made.

        Raises:
            NotFound: there is no such case, account or template.
            ReplyRefused: nothing shows that they agreed (``consent``), or something else speaks
                against it.
            StaleCase: the case is not as it was seen.
        """
        asked = (account, recipient, consent, text, template, dict(values or {}))
        call = Call.of(key, "continue_on", case_id, by, *asked)
        if not consent.strip():
            message = "Say what shows that the person agreed to go on there."
            raise ReplyRefused([Violation("consent", message, "desk")])
        require(self._services, "replies.handoff", by, (account,))

        def work(replying: Replying) -> Reply:
            view = replying.view(case_id)
            require_version(view, expected_version)
            place = self._place(view, account, repair(recipient))
            wording = Wording(text=text, automated=automated, extra={})
            if template is not None:
                filled = dict(values or {})
                composing = Composing(self._services)
                wording = composing.from_template(template, filled, view, place, wording)
            elif not text:
                said = words("continuation", view.case.language or "")
                wording = Wording(text=said, automated=automated, extra={})
            reply = replying.submit(replying.add(view, place, wording, by), view)
            self._remember(replying, view, reply, consent)
            return reply

        return self._run(work, call)

    def _place(self, view: CaseView, account_id: str, recipient: str) -> Place:
        account = self._services.account(account_id)
        if account is None:
            message = f"there is no account {account_id!r} to go on by"
            raise NotFound(message)
        thread = thread_id(account.id, recipient)
        return Place(
            account=account.id,
            thread=thread,
            visibility="private",
            in_reply_to=None,
            recipient=recipient,
            answered=None,
            last_heard_at=view.last_heard_at(thread),
            crosses=False,
        )

    def _remember(self, replying: Replying, view: CaseView, reply: Reply, consent: str) -> None:
        """Let what the person answers join the case, and say in the log that they agreed."""
        now = self._services.clock.now()
        account = self._services.accounts[reply.account_id]
        person = self._services.identity_id(account, reply.recipient or "")
        offer = Offer(
            case_id=view.case.id,
            identity_id=person,
            account_id=account.id,
            origin=AccountId(view.case.account_id),
            offered_at=now,
            until=now + self._services.policy.reply_policy.handoff_within,
        )
        replying.transaction.offers.put(offer)
        continued = ChannelContinued(
            case_id=view.case.id,
            at=now,
            by=reply.by,
            account_id=account.id,
            identity_id=person,
            consent=repair(consent),
            reply_id=reply.id,
        )
        replying.record(view, [continued])
