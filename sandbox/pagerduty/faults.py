"""Things that go wrong on purpose. A rule waits for requests that match it and is used up after `times` of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.pagerduty.http import Request


class Fault(StrEnum):
    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    HTTP_408 = "http_408"
    COMMIT_THEN_DROP = "commit_then_drop"  # done, but the reply is lost
    COMMIT_THEN_500 = "commit_then_500"  # done, but the reply says otherwise
    DROP_BEFORE = "drop_before"  # the connection breaks before anything is done
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_BARE = "rate_limited_bare"  # 429 with neither headers nor JSON
    ITEM_REFUSED = "item_refused"  # items of a batch fail, the rest succeeds
    SLOW = "slow"  # done, but the reply takes `seconds`


@dataclass(slots=True)
class FaultRule:
    kind: Fault
    method: str | None = None
    path_contains: str | None = None
    times: int = 1
    skip: int = 0  # let this many matching requests pass first
    seconds: float = 0.0  # how slow, or how long until the rate limit resets
    items: tuple[int, ...] = (0,)  # which items of a batch are refused

    def matches(self, request: Request) -> bool:
        if self.times <= 0 or (self.method and self.method.upper() != request.method):
            return False
        return self.path_contains is None or self.path_contains in request.path


@dataclass(slots=True)
class Faults:
    rules: list[FaultRule] = field(default_factory=list)

    def next(
        self,
        kind: Fault | str,
        method: str | None = None,
        path_contains: str | None = None,
        times: int = 1,
        skip: int = 0,
        seconds: float = 0.0,
        items: tuple[int, ...] = (0,),
    ) -> FaultRule:
        """Let the next matching requests go wrong."""
        rule = FaultRule(Fault(kind), method, path_contains, times, skip, seconds, tuple(items))
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def take(self, request: Request) -> FaultRule | None:
        """The rule that applies to this request, if any; it is used up by one."""
        for rule in self.rules:
            if not rule.matches(request):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            rule.times -= 1
            return rule
        return None
