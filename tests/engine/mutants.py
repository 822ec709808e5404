"""The shortcuts that look harmless in a sync engine. Under each, the machine must find something wrong.

``delete first``       what is replaced is deleted before its replacement is created
``two-way diff``       what was last confirmed is not remembered, so nobody can say which side changed
``remote ids alone``   an item is taken to be there as long as nobody took its id out of the ledger
``no own-write guard`` what shows is taken for somebody's edit even where it is an older item of ours
``no adoption``        a create whose reply was lost is forgotten
``no way back``        whom an import took time from is forgotten
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from oncall.timeline import Timeline
from sync import run
from sync.core import policy
from sync.core.merge import merge
from sync.core.model import Cell, Merged, Phase, Plan, Sides
from sync.ports import Board, Listed
from sync.steps import execute, observe, settle
from sync.steps.covered import Beside


async def _delete_first(self: execute.Executor, plan: Plan, plan_id: str, others: Beside) -> None:
    ops = await self._write_down(plan, plan_id, others)
    for op in (op for op in ops if op.action == Phase.DELETE):
        await self._delete(op, [])
    for op in (op for op in ops if op.action == Phase.CREATE):
        await self._create([op])


def _without_base(sides: Sides) -> Merged:
    return merge(replace(sides, base=Timeline()))


async def _by_the_ledger(self: run.Run, _board: Board) -> Sequence[Listed]:
    mine = (Listed(one.remote_id, one.user, one.starts_at, one.ends_at) for one in self.context.mine)
    there = {one.id: one for one in await _board.items(self.context.window())}
    return [*({one.id: one for one in mine} | there).values()]


_decided = policy._action


def _unguarded(wanted: Any, cell: Cell, *more: Any) -> Any:
    return _decided(wanted, cell._replace(own=False), *more)


async def _adopt_nothing(*_arguments: Any) -> set[int]:
    return set()


def _unmarked(cells: Iterable[Cell], *_more: Any) -> tuple[Cell, ...]:
    return tuple(cells)


MUTANTS: Mapping[str, Callable[[], Any]] = {
    "delete first": lambda: patch.object(execute.Executor, "run", _delete_first),
    "two-way diff": lambda: patch.object(observe, "merge", _without_base),
    "remote ids alone": lambda: patch.object(run.Run, "_list", _by_the_ledger),
    "no own-write guard": lambda: patch.object(policy, "_action", _unguarded),
    "no adoption": lambda: patch.object(settle, "adopt", _adopt_nothing),
    "no way back": lambda: patch.object(observe, "marked", _unmarked),
}


@contextmanager
def mutated(name: str) -> Iterator[None]:
    with MUTANTS[name]():
        yield
