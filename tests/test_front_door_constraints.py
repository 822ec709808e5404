"""Two sets of pins: what Baton runs on, and beside it what developers need."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"[A-Za-z0-9._-]+==[0-9A-Za-z.!+]+")


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    assert all(PINNED.fullmatch(line) for line in lines), "a line is no plain pin"
    return {canonicalize_name(package): number for package, number in (line.split("==") for line in lines)}


def needed(package: str, *extras: str) -> set[str]:
    """Whatever is installed with the package here, and with what that needs."""
    found: set[tuple[str, str]] = set()
    waiting = [(package, extra) for extra in (*extras, "")]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        for line in requires(one[0]) or []:
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({**default_environment(), "extra": one[1]}):
                waiting += [(canonicalize_name(wanted.name), extra) for extra in (*wanted.extras, "")]
    return {name for name, _ in found} - {package}


def test_what_baton_runs_on_is_pinned_and_nothing_else() -> None:
    assert set(pins("constraints.txt")) == needed("baton", "postgres", "fair")


def test_what_developers_need_besides_is_pinned_and_nothing_twice() -> None:
    running, besides = pins("constraints.txt"), pins("constraints-dev.txt")
    assert set(besides) == needed("baton", "postgres", "fair", "dev") - set(running)


def test_these_tests_run_on_what_is_pinned() -> None:
    installed: dict[str, str] = {}
    for name in pins("constraints.txt"):
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            installed[name] = "none"
    assert installed == pins("constraints.txt")
