"""What every event says."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from scskit.core.ids import CaseId


@frozen(kw_only=True, slots=False)
class Event:
    """What every event says.

    Attributes:
        case_id: the case it happened to.
        at: when it happened (for imported history, the true time).
        by: who did it: ``agent:ana``, ``customer``, ``brand``, ``system:intake`` ...
        because: the reason given, in words or a code.
    """

    type: ClassVar[str] = ""
    schema: ClassVar[int] = 1

    case_id: CaseId
    at: datetime
    by: str = "system"
    because: str = ""
