"""structlog over the stdlib logger ``scskit``: silent until the host configures logging."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import structlog

_LOGGER = logging.getLogger("scskit")
_LOGGER.addHandler(logging.NullHandler())


class Log:
    """Writes lines of ``key=value`` to the stdlib logger ``scskit``.

    A line that the logger's level does not let through costs one question. structlog is loaded
    with the first line that somebody wants.
    """

    def __init__(self, **context: object) -> None:
        """Say ``context`` with every line."""
        self._context = context

    def info(self, event: str, **more: object) -> None:
        """Write what happened, for whoever follows closely."""
        if _LOGGER.isEnabledFor(logging.INFO):
            _structlog().info(event, **self._context, **more)

    def warning(self, event: str, **more: object) -> None:
        """Write what somebody should look at."""
        if _LOGGER.isEnabledFor(logging.WARNING):
            _structlog().warning(event, **self._context, **more)


@cache
def _structlog() -> structlog.stdlib.BoundLogger:
    import structlog  # noqa: PLC0415  it is a fifth of what opening a desk takes

    logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        _LOGGER,
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return logger
