"""What all tables have in common: scskit's own metadata, and kinds of columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Row(SQLModel, registry=registry()):
    """Base of every scskit table."""

    # Rows are never validated: no desk waits until pydantic could.
    model_config = {"defer_build": True}


def key(type_: Any = Text) -> Any:
    """Return a column of the primary key."""
    return Field(primary_key=True, sa_type=type_)


def words() -> Any:
    """Return a column of text."""
    return Field(sa_type=Text, nullable=False)


def maybe_words() -> Any:
    """Return a column of text that may be missing."""
    return Field(default=None, sa_type=Text, nullable=True)


def integer() -> Any:
    """Return a column of a whole number."""
    return Field(sa_type=Integer, nullable=False)


def count() -> Any:
    """Return a column of a whole number that begins at 0."""
    return Field(sa_type=Integer, nullable=False, sa_column_kwargs={"server_default": text("0")})


def instant() -> Any:
    """Return a column of an instant."""
    return Field(sa_type=BigInteger, nullable=False)


def maybe_instant() -> Any:
    """Return a column of an instant that may be missing."""
    return Field(default=None, sa_type=BigInteger, nullable=True)
