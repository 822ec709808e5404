"""Who hears what: recipients, their preferences, the channel's switches, and each thing once."""

from typing import Any

import pytest
from sqlalchemy import select

from notices.deciding.fanout import fan_out
from storage.notices import FANOUT, NoticeKind
from storage.tables import ExternalUser, OutboxItem, Person
from tests.support.notice_facts import FACTS, SPAN
from tests.support.notice_house import START, NoticeHouse, account_of

PAST = {"start": "2026-03-01T09:00:00+00:00", "end": SPAN["end"]}


async def tell(house: NoticeHouse, schedule: int, kind: NoticeKind, **more: Any) -> None:
    await house.tell(schedule, kind, "1", **{**FACTS[kind], **more})


async def targets(house: NoticeHouse, *methods: str) -> list[str]:
    return [item.target for item in await house.items(*(methods or ("slack",)))]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (NoticeKind.ON_CALL_SWITCH, ["COPS", "UALICE", "UBOB"]),
        (NoticeKind.SHIFT_CHANGED, ["UALICE", "UBOB"]),
        (NoticeKind.MEMBERSHIP, ["UBOB"]),
        (NoticeKind.ZONE_RULES, ["UALICE", "UDANA", "UBOB"]),
        (NoticeKind.SHIFTS_TO_CONFIRM, ["UALICE", "UDANA"]),
        (NoticeKind.DESTINATION, ["UALICE", "UDANA"]),
        (NoticeKind.IMPORT_CONFLICT, ["UALICE", "UDANA"]),
        (NoticeKind.UNASSIGNED, ["UALICE", "UDANA"]),
        (NoticeKind.BLOCKED, ["UALICE", "UDANA"]),
        (NoticeKind.OLDER_COPY, ["UALICE", "UDANA"]),
        (NoticeKind.COPY_DIFFERS, ["UALICE", "UDANA"]),
        (NoticeKind.UNMAPPED, ["UALICE", "UDANA"]),
        (NoticeKind.GIVEN_AWAY, ["UBOB"]),
        (NoticeKind.MEMBER_GONE, ["UALICE", "UDANA"]),
        (NoticeKind.ADMIN_WANTED, ["UALICE", "UDANA"]),
        (NoticeKind.COVER_REQUESTED, ["COPS", "UBOB", "UCAROL", "UDANA"]),
        (NoticeKind.COVER_PROGRESS, ["UALICE"]),
        (NoticeKind.COVER_STUCK, ["UALICE", "UDANA"]),
        (NoticeKind.COVER_TAKEN, ["UALICE"]),
        (NoticeKind.COVER_WITHDRAWN, ["UALICE"]),
        (NoticeKind.SWAP_REQUESTED, ["UBOB", "UALICE"]),
        (NoticeKind.SWAPPED, ["UALICE"]),
        (NoticeKind.SWAP_CLOSED, ["UALICE"]),
        (NoticeKind.REMINDER, ["UALICE"]),
        (NoticeKind.DIGEST, ["COPS"]),
        (NoticeKind.PROGRESS, ["COPS"]),
        (NoticeKind.UNDELIVERED, ["UALICE", "UDANA"]),
        (NoticeKind.OVERRIDE_REMOVED, []),
    ],
)
async def test_by_default_these_hear_of_it(house: NoticeHouse, kind: NoticeKind, expected: list[str]) -> None:
    schedule = await house.add_schedule(admins=("UALICE", "UDANA"))
    await tell(house, schedule, kind)
    await house.split(email=True)
    assert await targets(house) == expected
    assert [item.state for item in await house.items(FANOUT)] == ["sent"]


async def test_progress_goes_to_who_asked_else_to_the_channel_else_to_the_admins_and_never_by_mail(
    house: NoticeHouse,
) -> None:
    await house.want("UALICE", "destination", "email")
    quiet = await house.add_schedule("Quiet", channel=None, admins=("UALICE", "UDANA"))
    await house.tell(quiet, NoticeKind.PROGRESS, "1", **{**FACTS[NoticeKind.PROGRESS], "asked_by": "UBOB"})
    await house.tell(quiet, NoticeKind.PROGRESS, "2", **FACTS[NoticeKind.PROGRESS])
    await house.split(email=True)
    assert await targets(house, "slack", "email") == ["UBOB", "UALICE", "UDANA"]


async def test_admins_hear_of_every_shift_that_moved_with_the_clocks_and_others_of_their_own(
    house: NoticeHouse,
) -> None:
    schedule = await house.add_schedule(admins=("UALICE",))
    await tell(house, schedule, NoticeKind.ZONE_RULES, moved=[moved("UALICE"), moved("UBOB"), moved("UCAROL")])
    await house.split()
    told = {target: text for _, target, text in await house.told()}
    assert told["UALICE"].startswith("The clocks of America/Vancouver change at other times than was known")
    assert "3 shifts of *Payments* moved with them" in told["UALICE"]
    assert "a shift of yours in *Payments* moved with them" in told["UBOB"]
    assert "by hand" not in told["UBOB"]


def moved(user: str) -> dict[str, Any]:
    return {"role": "Primary", "user": user, **SPAN, "after": [SPAN["start"], SPAN["end"]]}


async def test_a_conflict_reaches_the_people_of_both_sides(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await map_bob(house)
    await tell(house, schedule, NoticeKind.IMPORT_CONFLICT, local="UCAROL", remote="PBOB")
    await house.split()
    assert await targets(house) == ["UALICE", "UCAROL", "UBOB"]
    assert all("There: Bob Smith." in text for _, _, text in await house.told())


async def test_without_a_channel_everybody_who_could_take_it_is_asked_for_cover(house: NoticeHouse) -> None:
    schedule = await house.add_schedule(channel=None)
    await tell(house, schedule, NoticeKind.COVER_REQUESTED)
    await house.split()
    assert await targets(house) == ["UBOB", "UCAROL", "UDANA"]


async def map_bob(house: NoticeHouse) -> None:
    async with house.database.transaction() as tx:
        connection = await tx.connections.add(account_of(house))
        known = {"PBOB": "UBOB", "PALICE": "UALICE"}
        await tx.connections.keep_users(
            ExternalUser(connection_id=connection.id, external_id=pd, user_id=user, seen_at=START)
            for pd, user in known.items()
        )


async def test_a_removed_override_reaches_admins_and_its_owner_by_their_own_choices(house: NoticeHouse) -> None:
    schedule = await house.add_schedule(admins=("UALICE", "UDANA"))
    await map_bob(house)
    await house.want("UALICE", "override_removed", "email")
    await house.want("UBOB", "override_removed", "slack")
    await tell(house, schedule, NoticeKind.OVERRIDE_REMOVED)
    await house.split(email=True)
    assert await targets(house, "slack") == ["UBOB"]
    assert await targets(house, "email") == ["UALICE"]
    texts = {target: text for _, target, text in await house.told()}
    assert texts["UBOB"].startswith("Your override in")
    assert "Bob Smith's override in" in texts["UALICE"]
    assert "Alice Johnson is on call instead" in texts["UALICE"]
    assert "Carol Diaz had made it, not Baton" in texts["UALICE"]


async def test_whoever_an_external_system_calls_oddly_is_recognised(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await map_bob(house)
    async with house.database.transaction() as tx:
        (known,) = [row for row in await tx.session.scalars(select(ExternalUser)) if row.external_id == "PBOB"]
        known.external_id = "bob.smith+oncall@example.com"
    await house.want("UBOB", "override_removed", "slack")
    await tell(house, schedule, NoticeKind.OVERRIDE_REMOVED, external_user="bob.smith+oncall@example.com")
    await house.split()
    assert await targets(house, "slack") == ["UBOB"]


async def test_a_preference_switches_a_topic_off(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.want("UBOB", "on_call_switch", "slack", wanted=False)
    await tell(house, schedule, NoticeKind.ON_CALL_SWITCH)
    await house.split()
    assert await targets(house) == ["COPS", "UALICE"]


async def test_without_a_mail_server_nothing_is_sent_by_email(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.want("UALICE", "reminder", "email")
    await tell(house, schedule, NoticeKind.REMINDER)
    await house.split(email=False)
    assert await targets(house, "email") == []


async def test_a_channel_has_switches_of_its_own(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.settings(schedule, topics={"on_call_switch": False, "shift_changed": True})
    await tell(house, schedule, NoticeKind.ON_CALL_SWITCH)
    await tell(house, schedule, NoticeKind.SHIFT_CHANGED)
    await house.split()
    assert [item.kind for item in await house.items("slack", target="COPS")] == ["shift_changed"]


async def test_gaps_can_be_silenced_for_the_channel(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.settings(schedule, quiet_gaps=True)
    role = FACTS[NoticeKind.ON_CALL_SWITCH]["roles"][0]
    await tell(house, schedule, NoticeKind.ON_CALL_SWITCH, roles=[{**role, "after": []}])
    await house.split()
    assert await targets(house) == ["UALICE"]


async def test_a_change_of_what_runs_already_is_left_to_the_switch(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    change = {"role": "Primary", **PAST, "before": "UALICE", "after": "UBOB"}
    await tell(house, schedule, NoticeKind.SHIFT_CHANGED, changes=[change])
    await house.split()
    assert await targets(house) == []


async def test_nobody_who_has_left_slack_is_written_to(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    async with house.database.transaction() as tx:
        person = await tx.session.get_one(Person, (house.workspace, "UALICE"))
        person.deleted = True
    await tell(house, schedule, NoticeKind.ON_CALL_SWITCH)
    await house.split()
    assert await targets(house) == ["COPS", "UBOB"]


async def test_facts_that_are_split_twice_are_told_once(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await tell(house, schedule, NoticeKind.ON_CALL_SWITCH)
    await house.split()
    async with house.database.transaction() as tx:
        (item,) = await house.items(FANOUT)
        await tx.outbox.settle(item.id, state="pending")
    await house.split()
    assert len(await house.items("slack")) == 3


async def test_facts_that_make_no_sense_hold_up_nothing_else(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.tell(schedule, NoticeKind.REMINDER, "bad", user="UALICE")
    await house.tell(schedule, NoticeKind.DIGEST, "worse", weeks=[{"shifts": "none"}])
    await house.tell(schedule, NoticeKind.ON_CALL_SWITCH, "worst", roles=None)
    await tell(house, schedule, NoticeKind.REMINDER)
    assert await fan_out(house.database, house.clock.now(), email=False) == 4
    assert [item.state for item in await house.items(FANOUT)] == ["dead", "dead", "dead", "sent"]
    assert await targets(house) == ["UALICE"]


async def test_facts_about_a_schedule_that_is_gone_are_done_with(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await tell(house, schedule, NoticeKind.REMINDER)
    async with house.database.transaction() as tx:
        (item,) = await house.items(FANOUT)
        row = await tx.session.get_one(OutboxItem, item.id)
        row.payload = {**row.payload, "schedule_id": 999}
    await house.split()
    assert await house.items("slack") == []


async def test_very_long_keys_stay_apart(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.tell(schedule, NoticeKind.REMINDER, "x" * 250, **FACTS[NoticeKind.REMINDER])
    await house.tell(schedule, NoticeKind.REMINDER, "x" * 249 + "y", **FACTS[NoticeKind.REMINDER])
    await house.split()
    assert len(await house.items("slack")) == 2
