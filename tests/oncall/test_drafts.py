"""What is wrong with a rotation that somebody fills in is said on the field that it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from oncall.drafts import Draft, Field, InvalidDraft, is_zone, validate
from oncall.rotations import Backup, Unit
from oncall.windows import WORKING_DAYS, Daily
from tests.oncall.patterns import wall

LEFT = datetime(2026, 3, 1, tzinfo=UTC)
GOOD = Draft(
    name="Weeks",
    role=1,
    members=("ann", "bob", "cat"),
    first_handoff=wall(2026, 1, 5, 9),
    zone="Europe/Berlin",
)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, Field.NAME),
        ({"role": None}, Field.ROLE),
        ({"members": ()}, Field.MEMBERS),
        ({"members": ("ann", "bob", "ann")}, Field.MEMBERS),
        ({"every": 0}, Field.EVERY),
        ({"every": None}, Field.EVERY),
        ({"every": 53}, Field.EVERY),
        ({"unit": "years"}, Field.UNIT),
        ({"first_handoff": None}, Field.FIRST_HANDOFF),
        ({"first_handoff": LEFT}, Field.FIRST_HANDOFF),
        ({"zone": "Mars/Olympus"}, Field.ZONE),
        ({"zone": ""}, Field.ZONE),
        ({"opens": time(9)}, Field.CLOSES),
        ({"closes": time(9)}, Field.OPENS),
        ({"opens": time(9), "closes": time(9)}, Field.CLOSES),
        ({"opens": time(9), "closes": time(17), "days": frozenset()}, Field.DAYS),
        ({"opens": time(9), "closes": time(17), "days": frozenset({7})}, Field.DAYS),
        ({"backup": 3, "backup_role": 2}, Field.BACKUP),
        ({"backup": 0, "backup_role": 2}, Field.BACKUP),
        ({"backup": 1, "backup_role": 2, "members": ("ann",)}, Field.BACKUP),
        ({"backup": 1, "backup_role": 1}, Field.BACKUP_ROLE),
        ({"backup": 1}, Field.BACKUP_ROLE),
        ({"opens": time(9), "closes": time(9), "opens_on": 4, "closes_on": 4}, Field.CLOSES),
        ({"opens": time(9), "closes": time(9), "opens_on": 4}, Field.CLOSES_ON),
        ({"opens": time(9), "closes": time(9), "closes_on": 7, "opens_on": 0}, Field.CLOSES_ON),
        ({"opens": time(9), "closes": time(9), "closes_on": 0}, Field.OPENS_ON),
        ({"counts": "lunar"}, Field.COUNTS),
        ({"unit": "months", "every": 13}, Field.EVERY),
    ],
)
def test_a_problem_is_named_on_its_own_field_only(change: dict[str, Any], field: Field) -> None:
    draft = replace(GOOD, **change)
    assert list(validate(draft)) == [field]
    with pytest.raises(InvalidDraft) as raised:
        draft.rotation()
    assert raised.value.problems == validate(draft)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"every": 8760, "unit": "hours"},
        {"opens": time(22), "closes": time(0), "days": WORKING_DAYS},
        {"opens": time(0), "closes": time(8)},
        {"backup": 4, "backup_role": 2},
    ],
)
def test_a_draft_without_problems_becomes_a_rotation_and_back(change: dict[str, Any]) -> None:
    draft = replace(GOOD, **change)
    assert validate(draft) == {}
    rotation = draft.rotation()
    assert Draft.of(rotation, [stint.user for stint in rotation.members]) == draft


def test_a_rotation_has_what_was_filled_in() -> None:
    draft = replace(GOOD, name=" Nights ", unit="days", opens=time(20), closes=time(6), backup=1, backup_role=2)
    rotation = draft.rotation()
    assert (rotation.name, rotation.unit) == ("Nights", Unit.DAYS)
    assert rotation.coverage == Daily(time(20), time(6))
    assert rotation.backup == Backup(2, 1)


def test_an_empty_form_says_everything_that_is_missing() -> None:
    assert set(validate(Draft())) == {Field.NAME, Field.ROLE, Field.MEMBERS, Field.FIRST_HANDOFF, Field.ZONE}


@pytest.mark.parametrize("name", ["", "America", "../etc/passwd", "/etc/localtime", "a\0b", "europe"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    assert not is_zone(name)
