"""One of the processes on a database leads: only its clock ticks. On SQLite there is one process."""

from __future__ import annotations

from collections.abc import Callable

from storage.database import Database


class Leader:
    """Leads from the start, since there is nobody else."""

    def __init__(self, *, leads: bool = True) -> None:
        self._gained: list[Callable[[], None]] = []
        self.leads = leads

    def on_gain(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called when this process begins to lead after it was started."""
        self._gained.append(listener)

    def start(self) -> None:
        """Lead as soon as nobody else does."""

    async def stop(self) -> None:
        """Let another one lead."""
        self.leads = False


def leader_of(database: Database) -> Leader:
    """The one that fits the database."""
    if database.is_sqlite:
        return Leader()
    from bot.shared_leader import SharedLeader  # needs what SQLite alone does not

    return SharedLeader(database)
