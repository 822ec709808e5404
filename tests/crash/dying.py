"""``python -m tests.crash.dying STEP [calendar]``: ``baton run`` as ever, which kills itself at one step of an export.

=================  ====================================================================
before the intent  the plan is made, nothing says yet that a call will be made
after the intent   a call is about to be made and the database says so
after the call     PagerDuty has done it and nobody here has heard
before the confirm the reply is here and the transaction that says so is not committed
=================  ====================================================================
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import bot.cli
from sync.destinations.caldav.board import CalendarBoard
from sync.destinations.pagerduty.overrides import OverrideBoard
from sync.steps import execute

CALENDAR = "calendar"
STEPS = ("before the intent", "after the intent", "after the call", "before the confirm")


def _die(*_arguments: Any, **_options: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


async def _die_first(*_arguments: Any, **_options: Any) -> NoReturn:
    _die()


def _dying(create: Any) -> Any:
    async def create_and_die(self: Any, wanted: Any) -> NoReturn:
        await create(self, wanted)
        _die()

    return create_and_die


def main(step: str, board: type[OverrideBoard | CalendarBoard]) -> None:
    places: Mapping[str, tuple[Any, str, Any]] = {
        "before the intent": (execute.Executor, "_write_down", _die_first),
        "after the intent": (board, "create", _die_first),
        "after the call": (board, "create", _dying(board.create)),
        "before the confirm": (execute, "confirm_created", _die_first),
    }
    setattr(*places[step])
    sys.argv = ["baton", "run"]
    bot.cli.main()


if __name__ == "__main__":
    main(sys.argv[1], CalendarBoard if CALENDAR in sys.argv[2:] else OverrideBoard)
