"""``make map``: draws the rooms of the code, and who imports whom, into docs/pictures/rooms.svg.

Floors are the layers that import-linter holds, from top to bottom; imports go down only. Rooms with the same name stand
in one column. A line joins rooms of one column; what crosses columns is counted beside the floors. The numbers are
modules in a room and imports between floors, as grimp finds them.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path

import grimp

FLOORS = ("bot", "handlers", "services", "sync", "notices", "pictures", "solver", "storage", "oncall", "zonedata")
COLUMNS = (
    "schedules",
    "shifts",
    "rotations",
    "fairness",
    "covers",
    "availability",
    "feeds",
    "destinations",
    "connections",
    "pagerduty",
    "notices",
    "presence",
    "people",
    "admin",
    "home",
    "kit",
)
PICTURE = Path(__file__).parent.parent / "rooms.svg"

LEFT, TOP, WIDTH, HEIGHT, GAP = 240, 20, 96, 34, 8
FLOOR = HEIGHT + 54
STYLE = """
  svg { background: #ffffff; font: 12px sans-serif; }
  .floor { fill: #f4f5f8; stroke: #d3d7e0; } .room { fill: #ffffff; stroke: #7a869a; }
  .name { font-weight: bold; font-size: 14px; } .small { fill: #505a6b; font-size: 11px; }
  .down { stroke: #2b6cb0; stroke-width: 1.5; fill: none; marker-end: url(#tip); }
""".strip("\n")


@dataclass(frozen=True)
class House:
    """The graph of imports, seen as floors with rooms."""

    graph: grimp.ImportGraph

    @cached_property
    def rooms(self) -> dict[str, dict[str, int]]:
        """Per floor its rooms with how many modules each has; modules right on the floor are in the room ``""``."""
        found: dict[str, Counter[str]] = {floor: Counter() for floor in FLOORS}
        packages = {parent for module in self.graph.modules if (parent := module.rpartition(".")[0])}
        for module in self.graph.modules:
            if module not in packages and module != module.partition(".")[0]:
                found[module.partition(".")[0]][self._room(module, packages)] += 1
        return {floor: dict(sorted(rooms.items(), key=lambda one: _column(one[0]))) for floor, rooms in found.items()}

    @cached_property
    def imports(self) -> Counter[tuple[str, str]]:
        """How many imports go from one room (``floor.room``) to another."""
        packages = {parent for module in self.graph.modules if (parent := module.rpartition(".")[0])}
        found: Counter[tuple[str, str]] = Counter()
        for module in self.graph.modules:
            for other in self.graph.find_modules_directly_imported_by(module):
                found[self._address(module, packages), self._address(other, packages)] += 1
        return found

    def between(self, upper: str, lower: str) -> int:
        return sum(n for (a, b), n in self.imports.items() if (_floor(a), _floor(b)) == (upper, lower))

    def _room(self, module: str, packages: set[str]) -> str:
        parts = module.split(".")
        return parts[1] if len(parts) > 2 or (len(parts) == 2 and module in packages) else ""

    def _address(self, module: str, packages: set[str]) -> str:
        return f"{module.partition('.')[0]}.{self._room(module, packages)}"


def _floor(address: str) -> str:
    return address.partition(".")[0]


def _column(room: str) -> tuple[int, str]:
    return (COLUMNS.index(room) if room in COLUMNS else len(COLUMNS), room)


def draw(house: House) -> str:
    """The picture as SVG; equal code gives equal bytes."""
    places = dict(_places(house))
    height = TOP + FLOOR * len(FLOORS)
    width = LEFT + (WIDTH + GAP) * (len(COLUMNS) + 1) + 20
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
            "<title>Rooms of the code, floor by floor; imports go down only</title>",
            f"<style>{STYLE}</style>",
            '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="6" refY="3" orient="auto">'
            '<path d="M0,0 L6,3 L0,6 z" fill="#2b6cb0"/></marker></defs>',
            *(line for number, floor in enumerate(FLOORS) for line in _floor_lines(house, number, floor, width)),
            *(line for floor, room in sorted(places) for line in _room_lines(house, floor, room, places[floor, room])),
            *_arrows(house, places),
            "</svg>",
            "",
        ]
    )


def _places(house: House) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    """Where each room stands: under its name's column, others in the free places from the left."""
    for number, floor in enumerate(FLOORS):
        free = [column for column in range(len(COLUMNS) + 1)]
        named = {room: COLUMNS.index(room) for room in house.rooms[floor] if room in COLUMNS}
        taken = set(named.values())
        last = iter([column for column in (free if not named else free[::-1]) if column not in taken])
        for room in house.rooms[floor]:
            column = named[room] if room in named else next(last)
            yield (floor, room), (LEFT + column * (WIDTH + GAP), TOP + number * FLOOR + 16)


def _floor_lines(house: House, number: int, floor: str, width: int) -> Iterator[str]:
    y = TOP + number * FLOOR
    below = [(other, house.between(floor, other)) for other in FLOORS[number + 1 :]]
    counts = [f"{other} {n}" for other, n in below if n]
    yield f'<rect class="floor" x="10" y="{y}" width="{width - 20}" height="{FLOOR - 18}" rx="6"/>'
    yield f'<text class="name" x="22" y="{y + 24}">{floor}/</text>'
    for line in range(0, len(counts), 3):
        text = escape("↓ " + ", ".join(counts[line : line + 3]))
        yield f'<text class="small" x="22" y="{y + 40 + 5 * line}">{text}</text>'


def _room_lines(house: House, floor: str, room: str, place: tuple[int, int]) -> Iterator[str]:
    x, y = place
    modules = house.rooms[floor][room]
    yield f'<rect class="room" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="4"/>'
    yield f'<text x="{x + WIDTH // 2}" y="{y + 15}" text-anchor="middle">{room or "top level"}</text>'
    yield f'<text class="small" x="{x + WIDTH // 2}" y="{y + 28}" text-anchor="middle">{modules} modules</text>'


def _arrows(house: House, places: dict[tuple[str, str], tuple[int, int]]) -> Iterator[str]:
    """Between rooms of one name, a line down with how many imports it stands for."""
    for (upper, lower), n in sorted(house.imports.items()):
        (a, room), (b, other) = upper.split(".", 1), lower.split(".", 1)
        if not room or room != other or FLOORS.index(a) >= FLOORS.index(b):
            continue
        (x, y), (_, below) = places[a, room], places[b, other]
        middle = x + WIDTH // 2 + (14 if FLOORS.index(b) - FLOORS.index(a) > 1 else 0)
        yield f'<path class="down" d="M{middle},{y + HEIGHT} L{middle},{below - 2}"/>'
        yield f'<text class="small" x="{middle + 5}" y="{y + HEIGHT + 20}">{n}</text>'


def main() -> None:
    PICTURE.write_text(drawn(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.name} is drawn\n")


def drawn() -> str:
    """The picture of the code as it is."""
    return draw(House(grimp.build_graph(*FLOORS, cache_dir=None)))


if __name__ == "__main__":
    main()
