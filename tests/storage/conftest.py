"""Desks for the tests of the store's promises, closed when a test is over."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from scskit import open_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scskit.desk.desk import Desk


@pytest.fixture
def open_at() -> Iterator[Callable[..., Desk]]:
    """Open desks without installed plugins."""
    with ExitStack() as stack:

        def open_one(url: str, *args: Any, **options: Any) -> Desk:
            return stack.enter_context(open_desk(url, *args, discover=False, **options))

        yield open_one


@pytest.fixture
def desk(database_url: str, open_at: Callable[..., Desk]) -> Desk:
    """Open a desk on an empty database."""
    return open_at(database_url)


@pytest.fixture
def sql() -> Callable[..., list[tuple[Any, ...]]]:
    """Run one statement on a database behind the desk's back, and return its rows."""

    def run(url: str, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement), parameters)
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    return run
