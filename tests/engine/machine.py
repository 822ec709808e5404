"""A Hypothesis state machine over the real engine, a real database and the sandbox's PagerDuty.

Rules are what people, time and bad luck do; every few of them, and at the end of each history, things calm down:
faults end, whatever may lag has 121 seconds to show up, and one refresh must bring both sides together (with one
person's yes where the mode or the guard asks for it). Then :mod:`.oracle` says whether they are, and a second refresh
must not write.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import structlog
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sandbox.pagerduty import Fault
from sync.core.model import Mode
from sync.steps.report import Report
from tests.engine import oracle
from tests.engine.ground import STRANGER
from tests.engine.sight import ours
from tests.engine.town import Assigned, Deleted, HumanEdit, Layered, Overridden, Town
from tests.support.memory import MemoryDatabase

SETTLED = 121
LAST_START = 18
"""The cell in which the clock stops, so that there is room ahead."""

COLLEAGUES = ("UALICE", "UBOB", "UCAROL")
offsets = st.one_of(st.integers(0, 9), st.integers(17, 22))
lengths = st.sampled_from((1, 1, 2, 2, 3, 4, 6))
local_edits = st.tuples(st.sampled_from((*COLLEAGUES, *COLLEAGUES, None, None, "UZOE")), offsets, lengths)
human_edits = st.one_of(
    st.builds(Overridden, st.sampled_from((*COLLEAGUES, *COLLEAGUES, STRANGER)), offsets, lengths),
    st.builds(Deleted, st.integers(0, 11)),
    st.builds(Overridden, st.sampled_from(COLLEAGUES), offsets, lengths),
    st.builds(Layered, st.sampled_from((None, *COLLEAGUES, STRANGER))),
)
points = st.integers(0, 24)
cuts = st.one_of(st.just((0, "before DELETE")), st.tuples(st.integers(3, 16), st.just("")))
"""Where an export ends: most of all when what is new is there, and what it replaces is, too."""
pauses = st.sampled_from((0, 1, 45, 119, 121, 600, 3_600, 5 * 3_600, 6 * 3_600, 20 * 3_600))
faults = st.sampled_from(
    (
        (Fault.COMMIT_THEN_DROP, "POST"),
        (Fault.COMMIT_THEN_DROP, "DELETE"),
        (Fault.COMMIT_THEN_500, "POST"),
        (Fault.DROP_BEFORE, "POST"),
        (Fault.DROP_BEFORE, "DELETE"),
        (Fault.DROP_BEFORE, "GET"),
        (Fault.RATE_LIMITED, None),
        (Fault.RATE_LIMITED_BARE, "POST"),
        (Fault.HTTP_500, None),
        (Fault.HTTP_502, "POST"),
        (Fault.ITEM_REFUSED, "POST"),
    )
)


class SharedGround:
    """The loop and the database, used by all histories of a process: statements are compiled once."""

    def __init__(self) -> None:
        self._logging = structlog.get_config()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self.loop = asyncio.new_event_loop()
        self.database = MemoryDatabase()

    def close(self) -> None:
        self.loop.run_until_complete(self.database.close())
        self.loop.close()
        structlog.configure(**self._logging)


class EngineMachine(RuleBasedStateMachine):
    """One history. ``shared`` is set by whoever runs it."""

    shared: SharedGround

    def __init__(self) -> None:
        super().__init__()
        self.town = Town(self.shared.loop, self.shared.database)
        self.failed = False

    # People

    @initialize(mode=st.sampled_from(Mode), layered=st.sampled_from((None, "UCAROL")))
    def begin(self, mode: Mode, layered: str | None) -> None:
        self.town.run(self.town.configure(mode=mode))
        self.town.edit_remotely(Layered(layered))

    @rule(edit=local_edits)
    def assign(self, edit: tuple[str | None, int, int]) -> None:
        self.town.run(self.town.assign(self._local(edit)))

    @rule(edit=human_edits)
    def edit_remotely(self, edit: HumanEdit) -> None:
        self.town.edit_remotely(self._remote(edit))

    @rule(mode=st.sampled_from(Mode))
    def change_mode(self, mode: Mode) -> None:
        self.town.run(self.town.configure(mode=mode))

    @rule(secondary=st.booleans(), edit=local_edits)
    def change_role(self, secondary: bool, edit: tuple[str | None, int, int]) -> None:
        role = self.town.ground.roles[secondary]
        self.town.run(self.town.assign_in(role, self._local(edit)))
        self.town.run(self.town.configure(role_id=role))

    @rule()
    @precondition(lambda self: self.town.waits())
    def approve(self) -> None:
        self.town.run(self.town.approve())

    def _local(self, edit: tuple[str | None, int, int]) -> Assigned:
        user, offset, length = edit
        return Assigned(user, self.town.here() + offset, length)

    def _remote(self, edit: HumanEdit) -> HumanEdit:
        if isinstance(edit, Overridden):
            return Overridden(edit.user, self.town.here() + edit.start, edit.length)
        return edit

    # Time and bad luck

    @rule(seconds=pauses)
    @precondition(lambda self: self.town.here() < LAST_START)
    def wait(self, seconds: int) -> None:
        self.town.clock.advance(seconds)

    @rule(fault=faults, skip=st.integers(0, 2), times=st.sampled_from((1, 1, 3)))
    def go_wrong(self, fault: tuple[Fault, str | None], skip: int, times: int) -> None:
        kind, method = fault
        self.town.far.world.faults.next(kind, method, skip=skip, times=times)

    @rule(seconds=st.sampled_from((0.0, 4.0, 60.0, 110.0)))
    def lag(self, seconds: float) -> None:
        """From now on readers trail behind by so much; what they have seen once they go on seeing."""
        switches = self.town.far.world.switches
        self.town.clock.advance(max(0.0, seconds - switches.read_lag_seconds))
        switches.read_lag_seconds = seconds

    @rule()
    def refresh(self) -> None:
        self.town.run(self.town.refresh())

    @rule(point=points)
    def crash(self, point: int) -> None:
        self.town.run(self.town.crash(point))

    @rule(edit=local_edits, cut=cuts, first=st.sampled_from((None, *COLLEAGUES)))
    def crash_and_lose_the_newest(
        self, edit: tuple[str | None, int, int], cut: tuple[int, str], first: str | None
    ) -> None:
        """A shift changes, its export is cut short, and then somebody deletes what was made last. What shows then may
        be what Baton has written for whoever had it ``first``, and is nobody's edit."""
        if first:
            self.change_mode(Mode.BIDIRECTIONAL)
            self.assign((first, *edit[1:]))
            self.refresh()
        self.assign(edit)
        self.town.run(self.town.crash(*cut))
        there = self.town.sight.ahead()
        if there:
            newest = max(range(len(there)), key=lambda place: there[place].number)
            self.town.edit_remotely(Deleted(newest))
        self.refresh()

    @rule(point=st.integers(0, 8))
    def be_overtaken(self, point: int) -> None:
        self.town.run(self.town.be_overtaken(point))

    # The truth

    @invariant()
    def nothing_was_wrong(self) -> None:
        self.failed = bool(self.town.wrongs)
        _none(self.town.wrongs)

    @rule(here=st.lists(local_edits, max_size=3), there=st.lists(human_edits, max_size=3))
    def agree_then_both_change(self, here: list[tuple[str | None, int, int]], there: list[HumanEdit]) -> None:
        """From agreement, changes on both sides and one refresh do what the table says, cell by cell."""
        self.failed = True
        self.calm_down()
        self._both_change(here, there)

    @rule(user=st.sampled_from(COLLEAGUES), offset=offsets, length=lengths, stays=st.booleans())
    def take_an_edit_back(self, user: str, offset: int, length: int, stays: bool) -> None:
        """Somebody's override is imported, and then they delete it."""
        town = self.town
        if not stays:
            town.run(town.configure(mode=Mode.BIDIRECTIONAL))
        self.failed = True
        self.calm_down()
        self.edit_remotely(Overridden(user, offset, length))
        self.calm_down()
        theirs = [place for place, one in enumerate(town.sight.ahead()) if not ours(one)]
        self._both_change([], [Deleted(place) for place in theirs[-1:]])

    def _both_change(self, here: list[tuple[str | None, int, int]], there: list[HumanEdit]) -> None:
        town, sight = self.town, self.town.sight
        agreed = oracle.Agreed(sight.local(), sight.effective(), town.mode, town.edits, town.uncovered)
        for edit in here:
            town.run(town.assign(self._local(edit)))
        for edit in there:
            town.edit_remotely(self._remote(edit))
        verdicts = oracle.expected(sight, agreed, sight.local(), sight.visible())
        self._one_refresh()
        local, far = sight.local(), sight.effective()
        for cell, allowed in verdicts.items():
            if allowed and cell in sight.future():
                assert (local[cell], far[cell]) in allowed, (cell, agreed.local[cell], local[cell], far[cell], allowed)
        self._in_step()
        self.failed = False

    def calm_down(self) -> None:
        town = self.town
        town.far.world.faults.clear()
        town.far.world.switches.read_lag_seconds = 0.0
        town.clock.advance(SETTLED)
        self._one_refresh()
        self._in_step()
        town.touched.clear()
        town.uncovered.clear()

    def _one_refresh(self) -> None:
        """One refresh, with an admin's yes in between where one is asked for."""
        town, local = self.town, self.town.sight.local()
        self._went_well(town.run(town.refresh()))
        if town.waits():
            assert town.sight.local() == local, "something was imported that waits for a yes"
            town.run(town.approve())
            self._went_well(town.run(town.refresh()))

    def _went_well(self, report: Report | None) -> None:
        assert report is not None
        assert (report.failure, report.refused) == ("", ()), report

    def _in_step(self) -> None:
        town, sight = self.town, self.town.sight
        _none(town.wrongs)
        _none(oracle.unequal(sight, town.mode, town.edits))
        _none(oracle.leftovers(sight))
        _none(oracle.doubles(sight))
        _none(oracle.misreported(sight, town.watch.removed, town.watch.asked))
        writes = town.watch.writes
        self._went_well(town.run(town.refresh()))
        assert town.watch.writes == writes, "a second refresh wrote"
        assert not town.waits(), "a second refresh found something that waits"

    def teardown(self) -> None:
        if not self.failed:
            self.calm_down()


def _none(wrongs: Iterable[str]) -> None:
    found = list(wrongs)
    assert not found, "\n".join(found)
