"""The sandbox's page in a real Chromium, used as a person would: what is pressed and read has a name on the page."""

from __future__ import annotations

import atexit
import re
import shutil
import subprocess
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 15_000


def chromium() -> str:
    """Where Chromium is; a test that needs it is skipped where there is none, and says so."""
    pytest.importorskip("playwright", reason="Playwright is not installed: make tools")
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium was found, so nobody looked at the page: install chromium and run the tests again")
    return found


@dataclass(slots=True)
class Chromium:
    """One for all pages of this process, each of which knows nothing of the others."""

    folder: TemporaryDirectory[str] = field(default_factory=lambda: TemporaryDirectory(prefix="chromium-"))
    process: subprocess.Popen[bytes] | None = None

    def address(self) -> str:
        """Where it is told what to do; started, or started anew, when none is there."""
        said = Path(self.folder.name, "DevToolsActivePort")
        if self.process is None or self.process.poll() is not None:
            said.unlink(missing_ok=True)
            options = (*FLAGS, "--remote-debugging-port=0", f"--user-data-dir={self.folder.name}", "about:blank")
            self.process = subprocess.Popen(
                (chromium(), *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            atexit.register(self.end, self.process)
        until = time.monotonic() + PATIENCE_MS / 1000
        while not (said.exists() and "\n" in said.read_text()):
            assert time.monotonic() < until, "Chromium does not start"
            time.sleep(0.05)
        return f"http://127.0.0.1:{said.read_text().splitlines()[0]}"

    def end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        process.wait()


_chromium = Chromium()


@asynccontextmanager
async def opened(
    url: str, *, width: int = 1280, height: int = 900, scheme: Literal["light", "dark"] = "light"
) -> AsyncGenerator[SlackPage]:
    """The page, open and filled; at the end nothing may have gone wrong in it."""
    chromium()
    from playwright.async_api import async_playwright, expect

    expect.set_options(timeout=PATIENCE_MS)
    wrong: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(_chromium.address())
        apart = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = await apart.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console", lambda said: wrong.append(said.text) if said.type == "error" and "409" not in said.text else None
        )
        await page.goto(url)
        await page.get_by_role("combobox", name="You are").wait_for()
        yield SlackPage(page)
        await apart.close()
        await browser.close()
    assert wrong == []


@dataclass(frozen=True, slots=True)
class SlackPage:
    """What somebody does and sees in the Slack of the page."""

    page: Page

    @property
    def slack(self) -> Locator:
        return self.page.get_by_role("main", name="Slack")

    @property
    def side(self) -> Locator:
        return self.page.locator("#side")

    @property
    def tour(self) -> Locator:
        return self.page.locator("#tour")

    @property
    def modal(self) -> Locator:
        return self.slack.get_by_role("dialog")

    @property
    def messages(self) -> Locator:
        return self.slack.get_by_role("log", name="Messages").get_by_role("article")

    async def be(self, real_name: str) -> None:
        await self.slack.get_by_role("combobox", name="You are").select_option(label=real_name)

    async def go(self, entry: str) -> None:
        """To a channel, a direct message or the app, by its name in the sidebar."""
        sidebar = self.slack.get_by_role("navigation", name="Conversations")
        await sidebar.get_by_role("button", name=entry).click()
        await sidebar.locator("[aria-current=page]").filter(has_text=entry).wait_for()

    async def write(self, text: str) -> None:
        """A message or a slash command, sent with Enter."""
        box = self.slack.get_by_role("combobox", name="Message", exact=True)
        await box.fill(text)
        await box.press("Escape")
        await box.press("Enter")

    async def see(self, text: str | re.Pattern[str]) -> Locator:
        """The newest message with this text, when it is there."""
        found = self.messages.filter(has_text=text).last
        await found.wait_for()
        return found

    async def see_modal(self, title: str) -> Locator:
        await self.modal.get_by_role("heading", name=title, exact=True).first.wait_for()
        return self.modal

    async def press(self, button: str) -> None:
        """In the modal if there is one, else in the newest message that has such a button."""
        inside = self.modal if await self.modal.is_visible() else self.slack
        await inside.get_by_role("button", name=button, exact=True).last.click()

    async def fill(self, label: str, text: str) -> None:
        """Something to type, or a day or a time."""
        await self.modal.get_by_label(label).first.fill(text)

    async def fill_moment(self, label: str, day: str, time: str) -> None:
        both = self.modal.get_by_label(label)
        await both.nth(0).fill(day)
        await both.nth(1).fill(time)

    async def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        """By typing what is wanted and taking it with Enter."""
        box = (within or self.modal).get_by_role("combobox", name=label)
        await box.click()
        await box.press_sequentially(option)
        offered = self.page.locator(".popup").get_by_role(
            "option", name=re.compile(f"^{re.escape(option)}", re.IGNORECASE)
        )
        await offered.first.wait_for()
        await self.page.wait_for_timeout(250)  # the list follows what is typed
        await box.press("Enter")

    async def submit(self) -> None:
        await self.modal.locator("footer .primary").click()

    async def picture(self, path: Path) -> None:
        await self.page.screenshot(path=path)
