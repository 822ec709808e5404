"""Which release of the zone database Baton works with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import zonedata
from oncall.civil import first_instant, wall_time
from tests.support.zonerules import NEW, OLD, folder_of, switch_to, zone_rules
from zonedata import Origin, ZoneData
from zonedata.releases import order, released

WORKING_HOURS = [
    ("America/Winnipeg", "2027-01-15T09:00", "2027-01-15T14:00Z"),
    ("America/Vancouver", "2026-11-30T09:00", "2026-11-30T16:00Z"),
    ("America/Edmonton", "2027-01-15T09:00", "2027-01-15T15:00Z"),
    ("America/Havana", "2027-01-15T09:00", "2027-01-15T13:00Z"),
    ("America/Havana", "2027-12-01T09:00", "2027-12-01T14:00Z"),
    ("Africa/Casablanca", "2027-01-15T09:00", "2027-01-15T09:00Z"),
    ("Europe/London", "2027-01-15T09:00", "2027-01-15T09:00Z"),
]

ASK = """
import json, sys, sysconfig
system, package = sys.argv[1:]
sysconfig.get_config_vars()["TZPATH"] = system
sys.path.insert(0, package)
import bot
import zonedata
from zoneinfo import ZoneInfo
from datetime import datetime
noon = datetime(2027, 1, 15, 12, tzinfo=ZoneInfo("America/Vancouver"))
used = zonedata.in_use()
print(json.dumps([used.version, used.origin, noon.utcoffset().total_seconds() / 3600]))
"""


@pytest.mark.parametrize(("zone", "wall", "instant"), WORKING_HOURS)
def test_nine_o_clock_is_the_instant_that_the_newest_rules_say(zone: str, wall: str, instant: str) -> None:
    assert first_instant(datetime.fromisoformat(wall), zone) == datetime.fromisoformat(instant)


def packaged(folder: Path, version: str | None) -> Path:
    """A place for Python's path with a package like PyPI's `tzdata`, of this release; None: without any."""
    if version is not None:
        (folder / "tzdata").mkdir(parents=True)
        (folder / "tzdata" / "__init__.py").write_text("")
        (folder / "tzdata" / "zoneinfo").symlink_to(folder_of(version))
    return folder


def ask(system: Path | str, package: Path, **environment: str) -> tuple[str, str, float]:
    """What a program that imports `bot` works with: the release, where from, and Vancouver's offset in winter."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(system), str(package)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={name: value for name, value in os.environ.items() if name != "PYTHONTZPATH"} | environment,
    )
    version, origin, hours = json.loads(done.stdout)
    return version, origin, hours


def test_the_package_is_used_where_it_is_newer_than_the_system(tmp_path: Path) -> None:
    assert ask(folder_of(OLD), packaged(tmp_path, NEW)) == (NEW, "PyPI's tzdata", -7)


def test_the_system_is_used_where_it_is_newer_than_the_package(tmp_path: Path) -> None:
    assert ask(folder_of(NEW), packaged(tmp_path, OLD)) == (NEW, "the system", -7)


def test_of_two_alike_the_system_is_used(tmp_path: Path) -> None:
    assert ask(folder_of(NEW), packaged(tmp_path, NEW)) == (NEW, "the system", -7)


def test_a_system_that_does_not_say_its_release_is_not_trusted(tmp_path: Path) -> None:
    system = tmp_path / "system"
    for name in ("America/Vancouver", "Europe/London"):
        (system / name).parent.mkdir(parents=True)
        (system / name).write_bytes((folder_of(OLD) / name).read_bytes())
    assert ask(system, packaged(tmp_path / "package", NEW)) == (NEW, "PyPI's tzdata", -7)

    (system / "+VERSION").write_text("2027a\n")
    assert ask(system, packaged(tmp_path / "package-too", NEW)) == ("2027a", "the system", -8)


def test_without_a_system_database_the_package_is_used(tmp_path: Path) -> None:
    assert ask(tmp_path / "none", packaged(tmp_path, NEW)) == (NEW, "PyPI's tzdata", -7)


def test_what_an_operator_says_is_done_even_if_it_is_older(tmp_path: Path) -> None:
    told = ask(folder_of(NEW), packaged(tmp_path, NEW), PYTHONTZPATH=str(folder_of(OLD)))
    assert told == (OLD, "PYTHONTZPATH", -8)
    assert ask(folder_of(OLD), packaged(tmp_path / "other", NEW), PYTHONTZPATH="") == (NEW, "PYTHONTZPATH", -7)


@pytest.mark.parametrize("module", ["bot.cli", "sandbox.__main__", "sandbox.pagerduty", "benchmarks.__main__"])
def test_every_program_chooses_before_it_does_anything_else(module: str) -> None:
    """zoneinfo would be imported by whatever asks for a zone; when the choice is made nothing has."""
    code = (
        "import sys, zonedata\n"
        "seen = []\n"
        "chosen = zonedata.use_newest\n"
        "first = lambda: (seen.append(sorted({'sqlalchemy', 'slack_sdk', 'apscheduler', 'oncall'} & set(sys.modules))),"
        " chosen())\n"
        "zonedata.use_newest = first\n"
        f"import {module}\n"
        "print(seen[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"


def test_what_was_worked_out_from_old_rules_is_forgotten() -> None:
    wall, instant = datetime.fromisoformat("2027-01-15T09:00"), datetime(2027, 1, 15, 16, tzinfo=UTC)
    with zone_rules(OLD):
        assert first_instant(wall, "America/Vancouver") == instant + timedelta(hours=1)
        assert ZoneInfo("America/Vancouver").utcoffset(wall) == timedelta(hours=-8)
        switch_to(NEW)
        assert first_instant(wall, "America/Vancouver") == instant
        assert wall_time(instant, "America/Vancouver") == wall


def test_a_running_process_takes_an_update_at_the_second_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zone_rules(OLD):
        found = ZoneData(Origin.SYSTEM, (str(folder_of(NEW)),), NEW, (1,))
        monkeypatch.setattr(zonedata, "_newest", lambda: found)
        assert (zonedata.refresh(), zonedata.in_use().version) == (False, OLD)
        assert (zonedata.refresh(), zonedata.in_use().version) == (True, NEW)
        assert not zonedata.refresh()


def test_a_running_process_does_not_take_half_an_update_or_an_older_release(monkeypatch: pytest.MonkeyPatch) -> None:
    with zone_rules(NEW):
        for found in (ZoneData(Origin.SYSTEM, ()), ZoneData(Origin.SYSTEM, (str(folder_of(OLD)),), OLD)):
            monkeypatch.setattr(zonedata, "_newest", lambda found=found: found)
            assert not any(zonedata.refresh() for _ in range(3))
        assert zonedata.in_use().version == NEW


def test_releases_are_in_order() -> None:
    names = ["", "2025b", "2025c", "2026a", "2026z", "2026za", "2027a"]
    assert sorted(reversed(names), key=order) == names


@pytest.mark.parametrize(
    ("version", "day"),
    [("2026f", date(2026, 10, 28)), ("2026g", date(2026, 10, 28)), ("2027b", date(2027, 1, 1)), ("", None)],
)
def test_a_release_is_dated_by_its_name_where_the_day_is_not_known(version: str, day: date | None) -> None:
    assert released(version) == day


def test_data_older_than_a_year_is_old() -> None:
    data = ZoneData(Origin.SYSTEM, (), "2026f")
    assert not data.is_old(date(2027, 10, 28))
    assert data.is_old(date(2027, 10, 29))
    assert ZoneData(Origin.SYSTEM, ()).is_old(date(2027, 1, 1))
