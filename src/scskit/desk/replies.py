"""Replies: drafted, checked, approved and put into the outbox; see ``core.outbound``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from attrs import evolve

from scskit.core.ids import CaseId
from scskit.core.interaction import Attachment, Visibility
from scskit.core.outbound import Attempt, Part, Purpose, Reply, Whisper
from scskit.core.ports import Reader, Transaction
from scskit.core.preflight import Preflight
from scskit.core.reply import Draft
from scskit.core.time import require_aware
from scskit.desk.admission import repair
from scskit.desk.approving import Approving
from scskit.desk.checking import Checking
from scskit.desk.drafting import (
    Wording,
    act_on,
    as_it_stands,
    body_hash,
    require_changeable,
    require_version,
)
from scskit.desk.idempotency import Call
from scskit.desk.permissions import cases, needs, shows
from scskit.desk.places import CaseView
from scskit.desk.replying import Replying, find_reply, next_opening, of_part, of_reply
from scskit.desk.services import Services
from scskit.desk.suspending import Suspending

T = TypeVar("T")

MOST = 1000


class Replies(Approving, Suspending):
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
                as somebody has answered meanwhile.
            purpose: what it is for.
            extra: what only this network understands, such as a template that it approved.
            expected_version: the version of the case that its author saw.
            key: with the same key and content the call returns what the first one made.

        Raises:
            NotFound: there is no such case, conversation or message.
            StaleCase: the case is not as its author saw it.
            IdempotencyConflict: the key was used for another content.
        """
        wording = Wording(
            text=text,
            attachments=tuple(attachments),
            automated=automated,
            purpose=purpose,
            extra=dict(extra or {}),
        )
        call = Call.of(key, "draft", case_id, by, visibility, thread, in_reply_to, wording)

        def work(replying: Replying) -> Reply:
            view = replying.view(case_id)
            require_version(view, expected_version)
            return replying.add(view, view.place(visibility, thread, in_reply_to), wording, by)

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

    @shows("cases.read", cases("case_id"))
    def suggest(self, case_id: str, *, by: str | None = None) -> tuple[Draft, ...]:  # noqa: ARG002
        """Ask the plugins for suggestions; nothing is written down, and nothing leaves."""
        with self._services.store.read() as reader:
            case = CaseView(reader, case_id).case
        return self._services.registry.suggest_reply(case)

    # Checking.

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
        call = Call.of(key, "send", case_id, by, visibility, thread, in_reply_to, wording)

        def work(replying: Replying) -> Reply:
            view = replying.view(case_id)
            require_version(view, expected_version)
            place = view.place(visibility, thread, in_reply_to)
            reply = replying.add(view, place, wording, by)
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

    # Looking.

    @shows("replies.read", of_reply())
    def get(self, reply_id: str, *, by: str | None = None) -> Reply:  # noqa: ARG002
        """Return a reply with the state that its parts make of it.

        Raises:
            NotFound: there is none with this id.
        """
        with self._services.store.read() as reader:
            reply = find_reply(reader, reply_id)
            return _standing(reader, [reply])[0]

    @shows("replies.read", cases("case_id"))
    def of(self, case_id: str, *, by: str | None = None) -> list[Reply]:  # noqa: ARG002
        """Return the replies of a case, oldest first."""
        with self._services.store.read() as reader:
            return _standing(reader, reader.replies.replies_of(CaseId(case_id)))

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

    # What all of them have in common.

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
        """Do something in a transaction, once for each key, and tell what happened."""
        told: list[Any] = []

        def once(transaction: Transaction) -> Reply:
            told.clear()  # an attempt before may have lost a race
            if call and (made := call.made(transaction, self._services)):
                return _standing(transaction, [find_reply(transaction, made)])[0]
            replying = Replying(self._services, transaction)
            reply = work(replying)
            if call:
                call.keep(transaction, self._services, reply.id)
            told.extend(replying.recorded)
            return reply

        reply = self._services.store.run(once)
        self._services.announce(told)
        return reply


def _standing(reader: Reader, replies: list[Reply]) -> list[Reply]:
    """Return replies with the states that their parts make of them."""
    queued = [reply.id for reply in replies if reply.state == "queued"]
    parts = reader.replies.parts_of(queued) if queued else {}
    return [as_it_stands(reply, parts.get(reply.id, [])) for reply in replies]
