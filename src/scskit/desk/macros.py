"""Macros: a reply and what goes with it, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from scskit.core import commands as cmd
from scskit.core import deciding
from scskit.core.case import Note
from scskit.core.outbound import Reply
from scskit.core.records import Writes
from scskit.core.slots import SlotValue
from scskit.desk.admission import repair
from scskit.desk.changes import digest
from scskit.desk.commanding import make_request
from scskit.desk.composing import Composing, told
from scskit.desk.drafting import Wording, require_version
from scskit.desk.permissions import cases, needs, require
from scskit.desk.replying import Replying
from scskit.desk.services import Services

ACTIONS: Mapping[type, str] = {
    cmd.SetReason: "cases.set_reason",
    cmd.SetPriority: "cases.set_priority",
    cmd.Route: "cases.route",
    cmd.Escalate: "cases.escalate",
    cmd.Wait: "cases.wait",
    cmd.Hold: "cases.hold",
    cmd.Snooze: "cases.snooze",
    cmd.Solve: "cases.solve",
    cmd.Dismiss: "cases.dismiss",
}
"""What an actor has to be allowed, for what a macro does to a case."""


class Macros:
    """The command that applies macros."""

    _services: Services
    _run: Callable[..., Reply | None]

    @needs("cases.read", cases("case_id"))
    def apply_macro(  # noqa: PLR0913  what a command has, and what fills the template
        self,
        case_id: str,
        macro: str,
        *,
        by: str,
        because: str = "",
        values: Mapping[str, SlotValue] | None = None,
        expected_version: int | None = None,
    ) -> Reply | None:
        """Apply a macro: submit its reply, change the case, write its note; all of it or nothing.

        Args:
            case_id: the case.
            macro: its name in the desk file.
            by: who.
            because: why; the macro's name unless given.
            values: what fills the slots of its template, by name.
            expected_version: the version of the case that was seen.

        Returns:
            The reply, ``queued`` or ``awaiting_approval``; None where the macro has none.

        Raises:
            NotFound: there is no such case or macro.
            ReplyRefused: something speaks against the reply; then nothing is done at all.
            NotPermitted: the actor may not do one of its steps.
            StaleCase: the case is not as it was seen.
        """

        def work(replying: Replying) -> Reply | None:
            view = replying.view(case_id)
            require_version(view, expected_version)
            place = view.place()
            composing = Composing(self._services)
            applied = composing.from_macro(macro, values or {}, view, place)
            self._require_steps(applied.commands, by, view.accounts)
            reply: Reply | None = None
            if applied.text is not None:
                place = view.place(applied.visibility)
                require(self._services, "replies.submit", by, view.accounts)
                wording = told(applied, Wording(text="", extra={}))
                reply = replying.submit(replying.add(view, place, wording, by), view)
            reason = because or f"macro {macro}"
            for command in applied.commands:
                self._change(replying, case_id, command, by, reason)
            if applied.note:
                self._note(replying, case_id, applied.note, by, reason)
            return reply

        return self._run(work)

    def _require_steps(
        self, steps: tuple[cmd.Command, ...], by: str, accounts: Iterable[str]
    ) -> None:
        for step in steps:
            require(self._services, ACTIONS[type(step)], by, accounts)

    def _change(
        self, replying: Replying, case_id: str, command: cmd.Command, by: str, because: str
    ) -> None:
        view = replying.view(case_id)
        events = deciding.decide(view.case, command, make_request(self._services, by, because))
        if events:
            replying.record(view, events)

    def _note(self, replying: Replying, case_id: str, text: str, by: str, because: str) -> None:
        view = replying.view(case_id)
        now = self._services.clock.now()
        note = Note(
            id=self._services.ids.new(now),
            case_id=view.case.id,
            written_by=repair(by),
            written_at=now,
            text=repair(text),
        )
        command = cmd.AddNote(note.id, digest(note.text))
        events = deciding.decide(view.case, command, make_request(self._services, by, because))
        replying.record(view, events, Writes(notes=[note]))
