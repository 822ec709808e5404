"""Problems and solutions as JSON, for the solving process; what comes back equals what went in."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, cast

from oncall.availability import Leaning, Wish
from oncall.fairness.problem import (
    Duty,
    Fill,
    Limits,
    Load,
    Measure,
    Member,
    Problem,
    Rule,
    Slot,
    Spacing,
    Stand,
    Weight,
    Weights,
)
from oncall.fairness.solution import Solution

INSTANTS = {"start", "end", "since", "until"}
STATES = {"fill": Fill, "measure": Measure, "leaning": Leaning}
LISTS = {
    "members": Member,
    "slots": Slot,
    "standing": Stand,
    "duties": Duty,
    "wishes": Wish,
    "loads": Load,
}


def problem_text(problem: Problem) -> str:
    return json.dumps(_plain(problem))


def problem_from(text: str) -> Problem:
    values = json.loads(text)
    lists = {name: tuple(_value(made, one) for one in values[name]) for name, made in LISTS.items()}
    weights = Weights(**{name: Weight(weight) for name, weight in values["weights"].items()})
    return Problem(**lists, limits=Limits(**values["limits"]), spacing=Spacing(**values["spacing"]), weights=weights)


def solution_text(found: Solution) -> str:
    return json.dumps(_plain(found))


def solution_from(text: str) -> Solution:
    """Raises ValueError, TypeError or KeyError where it is none."""
    values = json.loads(text)
    return Solution(
        **values
        | {
            "given": tuple((slot, user) for slot, user in values["given"]),
            "open": tuple(values["open"]),
            "costs": tuple((Rule(rule), cost) for rule, cost in values["costs"]),
        }
    )


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in cast("tuple[object, ...]", value)]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value.isoformat() if isinstance(value, datetime) else value


def _value(made: type, values: dict[str, Any]) -> Any:
    found = dict(values)
    for name, value in values.items():
        if name in INSTANTS and value is not None:
            found[name] = datetime.fromisoformat(value)
        elif name in STATES:
            found[name] = STATES[name](value)
        elif name == "holidays":
            found[name] = tuple((region, number) for region, number in cast("list[tuple[str, int]]", value))
    return made(**found)
