"""What is in a feed, and when it is another one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from oncall.shifts import Shift, ShiftState, assign
from services.feeds.contents import KEPT_FOR, Titles
from services.feeds.serving import NoSuchFeed, Wanted
from services.schedules import archive, editing
from services.schedules.editing import EditDraft
from services.schedules.roles import RoleEdits
from services.shifts import confirming
from storage.tables import Person, ShiftRow
from tests.services.feeds.place import Place, secret_in
from tests.support.service_world import DAY, Desk


async def put_over(desk: Desk, user: str, start: float, end: float, role: int = 0) -> None:
    shift = Shift(desk.roles[role], user, desk.world.at(start), desk.world.at(end))
    async with desk.house.database.transaction() as tx:
        there = await tx.shifts.of_role(shift.role_id, shift.start, shift.end)
        await tx.shifts.apply(desk.id, assign(there, shift), desk.now)


async def test_each_link_has_its_shifts(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", 0, 8)
    await desk.put("UBOB", 8, 16)
    await desk.put("UBOB", 0, 16, role=1)
    assert await place.told(await place.link(desk.bob)) == [
        ("On call: Payments, Secondary", 0, 16),
        ("On call: Payments, Primary", 8, 16),
    ]
    primary = [("Alice – Payments, Primary", 0, 8), ("Bob – Payments, Primary", 8, 16)]
    assert await place.told(await place.link(desk.bob, place.role(0))) == primary
    everything = [primary[0], ("Bob – Payments, Secondary", 0, 16), primary[1]]
    assert await place.told(await place.link(desk.bob, place.whole)) == everything
    emails = await place.told(await place.link(desk.bob, place.role(0)), titles=Titles.EMAIL)
    assert [title for title, _, _ in emails] == ["alice@example.com", "bob@example.com"]


async def test_an_event_says_who_is_backup_and_leads_to_the_channel(place: Place) -> None:
    desk = place.desk
    await desk.set_schedule(channel_id="C42")
    await desk.put("UALICE", 0, 8)
    await desk.put("UBOB", 0, 4, role=1)
    await desk.put("UCAROL", 4, 8, role=1)
    [first] = await place.events(await place.link(desk.alice))
    assert str(first["DESCRIPTION"]).splitlines() == [
        "Primary of Payments: Alice",
        "Backup: Bob, Carol (Secondary)",
        "Channel in Slack: https://slack.com/app_redirect?team=T1&channel=C42",
    ]
    assert str(first["URL"]) == "https://slack.com/app_redirect?team=T1&channel=C42"
    assert str(first["TRANSP"]) == "TRANSPARENT"
    [second] = await place.events(await place.link(desk.bob))
    assert "First in line: Alice (Primary)" in str(second["DESCRIPTION"])


async def test_a_changed_shift_is_the_same_event_with_a_higher_sequence(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", 0, 24)
    link = await place.link(desk.alice)
    [before] = await place.events(link)
    desk.pass_time(timedelta(minutes=5))
    await put_over(desk, "UBOB", 20, 24)
    [after] = await place.events(link)
    assert str(after["UID"]) == str(before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DTSTAMP"].dt == before["DTSTAMP"].dt + timedelta(minutes=5)


async def test_a_shift_that_somebody_else_took_over_is_cancelled_for_thirty_days(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", 1000, 1024)
    alices, bobs = await place.link(desk.alice), await place.link(desk.bob)
    [before] = await place.events(alices)
    await put_over(desk, "UBOB", 1000, 1024)
    [after] = await place.events(alices)
    assert (str(after["UID"]), str(after["STATUS"])) == (str(before["UID"]), "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert str(after["SUMMARY"]) == "Cancelled: On call: Payments, Primary"
    assert await place.told(bobs) == [("On call: Payments, Primary", 1000, 1024)]
    desk.pass_time(KEPT_FOR + DAY)
    assert await place.events(alices) == []


async def test_what_was_put_back_is_not_cancelled(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", 0, 8)
    await put_over(desk, "UBOB", 0, 8)
    await put_over(desk, "UALICE", 0, 4)
    await put_over(desk, "UALICE", 4, 8)
    link = await place.link(desk.alice)
    assert await place.cancelled(link) == []
    assert [title for title, _, _ in await place.cancelled(await place.link(desk.bob))] == [
        "Cancelled: On call: Payments, Primary"
    ]


async def test_proposed_shifts_are_there_where_asked_for_and_then_are_the_same_event(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", 24, 48, state=ShiftState.PROPOSED)
    link = await place.link(desk.alice)
    assert await place.events(link) == []
    [proposed] = await place.events(link, proposed=True)
    assert (str(proposed["STATUS"]), str(proposed["SUMMARY"])) == (
        "TENTATIVE",
        "Proposed: On call: Payments, Primary",
    )
    await confirming.confirm(desk.house, desk.alice, desk.id)
    [confirmed] = await place.events(link)
    assert (str(confirmed["UID"]), str(confirmed["STATUS"])) == (str(proposed["UID"]), "CONFIRMED")


async def test_a_feed_goes_thirty_days_back_and_as_far_ahead_as_there_are_shifts(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", -24 * 40, -24 * 32)
    await desk.put("UALICE", -24 * 20, -24 * 19)
    await desk.put("UALICE", 24 * 300, 24 * 301)
    link = await place.link(desk.alice)
    assert [start for _, start, _ in await place.told(link)] == [-24 * 20, 24 * 300]


async def test_an_archived_schedule_has_nobody_on_call_from_then_on(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", -24, 24)
    await desk.put("UALICE", 24, 48)
    link = await place.link(desk.alice)
    await editing.archive_schedule(desk.house, desk.alice, desk.id)
    assert await place.told(link) == [("On call: Payments, Primary", -24, 0)]
    await archive.restore_schedule(desk.house, desk.alice, desk.id)
    assert len(await place.told(link)) == 2


async def test_a_role_that_was_removed_has_ended(place: Place) -> None:
    desk = place.desk
    await desk.put("UBOB", -24, 24, role=1)
    await desk.put("UBOB", 24, 48, role=1)
    link = await place.link(desk.bob, place.role(1))
    edits = RoleEdits({desk.roles[0]: "Primary", desk.roles[1]: ""})
    await editing.edit_schedule(
        desk.house, desk.alice, EditDraft(desk.id, "Payments", "Europe/Berlin", ["UALICE"], roles=edits)
    )
    assert await place.told(link) == [("Bob – Payments, Secondary", -24, 0)]
    assert await place.cancelled(link) == [("Cancelled: Bob – Payments, Secondary", 24, 48)]


class Statements:
    """What is asked of a database."""

    def __init__(self, desk: Desk) -> None:
        self.seen: list[str] = []
        engine: Any = desk.world.database._inline.engine  # type: ignore[attr-defined]
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.seen.append(statement)


async def test_an_unchanged_feed_is_known_without_a_look_at_any_shift(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", 0, 8)
    for link in (await place.link(desk.alice), await place.link(desk.alice, place.whole)):
        first = await place.get(link)
        desk.pass_time(timedelta(hours=3))
        statements = Statements(desk)
        again = await place.get(link, [first.etag])
        assert (again.body, again.etag) == (None, first.etag)
        assert statements.seen
        assert not [one for one in statements.seen if "FROM shift \n" in one or "cancelled_shift" in one]


async def test_a_feed_is_another_one_when_anything_in_it_is(place: Place) -> None:
    desk, seen = place.desk, list[str]()
    await desk.put("UALICE", 0, 8)
    mine, all_of_it = await place.link(desk.alice), await place.link(desk.alice, place.whole)

    async def has_changed() -> None:
        for link in (mine, all_of_it):
            answer = await place.get(link, seen)
            assert answer.body is not None
            seen.append(answer.etag)

    await has_changed()
    await desk.put("UBOB", 0, 8, role=1)
    await has_changed()
    await desk.set_schedule(name="Billing")
    await has_changed()
    await desk.set_schedule(channel_id="C1")
    await has_changed()
    async with desk.house.database.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.user_id == "UALICE").values(real_name="Alice B."))
    await has_changed()
    desk.pass_time(DAY)
    await has_changed()


async def test_changes_elsewhere_leave_a_feed_as_it_was(place: Place) -> None:
    desk = place.desk
    await desk.put("UALICE", 0, 8)
    first = await place.get(await place.link(desk.alice))
    async with desk.house.database.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.user_id == "UZOE").values(real_name="Zoe B."))
    assert (await place.get(await place.link(desk.alice), [first.etag])).body is None


async def test_somebody_who_was_deactivated_has_no_feed_any_more(place: Place) -> None:
    desk = place.desk
    link = await place.link(desk.bob)
    async with desk.house.database.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.user_id == "UBOB").values(deleted=True))
    with pytest.raises(NoSuchFeed):
        await place.get(link)


async def test_a_secret_that_nobody_has_is_refused_without_a_word_of_why(place: Place) -> None:
    link = await place.link(place.desk.bob)
    good = secret_in(link)
    statements = Statements(place.desk)
    for wrong in ("", "x", good[:-1], good + "A", good.swapcase(), "../" + good[3:], "é" * 43, good[:-1] + "\n"):
        with pytest.raises(NoSuchFeed) as caught:
            await place.feeds.answer(wrong, Wanted())
        assert good not in str(caught.value)
    assert len(statements.seen) <= 2  # only what has the shape of one is looked up


async def test_every_way_of_changing_shifts_says_so(place: Place) -> None:
    """Whatever changes a row of ``shift`` raises the schedule's mark, so that nobody is told of what was."""
    desk = place.desk
    link = await place.link(desk.alice, place.whole)
    await desk.put("UALICE", 0, 8)
    before = (await place.get(link)).etag
    async with desk.house.database.transaction() as tx:
        await tx.shifts.end_running(desk.roles[0], desk.now + timedelta(hours=1))
    assert (await place.get(link)).etag != before
    await desk.put("UBOB", -8, -4, state=ShiftState.PROPOSED)
    before = (await place.get(link)).etag
    async with desk.house.database.transaction() as tx:
        await tx.shifts.forget_proposed(desk.id, desk.now)
    assert (await place.get(link)).etag != before
    async with desk.house.database.read() as tx:
        rows = list(await tx.session.scalars(ShiftRow.__table__.select()))
    assert len(rows) == 1
