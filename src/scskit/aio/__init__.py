"""The desk for asynchronous hosts: the same calls, made in threads, awaited."""

from scskit.aio.desk import AsyncDesk, Opening, open_async_desk
from scskit.aio.parts import (
    AsyncCases,
    AsyncCustomers,
    AsyncFeed,
    AsyncIncidents,
    AsyncIntake,
    AsyncOutbox,
    AsyncPublishing,
    AsyncReplies,
    AsyncWebhooks,
    AsyncWork,
)
from scskit.aio.threads import THREADS

__all__ = [
    "THREADS",
    "AsyncCases",
    "AsyncCustomers",
    "AsyncDesk",
    "AsyncFeed",
    "AsyncIncidents",
    "AsyncIntake",
    "AsyncOutbox",
    "AsyncPublishing",
    "AsyncReplies",
    "AsyncWebhooks",
    "AsyncWork",
    "Opening",
    "open_async_desk",
]
