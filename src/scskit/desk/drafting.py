"""Writing a reply down, and putting it into the outbox."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from scskit.core.actor import is_machine
from scskit.core.errors import CapabilityMissing, IllegalTransition, NotFound, StaleCase
from scskit.core.interaction import Attachment
from scskit.core.outbound import Part, Purpose, Reply, lane_to, state_of
from scskit.core.reply import Outbound
from scskit.core.reply_events import ReplyQueued
from scskit.desk.admission import repair
from scskit.desk.changes import digest
from scskit.desk.places import CaseView, Place, crosses_over
from scskit.desk.services import Services
from scskit.plugins.specs import require
from scskit.wire.text import encode

Cut = tuple[str, tuple[Attachment, ...]]
"""The text and the media of one part."""

SUPERSEDED = "superseded"
"""Somebody else's reply to the same message was queued first."""


@frozen(kw_only=True)
class Wording:
    """What a reply says, and how it came about.

    Attributes:
        text: what it says.
        attachments: media that go with it.
        automated: a machine wrote it.
        purpose: what it is for.
        extra: what only this network understands; JSON values.
        template: the template it was made from, with its version.
    """

    text: str
    attachments: tuple[Attachment, ...] = ()
    automated: bool = False
    purpose: Purpose = "reply"
    extra: dict[str, Any]
    template: str = ""


def body_hash(text: str, attachments: Iterable[Attachment], extra: dict[str, Any]) -> str:
    """Return what tells these words from any other: what an approval is bound to."""
    media = [(a.kind, a.url, a.external_id, a.title, a.media_type) for a in attachments]
    return hashlib.sha256(encode([text, media, extra]).encode()).hexdigest()


def make_reply(
    services: Services, view: CaseView, place: Place, wording: Wording, by: str
) -> Reply:
    """Make a draft for a place."""
    now = services.clock.now()
    text = repair(wording.text)
    return Reply(
        id=services.ids.new(now),
        case_id=view.case.id,
        version=1,
        state="draft",
        account_id=place.account,
        thread_id=place.thread,
        visibility=place.visibility,
        text=text,
        by=repair(by),
        authors=(repair(by),),
        body_hash=body_hash(text, wording.attachments, wording.extra),
        case_version=view.case.version,
        seen_inbound=view.case.inbound_count,
        seen_answers=view.case.answers,
        created_at=now,
        updated_at=now,
        automated=wording.automated or is_machine(services.policy, by),
        purpose=wording.purpose,
        in_reply_to=place.in_reply_to,
        recipient=place.recipient,
        attachments=wording.attachments,
        extra=wording.extra,
        template=wording.template,
    )


def require_version(view: CaseView, expected: int | None) -> None:
    """Refuse to go on when a case is not as its reader saw it.

    Raises:
        StaleCase: it has changed.
    """
    found = view.case.version
    if expected is not None and found != expected:
        message = (
            f"case {view.case.id} is at version {found}, not {expected}: "
            "read it again and decide again"
        )
        raise StaleCase(message)


def require_latest(reply: Reply, view: CaseView) -> None:
    """Refuse what a machine computed before somebody answered or the customer wrote.

    Raises:
        StaleCase: somebody did.
    """
    case = view.case
    beaten = reply.code == SUPERSEDED
    moved = beaten or case.answers > reply.seen_answers or case.inbound_count > reply.seen_inbound
    if reply.automated and moved:
        message = (
            f"case {case.id} has moved on since reply {reply.id} was computed: "
            "read it again and compute another"
        )
        raise StaleCase(message)


def make_parts(services: Services, reply: Reply, view: CaseView, cut: Sequence[Cut]) -> list[Part]:
    """Make of a reply what leaves, one after the other: the texts and media of ``cut``."""
    now = services.clock.now()
    place = max(now, reply.not_before) if reply.not_before else now
    answered = view.message(reply.in_reply_to) if reply.in_reply_to else None
    crosses = crosses_over(reply, view)
    return [
        Part(
            outbound=Outbound(
                id=services.ids.new(now),
                case_id=reply.case_id,
                account=reply.account_id,
                text=text,
                visibility=reply.visibility,
                created_at=now,
                thread=reply.thread_key,
                in_reply_to=reply.in_reply_to,
                recipient=reply.recipient,
                attachments=attachments,
                automated=reply.automated,
                last_heard_at=None if crosses else view.last_heard_at(reply.thread_id),
                extra=reply.extra if number == 1 else {},
                crosses=crosses,
                answered_at=answered.posted_at if answered else None,
                answers=view.extra_of(answered),
            ),
            reply_id=reply.id,
            number=number,
            lane=lane_of(reply, crosses=crosses),
            place=place,
            state="queued",
            by=reply.by,
            purpose=reply.purpose,
            ready_at=place,
        )
        for number, (text, attachments) in enumerate(cut, start=1)
    ]


def act_on(services: Services, view: CaseView, external_id: str, by: str, *, hidden: bool) -> Part:
    """Return what hides a customer's message on the network, or shows it again.

    Raises:
        NotFound: the case has no such message.
        CapabilityMissing: the network does not let messages be hidden.
    """
    message = view.message(external_id)
    if message is None or message.direction != "inbound":
        text = f"case {view.case.id} has no message {external_id!r} of a customer"
        raise NotFound(text)
    account = services.account(message.account_id)
    spec = services.registry.connectors.get(account.network) if account else None
    if spec is None:
        text = f"no connector for account {message.account_id} is installed"
        raise CapabilityMissing(text)
    require(spec, "hide")
    now = services.clock.now()
    id_ = services.ids.new(now)
    outbound = Outbound(
        id=id_,
        case_id=view.case.id,
        account=message.account_id,
        text="",
        visibility=message.visibility,
        created_at=now,
        thread=message.thread_id[len(message.account_id) + 1 :],
        in_reply_to=external_id,
    )
    return Part(
        outbound=outbound,
        reply_id=id_,
        number=1,
        kind="hide" if hidden else "unhide",
        lane=f"{message.account_id}#{external_id}",
        place=now,
        state="queued",
        by=repair(by),
        ready_at=now,
    )


def lane_of(reply: Reply, *, crosses: bool) -> str:
    """Return what a reply has to stay in order with: its conversation.

    What goes to a person in private is no part of the public conversation that it comes from; but
    the invitation to go on there follows what is said in public.
    """
    if reply.purpose == "invitation":
        return reply.thread_id
    return lane_to(reply.account_id, reply.recipient) if crosses else reply.thread_id


def queued_event(reply: Reply, parts: Sequence[Part], policy_version: str) -> ReplyQueued:
    """Return what the log says of a reply that is about to leave."""
    return ReplyQueued(
        case_id=reply.case_id,
        at=reply.updated_at,
        by=reply.by,
        reply_id=reply.id,
        digest=digest(reply.text),
        account_id=reply.account_id,
        visibility=reply.visibility,
        parts=tuple(part.id for part in parts),
        policy_version=policy_version,
        purpose=reply.purpose,
        automated=reply.automated,
        approved_by=tuple(a.by for a in reply.approvals if a.approved),
        not_before=reply.not_before,
        template=reply.template,
    )


def as_it_stands(reply: Reply, parts: Sequence[Part]) -> Reply:
    """Return a reply with the state that its parts make of it."""
    if reply.state != "queued" or not parts:
        return reply
    return evolve(reply, state=state_of(part.state for part in parts))


def require_changeable(reply: Reply, now: datetime) -> None:
    """Refuse to change what is on its way or was given up.

    Raises:
        IllegalTransition: it is.
    """
    if reply.state not in {"draft", "awaiting_approval", "rejected"}:
        why = f" ({reply.code})" if reply.code else ""
        message = f"reply {reply.id} is {reply.state}{why} at {now.isoformat()}: draft another one"
        raise IllegalTransition(message)
