"""Messages of the room, drawn from names of one's choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from handlers.fairness import balance, why
from handlers.kit.blocks import Block, View
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of
from oncall.fairness.balance import Line, Standing
from oncall.fairness.measures import Row, Table
from services.fairness.balance import BalanceView, RoleBalance
from services.fairness.why import Whys, WhyView
from services.kit.wording import escape

NOW, DAY = datetime(2026, 3, 2, 9, tzinfo=UTC), timedelta(days=1)


def why_views(name: str, count: int) -> Iterator[View]:
    """Shifts and time that is open, explained; also to who may read what people wrote."""
    lines = tuple(f"<@U{number}> would be 1 shift over their share. {escape(name)}" for number in range(3))
    plain = WhyView(name, NOW, NOW + DAY, "U1", True, lines, "Dealt yesterday.")
    other = replace(plain, user=None, changed=escape(name), reasons=(escape(name),) * 3)
    for page in (0, 1):
        metadata = Metadata(schedule_id=7, page=page)
        yield why.why_view(Whys(7, name, tuple(plain if n % 2 else other for n in range(count))), metadata)


def balance_blocks(name: str, members: int) -> list[Block]:
    """A role with everybody in every standing, between two others."""
    standings = list(Standing)
    rows = [Row(f"U{n:010}", Line(n, 2, 4.5, 3), standings[n % 4]) for n in range(members)]
    tables = tuple(Table(name, bool(n % 2), tuple(rows)) for n in range(15 if members else 0))
    roles = [RoleBalance(n, name, bool(members), NOW, tables) for n in range(3)]
    return balance.role_blocks(BalanceView(7, name, "UTC", NOW, tuple(roles)), page_of(roles, 1, 1))
