"""``python -m benchmarks.second_opinion``: a client that is none of Baton's works on the calendar that Baton writes.

The `caldav` package reads what Baton wrote, gives one event to somebody else, moves one, deletes one, and sees by its
own sync token what it changed; Baton then reads what came of it. Both work on a real Radicale.

It is no test and `caldav` no dependency of ours: the package pulls in `urllib3-future`, which takes urllib3's place for
everybody in the same environment. So it is installed into one that is thrown away, or the Python of another is named.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import venv
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sync.destinations.caldav.board import CalendarBoard
from tests.adapters.contract import made, wanted
from tests.caldav.support import ANN, BOB, HOUR, NOW, WEEK, CalendarDesk
from tests.support.calendar_servers import PASSWORD, USER, radicale

PACKAGE = "caldav==3.6.0"
CLIENT = """
import json, sys
from datetime import datetime, timedelta
import caldav

url, path, user, password, start = sys.argv[1:]
start = datetime.fromisoformat(start)
with caldav.DAVClient(url=url, username=user, password=password) as client:
    calendar = client.calendar(url=url + path)
    before = calendar.get_objects_by_sync_token()
    found = calendar.search(start=start, end=start + timedelta(days=7), event=True)
    events = sorted(found, key=lambda one: one.icalendar_component["DTSTART"].dt)
    seen = [[str(e.icalendar_component["UID"]), e.icalendar_component["DTSTART"].dt.isoformat(),
             str(e.icalendar_component["ATTENDEE"])] for e in events]
    with events[0].edit_icalendar_component() as first:
        first["ATTENDEE"] = "mailto:bob@example.com"
    events[0].save()
    with events[1].edit_icalendar_component() as second:
        for name in ("DTSTART", "DTEND"):
            second[name].dt += timedelta(hours=10)
    events[1].save()
    events[2].delete()
    print(json.dumps({"seen": seen, "changed": len(list(calendar.get_objects_by_sync_token(before.sync_token)))}))
"""


def environment(folder: Path) -> Path:
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE], check=True)
    return python


async def compare(python: Path, folder: Path) -> None:
    with radicale(folder / "radicale") as server:
        async with CalendarDesk.at(server) as desk:
            spans = [wanted(ANN, NOW + hours * HOUR) for hours in (1, 3, 5)]
            items = made(await desk.board.create(spans))
            command = [python, "-c", CLIENT, server.url, desk.schedule, USER, PASSWORD, NOW.isoformat()]
            answer = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
            told = json.loads(answer.stdout)
            assert told["seen"] == [[one.id, one.start.isoformat(), f"mailto:{ANN}"] for one in items], told
            assert told["changed"] == 3, told
            await read_back(desk.another_board(), items[1].start + timedelta(hours=10))
    print("caldav and Baton read and write one calendar alike")


async def read_back(board: CalendarBoard, moved_to: object) -> None:
    there = [(one.user, one.start) for one in await board.items(WEEK)]
    assert there == [(BOB, NOW + HOUR), (ANN, moved_to)], there


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        python = Path(sys.argv[1]) if sys.argv[1:] else environment(folder)
        asyncio.run(compare(python, folder))


if __name__ == "__main__":
    main()
