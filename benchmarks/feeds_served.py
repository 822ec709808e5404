"""A feed of 2,000 shifts that has not changed, asked for over HTTP. The peer is aiohttp's own static file of that text.

Both are routes of one server in a thread of its own; one client with one connection asks them in turn.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

from aiohttp import web
from cryptography.fernet import Fernet
from sqlalchemy import insert

from benchmarks.feeds import PEOPLE, SHIFTS, START, rows
from benchmarks.measure import Report, Target, compete
from bot.feeds import PATH, feed_page
from bot.web import listening
from oncall.clock import SystemClock
from services.feeds.secrets import digest_of, new_secret
from services.feeds.serving import FeedDesk
from services.kit.house import House
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import Feed, Member, Person, Schedule, ShiftRow

TIMES_SLOWER = 2.0


async def _filled(database: Database, secret: str) -> None:
    await database.migrate()
    now = SystemClock().now()
    async with database.transaction() as tx:
        workspace = await tx.people.ensure_workspace("T1", "", "Acme", now)
        users = [f"U{number}" for number in range(PEOPLE)]
        await tx.people.keep(
            Person(workspace_id=workspace.id, user_id=user, name=user, email=f"{user}@example.com", seen_at=now)
            for user in users
        )
        team = await tx.schedules.ensure_team(workspace.id, "Payments")
        schedule = Schedule(workspace_id=workspace.id, team_id=team.id, public_id="s", name="Payments", name_key="p")
        schedule.time_zone, schedule.confirm_mode, schedule.created_at, schedule.created_by = (
            "UTC",
            "by_hand",
            now,
            "U1",
        )
        members = [Member(user_id=user, access="member") for user in users]
        await tx.schedules.add(schedule, ["Primary", "Secondary"], members)
        roles = [role.id for role in await tx.schedules.roles(schedule.id)]
        values = [
            {
                "schedule_id": schedule.id,
                "role_id": roles[one.role_id - 1],
                "user_id": one.user_id,
                "starts_at": now + (one.start - START),
                "ends_at": now + (one.end - START),
                "state": one.state,
                "source": "rotation",
                "revision": one.revision,
                "created_at": now,
            }
            for one in rows()
        ]
        await tx.session.execute(insert(ShiftRow), values)
        feed = Feed(workspace_id=workspace.id, scope="schedule:1", schedule_id=schedule.id, secret="sealed")
        feed.digest, feed.made_at, feed.made_by = digest_of(secret), now, "U1"
        await tx.feeds.add(feed)


async def _serve(folder: Path, secret: str, ready: list[int], stop: asyncio.Event) -> None:
    database = Database(f"sqlite+aiosqlite:///{folder / 'baton.db'}")
    await _filled(database, secret)
    nothing, box = SimpleNamespace(), SecretBox([Fernet.generate_key().decode()])
    house = House(database, SystemClock(), box, nothing, nothing)  # type: ignore[arg-type]
    routes = web.Application()
    routes.router.add_get(PATH, feed_page(FeedDesk(house)))
    (folder / "files").mkdir()
    routes.router.add_static("/files", folder / "files")
    async with listening(routes, "127.0.0.1", 0) as port:
        ready.append(port)
        await stop.wait()
    await database.close()


@contextmanager
def served(folder: Path, secret: str) -> Generator[int]:
    """The port."""
    loop, ready = asyncio.new_event_loop(), list[int]()
    stop = asyncio.Event()
    thread = Thread(target=loop.run_until_complete, args=(_serve(folder, secret, ready, stop),), daemon=True)
    thread.start()
    while not ready and thread.is_alive():
        thread.join(0.05)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def fetch(http: HTTPConnection, path: str, tag: str = "") -> bytes:
    http.request("GET", path, headers={"If-None-Match": tag} if tag else {})
    answer = http.getresponse()
    body = answer.read()
    if answer.status != (304 if tag else 200):
        raise RuntimeError(f"{path} answers {answer.status}")
    return body


def run() -> Report:
    secret = new_secret()
    path = f"/calendar/{secret}.ics"
    with tempfile.TemporaryDirectory() as named, served(Path(named), secret) as port:
        http = HTTPConnection("127.0.0.1", port)
        body = fetch(http, path)
        (Path(named) / "files" / "feed.ics").write_bytes(body)
        http.request("HEAD", path)
        head = http.getresponse()
        head.read()
        tag = head.headers["ETag"] or ""
        sides = {
            "a feed that has not changed": lambda: fetch(http, path),
            "a static file of aiohttp": lambda: fetch(http, "/files/feed.ics"),
            "the feed, to whoever has it (304)": lambda: fetch(http, path, tag),
        }
        samples = compete(sides, repeats=9, seconds=0.2)
        http.close()
    slower = samples[0].median / samples[1].median
    title = f"A feed of {SHIFTS:,} shifts ({len(body) // 1000} kB) is answered from memory"
    target = Target(f"at most {TIMES_SLOWER:.0f} × a static file of aiohttp", slower <= TIMES_SLOWER)
    return Report("feeds_served", title, samples, (target,))
