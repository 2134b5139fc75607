"""The fourteen questions that scskit asks its plugins, and what happens when an answer fails.

An implementation is a plain function or method with the hook's name, marked with ``@hookimpl``. It
takes the arguments it wants, by the names below, and leaves the others out. It is never ``async``.
Strangers' implementations are asked before the built-in ones; ``@hookimpl(trylast=True)`` and
``tryfirst`` move one within that order. An answer of the wrong type counts as a failure.
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any, Literal

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from scskit.core.agent import Queue
    from scskit.core.case import Case
    from scskit.core.challenge import Challenge
    from scskit.core.engagement import Engagement
    from scskit.core.identity import Assurance, CustomerMatch, Identity
    from scskit.core.ids import CaseId
    from scskit.core.interaction import Interaction, Message
    from scskit.core.records import RecordedEvent
    from scskit.core.reply import DeliveryReceipt, Draft, Outbound, Violation
    from scskit.core.routing import Assignment
    from scskit.core.sla import SlaTargets
    from scskit.core.triage import Label, Labels
    from scskit.plugins.specs import ConnectorSpec, CrmSyncSpec

PROJECT = "scskit"
hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)

OnFailure = Literal["refuse", "skip", "block", "raise"]

ON_FAILURE: Mapping[str, OnFailure] = {
    "scskit_connectors": "refuse",
    "scskit_crm_syncs": "refuse",
    "scskit_identify": "skip",
    "scskit_classify": "skip",
    "scskit_engage": "skip",
    "scskit_match_case": "raise",
    "scskit_route": "skip",
    "scskit_sla": "skip",
    "scskit_suggest_reply": "skip",
    "scskit_check_reply": "block",
    "scskit_deliver": "raise",
    "scskit_deliver_code": "skip",
    "scskit_verify_identity": "skip",
    "scskit_on_events": "skip",
}
"""What a failing implementation leads to, per hook; these are also all hooks there are.

``refuse``: the plugin is set aside at opening. ``skip``: recorded, as if it had said nothing.
``block``: recorded, and the reply is not sent. ``raise``: recorded, and the caller is told.
"""


@hookspec
def scskit_connectors(settings: Mapping[str, Mapping[str, Any]]) -> Iterable[ConnectorSpec]:
    """Offer connectors. Asked once per plugin, when a desk is opened.

    Args:
        settings: this desk's ``[plugins.*]`` tables by plugin name; read only.

    Returns:
        Any number of connectors, each with a name that no other plugin uses.

    When it raises, or offers a name already taken, the whole plugin is set aside and listed by
    ``scskit plugins``; with ``strict=True``, or when the host passed the plugin itself, opening
    fails.

    Example::

        @hookimpl
        def scskit_connectors(settings):
            acme = Acme(settings["acme"]["token"])
            yield ConnectorSpec(name="acme", connector=acme, capabilities={"webhook"})
    """
    raise NotImplementedError


@hookspec
def scskit_crm_syncs(settings: Mapping[str, Mapping[str, Any]]) -> Iterable[CrmSyncSpec]:
    """Offer ways to keep a CRM up to date. Asked once per plugin, when a desk is opened.

    Args:
        settings: this desk's ``[plugins.*]`` tables by plugin name; read only.

    Returns:
        Any number of syncs, each with a name that no other plugin uses.

    When it raises, the same happens as with ``scskit_connectors``.

    Example::

        @hookimpl
        def scskit_crm_syncs():
            return [CrmSyncSpec(name="our-crm", sync=OurCrm())]
    """
    raise NotImplementedError


CONFIDENTIAL = frozenset({"scskit_deliver_code", "scskit_verify_identity"})
"""Whose arguments are nobody's business: of what such an implementation raises only the kind of
error is recorded, because its message may repeat them."""


@hookspec(firstresult=True)
def scskit_identify(identity: Identity) -> CustomerMatch | None:
    """Say which customer of the CRM this is. Asked when somebody writes for the first time.

    Args:
        identity: the person's handle on the network.

    Returns:
        The customer with evidence, or None to leave it to the next plugin.

    When it raises, that counts as no match and is recorded; the next plugin is asked.

    Example::

        @hookimpl
        def scskit_identify(identity):
            if row := crm.by_handle(identity.network, identity.handle):
                return CustomerMatch(crm_id=row.id, evidence="handle on file", tier=row.tier)
    """


@hookspec
def scskit_classify(interactions: Sequence[Message]) -> Sequence[Sequence[Label]]:
    """Label messages. Asked once per batch, so that a model can take them all at once.

    Args:
        interactions: one to some thousand messages.

    Returns:
        For each message, in the same order, its labels; an empty tuple for nothing to say. Of
        several labels of one kind the most confident counts, then the earlier plugin's.

    When it raises, or answers another number of messages, the batch goes on without labels from
    this plugin, which is recorded with the messages.

    Example::

        @hookimpl
        def scskit_classify(interactions):
            moods = model.predict([message.text for message in interactions])
            return [(Label("sentiment", mood, "acme-nlp", score),) for mood, score in moods]
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def scskit_engage(interaction: Message, labels: Labels, identity: Identity) -> Engagement | None:
    """Decide whether the brand answers. Asked for each message that would open a case.

    Args:
        interaction: the message.
        labels: what the classifiers say.
        identity: who wrote it.

    Returns:
        Answer, monitor, forward or dismiss; None to leave it to the next plugin, at last to the
        desk's engagement rules. If nobody says anything, the brand answers.

    When it raises, that is recorded and the next plugin is asked.

    Example::

        @hookimpl
        def scskit_engage(interaction, labels):
            if interaction.author.handle in partners:
                return Engagement(kind="monitor", code="partner", rule="partner list")
    """


@hookspec(firstresult=True)
def scskit_match_case(interaction: Message, candidates: Sequence[Case]) -> CaseId | None:
    """Say which existing case a message belongs to. Asked when the thread alone does not tell.

    Args:
        interaction: the message.
        candidates: the person's cases that could take it, most recent first.

    Returns:
        The id of one of the candidates; None to leave it to the next plugin, at last to the
        desk's own rule.

    When it raises, or names another case, the message is quarantined and can be re-driven:
    attaching it to the wrong customer's case could not be undone.

    Example::

        @hookimpl
        def scskit_match_case(interaction, candidates):
            return next((case.id for case in candidates if case.reason == "claims"), None)
    """


@hookspec(firstresult=True)
def scskit_route(
    case: Case, labels: Labels, queues: Mapping[str, Queue], interaction: Message
) -> Assignment | None:
    """Choose the queue a new case waits in. Asked after triage.

    Args:
        case: the case, with its reason and priority decided.
        labels: what the classifiers say about the message that opened it.
        queues: the declared queues by name.
        interaction: that message.

    Returns:
        One of the queues; None to leave it to the next plugin, at last to the desk's routing
        rules. If nobody says anything, the case goes to the default queue.

    When it raises, or names a queue that is not declared, that is recorded and the next plugin
    is asked.

    Example::

        @hookimpl
        def scskit_route(case):
            if case.language == "pt":
                return Assignment(queue="lisbon", rule="Portuguese")
    """


@hookspec(firstresult=True)
def scskit_sla(case: Case, labels: Labels) -> SlaTargets | None:
    """Set the targets of a case. Asked after triage and when something about it changes.

    That is its priority, its reason, its customer, or the desk's policy. The answer is stored:
    replay never asks.

    Args:
        case: the case.
        labels: what the classifiers say about the message that led to it; empty after a command.

    Returns:
        The targets; None to leave it to the next plugin, at last to the desk's SLA policy.

    When it raises, that is recorded and the next plugin is asked.

    Example::

        @hookimpl
        def scskit_sla(case):
            if case.tier == "vip":
                return SlaTargets(first_response=timedelta(minutes=5), rule="contract 7")
    """


@hookspec
def scskit_suggest_reply(case: Case, message: Interaction | None) -> Iterable[Draft]:
    """Propose replies. Asked when an agent wants suggestions.

    Nothing is sent by itself, unless the desk file makes answers of suggestions from this source
    (``[[standing.answers]]``): then it is asked about each message as it comes, in the transaction
    that takes it in, and has to answer at once.

    Args:
        case: the case.
        message: the customer's message that is to be answered; None where there is none.

    Returns:
        Any number of drafts, with their ``confidence`` where they may be answers.

    When it raises, there is no suggestion from it, which is recorded.

    Example::

        @hookimpl
        def scskit_suggest_reply(case):
            yield Draft(case_id=case.id, text=templates[case.language], by="acme-replies")
    """
    raise NotImplementedError


@hookspec
def scskit_check_reply(
    draft: Draft, case: Case | None, now: datetime, assurance: Assurance
) -> Iterable[Violation]:
    """Say what speaks against a reply. Asked before anything leaves, and again at sending.

    Args:
        draft: the reply.
        case: the case it answers; None for an announcement, which answers nobody.
        now: the present instant.
        assurance: how sure the desk is of who the customer is: ``anonymous``, ``claimed`` or
            ``verified``.

    Returns:
        Every reason at once; nothing when it may be sent. The reasons of all plugins count.

    When it raises, the reply is blocked: a check that could not be made has not been passed.

    Example::

        @hookimpl
        def scskit_check_reply(draft):
            if "guarantee" in draft.text.lower():
                yield Violation("promise", "Do not guarantee anything.", "acme-legal")
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def scskit_deliver(outbound: Outbound, connector: ConnectorSpec) -> DeliveryReceipt | None:
    """Deliver a message instead of the connector, or see it pass. Asked at every attempt.

    The one hook that takes wrappers, ``@hookimpl(wrapper=True)``: for dry runs and tracing.

    Args:
        outbound: what leaves.
        connector: the connector that will send it when nobody else does.

    Returns:
        The receipt when the implementation delivered it; None to leave it to the connector.

    When it raises, the attempt failed and the message stays in the outbox; a ``DeliveryError``
    says what to do next.

    Example::

        @hookimpl
        def scskit_deliver(outbound):
            if dry_run:
                return DeliveryReceipt(external_id=f"dry-{outbound.id}")
    """


@hookspec(firstresult=True)
def scskit_deliver_code(challenge: Challenge, to: str, code: str) -> bool | None:
    """Bring a challenge to a person by another road than the conversation: SMS, e-mail, an app.

    Asked after the challenge is committed. Keep the code nowhere and log it nowhere.

    Args:
        challenge: who is asked, until when, by which method.
        to: where it goes, as ``desk.replies.challenge`` was given it.
        code: what the person has to type back; empty for a method other than ``code``.

    Returns:
        True when it is on its way; None to leave it to the next plugin.

    When it raises, that is recorded without the error's message, which may repeat the code, and the
    next plugin is asked; when nobody delivers it, the challenge is withdrawn.

    Example::

        @hookimpl
        def scskit_deliver_code(to, code):
            sms.send(to, f"Your code is {code}. Never tell it to anybody who calls you.")
            return True
    """


@hookspec(firstresult=True)
def scskit_verify_identity(challenge: Challenge, answer: str) -> bool | None:
    """Say whether an answer is right, for methods of one's own; codes are checked by the desk.

    Args:
        challenge: who is asked, and by which method.
        answer: what ``desk.replies.verify`` was given.

    Returns:
        Whether they are who they say; None to leave it to the next plugin.

    When it raises, that is recorded without the error's message, and the next plugin is asked.

    Example::

        @hookimpl
        def scskit_verify_identity(challenge, answer):
            if challenge.method == "login":
                return sessions.belongs_to(answer, challenge.crm_id)
    """


@hookspec
def scskit_on_events(events: Sequence[RecordedEvent]) -> None:
    """See what happened. Called after each commit, with everything that it made true.

    Args:
        events: in the order of the feed. Whoever must not miss any reads the feed instead: a
            process that dies between the commit and this call has not made it.

    Returns:
        Nothing.

    When it raises, that is logged and the next observer is called; nothing is undone.

    Example::

        @hookimpl
        def scskit_on_events(events):
            counter.inc(len(events))
    """


ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    hook: tuple(signature(globals()[hook]).parameters) for hook in ON_FAILURE
}
"""The arguments of each hook, by name, in order."""
