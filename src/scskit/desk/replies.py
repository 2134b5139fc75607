"""Replies: drafted, checked, approved and put into the outbox; see ``core.outbound``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from attrs import evolve, frozen

from scskit.core.actor import is_machine
from scskit.core.interaction import Attachment, Visibility
from scskit.core.outbound import Part, Purpose, Reply, Whisper
from scskit.core.ports import Transaction
from scskit.core.slots import SlotValue
from scskit.core.time import require_aware
from scskit.desk.admission import repair
from scskit.desk.approving import Approving
from scskit.desk.composing import Composing
from scskit.desk.continuing import Continuing
from scskit.desk.drafting import (
    Wording,
    act_on,
    body_hash,
    require_changeable,
    require_version,
)
from scskit.desk.handing_over import HandingOver
from scskit.desk.idempotency import Call
from scskit.desk.macros import Macros
from scskit.desk.permissions import cases, needs
from scskit.desk.places import CaseView, Place
from scskit.desk.reading_replies import ReadingReplies, standing
from scskit.desk.replying import Replying, find_reply, next_opening, of_reply
from scskit.desk.services import Services
from scskit.desk.suspending import Suspending
from scskit.desk.verifying import Verifying

T = TypeVar("T")


@frozen
class Source:
    """The template that a reply is made from, and what fills it."""

    template: str | None
    values: dict[str, SlotValue]


class Replies(Approving, Continuing, HandingOver, Macros, ReadingReplies, Suspending, Verifying):
    """The tenant's replies.

    Every command takes ``by``, the actor (``agent:ana``), and returns the reply afterwards. Nothing
    leaves before it is committed here: ``desk.outbox`` sends it.
    """

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services

    # Drafting.

    @needs("replies.draft", cases("case_id"))
    def draft(  # noqa: PLR0913  what a reply is made of
        self,
        case_id: str,
        text: str = "",
        *,
        by: str,
        visibility: Visibility | None = None,
        thread: str | None = None,
        in_reply_to: str | None = None,
        attachments: Iterable[Attachment] = (),
        automated: bool = False,
        purpose: Purpose = "reply",
        extra: Mapping[str, Any] | None = None,
        template: str | None = None,
        values: Mapping[str, SlotValue] | None = None,
        expected_version: int | None = None,
        key: str | None = None,
    ) -> Reply:
        """Write a reply down. Nothing leaves, and nothing is refused yet: see ``check``.

        Args:
            case_id: the case it answers.
            text: what it says.
            by: who wrote it.
            visibility: who is to read it; where the customer wrote last, unless given. Where they
                only wrote in public, ``private`` answers the person in private.
            thread: the conversation, by its id or the network's key; where they wrote last.
            in_reply_to: the external id of the message it answers; their latest.
            attachments: media that go with it.
            automated: a machine wrote it; never counts as a human answer, and is refused as soon
                as somebody has answered meanwhile. Whatever an actor with no role but ``system``
                writes is automated anyway.
            purpose: what it is for.
            extra: what only this network understands.
            template: the template it is made from instead of ``text``: one of the brand's, or one
                that the network has approved.
            values: what fills the template's slots, by name.
            expected_version: the version of the case that its author saw.
            key: with the same key and content the call returns what the first one made.

        Raises:
            NotFound: there is no such case, conversation or message.
            StaleCase: the case is not as its author saw it.
            ReplyRefused: the template cannot be used here, or a slot is not filled as it must be.
            IdempotencyConflict: the key was used for another content.
        """
        wording = Wording(
            text=text,
            attachments=tuple(attachments),
            automated=automated,
            purpose=purpose,
            extra=dict(extra or {}),
        )
        source = Source(template, dict(values or {}))
        call = Call.of(key, "draft", case_id, by, visibility, thread, in_reply_to, wording, source)

        def work(replying: Replying) -> Reply:
            view = replying.view(case_id)
            require_version(view, expected_version)
            place = view.place(visibility, thread, in_reply_to)
            return replying.add(view, place, self._words(view, place, wording, source), by)

        return self._run(work, call)

    @needs("replies.edit_draft", of_reply())
    def edit(
        self,
        reply_id: str,
        text: str,
        *,
        by: str,
        attachments: Iterable[Attachment] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Change the words of a reply that has not been queued; what was approved are other words.

        Raises:
            NotFound: there is no such reply.
            IllegalTransition: it was queued or given up.
        """

        def work(replying: Replying) -> Reply:
            reply = replying.find(reply_id)
            require_changeable(reply, self._services.clock.now())
            case = replying.view(reply.case_id).case
            media = reply.attachments if attachments is None else tuple(attachments)
            more = reply.extra if extra is None else dict(extra)
            words = repair(text)
            after = evolve(
                reply,
                state="draft",
                text=words,
                attachments=media,
                extra=more,
                by=repair(by),
                authors=tuple(dict.fromkeys((*reply.authors, repair(by)))),
                automated=reply.automated or is_machine(self._services.policy, by),
                body_hash=body_hash(words, media, more),
                asked_for=(),
                expires_at=None,
                case_version=case.version,
                seen_inbound=case.inbound_count,
                seen_answers=case.answers,
            )
            return replying.put(reply, after)

        return self._run(work)

    @needs("replies.whisper", of_reply())
    def whisper(self, reply_id: str, text: str, *, by: str) -> Reply:
        """Remark on a reply among colleagues; nothing that leaves is ever made of it."""

        def work(replying: Replying) -> Reply:
            reply = replying.find(reply_id)
            said = Whisper(by=repair(by), at=self._services.clock.now(), text=repair(text))
            return replying.put(reply, evolve(reply, whispers=(*reply.whispers, said)))

        return self._run(work)

    # Sending.

    @needs("replies.submit", of_reply())
    def submit(self, reply_id: str, *, by: str, expected_version: int | None = None) -> Reply:  # noqa: ARG002
        """Queue a reply, or ask for an approval where a rule wants one.

        Args:
            reply_id: the reply.
            by: who wants it sent.
            expected_version: the version of the case that was seen.

        Returns:
            The reply: ``queued``, or ``awaiting_approval``.

        Raises:
            NotFound: there is no such reply.
            ReplyRefused: something speaks against it; ``violations`` says everything.
            StaleCase: the case is not as it was seen; a machine's answer came too late.
            IllegalTransition: it was queued or given up.
        """
        return self._submit(reply_id, None, expected_version)

    @needs("replies.schedule", of_reply())
    def schedule(
        self,
        reply_id: str,
        at: datetime,
        *,
        by: str,  # noqa: ARG002
        expected_version: int | None = None,
    ) -> Reply:
        """Submit a reply that is to leave later; see ``submit``.

        Args:
            reply_id: the reply.
            at: then it leaves, or at the next instant within the hours in which its account sends
                (``[replies.hours]``).
            by: who wants it sent.
            expected_version: the version of the case that was seen.
        """
        return self._submit(reply_id, require_aware(at, "at"), expected_version)

    @needs("replies.submit", cases("case_id"))
    def send(  # noqa: PLR0913  what a reply is made of
        self,
        case_id: str,
        text: str = "",
        *,
        by: str,
        visibility: Visibility | None = None,
        thread: str | None = None,
        in_reply_to: str | None = None,
        attachments: Iterable[Attachment] = (),
        automated: bool = False,
        purpose: Purpose = "reply",
        extra: Mapping[str, Any] | None = None,
        template: str | None = None,
        values: Mapping[str, SlotValue] | None = None,
        expected_version: int | None = None,
        key: str | None = None,
    ) -> Reply:
        """Draft and submit in one: where it is refused, nothing is kept. See both."""
        wording = Wording(
            text=text,
            attachments=tuple(attachments),
            automated=automated,
            purpose=purpose,
            extra=dict(extra or {}),
        )
        source = Source(template, dict(values or {}))
        call = Call.of(key, "send", case_id, by, visibility, thread, in_reply_to, wording, source)

        def work(replying: Replying) -> Reply:
            view = replying.view(case_id)
            require_version(view, expected_version)
            place = view.place(visibility, thread, in_reply_to)
            reply = replying.add(view, place, self._words(view, place, wording, source), by)
            return replying.submit(reply, view)

        return self._run(work, call)

    @needs("replies.cancel", of_reply())
    def cancel(self, reply_id: str, *, by: str, because: str) -> Reply:
        """Give a reply up, or those of its parts that have not left.

        Raises:
            NotFound: there is no such reply.
            IllegalTransition: all of it has left, or is leaving at this moment.
        """

        def work(replying: Replying) -> Reply:
            reply = replying.find(reply_id)
            parts = replying.transaction.replies.parts_of([reply_id])[reply_id]
            return replying.cancel(reply, parts, by, because)

        return self._run(work)

    @needs("replies.hide", cases("case_id"))
    def hide(
        self, case_id: str, external_id: str, *, by: str, because: str, hidden: bool = True
    ) -> Part:
        """Hide a customer's message on the network, or show it again.

        Args:
            case_id: the case it belongs to.
            external_id: the message, by the network's id.
            by: who.
            because: why.
            hidden: False shows it again.

        Returns:
            What is on its way: ``desk.outbox`` does it, as it sends replies.

        Raises:
            NotFound: the case has no such message.
            CapabilityMissing: the network does not let messages be hidden.
        """

        def work(transaction: Transaction) -> Part:
            view = CaseView(transaction, case_id)
            part = act_on(self._services, view, external_id, by, hidden=hidden)
            transaction.replies.add_parts([part])
            return part

        part = self._services.store.run(work)
        self._services.log.info("hiding", case=case_id, hidden=hidden, by=by, because=because)
        return part

    # What all of them have in common.

    def _words(self, view: CaseView, place: Place, wording: Wording, source: Source) -> Wording:
        if source.template is None:
            return wording
        if wording.text:
            message = "text and template are two replies: give one of them"
            raise ValueError(message)
        composing = Composing(self._services)
        return composing.from_template(source.template, source.values, view, place, wording)

    def _submit(self, reply_id: str, at: datetime | None, expected: int | None) -> Reply:
        def work(replying: Replying) -> Reply:
            reply = replying.find(reply_id)
            view = replying.view(reply.case_id)
            require_version(view, expected)
            if at is not None:
                opens = next_opening(self._services, reply.account_id, at)
                reply = evolve(reply, not_before=opens)
            return replying.submit(reply, view)

        return self._run(work)

    def _run(self, work: Callable[[Replying], Reply], call: Call | None = None) -> Reply:
        """Do something to a reply, once for each key."""
        reply: Reply = self._transact(work, call, _as_it_stands, attrgetter("id"))
        return reply

    def _transact(
        self,
        work: Callable[[Replying], T],
        call: Call | None = None,
        made_before: Callable[[Transaction, str], T] | None = None,
        name: Callable[[T], str] = str,
    ) -> T:
        """Do something in a transaction, once for each key, and tell what happened.

        Args:
            work: does it.
            call: bears the key.
            made_before: finds what an earlier call made, by its name.
            name: of what is made.
        """
        told: list[Any] = []

        def once(transaction: Transaction) -> T:
            told.clear()  # an attempt before may have lost a race
            if call and made_before and (known := call.made(transaction, self._services)):
                return made_before(transaction, known)
            replying = Replying(self._services, transaction)
            made = work(replying)
            if call:
                call.keep(transaction, self._services, name(made))
            told.extend(replying.recorded)
            return made

        made = self._services.store.run(once)
        self._services.announce(told)
        return made


def _as_it_stands(transaction: Transaction, reply_id: str) -> Reply:
    return standing(transaction, [find_reply(transaction, reply_id)])[0]
