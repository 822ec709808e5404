"""A value with its recent past, so that readers can be made to trail behind writers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Generic, TypeVar

Plan = TypeVar("Plan")

LONGEST_LAG = timedelta(minutes=2)


class History(Generic[Plan]):
    def __init__(self, at: datetime, plan: Plan) -> None:
        self._versions = [(at, plan)]

    @property
    def latest(self) -> Plan:
        return self._versions[-1][1]

    def record(self, at: datetime, plan: Plan) -> None:
        """Make `plan` the present one; forget those that no lag can reach any more."""
        self._versions.append((at, plan))
        while len(self._versions) > 1 and self._versions[1][0] <= at - LONGEST_LAG:
            del self._versions[0]

    def seen(self, now: datetime, lag_seconds: float) -> Plan:
        """The plan that a reader sees who trails behind by some seconds."""
        if lag_seconds <= 0:
            return self.latest
        moment = now - timedelta(seconds=lag_seconds)
        before = [plan for at, plan in self._versions if at <= moment]
        return before[-1] if before else self._versions[0][1]
