"""What counts as an answer, per hook. A wrong answer is a failure of the plugin that gave it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from inspect import isawaitable
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import evolve

from scskit.core.engagement import Engagement
from scskit.core.routing import Assignment
from scskit.core.triage import Label

if TYPE_CHECKING:
    from scskit.core.identity import CustomerMatch
    from scskit.core.reply import DeliveryReceipt, Draft, Violation
    from scskit.core.sla import SlaTargets
    from scskit.plugins.inspection import PluginInfo
    from scskit.plugins.specs import ConnectorSpec, CrmSyncSpec

Given = tuple[Any, ...]
"""The arguments of the call, in the order of the hook's."""

Accept = Callable[[object, Given, "PluginInfo"], object]
T = TypeVar("T")
Decision = TypeVar("Decision", Engagement, Assignment, "SlaTargets")


def _instance(answer: object, kind: type[T]) -> T:
    if not isinstance(answer, kind):
        raise TypeError(f"answered {type(answer).__name__}, not {kind.__name__} or None")
    return answer


def _all_instances(answer: object, kind: type[T]) -> tuple[T, ...]:
    # A generator runs here, inside the guard, and not where its values are used.
    if not isinstance(answer, Iterable):
        raise TypeError(f"answered {type(answer).__name__}, not several {kind.__name__}")
    items = tuple(answer)
    for item in items:
        if not isinstance(item, kind):
            raise TypeError(f"answered with {type(item).__name__} among its {kind.__name__}s")
    return items


def _signed(decision: Decision, origin: PluginInfo) -> Decision:
    return decision if decision.source else evolve(decision, source=origin.name)


# What no built-in plugin answers with is loaded with the first answer of its kind.


def accept_connectors(answer: object, _: Given, __: PluginInfo) -> tuple[ConnectorSpec, ...]:
    """Take connectors that have the methods their capabilities need."""
    from scskit.plugins.specs import ConnectorSpec, unwritten  # noqa: PLC0415  see above

    specs = _all_instances(answer, ConnectorSpec)
    for spec in specs:
        if missing := unwritten(spec):
            methods = ", ".join(f"{method}()" for method in missing)
            raise TypeError(f"connector {spec.name!r} declares what it cannot do without {methods}")
    return specs


def accept_crm_syncs(answer: object, _: Given, __: PluginInfo) -> tuple[CrmSyncSpec, ...]:
    """Take CRM syncs."""
    from scskit.plugins.specs import CrmSyncSpec  # noqa: PLC0415

    return _all_instances(answer, CrmSyncSpec)


def accept_match(answer: object, _: Given, __: PluginInfo) -> CustomerMatch:
    """Take a customer."""
    from scskit.core.identity import CustomerMatch  # noqa: PLC0415

    return _instance(answer, CustomerMatch)


def accept_labels(answer: object, given: Given, origin: PluginInfo) -> Sequence[Sequence[Label]]:
    """Take one sequence of labels per message."""
    if origin.builtin:  # ours are known to be in order, and looking costs
        return cast("Sequence[Sequence[Label]]", answer)
    expected = len(given[0])
    if not isinstance(answer, list | tuple):
        raise TypeError(f"answered {type(answer).__name__}, not a list with one entry per message")
    if len(answer) != expected:
        raise ValueError(f"answered for {len(answer)} of {expected} messages")
    if not set(map(type, answer)) <= {list, tuple}:
        raise TypeError("answered something other than a list or tuple of labels for a message")
    if not set(map(type, chain.from_iterable(answer))) <= {Label}:
        raise TypeError("answered with something other than Label among its labels")
    for label in chain.from_iterable(answer):
        _check_label(label)
    return answer


def _check_label(label: Label) -> None:
    texts = (label.kind, label.value, label.source, label.rule)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(f"answered a label with something other than text in it: {label!r}")
    # No database keeps NUL, and lone surrogates are not text: one label would stop its batch.
    if any("\0" in text or not _encodable(text) for text in texts):
        raise ValueError(f"answered a label with characters that cannot be stored: {label!r}")
    if not 0 <= label.confidence <= 1:  # also refuses NaN
        raise ValueError(f"answered a label with a confidence outside 0 to 1: {label!r}")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def accept_engagement(answer: object, _: Given, origin: PluginInfo) -> Engagement:
    """Take an engagement, and sign it when the plugin did not."""
    return _signed(_instance(answer, Engagement), origin)


def accept_case_id(answer: object, given: Given, _: PluginInfo) -> object:
    """Take the id of one of the candidates."""
    _, candidates = given
    if answer not in {case.id for case in candidates}:
        raise ValueError(f"answered {answer!r}, which is none of the candidates")
    return answer


def accept_assignment(answer: object, given: Given, origin: PluginInfo) -> Assignment:
    """Take a declared queue, and sign the assignment when the plugin did not."""
    assignment = _instance(answer, Assignment)
    queues: Mapping[str, object] = given[2]
    if assignment.queue not in queues:
        near = ", ".join(get_close_matches(assignment.queue, queues)) or ", ".join(queues)
        raise ValueError(f"answered queue {assignment.queue!r}, which is not declared; {near} is")
    return _signed(assignment, origin)


def accept_targets(answer: object, _: Given, origin: PluginInfo) -> SlaTargets:
    """Take targets, and sign them when the plugin did not."""
    from scskit.core.sla import SlaTargets  # noqa: PLC0415

    return _signed(_instance(answer, SlaTargets), origin)


def accept_drafts(answer: object, _: Given, origin: PluginInfo) -> tuple[Draft, ...]:
    """Take drafts, and sign those that name nobody."""
    from scskit.core.reply import Draft  # noqa: PLC0415

    drafts = _all_instances(answer, Draft)
    return tuple(draft if draft.by else evolve(draft, by=origin.name) for draft in drafts)


def accept_violations(answer: object, _: Given, __: PluginInfo) -> tuple[Violation, ...]:
    """Take violations."""
    from scskit.core.reply import Violation  # noqa: PLC0415

    return _all_instances(answer, Violation)


def accept_receipt(answer: object, _: Given, __: PluginInfo) -> DeliveryReceipt:
    """Take a receipt."""
    from scskit.core.reply import DeliveryReceipt  # noqa: PLC0415

    return _instance(answer, DeliveryReceipt)


def accept_yes_or_no(answer: object, _: Given, __: PluginInfo) -> bool:
    """Take yes or no."""
    return _instance(answer, bool)


def accept_nothing(answer: object, _: Given, __: PluginInfo) -> None:
    """Take anything but something to wait for: that would never run."""
    if isawaitable(answer):
        raise TypeError("answered something to await; hooks are called, never awaited")


ACCEPT: Mapping[str, Accept] = {
    "scskit_connectors": accept_connectors,
    "scskit_crm_syncs": accept_crm_syncs,
    "scskit_identify": accept_match,
    "scskit_classify": accept_labels,
    "scskit_engage": accept_engagement,
    "scskit_match_case": accept_case_id,
    "scskit_route": accept_assignment,
    "scskit_sla": accept_targets,
    "scskit_suggest_reply": accept_drafts,
    "scskit_check_reply": accept_violations,
    "scskit_deliver": accept_receipt,
    "scskit_deliver_code": accept_yes_or_no,
    "scskit_verify_identity": accept_yes_or_no,
    "scskit_on_events": accept_nothing,
}
