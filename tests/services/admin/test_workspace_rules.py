"""Who may make schedules, as admins of the Slack workspace set it."""

from __future__ import annotations

import pytest

from services.admin.workspace_rules import Rules, get_rules, set_rules
from services.kit.errors import FieldErrors, NotAllowed
from services.kit.permissions import Creators, may_create
from tests.support.service_world import Desk


async def makes(desk: Desk, user: str) -> bool:
    async with desk.house.database.read() as tx:
        return await may_create(tx, desk.actor(user))


@pytest.mark.parametrize(
    ("rules", "bob", "carol"),
    [
        (Rules(), True, True),
        (Rules(Creators.LISTED, ("UBOB", "UBOB")), True, False),
        (Rules(Creators.ADMINS), False, False),
    ],
)
async def test_they_are_what_admins_of_the_workspace_set(desk: Desk, rules: Rules, bob: bool, carol: bool) -> None:
    admin = desk.actor("UALICE", is_workspace_admin=True)
    await set_rules(desk.house, admin, rules)
    kept = await get_rules(desk.house, admin)
    assert (kept.creators, set(kept.listed), len(kept.listed)) == (
        rules.creators,
        set(rules.listed),
        len(set(rules.listed)),
    )
    assert (await makes(desk, "UBOB"), await makes(desk, "UCAROL")) == (bob, carol)
    async with desk.house.database.read() as tx:
        assert await may_create(tx, admin)


async def test_nobody_else_sees_or_sets_them_and_a_list_has_somebody_on_it(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await get_rules(desk.house, desk.alice)
    with pytest.raises(NotAllowed):
        await set_rules(desk.house, desk.alice, Rules(Creators.ADMINS))
    admin = desk.actor("UALICE", is_workspace_admin=True)
    with pytest.raises(FieldErrors) as refused:
        await set_rules(desk.house, admin, Rules(Creators.LISTED))
    assert list(refused.value.fields) == ["listed"]
    assert await get_rules(desk.house, admin) == Rules()
