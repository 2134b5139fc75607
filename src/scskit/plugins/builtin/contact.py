"""What kind of contact a message is: request, query, complaint, claim, praise, brand mention.

Cues are words and pairs of words, ours, short, English and Spanish. A strong cue weighs 2, a weak
one 1; a kind needs 2. Complaints come before praise, so that "thanks for losing my bag" is one.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from scskit.core.triage import Label, Labels
from scskit.plugins.builtin.text import listed, split
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scskit.core.interaction import Message
    from scskit.core.policy import Policy
    from scskit.plugins.builtin.text import Reader, Text

SOURCE = "contact-type"
ENOUGH = 2

CLAIM = (
    "attorney|compensation|lawsuit|lawyer|ombudsman|sue|suing|formal complaint|legal action|"
    "small claims|abogado|abogados|condusef|demandar|denuncia|denunciar|indecopi|indemnización|"
    "indemnizacion|profeco|reclamación|reclamacion|reclamaciones|superfinanciera"
)
COMPLAINT_STRONG = (
    "absurd|appalling|atrocious|awful|complaint|delayed|disappointed|disappointing|disgrace|"
    "disgraceful|disgusted|disgusting|fail|failed|furious|garbage|horrendous|horrible|"
    "incompetence|incompetent|inexcusable|infuriating|joke|liars|lousy|outrageous|overcharged|"
    "pathetic|pissed|poor|ridiculous|ripped|rude|scam|screwed|shame|shitty|stranded|suck|sucks|"
    "terrible|unacceptable|unhelpful|unprofessional|useless|worst|an hour|at all|being charged|"
    "cancelled my|canceled my|doesn't work|for nothing|for ruining|for losing|for wasting|"
    "for cancelling|for canceling|for delaying|for ignoring|for breaking|hung up|lost my|"
    "never again|never flying|no answer|no response|no service|no reply|not acceptable|"
    "not working|nothing works|on hold|ripped off|still haven't|still no|still waiting|"
    "won't work|"
    "abuso|asco|basura|decepción|decepcionante|estafa|estafadores|fatal|horrible|inaceptable|"
    "incompetentes|indignante|ineptos|ladrones|lamentable|malísima|malísimo|mentirosos|mierda|"
    "peor|porquería|pésima|pésimas|pésimo|pésimos|pesima|pesimo|queja|quejas|roban|robando|"
    "robaron|robo|terrible|vergonzoso|vergüenza|verguenza|llevo esperando|mal servicio|"
    "nadie contesta|nadie responde|ninguna respuesta|no contestan|no funciona|no responden|"
    "no sirve|por arruinar|por cancelar|por hacerme|por ignorar|por perder|sigo esperando|"
    "sin respuesta|una burla"
)
COMPLAINT_WEAK = (
    "again|agents|annoying|bad|broken|canceled|cancelled|can't|charged|couldn't|damaged|delay|"
    "delays|didn't|disconnected|doesn't|down|error|every|fix|flightled|forever|frustrated|"
    "frustrating|hour|hours|hrs|issue|issues|late|lost|minutes|missed|missing|mistake|never|"
    "nobody|nothing|outage|problem|problems|refused|slow|stuck|stupid|told|twice|unable|waited|"
    "waiting|wasted|weeks|why|won't|worse|wrong|been waiting|no one|"
    "aún|bloqueada|bloqueado|caída|caído|cancelado|cancelaron|cobran|cobraron|cobro|demora|error|"
    "espera|esperando|falla|fallas|fallo|horas|mal|mala|malo|meses|nadie|nunca|perdida|perdieron|"
    "problema|problemas|retraso|semanas|sigue|siguen|tampoco|todavía|no aparece|no llega|no me|"
    "no puedo|por qué|ya basta"
)
QUESTION = (
    "any|are|can|could|did|do|does|has|have|how|is|may|should|what|what's|when|where|which|who|"
    "will|would|cómo|como|cuál|cuándo|cuando|cuánto|cuanto|cuántos|dónde|donde|hay|puede|pueden|"
    "puedo|quién|qué|que|saben|será|se puede|tienen"
)
ASKING_FIRST = listed("how what when where which who cómo cuándo dónde cuál quién")
REQUEST_STRONG = (
    "can you|can someone|could you|dm me|call me|help me|i need|i want|i'd like|i would like|"
    "need help|please help|please send|please dm|please fix|please let|please call|please advise|"
    "would like|ayúdenme|ayudenme|necesito|podrían|podrian|quisiera|solicito|me ayudan|"
    "me pueden|pueden ayudarme|por favor|porfavor|necesitamos"
)
REQUEST_WEAK = "assist|assistance|help|need|please|pls|plz|want|ayuda|ayudar|favor|quiero"
PRAISE_STRONG = (
    "amazing|appreciated|awesome|best|brilliant|excellent|exceptional|fantastic|impressed|"
    "incredible|kudos|love|loved|loving|outstanding|perfect|superb|wonderful|good job|great job|"
    "great service|great flight|great experience|great crew|great customer|great work|shout out|"
    "thank you|well done|agradezco|buenísima|buenísimo|encanta|encantó|enhorabuena|excelente|"
    "fantástico|felicidades|felicitaciones|genial|maravilla|maravilloso|perfecto|buen servicio|"
    "gran servicio|buena atención|gran atención|mejor banco|muy amables|muy buen|muy buena"
)
PRAISE_WEAK = (
    "appreciate|cool|fast|friendly|glad|good|great|happy|helpful|kind|nice|pleasant|pleased|quick|"
    "smooth|thank|thanks|thx|amable|amables|bueno|buena|gracias|gracia|rápida|rápido|bien"
)
NOT_MEANT = listed(
    "ain't aren't but didn't don't except hardly if isn't never no not nope rather should unless "
    "until wasn't without wish would yet ni nunca no ojalá pero si sin tampoco"
)
"""Words beside which kind ones may not be meant, or not be all."""

SULKING = frozenset("🙄😒😡😠🤬😤👎😑💩🤡😾😞😩😫")


Cue = str | tuple[str, str]
Weights = dict[str, int]


class ContactType:
    """Labels messages with their kind of contact, when the words tell."""

    def __init__(self, policy: Policy, reader: Reader) -> None:
        """Add the policy's claim words to the built-in ones."""
        self._reader = reader
        self._weights: dict[Cue, list[tuple[str, int]]] = {}
        for kind, cues, weight in (
            ("claim", [*CLAIM.split("|"), *policy.triage.claim_words], 2),
            ("complaint", COMPLAINT_STRONG.split("|"), 2),
            ("complaint", COMPLAINT_WEAK.split("|"), 1),
            ("query", QUESTION.split("|"), 1),
            ("request", REQUEST_STRONG.split("|"), 2),
            ("request", REQUEST_WEAK.split("|"), 1),
            ("praise", PRAISE_STRONG.split("|"), 2),
            ("praise", PRAISE_WEAK.split("|"), 1),
        ):
            for cue in cues:
                self._weights.setdefault(_key(cue), []).append((kind, weight))
        for word in COMPLAINT_STRONG.split("|"):
            self._weights.setdefault(f"#{word}", []).append(("complaint", 2))
        self._words = frozenset(cue for cue in self._weights if isinstance(cue, str))
        self._pairs = frozenset(cue for cue in self._weights if isinstance(cue, tuple))

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Label each message with its kind of contact, when that is clear."""
        return [self._classify(text) for text in self._reader.read(interactions)]

    def _classify(self, text: Text) -> Labels:
        tokens, vocabulary = text.tokens, text.vocabulary
        found: list[Cue] = [*(vocabulary & self._words)]
        found += self._pairs.intersection(pairwise(tokens))
        if not found:
            return _mention(text)
        weights: Weights = {}
        for cue in found:
            for kind, weight in self._weights[cue]:
                weights[kind] = weights.get(kind, 0) + weight
        kind, confidence = _kind(text, weights)
        return self._label(kind, confidence, found) if kind else ()

    def _label(self, kind: str, confidence: float, found: list[Cue]) -> Labels:
        shown = sorted(
            cue if isinstance(cue, str) else " ".join(cue)
            for cue in found
            if any(kind == of for of, _ in self._weights[cue])
        )
        return (Label("contact_type", kind, SOURCE, confidence, f"words: {', '.join(shown)}"),)


def _kind(text: Text, weights: Weights) -> tuple[str, float]:
    asking = "?" in text.lower
    weight = weights.get
    if weight("claim"):
        return "claim", 0.7
    if weight("complaint", 0) >= ENOUGH + asking and weight("complaint", 0) > weight("praise", 0):
        return "complaint", 0.6
    if weight("query") and (asking or _asks(text)):
        return "query", 0.6
    if weight("request", 0) >= ENOUGH:
        return "request", 0.5
    kind = weight("praise", 0) >= ENOUGH and not weight("complaint")
    if kind and not asking and _meant(text):
        return "praise", 0.6
    return "", 0.0


def _key(cue: str) -> Cue:
    words = split(cue.lower())
    return words[0] if len(words) == 1 else (words[0], words[1])


def _asks(text: Text) -> bool:
    first = next((token for token in text.tokens if token[0] not in "@#"), "")
    return first in ASKING_FIRST


def _meant(text: Text) -> bool:
    return text.vocabulary.isdisjoint(NOT_MEANT) and SULKING.isdisjoint(text.lower)


def _mention(text: Text) -> Labels:
    tokens = text.tokens
    if tokens and all(token[0] in "@#" for token in tokens) and any(t[0] == "@" for t in tokens):
        return MENTION
    return ()


MENTION = (Label("contact_type", "brand_mention", SOURCE, 0.6, "nothing but handles and tags"),)
