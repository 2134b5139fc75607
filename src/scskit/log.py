"""structlog over the stdlib logger ``scskit``: silent until the host configures logging."""

from __future__ import annotations

import logging

import structlog

logging.getLogger("scskit").addHandler(logging.NullHandler())


def bind(**context: object) -> structlog.stdlib.BoundLogger:
    """Return a logger that says ``context`` with every line.

    Events go to the stdlib logger ``scskit`` as ``key=value`` text, and only those that its level
    lets through are rendered at all.
    """
    logger = structlog.wrap_logger(
        logging.getLogger("scskit"),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    bound: structlog.stdlib.BoundLogger = logger.bind(**context)
    return bound
