"""From public to private: an acknowledgement for everybody, and an invitation for one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from attrs import frozen

from scskit.core.errors import CapabilityMissing, IllegalTransition, NotFound
from scskit.core.handoff import (
    FromTemplate,
    InvitationKind,
    Offer,
    PrivateInvitation,
    choose,
    with_link,
    words,
)
from scskit.core.handoff_events import HandoffOffered
from scskit.core.ids import AccountId
from scskit.core.outbound import Purpose, Reply
from scskit.core.ports import Transaction
from scskit.desk.composing import Composing
from scskit.desk.drafting import Wording, require_version
from scskit.desk.idempotency import Call
from scskit.desk.permissions import cases, needs, require
from scskit.desk.places import CaseView, Place
from scskit.desk.reading_replies import standing
from scskit.desk.replying import Replying
from scskit.desk.services import Services

Said = str | FromTemplate | None
"""Words, a template of the desk file, or None: the template that is named after the purpose, else
words of our own."""


@frozen(kw_only=True)
class Handoff:
    """What was said to lead somebody into private.

    Attributes:
        acknowledgement: what everybody can read.
        invitation: what leads the person into private.
        how: in which way.
        account: the id of the account where they are expected.
        until: for how long what they write there belongs to the case.
    """

    acknowledgement: Reply
    invitation: Reply
    how: InvitationKind
    account: str
    until: datetime


@frozen
class Lead:
    """Where somebody is led.

    Attributes:
        place: what they said in public, and where.
        way: how they are led.
        account: where they are expected.
    """

    place: Place
    way: PrivateInvitation
    account: AccountId


class HandingOver:
    """The command that leads from public to private."""

    _services: Services
    _transact: Callable[..., Any]
    _run: Callable[..., Reply]

    @needs("replies.handoff", cases("case_id"))
    def handoff(  # noqa: PLR0913  what two messages are made of
        self,
        case_id: str,
        *,
        by: str,
        acknowledgement: Said = None,
        invitation: Said = None,
        channel: str | None = None,
        how: InvitationKind | None = None,
        in_reply_to: str | None = None,
        automated: bool = False,
        expected_version: int | None = None,
        key: str | None = None,
    ) -> Handoff:
        """Acknowledge in public, and invite the person to go on in private.

        Both are checked like any reply and leave in this order; either is refused, neither is
        kept. What the person then writes in private belongs to this case, whose clocks go on.

        Args:
            case_id: the case.
            by: who.
            acknowledgement: what everybody can read: words or a template.
            invitation: what leads into private; a link is put where it says ``{link}``, or behind.
            channel: the id of another account to lead to, by its link.
            how: in which of the ways that the network has; the best that it allows now.
            in_reply_to: the external id of the public message; the customer's latest.
            automated: a machine does it.
            expected_version: the version of the case that was seen.
            key: with the same key and content the call returns what the first one made.

        Raises:
            NotFound: there is no such case, message, account or template.
            IllegalTransition: nothing of the case is public.
            CapabilityMissing: no way leads there, or none that the network allows now.
            ReplyRefused: something speaks against one of the two.
            StaleCase: the case is not as it was seen.
        """
        call = Call.of(
            key, "handoff", case_id, by, acknowledgement, invitation, channel, how, in_reply_to
        )

        def work(replying: Replying) -> Handoff:
            view = replying.view(case_id)
            require_version(view, expected_version)
            place = view.place("public", None, in_reply_to)
            account = self._account(channel or place.account, by)
            way = self._way(replying.transaction, view, place, account, how)
            first = self._said(view, place, acknowledgement, "acknowledgement", automated=automated)
            acknowledged = replying.submit(replying.add(view, place, first, by), view)
            second, there = self._invitation(view, place, invitation, way, automated=automated)
            reply = replying.add(view, there, second, by)
            invited = replying.submit_behind(reply, view, acknowledged)
            return self._offer(replying, view, Lead(place, way, account), acknowledged, invited)

        handoff: Handoff = self._transact(work, call, self._made, _name)
        return handoff

    @needs("replies.submit", cases("case_id"))
    def close_publicly(  # noqa: PLR0913  what a note is made of
        self,
        case_id: str,
        note: Said = None,
        *,
        by: str,
        in_reply_to: str | None = None,
        automated: bool = False,
        expected_version: int | None = None,
        key: str | None = None,
    ) -> Reply:
        """Say in public that a case was resolved, without a word of what was private.

        Args:
            case_id: the case; it is solved or closed.
            note: words or a template.
            by: who.
            in_reply_to: the external id of the public message; the customer's latest.
            automated: a machine does it.
            expected_version: the version of the case that was seen.
            key: with the same key and content the call returns what the first one made.

        Raises:
            NotFound: there is no such case, message or template.
            IllegalTransition: it is not solved, or nothing of it is public.
            ReplyRefused: something speaks against it: ``private_content`` is five words in a row,
                or a number, of the private conversation.
            StaleCase: the case is not as it was seen.
        """
        call = Call.of(key, "close_publicly", case_id, by, note, in_reply_to)

        def work(replying: Replying) -> Reply:
            view = replying.view(case_id)
            require_version(view, expected_version)
            if view.case.state not in {"solved", "closed"}:
                message = f"case {view.case.id} is {view.case.state}: solve it first"
                raise IllegalTransition(message)
            place = view.place("public", None, in_reply_to)
            wording = self._said(view, place, note, "closing", automated=automated)
            return replying.submit(replying.add(view, place, wording, by), view)

        return self._run(work, call)

    def _account(self, account_id: str, by: str) -> AccountId:
        account = self._services.account(account_id)
        if account is None:
            message = f"there is no account {account_id!r} to lead to"
            raise NotFound(message)
        require(self._services, "replies.handoff", by, (account_id,))
        return account.id

    def _way(
        self,
        transaction: Transaction,
        view: CaseView,
        place: Place,
        account: AccountId,
        how: InvitationKind | None,
    ) -> PrivateInvitation:
        """Return how to lead there.

        Raises:
            CapabilityMissing: no way leads there, or none that the network allows now.
        """
        found = self._services.account(account)
        spec = self._services.registry.connectors.get(found.network) if found else None
        ways = [way for way in (spec.invites(account) if spec else ()) if how in {None, way.kind}]
        if account != place.account:
            ways = [way for way in ways if way.kind == "deep_link"]
        earlier = standing(transaction, transaction.replies.replies_of(view.case.id))
        posted = place.answered.posted_at if place.answered else None
        now = self._services.clock.now()
        way = choose(ways, posted, now, earlier, place.in_reply_to)
        if way is None:
            there = ", ".join(dict.fromkeys(one.kind for one in ways)) or "none"
            message = (
                f"no way leads from {place.account} to {account} in private now; declared: {there}"
            )
            raise CapabilityMissing(message)
        return way

    def _said(
        self, view: CaseView, place: Place, said: Said, purpose: Purpose, *, automated: bool
    ) -> Wording:
        """Return the words for a purpose: those given, the brand's, or ours."""
        empty = Wording(text="", automated=automated, purpose=purpose, extra={})
        if said is None and purpose in self._services.policy.templates:
            said = FromTemplate(purpose)
        if isinstance(said, FromTemplate):
            values = dict(said.values)
            return Composing(self._services).from_template(said.name, values, view, place, empty)
        text = words(purpose, view.case.language or "") if said is None else said
        return Wording(text=text, automated=automated, purpose=purpose, extra={})

    def _invitation(
        self,
        view: CaseView,
        place: Place,
        said: Said,
        way: PrivateInvitation,
        *,
        automated: bool,
    ) -> tuple[Wording, Place]:
        """Return what the invitation says, and where it goes."""
        if way.kind != "deep_link":
            place = view.place("private", None, place.in_reply_to)
        wording = self._said(view, place, said, "invitation", automated=automated)
        if way.kind == "deep_link":
            wording = Wording(
                text=with_link(wording.text, way.link),
                automated=automated,
                purpose="invitation",
                extra=wording.extra,
                template=wording.template,
            )
        return wording, place

    def _offer(
        self,
        replying: Replying,
        view: CaseView,
        lead: Lead,
        acknowledged: Reply,
        invited: Reply,
    ) -> Handoff:
        """Remember who was invited, and say so in the log."""
        place = lead.place
        now = self._services.clock.now()
        until = now + self._services.policy.reply_policy.handoff_within
        offers = replying.transaction.offers
        offers.forget(now - self._services.policy.reply_policy.handoff_within)
        person = (place.answered.identity_id if place.answered else None) or view.case.identity_id
        offer = Offer(
            case_id=view.case.id,
            identity_id=person,
            account_id=lead.account,
            origin=AccountId(place.account),
            offered_at=now,
            until=until,
        )
        offers.put(offer)
        offered = HandoffOffered(
            case_id=view.case.id,
            at=now,
            by=acknowledged.by,
            identity_id=person,
            account_id=lead.account,
            origin=place.account,
            how=lead.way.kind,
            until=until,
            replies=(acknowledged.id, invited.id),
        )
        replying.record(view, [offered])
        return _handoff(offered, acknowledged, invited)

    def _made(self, transaction: Transaction, first: str) -> Handoff:
        """Return what an earlier call with the same key made."""
        found = transaction.replies.replies([first])[first]
        log = transaction.log(found.case_id)
        offered = next(
            recorded.event
            for recorded in log
            if isinstance(recorded.event, HandoffOffered) and first in recorded.event.replies
        )
        replies = transaction.replies.replies(offered.replies)
        one, two = standing(transaction, [replies[id_] for id_ in offered.replies])
        return _handoff(offered, one, two)


def _name(made: Handoff) -> str:
    return made.acknowledgement.id


def _handoff(offered: HandoffOffered, acknowledged: Reply, invited: Reply) -> Handoff:
    how: Any = offered.how
    return Handoff(
        acknowledgement=acknowledged,
        invitation=invited,
        how=how,
        account=offered.account_id,
        until=offered.until,
    )
