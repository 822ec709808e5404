"""Keeping SQLite from an index that would read much where another one leaves little.

SQLite has no statistics of Baton's. Where few rows are wanted in the order of their ids, it takes the table in that
order and looks at each; of two indexes it takes the one whose column is compared for equality, though nearly all rows
be equal. A column in an expression has no index.
"""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute

T = TypeVar("T")


def few(column: InstrumentedAttribute[T] | ColumnElement[T]) -> ColumnElement[T]:
    """The column, where another condition leaves few rows; sorts and compares as ``column`` does."""
    return func.coalesce(column, column)
