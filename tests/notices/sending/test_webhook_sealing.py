"""Addresses of webhooks carry secrets of their own: sealed at rest, shown without their path."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from bot.reseal import reseal
from notices.sending.webhook_address import address_of, seal_all, shown
from storage.secrets import SecretBox
from tests.support.notice_house import NoticeHouse

SECRET = "https://user:pw@hooks.example.com:8443/T0/B0/very-secret?token=x"


async def stored(house: NoticeHouse, hook: int) -> str:
    async with house.database.read() as tx:
        row = await tx.webhooks.get(hook)
        assert row is not None
        return row.url


async def test_an_address_from_before_is_sealed_once_and_still_used(house: NoticeHouse) -> None:
    hook = await house.add_webhook(SECRET)
    assert await seal_all(house.database, house.secrets) == 1
    assert await seal_all(house.database, house.secrets) == 0
    assert "secret" not in await stored(house, hook)
    async with house.database.read() as tx:
        row = await tx.webhooks.get(hook)
        assert row is not None
        assert address_of(house.secrets, row) == SECRET


async def test_it_goes_along_when_keys_are_changed(house: NoticeHouse) -> None:
    hook = await house.add_webhook(SECRET)
    new = Fernet.generate_key().decode()
    await reseal(house.database, SecretBox([new, house.key]))
    async with house.database.read() as tx:
        row = await tx.webhooks.get(hook)
        assert row is not None
        assert address_of(SecretBox([new]), row) == SECRET


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        (SECRET, "https://hooks.example.com:8443/…"),
        ("https://example.com", "https://example.com"),
        ("https://example.com/?key=x", "https://example.com/…"),
        ("http://[::1]:80/x", "http://[::1]:80/…"),
    ],
)
def test_only_where_it_goes_is_shown(url: str, seen: str) -> None:
    assert shown(url) == seen
