"""The rooms of the code are where the documents say, and the same on every floor."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 400
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()


def rooms_of(floor: str) -> set[str]:
    return {path.parent.name for path in (ROOT / floor).glob("*/__init__.py")}


def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rooms", ROOT / "docs/pictures/source/rooms.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["rooms"] = module
    spec.loader.exec_module(module)
    return module


def test_the_drawing_shows_the_code_as_it_is() -> None:
    assert drawing().drawn() == drawing().PICTURE.read_text(), "make map"


def test_what_can_be_done_has_the_same_room_in_handlers_and_services() -> None:
    assert rooms_of("handlers") - {"commands"} == rooms_of("services")


@pytest.mark.parametrize("floor", ["handlers", "services", "notices"])
def test_tests_are_in_the_room_of_what_they_test(floor: str) -> None:
    inside = {path.name for path in (ROOT / "tests" / floor).iterdir() if (path / "__init__.py").exists()}
    assert inside <= rooms_of(floor)


def test_the_core_of_sync_needs_the_standard_library_and_the_rules_of_on_call_alone() -> None:
    for path in sorted((ROOT / "sync/core").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                assert top in sys.stdlib_module_names | {"oncall"} or name.startswith("sync.core"), (path.name, name)


def test_every_file_that_the_page_names_is_there() -> None:
    floors = "bot|handlers|services|sync|notices|solver|oncall|storage|docs|tests"
    named = re.findall(rf"`((?:{floors})/[\w/.]+)`", ARCHITECTURE)
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_word_of_the_code_that_the_page_explains_is_a_class() -> None:
    table = ARCHITECTURE.split("## Words of the code")[1]
    words = [word for cell in re.findall(r"^\| ([A-Z]\w+(?:, [A-Z]\w+)*) \|", table, re.M) for word in cell.split(", ")]
    floors = ("bot", "handlers", "services", "sync", "notices", "pictures", "solver", "oncall", "storage")
    classes = {
        found
        for floor in floors
        for path in (ROOT / floor).rglob("*.py")
        for found in re.findall(r"^class (\w+)", path.read_text(), re.M)
    }
    assert len(words) > 20
    assert set(words) - {"Ledger", "Fence", "Lease"} - classes == set()


def test_files_are_short_enough_to_be_read() -> None:
    floors = (
        "bot",
        "handlers",
        "services",
        "sync",
        "notices",
        "pictures",
        "solver",
        "oncall",
        "storage",
        "sandbox",
        "zonedata",
    )
    released = "0001"  # the first migration was released as it is, and stays one file
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for floor in floors
        for path in (ROOT / floor).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > LONGEST and not path.name.startswith(released)
    }
    assert long == {}
