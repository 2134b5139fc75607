"""Standing answers: what a desk says by itself, and when it keeps quiet. Pure.

Only what the desk file asks for is said, and never by a machine to a machine: what is automatic is
not answered, and so many automatic messages in an hour, or in a row, are the end of it until a
person has written. Who asks for a person gets one, and no machine from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from scskit.core.case import Case
from scskit.core.keywords import Keywords
from scskit.core.match import Facts, When
from scskit.core.slots import Slot
from scskit.core.templates import DEFAULT, Template, choose
from scskit.core.wording import ancestry

if TYPE_CHECKING:
    from scskit.core.reply import Draft

Occasion = Literal["acknowledgement", "out_of_hours", "handover", "answer"]

BY = "system:standing"
"""Who says it."""

PERSON = "person"
"""What stands in ``Case.by_hand`` once the customer asked for a person."""

HUMAN_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("human", "real person", "representative", "talk to an agent", "speak to an agent"),
    "es": ("humano", "humana", "persona real", "agente", "operador", "operadora"),
    "pt": ("humano", "humana", "pessoa real", "atendente"),
    "fr": ("humain", "vraie personne", "conseiller", "conseillère"),
    "de": ("mensch", "echte person", "mitarbeiter", "mitarbeiterin"),
    "it": ("umano", "persona reale", "operatore", "operatrice"),
}
"""Words by which people ask for a person, by language; a message is looked through for all."""

MARKS: Mapping[str, str] = {
    DEFAULT: "Automatic message",
    "es": "Mensaje automático",
    "pt": "Mensagem automática",
    "fr": "Message automatique",
    "de": "Automatische Nachricht",
    "it": "Messaggio automatico",
}
"""What stands below everything that is said by itself."""

SLOTS = ("expected", "within", "hours", "opens")
"""What a standing text may tell: until when an answer is due, how long that takes, the opening
hours, and when it opens next."""

TEXTS: Mapping[Occasion, Mapping[str, str]] = {
    "acknowledgement": {
        DEFAULT: "Thank you for your message. You will have an answer by {expected}.",
        "es": "Gracias por su mensaje. Tendrá una respuesta a más tardar el {expected}.",
    },
    "out_of_hours": {
        DEFAULT: "Thank you for your message. We are closed now and open again on {opens}.",
        "es": "Gracias por su mensaje. Ahora está cerrado; volvemos a atender el {opens}.",
    },
    "handover": {
        DEFAULT: "A person will take over from here.",
        "es": "A partir de aquí le atiende una persona.",
    },
}
"""What is said where the desk file gives no words of its own."""


@frozen(kw_only=True)
class StandingText:
    """Something that is said by itself.

    Attributes:
        template: its words by network and language; may have the slots of ``SLOTS``.
        when: about the message and the case.
        visibility: where it is said: ``private``, ``public``, or both.
    """

    template: Template
    when: When = field(factory=When)
    visibility: tuple[str, ...] = ("private",)

    def holds(self, facts: Facts) -> bool:
        """Tell whether it is for a message."""
        return facts.visibility in self.visibility and self.when.matches(facts)


@frozen(kw_only=True)
class AnswerRule:
    """Whose suggestions are answers without anybody looking at them.

    Attributes:
        source: who suggests them, as their ``by`` has it; ``*`` and ``?`` as in file names.
        confidence: how sure of it they have to be, from 0 to 1.
        when: about the message and the case.
        visibility: where they are said.
        name: for the explanation.
    """

    source: str
    confidence: float
    when: When = field(factory=When)
    visibility: tuple[str, ...] = ("private",)
    name: str = ""


@frozen(kw_only=True)
class Handover:
    """What happens when somebody asks for a person.

    Attributes:
        words: by which they do, by language.
        queue: where the case goes; None leaves it where it is.
        text: what is said; None for nothing.
    """

    words: Mapping[str, tuple[str, ...]] = field(factory=lambda: dict(HUMAN_WORDS))
    queue: str | None = None
    text: StandingText | None = None


@frozen(kw_only=True)
class StandingPolicy:
    """What is said by itself.

    Attributes:
        acknowledgement: that a message came, and what it is promised; None for nothing.
        out_of_hours: the same while the brand is not there; None for the acknowledgement.
        answers: whose suggestions are answers.
        handover: what happens when somebody asks for a person.
        marks: what stands below everything that is said by itself, by language or ``default``.
        most_per_hour: so many automatic messages in a conversation and hour.
        most_in_a_row: so many since a person of the brand last wrote.
        fresh: older messages are not answered by themselves.
        talking: while a person of the brand wrote so lately, no message is acknowledged.
    """

    acknowledgement: StandingText | None = None
    out_of_hours: StandingText | None = None
    answers: tuple[AnswerRule, ...] = ()
    handover: Handover = field(factory=Handover)
    marks: Mapping[str, str] = field(factory=lambda: dict(MARKS))
    most_per_hour: int = 3
    most_in_a_row: int = 5
    fresh: timedelta = timedelta(hours=24)
    talking: timedelta = timedelta(hours=8)


@frozen
class Spoken:
    """Something that was said in a case by itself."""

    thread: str
    at: datetime
    purpose: str = "reply"


@frozen(kw_only=True)
class Heard:
    """A customer's message, and all that decides about an answer by itself.

    Attributes:
        text: what it says.
        facts: what is known of it and its case.
        thread: the conversation, by its id.
        posted_at: when it was written.
        automated: a machine wrote it.
        ours: one of the brand's own accounts did.
        case: its case, as it is now.
        said: what was said in the case by itself, and in the one that it follows.
        person_at: when a person of the brand last wrote in the case; None if nobody did.
        now: the present instant.
    """

    text: str
    facts: Facts
    thread: str
    posted_at: datetime
    automated: bool
    ours: bool
    case: Case
    said: Sequence[Spoken]
    person_at: datetime | None
    now: datetime


def asks_for_person(heard: Heard, policy: StandingPolicy) -> str | None:
    """Return the word by which a message asks for a person; None if it does not, or did before."""
    done = PERSON in heard.case.by_hand or heard.case.category == "done"
    if heard.automated or heard.ours or done:
        return None
    words = tuple(word for each in policy.handover.words.values() for word in each)
    return _keywords(words).find(heard.text)


@cache
def _keywords(words: tuple[str, ...]) -> Keywords:
    return Keywords(words)


def keeps_quiet(heard: Heard, policy: StandingPolicy) -> str | None:
    """Say why nothing may be said by itself; None if something may.

    Args:
        heard: the message.
        policy: what is said by itself.
    """
    case = heard.case
    if heard.automated:
        return "a machine wrote it"
    if heard.ours:
        return "one of the brand's own accounts wrote it"
    if case.engagement != "answer" or case.category == "done":
        return "the brand does not answer it"
    if heard.now - heard.posted_at > policy.fresh:
        return "it is too old"
    return _guard(heard, policy)


def _guard(heard: Heard, policy: StandingPolicy) -> str | None:
    """Say why a loop may have begun: other machines do not always say that they are some."""
    here = [one.at for one in heard.said if one.thread == heard.thread]
    hour = [at for at in here if at > heard.now - timedelta(hours=1)]
    if len(hour) >= policy.most_per_hour:
        return f"{len(hour)} automatic messages in the last hour"
    since = heard.person_at
    row = [at for at in here if since is None or at > since]
    if len(row) >= policy.most_in_a_row:
        return f"{len(row)} automatic messages since a person wrote"
    return None


def acknowledges(heard: Heard, policy: StandingPolicy, *, closed: bool) -> Occasion | None:
    """Return what acknowledges a message: once for each time that the customer waits.

    Args:
        heard: the message.
        policy: what is said by itself.
        closed: whether the brand is not there now.

    Returns:
        ``acknowledgement`` or ``out_of_hours``; None for nothing.
    """
    since = heard.person_at
    told = any(
        one.purpose == "acknowledgement" and (since is None or one.at > since) for one in heard.said
    )
    if told or PERSON in heard.case.by_hand:
        return None
    if closed and policy.out_of_hours:
        return "out_of_hours" if policy.out_of_hours.holds(heard.facts) else None
    talking = since is not None and heard.now - since < policy.talking
    text = policy.acknowledgement
    return "acknowledgement" if text and not talking and text.holds(heard.facts) else None


def confident(
    drafts: Iterable[Draft], heard: Heard, policy: StandingPolicy
) -> tuple[Draft, AnswerRule] | None:
    """Return the suggestion that is an answer, with the rule that says so; the surest of them.

    A person who has answered in the case, or was asked for, answers there from then on.
    """
    case, facts = heard.case, heard.facts
    if heard.person_at or case.agent or PERSON in case.by_hand:
        return None
    found = [
        (draft, rule)
        for draft in drafts
        for rule in policy.answers
        if fnmatchcase(draft.by, rule.source)
        and draft.confidence is not None
        and draft.confidence >= rule.confidence
        and facts.visibility in rule.visibility
        and rule.when.matches(facts)
    ]
    return max(found, key=lambda pair: pair[0].confidence or 0.0, default=None)


def marked(text: str, marks: Mapping[str, str], language: str) -> str:
    """Return a text with the words that say that a machine wrote it, once."""
    codes = (*ancestry(language), DEFAULT)
    mark = next((marks[code] for code in codes if code in marks), MARKS[DEFAULT])
    return text if mark.casefold() in text.casefold() else f"{text.rstrip()}\n({mark})"


def standing_template(occasion: Occasion, texts: Mapping[str, str]) -> Template:
    """Make the template of a standing text; it has the slots that its texts name.

    Raises:
        TemplateInvalid: a text names something else, or cannot be read.
    """
    named = {name for name in SLOTS for text in texts.values() if f"{{{name}}}" in text}
    slots = {name: Slot(name=name) for name in sorted(named)}
    return Template(name=f"standing.{occasion}", texts=texts, slots=slots)


def language_of(template: Template, network: str, language: str) -> str:
    """Return the language that a standing text is said in."""
    key = (choose(template, network, language) or "").rpartition("/")[2]
    return template.language if key in {DEFAULT, "*", ""} else key
