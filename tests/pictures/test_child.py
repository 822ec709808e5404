"""The drawing process: what it gives back, and what its failures are to whoever waits.

What draws is imported where it is used: it takes most of a second, in each process that collects tests.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from oncall.fairness.balance import Line, Standing
from pictures.balance_values import BalancePicture, Panel, Share, Tone
from pictures.child import PNG, CannotDraw, Draughtsman
from pictures.values import Bar, Column, Key, Kind, Picture, Row
from services.fairness.balance_picture import in_short

WEEK = tuple(Column("MTWTFSS"[n], str(n + 1), "June 2026" if not n else "", n > 4, n == 2) for n in range(7))
PICTURE = Picture(
    title="$Payments$ & Größe",
    subtitle="Days of UTC",
    columns=WEEK,
    rows=(
        Row("Nobody: Primary", (Bar(2, 2.5, 0, Kind.GAP), Bar(6, 7, 0, Kind.OPEN)), is_gap=True),
        Row("Łukasz " * 20, (Bar(0, 2, 0), Bar(1, 4, 1, Kind.PROPOSED, lane=1)), lanes=2),
        Row("山田 🦉 \\frac{1}", (Bar(4, 4.01, 1),)),
    ),
    keys=(Key("P", "Primary"), Key("S", "Secondary " * 20)),
    now=2.4,
    notes=("Clocks change: never.",),
)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def size_of(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


async def test_a_picture_is_a_png_as_wide_as_slack_shows_well_and_higher_with_more_rows() -> None:
    draughtsman = Draughtsman()
    small = await draughtsman.draw(PICTURE)
    assert small.startswith(PNG)
    many = Picture("t", "s", WEEK, PICTURE.rows * 20, PICTURE.keys)
    tall = await draughtsman.draw(many)
    assert size_of(small)[0] == size_of(tall)[0] == 1400
    assert 400 < size_of(small)[1] < 700 < size_of(tall)[1]


def test_a_picture_of_nothing_can_be_drawn_as_well() -> None:
    from pictures.drawing import draw

    assert draw(Picture("t", "s", (), (), ())).startswith(PNG)


def test_a_year_of_hours_and_every_standing_fit_into_a_picture_of_a_balance() -> None:
    from pictures import balance_drawing

    year = in_short(Line(1234.5, 2432.5, 3456.8, 0), hours=True)
    rows = [Share("Ann", 1, 1, 2, year, Tone.FAR, standing.value) for standing in Standing]
    sheet = balance_drawing._Sheet(BalancePicture("t", "s", (Panel("Hours", tuple(rows)),)))
    sheet.png()
    drawn = [text.get_text() for text in sheet.paper.axes.texts]
    assert [text for text in drawn if text.endswith("…")] == []
    assert [text for text in drawn if text in list(Standing)] == list(Standing)


def test_what_is_drawn_travels_whole() -> None:
    assert Picture.load(PICTURE.dump()) == PICTURE


@pytest.mark.parametrize(
    "command",
    [
        python("import does_not_exist_here"),
        python("import os; os.abort()"),
        python("print('no picture')"),
        ("/does/not/exist",),
    ],
)
async def test_a_crash_a_missing_library_or_anything_but_a_picture_is_a_sentence(command: tuple[str, ...]) -> None:
    with pytest.raises(CannotDraw, match="can't be drawn just now"):
        await Draughtsman(command).draw(PICTURE)


async def test_what_takes_too_long_is_ended_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    slow = ("/bin/sh", "-c", f"echo $$ > {file}; exec sleep 600")
    with pytest.raises(CannotDraw, match="took too long"):
        await Draughtsman(slow, longest=1).draw(PICTURE)
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


async def test_pictures_are_drawn_one_at_a_time_and_a_crowd_is_told_to_come_back() -> None:
    short = python("import sys, time; time.sleep(0.1); sys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\n')")
    draughtsman = Draughtsman(short)
    began = time.monotonic()
    asked = [asyncio.create_task(draughtsman.draw(PICTURE)) for _ in range(6)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(one, CannotDraw) for one in outcomes] == [False] * 5 + [True]
    assert time.monotonic() - began > 5 * 0.1


async def test_the_process_sees_none_of_the_bots_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    leaks = python("import os, sys; sys.exit('SLACK_BOT_TOKEN' in os.environ or sys.stdout.buffer.write(b'no') and 7)")
    with pytest.raises(CannotDraw):
        await Draughtsman(leaks).draw(PICTURE)


async def test_where_a_process_may_not_limit_itself_it_draws_all_the_same() -> None:
    code = """
import os, resource, runpy
def refuse(*_):
    raise PermissionError
os.nice = resource.setrlimit = refuse
runpy.run_module('pictures', run_name='__main__')
"""
    assert (await Draughtsman(python(code)).draw(PICTURE)).startswith(PNG)


@pytest.mark.parametrize(
    ("days", "name"), [(30, "November 2026"), (6, "November"), (2, "Nov"), (1, "")], ids=["all of it", "6", "2", "1"]
)
def test_a_month_is_named_as_there_is_room_for_it(days: int, name: str) -> None:
    """Two days at the end of a month do not write their month over the next one."""
    from pictures.drawing import _Sheet

    page = _Sheet(replace(PICTURE, rows=()))
    assert page._month("November 2026", days * 36.0 - 8) == name


async def test_a_balance_is_drawn_higher_with_more_people_and_travels_whole() -> None:
    row = Share("Łukasz $x$ " * 9, 3, 2, 4.8, "3 + 2 of 4.8", Tone.FAR, "far off, but improving")
    nothing = Share("山田", 0, 0, 0, "0 + 0 of 0", Tone.GOOD, "balanced")
    picture = BalancePicture("$Payments$", "s", (Panel("All shifts", (row, nothing)), Panel("Nights", ())), ("note",))
    small, tall = [await Draughtsman().draw(one) for one in (picture, replace(picture, panels=picture.panels * 4))]

    assert BalancePicture.load(picture.dump()) == picture
    assert size_of(small)[0] == size_of(tall)[0] == 1400
    assert size_of(small)[1] < size_of(tall)[1]
