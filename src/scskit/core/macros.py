"""Macros: what an agent does often, in one step: a reply, and changes to the case.

Pure: a macro says what is to be drafted and which commands follow; who applies it drafts the reply,
carries the commands out one after the other, and writes the note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from attrs import field, frozen

from scskit.core import commands
from scskit.core.case import Priority
from scskit.core.errors import NotFound
from scskit.core.identity import Assurance
from scskit.core.interaction import Visibility
from scskit.core.slots import SlotValue

if TYPE_CHECKING:
    from scskit.core.policy import Policy

Then = Literal["wait", "hold", "snooze", "solve", "dismiss"]
THENS: tuple[Then, ...] = get_args(Then)


@frozen(kw_only=True)
class Macro:
    """A reply and what goes with it.

    Attributes:
        name: unique in the desk.
        title: for people.
        text: what is replied; at most one of this and the next two.
        template: the template that is replied with.
        network_template: the same, of those that a network approved.
        visibility: who can read the reply; None leaves it to who applies the macro.
        reason: the contact reason that the case gets.
        priority: the priority that the case gets.
        queue: the queue that the case is put into.
        escalate: the level or area that is asked to take the case over.
        note: an internal note.
        then: what the case does at the end.
        snooze_for: for how long, with ``snooze``.
        code: why, with ``dismiss``.

    Raises:
        ValueError: it does nothing, or something in it does not go together.
    """

    name: str
    title: str = ""
    text: str | None = None
    template: str | None = None
    network_template: str | None = None
    visibility: Visibility | None = None
    reason: str | None = None
    priority: Priority | None = None
    queue: str | None = None
    escalate: str | None = None
    note: str | None = None
    then: Then | None = None
    snooze_for: timedelta | None = None
    code: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be applied."""
        if self.then == "snooze" and self.snooze_for is None:
            raise ValueError(f"macro {self.name!r}: snooze needs snooze_for")
        if self.then == "dismiss" and not self.code:
            raise ValueError(f"macro {self.name!r}: dismiss needs a code")
        if len(self.replies) > 1:
            raise ValueError(f"macro {self.name!r}: {' and '.join(self.replies)} are two replies")
        if not self.replies and not self.note and not any(_changes(self)) and not self.then:
            raise ValueError(f"macro {self.name!r} does nothing")

    @property
    def replies(self) -> tuple[str, ...]:
        """Which of its keys say what is replied."""
        given = ("text", "template", "network_template")
        return tuple(name for name in given if getattr(self, name) is not None)


@frozen(kw_only=True)
class Applied:
    """What a macro comes to on a case.

    Attributes:
        macro: its name.
        text: what is replied; None when nothing is.
        visibility: who can read it.
        template: the template's name; empty without one.
        version: of that template.
        extra: what only the network understands, for the draft.
        commands: what follows, in order.
        note: an internal note to write; empty for none.
    """

    macro: str
    text: str | None = None
    visibility: Visibility = "public"
    template: str = ""
    version: str = ""
    extra: dict[str, Any] = field(factory=dict)
    commands: tuple[commands.Command, ...] = ()
    note: str = ""


def apply(  # noqa: PLR0913  what templates are told, and the time
    macro: Macro,
    policy: Policy,
    *,
    network: str,
    language: str,
    visibility: Visibility,
    assurance: Assurance,
    now: datetime,
    values: Mapping[str, SlotValue] | None = None,
) -> Applied:
    """Work out what a macro comes to.

    Args:
        macro: the macro.
        policy: where its templates stand.
        network: the network that the reply goes to.
        language: the conversation's language.
        visibility: who can read the reply, where the macro leaves it open.
        assurance: how sure it is who the customer is.
        now: the time that ``snooze_for`` counts from.
        values: what fills the template's slots, by name.

    Raises:
        ReplyRefused: the template cannot be used so; see ``templates.render``.
        NotFound: the policy has no such template.
    """
    public = macro.visibility or visibility
    reply = _reply(macro, policy, network, language, values or {}, public, assurance)
    follow = (*_changes(macro), *_end(macro, now))
    return Applied(macro=macro.name, commands=follow, note=macro.note or "", **reply)


def _reply(  # noqa: PLR0913, PLR0917  what ``apply`` is told about the reply
    macro: Macro,
    policy: Policy,
    network: str,
    language: str,
    values: Mapping[str, SlotValue],
    visibility: Visibility,
    assurance: Assurance,
) -> dict[str, Any]:
    if macro.template is not None:
        from scskit.core.templates import render  # noqa: PLC0415  for macros that have one

        template = _known(policy.templates, macro.template)
        made = render(template, network, language, values, visibility, assurance)
    elif macro.network_template is not None:
        from scskit.core.network_templates import prepare  # noqa: PLC0415  the same

        visibility = "private"
        made = prepare(_known(policy.network_templates, macro.network_template), values, assurance)
    else:
        return {"text": macro.text, "visibility": visibility}
    return {
        "text": made.text,
        "visibility": visibility,
        "template": made.template,
        "version": made.version,
        "extra": made.extra,
    }


def _known(templates: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  either kind of template
    if name not in templates:
        there = ", ".join(templates) or "none"
        raise NotFound(f"there is no template {name!r}; there is: {there}")
    return templates[name]


def _changes(macro: Macro) -> Iterator[commands.Command]:
    if macro.reason is not None:
        yield commands.SetReason(macro.reason)
    if macro.priority is not None:
        yield commands.SetPriority(macro.priority)
    if macro.queue is not None:
        yield commands.Route(macro.queue)
    if macro.escalate is not None:
        yield commands.Escalate(macro.escalate)


def _end(macro: Macro, now: datetime) -> Iterator[commands.Command]:
    if macro.then == "wait":
        yield commands.Wait()
    elif macro.then == "hold":
        yield commands.Hold()
    elif macro.then == "solve":
        yield commands.Solve()
    elif macro.then == "snooze" and macro.snooze_for is not None:
        yield commands.Snooze(now + macro.snooze_for)
    elif macro.then == "dismiss" and macro.code:
        yield commands.Dismiss(macro.code)
