"""Faults on demand: the next call of a method is refused, answered with a broken page, or cut off before or after it
is done."""

from dataclasses import dataclass, field
from enum import StrEnum


class Drop(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Fault:
    method: str
    error: str | None = None
    retry_after: int | None = None
    http_status: int | None = None
    drop: Drop | None = None


@dataclass(slots=True)
class Faults:
    _waiting: list[Fault] = field(default_factory=list[Fault])

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def take(self, method: str) -> Fault | None:
        for fault in self._waiting:
            if fault.method == method:
                self._waiting.remove(fault)
                return fault
        return None
