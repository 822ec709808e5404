"""What can go wrong at PagerDuty, as switches that somebody turns on, watches, and turns off again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.pagerduty.faults import Fault
from sandbox.pagerduty.http import Json
from sandbox.pagerduty.world import World

ALWAYS = 1_000_000
LAG_SECONDS = 30.0
SLOW_SECONDS = 8.0
RESET_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Switch:
    name: str
    title: str
    explained: str
    is_on: Callable[[World], bool]
    turn: Callable[[World, bool], None]


def _failing(kind: Fault, title: str, explained: str, **options: Any) -> Switch:
    def is_on(world: World) -> bool:
        return any(rule.kind is kind and rule.times > ALWAYS // 2 for rule in world.faults.rules)

    def turn(world: World, on: bool) -> None:
        world.faults.rules[:] = [rule for rule in world.faults.rules if rule.kind is not kind]
        if on:
            world.faults.next(kind, times=ALWAYS, **options)

    return Switch(kind.value, title, explained, is_on, turn)


def _revoked(world: World) -> bool:
    keys = world.account.keys.values()
    return bool(keys) and all(key.revoked for key in keys)


def _revoke(world: World, on: bool) -> None:
    for token in list(world.account.keys):
        if on:
            world.account.revoke_key(token)
        else:
            world.account.restore_key(token)


def _lags(world: World) -> bool:
    return world.switches.read_lag_seconds > 0


def _lag(world: World, on: bool) -> None:
    world.switches.change(read_lag_seconds=LAG_SECONDS if on else 0.0)


SWITCHES = (
    _failing(Fault.RATE_LIMITED, "Too many requests", "Every call is answered 429.", seconds=RESET_SECONDS),
    _failing(Fault.HTTP_500, "Server errors", "Every call is answered 500."),
    _failing(
        Fault.COMMIT_THEN_DROP,
        "Lost replies",
        "Writes are done, but the connection breaks before the reply.",
        method="POST",
    ),
    _failing(Fault.SLOW, "Slow answers", f"Every reply takes {SLOW_SECONDS:.0f} seconds.", seconds=SLOW_SECONDS),
    Switch("lag", "Reads lag behind", f"What was written shows {LAG_SECONDS:.0f} seconds later.", _lags, _lag),
    Switch("revoked", "Revoked keys", "Every API key of the account stops working.", _revoked, _revoke),
)


def faults_shown(world: World) -> list[Json]:
    return [
        {"name": one.name, "title": one.title, "explained": one.explained, "on": one.is_on(world)} for one in SWITCHES
    ]


def turn_fault(world: World, name: str, on: bool) -> None:
    """Raises KeyError when there is no such switch."""
    for one in SWITCHES:
        if one.name == name:
            one.turn(world, on)
            return
    raise KeyError(name)
