"""Why somebody has a shift: what decided, who was next, and who reads what people wrote about their time."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from services.fairness.why import WhyView, explained, why_shift, whys
from services.kit.errors import NotFound
from services.kit.house import Actor
from services.shifts import changing as changes
from storage.tables import WishRow
from tests.services.fairness.table import away, fill
from tests.support.service_world import Desk, refs


async def seen(desk: Desk, actor: Actor, number: int = 0) -> WhyView:
    shift = (await desk.shifts())[number]
    [found] = (await why_shift(desk.house, actor, desk.id, shift.id or 0)).found
    return found


async def wrote(desk: Desk, text: str) -> None:
    """Everybody who entered something gave this reason."""
    async with desk.world.database.transaction() as tx:
        await tx.session.execute(update(WishRow).values(why=text))


async def test_every_shift_that_was_dealt_has_an_answer_with_the_next_two(desk: Desk) -> None:
    await fill(desk)
    await desk.put("UZOE", 2, 4, role=1)

    found = await whys(desk.house, desk.carol, desk.id)

    shifts = [shift for shift in await desk.shifts() if shift.role_id == desk.roles[0]]
    assert await explained(desk.house, desk.carol, desk.id) == {shift.id for shift in shifts}
    assert [(one.start, one.user) for one in found.found] == [(shift.start, shift.user) for shift in shifts]
    assert all(one.proposed and len(one.lines) == 3 and one.dealt.startswith("Dealt ") for one in found.found)
    assert all(f"<@{one.user}> has it" in one.lines[0] for one in found.found)


async def test_who_is_away_is_said_to_all_and_what_for_only_to_admins_and_themselves(desk: Desk) -> None:
    await away(desk, "UBOB", 0, 24)
    await wrote(desk, "Dentist & <more>")
    await fill(desk)

    for actor in (desk.alice, desk.bob, desk.carol):
        assert any("<@UBOB> can't be on call until" in line for line in (await seen(desk, actor)).lines)
    assert (await seen(desk, desk.alice)).reasons == ("<@UBOB> wrote: Dentist &amp; &lt;more&gt;",)
    assert (await seen(desk, desk.bob)).reasons == ("<@UBOB> wrote: Dentist &amp; &lt;more&gt;",)
    assert (await seen(desk, desk.carol)).reasons == ()
    assert "Dentist" not in str(await whys(desk.house, desk.carol, desk.id))


async def test_time_that_nobody_has_says_what_clashes(desk: Desk) -> None:
    for user in ("UALICE", "UBOB"):
        await away(desk, user, 48, 72)
    await wrote(desk, "Wedding")
    await fill(desk, "UALICE", "UBOB")

    [gap] = [one for one in (await whys(desk.house, desk.bob, desk.id)).found if one.user is None]

    assert (gap.start, gap.end) == (desk.world.at(48), desk.world.at(72))
    assert gap.lines == ("Nobody has it. Both members are away then.",)
    assert gap.reasons == ("<@UBOB> wrote: Wedding",), "Alice's is not for Bob"


async def test_a_shift_that_somebody_else_has_by_now_says_so(desk: Desk) -> None:
    await fill(desk)
    await desk.confirm_all()
    first = (await desk.shifts())[0]
    other = next(user for user in ("UALICE", "UBOB") if user != first.user)
    await changes.reassign(desk.house, desk.alice, desk.id, refs(first)[0], other)

    found = await seen(desk, desk.carol)

    assert found.user == other
    assert not found.proposed
    assert f"It was dealt to <@{first.user}>, and was changed since: <@UALICE> gave the shift" in found.changed


async def test_what_was_not_dealt_has_no_answer_and_another_workspace_gets_none(desk: Desk) -> None:
    ref = await desk.put("UBOB", 2, 4)

    assert await explained(desk.house, desk.bob, desk.id) == frozenset()
    with pytest.raises(NotFound):
        await why_shift(desk.house, desk.bob, desk.id, ref.id)
    with pytest.raises(NotFound):
        await whys(desk.house, Actor(desk.workspace + 1, "UALICE", is_workspace_admin=True), desk.id)
