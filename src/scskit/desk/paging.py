"""Pages: nothing is found by loading everything."""

from __future__ import annotations

from typing import Final

LARGEST_PAGE: Final = 1000
"""Of what is found in pages, at most so much at once."""


def require_page(limit: int) -> None:
    """Check how much somebody wants at once.

    Raises:
        ValueError: nothing, or more than ``LARGEST_PAGE``.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        message = f"limit: found {limit}, expected 1 to {LARGEST_PAGE}"
        raise ValueError(message)
