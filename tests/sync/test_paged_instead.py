"""Where a shift was left unassigned here and PagerDuty pages somebody else all the same, the status names them."""

from __future__ import annotations

from sync.core.model import Mode
from tests.support.engine_house import engine_world


async def test_the_person_of_the_layer_is_named() -> None:
    async with engine_world(layers=True) as world:
        await world.assign("UALICE", 24, 72)
        await world.reconcile()
        await world.decide(None, 30, 34)
        report = await world.reconcile()
        assert world.shows(30, 34) == [(30, 34, "UCAROL")]
        assert "PagerDuty pages Carol where nobody is on call here" in report.reason
        assert "PagerDuty pages Carol" in (await world.status())[1]


async def test_nothing_is_said_once_somebody_is_put_there() -> None:
    async with engine_world(layers=True) as world:
        await world.assign("UALICE", 24, 72)
        await world.decide(None, 30, 34)
        await world.reconcile()
        await world.decide("UBOB", 30, 34)
        assert (await world.reconcile()).reason == "All confirmed shifts are exported."


async def test_somebody_whom_slack_does_not_know_is_named_as_pagerduty_does() -> None:
    async with engine_world(mode=Mode.AUTHORITATIVE) as world:
        world.pd_users["UMALLORY"] = world.world.account.add_user("Mallory", "mallory@elsewhere.example").id
        await world.assign("UALICE", 24, 72)
        await world.decide(None, 30, 34)
        await world.reconcile()
        world.human_override("UMALLORY", 30, 34)
        report = await world.reconcile()
        assert "PagerDuty pages Mallory" in report.reason
        requests = len(world.world.log)
        await world.reconcile()
        assert len(world.world.log) == requests + 1


async def test_nobody_beneath_is_nothing_to_say() -> None:
    async with engine_world() as world:
        await world.assign("UALICE", 24, 72)
        await world.decide(None, 30, 34)
        assert (await world.reconcile()).reason == "All confirmed shifts are exported."


async def test_who_is_paged_is_named_also_beside_somebody_whom_pagerduty_does_not_know() -> None:
    async with engine_world(layers=True) as world:
        await world.assign("UALICE", 24, 72)
        await world.decide(None, 30, 34)
        await world.assign("UZOE", 80, 84)
        reason = (await world.reconcile()).reason
        assert "PagerDuty knows nobody with the e-mail address" in reason
        assert reason.endswith("/oncall assign puts somebody there.")
        assert "PagerDuty pages Carol where nobody is on call here" in reason
