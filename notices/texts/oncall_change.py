"""The body of an ``oncall_change`` webhook: who was and who is on call, per role that changed.

One body holds every transition of an instant, by team name and then by schedule name. Names need not be unique, so
what is under one name is a list of everything that is called so; ids tell them apart. When several people change at
once there is one entry for each, and nobody is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

EVENT = "oncall_change"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody as webhooks show them."""

    username: str
    real_name: str

    def shape(self) -> dict[str, str]:
        first, _, last = self.real_name.strip().partition(" ")
        return {"username": self.username, "first_name": first or self.username, "last_name": last.strip()}


@dataclass(frozen=True, slots=True)
class Transition:
    """One role of one schedule at an instant, and one of those who end and start; nobody is None.

    ``policies`` are the role's escalation policies, ready to be shown. ``fallback`` stands in where nobody is on call
    for the role any more.
    """

    schedule_id: str
    schedule: str
    team_id: str
    team: str
    previous: str | None
    new: str | None
    at: datetime
    overridden: bool
    layer: str
    time_zone: str
    policies: Sequence[Any] = ()
    fallback: str = ""


def body(transitions: Iterable[Transition], callers: Mapping[str, Caller]) -> dict[str, Any]:
    """The JSON document; people who aren't known are shown by their id."""
    told: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for transition in transitions:
        told.setdefault(transition.team, {}).setdefault(transition.schedule, []).append(_entry(transition, callers))
    return {"event_type": EVENT, "transitions": told}


def _entry(transition: Transition, callers: Mapping[str, Caller]) -> dict[str, Any]:
    standing_in = {"fallback_user": _shape(transition.fallback, callers)} if transition.fallback else {}
    return {
        "schedule_id": transition.schedule_id,
        "schedule_name": transition.schedule,
        "team_id": transition.team_id,
        "team_name": transition.team,
        "previous_user": _shape(transition.previous, callers),
        "new_user": _shape(transition.new, callers),
        "transition_time": transition.at.isoformat(timespec="seconds"),
        "layer_type": "override" if transition.overridden else "layer",
        "layer_name": transition.layer,
        "time_zone": transition.time_zone,
        "escalation_policies": list(transition.policies),
        **standing_in,
    }


def _shape(user: str | None, callers: Mapping[str, Caller]) -> dict[str, str] | None:
    if user is None:
        return None
    return callers.get(user, Caller(user, "")).shape()
