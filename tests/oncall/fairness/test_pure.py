"""Fair assignment needs the standard library and the rules of on-call alone, whoever solves it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent.parent


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_nothing_else_is_imported() -> None:
    files = sorted((ROOT / "oncall/fairness").rglob("*.py"))
    assert len(files) > 20
    foreign = {path.name: imported(path) - sys.stdlib_module_names - {"oncall"} for path in files}
    assert {name: names for name, names in foreign.items() if names} == {}


def test_every_rule_has_a_module_and_a_test_file_of_its_own() -> None:
    rules = {path.stem for path in (ROOT / "oncall/fairness/rules").glob("[a-z]*.py")}
    tests = {path.stem for path in Path(__file__).parent.glob("rules/test_*.py")}
    assert tests == {f"test_{rule}" for rule in rules}
