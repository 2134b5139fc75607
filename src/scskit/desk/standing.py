"""Saying what the desk file lets be said by itself, in the transaction that takes a message in.

So a message that comes again is answered once. What is said goes the way of every reply: checked,
queued, sent by the outbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from scskit.core import commands as cmd
from scskit.core import deciding
from scskit.core.calendar import Calendar
from scskit.core.clocks import due, promised, target_of
from scskit.core.errors import ReplyRefused, ScsError, StoreError
from scskit.core.escalation_rules import facts_of
from scskit.core.event import Event
from scskit.core.interaction import Interaction, Message
from scskit.core.match import Facts
from scskit.core.ports import Transaction
from scskit.core.published import opening_times
from scskit.core.published_text import counted, hours_line, moment
from scskit.core.records import RecordedEvent
from scskit.core.reply_events import PersonAsked
from scskit.core.standing import (
    BY,
    Heard,
    Spoken,
    StandingPolicy,
    StandingText,
    acknowledges,
    asks_for_person,
    confident,
    keeps_quiet,
    language_of,
    marked,
)
from scskit.core.templates import render
from scskit.desk.commanding import make_request
from scskit.desk.drafting import Wording, make_reply
from scskit.desk.echoes import part_of
from scskit.desk.incoming import Incoming
from scskit.desk.places import CaseView
from scskit.desk.replying import Replying
from scskit.desk.report import Outcome
from scskit.desk.services import Services

WITHIN_A_DAY = 1
SURVIVABLE = (ScsError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What may go wrong with an answer; the message that it answers is taken in nevertheless."""


@frozen
class Hours:
    """The opening hours that a case is answered in."""

    name: str
    calendar: Calendar


class StandingAnswers:
    """Answers messages of one transaction by itself."""

    def __init__(self, services: Services, transaction: Transaction, now: datetime) -> None:
        """Answer at ``now``, where the policy says so."""
        self._services = services
        self._transaction = transaction
        self._now = now
        self._policy = services.policy.standing or StandingPolicy()
        self._replying = Replying(services, transaction)

    def after(
        self, batch: Sequence[Incoming], outcomes: Sequence[Outcome]
    ) -> Sequence[RecordedEvent]:
        """Answer what was taken in, and return what was recorded."""
        for one, outcome in zip(batch, outcomes, strict=True):
            item = one.item
            if outcome.state != "applied" or outcome.case_id is None or one.history:
                continue
            if isinstance(item, Message) and item.direction == "inbound":
                self._survive(one, item, outcome.case_id)
        return self._replying.recorded

    def _survive(self, one: Incoming, message: Message, case_id: str) -> None:
        try:
            self._answer(one, message, self._replying.view(case_id))
        except StoreError:
            raise
        except SURVIVABLE as error:
            why = str(error) if isinstance(error, ReplyRefused) else type(error).__name__
            self._services.log.warning("nothing said by itself", case=case_id, why=why)

    def _answer(self, one: Incoming, message: Message, view: CaseView) -> None:
        interaction = view.message(message.external_id)
        if interaction is None:
            return
        heard = self._heard(one, message, interaction, view)
        word = asks_for_person(heard, self._policy)
        if word is not None:
            self._hand_over(heard, view, word)
            view = self._replying.view(view.case.id)
            heard = evolve(heard, case=view.case)
        why = keeps_quiet(heard, self._policy)
        if why is not None:
            self._services.log.info("quiet", case=view.case.id, why=why)
        elif word is not None:
            if text := self._policy.handover.text:
                self._say(text, heard, view, interaction)
        elif not self._suggested(heard, view, interaction):
            self._acknowledge(heard, view, interaction)

    def _suggested(self, heard: Heard, view: CaseView, interaction: Interaction) -> bool:
        """Answer with a suggestion, where the policy trusts it."""
        if not self._policy.answers:
            return False
        drafts = self._services.registry.suggest_reply(view.case, interaction)
        found = confident(drafts, heard, self._policy)
        if found is None:
            return False
        draft, rule = found
        text = marked(draft.text, self._policy.marks, view.case.language or "")
        wording = Wording(
            text=text,
            attachments=draft.attachments,
            automated=True,
            extra=dict(draft.extra),
            template=f"standing.answer.{rule.name}@{draft.by}",
        )
        return self._submit(view, interaction, wording)

    def _acknowledge(self, heard: Heard, view: CaseView, interaction: Interaction) -> None:
        hours = self._hours(view)
        closed = hours is not None and not hours.calendar.open(self._now)
        occasion = acknowledges(heard, self._policy, closed=closed)
        if occasion is not None:
            policy = self._policy
            text = policy.out_of_hours if occasion == "out_of_hours" else policy.acknowledgement
            if text is not None:
                self._say(text, heard, view, interaction)

    def _hand_over(self, heard: Heard, view: CaseView, word: str) -> None:
        """Let a person have the case from now on."""
        asked = PersonAsked(case_id=view.case.id, at=self._now, by="customer", word=word)
        events: list[Event] = [asked]
        queue = self._policy.handover.queue
        if queue is not None and heard.case.queue != queue:
            request = make_request(self._services, BY, "the customer asked for a person")
            events.extend(deciding.decide(view.case, cmd.Route(queue), request))
        self._replying.record(view, events)

    def _say(
        self, text: StandingText, heard: Heard, view: CaseView, interaction: Interaction
    ) -> None:
        language = view.case.language or ""
        template, network = text.template, heard.facts.network
        spoken = language_of(template, network, language) or "en"
        values = {
            name: value for name, value in self._values(view, spoken) if name in template.slots
        }
        made = render(template, network, language, values, interaction.visibility, view.assurance)
        wording = Wording(
            text=marked(made.text, self._policy.marks, spoken),
            automated=True,
            purpose="acknowledgement",
            extra={},
            template=f"{made.template}@{made.version}",
        )
        self._submit(view, interaction, wording)

    def _submit(self, view: CaseView, interaction: Interaction, wording: Wording) -> bool:
        """Put an answer on its way, unless something speaks against it.

        Raises:
            ReplyRefused: something does; nothing is kept of it.
        """
        place = view.place(interaction.visibility, None, interaction.external_id)
        reply = make_reply(self._services, view, place, wording, BY)
        found = self._replying.check(reply, view)
        if not found.allowed and found.verdict != "needs_approval":
            raise ReplyRefused(found.violations, found.verdict)
        kept = self._replying.add(view, place, wording, BY)
        self._replying.submit(kept, view)
        return True

    # What is known.

    def _heard(
        self, one: Incoming, message: Message, interaction: Interaction, view: CaseView
    ) -> Heard:
        people = [
            m.posted_at for m in view.messages if m.direction == "outbound" and not m.automated
        ]
        return Heard(
            text=message.text,
            facts=self._facts(one, message, view),
            thread=interaction.thread_id,
            posted_at=message.posted_at,
            automated=message.automated,
            ours=self._is_ours(message),
            case=view.case,
            said=tuple(self._said(view)),
            person_at=max(people, default=None),
            now=self._now,
        )

    def _facts(self, one: Incoming, message: Message, view: CaseView) -> Facts:
        facts = facts_of(view.case, self._services.policy)
        account = self._services.account(message.account)
        facts.account = message.account
        facts.network = account.network if account else facts.network
        facts.visibility, facts.kind = message.visibility, message.kind
        facts.text = message.text.lower()
        facts.followers = message.author.followers
        facts.labels = {label.kind: label.value for label in one.labels}
        return facts

    def _is_ours(self, message: Message) -> bool:
        """Tell whether one of the brand's accounts wrote it: our own desk may answer there too."""
        names = {message.author.external_id.casefold(), message.author.handle.casefold()} - {""}
        network = self._services.accounts[message.account].network
        return any(
            account.network == network and account.handle.casefold() in names
            for account in tuple(self._services.accounts.values())  # others may make some known
            if account.handle
        )

    def _said(self, view: CaseView) -> Iterator[Spoken]:
        """Yield what machines of the brand said in the case, and in the one that it follows."""
        before = [r.case_id for r in view.case.related if r.relation == "follows"]
        for case_id in (view.case.id, *before):
            for reply in self._transaction.replies.replies_of(case_id):
                if reply.automated and reply.state not in {"draft", "rejected", "cancelled"}:
                    yield Spoken(reply.thread_id, reply.created_at, reply.purpose)
        for message in view.messages:
            if message.direction == "outbound" and message.automated and not part_of(message):
                yield Spoken(message.thread_id, message.posted_at)

    def _hours(self, view: CaseView) -> Hours | None:
        """Return the hours in which the case's clocks run, else those of the whole desk."""
        policy = self._services.policy
        if view.case.sla:
            terms = view.case.sla[-1].terms
            calendar = policy.calendar_of(terms)
            return None if calendar is None else Hours(terms.calendar, calendar)
        name = policy.sla.calendar if policy.sla else ""
        name = name or policy.reply_policy.hours.get(view.case.account_id, "")
        return Hours(name, policy.calendars[name]) if name in policy.calendars else None

    def _values(self, view: CaseView, language: str) -> Iterator[tuple[str, str]]:
        """Yield what can be told: only what is promised, and lies ahead."""
        policy = self._services.policy
        hours = self._hours(view)
        zone = hours.calendar.time_zone if hours else policy.time_zone
        for clock in promised(view.case):
            if clock.name not in {"first_response", "next_response"}:
                continue
            at = due(view.case, clock, policy)
            target = target_of(view.case.sla[-1].terms, clock.name)
            if at is not None and at > self._now and isinstance(target, timedelta):
                yield "expected", moment(at, zone, language)
                yield "within", counted(target, language, in_hours=hours is not None)
        if hours is None:
            return
        times = opening_times(hours.name, hours.calendar, self._now, WITHIN_A_DAY)
        if line := hours_line(times, language):
            yield "hours", line
        if opens := hours.calendar.next_open(self._now):
            yield "opens", moment(opens, zone, language)
