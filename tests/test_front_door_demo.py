"""`baton demo` as people run it: a process that shows the main job, says what went wrong, and cleans up."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path

import httpx
import pytest

from sandbox.client.shapes import Message
from sandbox.demo.page import has_desktop
from sandbox.demo.screen import Screen
from sandbox.demo.tour import CHAPTERS

DEMO = (sys.executable, "-m", "bot", "demo")
CHILDREN = Path("/proc/self/task")


async def start(*arguments: str, **environment: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *DEMO, *arguments, env={**os.environ, "COLUMNS": "120", **environment}, stdout=PIPE, stderr=STDOUT
    )


async def output_of(process: Process) -> str:
    out, _ = await process.communicate()
    return out.decode()


async def shown_until(process: Process, text: str) -> str:
    assert process.stdout is not None
    seen = ""
    while text not in seen:
        line = await process.stdout.readline()
        assert line, seen
        seen += line.decode()
    return seen


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.slow(seconds=30)
@pytest.mark.timeout(300)
async def test_the_demo_walks_the_seven_steps_and_ends_with_status_0() -> None:
    process = await start("--once")
    shown = await output_of(process)
    assert process.returncode == 0, shown
    for number, chapter in enumerate(CHAPTERS, 1):
        assert f"{number}. {chapter.title}" in shown
    assert "signature good" in shown


@pytest.mark.slow(seconds=30)
@pytest.mark.timeout(300)
async def test_a_pagerduty_that_refuses_writes_fails_the_demo_with_the_reason() -> None:
    process = await start("--once", SANDBOX_PAGERDUTY_FAULT="item_refused")
    shown = await output_of(process)
    assert process.returncode == 1, shown
    assert "PagerDuty refused" in shown.split("Slack says about it")[1]
    assert "baton is running" in shown.split("The end of the bot's log")[1]


@pytest.mark.slow(seconds=20)
@pytest.mark.timeout(300)
@pytest.mark.skipif(not CHILDREN.exists(), reason="needs /proc to see processes")
async def test_a_demo_in_a_strange_environment_says_where_its_page_is_and_stays_up_until_ctrl_c() -> None:
    strange = {"SLACK_SIGNING_SECRET": "wrong", "BATON_ENCRYPTION_KEYS": "no key", "BATON_REFRESH_SECONDS": "never"}
    process = await start(DISPLAY="", WAYLAND_DISPLAY="", **strange)
    shown = await shown_until(process, "Everything stays up until Ctrl-C.")
    url = re.search(r"Open (http://127.0.0.1:\d+/)", shown)
    assert url is not None, shown
    async with httpx.AsyncClient(trust_env=False) as http:
        page = await http.get(url[1])
    assert page.status_code == 200
    await stopped(process, signal.SIGINT)


@pytest.mark.skipif(not CHILDREN.exists(), reason="needs /proc to see processes")
async def test_a_demo_that_is_told_to_stop_while_its_bot_starts_leaves_no_process_behind() -> None:
    process = await start()
    while not children(process.pid):  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.05)
    await stopped(process, signal.SIGTERM)


async def stopped(process: Process, number: signal.Signals) -> None:
    bots = children(process.pid)
    assert bots
    process.send_signal(number)
    shown = await output_of(process)
    assert process.returncode == 130, shown
    assert not [pid for pid in bots if os.path.exists(f"/proc/{pid}")]  # noqa: ASYNC240 - no wait


@pytest.mark.parametrize(
    ("platform", "environment", "opens"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_a_browser_is_opened_where_there_is_a_desktop(platform: str, environment: dict[str, str], opens: bool) -> None:
    assert has_desktop(platform, environment) is opens


@pytest.mark.parametrize("width", [79, 80, 81])
def test_panels_lose_no_character_at_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = "• Platform primary (Primary): found 0 differences, wrote nothing. 🟢 OK – All confirmed shifts are as here."
    message = Message("1.0", "baton", text, text, [], [], False, "C1", True, None, None, [])
    Screen("Europe/Berlin").message("Alice", message)
    drawn = capsys.readouterr().out.split("\n", 1)[1]
    assert "…" not in drawn
    assert " ".join(re.sub(r"[│╭╮╰╯─]", " ", drawn).split()) == text
