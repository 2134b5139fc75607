"""Praise: thanked where it was said, and passed on only where its author agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve

from scskit.core.announcement import Announcement, Published
from scskit.core.errors import NotFound, ReplyRefused
from scskit.core.interaction import Interaction
from scskit.core.outbound import Part, Reply
from scskit.core.ports import Transaction
from scskit.core.records import RecordedEvent
from scskit.core.reply import Violation
from scskit.core.reply_events import ConsentRecorded
from scskit.core.slots import SlotValue
from scskit.core.time import require_aware
from scskit.core.wording import ancestry
from scskit.desk.admission import repair
from scskit.desk.announcing import Words
from scskit.desk.changes import digest
from scskit.desk.idempotency import Call
from scskit.desk.permissions import cases, needs, require
from scskit.desk.places import CaseView
from scskit.desk.publishing_steps import Publisher, accounts_of_call
from scskit.desk.replying import Replying
from scskit.plugins.specs import Sharing

THANKS: Mapping[str, str] = {
    "en": "Thank you for your kind words!",
    "es": "¡Muchas gracias por sus palabras!",
}
"""How praise is thanked for where nobody says otherwise."""

LATEST = 1000
"""So many announcements are looked through when somebody takes a consent back."""


class Praising(Publisher):
    """Commands on praise."""

    @needs("replies.submit", cases("case_id"))
    def thank(  # noqa: PLR0913  what a reply is made of
        self,
        case_id: str,
        text: str = "",
        *,
        by: str,
        template: str | None = None,
        values: Mapping[str, SlotValue] | None = None,
        key: str | None = None,
    ) -> Reply:
        """Thank for praise in public, where it was said.

        Args:
            case_id: the case of the praise.
            text: what is said; thanks in the person's language, or in English, unless given.
            by: who.
            template: the brand's template it is made from instead.
            values: what fills its slots.
            key: with the same key and content the call returns what the first one made.

        Raises:
            NotFound: there is no such case, or no praise in public in it.
            ReplyRefused: something speaks against it.
        """
        from scskit.desk.replies import Replies  # noqa: PLC0415  a reply like any other

        with self._services.store.read() as reader:
            view = CaseView(reader, case_id)
        praise = _public(view, None)
        if not text and template is None:
            codes = ancestry(view.case.language or "")
            text = next((THANKS[code] for code in codes if code in THANKS), THANKS["en"])
        return Replies(self._services).send(
            case_id,
            text,
            by=by,
            visibility="public",
            in_reply_to=praise.external_id,
            template=template,
            values=values,
            key=key,
        )

    @needs("replies.consent", cases("case_id"))
    def consent(
        self,
        case_id: str,
        *,
        by: str,
        evidence: str,
        external_id: str | None = None,
        granted: bool = True,
    ) -> Interaction:
        """Write down that a person agrees that the brand passes on what they said, or no longer.

        It holds for the words as they are: who changes them is asked again. Where it is taken
        back, what has not left by then stays here.

        Args:
            case_id: the case.
            by: who writes it down.
            evidence: how the person agreed, such as the message in which they did.
            external_id: the message; their latest in public, unless given.
            granted: False takes it back.

        Returns:
            The message that may be passed on, or no longer.

        Raises:
            NotFound: there is no such case or message.
            ValueError: there is no evidence.
        """
        if not evidence.strip():
            message = "evidence: a consent that nobody can show is none"
            raise ValueError(message)

        def work(transaction: Transaction) -> tuple[Interaction, Sequence[RecordedEvent]]:
            replying = Replying(self._services, transaction)
            view = replying.view(case_id)
            said = _public(view, external_id)
            event = ConsentRecorded(
                case_id=view.case.id,
                at=self._services.clock.now(),
                by=repair(by),
                because=repair(evidence),
                external_id=said.external_id,
                digest=digest(said.text),
                granted=granted,
            )
            replying.record(view, [event])
            if not granted:
                self._hold_back(transaction, view.case.id, said)
            return said, replying.recorded

        said, recorded = self._services.store.run(work)
        self._services.announce(recorded)
        return said

    @needs("replies.publish", cases("case_id"))
    def amplify(  # noqa: PLR0913  what passing something on is made of
        self,
        case_id: str,
        text: str = "",
        *,
        accounts: Sequence[str],
        by: str,
        external_id: str | None = None,
        key: str | None = None,
        at: datetime | None = None,
    ) -> Published:
        """Pass on what a customer said, in a post that quotes or shows it, with their consent.

        Args:
            case_id: the case.
            text: what the brand says to it.
            accounts: where.
            by: who.
            external_id: the message; their latest in public, unless given.
            key: with the same key and content the call returns what the first one made.
            at: when it leaves at the earliest; at once unless given.

        Raises:
            NotFound: there is no such case, message or account.
            ReplyRefused: the author has not agreed (``consent``), the message cannot be shown on
                one of the accounts (``not_shareable``), or something else speaks against it.
        """
        where = accounts_of_call(accounts)
        require(self._services, "replies.publish", by, where)
        when = None if at is None else require_aware(at, "at")
        call = Call.of(key, "amplify", case_id, where, by, external_id, text, when)

        def work(transaction: Transaction) -> Announcement:
            view = CaseView(transaction, case_id)
            said = _public(view, external_id)
            self._require_consent(transaction, view, said)
            extra = {account: self._shown(account, said) for account in where}
            words = Words(text=text, extra=extra)
            return self._submit(transaction, self._make(words, where, by, when, view.case.id))

        return self._once(call, work)

    def _require_consent(self, transaction: Transaction, view: CaseView, said: Interaction) -> None:
        """Refuse to pass on what its author has not agreed to, in these words."""
        given = [
            recorded.event
            for recorded in transaction.log(view.case.id)
            if isinstance(recorded.event, ConsentRecorded)
            and recorded.event.external_id == said.external_id
        ]
        if not given or not given[-1].granted:
            why = "took that back" if given else "has not agreed to that"
            message = f"Its author {why}: ask, and write the answer down (publishing.consent)."
        elif given[-1].digest != digest(said.text):
            message = "Its author has changed the words since agreeing: ask again."
        else:
            return
        raise ReplyRefused([Violation("consent", message, "desk")])

    def _shown(self, account_id: str, said: Interaction) -> dict[str, Any]:
        """Return what makes a post of an account show a message.

        Raises:
            ReplyRefused: nothing does.
        """
        here, there = self._sharing(account_id), self._sharing(said.account_id)
        if here and here == there and here[1].quote:
            return {here[1].quote: said.external_id}
        if here and there and here[1].show and there[1].link:
            return {here[1].show: there[1].link.format(id=said.external_id)}
        message = f"{account_id}: what was said on {said.account_id} cannot be shown there."
        raise ReplyRefused([Violation("not_shareable", message, "desk")])

    def _sharing(self, account_id: str) -> tuple[str, Sharing] | None:
        account = self._services.account(account_id)
        spec = self._services.registry.connectors.get(account.network) if account else None
        return (spec.name, spec.sharing) if spec else None

    def _hold_back(self, transaction: Transaction, case_id: str, said: Interaction) -> None:
        """Give up what has not left of posts that pass a message on."""
        for found in transaction.announcements.latest("", LATEST):
            if found.case_id != case_id:
                continue
            parts = transaction.replies.parts(target.id for target in found.targets)
            waiting = [
                evolve(part, state="cancelled", ready_at=None)
                for part in parts.values()
                if part.state == "queued" and self._shows(part, said)
            ]
            transaction.replies.put_parts(waiting)
            if found.state == "awaiting_approval":
                self._put(
                    transaction,
                    evolve(found, detail="its author took the consent back"),
                    state="cancelled",
                )

    def _shows(self, part: Part, said: Interaction) -> bool:
        shown = self._shown(part.outbound.account, said)
        return any(part.outbound.extra.get(name) == value for name, value in shown.items())


def _public(view: CaseView, external_id: str | None) -> Interaction:
    """Return what a customer said in public.

    Raises:
        NotFound: there is nothing.
    """
    found = [
        m
        for m in view.messages
        if m.direction == "inbound"
        and m.visibility == "public"
        and not m.deleted
        and external_id in {None, m.external_id}
    ]
    if not found:
        wanted = f"message {external_id!r}" if external_id else "message"
        message = f"case {view.case.id} has no {wanted} of a customer in public"
        raise NotFound(message)
    return found[-1]
