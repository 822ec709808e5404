"""A fresh house per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.notice_house import NoticeHouse, notice_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[NoticeHouse]:
    async with notice_house(tmp_path) as made:
        yield made
