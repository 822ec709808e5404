"""Takes the pictures of the documentation: the demo's own page, in a real Chromium, while somebody uses it.

    make screenshots

It starts `baton demo` as anybody would, does on the page what its tour says, and keeps what is seen then. Needs a
Chromium and fonts-noto-color-emoji.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.browser import SlackPage, opened

PICTURES = Path(__file__).parent.parent
PATIENCE_SECONDS = 180
SETTLED_MS = 1500
WIDE, TALL = 1440, 860
LARGEST = 300_000


@asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """The address of a demo's page; the demo ends with the block."""
    program = (sys.executable, "-u", "-m", "sandbox", "demo")
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while line := (await process.stdout.readline()).decode():
                if found := re.search(r"Open (http://127\.0\.0\.1:\d+/)", line):
                    yield found[1]
                    break
            else:
                raise RuntimeError("the demo ended before its page was there")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def take() -> None:
    async with demo() as url:
        async with opened(url, width=WIDE, height=TALL) as page:
            await who(page)
            await home(page)
            await handoff(page)
        async with opened(url, width=WIDE, height=TALL, scheme="dark") as page:
            await change(page)


async def who(page: SlackPage) -> None:
    await page.write("/oncall who")
    await page.see("next")
    await keep(page, "demo")


async def home(page: SlackPage) -> None:
    await page.go("Baton")
    await page.slack.get_by_role("tab", name="Home").click()
    await page.slack.get_by_role("tabpanel", name="Home").get_by_role("heading").first.wait_for()
    await keep(page, "home", of="#slack")


async def handoff(page: SlackPage) -> None:
    await page.go("payments")
    await page.side.get_by_role("tab", name="Webhooks").click()
    await page.page.get_by_role("button", name="To the next handoff").click()
    await page.side.get_by_text("signature is right").first.wait_for()
    await keep(page, "handoff")


async def change(page: SlackPage) -> None:
    await page.write("/oncall change Payments")
    await page.see_modal("Change shift")
    await keep(page, "demo-dark")


async def keep(page: SlackPage, name: str, of: str = "") -> None:
    await page.page.wait_for_timeout(SETTLED_MS)
    path = PICTURES / f"{name}.png"
    if of:
        await page.page.locator(of).screenshot(path=path)
    else:
        await page.picture(path)
    size = path.stat().st_size
    if size > LARGEST:
        raise RuntimeError(f"{path.name} has {size} bytes; at most {LARGEST} are kept in the repository")


if __name__ == "__main__":
    asyncio.run(take())
