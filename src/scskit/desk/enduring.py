"""Waiting for a database that cannot be reached just now, with what is known nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from scskit.core.errors import Refused, StoreError
from scskit.desk.services import Services

if TYPE_CHECKING:
    from tenacity import Retrying

T = TypeVar("T")

AT_MOST = 60
"""Seconds; a server that restarts is back before."""


def enduring(services: Services, work: Callable[[], T]) -> T:
    """Do something again for as long as the store cannot be reached.

    Args:
        services: the desk's; inside a transaction of the host, nothing is tried again.
        work: changes nothing when it is done twice.

    Raises:
        StoreError: the store was away for too long, or refuses a value.
    """
    try:
        return work()
    except StoreError as error:
        if services.bound or isinstance(error, Refused):
            raise
        services.log.warning("waiting for the store", reason=str(error))
        result: T = _retrying()(work)
        return result


def _retrying() -> Retrying:
    import tenacity  # noqa: PLC0415  stores can mostly be reached

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(StoreError)
        & tenacity.retry_if_not_exception_type(Refused),
        wait=tenacity.wait_random_exponential(multiplier=0.05, max=2),
        stop=tenacity.stop_after_delay(AT_MOST),
        reraise=True,
    )
