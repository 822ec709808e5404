"""``/calendar/<secret>.ics``, as calendar apps ask for it and as those do who try secrets out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.feeds import FRESH_SECONDS
from bot.web import listening, web_app
from sandbox.slack import SlackSandbox
from services.feeds.links import Scope
from services.feeds.secrets import digest_of, new_secret
from services.feeds.serving import MOST_STRANGERS, FeedDesk, Wanted
from storage.database import Database
from storage.tables import Feed
from tests.services.feeds.place import PUBLIC, Place
from tests.support.engine_rows import START
from tests.support.migrated import lay
from tests.support.processes import environment, http_mode, running, socket_mode
from tests.support.service_world import Desk


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with Desk.at() as desk:
        await desk.put("UBOB", 0, 8)
        yield Place.of(desk)


@pytest.fixture
async def http(place: Place) -> AsyncIterator[httpx.AsyncClient]:
    async def nothing() -> list[str]:
        return []

    async def empty() -> bytes:
        return b""

    routes = web_app(dict, nothing, empty, None, None, FeedDesk(place.house))
    async with (
        listening(routes, "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield client


async def path_of(place: Place, scope: Scope | None = None) -> str:
    return (await place.link(place.desk.bob, scope)).url.removeprefix(PUBLIC)


async def test_a_feed_is_a_calendar_that_may_be_kept_for_five_minutes(place: Place, http: httpx.AsyncClient) -> None:
    path = await path_of(place)
    found = await http.get(path)
    assert found.status_code == 200
    assert found.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert found.headers["Cache-Control"] == f"private, max-age={FRESH_SECONDS}"
    assert found.text.count("BEGIN:VEVENT") == 1
    head = await http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == found.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(found.content))
    assert (await http.post(path)).status_code == 405


async def test_whoever_has_it_already_gets_304_until_it_changes(place: Place, http: httpx.AsyncClient) -> None:
    path = await path_of(place)
    tag = (await http.get(path)).headers["ETag"]
    for known in (tag, f'"another", {tag}', f"W/{tag}"):
        for asked in (http.get, http.head):
            again = await asked(path, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
            assert again.headers["Cache-Control"].startswith("private")
    for odd in ("", "nonsense", '"', "*x"):
        assert (await http.get(path, headers={"If-None-Match": odd})).status_code == 200
    assert (await http.get(f"{path}?proposed=1", headers={"If-None-Match": tag})).status_code == 200
    assert (await http.get(f"{path}?titles=email", headers={"If-None-Match": tag})).status_code == 200
    assert (await http.get(f"{path}?proposed=yes&titles=x", headers={"If-None-Match": tag})).status_code == 304
    await place.desk.put("UBOB", 8, 16)
    changed = await http.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.text.count("BEGIN:VEVENT")) == (200, 2)


async def test_whatever_else_is_tried_is_the_same_404(place: Place, http: httpx.AsyncClient) -> None:
    path = await path_of(place)
    others = (path.swapcase().replace("/CALENDAR/", "/calendar/").replace(".ICS", ".ics"), "/calendar/x.ics")
    answers = [await http.get(one) for one in (*others, f"/calendar/{new_secret()}.ics", "/calendar/%00.ics")]
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert "/oncall calendar" in answers[0].text


async def test_secrets_tried_out_by_the_hundred_hold_up_nobody_who_has_one(
    place: Place, http: httpx.AsyncClient
) -> None:
    path = await path_of(place)
    await http.get(path)
    tried = [http.get(f"/calendar/{new_secret()}.ics") for _ in range(4 * MOST_STRANGERS)]
    both = await asyncio.gather(*tried, *(http.get(path) for _ in range(20)))
    assert {one.status_code for one in both[: len(tried)]} <= {404, 503}
    assert {one.status_code for one in both[len(tried) :]} == {200}


async def test_too_many_at_once_are_told_to_come_back(place: Place) -> None:
    desk = place.feeds
    held = await desk._of_strangers.acquire()
    waiting = [asyncio.create_task(desk.answer(new_secret(), Wanted())) for _ in range(MOST_STRANGERS + 5)]
    done, pending = await asyncio.wait(waiting, timeout=0.05)
    assert held
    assert sorted({type(one.exception()).__name__ for one in done}) == ["TooMany"]
    assert len(done) == 5
    desk._of_strangers.release()
    results = await asyncio.gather(*pending, return_exceptions=True)
    assert {type(one).__name__ for one in results} == {"NoSuchFeed"}


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_both_modes_serve_feeds_and_no_log_has_the_secret(slack: SlackSandbox, tmp_path: Path, mode: str) -> None:
    secret, file = new_secret(), tmp_path / "baton.db"
    lay(file)
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with database.transaction() as tx:
        workspace = await tx.people.ensure_workspace("T1", "", "Acme", START)
        kept = Feed(workspace_id=workspace.id, scope="user:U1", user_id="U1", digest=digest_of(secret), secret="sealed")
        kept.made_at, kept.made_by = START, "U1"
        await tx.feeds.add(kept)
    await database.close()
    how = socket_mode(slack) if mode == "socket" else http_mode(slack)
    logged = environment(tmp_path, **how, BATON_LOG_LEVEL="DEBUG")
    async with running(tmp_path, logged) as bot, httpx.AsyncClient(base_url=bot.url, trust_env=False) as http:
        found = await http.get(f"/calendar/{secret}.ics")
        assert found.text.startswith("BEGIN:VCALENDAR")
        wrong = new_secret()
        assert (await http.get(f"/calendar/{wrong}.ics")).status_code == 404
        file.rename(tmp_path / "away.db")
        await http.get(f"/calendar/{new_secret()}.ics")
        (tmp_path / "away.db").rename(file)
        await bot.stop()
        log = "".join(bot.log)
    assert secret not in log
    assert wrong not in log
