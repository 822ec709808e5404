"""Linking a schedule that exists in PagerDuty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from oncall.shifts import Shift, ShiftSource, ShiftState
from sandbox.pagerduty import Fault, weekly_layer
from services.connections import credentials as connections
from services.destinations.exporting import export_now
from services.kit.errors import FieldErrors
from services.pagerduty import linking
from services.pagerduty.linking import Found, LinkDraft, Linked
from services.rotations.saving import RotationDraft, save_rotation
from services.schedules.creating import list_schedules
from services.schedules.horizon import extend
from services.shifts import confirming
from storage.tables import Destination
from sync.ports import CredentialRefused, Unavailable
from tests.support.service_world import DAY, WEEK, Desk


@dataclass(slots=True)
class Link:
    """A PagerDuty schedule where Alice and Bob take weekly turns, and Eve, whom Slack doesn't know, has two days."""

    desk: Desk
    external_id: str
    connection_id: int
    eve: str
    told: list[tuple[int, int | None]] = field(default_factory=list)

    @property
    def draft(self) -> LinkDraft:
        return LinkDraft(self.connection_id, self.external_id, "Platform", "First")

    async def progress(self, done: int, total: int | None) -> None:
        self.told.append((done, total))

    async def read(self, **options: object) -> Found:
        draft = replace(self.draft, **options)  # type: ignore[arg-type]
        return await linking.read_external(self.desk.house, self.desk.bob, draft, self.progress)

    async def link(self, by_hand: dict[str, str | None] | None = None, **options: object) -> Linked:
        found = await self.read(**options)
        return await linking.link_schedule(self.desk.house, self.desk.bob, found, by_hand or {})

    async def shifts(self, linked: Linked) -> list[Shift]:
        async with self.desk.world.database.read() as tx:
            return await tx.shifts.of_schedule(linked.schedule.id, self.desk.now - 400 * DAY)

    async def destination(self, linked: Linked) -> Destination:
        async with self.desk.world.database.read() as tx:
            row = await tx.destinations.get(linked.destination_id)
        assert row is not None
        return row


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    async with Desk.at() as desk:
        account, now = desk.world.world.account, desk.now
        people = [desk.world.pd_users["UALICE"], desk.world.pd_users["UBOB"]]
        layer = weekly_layer(people, now - 20 * WEEK)
        schedule = account.add_schedule("Search on-call", "Africa/Lagos", layers=[layer])
        eve = account.add_user("Eve", "eve@elsewhere.example").id
        account.create_override(schedule.id, eve, now + 2 * DAY, now + 4 * DAY)
        async with desk.world.database.transaction() as tx:
            row = await tx.destinations.get(desk.world.destination_id)
            assert row is not None
            await tx.connections.set_admins(row.connection_id, ["UALICE", "UBOB"])
        await connections.relist_schedules(desk.house, row.connection_id)
        yield Link(desk, schedule.id, row.connection_id, eve)


async def test_reading_stores_nothing_and_tells_of_each_page(link: Link) -> None:
    found = await link.read()

    assert (found.schedule.name, found.schedule.time_zone) == ("Search on-call", "Africa/Lagos")
    assert [person.name for person in found.unmatched] == ["Eve"]
    assert set(found.matched.values()) == {"UALICE", "UBOB"}
    assert link.told == [(1, None), (2, None), (3, None), (4, None), (5, None), (6, None), (7, 9), (8, 9), (9, 9)]
    assert len(await list_schedules(link.desk.house, link.desk.bob)) == 1


async def test_ninety_days_of_history_and_a_year_ahead_come_in_as_confirmed_imports(link: Link) -> None:
    linked = await link.link()

    shifts = await link.shifts(linked)
    assert {(s.state, s.source) for s in shifts} == {(ShiftState.CONFIRMED, ShiftSource.IMPORT)}
    assert shifts[0].start == link.desk.now - 90 * DAY
    assert shifts[-1].end == link.desk.now + 365 * DAY
    assert [(s.user, s.start, s.end) for s in shifts if s.end > link.desk.now][:3] == [
        ("UALICE", _day(link, 0), _day(link, 2)),
        ("UALICE", _day(link, 4), _day(link, 7)),
        ("UBOB", _day(link, 7), _day(link, 14)),
    ]
    assert linked.shifts == len(shifts)
    assert linked.left_out == ("Eve",)


async def test_the_schedule_is_like_the_one_there(link: Link) -> None:
    linked = await link.link()

    shown = linked.schedule
    assert (shown.name, shown.team, shown.time_zone) == ("Search on-call", "Platform", "Africa/Lagos")
    assert [role.name for role in shown.roles] == ["First"]
    assert {member.user_id for member in shown.assignable} == {"UALICE", "UBOB"}
    assert [member.user_id for member in shown.admins] == ["UBOB"]


async def test_people_are_matched_by_hand(link: Link) -> None:
    linked = await link.link({link.eve: "UZOE"})

    assert linked.left_out == ()
    assert ("UZOE", _day(link, 2), _day(link, 4)) in [(s.user, s.start, s.end) for s in await link.shifts(linked)]
    again = await link.desk.world.engine.reconcile(linked.destination_id)
    assert again is not None
    assert again.unknown == ()


async def test_nobody_is_two_people(link: Link) -> None:
    with pytest.raises(FieldErrors) as refused:
        await link.link({link.eve: "UALICE"})

    assert list(refused.value.fields) == [link.eve]
    assert len(await list_schedules(link.desk.house, link.desk.bob)) == 1


async def test_the_destination_is_paused_and_only_refreshed(link: Link) -> None:
    linked = await link.link()
    before = link.desk.world.writes()

    report = await link.desk.world.engine.reconcile(linked.destination_id)

    assert report is not None
    assert report.status == "paused"
    assert link.desk.world.writes() == before
    assert (await link.destination(linked)).refreshed_at == link.desk.now


async def test_what_came_in_does_not_look_new(link: Link) -> None:
    linked = await link.link()
    async with link.desk.world.database.read() as tx:
        base = await tx.journal.base(linked.destination_id)

    assert [s.users for s in base.segments][:2] == [(link.desk.world.pd_users["UALICE"],)] * 2
    assert base.segments[0].start == link.desk.now


async def test_an_export_starts_the_writing(link: Link) -> None:
    linked = await link.link()
    world = link.desk.world
    link.desk.world.jobs.run = lambda _kind, key: world.engine.reconcile(key)  # type: ignore[method-assign]

    await export_now(link.desk.house, link.desk.bob, linked.destination_id)

    assert (await link.destination(linked)).paused is False
    assert len(world.world.account.overrides(link.external_id, link.desk.now, _day(link, 60))) > 1


async def test_confirming_the_first_assignment_starts_the_writing(link: Link) -> None:
    linked = await link.link()
    await _rotate(link, linked, "UALICE")
    assert (await link.destination(linked)).paused is True

    await confirming.confirm(link.desk.house, link.desk.bob, linked.schedule.id)

    assert (await link.destination(linked)).paused is False


async def test_rotations_propose_over_what_came_in_from_the_chosen_day_on(link: Link) -> None:
    linked = await link.link(assign_from=_day(link, 10))
    await _rotate(link, linked, "UALICE")

    waiting = await confirming.pending(link.desk.house, link.desk.bob, linked.schedule.id)

    assert [(one.start, one.end) for one in waiting][:2] == [
        (_day(link, 2), _day(link, 4)),
        (_day(link, 10), _day(link, 14)),
    ]
    assert waiting[1].replaces == ("UBOB",)


async def test_confirmed_proposals_take_the_place_of_what_came_in(link: Link) -> None:
    linked = await link.link(assign_from=_day(link, 10))
    await _rotate(link, linked, "UALICE")

    await confirming.confirm(link.desk.house, link.desk.bob, linked.schedule.id)

    ahead = [(s.user, s.start, s.end) for s in await link.shifts(linked) if s.end > _day(link, 7)]
    assert ahead[:3] == [
        ("UBOB", _day(link, 7), _day(link, 10)),
        ("UALICE", _day(link, 10), _day(link, 14)),
        ("UALICE", _day(link, 14), _day(link, 21)),
    ]
    again = await extend(link.desk.house, linked.schedule.id)
    assert (again.proposed, again.dropped) == ((), ())


@pytest.mark.parametrize("skip", range(9))
async def test_stopping_half_way_leaves_nothing_half_made(link: Link, skip: int) -> None:
    link.desk.world.world.faults.next(Fault.HTTP_500, times=9, skip=skip)

    with pytest.raises(Unavailable):
        await link.link()

    assert len(await list_schedules(link.desk.house, link.desk.bob)) == 1
    async with link.desk.world.database.read() as tx:
        assert len(await tx.destinations.of_connection(link.connection_id)) == 1


@pytest.mark.parametrize(
    ("options", "field_name"),
    [
        ({"connection_id": None}, "connection_id"),
        ({"connection_id": 77}, "connection_id"),
        ({"external_id": None}, "external_id"),
        ({"team": " "}, "team"),
        ({"role": " "}, "role"),
    ],
)
async def test_each_problem_is_named_at_its_field(link: Link, options: dict[str, object], field_name: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        await link.read(**options)

    assert list(refused.value.fields) == [field_name]


async def test_a_schedule_is_linked_once(link: Link) -> None:
    found = await link.read()
    await linking.link_schedule(link.desk.house, link.desk.bob, found, {})

    with pytest.raises(FieldErrors, match="linked to this schedule already"):
        await linking.link_schedule(link.desk.house, link.desk.bob, found, {})


async def test_an_empty_schedule_is_linked_without_shifts(link: Link) -> None:
    empty = link.desk.world.world.account.add_schedule("Empty", "Etc/UTC")
    await connections.relist_schedules(link.desk.house, link.connection_id)

    linked = await link.link(external_id=empty.id)

    assert (linked.shifts, linked.schedule.assignable) == (0, ())


async def test_a_shift_that_was_known_by_hand_before_needs_no_match_again(link: Link) -> None:
    await link.link({link.eve: "UZOE"})
    other = link.desk.world.world.account.add_schedule("Other", "Etc/UTC")
    link.desk.world.world.account.create_override(other.id, link.eve, _day(link, 1), _day(link, 2))
    await connections.relist_schedules(link.desk.house, link.connection_id)

    found = await link.read(external_id=other.id)

    assert found.matched == {link.eve: "UZOE"}


async def _rotate(link: Link, linked: Linked, *users: str) -> None:
    draft = RotationDraft(
        schedule_id=linked.schedule.id,
        name="Ours",
        role=linked.schedule.roles[0].id,
        members=users,
        first_handoff=link.desk.now.replace(tzinfo=None),
        zone="UTC",
    )
    await save_rotation(link.desk.house, link.desk.bob, draft)


def _day(link: Link, number: float) -> datetime:
    return link.desk.now + number * DAY


async def test_a_shift_based_schedule_is_linked_as_well(link: Link) -> None:
    account = link.desk.world.world.account
    schedule = account.add_shift_schedule("Shifts", "Africa/Lagos")
    account.create_custom_shift(schedule.id, link.desk.world.pd_users["UALICE"], _day(link, 1), _day(link, 2))
    await connections.relist_schedules(link.desk.house, link.connection_id)

    linked = await link.link(external_id=schedule.id)
    report = await link.desk.world.engine.reconcile(linked.destination_id)

    assert [(s.user, s.start, s.end) for s in await link.shifts(linked)] == [("UALICE", _day(link, 1), _day(link, 2))]
    assert report is not None
    assert report.status == "paused"


async def test_a_key_that_may_not_read_any_more_says_so_and_stores_nothing(link: Link) -> None:
    for key in list(link.desk.world.world.account.keys):
        link.desk.world.world.account.revoke_key(key)

    with pytest.raises(CredentialRefused):
        await link.link()

    assert len(await list_schedules(link.desk.house, link.desk.bob)) == 1
