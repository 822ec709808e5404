"""Instants are stored as SQLAlchemy stores them, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from storage.columns import UtcDateTime

ELSEWHERE = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2026, 1, 2, 3, 4, 5, 7, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=ELSEWHERE),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_sqlite_has_the_text_that_sqlalchemy_would_write_and_reads_it_back(instant: datetime) -> None:
    dialect = sqlite.dialect()
    written = UtcDateTime()._cached_bind_processor(dialect)(instant)
    assert written == sqlite.DATETIME().bind_processor(dialect)(instant.astimezone(UTC).replace(tzinfo=None))
    read = UtcDateTime()._cached_result_processor(dialect, None)(written)
    assert (read, read.tzinfo) == (instant, UTC)


def test_no_instant_is_none_and_one_without_a_zone_is_refused() -> None:
    write = UtcDateTime()._cached_bind_processor(sqlite.dialect())
    assert write(None) is None
    with pytest.raises(ValueError, match="time zone"):
        write(datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None))
