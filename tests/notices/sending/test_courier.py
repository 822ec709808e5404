"""Emptying the outbox: taken, sent, settled; tried again; given up and told to an admin, once."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from notices.deciding.items import item
from notices.deciding.topics import Method
from notices.sending.courier import BEGIN_WITHIN, DEADLINE, Courier
from notices.sending.senders import AT_ONCE, Busy, Failed, Notice, Outcome, Patience, Sent
from storage.notices import FANOUT, NoticeKind
from storage.repositories.outbox import Outbox
from storage.tables import OutboxItem
from tests.support.notice_house import Kept, NoticeHouse

PACED = Patience((timedelta(seconds=5), timedelta(seconds=60)), timedelta(hours=1), pace=timedelta(seconds=1))


async def put(house: NoticeHouse, *targets: str, schedule: int | None = None, kind: str = "reminder") -> None:
    async with house.database.transaction() as tx:
        await tx.outbox.put(
            item(
                house.workspace,
                kind,
                f"{number}",
                Method.SLACK,
                target,
                {"schedule_id": schedule, "text": str(number)},
                house.clock.now(),
            )
            for number, target in enumerate(targets)
        )


async def states(house: NoticeHouse) -> list[tuple[str, int]]:
    return [(row.state, row.attempts) for row in await house.items("slack")]


async def test_what_is_due_is_sent_once(house: NoticeHouse) -> None:
    sender = Kept(outcome=Sent("C1/1.2"))
    await put(house, "C1", "C2", "C3")
    courier = house.courier(slack=sender)
    assert await courier.deliver(Method.SLACK) is None
    await courier.deliver(Method.SLACK)
    assert sorted(n.target for n in sender.sent) == ["C1", "C2", "C3"]
    assert await states(house) == [("sent", 1)] * 3
    assert (await house.items("slack"))[0].receipt == "C1/1.2"


async def test_one_target_gets_one_notice_a_second_in_order(house: NoticeHouse) -> None:
    sender = Kept(patience=PACED)
    await put(house, "C1", "C1", "C1", "C2")
    courier = house.courier(slack=sender)
    wake = await courier.deliver(Method.SLACK)
    assert [n.payload["text"] for n in sender.sent] == ["0", "3"]
    while wake is not None:
        house.clock.at = wake
        wake = await courier.deliver(Method.SLACK)
    assert [n.payload["text"] for n in sender.sent] == ["0", "3", "1", "2"]
    assert house.clock.now() == house.hours(0) + timedelta(seconds=2)


async def test_a_busy_receiver_is_waited_for_and_that_is_no_failure(house: NoticeHouse) -> None:
    sender = Kept(outcome=Busy(timedelta(seconds=30)))
    await put(house, "C1")
    courier = house.courier(slack=sender)
    wake = await courier.deliver(Method.SLACK)
    assert wake == house.clock.now() + timedelta(seconds=30)
    assert await states(house) == [("pending", 0)]
    await put(house, "C1", "C2")
    await courier.deliver(Method.SLACK)
    assert len(sender.sent) == 1
    sender.outcome = Sent()
    house.clock.pass_(seconds=30)
    await courier.deliver(Method.SLACK)
    assert await states(house) == [("sent", 1)] * 2


async def test_failures_are_tried_again_after_growing_pauses_until_patience_ends(house: NoticeHouse) -> None:
    sender = Kept(patience=PACED, outcome=Failed("unreachable", "Nobody there."))
    await put(house, "C1")
    courier = house.courier(slack=sender)
    instants = []
    wake = await courier.deliver(Method.SLACK)
    while wake is not None:
        instants.append((wake - house.clock.now()).total_seconds())
        house.clock.at = wake
        wake = await courier.deliver(Method.SLACK)
    assert instants[:3] == [5, 60, 60]
    assert house.clock.now() - house.hours(0) <= PACED.give_up
    assert (await states(house))[0][0] == "dead"


async def test_what_nobody_settled_is_sent_again_after_its_deadline(house: NoticeHouse) -> None:
    await put(house, "C1")
    hanging = Hanging()
    task = asyncio.create_task(house.courier(slack=hanging).deliver(Method.SLACK))
    await hanging.called.wait()
    assert await states(house) == [("sending", 1)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    sender = Kept()
    courier = house.courier(slack=sender)
    wake = await courier.deliver(Method.SLACK)
    assert sender.sent == []
    assert wake == house.clock.now() + DEADLINE
    house.clock.at = wake + timedelta(seconds=1)
    await courier.deliver(Method.SLACK)
    assert await states(house) == [("sent", 2)]
    assert len(sender.sent) == 1


class Hanging:
    """A sender whose receiver never answers."""

    patience = PACED

    def __init__(self) -> None:
        self.called = asyncio.Event()

    async def send(self, notice: Notice) -> Outcome:
        self.called.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_two_couriers_share_an_outbox_without_sending_twice(house: NoticeHouse) -> None:
    sender = Kept()
    await put(house, *(f"C{n}" for n in range(80)))
    couriers = [house.courier(slack=sender) for _ in range(3)]
    await asyncio.gather(*(courier.deliver(Method.SLACK) for courier in couriers))
    assert len(sender.sent) == len({n.id for n in sender.sent}) == 80


class Slow:
    """A sender that answers when it is told to."""

    patience = PACED

    def __init__(self, outcome: Outcome) -> None:
        self.called, self.answer = asyncio.Event(), asyncio.Event()
        self.outcome = outcome

    async def send(self, notice: Notice) -> Outcome:
        self.called.set()
        await self.answer.wait()
        return self.outcome


async def test_what_takes_long_to_be_sent_is_not_taken_for_lost(house: NoticeHouse) -> None:
    await put(house, "C1")
    slow, quick = Slow(Sent("C1/1")), Kept()
    working = asyncio.create_task(house.courier(slack=slow).deliver(Method.SLACK))
    await slow.called.wait()
    for _ in range(4):
        house.clock.at += DEADLINE / 2
        await until(lambda: said_anew(house))
        await house.courier(slack=quick).deliver(Method.SLACK)
    slow.answer.set()
    await working
    assert await states(house) == [("sent", 1)]
    assert quick.sent == []


async def said_anew(house: NoticeHouse) -> bool:
    [taken] = await house.items("slack")
    return taken.deadline == house.clock.now() + DEADLINE


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await met():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_failure_that_comes_back_after_the_deadline_changes_nothing_any_more(house: NoticeHouse) -> None:
    await put(house, "C1")
    slow, quick = Slow(Failed("unreachable", "Nobody there.")), Kept()
    late = asyncio.create_task(house.courier(slack=slow).deliver(Method.SLACK))
    await slow.called.wait()
    house.clock.at += DEADLINE + timedelta(seconds=1)
    await house.courier(slack=quick).deliver(Method.SLACK)
    slow.answer.set()
    await late
    assert await states(house) == [("sent", 2)]
    assert len(quick.sent) == 1


async def test_an_answer_that_comes_after_the_deadline_keeps_it_from_being_sent_again(house: NoticeHouse) -> None:
    await put(house, "C1")
    slow, quick = Slow(Sent("C1/1")), Kept()
    late = asyncio.create_task(house.courier(slack=slow).deliver(Method.SLACK))
    await slow.called.wait()
    house.clock.at += DEADLINE + timedelta(seconds=1)
    slow.answer.set()
    await late
    await house.courier(slack=quick).deliver(Method.SLACK)
    assert quick.sent == []


async def test_an_outcome_that_could_not_be_written_down_is_written_down_later(
    house: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(house, "C1", "C2")
    sender = Kept(patience=PACED)
    courier = house.courier(slack=sender)

    async def locked(*_: object) -> None:
        raise OSError("the database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "arrived", locked)
        with pytest.raises(OSError, match="locked"):
            await courier.deliver(Method.SLACK)
    assert await states(house) == [("sending", 1)] * 2
    await courier.deliver(Method.SLACK)
    assert await states(house) == [("sent", 1)] * 2
    assert len(sender.sent) == 2
    house.clock.pass_(seconds=1)
    await put(house, "C8", "C9", "C1")
    await courier.deliver(Method.SLACK)
    assert [notice.target for notice in sender.sent].count("C1") == 2


async def test_what_was_taken_and_could_not_be_begun_is_given_back_when_it_stops(house: NoticeHouse) -> None:
    await put(house, *(f"C{number}" for number in range(AT_ONCE + 10)))
    slow = Slow(Sent())
    courier = house.courier(slack=slow)
    working = asyncio.create_task(courier.deliver(Method.SLACK))
    await slow.called.wait()
    courier.close()
    slow.answer.set()
    await working
    found = sorted(await states(house))
    assert found == [("pending", 0)] * 10 + [("sent", 1)] * AT_ONCE


async def test_what_waited_too_long_for_its_turn_is_given_back_untouched(house: NoticeHouse) -> None:
    await put(house, *(f"C{number}" for number in range(AT_ONCE + 1)))
    slow = Slow(Sent())
    courier = house.courier(slack=slow)
    working = asyncio.create_task(courier.deliver(Method.SLACK))
    await slow.called.wait()
    house.clock.at += BEGIN_WITHIN + timedelta(seconds=1)
    slow.answer.set()
    await working
    assert await states(house) == [("sent", 1)] * (AT_ONCE + 1)


async def test_no_more_calls_are_under_way_than_a_sender_wants(house: NoticeHouse) -> None:
    await put(house, *(f"C{number}" for number in range(20)))
    counting = Counting(Patience((timedelta(seconds=5),), timedelta(hours=1), at_once=3))
    await house.courier(slack=counting).deliver(Method.SLACK)
    assert counting.most == 3
    assert await states(house) == [("sent", 1)] * 20


class Counting:
    """A sender that notes how many calls are under way."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.now = self.most = 0

    async def send(self, notice: Notice) -> Outcome:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        self.now -= 1
        return Sent()


async def test_a_busy_workspace_is_spared_what_was_taken_already(house: NoticeHouse) -> None:
    await put(house, *(f"C{number}" for number in range(AT_ONCE * 3)))
    sender = Kept(outcome=Busy(timedelta(seconds=30)))
    wake = await house.courier(slack=sender).deliver(Method.SLACK)
    assert len(sender.sent) <= AT_ONCE
    assert wake == house.clock.now() + timedelta(seconds=30)
    assert set(await states(house)) == {("pending", 0)}


class Broken:
    """A sender with a mistake in it."""

    patience = PACED

    async def send(self, notice: Notice) -> Outcome:
        raise RuntimeError("oh")


async def test_a_mistake_in_a_sender_holds_up_nothing_and_is_tried_again(house: NoticeHouse) -> None:
    await put(house, "C1")
    await house.courier(slack=Broken()).deliver(Method.SLACK)
    assert await states(house) == [("pending", 1)]


@pytest.mark.parametrize("times", [1, 3])
async def test_a_final_failure_is_told_to_the_schedules_admins_once(house: NoticeHouse, times: int) -> None:
    schedule = await house.add_schedule(admins=("UALICE", "UDANA"))
    sender = Kept(outcome=Failed("is_archived", "The channel is archived.", final=True))
    await put(house, *["COPS"] * times, schedule=schedule)
    await house.courier(slack=sender).deliver(Method.SLACK)
    assert await states(house) == [("dead", 1)] * times
    (told,) = await house.items(FANOUT, kind=NoticeKind.UNDELIVERED)
    assert (told.payload["target"], told.payload["reason"]) == ("COPS", "The channel is archived.")
    await house.split(email=True)
    complaints = await house.items(kind=NoticeKind.UNDELIVERED, state="pending")
    assert [(row.method, row.target) for row in complaints] == [
        ("slack", "UALICE"),
        ("email", "UALICE"),
        ("slack", "UDANA"),
        ("email", "UDANA"),
    ]


async def test_a_complaint_that_fails_is_not_complained_about(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    sender = Kept(outcome=Failed("token_revoked", "Install Baton again.", final=True))
    await put(house, "UALICE", schedule=schedule, kind=NoticeKind.UNDELIVERED)
    await house.courier(slack=sender).deliver(Method.SLACK)
    assert await house.items(FANOUT) == []


async def test_a_channel_that_is_chosen_later_is_complained_about_by_itself(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    sender = Kept(outcome=Failed("is_archived", "The channel is archived.", final=True))
    await put(house, "C1", "C2", schedule=schedule)
    await house.courier(slack=sender).deliver(Method.SLACK)
    assert len(await house.items(FANOUT, kind=NoticeKind.UNDELIVERED)) == 2


async def test_old_notices_are_forgotten_and_open_ones_are_not(house: NoticeHouse) -> None:
    await put(house, "C1", "C2")
    async with house.database.transaction() as tx:
        first = (await house.items("slack"))[0]
        await tx.outbox.settle(first.id, state="sent")
        await tx.outbox.forget_before(house.clock.now() + timedelta(days=1))
    assert [row.target for row in await house.items("slack")] == ["C2"]
    assert isinstance(first, OutboxItem)


async def handed(house: NoticeHouse, courier: Courier, *targets: str, first: int) -> set[Method]:
    """Put notices into the outbox by the courier; returns what is begun by that."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await courier.put(
            tx,
            [
                item(house.workspace, "reminder", f"{number}", Method.SLACK, target, {"text": str(number)}, now)
                for number, target in enumerate(targets, first)
            ],
        )
    return courier.committed(tx)


async def test_what_is_put_in_goes_at_once_but_overtakes_nothing_and_keeps_the_pace(house: NoticeHouse) -> None:
    sender = Kept(patience=PACED)
    await put(house, "C1")
    courier = house.courier(slack=sender)
    assert await handed(house, courier, "C1", "C2", "C2", "C3", first=1) == {Method.SLACK}
    assert await states(house) == [("pending", 0), ("sending", 1), ("sending", 1), ("pending", 0), ("pending", 0)]
    await courier.deliver(Method.SLACK)
    assert [notice.payload["text"] for notice in sender.sent] == ["2", "4", "0"]
    assert await handed(house, courier, "C3", first=5) == set()
    house.clock.pass_(seconds=1)
    await courier.deliver(Method.SLACK)
    assert sorted(notice.payload["text"] for notice in sender.sent[3:]) == ["1", "3", "5"]


async def test_what_was_put_in_by_a_transaction_that_failed_is_not_begun(house: NoticeHouse) -> None:
    sender = Kept()
    courier = house.courier(slack=sender)
    with suppress(ZeroDivisionError):
        async with house.database.transaction() as tx:
            await courier.put(tx, [item(house.workspace, "reminder", "1", Method.SLACK, "C1", {}, house.clock.now())])
            raise ZeroDivisionError
    await courier.deliver(Method.SLACK)
    assert (sender.sent, await states(house)) == ([], [])


async def test_one_that_is_closed_takes_nothing_that_is_put_in(house: NoticeHouse) -> None:
    courier = house.courier(slack=Kept())
    courier.close()
    assert await handed(house, courier, "C1", first=1) == set()
    assert await states(house) == [("pending", 0)]
