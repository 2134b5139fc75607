"""The feed: every committed event of the tenant, in one order, none skipped and none twice."""

from __future__ import annotations

from scskit.core.records import FeedPage
from scskit.desk.permissions import shows
from scskit.desk.services import Services


class Feed:
    """Reads events with a cursor."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services

    @shows("feed.read")
    def read(
        self,
        after: str | int = "",
        limit: int = 100,
        *,
        by: str | None = None,  # noqa: ARG002  for shows()
    ) -> FeedPage:
        """Return the next events.

        Args:
            after: the ``cursor`` of the page before, or the ``position`` of an event; empty
                begins at the first event. Keep it where you keep what you made of the events.
            limit: how many at most.
            by: who asks; None for the host itself.

        Returns:
            The events, oldest first, and the cursor for the next call. A page without events
            means that there is nothing new; its cursor is ``after``.

        Raises:
            ValueError: ``after`` is not a position, or ``limit`` is below 1.
        """
        if limit < 1:
            message = f"limit: found {limit}, expected at least 1"
            raise ValueError(message)
        return self._services.store.feed(str(after), limit)
