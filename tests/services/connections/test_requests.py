"""Who does not administer a connection asks for one use of it: answered once, good once, and for nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.connections import requests, wishes
from services.connections.requests import Kind, Use
from services.connections.wishes import DestinationWish
from services.kit.errors import NotAllowed, Refusal
from services.kit.house import Actor
from storage.notices import NoticeKind
from tests.support.service_world import Desk


async def asked(desk: Desk) -> requests.Asked:
    """Alice, who administers the schedule and no connection, asks to export its second role."""
    async with desk.house.database.transaction() as tx:
        await tx.connections.set_admins(1, ["UBOB"])
    wish = DestinationWish(desk.id, "https://acme.pagerduty.com/schedules#PNEW", desk.roles[1])
    return await wishes.ask_destination(desk.house, desk.alice, wish)


def use(desk: Desk, external: str = "PNEW") -> Use:
    return Use(Kind.DESTINATION, desk.id, external, desk.roles[1], "authoritative")


async def spend(desk: Desk, actor: Actor, wanted: Use) -> None:
    async with desk.house.database.transaction() as tx:
        connection = await tx.connections.get(1)
        assert connection is not None
        await requests.require_use(tx, actor, connection, wanted, desk.now, spend=True)


async def test_its_admins_get_one_card_however_often_the_same_is_asked(desk: Desk) -> None:
    first, second = await asked(desk), await asked(desk)
    assert (first.admins, first.again) == (("UBOB",), False)
    assert (second.id, second.again) == (first.id, True)
    assert len(await desk.told(NoticeKind.ACCESS)) == 1


async def test_only_an_admin_of_the_connection_answers_and_only_once(desk: Desk) -> None:
    request = await asked(desk)
    with pytest.raises(NotAllowed):
        await requests.allow(desk.house, desk.carol, request.id)
    await requests.allow(desk.house, desk.bob, request.id)
    assert ("access", request.id) in desk.deferred
    with pytest.raises(Refusal, match="allowed this already"):
        await requests.refuse(desk.house, desk.bob, request.id)


async def test_what_was_allowed_is_good_once_and_for_exactly_what_was_asked(desk: Desk) -> None:
    request = await asked(desk)
    granted = desk.actor("UALICE", grant=request.id)
    with pytest.raises(NotAllowed):
        await spend(desk, granted, use(desk))
    await requests.allow(desk.house, desk.bob, request.id)
    with pytest.raises(NotAllowed):
        await spend(desk, granted, use(desk, "PELSE"))
    with pytest.raises(NotAllowed):
        await spend(desk, desk.actor("UCAROL", grant=request.id), use(desk))
    await spend(desk, granted, use(desk))
    with pytest.raises(NotAllowed):
        await spend(desk, granted, use(desk))


async def test_a_request_that_nobody_answered_in_time_lapses(desk: Desk) -> None:
    request = await asked(desk)
    desk.pass_time(requests.LIFE + timedelta(seconds=1))
    with pytest.raises(Refusal, match="lapsed"):
        await requests.allow(desk.house, desk.bob, request.id)
