"""Keys of external accounts: tried before they are kept, sealed, and replaced by those who administer them."""

from __future__ import annotations

import pytest

from services.connections import credentials
from services.connections.drafts import ConnectionDraft
from services.kit.errors import FieldErrors, NotAllowed
from services.kit.house import Standing
from tests.support.service_world import Desk


async def save(desk: Desk, user: str, draft: ConnectionDraft) -> credentials.ConnectionView:
    actor = desk.actor(user)
    return await credentials.save_connection(
        desk.house, actor, await credentials.try_credentials(desk.house, actor, draft)
    )


async def sealed(desk: Desk, connection_id: int) -> str:
    async with desk.house.database.read() as tx:
        row = await tx.connections.get(connection_id)
        assert row is not None
        return row.secret


async def test_a_key_that_works_is_kept_sealed_and_whoever_added_it_administers_it(desk: Desk) -> None:
    account = desk.world.world.add_account("globex")
    account.add_schedule("Checkout", "UTC", layers=[])
    key = account.add_key()

    made = await save(desk, "UALICE", ConnectionDraft("https://Globex.pagerduty.com/schedules", f" {key} "))

    assert made.subdomain == "globex"
    kept = await sealed(desk, made.id)
    assert key not in kept
    assert desk.house.secrets.open(kept) == key
    assert [one.id for one in await credentials.list_connections(desk.house, desk.alice)].count(made.id) == 1
    assert await credentials.list_connections(desk.house, desk.carol) == []
    found = await credentials.search_schedules(desk.house, desk.alice, made.id, "check")
    assert [one.name for one in found] == ["Checkout"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [("", "key"), ("two words", "key"), ("u+0000000000000000000", "key")],
)
async def test_a_key_that_can_not_be_or_is_refused_is_an_error_on_its_field_and_nothing_is_kept(
    desk: Desk, typed: str, field: str
) -> None:
    before = await credentials.list_connections(desk.house, desk.actor("UALICE", is_workspace_admin=True))
    with pytest.raises(FieldErrors) as refused:
        await credentials.try_credentials(desk.house, desk.alice, ConnectionDraft("globex", typed))
    assert list(refused.value.fields) == [field]
    assert typed == "" or typed not in str(refused.value.fields)
    assert before == await credentials.list_connections(desk.house, desk.actor("UALICE", is_workspace_admin=True))


async def test_a_key_of_another_account_is_told_from_the_one_that_was_named(desk: Desk) -> None:
    desk.world.world.add_account("globex")
    other = desk.world.world.add_account("initech")
    other.add_user("Peter", "peter@example.com")  # whose address names the account
    with pytest.raises(FieldErrors) as refused:
        await credentials.try_credentials(desk.house, desk.alice, ConnectionDraft("globex", other.add_key()))
    assert "initech" in refused.value.fields["subdomain"]


async def test_only_its_admins_replace_the_key_of_an_account(desk: Desk) -> None:
    account = desk.world.world.add_account("globex")
    made = await save(desk, "UALICE", ConnectionDraft("globex", account.add_key()))
    before = await sealed(desk, made.id)

    with pytest.raises(FieldErrors) as refused:
        await save(desk, "UBOB", ConnectionDraft("globex", account.add_key()))
    assert "Alice" in refused.value.fields["subdomain"]
    assert await sealed(desk, made.id) == before

    newer = account.add_key()
    again = await save(desk, "UALICE", ConnectionDraft("globex", newer))
    assert again.id == made.id
    assert desk.house.secrets.open(await sealed(desk, made.id)) == newer


async def test_guests_add_no_account(desk: Desk) -> None:
    key = desk.world.world.add_account("globex").add_key()
    guest = desk.actor("UBOB", standing=Standing.GUEST)
    with pytest.raises(NotAllowed):
        await credentials.try_credentials(desk.house, guest, ConnectionDraft("globex", key))
