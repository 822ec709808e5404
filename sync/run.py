"""The passes of one reconcile: settle → look → merge → import → plan → guard → execute → look again.

A pass looks at the external schedule once and asks the merge what is different. Nothing: the pass is the last one, and
it cost a single request. Something: the items are listed, a plan is made and carried out, and the next pass checks
that it took.

Three things keep a plan from being carried out, and leave it as *pending changes* for a person instead: the destination
is paused, its mode is Manual Export, or the guard objects. A person who agrees does so to the digest of what they were
shown; a plan with another digest waits anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, cast, runtime_checkable

from oncall.clock import Clock
from oncall.timeline import Interval, Segment, Timeline
from storage.database import Database
from sync.context import Context
from sync.core import guard, pending
from sync.core.health import paged_instead
from sync.core.model import AWAITED, BRINGS_HOME, COPIED, LOADED_COPY, RESUMED, Action, Kind, Mode, Plan
from sync.ports import Account, Board, LayerBoard, Listed, OutcomeUnknown, Refused, RemoteError, Seen
from sync.steps import progress
from sync.steps.confirm import fenced
from sync.steps.covered import beside
from sync.steps.declined import tell_declined
from sync.steps.departed import learn_departed
from sync.steps.edited_items import follow
from sync.steps.execute import Executor, Tally
from sync.steps.gone import mark_gone
from sync.steps.import_changes import (
    import_changes,
    learn_strangers,
    tell_conflicts,
    tell_unmapped,
)
from sync.steps.layering import Layering
from sync.steps.observe import (
    Verdict,
    in_doubt,
    judge,
    needs_listing,
    owned,
    plan_for,
    shown,
)
from sync.steps.others import whom_to_name
from sync.steps.settle import Settler, Sleep, find_lost
from sync.steps.take_theirs import CHANGED_THERE, people_there, taken

PASSES = 5

MOST_MET = 20
"""How many people are looked up at once only to be named."""


@runtime_checkable
class SwiftBoard(Board, Protocol):
    """One that may be asked at once for what shows and for the items: two requests as ever, but no waiting between."""

    async def look_and_items(self, window: Interval) -> tuple[Seen, Sequence[Listed]]:
        """What ``look`` and ``items`` give."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person, and why; ``objection`` is the guard's, empty when the mode alone makes it wait."""

    changes: tuple[pending.Change, ...] = ()
    digest: str = ""
    objection: str = ""


@dataclass(slots=True)
class Run:
    """One reconcile of one destination, with what it found and did."""

    database: Database
    clock: Clock
    sleep: Sleep
    context: Context
    tally: Tally = field(default_factory=Tally)
    found: Verdict | None = None
    verdict: Verdict | None = None
    waiting: Waiting = field(default_factory=Waiting)
    imported: int = 0
    approved: bool = False
    lost: bool = False
    took: bool = False
    listed: Sequence[Listed] | None = None
    """The items at the last list of this run, without those that it took away since."""
    ahead: Sequence[Listed] | None = None
    """The items as they were asked for together with the look, until they are made use of."""
    layering: Layering = field(init=False)

    def __post_init__(self) -> None:
        self.layering = Layering(self.database, self.clock, self.context)

    @property
    def agreed(self) -> bool:
        """Whether an admin agreed to what was shown, also where that was nothing but people to add."""
        nothing = self.context.destination.approved_digest == pending.NOTHING and not self.waiting.digest
        return self.approved or nothing

    @property
    def needs_no_word(self) -> bool:
        """Whether a destination waits for a word on its first export, and there is nothing that it would write.

        Where somebody who has shifts is not known there, something will be, so it waits for that. After its first
        look, or what came of it, only an admin's word ends the wait, also where nothing is left to write.
        """
        destination = self.context.destination
        awaits = destination.paused and destination.paused_by in AWAITED and (self.context.first_look or self.agreed)
        return awaits and not self.context.missing and self.verdict is not None and not self.waiting.digest

    @property
    def needs_no_choice(self) -> bool:
        """Whether a destination that waits because the database may be an older copy need not wait: what was there was
        taken, or an admin wants it to go on, and nothing is left to write; or a loaded dump knows everything that was
        written there."""
        destination = self.context.destination
        if not (destination.paused and destination.paused_by in COPIED) or self.verdict is None:
            return False
        wanted = destination.paused_by == RESUMED or destination.approved_digest == pending.NOTHING
        if self.took or wanted:
            return not self.waiting.digest
        return destination.paused_by == LOADED_COPY and not any(c.kind in CHANGED_THERE for c in self.verdict.cells)

    async def passes(self, board: Board, account: Account) -> None:
        """Look and act until nothing is left to do. Raises RemoteError."""
        settler = Settler(self.database, self.clock, self.sleep, self.context, board)
        self.layering.refusal = ""
        if self.context.in_flight:
            await settler.run(self.tally)
        await self._until_done(board, account, settler)
        if self.layering.due and (self.layering.free or self.approved) and not self.waiting.objection:
            await self._arrange(cast(LayerBoard, board))
            await self._until_done(board, account, settler)

    async def _arrange(self, board: LayerBoard) -> None:
        """Change the layers; where that is refused, overrides do their work over what is there."""
        try:
            await self.layering.write(board)
        except Refused as refused:
            self.layering.refusal = str(refused)
            self.context.doubtful.update(user for layer in self.layering.wanted for user in layer.users)

    async def _until_done(self, board: Board, account: Account, settler: Settler) -> None:
        for _ in range(PASSES):
            if not await self._pass(board, account, settler):
                return

    async def _pass(self, board: Board, account: Account, settler: Settler) -> bool:
        """One look and what follows from it; whether another pass should check the result."""
        there = await self._look(board)
        seen = self.layering.read(there)
        verdict = await self._judge(seen, account)
        self.waiting = Waiting()
        context = self.context
        if context.destination.approved_digest == pending.TAKE and not self.took:
            return await self._take(verdict, account, board)
        if not (needs_listing(verdict, context) or context.lost or in_doubt(context, there) or self._layers_wait):
            return False
        mine, unshown = context.mine, context.unshown
        listed = await self._list(board)
        await self._mark_shown(shown(context, there, listed))
        if mine != context.mine or unshown != context.unshown:
            verdict = await self._judge(seen, account)
        plan, waiting = await self._consider(verdict, listed)
        await self._meet(account, plan, waiting)
        if waiting.digest and not self._may_go_on(waiting):
            self.waiting = await self._attributed(waiting, listed, board)
            plan = self._urgent(there, listed) if waiting.objection else Plan()
        elif self._layers_follow():
            return True
        else:
            await tell_conflicts(self.database, self.context, verdict.decisions, self.context.now)
            await self._show_progress(len(verdict.of(*BRINGS_HOME)))
            imported = await import_changes(self.database, self.context, verdict, listed, self.context.now)
            if imported:
                self.imported += imported
                return True
        if not plan:
            await follow(self.database, context, verdict.in_sync(), listed, context.now)
            return False
        return await self._execute(plan, verdict, listed, board, settler)

    async def _take(self, verdict: Verdict, account: Account, board: Board) -> bool:
        """Take over here what is there; another pass shows what is left to write."""
        context = self.context
        if new := people_there(verdict) - context.strangers - context.known - context.departed:
            await learn_strangers(self.database, context, account, new)
            verdict = judge(context, verdict.seen)
        listed = await self._list(board)
        theirs = taken(verdict, context)
        await self._show_progress(len(theirs.of(*BRINGS_HOME)))
        self.imported += await import_changes(self.database, context, theirs, listed, context.now)
        self.took = True
        return True

    async def _show_progress(self, imports: int) -> None:
        if imports > progress.MANY:
            async with fenced(self.database, self.context, self.context.now) as tx:
                await progress.begin(tx, self.context, progress.IMPORT, imports, self.context.now)

    def _layers_follow(self) -> bool:
        """Whether the word that ends a pause lets layers change as well; then only the rest has to be written."""
        self.layering.agreed, before = self.approved, self.layering.agreed
        return self.approved and not before and self.layering.due and self.layering.free

    async def _look(self, board: Board) -> Seen:
        self.context.now = self.clock.now()
        window, self.ahead = self.context.window(), None
        if self._will_list and isinstance(board, SwiftBoard):
            seen, self.ahead = await board.look_and_items(window)
        else:
            seen = await board.look(window)
        await self._mark_shown(shown(self.context, seen))
        await tell_declined(self.database, self.context, seen)
        return seen

    @property
    def _will_list(self) -> bool:
        """Whether the items will be asked for, as far as can be told before the look: something changed here that was
        not written yet."""
        context = self.context
        return context.destination.dirty > 0 and context.local().cut(context.window()) != context.base.cut(
            context.window()
        )

    async def _mark_shown(self, visible: Sequence[int]) -> None:
        if visible:
            async with fenced(self.database, self.context, self.context.now) as tx:
                await tx.journal.mark_shown(visible, self.context.now)
            self.context.unshown = [op for op in self.context.unshown if op.id not in visible]

    def _urgent(self, there: Seen, listed: Sequence[Listed]) -> Plan:
        """What can't wait although the plan has to. The layers wait as well, so it counts what they show today."""
        verdict = judge(self.context, self.layering.as_it_is(there))
        plan = plan_for(verdict, self.context, owned(self.context, listed))
        return guard.urgent(plan, verdict.decisions, self.context.now)

    async def _judge(self, seen: Seen, account: Account) -> Verdict:
        """Merge and decide; in Bidirectional mode, people met there for the first time are looked up first."""
        context = self.context
        verdict = judge(context, seen)
        if context.mode is Mode.BIDIRECTIONAL:
            if await learn_departed(self.database, context, verdict.decisions):
                verdict = judge(context, seen)
            kinds = (Kind.DRIFTED, Kind.REFILLED)
            held = {one for d in verdict.of(Action.HOLD, Action.LEAVE) if d.cell.kind in kinds for one in d.cell.remote}
            if new := held - context.strangers - context.known - context.departed:
                await learn_strangers(self.database, context, account, new)
                verdict = judge(context, seen)
        await self._meet_instead(account, verdict)
        if context.mode is Mode.BIDIRECTIONAL:
            await tell_unmapped(self.database, context, verdict.decisions, context.now)
        self.verdict = verdict
        self.found = self.found or verdict
        return verdict

    async def _meet_instead(self, account: Account, verdict: Verdict) -> None:
        """Learn who is paged where nobody is on call here, or would be: the status and the forms name them."""
        context = self.context
        there = set(paged_instead(verdict.decisions, context.holes)) if context.holes else set[str]()
        there |= whom_to_name(context, verdict.seen, self.listed)
        if new := there - context.known - context.strangers - context.departed:
            with contextlib.suppress(RemoteError):
                await learn_strangers(self.database, context, account, sorted(new)[:MOST_MET])

    async def _meet(self, account: Account, plan: Plan, waiting: Waiting) -> None:
        """Learn who the people are whose items go or whose changes are undone: notices and lists name them.

        A name is worth a request, but not a failed export.
        """
        people = {op.user for op in plan.deletes if not op.recognised} | {c.before for c in waiting.changes if c.before}
        if new := people - self.context.known - self.context.strangers - self.context.departed:
            with contextlib.suppress(RemoteError):
                await learn_strangers(self.database, self.context, account, new)

    async def _attributed(self, waiting: Waiting, listed: Sequence[Listed], board: Board) -> Waiting:
        """With the names of those whose changes are taken back, so far as is told; a list that is known has them."""
        if waiting.digest == self.context.destination.pending_digest:
            return waiting
        ours = {item.remote_id for item in self.context.ledger}
        foreign = [item for item in listed if item.id not in ours]
        named: list[pending.Change] = []
        for change in waiting.changes:
            edits = [i for i in foreign if change.undoes and i.user == change.before and _overlap(i, change)]
            makers = [(await board.maker(item.id)).name for item in edits]
            named.append(replace(change, changed_by=", ".join(dict.fromkeys(filter(None, makers)))))
        return replace(waiting, changes=tuple(named))

    async def _consider(self, verdict: Verdict, listed: Sequence[Listed]) -> tuple[Plan, Waiting]:
        """The plan, and what a person would be shown of it."""
        plan = plan_for(verdict, self.context, owned(self.context, listed))
        changes = pending.changes(verdict.decisions, plan, self.context.now, verdict.agreed)
        digest = pending.digest(plan, changes, self.context.now, "" if self.approved else self.layering.waiting)
        return plan, Waiting(changes, digest, await self._objection(plan, verdict))

    @property
    def _layers_wait(self) -> bool:
        return bool(self.layering.waiting) and not self.approved

    async def _objection(self, plan: Plan, verdict: Verdict) -> str:
        """The guard's, unless the change is meant (just configured, agreed to, what an import brings with it) or waits
        for a person anyway."""
        context = self.context
        if self._waits or context.destination.reconfigured or self.approved or self.imported:
            return ""
        empty = guard.vanished(verdict.agreed, verdict.cells, context.now)
        exported, decisions = context.exported(), verdict.decisions
        there = context.system.name
        objection = guard.objection(exported, plan, decisions, context.base, empty=empty, there=there)
        if not objection:
            return ""
        decided = await self._decided()
        return guard.objection(exported, plan, decisions, context.base, empty=empty, decided=decided, there=there)

    async def _decided(self) -> Timeline:
        """The time that people here decided on since shortly before the last refresh."""
        destination, now = self.context.destination, self.context.now
        since = min(now, destination.refreshed_at or now) - guard.OWN_DEED
        async with self.database.read() as tx:
            shifts = await tx.shifts.decided(destination.role_id, since, now)
        return Timeline.union(Segment(shift.start, shift.end, ("decided",)) for shift in shifts)

    @property
    def _waits(self) -> bool:
        """Whether everything here waits for the word of a person. Once given, it ends a pause."""
        paused = self.context.destination.paused and not self.approved
        return paused or self.context.mode is Mode.MANUAL_EXPORT

    def _may_go_on(self, waiting: Waiting) -> bool:
        destination = self.context.destination
        if destination.approved_digest and destination.approved_digest == waiting.digest:
            self.approved = True
            return True
        return not (self._waits or waiting.objection)

    async def _execute(
        self, plan: Plan, verdict: Verdict, listed: Sequence[Listed], board: Board, settler: Settler
    ) -> bool:
        """Carry the plan out; whether the next look should check it. What was refused is not tried again at once, and
        what was lost twice in a row is left to the next refresh."""
        executor = Executor(self.database, self.clock, self.context, board, self.tally)
        refused = len(self.tally.refused)
        others = beside(plan, verdict.decisions, owned(self.context, listed))
        try:
            await executor.run(plan, pending.digest(plan, (), self.context.now), others)
        except OutcomeUnknown:
            lost = bool(await settler.run(self.tally))
            if lost and self.lost:
                raise
            self.lost = lost
        away = {op.remote_id for op in plan.deletes}
        self.listed = [item for item in listed if item.id not in away]
        return len(self.tally.refused) == refused

    async def _list(self, board: Board) -> Sequence[Listed]:
        """The items there, after the ledger has learned from them: late arrivals are ours, what is missing is gone."""
        context, now = self.context, self.context.now
        listed = self.ahead if self.ahead is not None else await board.items(context.window())
        self.ahead = None
        await find_lost(self.database, context, board, listed, now)
        there = {item.id for item in listed} | {op.remote_id for op in context.unshown}
        gone = [item for item in context.mine if item.remote_id not in there]
        if gone:
            await mark_gone(self.database, context, gone, now)
        self.listed = listed
        return listed


def _overlap(item: Listed, change: pending.Change) -> bool:
    return item.start < change.end and change.start < item.end
