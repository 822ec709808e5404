"""Makes the pictures of the documentation anew: what Slack shows of a real Baton, drawn to look like Slack.

The sandbox and the bot of `make demo` are started, somebody uses Slack, and the blocks they see are written down, with
what they typed. `render.mjs` draws them, Chromium takes the pictures. It needs `npm` and `chromium`:

    .venv/bin/python docs/pictures/source/make.py
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from sandbox.client import Message, Modal, Person
from sandbox.demo.screen import Screen
from sandbox.demo.stage import CHANNEL, SUBDOMAIN, TEAM, ZONE, Stage, staged

SOURCE = Path(__file__).parent
PICTURES = SOURCE.parent
WIDTH = 560
BROWSER = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars")
SCALE = "--force-device-scale-factor=1.5"

Scene = dict[str, Any]


async def scenes() -> list[Scene]:
    async with staged(Screen(ZONE), None) as stage:
        await stage.workspace.connected(timeout=30)
        return await act(stage, stage.workspace.person("alice"))


async def act(stage: Stage, alice: Person) -> list[Scene]:
    seen = [await create(alice)]
    await alice.submit()
    await connect(stage, alice)
    seen.append(await link(alice))
    await alice.submit()
    await asyncio.sleep(2)
    await alice.close_all()
    first = (await stage.pagerduty.now()).replace(minute=0, second=0)
    for day, member in enumerate(TEAM.values()):
        modal = await assign(alice, member, first + timedelta(days=day))
        await alice.submit()
        if not day:
            seen.append(modal)
    await asyncio.sleep(8)
    for command, name, title in (
        ("/oncall destinations Payments", "destinations", "Destinations"),
        ("/oncall connections", "connections", "Connections"),
    ):
        await alice.command(command, channel=CHANNEL)
        seen.append(shown(name, await alice.modal(title)))
        await alice.close_all()
    for word, text in (("who", "until"), ("shifts", "Days and times of"), ("refresh Payments", "found")):
        await alice.command(f"/oncall {word}", channel=CHANNEL)
        seen.append(said(word.split()[0], await alice.wait_for_message(text, channel="ephemeral", timeout=20)))
    names = await known(stage)
    return [scene | names for scene in seen]


async def known(stage: Stage) -> Scene:
    """Everybody and every channel, by id and name."""
    headers = {"Authorization": f"Bearer {stage.slack.bot_token}"}
    async with httpx.AsyncClient(base_url=stage.slack.api_url, headers=headers, trust_env=False) as http:
        people = (await http.get("users.list")).json()["members"]
        channels = (await http.get("conversations.list")).json()["channels"]
    return {
        "users": [{"id": one["id"], "name": one["real_name"]} for one in people],
        "channels": [{"id": one["id"], "name": one["name"]} for one in channels],
    }


async def create(alice: Person) -> Scene:
    await alice.command("/oncall create", channel=CHANNEL)
    await alice.modal("Create schedule")
    answers = {"Name": "Payments", "Team": "Payments engineering", "Members": list(TEAM), "Notice channel": CHANNEL}
    for label, value in answers.items():
        await alice.fill(label, value)
    return shown("create", await alice.modal())


async def connect(stage: Stage, alice: Person) -> None:
    await alice.command("/oncall connections", channel=CHANNEL)
    await alice.modal("Connections")
    await alice.press("Add PagerDuty")
    await alice.fill("PagerDuty subdomain", SUBDOMAIN)
    await alice.fill("PagerDuty API key", await stage.pagerduty.add_key())
    await alice.submit()
    await asyncio.sleep(2)
    await alice.close_all()


async def link(alice: Person) -> Scene:
    await alice.command("/oncall destinations Payments", channel=CHANNEL)
    await alice.modal("Destinations")
    await alice.press("Add destination")
    await alice.modal("Add destination")
    await alice.fill("PagerDuty schedule", "Platform primary")
    return shown("add-destination", await alice.modal())


async def assign(alice: Person, member: str, start: Any) -> Scene:
    await alice.command("/oncall assign Payments", channel=CHANNEL)
    await alice.modal("Assign shift")
    for label, value in {"Member": member, "Starts": start, "Ends": start + timedelta(days=1)}.items():
        await alice.fill(label, value)
    return shown("assign", await alice.modal())


def shown(name: str, modal: Modal) -> Scene:
    values = modal.view.get("state", {}).get("values", {})
    blocks = [with_typed(block, values.get(block["block_id"], {})) for block in modal.view["blocks"]]
    return {"name": name, "title": modal.title, "submit": modal.submit, "close": modal.close, "blocks": blocks}


def said(name: str, message: Message) -> Scene:
    blocks = message.blocks or [{"type": "section", "text": {"type": "mrkdwn", "text": message.text}}]
    return {"name": name, "blocks": blocks}


def with_typed(block: Scene, typed: dict[str, Any]) -> Scene:
    """The block as it looks with what was typed and chosen. Choices are drawn where a placeholder would be."""
    state = next(iter(typed.values()), None)
    if block.get("type") != "input" or state is None:
        return block
    element = dict(block["element"])
    chosen = (state.get("selected_option") or {}).get("text", {}).get("text")
    if chosen and element["type"].endswith("_select"):
        element["placeholder"] = {"type": "plain_text", "text": chosen}
    initial = {
        "initial_value": state.get("value"),
        "initial_users": state.get("selected_users"),
        "initial_date_time": state.get("selected_date_time"),
    }
    return block | {"element": element | {key: value for key, value in initial.items() if value}}


def run(*command: str | Path, cwd: Path) -> str:
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=cwd, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    return done.stdout.decode()


def draw(found: list[Scene], folder: Path) -> None:
    for name in ("package.json", "render.mjs"):
        shutil.copy(SOURCE / name, folder)
    (folder / "scenes.json").write_text(json.dumps(found))
    run("npm", "install", "--silent", "--no-fund", "--no-audit", cwd=folder)
    run("node", "render.mjs", cwd=folder)
    for scene in found:
        take(folder / f"{scene['name']}.html", folder)


def take(page: Path, folder: Path) -> None:
    """Once to see how tall it is, once for the picture."""
    browser = (*BROWSER, *QUIET, SCALE, f"--user-data-dir={folder / 'profile'}")
    seen = run(*browser, "--dump-dom", f"--window-size={WIDTH},600", page.as_uri(), cwd=folder)
    tall = re.search(r'data-tall="(\d+)"', seen)
    size = f"--window-size={WIDTH},{tall[1] if tall else 600}"
    run(*browser, f"--screenshot={page.with_suffix('.png')}", size, page.as_uri(), cwd=folder)


def main() -> None:
    wanted = sys.argv[1:]
    with TemporaryDirectory() as folder:
        found = asyncio.run(scenes())
        draw(found, Path(folder))
        for scene in found:
            if not wanted or scene["name"] in wanted:
                shutil.copy(Path(folder) / f"{scene['name']}.png", PICTURES)


if __name__ == "__main__":
    main()
