"""Draws every modal, the Home tab and every notice into docs/pictures/gallery, a sheet per room, and their index.

    make gallery

What is drawn are the views that the tests draw (tests/support/drawings.py), one per builder, with the blocks of the
sandbox's own page. Needs a Chromium and fonts-noto-color-emoji.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.async_api import async_playwright

from notices.texts import Scene, word
from notices.texts.shapes import post
from sandbox.browser.texts import drawn
from sandbox.slack.inputs import initial_state, state_values, with_ids
from sandbox.slack.model import Team, User
from sandbox.slack.mrkdwn import Reader
from tests.handlers.kit.test_completeness import builders
from tests.handlers.kit.test_every_view import NOW
from tests.support.browser import FLAGS, chromium
from tests.support.drawings import every_view
from tests.support.notice_facts import FACTS
from tests.support.notice_house import NAMES

PICTURES = Path(__file__).parents[1] / "gallery"
INDEX = Path(__file__).parents[2] / "gallery.md"
STATIC = Path(__file__).parents[3] / "sandbox" / "browser" / "static"
NAME = "Payments"
WIDTH, COLOURS = 1640, 48
LONGEST, SHOWN_BLOCKS = 8000, 24
"""Characters of what a view holds, and the blocks that are drawn of one that is longer all the same."""

ABOUT = """\
# Everything that Baton shows

Drawn by `make gallery` from what the tests draw: each modal, the Home tab and each notice once, with the names and
numbers of tests in them, so nothing here is a real schedule. Below each picture is the function that builds it.
"""
STYLE = """
body { display: block; height: auto; overflow: visible; padding: 16px; background: #fff }
#sheet { columns: 3; column-gap: 20px } figure { break-inside: avoid; margin: 0 0 26px }
.modal { position: static; width: auto; max-height: none; box-shadow: none; border: 1px solid #ccc }
.modal-body { overflow: visible } figcaption { color: #616061; font-weight: 400; font-size: 12px; padding-top: 4px }
"""
DRAW = """
async ({ items, slack }) => {
  const { shown } = await import("/store.js");
  shown.slack = slack;
  const { drawBlocks } = await import("/blocks.js");
  const { Surface } = await import("/surface.js");
  const { h } = await import("/dom.js");
  const sheet = document.getElementById("sheet");
  sheet.replaceChildren(...items.map((item, at) => {
    const blocks = drawBlocks(item.blocks, new Surface({ id: String(at) }, item.typed));
    const button = (text, main) => text ? h("span", { class: main ? "button primary" : "button" }, text) : null;
    const body = item.title
      ? h("div", { class: "modal" }, h("header", null, h("h2", null, item.title)),
          h("div", { class: "modal-body" }, blocks),
          h("footer", null, button(item.close ?? "Close"), button(item.submit, true)))
      : h("div", { class: "message" }, h("div", null, blocks));
    return h("figure", null, body, h("figcaption", null, item.name));
  }));
}
"""
PAGE = f"""<!doctype html><meta charset="utf-8"><meta name="token" content="">
<link rel="stylesheet" href="/base.css"><link rel="stylesheet" href="/slack.css">
<link rel="stylesheet" href="/forms.css">
<style>{STYLE}</style><div id="sheet"></div>"""

Item = dict[str, Any]


def modals() -> dict[str, list[tuple[str, Any]]]:
    """One view per builder, by the room it is in; of several the one that shows most without being long."""
    codes = {one.__code__: one for one in builders()}
    found: dict[str, list[Any]] = defaultdict(list)

    def watch(frame: FrameType, event: str, value: Any) -> None:
        if event == "return" and frame.f_code in codes and value:
            one = codes[frame.f_code]
            found[f"{one.__module__.removeprefix('handlers.')}.{one.__name__}"].append(value)

    sys.setprofile(watch)
    try:
        list(every_view(NAME))
    finally:
        sys.setprofile(None)
    rooms: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for name, views in sorted(found.items()):
        rooms[name.partition(".")[0]].append((name, _telling(views)))
    return rooms


def _telling(views: list[Any]) -> Any:
    def length(view: Any) -> int:
        return len(str(view["blocks"]))

    return max((view for view in views if length(view) <= LONGEST), key=length, default=min(views, key=length))


def _item(name: str, view: Any, reader: Reader) -> Item:
    blocks = with_ids(view["blocks"][:SHOWN_BLOCKS])
    texts = {part: view[part]["text"] for part in ("title", "submit", "close") if part in view}
    title = {"title": "Home"} if view.get("type") == "home" else {}
    typed = drawn(state_values(initial_state(blocks))["values"], reader)
    return {"name": name, **title, **texts, "blocks": drawn(blocks, reader), "typed": typed}


def _notices() -> Iterator[tuple[str, Any]]:
    scene = Scene(4, NAME, "Engineering", NAMES, (("https://acme.pagerduty.com/schedules/P1", NAME),), "COPS")
    for kind, facts in FACTS.items():
        if message := word(kind, facts, scene, None) or word(kind, facts, scene, "UALICE"):
            yield kind.value, {"blocks": post(message)["blocks"]}


def _team() -> Team:
    names = {**NAMES, **{f"U{number}": f"Person {number}" for number in range(200)}}
    team = Team("T1", "Acme", "acme", "UBATON", "B1")
    for user, name in names.items():
        team.users[user] = User(user, "T1", name.split()[0].lower(), name, name, "", "UTC")
    return team


def sheets() -> Iterator[tuple[str, list[Item]]]:
    reader = Reader(_team(), ZoneInfo("UTC"), NOW)
    for room, views in {**modals(), "messages": list(_notices())}.items():
        yield room, [_item(name, view, reader) for name, view in views]


def _slack() -> Item:
    people = [
        {"id": one.id, "name": one.name, "shown": one.shown_name, "real": one.real_name, "tz": "UTC"}
        for one in _team().users.values()
    ]
    return {"people": people, "channels": [], "groups": [], "app": {"user": "UBATON"}, "me": "UALICE", "now": 0}


class _Serving(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())
        return None

    def log_message(self, *_arguments: Any) -> None:
        """Nobody reads along."""


async def take(address: str) -> list[str]:
    taken: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = await browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        await page.goto(address)
        for room, items in sheets():
            await page.evaluate(DRAW, {"items": items, "slack": _slack()})
            with Image.open(BytesIO(await page.screenshot(full_page=True))) as picture:
                picture.convert("RGB").quantize(COLOURS).save(PICTURES / f"{room}.png", optimize=True)
            taken.append(room)
        await browser.close()
    return taken


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Serving, directory=str(STATIC)))
    Thread(target=server.serve_forever, daemon=True).start()
    taken = asyncio.run(take(f"http://127.0.0.1:{server.server_port}/"))
    server.shutdown()
    shown = [f"## {room.capitalize()}\n\n![{room}](pictures/gallery/{room}.png)\n" for room in taken]
    INDEX.write_text("\n".join([ABOUT, *shown]), encoding="utf-8")


if __name__ == "__main__":
    main()
