"""Messages of the room, drawn from names of one's choice."""

from __future__ import annotations

from datetime import UTC, datetime

from handlers.fairness import balance
from handlers.kit.blocks import Block
from handlers.kit.paging import page_of
from oncall.fairness.balance import Line, Standing
from oncall.fairness.measures import Row, Table
from services.fairness.balance import BalanceView, RoleBalance

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def balance_blocks(name: str, members: int) -> list[Block]:
    """A role with everybody in every standing, between two others."""
    standings = list(Standing)
    rows = [Row(f"U{n:010}", Line(n, 2, 4.5, 3), standings[n % 4]) for n in range(members)]
    tables = tuple(Table(name, bool(n % 2), tuple(rows)) for n in range(15 if members else 0))
    roles = [RoleBalance(n, name, bool(members), NOW, tables) for n in range(3)]
    return balance.role_blocks(BalanceView(7, name, "UTC", NOW, tuple(roles)), page_of(roles, 1, 1))
