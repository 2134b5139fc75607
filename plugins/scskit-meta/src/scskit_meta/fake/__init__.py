"""What the fakes of Meta's networks have in common.

``base`` is the network: versions, tokens, errors, usage. ``tokens`` holds who may ask, ``given``
reads what was asked in any of the forms that Meta takes, ``selecting`` and ``paging`` shape what is
answered, ``webhooks`` writes what is pushed, ``operations`` and ``batching`` are what every network
has.
It is loaded by tests and ``scskit fake`` alone; no connector imports it.
"""

from __future__ import annotations

from typing import Any, Final

from scskit.testing.network import Routes
from scskit_meta.fake import batching, operations
from scskit_meta.fake.base import FakeMeta
from scskit_meta.fake.given import Given
from scskit_meta.fake.paging import edge
from scskit_meta.fake.selecting import Field, Node, fields_of, shown
from scskit_meta.fake.times import milliseconds, seconds, time_text
from scskit_meta.fake.tokens import Token, proof_of
from scskit_meta.fake.webhooks import Pushed

routes: Final = Routes[Any](operations.routes, batching.routes)
"""The operations that every network has."""

__all__ = [
    "FakeMeta",
    "Field",
    "Given",
    "Node",
    "Pushed",
    "Token",
    "edge",
    "fields_of",
    "milliseconds",
    "proof_of",
    "routes",
    "seconds",
    "shown",
    "time_text",
]
