"""Which release of the time zone database is in use: the newest of the system's and the one that PyPI's `tzdata` has.

Python's ``zoneinfo`` takes the system's files and turns to ``tzdata`` only for zones that are missing there, so a newer
``tzdata`` beside an old system does nothing. :func:`use_newest` compares the two and points ``zoneinfo`` at the newer
one. It has to come before anything asks for a zone: the packages that programs begin with (``bot``, ``sandbox``,
``tests``, ``benchmarks``) call it as their first statement.

=====================================  ==================================================================
what is there                          what is used
=====================================  ==================================================================
PYTHONTZPATH is set, even to nothing   what it says: an operator's word
the system's release is as new         the system's, where zones that it lacks come from ``tzdata``
``tzdata`` is newer                    ``tzdata``
the system's doesn't say its release   ``tzdata``: of an unknown release nobody can say that it is newer
only one of the two is there           that one
=====================================  ==================================================================

What is worked out from zone rules and remembered has to be forgotten when the data is updated under a running process:
such functions are decorated with :func:`remembered`, and :func:`refresh` looks now and then.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from zonedata.releases import NAME, order, released

P = ParamSpec("P")
R = TypeVar("R")

OLD = timedelta(days=365)
"""Data that is older wants an update: rules of some country change every few months."""

VERSION_FILES = ("tzdata.zi", "+VERSION")
"""Where a folder of zone files says its release; Debian, Fedora and PyPI have the first, macOS and BSDs the other."""


class Origin(StrEnum):
    """Where zone rules come from."""

    SYSTEM = "the system"
    PACKAGE = "PyPI's tzdata"
    CHOSEN = "PYTHONTZPATH"


@dataclass(frozen=True, slots=True)
class ZoneData:
    """A folder of zone files; ``version`` is empty where it doesn't say, ``mark`` changes whenever its files do."""

    origin: Origin
    folders: tuple[str, ...]
    version: str = ""
    mark: tuple[int, ...] = ()

    def age(self, today: date) -> timedelta | None:
        """How long ago the release came out (at most, where only its name is known); None where it has no name."""
        day = released(self.version)
        return None if day is None else max(today - day, timedelta(0))

    def describe(self, today: date) -> str:
        """The release and its age in a sentence, with what to do when it is old."""
        age = self.age(today)
        if age is None:
            return f"Time zone rules of an unknown release, from {self.origin}: update tzdata, or clocks may be wrong."
        known = f"Time zone rules: {self.version} from {self.origin}, {age.days} days old"
        return f"{known}: update tzdata, or clocks may be wrong." if self.is_old(today) else f"{known}."

    def is_old(self, today: date) -> bool:
        """Whether an update is due; data that doesn't say its release may be of any age."""
        age = self.age(today)
        return age is None or age > OLD


@dataclass(slots=True)
class _State:
    used: ZoneData | None = None
    default: tuple[str, ...] = ()
    waiting: ZoneData | None = None


_state = _State()
_caches: list[Callable[[], None]] = []


def use_newest() -> ZoneData:
    """Point ``zoneinfo`` at the newest data there is; a second call changes nothing."""
    if _state.used is None:
        zoneinfo.reset_tzpath()
        _state.default = zoneinfo.TZPATH
        use(_newest())
    return in_use()


def in_use() -> ZoneData:
    """The data in use."""
    return _state.used or use_newest()


def use(data: ZoneData) -> None:
    """Work with this data from now on and forget what was worked out from another."""
    zoneinfo.reset_tzpath(data.folders)
    _state.used, _state.waiting = data, None
    zoneinfo.ZoneInfo.clear_cache()
    for forget in _caches:
        forget()


def refresh() -> bool:
    """Look whether the data was updated meanwhile; True when other data is in use now.

    An update is taken when two looks in a row have seen the same, since the first may see half of it. A running
    process never goes back to an older release: in the middle of an update there may be none at all.
    """
    current, found = in_use(), _newest()
    if found == current or order(found.version) < order(current.version):
        _state.waiting = None
        return False
    if found != _state.waiting:
        _state.waiting = found
        return False
    use(found)
    return True


def remembered(maxsize: int | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Like ``lru_cache``, for what follows from zone rules: forgotten when other data comes into use."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        cached = lru_cache(maxsize=maxsize)(function)
        _caches.append(cached.cache_clear)
        return cast(Callable[P, R], cached)

    return decorate


@remembered()
def zone_names() -> frozenset[str]:
    """Every zone that there is; ``zoneinfo`` walks through its folders for that each time it is asked."""
    return frozenset(zoneinfo.available_timezones())


def by_default(zone: str) -> zoneinfo.ZoneInfo:
    """The rules that ``zoneinfo`` would take by itself, as Baton did before it compared releases."""
    use_newest()
    for folder in _state.default:
        path = Path(folder, zone)
        if path.is_file():
            with path.open("rb") as file:
                return zoneinfo.ZoneInfo.from_file(cast(Any, file), key=zone)
    return zoneinfo.ZoneInfo(zone)


def _newest() -> ZoneData:
    package = _package()
    if _chosen():
        folders = _state.default
        return _read(Origin.CHOSEN, folders if folders or package is None else package.folders)
    home = next((folder for folder in _state.default if _has_zones(folder)), None)
    system = _read(Origin.SYSTEM, _state.default, home) if home else None
    found = [data for data in (system, package) if data is not None]
    if not found:
        return ZoneData(Origin.SYSTEM, _state.default)
    return max(found, key=lambda data: order(data.version))


def _chosen() -> bool:
    return "PYTHONTZPATH" in os.environ and not sys.flags.ignore_environment


def _package() -> ZoneData | None:
    """PyPI's ``tzdata``, found without importing it: it may be another one by the next look."""
    spec = importlib.util.find_spec("tzdata")
    places = list(spec.submodule_search_locations or ()) if spec else []
    folders = [str(Path(place, "zoneinfo")) for place in places if _has_zones(str(Path(place, "zoneinfo")))]
    return _read(Origin.PACKAGE, folders[:1]) if folders else None


def _has_zones(folder: str) -> bool:
    return Path(folder, "Europe", "London").is_file()


def _read(origin: Origin, folders: Iterable[str], home: str | None = None) -> ZoneData:
    """The data in ``folders``; the first of them, or ``home``, says which release it is."""
    folders = tuple(folders)
    for name in VERSION_FILES if folders else ():
        path = Path(home or folders[0], name)
        try:
            with path.open("rb") as file:
                line, about = file.readline(80).decode("ascii", "replace"), os.fstat(file.fileno())
        except OSError:
            continue
        if found := NAME.search(line):
            return ZoneData(origin, folders, found[1], (about.st_ino, about.st_mtime_ns, about.st_ctime_ns))
    return ZoneData(origin, folders)
