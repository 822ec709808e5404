"""A small interpreter for tables of rules about JSON values.

A check takes a value and returns its problems; no problems is the shared empty tuple, so accepting costs no allocation.
A problem carries its place relative to the value that was checked, as a tuple of keys. Each container that a problem
passes on its way out puts its own key in front (`under`), which means that places are only ever built for bad values:

    text(1, 75)("")                                    -> (((),                "must have at least 1 character"),)
    record({"label": text(1, 75)})({"label": ""})      -> ((("label",),        "must have at least 1 character"),)
    items(record(...))([{"label": ""}])                -> ((("0", "label"),    "must have at least 1 character"),)

Rules of one type are tables for `record`: required keys, optional keys, and `Rule`s about several keys at once, which
run only when every key is fine by itself, so they need not defend against wrong shapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

Place: TypeAlias = tuple[str, ...]
Problem: TypeAlias = tuple[Place, str]
Problems: TypeAlias = Sequence[Problem]
Check: TypeAlias = Callable[[Any], Problems]
Rule: TypeAlias = Callable[[dict[str, Any]], Problems]

NONE: Problems = ()


def problem(reason: str, *place: str) -> Problems:
    return ((place, reason),)


def under(key: str, problems: Problems) -> list[Problem]:
    return [((key, *place), reason) for place, reason in problems]


def render(problems: Iterable[Problem]) -> list[str]:
    return [f"{'/'.join(place)}: {reason}" for place, reason in problems]


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def a_type(value: object) -> str:
    """The JSON name of a value's type, for messages."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def text(least: int, most: int) -> Check:
    def check(value: Any) -> Problems:
        if not isinstance(value, str):
            return problem(f"must be a string, not {a_type(value)}")
        if least <= len(value) <= most:
            return NONE
        if len(value) < least:
            return problem(f"must have at least {plural(least, 'character')}")
        return problem(f"has {len(value)} characters; at most {most} are allowed")

    return check


def matching(pattern: str, description: str, most: int = 3000) -> Check:
    length = text(1, most)
    matches = re.compile(pattern).fullmatch

    def check(value: Any) -> Problems:
        found = length(value)
        return found if found or matches(value) else problem(f"must be {description}")

    return check


def integer(least: int, most: int) -> Check:
    def check(value: Any) -> Problems:
        if not isinstance(value, int) or isinstance(value, bool):
            return problem(f"must be an integer, not {a_type(value)}")
        return NONE if least <= value <= most else problem(f"must be between {least} and {most}")

    return check


def number(value: Any) -> Problems:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return NONE
    return problem(f"must be a number, not {a_type(value)}")


def boolean(value: Any) -> Problems:
    return NONE if isinstance(value, bool) else problem(f"must be true or false, not {a_type(value)}")


def one_of(*allowed: str) -> Check:
    def check(value: Any) -> Problems:
        return NONE if isinstance(value, str) and value in allowed else problem(f"must be one of {', '.join(allowed)}")

    return check


def items(check_item: Check, least: int = 1, most: int = 1000, noun: str = "item") -> Check:
    def check(value: Any) -> Problems:
        if not isinstance(value, list):
            return problem(f"must be a list, not {a_type(value)}")
        found: list[Problem] = []
        if len(value) < least:
            found += problem(f"must have at least {plural(least, noun)}")
        if len(value) > most:
            found += problem(f"has {len(value)} {noun}s; at most {most} are allowed")
        for index, item in enumerate(value):
            if wrong := check_item(item):
                found += under(str(index), wrong)
        return found

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Rule) -> Check:
    """An object with these keys and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any) -> Problems:
        if not isinstance(value, dict):
            return problem(f"must be an object, not {a_type(value)}")
        found: list[Problem] = []
        for key, item in value.items():
            check_item = known.get(key)
            if check_item is None:
                found += problem(unknown("key", key, known))
            elif wrong := check_item(item):
                found += under(key, wrong)
        found += [((), f"the key '{key}' is missing") for key in required if key not in value]
        return found or _first_problems(rules, value)

    return check


def typed(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Rule) -> Check:
    """A record that `tagged` picks by its `type`."""
    return record({"type": text(1, 255), **required}, optional, *rules)


def tolerant_typed(required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule) -> Check:
    """Like `typed` for types whose full list of keys is not settled: unknown keys pass."""
    strict = typed(required, optional, *rules)
    known = {"type", *required, *optional}

    def check(value: Any) -> Problems:
        if not isinstance(value, dict):
            return strict(value)
        return strict({key: item for key, item in value.items() if key in known})

    return check


def tagged(kinds: Mapping[str, Check], noun: str, elsewhere: Collection[str] = ()) -> Check:
    """An object whose `type` names the check. `elsewhere` holds types that exist but don't belong here."""

    def check(value: Any) -> Problems:
        if not isinstance(value, dict):
            return problem(f"must be an object, not {a_type(value)}")
        kind = value.get("type")
        if not isinstance(kind, str):
            return problem("the key 'type' is missing" if kind is None else "the key 'type' must be a string")
        if (check_kind := kinds.get(kind)) is not None:
            return check_kind(value)
        if kind in elsewhere:
            return problem(f"'{kind}' is not allowed here{_instead(kinds)}")
        return problem(unknown(noun, kind, kinds))

    return check


def unknown(noun: str, name: object, known: Collection[str]) -> str:
    shown = str(name)[:100]
    near = get_close_matches(shown, known, n=1)
    return f"unknown {noun} '{shown}'" + (f"; did you mean '{near[0]}'?" if near else "")


def _instead(kinds: Collection[str]) -> str:
    return f"; use {' or '.join(kinds)}" if len(kinds) <= 2 else ""


def exactly_one(*keys: str) -> Rule:
    def check(value: dict[str, Any]) -> Problems:
        present = [key for key in keys if key in value]
        if len(present) == 1:
            return NONE
        return problem(f"needs {'only one' if present else 'one'} of {' and '.join(keys)}")

    return check


def at_least_one(*keys: str) -> Rule:
    def check(value: dict[str, Any]) -> Problems:
        return NONE if any(key in value for key in keys) else problem(f"needs at least one of {', '.join(keys)}")

    return check


def _first_problems(rules: Iterable[Rule], value: dict[str, Any]) -> Problems:
    for rule in rules:
        if found := rule(value):
            return found
    return NONE
