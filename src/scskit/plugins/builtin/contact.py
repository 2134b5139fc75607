"""What kind of contact a message is: request, query, complaint, claim, praise, brand mention.

Cues are words and pairs of words, ours, short, English and Spanish. A strong cue weighs 2, a weak
one 1; a kind needs 2. Complaints come before praise, so that "thanks for losing my bag" is one.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from scskit.core.triage import Label, Labels
from scskit.plugins.builtin.tally import Tally
from scskit.plugins.builtin.text import listed, split
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scskit.core.interaction import Message
    from scskit.core.policy import Policy
    from scskit.plugins.builtin.text import Reader, Text

SOURCE = "contact-type"
ENOUGH = 2
CONFIDENCE = {"claim": 0.7, "complaint": 0.6, "query": 0.6, "request": 0.5, "praise": 0.6}

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
    "delays|didn't|disconnected|doesn't|down|error|every|fix|forever|frustrated|"
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
KINDS = ("claim", "complaint", "query", "request", "praise")


def _key(cue: str) -> Cue:
    words = split(cue.lower())
    return words[0] if len(words) == 1 else (words[0], words[1])


def _cues(claim_words: Sequence[str]) -> Iterator[tuple[Cue, str, int]]:
    for kind, cues, weight in (
        ("claim", CLAIM, 2),
        ("complaint", COMPLAINT_STRONG, 2),
        ("complaint", COMPLAINT_WEAK, 1),
        ("query", QUESTION, 1),
        ("request", REQUEST_STRONG, 2),
        ("request", REQUEST_WEAK, 1),
        ("praise", PRAISE_STRONG, 2),
        ("praise", PRAISE_WEAK, 1),
    ):
        yield from ((_key(cue), kind, weight) for cue in cues.split("|"))
    yield from ((f"#{word}", "complaint", 2) for word in COMPLAINT_STRONG.split("|"))
    yield from ((_key(cue), "claim", 2) for cue in claim_words if split(cue.lower()))


class ContactType:
    """Labels messages with their kind of contact, when the words tell."""

    def __init__(self, policy: Policy, reader: Reader) -> None:
        """Add the policy's claim words to the built-in ones."""
        self._reader = reader
        self._tally = Tally(_cues(policy.triage.claim_words), KINDS)
        self._words = frozenset(cue for cue in self._tally.keys if isinstance(cue, str))
        self._pairs = self._tally.keys - self._words
        # Making a label costs more than finding it again.
        self._said = lru_cache(maxsize=4096)(self._say)

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Label each message with its kind of contact, when that is clear."""
        return [self._classify(text) for text in self._reader.read(interactions)]

    def _classify(self, text: Text) -> Labels:
        tokens = text.tokens
        found: frozenset[Cue] = self._words.intersection(tokens)
        found |= self._pairs.intersection(pairwise(tokens))
        if not found:
            return _mention(tokens)
        kind = self._kind(text, self._tally.count(found))
        return self._said(kind, found) if kind else ()

    def _kind(self, text: Text, count: int) -> str:
        of = self._tally.of
        complaint, praise = of(count, "complaint"), of(count, "praise")
        asking = "?" in text.lower
        if of(count, "claim"):
            return "claim"
        if complaint >= ENOUGH + asking and complaint > praise:
            return "complaint"
        if of(count, "query") and (asking or _asks(text)):
            return "query"
        if of(count, "request") >= ENOUGH:
            return "request"
        kind = praise >= ENOUGH and not complaint and not asking and _meant(text)
        return "praise" if kind else ""

    def _say(self, kind: str, found: frozenset[Cue]) -> Labels:
        cues = [cue for cue in found if self._tally.speaks_for(cue, kind)]
        shown = sorted(cue if isinstance(cue, str) else " ".join(cue) for cue in cues)
        rule = f"words: {', '.join(shown)}"
        return (Label("contact_type", kind, SOURCE, CONFIDENCE[kind], rule),)


def _asks(text: Text) -> bool:
    first = next((token for token in text.tokens if token[0] not in "@#"), "")
    return first in ASKING_FIRST


def _meant(text: Text) -> bool:
    return NOT_MEANT.isdisjoint(text.tokens) and SULKING.isdisjoint(text.lower)


def _mention(tokens: list[str]) -> Labels:
    signs = [token[0] for token in tokens]
    return MENTION if "@" in signs and {"@", "#"}.issuperset(signs) else ()


MENTION = (Label("contact_type", "brand_mention", SOURCE, 0.6, "nothing but handles and tags"),)
