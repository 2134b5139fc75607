"""Keeping the garbage collector from counting the objects of a batch again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage_left() -> Iterator[None]:
    """Let garbage lie until the end of the block.

    A batch makes tens of thousands of objects that live as long as it does, and none in a cycle:
    the collector would go through all of them several times, for up to a fifth of the batch's
    time, and find nothing. Where the host has switched the collector off, it stays off.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
