"""A fake X: for tests in process, and for harnesses over HTTP (``scskit fake twitter``).

``server`` is the network, ``people`` the words of scenarios. ``posting``, ``lookups``,
``timelines``, ``direct``, ``media``, ``hooks``, ``subscribing``, ``streaming`` and ``tokens`` hold
the operations; ``events`` says what is pushed. Nothing but tests imports it.
"""

from __future__ import annotations

from scskit_twitter.fake.people import Account, Article, Customer, Letter
from scskit_twitter.fake.server import FakeX

__all__ = ["Account", "Article", "Customer", "FakeX", "Letter"]
