"""What an agent did not want."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class Refusal:
    """An agent who declined a case, or let the offer of it expire, and when."""

    agent: str
    at: datetime
