"""What a reply says: words, a template or a macro, in the brand's voice, cut to the channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from scskit.core.agent import Agent
from scskit.core.channel import Channel
from scskit.core.errors import NotFound, ReplyRefused
from scskit.core.interaction import Attachment, Visibility
from scskit.core.macros import Applied, apply
from scskit.core.network_templates import prepare
from scskit.core.outbound import Reply
from scskit.core.reply import Violation
from scskit.core.slots import SlotValue
from scskit.core.templates import Rendered, render
from scskit.core.voice import Position, check, signature, voice_of
from scskit.desk.drafting import Cut, Wording
from scskit.desk.places import CaseView, Place
from scskit.desk.services import Services

SETTLED_BY_CUTTING = frozenset({"length", "too-long", "channel.length"})
"""What connectors call a text that is longer than one message may be."""


@frozen
class Composing:
    """Makes the words of replies."""

    services: Services

    def from_template(
        self,
        name: str,
        values: Mapping[str, SlotValue],
        view: CaseView,
        place: Place,
        wording: Wording,
    ) -> Wording:
        """Fill a template in: one of the brand's, or one that the network has approved.

        Raises:
            NotFound: there is no such template.
            ReplyRefused: it cannot be used here, or a slot is not filled as it must be.
        """
        policy = self.services.policy
        if name in policy.templates:
            made = render(
                policy.templates[name],
                self._network(place.account),
                view.case.language or "",
                values,
                place.visibility,
                view.assurance_for(place.answered),
            )
        elif name in policy.network_templates:
            made = self._approved(name, values, view, place)
        else:
            there = ", ".join((*policy.templates, *policy.network_templates)) or "none"
            message = f"there is no template {name!r}; there is: {there}"
            raise NotFound(message)
        return evolve(
            wording,
            text=made.text,
            extra={**wording.extra, **made.extra},
            template=f"{made.template}@{made.version}",
        )

    def from_macro(
        self, name: str, values: Mapping[str, SlotValue], view: CaseView, place: Place
    ) -> Applied:
        """Work out what a macro comes to.

        Raises:
            NotFound: there is no such macro.
            ReplyRefused: its template cannot be used here.
        """
        policy = self.services.policy
        if name not in policy.macros:
            message = f"there is no macro {name!r}; there is: {', '.join(policy.macros) or 'none'}"
            raise NotFound(message)
        return apply(
            policy.macros[name],
            policy,
            network=self._network(place.account),
            language=view.case.language or "",
            visibility=place.visibility,
            assurance=view.assurance_for(place.answered),
            now=self.services.clock.now(),
            values=values,
        )

    def ending(self, reply: Reply, view: CaseView) -> str:
        """Return what a reply is signed with; nothing for what a machine says, or a form."""
        voice = voice_of(self.services.policy.voice, reply.account_id)
        kind, _, name = reply.by.partition(":")
        if voice is None or reply.automated or reply.extra or kind != "agent" or not name:
            return ""
        agent = self.services.policy.agents.get(name) or Agent(name=name)
        return signature(agent, voice, _position(reply, view))

    def against_voice(self, reply: Reply, view: CaseView) -> Iterator[Violation]:
        """Yield what in a reply is not in the brand's voice."""
        voice = voice_of(self.services.policy.voice, reply.account_id)
        if voice is not None and not reply.extra:
            yield from check(reply.text, voice, view.case.language or "")

    def against_channel(self, reply: Reply, ending: str) -> Iterator[Violation]:
        """Yield why a reply cannot be cut into what the channel takes."""
        channel = self.channel(reply)
        if channel.attachments is not None and reply.attachments:
            each = evolve(channel.attachments, most=max(channel.attachments.most, 1))
            for attachment in reply.attachments:
                yield from each.check((attachment,))
            if channel.attachments.most == 0:
                yield from channel.attachments.check(reply.attachments)
        try:
            self.cut(reply, ending)
        except ReplyRefused as refused:
            yield from (v for v in refused.violations if isinstance(v, Violation))

    def cut(self, reply: Reply, ending: str) -> Sequence[Cut]:
        """Return the text and media of each part, in the order in which they leave.

        Raises:
            ReplyRefused: its text is too long and may not be cut.
        """
        if reply.extra:
            return ((reply.text, reply.attachments),)
        channel = self.channel(reply)
        groups = _groups(reply.attachments, channel)
        if not groups:
            return _texts(channel, reply.text, ending)
        if not reply.text.strip():
            return [("", group) for group in groups]
        whole = reply.text.rstrip() + ending
        room = channel.text.room(media=True)
        if room is None or channel.text.measure(whole) <= room:
            first, *rest = groups
            return [(whole, first), *(("", group) for group in rest)]
        return [*_texts(channel, reply.text, ending), *(("", group) for group in groups)]

    def channel(self, reply: Reply) -> Channel:
        """Return what may be said where a reply goes."""
        return self.channel_of(reply.account_id, reply.visibility)

    def channel_of(self, account_id: str, visibility: Visibility) -> Channel:
        """Return what may be said through an account, in public or in private."""
        spec = self.services.registry.connectors.get(self._network(account_id))
        return Channel() if spec is None else spec.channel(account_id, visibility)

    def _network(self, account_id: str) -> str:
        account = self.services.account(account_id)
        return account.network if account else ""

    def _approved(
        self, name: str, values: Mapping[str, SlotValue], view: CaseView, place: Place
    ) -> Rendered:
        template = self.services.policy.network_templates[name]
        network = self._network(place.account)
        if template.network != network or place.visibility != "private":
            message = f"Template {name!r} is for private messages on {template.network}."
            raise ReplyRefused([Violation("template.network", message, "templates")])
        return prepare(template, values, view.assurance_for(place.answered))


def _texts(channel: Channel, text: str, ending: str) -> list[Cut]:
    return [(part.text, ()) for part in channel.text.parts(text, ending=ending)]


def _groups(attachments: Sequence[Attachment], channel: Channel) -> list[tuple[Attachment, ...]]:
    """Return media in groups that go with one message each."""
    most = channel.attachments.most if channel.attachments else len(attachments)
    size = max(most, 1)
    return [tuple(attachments[n : n + size]) for n in range(0, len(attachments), size)]


def _position(reply: Reply, view: CaseView) -> Position:
    """Return where a reply stands in its conversation, as far as anybody knows by now."""
    first = not any(m.direction == "outbound" and not m.automated for m in view.messages)
    last = reply.purpose == "closing"
    if first:
        return "only" if last else "first"
    return "last" if last else "middle"


def told(applied: Applied, wording: Wording) -> Wording:
    """Return the words that a macro comes to."""
    template = f"{applied.template}@{applied.version}" if applied.template else ""
    extra: dict[str, Any] = {**wording.extra, **applied.extra}
    return evolve(wording, text=applied.text or "", extra=extra, template=template)
