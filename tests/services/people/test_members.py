"""Who belongs to a schedule."""

from __future__ import annotations

import pytest

from oncall.shifts import ShiftState
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Refusal
from services.kit.permissions import Access
from services.people import directory as people
from services.people import members
from services.people.directory import SlackUser
from services.people.members import MemberDraft
from services.schedules.creating import MemberView, get_schedule
from services.shifts import changing as changes
from storage.notices import NoticeKind
from tests.support.service_world import Desk


async def _member(desk: Desk, user: str) -> MemberView | None:
    shown = await get_schedule(desk.house, desk.alice, desk.id)
    return next((member for member in shown.members if member.user_id == user), None)


async def _slack_says(desk: Desk, user: str, *, deleted: bool) -> int:
    await people.keep(desk.house, desk.workspace, [SlackUser(user, user.lower(), deleted=deleted)])
    return await members.notice_gone(desk.house, desk.workspace, [user])


async def test_somebody_is_added_at_the_end(desk: Desk) -> None:
    await people.keep(desk.house, desk.workspace, [SlackUser("UDAN", "dan")])

    await members.add_member(desk.house, desk.alice, desk.id, MemberDraft("UDAN", Access.VIEWER, assignable=False))

    shown = await get_schedule(desk.house, desk.alice, desk.id)
    assert shown.members[-1] == MemberView("UDAN", "dan", Access.VIEWER, False)


@pytest.mark.parametrize("user", [None, "UNOBODY", "UBOB", "UBOT", "UGONE"])
async def test_only_people_who_are_not_there_yet_are_added(desk: Desk, user: str | None) -> None:
    known = [SlackUser("UBOT", "bot", is_bot=True), SlackUser("UGONE", "gone", deleted=True)]
    await people.keep(desk.house, desk.workspace, known)

    with pytest.raises(FieldErrors) as refused:
        await members.add_member(desk.house, desk.alice, desk.id, MemberDraft(user))

    assert "user_id" in refused.value.fields


async def test_access_is_changed_by_admins(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await members.change_member(desk.house, desk.bob, desk.id, MemberDraft("UBOB", Access.ADMIN))
    await members.change_member(desk.house, desk.alice, desk.id, MemberDraft("UBOB", Access.ADMIN))

    changed = await _member(desk, "UBOB")
    assert changed is not None
    assert changed.access is Access.ADMIN


async def test_the_last_admin_stays_until_there_is_another(desk: Desk) -> None:
    with pytest.raises(Refusal, match="last admin"):
        await members.remove_member(desk.house, desk.alice, desk.id, "UALICE")
    with pytest.raises(Refusal, match="last admin"):
        await members.change_member(desk.house, desk.alice, desk.id, MemberDraft("UALICE", Access.MEMBER))

    await members.change_member(desk.house, desk.alice, desk.id, MemberDraft("UBOB", Access.ADMIN))
    await members.remove_member(desk.house, desk.alice, desk.id, "UALICE")

    assert await _member(desk, "UALICE") is None


async def test_who_leaves_keeps_confirmed_shifts_that_are_listed_and_handed_on(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    await desk.confirm_all()

    left = await members.remove_member(desk.house, desk.alice, desk.id, "UBOB")

    assert left.rotations == ("Weekly",)
    assert [(s.role, s.start) for s in left.shifts] == [
        ("Primary", desk.world.at(168)),
        ("Primary", desk.world.at(3 * 168)),
    ]
    assert [user for user, *_ in await desk.rows()] == ["UALICE", "UBOB", "UALICE", "UBOB", "UALICE"]
    await changes.hand_on(desk.house, desk.alice, desk.id, "UBOB", "UCAROL")
    assert [user for user, *_ in await desk.rows()] == ["UALICE", "UCAROL", "UALICE", "UCAROL", "UALICE"]


async def test_proposals_of_who_leaves_go_to_the_others(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB", "UCAROL")

    await members.remove_member(desk.house, desk.alice, desk.id, "UBOB")

    users = [user for user, *_ in await desk.rows(ShiftState.PROPOSED)]
    assert users == ["UALICE", "UCAROL", "UALICE", "UCAROL", "UALICE"]


async def test_when_the_last_one_leaves_the_rotation_ends(desk: Desk) -> None:
    await desk.rotate("UBOB")

    left = await members.remove_member(desk.house, desk.alice, desk.id, "UBOB")

    assert left.rotations == ("Weekly",)
    assert await desk.rows() == []


async def test_a_backup_pattern_survives_down_to_one_person(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB", "UCAROL", backup=2, backup_role=desk.roles[1])

    for user in ("UCAROL", "UBOB"):
        await members.remove_member(desk.house, desk.alice, desk.id, user)

    assert {user for user, *_ in await desk.rows(role=0)} == {"UALICE"}
    assert await desk.rows(role=1) == []


async def test_who_is_not_there_can_not_be_removed(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await members.remove_member(desk.house, desk.alice, desk.id, "USTRANGER")


async def test_a_deactivated_member_is_flagged_to_the_admins_once(desk: Desk) -> None:
    await desk.put("UBOB", 24, 48)

    flagged = [await _slack_says(desk, "UBOB", deleted=True) for _ in range(2)]

    assert flagged == [1, 0]
    (facts,) = await desk.told(NoticeKind.MEMBER_GONE)
    assert facts["user"] == "UBOB"
    assert [(s["role"], s["start"]) for s in facts["shifts"]] == [("Primary", desk.world.at(24).isoformat())]


async def test_a_deactivated_member_is_not_proposed_any_more(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")

    await _slack_says(desk, "UBOB", deleted=True)

    assert {user for user, *_ in await desk.rows(ShiftState.PROPOSED)} == {"UALICE"}


async def test_who_comes_back_and_leaves_again_is_flagged_again(desk: Desk) -> None:
    for deleted in (True, False, True):
        desk.world.pass_hours(1)
        await _slack_says(desk, "UBOB", deleted=deleted)

    assert len(await desk.told(NoticeKind.MEMBER_GONE)) == 2


async def test_the_daily_reading_of_everybody_notices_as_well(desk: Desk) -> None:
    await people.keep(desk.house, desk.workspace, [SlackUser("UCAROL", "carol", deleted=True)])

    assert await members.notice_gone(desk.house, desk.workspace) == 1
