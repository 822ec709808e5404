"""Random weeks of a schedule: whatever people do in whatever order, some things always hold."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import time, timedelta

from oncall.shifts import Shift, ShiftState
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.kit.errors import Refusal
from services.kit.permissions import Access
from services.people import members
from services.people.members import MemberDraft
from services.rotations import saving as rotations
from services.schedules import horizon
from services.shifts import changing as changes
from services.shifts import confirming
from services.shifts.assigning import AssignDraft, assign_shift
from services.shifts.changing import SwapDraft
from services.shifts.each_change import ShiftRef
from tests.support.histories import histories
from tests.support.service_world import DAY, HOUR, Desk, refs

STEPS = 40
DEEDS = (
    *("rotate", "rotate", "end", "confirm", "confirm", "take", "swap", "early"),
    *("leave", "ask", "cover", "assign", "reassign", "member", "wait", "wait"),
)
USERS = ("UALICE", "UBOB", "UCAROL", "UZOE")


@dataclass(slots=True)
class History:
    """Does one thing after the other to a desk; a refusal is an answer like any other."""

    desk: Desk
    dice: random.Random
    refused: int = 0
    done: dict[str, int] = field(default_factory=dict[str, int])

    async def step(self) -> None:
        name = self.dice.choice(DEEDS)
        before = await self.desk.shifts(ShiftState.CONFIRMED)
        try:
            await getattr(self, name)()
        except Refusal:
            self.refused += 1
        else:
            self.done[name] = self.done.get(name, 0) + 1
        if name in ("rotate", "end", "member", "wait"):
            kept = await self.desk.shifts(ShiftState.CONFIRMED)
            assert kept == before, f"{name} moved a confirmed shift"
        await self.check()

    async def check(self) -> None:
        shifts = await self.desk.shifts()
        for role in self.desk.roles:
            own = sorted((s for s in shifts if s.role_id == role), key=lambda shift: shift.start)
            for left, right in itertools.pairwise(own):
                assert left.end <= right.start, f"{left} overlaps {right}"
        await horizon.extend(self.desk.house, self.desk.id)
        again = await horizon.extend(self.desk.house, self.desk.id)
        assert again == horizon.Extended(), "extending twice is not the same as once"

    async def rotate(self) -> None:
        known = await rotations.list_rotations(self.desk.house, self.desk.alice, self.desk.id)
        daily = self.dice.random() < 0.5
        backup = self.dice.random() < 0.4
        draft = self.desk.draft(
            *self.dice.sample(USERS, self.dice.randint(1, 4)),
            name=f"R{self.dice.randint(0, 99)}",
            role=self.desk.roles[0] if backup else self.dice.choice(self.desk.roles),
            every=self.dice.randint(1, 3),
            unit=self.dice.choice(["days", "weeks"]),
            first_handoff=(self.desk.now + self.dice.randint(-9, 9) * DAY).replace(tzinfo=None),
            opens=time(self.dice.randint(0, 23)) if daily else None,
            closes=time(self.dice.randint(0, 23), 30) if daily else None,
            backup=1 if backup else None,
            backup_role=self.desk.roles[1] if backup else None,
            since=self.desk.now + self.dice.randint(0, 9) * DAY if self.dice.random() < 0.3 else None,
            rotation_id=self.dice.choice(known).id if known and self.dice.random() < 0.7 else None,
        )
        await rotations.save_rotation(self.desk.house, self.desk.alice, draft)

    async def end(self) -> None:
        known = await rotations.list_rotations(self.desk.house, self.desk.alice, self.desk.id)
        if known and self.dice.random() < 0.3:
            await rotations.end_rotation(self.desk.house, self.desk.alice, self.desk.id, self.dice.choice(known).id)

    async def confirm(self) -> None:
        waiting = await self.desk.shifts(ShiftState.PROPOSED)
        chosen = self.dice.sample(waiting, self.dice.randint(0, len(waiting)))
        await confirming.confirm(self.desk.house, self.desk.alice, self.desk.id, refs(*chosen))

    async def take(self) -> None:
        actor = self.desk.actor(self.dice.choice(USERS))
        await changes.take(self.desk.house, actor, self.desk.id, await self._shift())

    async def swap(self) -> None:
        draft = SwapDraft(self.desk.id, await self._shift(), await self._shift())
        await changes.swap(self.desk.house, self.desk.alice, draft)

    async def early(self) -> None:
        at = self.desk.now + self.dice.randint(0, 200) * HOUR
        await changes.end_early(self.desk.house, self.desk.alice, self.desk.id, await self._shift(), at)

    async def leave(self) -> None:
        if self.dice.random() < 0.3:
            await changes.leave_unassigned(self.desk.house, self.desk.alice, self.desk.id, await self._shift())

    async def ask(self) -> None:
        await cover.ask(self.desk.house, self.desk.alice, CoverDraft(self.desk.id, await self._shift()))

    async def cover(self) -> None:
        waiting = await cover.open_requests(self.desk.house, self.desk.alice, self.desk.id)
        if waiting:
            actor = self.desk.actor(self.dice.choice(USERS))
            await cover.take(self.desk.house, actor, self.dice.choice(waiting).id)

    async def assign(self) -> None:
        start = self.desk.now + self.dice.randint(0, 400) * HOUR
        length = self.dice.randint(1, 60) * HOUR
        draft = AssignDraft(self.desk.id, self.dice.choice(self.desk.roles), self._user(), start, start + length)
        await assign_shift(self.desk.house, self.desk.alice, draft)

    async def reassign(self) -> None:
        await changes.reassign(self.desk.house, self.desk.alice, self.desk.id, await self._shift(), self._user())

    async def member(self) -> None:
        assignable = self.dice.random() < 0.7
        draft = MemberDraft(self.dice.choice(USERS[1:]), Access.MEMBER, assignable=assignable)
        await members.change_member(self.desk.house, self.desk.alice, self.desk.id, draft)

    async def wait(self) -> None:
        self.desk.pass_time(timedelta(hours=self.dice.randint(1, 100)))

    def _user(self) -> str:
        return self.dice.choice(USERS)

    async def _shift(self) -> ShiftRef:
        ahead = [shift for shift in await self.desk.shifts() if shift.end > self.desk.now]
        return refs(self.dice.choice(ahead))[0] if ahead else ShiftRef(999_999, 1)


@histories(8)
async def test_no_history_makes_two_people_share_a_role_or_moves_what_is_confirmed(desk: Desk, seed: int) -> None:
    history = History(desk, random.Random(seed))

    for _ in range(STEPS):
        await history.step()

    assert sum(history.done.values()) > STEPS / 3


async def test_everybody_on_call_by_a_rotation_is_assignable(desk: Desk) -> None:
    history = History(desk, random.Random(99))
    for _ in range(STEPS):
        await history.step()
        await history.member()
        proposed: list[Shift] = await desk.shifts(ShiftState.PROPOSED)
        async with desk.world.database.read() as tx:
            assignable = {m.user_id for m in await tx.schedules.members(desk.id) if m.assignable}
        by_rotation = {shift.user for shift in proposed if shift.source == "rotation" and shift.user}
        assert by_rotation <= assignable
