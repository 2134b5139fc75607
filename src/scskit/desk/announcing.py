"""Making announcements: words for each account, what speaks against them, what leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from scskit.core.announcement import Announcement, Target
from scskit.core.errors import NotFound
from scskit.core.interaction import Attachment
from scskit.core.outbound import Part, Purpose, lane_of_posts
from scskit.core.preflight import Preflight, Question, judge, reasons_against
from scskit.core.reply import Draft, Outbound, Violation
from scskit.core.reply_ports import Suspension
from scskit.core.slots import SlotValue
from scskit.core.templates import render
from scskit.core.voice import check, voice_of
from scskit.desk.admission import repair
from scskit.desk.checking import Checking
from scskit.desk.composing import Composing
from scskit.desk.drafting import body_hash
from scskit.desk.services import Services

PURPOSE: Purpose = "announcement"


@frozen(kw_only=True)
class Words:
    """What is to be said.

    Attributes:
        text: what is said wherever nothing else is given.
        texts: by account or network, what is said there instead.
        template: the brand's template that all of it is made from; None for none.
        values: what fills its slots.
        languages: by account, the language of the template's text.
        attachments: media that go with it.
        extra: by account, what only its network understands.
    """

    text: str = ""
    texts: Mapping[str, str] = field(factory=dict)
    template: str | None = None
    values: Mapping[str, SlotValue] = field(factory=dict)
    languages: Mapping[str, str] = field(factory=dict)
    attachments: tuple[Attachment, ...] = ()
    extra: Mapping[str, Mapping[str, Any]] = field(factory=dict)


@frozen
class Announcing:
    """Makes announcements and asks for reasons against them."""

    services: Services

    def targets(self, words: Words, accounts: Sequence[str]) -> Iterator[Target]:
        """Yield what each account says.

        Raises:
            NotFound: there is no such account or template.
            ReplyRefused: the template cannot be used there, or a slot is not filled as it must be.
        """
        for account_id in accounts:
            network = self._network(account_id)
            text, template = self._text(words, account_id, network)
            yield Target(
                id=self.services.ids.new(self.services.clock.now()),
                account_id=account_id,
                text=repair(text),
                attachments=words.attachments,
                extra=dict(words.extra.get(account_id, {})),
                template=template,
            )

    def check(
        self, announcement: Announcement, suspensions: Sequence[Suspension], at: datetime
    ) -> Preflight:
        """Ask everybody who has a say in it, about every target."""
        approved = is_approved(announcement, self.services.clock.now())
        found: list[Violation] = []
        for target in announcement.targets:
            draft = draft_of(target, announcement.by)
            question = self._question(draft, suspensions, at)
            reasons = (
                *reasons_against(question),
                *self._voice(target, announcement),
                *self._channel(target),
                *Checking(self.services).others(draft, None, at, "anonymous"),
            )
            found.extend(_of(target, reasons))
        return judge(found, at, approved=approved)

    def parts(self, announcement: Announcement) -> list[Part]:
        """Return what leaves: one post for each target, under the target's own id."""
        now = self.services.clock.now()
        at = announcement.not_before or now
        place = max(at, now)
        return [
            Part(
                outbound=Outbound(
                    id=target.id,
                    case_id="",  # type: ignore[arg-type]  # it answers nobody
                    account=target.account_id,
                    text=target.text,
                    visibility="public",
                    created_at=now,
                    attachments=target.attachments,
                    extra=target.extra,
                ),
                reply_id=target.id,
                number=1,
                lane=lane_of_posts(target.account_id),
                place=place,
                state="queued",
                by=announcement.by,
                purpose=PURPOSE,
                ready_at=place,
            )
            for target in announcement.targets
        ]

    def _network(self, account_id: str) -> str:
        account = self.services.account(account_id)
        if account is None:
            there = ", ".join(sorted(self.services.accounts)) or "none"
            message = f"there is no account {account_id!r}; there is: {there}"
            raise NotFound(message)
        return account.network

    def _text(self, words: Words, account_id: str, network: str) -> tuple[str, str]:
        if words.template is None:
            return words.texts.get(account_id, words.texts.get(network, words.text)), ""
        templates = self.services.policy.templates
        if words.template not in templates:
            there = ", ".join(templates) or "none"
            message = f"there is no template {words.template!r}; there is: {there}"
            raise NotFound(message)
        language = words.languages.get(account_id, "")
        made = render(
            templates[words.template], network, language, words.values, "public", "anonymous"
        )
        return made.text, f"{made.template}@{made.version}"

    def _question(self, draft: Draft, suspensions: Sequence[Suspension], at: datetime) -> Question:
        checking = Checking(self.services)
        return Question(
            draft=draft,
            case=None,
            now=at,
            policy=self.services.policy,
            account=self.services.account(draft.account),
            capabilities=checking.capabilities(draft.account),
            sender=checking.sender(draft.by),
            purpose=PURPOSE,
            suspensions=suspensions,
        )

    def _voice(self, target: Target, announcement: Announcement) -> Iterable[Violation]:
        voice = voice_of(self.services.policy.voice, target.account_id)
        return check(target.text, voice, "") if voice and announcement.by else ()

    def _channel(self, target: Target) -> Iterator[Violation]:
        """Yield why it does not fit into one post: a post is not cut."""
        channel = Composing(self.services).channel_of(target.account_id, "public")
        yield from channel.text.check(target.text, media=bool(target.attachments))
        if channel.attachments is not None and target.attachments:
            yield from channel.attachments.check(target.attachments)


def hash_of(targets: Iterable[Target]) -> str:
    """Return what tells an announcement from any other: what an approval is bound to."""
    each = [[t.account_id, body_hash(t.text, t.attachments, t.extra)] for t in targets]
    return body_hash("", (), {"targets": each})


def is_approved(announcement: Announcement, at: datetime) -> bool:
    """Tell whether somebody approved these words, and the approval still holds."""
    expired = announcement.expires_at is not None and at >= announcement.expires_at
    return not expired and any(
        a.approved and a.body_hash == announcement.body_hash for a in announcement.approvals
    )


def draft_of(target: Target, by: str) -> Draft:
    """Return a target as plugins are asked about it."""
    return Draft(
        case_id="",  # type: ignore[arg-type]  # it answers nobody
        text=target.text,
        account=target.account_id,
        attachments=target.attachments,
        by=by,
        extra=dict(target.extra),
    )


def _of(target: Target, reasons: Iterable[Violation]) -> Iterator[Violation]:
    """Yield reasons, each with the account that it is about."""
    for reason in reasons:
        yield evolve(reason, message=f"{target.account_id}: {reason.message}")
