"""Where a reply goes: the conversation, the message it answers, and who it goes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from attrs import frozen

from scskit.core.assigning import accounts_of
from scskit.core.case import Case
from scskit.core.errors import IllegalTransition, NotFound
from scskit.core.identity import Assurance, Identity
from scskit.core.ids import CaseId, IdentityId, ThreadId, thread_id
from scskit.core.interaction import Interaction, Thread, Visibility
from scskit.core.outbound import Reply
from scskit.core.ports import Reader
from scskit.core.records import CaseDraft
from scskit.desk.commanding import the
from scskit.desk.timeline import read_revisions


@frozen(kw_only=True)
class Place:
    """Where a reply goes.

    Attributes:
        account: the id of the account that says it.
        thread: the conversation; a public one also for a private answer to what stands in it.
        visibility: of the reply.
        in_reply_to: the external id of the message it answers.
        recipient: of a private one, the external id of the person it goes to.
        answered: that message.
        last_heard_at: when the person last wrote in that conversation.
        crosses: it answers in private what was said in public.
    """

    account: str
    thread: ThreadId
    visibility: Visibility
    in_reply_to: str | None
    recipient: str | None
    answered: Interaction | None
    last_heard_at: datetime | None
    crosses: bool


class CaseView:
    """A case with its messages and conversations, as a reply needs them."""

    def __init__(self, reader: Reader, case_id: str) -> None:
        """Read a case.

        Raises:
            NotFound: there is none with this id.
        """
        self._reader = reader
        drafts = reader.cases([CaseId(case_id)])
        self.case: Case = the(drafts, case_id)
        self.draft: CaseDraft = drafts[self.case.id]
        self._revisions = list(read_revisions(reader, self.case.id))
        found = [revisions[-1] for revisions in self._revisions]
        self.messages: Sequence[Interaction] = sorted(found, key=lambda m: (m.posted_at, m.id))
        ids = {self.case.thread_id, *self.case.other_threads, *(m.thread_id for m in found)}
        self.threads: dict[ThreadId, Thread] = reader.threads(sorted(ids))

    @property
    def accounts(self) -> Iterable[str]:
        """Every account that messages of the case came in by."""
        return accounts_of(self.case.account_id, self.case.other_threads)

    @cached_property
    def assurance(self) -> Assurance:
        """How sure the desk is of who the customer is."""
        return assurance_of(self._reader, self.case)

    def assurance_for(self, answered: Interaction | None) -> Assurance:
        """Return how sure the desk is that whoever wrote a message is the customer."""
        return assurance_of(self._reader, self.case, answered.identity_id if answered else None)

    def place(
        self,
        visibility: Visibility | None = None,
        thread: str | None = None,
        in_reply_to: str | None = None,
    ) -> Place:
        """Find where a reply goes.

        Without further words to where the customer wrote last; with a visibility, to where they
        wrote last in such a conversation, and otherwise in private to whom they are in public.

        Args:
            visibility: who is to read it.
            thread: the conversation: its id, or the network's key of it.
            in_reply_to: the external id of the message it answers.

        Raises:
            NotFound: the case has no such conversation or message.
            IllegalTransition: nothing private can be said in public conversations alone, or the
                other way around.
        """
        candidates = self._candidates(thread, in_reply_to)
        alike = [m for m in candidates if visibility in {None, m.visibility}]
        meant_ones = alike or candidates
        answered = meant_ones[-1] if meant_ones else None
        home = self._home(answered, thread)
        meant = visibility or home.visibility
        crosses = meant != home.visibility
        if crosses and meant == "public":
            message = f"case {self.case.id} has no public conversation to answer in"
            raise IllegalTransition(message)
        if meant == "private" and answered is None and home.id != self.case.thread_id:
            message = f"nobody has written in {home.id} yet: who is there is not known"
            raise IllegalTransition(message)
        recipient = self._person(answered).external_id if meant == "private" else None
        return Place(
            account=home.account_id,
            thread=home.id,
            visibility=meant,
            in_reply_to=answered.external_id if answered else None,
            recipient=recipient,
            answered=answered,
            last_heard_at=None if crosses else self.last_heard_at(home.id),
            crosses=crosses,
        )

    def last_heard_at(self, thread: ThreadId) -> datetime | None:
        """Return when the person last wrote in a conversation."""
        heard = [
            m.posted_at for m in self.messages if m.thread_id == thread and m.direction == "inbound"
        ]
        return max(heard, default=None)

    def private_texts(self) -> list[str]:
        """Return what was said in private, and among colleagues, also what was taken back."""
        every = (m for revisions in self._revisions for m in revisions)
        said = [m.text for m in every if m.visibility == "private"]
        return [*said, *(note.text for note in self._reader.notes(self.case.id))]

    def message(self, external_id: str) -> Interaction | None:
        """Return a message by the network's id."""
        return next((m for m in self.messages if m.external_id == external_id), None)

    def extra_of(self, message: Interaction | None) -> dict[str, Any]:
        """Return what the connector kept of a message."""
        return dict(message.extra) if message else {}

    def _candidates(self, thread: str | None, in_reply_to: str | None) -> list[Interaction]:
        """Return the customer's messages that can be meant, in their order."""
        found = [m for m in self.messages if m.direction == "inbound" and not m.deleted]
        if in_reply_to is not None:
            found = [m for m in self.messages if m.external_id == in_reply_to]
            if not found:
                message = f"case {self.case.id} has no message {in_reply_to!r}"
                raise NotFound(message)
        if thread is not None:
            ids = {thread, *(thread_id(t.account_id, thread) for t in self.threads.values())}
            if not ids & self.threads.keys():
                message = f"case {self.case.id} has no conversation {thread!r}"
                raise NotFound(message)
            found = [m for m in found if m.thread_id in ids]
        return found

    def _home(self, answered: Interaction | None, thread: str | None) -> Thread:
        if answered is not None:
            return self.threads[answered.thread_id]
        for id_, found in self.threads.items():
            if thread in {id_, found.key}:
                return found
        return self.threads[self.case.thread_id]

    def _person(self, answered: Interaction | None) -> Identity:
        """Return who wrote the answered message: the address is the conversation's own handle."""
        id_ = (answered.identity_id if answered else None) or self.case.identity_id
        found = self._reader.identities([IdentityId(id_)])
        if not found:
            message = f"identity {id_!r} is not known to this tenant"
            raise NotFound(message)
        return found[id_]


def cases_that_go_on(reader: Reader, ids: Iterable[CaseId]) -> dict[CaseId, Case]:
    """Return cases by id; for one that was merged, the case that took it over."""
    found = {id_: draft.case for id_, draft in reader.cases(ids).items() if draft.case}
    heirs = {id_: case.merged_into for id_, case in found.items() if case.merged_into}
    if heirs:
        there = cases_that_go_on(reader, set(heirs.values()))
        found |= {id_: there[heir] for id_, heir in heirs.items() if heir in there}
    return found


def assurance_of(reader: Reader, case: Case, person: IdentityId | None = None) -> Assurance:
    """Return how sure the desk is that a person is the customer of a case.

    Args:
        reader: where to look.
        case: the case.
        person: who is written to; the one who opened the case unless given.
    """
    if case.customer_id is None:
        return "anonymous"
    who = person or case.identity_id
    standing = [link for link in reader.links(who) if link.unlinked_at is None]
    if not standing or (who != case.identity_id and standing[-1].customer_id != case.customer_id):
        return "anonymous"
    return standing[-1].assurance


def crosses_over(reply: Reply, view: CaseView) -> bool:
    """Tell whether a reply answers in private what was said in public."""
    thread = view.threads.get(reply.thread_id)
    return thread is not None and thread.visibility != reply.visibility
