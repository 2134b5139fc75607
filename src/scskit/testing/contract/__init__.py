"""The contract that every connector keeps, as tests; see ``ConnectorContract``."""

from __future__ import annotations

from scskit.testing.contract.acting import Acting
from scskit.testing.contract.answering import Answering
from scskit.testing.contract.diagnosing import Diagnosing
from scskit.testing.contract.listening import Listening
from scskit.testing.contract.parsing import Parsing
from scskit.testing.contract.parts import Answers, Bodies, TextLimit, Window
from scskit.testing.contract.saying import Saying
from scskit.testing.contract.signatures import Signatures
from scskit.testing.contract.taking import Taking
from scskit.testing.contract.telling import Telling


class ConnectorContract(
    Signatures, Parsing, Taking, Listening, Answering, Saying, Acting, Diagnosing, Telling
):
    """What a connector must do for a desk to rely on it.

    Subclass it as ``Test...`` and fill the fixtures ``plugin``, ``settings``, ``sign``, ``bodies``,
    ``outbounds`` and ``answers``; ``limits`` and ``windows`` where the network has some. A check of
    something that the connector does not declare is skipped, with the reason; something declared
    for which the fixtures give nothing fails.
    """


__all__ = ["Answers", "Bodies", "ConnectorContract", "TextLimit", "Window"]
