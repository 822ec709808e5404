"""Calendars on Radicale and on Xandikos are held to the contract of every board."""

from tests.adapters.contract import BoardContract, Doing
from tests.caldav.support import CalendarDesk


class TestCalendarBoard(BoardContract):
    """The ``desk`` is that of :mod:`tests.caldav.conftest`, on each server in turn."""

    async def test_a_look_costs_one_request(self, desk: CalendarDesk) -> None:
        """Unless something changed: Xandikos says only what, and has to be asked for it."""
        desk.made_by_hand(desk.ann, 1, 3)
        await desk.seen()
        desk.line.asked.clear()

        assert (await desk.seen()).effective
        assert dict(desk.line.asked) == {Doing.READ: 1}
