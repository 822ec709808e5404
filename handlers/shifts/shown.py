"""What a message of ``/oncall shifts`` shows, as the id of the block with its buttons keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from handlers.kit.numbers import id_of

PAGES, PICTURE = "shifts", "shifts.picture"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: from the start of ``since`` on (None: from now), ``mine`` or all, as a ``table`` or a list.

    Days begin in the reader's zone in the list, and in the schedule's in the table, which has everybody.
    """

    schedule_id: int = 0
    since: date | None = None
    mine: bool = False
    table: bool = False

    def __str__(self) -> str:
        whose, form = "mine" if self.mine else "", "table" if self.table else "list"
        return f"{PAGES}:{self.schedule_id}:{self.since or ''}:{whose}:{form}"

    @classmethod
    def parse(cls, block_id: str) -> Shown:
        """What :meth:`__str__` wrote."""
        _, number, since, mine, form = (*block_id.split(":"), "", "", "", "", "")[:5]
        return cls(id_of(number) or 0, day_of(since), mine == "mine", form == "table")


def day_of(text: str) -> date | None:
    """A date as it is kept; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
