"""Parts of a desk that are made when they are first used, once, whoever asks at the same time."""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    part = cached_property
else:
    _MAKING = RLock()

    class part(cached_property):  # noqa: N801  it is written like a property
        """A property that is made once; from Python 3.12 on, ``cached_property`` takes no lock."""

        def __get__(self, instance: object, owner: type | None = None) -> Any:  # noqa: ANN401
            """Make it, or wait for who makes it; afterwards it is an attribute of the instance."""
            with _MAKING:
                return super().__get__(instance, owner)
