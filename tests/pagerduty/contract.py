"""PagerDuty's side of the contract that every board must keep (:mod:`tests.adapters.contract`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.pagerduty import Fault, PastStart
from sync.ports import Board
from tests.adapters.contract import BoardContract, Doing, LateStart, Loss
from tests.pagerduty.support import HOUR, NOW, Bench

METHODS = {Doing.READ: "GET", Doing.CREATE: "POST", Doing.DELETE: "DELETE"}
FAULTS = {
    Loss.DONE_UNHEARD: Fault.COMMIT_THEN_DROP,
    Loss.DONE_AND_BROKEN: Fault.COMMIT_THEN_500,
    Loss.NEVER_ARRIVED: Fault.DROP_BEFORE,
    Loss.ERROR: Fault.HTTP_500,
    Loss.BROKEN: Fault.HTTP_502,
    Loss.GIVEN_UP: Fault.HTTP_408,
    Loss.TOO_SLOW: Fault.SLOW,
}
STARTS = {
    LateStart.TAKEN: PastStart.ACCEPT,
    LateStart.MOVED: PastStart.CLAMP,
    LateStart.REFUSED: PastStart.REFUSE,
}


@dataclass(slots=True)
class Desk:
    """A board on a schedule without layers, and the account behind it. ``opened(id, key)`` gives another board."""

    bench: Bench
    board: Board
    schedule: str
    opened: Callable[[str, str | None], Board]
    shifts: bool = False
    nobody: str = "PNOBODY"
    never_there: str = "QNEVERTHERE123"

    @property
    def ann(self) -> str:
        return self.bench.ann

    @property
    def bob(self) -> str:
        return self.bench.bob

    @property
    def cem(self) -> str:
        return self.bench.cem

    def made_by_hand(self, user: str, start_hour: float, end_hour: float) -> str:
        """The id, as the board gives it, of an item that somebody makes in the web page."""
        span = (NOW + start_hour * HOUR, NOW + end_hour * HOUR)
        if self.shifts:
            return f"custom_shifts/{self.bench.account.create_custom_shift(self.schedule, user, *span).id}"
        return self.bench.by_hand(user, *span, schedule=self.schedule).id

    def remove_schedule(self) -> None:
        self.bench.account.remove_schedule(self.schedule)

    def with_a_key_that_may_only_read(self) -> Board:
        return self.opened(self.schedule, self.bench.account.add_key(read_only=True))

    def lose(self, doing: Doing, loss: Loss, times: int = 1) -> None:
        self.bench.world.faults.next(FAULTS[loss], METHODS[doing], times=times, seconds=25)

    def send_away(self, doing: Doing, *, says_when: bool) -> None:
        fault = Fault.RATE_LIMITED if says_when else Fault.RATE_LIMITED_BARE
        self.bench.world.faults.next(fault, METHODS[doing], seconds=7)

    def take_late_starts(self, late: LateStart) -> None:
        self.bench.world.switches.change(past_override_start=STARTS[late], v3_past_shift_start=STARTS[late])

    def asked(self, doing: Doing) -> int:
        return self.bench.world.count(METHODS[doing])

    def pauses(self) -> int:
        return len(self.bench.slept)


__all__ = ["BoardContract", "Desk"]
