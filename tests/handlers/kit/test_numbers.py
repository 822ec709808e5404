"""Ids and instants that nobody's client sends are taken as not there, and no handler reads them in a way of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from handlers.kit.forms import Form
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import MOST_DIGITS, id_of, instant_of
from services.kit.errors import FieldErrors

ROOT = Path(__file__).parents[3]
NO_IDS = ("9" * 5000, str(2**63), "-1", "0", "1e400", "1.5", " 1", "\u0661", "nonsense\x00\x01", "", None, True, 0, -1)
NO_IDS_EITHER = (2**63, 10**40, 1.0, 1e300, [1], {"id": 1})
NO_INSTANTS = (10**14, 2**63, -(10**14), 1e300, float("nan"), float("inf"), "1780000000", True, [], 0)


@pytest.mark.parametrize("value", [*NO_IDS, *NO_IDS_EITHER])
def test_what_can_be_no_id_is_none(value: object) -> None:
    assert id_of(value) is None
    assert Form(chosen(value)).number("role") is None
    assert Metadata.load(Metadata(schedule_id=value).dump()).schedule_id is None  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1, 10**MOST_DIGITS - 1])
def test_every_other_number_is_one(value: int) -> None:
    assert id_of(value) == id_of(str(value)) == value
    assert Form(chosen(str(value))).number("role") == value


@pytest.mark.parametrize("value", NO_INSTANTS)
def test_what_no_calendar_has_is_said_at_its_field(value: object) -> None:
    assert instant_of(value) is None
    with pytest.raises(FieldErrors, match="between the years"):
        Form(filled("start", {"selected_date_time": value})).instant("start")


def chosen(value: object) -> dict[str, object]:
    return filled("role", {"selected_option": {"value": value}})


def filled(name: str, state: dict[str, object]) -> dict[str, object]:
    return {"state": {"values": {name: {"value": state}}}}


CASTS = {
    ("handlers/kit/numbers.py", "int"),
    ("handlers/kit/numbers.py", "fromtimestamp"),
    ("handlers/schedules/zone_search.py", "int"),  # of digits that a pattern has counted
    ("handlers/schedules/edit.py", "int"),  # of ids that Baton has packed, and a refusal for what is none
    ("handlers/fairness/packing.py", "int"),  # of yes and no
    *((f"handlers/{path}.py", "int") for path in ("kit/blocks", "shifts/assign", "rotations/views")),  # of instants
}
"""In which file what becomes a number."""


def test_numbers_of_requests_are_read_nowhere_else() -> None:
    """So that each action has to be tried with one number that is too large, and not with each odd one."""
    found: set[tuple[str, str]] = set()
    for path in (ROOT / "handlers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in ("int", "fromtimestamp"):
                    found.add((path.relative_to(ROOT).as_posix(), called))
    assert found == CASTS
