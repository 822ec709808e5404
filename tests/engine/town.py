"""One history's world and what can happen in it; what must never happen is noticed as it happens.

Local edits go through Baton's own storage, human edits straight into PagerDuty's state. ``touched`` remembers where
people changed PagerDuty since both sides last agreed: nothing may be imported anywhere else. Everything that was
wrong is collected in ``wrongs``, with the request or the refresh that did it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx

from oncall.shifts import Shift, assign
from sandbox.pagerduty import weekly_layer
from sandbox.pagerduty.values import Override
from sync.context import LAG
from sync.core.model import Mode, Status
from sync.destinations import PagerDuty, Systems
from sync.engine import Engine
from sync.steps.report import Report
from tests.engine.ground import CELLS, HORIZON_DAYS, STRANGER, boundary, far_side, ground
from tests.engine.memory_of_edits import Edits
from tests.engine.sight import Sight, View, cells_of, ours
from tests.engine.wire import Crash, Fuse, Wire
from tests.support.memory import MemoryDatabase

T = TypeVar("T")
LEASE_AND_MORE = 200


@dataclass(frozen=True, slots=True)
class Assigned:
    """Somebody here gives cells to ``user``, or to nobody."""

    user: str | None
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Overridden:
    """Somebody in PagerDuty puts an override on cells."""

    user: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """Somebody in PagerDuty deletes the n-th override that is not over, if there are any."""

    number: int


@dataclass(frozen=True, slots=True)
class Layered:
    """Somebody in PagerDuty changes who the layer underneath has on call."""

    user: str | None


HumanEdit = Overridden | Deleted | Layered


@dataclass(slots=True)
class Watch:
    """Looks at PagerDuty around every write of Baton's."""

    sight: Sight
    wrongs: list[str]
    removed: set[str] = field(default_factory=set[str])
    """Human overrides that a DELETE of ours took away."""
    asked: set[str] = field(default_factory=set[str])
    """Overrides that Baton was about to send a DELETE for, whatever came of it: where one of them is gone after a
    crash, nobody can say who took it away."""
    writes: int = 0
    _covered: View = ()
    _unknowable: set[int] = field(default_factory=set[int])
    _there: dict[str, Override] = field(default_factory=dict[str, Override])

    def meant(self, request: httpx.Request) -> None:
        if request.method == "DELETE":
            self.asked.add(request.url.path.rsplit("/", 1)[1])

    def before(self, request: httpx.Request) -> None:
        self.writes += 1
        self._covered = self.sight.effective()
        self._there = {one.id: one for one in self.sight.ahead()}
        self._unknowable = set(self._deleted_unseen())

    def after(self, request: httpx.Request) -> None:
        local, what = self.sight.local(), f"{request.method} at {self.sight.now}"
        now_covered = self.sight.effective()
        for cell in (cell for cell in self.sight.future() if cell not in self._unknowable):
            if self._covered[cell] and not now_covered[cell] and local[cell] in self.sight.far.people:
                self.wrongs.append(f"{what} left nobody on call in cell {cell}, which is {local[cell]}'s")
        gone = self._there.keys() - {one.id for one in self.sight.ahead()}
        for override in (self._there[one] for one in sorted(gone)):
            if not ours(override):
                self.removed.add(override.id)
                self._check_foreign(override, local, what)

    def _deleted_unseen(self) -> Iterator[int]:
        """Cells of overrides that people deleted so lately that readers still see them there."""
        lag = self.sight.far.world.switches.read_lag_seconds
        for one in self.sight.plan(lag).overrides:
            if one.id not in self._there and one.id not in self.asked:
                yield from cells_of(one.start, one.end)

    def _check_foreign(self, override: Override, local: View, what: str) -> None:
        ahead = set(self.sight.future())
        lost = [cell for cell in cells_of(override.start, override.end) if cell in ahead and local[cell] is None]
        if lost or override.end > boundary(CELLS):
            self.wrongs.append(f"{what} took {override} away, which also covers the cells {lost} that are not ours")


class Town:
    """A destination with its two sides. ``run`` drives everything asynchronous on one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, database: MemoryDatabase) -> None:
        self._loop = loop
        self.ground = ground()
        self.far = far_side()
        self.database = database
        database.restore(self.ground.image)
        self.fuse = Fuse()
        database.point = self.fuse.at_commit
        self.wrongs: list[str] = []
        self.sight = Sight(database, self.ground, self.far)
        self.watch = Watch(self.sight, self.wrongs)
        self.touched: set[int] = set()
        self.uncovered: set[int] = set()
        """Cells in which people deleted an override of Baton's that showed, since both sides last agreed."""
        self.seen: set[str] = set()
        """Overrides of Baton's that were there at the end of a refresh that came through."""
        self.touched_at: dict[int, datetime] = {}
        self.edits = Edits()
        self.mode = Mode.AUTHORITATIVE
        self.workers = 0
        self.engine = self._worker()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    @property
    def clock(self) -> Any:
        return self.far.world.clock

    def _worker(self) -> Engine:
        """A process of its own: no connection, pace or lease of an earlier one."""
        self.workers += 1
        systems = Systems(
            PagerDuty(
                clock=self.clock,
                sleep=self._sleep,
                api_url="http://pagerduty.test",
                transport=Wire(self.far.world, self.fuse, self.watch),
                watch=lambda _exchange: None,
            )
        )
        every = timedelta(minutes=5)
        return Engine(
            self.database, self.ground.secrets, systems, self.clock, f"w{self.workers}", every, sleep=self._sleep
        )

    async def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # People

    def here(self) -> int:
        """The first cell that is not over."""
        return self.sight.future().start

    async def assign(self, edit: Assigned) -> None:
        row = self.database.rows("SELECT role_id FROM destination WHERE id = ?", self.ground.destination_id)
        await self.assign_in(row[0][0], edit)

    async def assign_in(self, role_id: int, edit: Assigned) -> None:
        before = self.sight.local()
        shift = Shift(role_id, edit.user, boundary(edit.start), boundary(edit.start + edit.length))
        async with Crashless(self.fuse), self.database.transaction() as tx:
            existing = await tx.shifts.of_role(role_id, shift.start, shift.end)
            await tx.shifts.apply(self.ground.schedule_id, assign(existing, shift), self.sight.now)
            await tx.destinations.mark_dirty([role_id])
        cells = range(edit.start, edit.start + edit.length)
        again = {cell for cell in cells if before[cell] == edit.user}
        self.edits.assigned(cells, again=again | self._unseen_edits(cells))

    def _unseen_edits(self, cells: range) -> set[int]:
        """Cells that people changed in PagerDuty so lately that it may pass for a write of ours not shown yet."""
        lately = self.sight.now - LAG
        return {cell for cell in cells if self.touched_at.get(cell, lately) > lately}

    def edit_remotely(self, edit: HumanEdit) -> None:
        account, schedule = self.far.world.account, self.far.external_id
        match edit:
            case Overridden(user, start, length):
                begins = max(boundary(start), self.sight.now)
                author = self.far.people[STRANGER]
                account.create_override(
                    schedule, self.far.people[user], begins, boundary(start + length), author_id=author
                )
                self._touch(range(start, start + length))
            case Deleted(number):
                there = self.sight.ahead()
                if there:
                    override = there[number % len(there)]
                    shown = self.sight.visible() if override.id in self.seen else []
                    self.uncovered.update(cell for cell, one in enumerate(shown) if one == override)
                    account.delete_override(schedule, override.id)
                    self._touch(cells_of(override.start, override.end))
            case Layered(user):
                layers = [weekly_layer([self.far.people[user]], boundary(-28))] if user else []
                account.set_layers(schedule, layers)
                self._touch(range(CELLS))

    def _touch(self, cells: range) -> None:
        self.touched.update(cells)
        self.touched_at.update(dict.fromkeys(cells, self.sight.now))
        self.edits.left.update(cell for cell in cells if not self.sight.inside(cell))

    async def configure(self, mode: Mode | None = None, role_id: int | None = None) -> None:
        async with Crashless(self.fuse), self.database.transaction() as tx:
            row = await tx.destinations.get(self.ground.destination_id)
            assert row is not None
            row.mode, row.role_id, row.reconfigured = mode or row.mode, role_id or row.role_id, True
        self.mode = mode or self.mode
        self.edits.doubt()

    async def approve(self) -> None:
        async with Crashless(self.fuse), self.database.transaction() as tx:
            row = await tx.destinations.get(self.ground.destination_id)
            assert row is not None
            row.approved_digest = row.pending_digest

    def waits(self) -> bool:
        rows = self.database.rows("SELECT pending_digest FROM destination WHERE id = ?", self.ground.destination_id)
        return bool(rows[0][0])

    def approved(self) -> bool:
        rows = self.database.rows("SELECT approved_digest FROM destination WHERE id = ?", self.ground.destination_id)
        return bool(rows[0][0])

    def in_flight(self) -> bool:
        return bool(self.database.rows("SELECT 1 FROM op WHERE state = 'in_flight'"))

    # The engine

    async def refresh(self) -> Report | None:
        """Reconcile once; None when it crashed, and then another process has taken over."""
        imports = ImportWatch(self)
        asleep = self.mode is Mode.MANUAL_EXPORT and not self.approved() and not self.in_flight()
        writes = self.watch.writes
        try:
            report = await self.engine.reconcile(self.ground.destination_id)
        except Crash:
            report = None
        unburnt = not self.fuse.burnt
        self.fuse.put_out()
        if report is None:
            await self._take_over()
        else:
            self._see()
        imports.check()
        if asleep and unburnt and self.watch.writes > writes:
            self.wrongs.append("Manual Export wrote without being told to")
        self._check_told_after_the_fact()
        self.fuse.burnt.clear()
        return report

    def _see(self) -> None:
        self.seen.update(one.id for one in self.sight.of_ours())

    async def crash(self, point: int, at: str = "") -> None:
        """Refresh, and die at the given point if there are that many; of all, or of those ``at`` a place."""
        self.fuse.left, self.fuse.at = point, at
        await self.refresh()

    async def be_overtaken(self, point: int) -> None:
        """Refresh so slowly that another worker takes over and does the job in the middle of it."""
        other = self._worker()

        async def overtake() -> None:
            self.clock.advance(LEASE_AND_MORE)
            await other.reconcile(self.ground.destination_id)
            self._see()

        self.fuse.left, self.fuse.overtake = point, overtake
        await self.refresh()

    async def _take_over(self) -> None:
        self.engine = self._worker()
        async with self.database.transaction() as tx:
            await tx.destinations.release_all()

    def _check_told_after_the_fact(self) -> None:
        there = {one.id: one for one in self.sight.plan().overrides}
        told = self.sight.told_removed()
        for override_id in told:
            left = there.get(override_id)
            if left is not None and left.end > self.sight.now:
                self.wrongs.append(f"the removal of {left} is told although it is there")
        if len(told) != len(set(told)):
            self.wrongs.append(f"a removal is told twice: {told}")

    async def aclose(self) -> None:
        self.database.point = lambda _where: None


class Crashless:
    """People's own edits are not what is to be interrupted."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self._left = fuse.left

    async def __aenter__(self) -> None:
        self._fuse.left = None

    async def __aexit__(self, *_error: object) -> None:
        self._fuse.left = self._left


class ImportWatch:
    """What one refresh changes in the schedule here, against what people did in PagerDuty."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._local = town.sight.local()
        self._before = dict(town.edits.before)
        self._seen = self._candidates()
        self._mode = town.mode

    def _candidates(self) -> list[list[Override | str | None]]:
        lag = self._town.far.world.switches.read_lag_seconds
        return [self._town.sight.visible(), self._town.sight.visible(lag)]

    def check(self) -> None:
        local = self._town.sight.local()
        seen = [*self._seen, *self._candidates()]
        changed = [cell for cell in range(CELLS) if local[cell] != self._local[cell]]
        self._remember(local, changed, seen)
        for cell in changed:
            wrong = self._wrong(cell, local[cell], [view[cell] for view in seen]) or self._too_far(cell, local, changed)
            if wrong:
                change = f"{self._local[cell]} to {local[cell]}"
                self._town.wrongs.append(f"cell {cell} was changed from {change} {wrong}")

    def _remember(self, local: View, changed: list[int], seen: Sequence[list[Override | str | None]]) -> None:
        name = self._town.sight.name
        for cell in changed:
            shown = [view[cell] for view in seen]
            by_item = any(isinstance(s, Override) and not ours(s) and name(s.user_id) == local[cell] for s in shown)
            by_layer = any(isinstance(s, str) and s == local[cell] for s in shown)
            self._town.edits.imported(cell, self._local[cell], local[cell], by_item=by_item, by_layer=by_layer)

    def _wrong(self, cell: int, user: str | None, seen: list[Override | str | None]) -> str:
        name = self._town.sight.name
        if self._mode is not Mode.BIDIRECTIONAL:
            return f"in {self._mode}"
        if cell not in self._town.touched:
            return "although nobody touched it in PagerDuty"
        if user == STRANGER:
            return "although that is no Slack user"
        kept = cell not in self._town.uncovered
        people = [
            (name(one.user_id), kept and ours(one)) if isinstance(one, Override) else (one, False) for one in seen
        ]
        if (user, False) not in people and user not in self._before.get(cell, ()):
            return f"although people only made it {people}"
        return ""

    def _too_far(self, cell: int, local: View, changed: list[int]) -> str:
        """A change counts as inside the horizon when it begins there."""
        first = cell
        while first - 1 in changed and (self._local[first - 1], local[first - 1]) == (self._local[cell], local[cell]):
            first -= 1
        horizon = self._town.sight.now + timedelta(days=HORIZON_DAYS)
        return "beyond the horizon" if boundary(first) >= horizon else ""


__all__ = ["Assigned", "Deleted", "HumanEdit", "Layered", "Overridden", "Status", "Town"]
