"""A problem as rules look at it: members and slots in a fixed order, and what belongs to whom at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol, TypeVar

from oncall.fairness.problem import Duty, Fill, Member, Problem, Rule, Slot, Stand
from oncall.fairness.weights import COSTS

MINUTE = timedelta(minutes=1)


class Timed(Protocol):
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


T = TypeVar("T", bound=Timed)


def meets(one: Timed, other: Timed, apart: timedelta = timedelta()) -> bool:
    """Whether the two overlap, or are less than ``apart`` from each other."""
    return one.start < other.end + apart and other.start < one.end + apart


def minutes(duration: timedelta) -> int:
    return round(duration / MINUTE)


@dataclass(frozen=True)
class View:
    """``slots`` are those that somebody should get, in order of time; ``members`` in order of their ids."""

    problem: Problem

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(sorted(slot for slot in self.problem.slots if slot.fill is not Fill.NOBODY))

    @cached_property
    def members(self) -> tuple[Member, ...]:
        return tuple(sorted(self.problem.members, key=lambda member: member.user))

    @cached_property
    def leader(self) -> dict[int, int]:
        """The slot that a slot follows; one that follows a slot for nobody has no leader and goes to nobody."""
        numbers = {slot.id: number for number, slot in enumerate(self.slots)}
        return {
            number: numbers.get(slot.follows or "", -1)
            for number, slot in enumerate(self.slots)
            if slot.fill is Fill.FOLLOW
        }

    @cached_property
    def rest(self) -> timedelta:
        return timedelta(minutes=self.problem.limits.rest)

    def cost(self, rule: Rule) -> int:
        return COSTS[rule][self.problem.weights.of(rule)]

    def wants(self, slot: Slot, member: Member) -> bool:
        """Whether the slot may go to the member as far as membership and the slot itself say."""
        return member.belongs(slot.start) and (slot.fill is not Fill.MEMBER or slot.user == member.user)

    def standing(self, member: Member) -> list[Stand]:
        return self._standing.get(member.user, [])

    def duties(self, member: Member) -> list[Duty]:
        return self._duties.get(member.user, [])

    def busy(self, member: Member) -> Iterator[Stand | Duty]:
        yield from self.standing(member)
        yield from self.duties(member)

    def near(self, span: Timed, apart: timedelta = timedelta()) -> list[int]:
        """The slots that meet ``span``."""
        return [number for number, slot in enumerate(self.slots) if meets(slot, span, apart)]

    @cached_property
    def _standing(self) -> dict[str, list[Stand]]:
        return by_user(sorted(self.problem.standing))

    @cached_property
    def _duties(self) -> dict[str, list[Duty]]:
        return by_user(sorted(self.problem.duties))


class _Owned(Protocol):
    @property
    def user(self) -> str: ...


O = TypeVar("O", bound=_Owned)  # noqa: E741


def by_user(things: Iterable[O]) -> dict[str, list[O]]:
    found: dict[str, list[O]] = {}
    for thing in things:
        found.setdefault(thing.user, []).append(thing)
    return found
