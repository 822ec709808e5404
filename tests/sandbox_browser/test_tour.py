"""The guided tour as a newcomer takes it: seven steps by clicking and typing, with the real bot behind the page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Locator, expect

from sandbox.demo.acting import Nobody
from sandbox.demo.page import served
from sandbox.demo.preparing import ready
from sandbox.demo.stage import staged
from sandbox.demo.tour import CHAPTERS
from tests.support.browser import SlackPage, opened

LONG_MS = 30_000
THREE_OF_PAYMENTS = ("Thabo Nkosi", "Alice Johnson", "Arjun Rao")
"""At any time at most two of them are on call, so there is one who needs no tick."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    page: SlackPage

    def step(self, number: int) -> Locator:
        return self.page.tour.get_by_role("listitem").nth(number - 1)

    async def told(self, number: int) -> str:
        """What the step says, which opens by itself when the one before is done."""
        body = self.step(number).locator(".step-body")
        await expect(body).to_be_visible()
        return await body.inner_text()

    async def ticked(self, number: int) -> None:
        ticked = self.page.tour.get_by_role("button", name=f"{CHAPTERS[number - 1].title} (done)")
        await expect(ticked).to_be_visible(timeout=LONG_MS)

    async def add_override(self, schedule: str, number: int) -> str:
        """As the step says; whoever it says is put on call."""
        named = re.search(r"choose ([A-Z][\w ]+?)\.", await self.told(number))
        assert named is not None
        await self.page.side.get_by_role("button", name=f"Add an override to {schedule}", exact=True).click()
        form = self.page.page.get_by_role("dialog", name=f"Add an override to {schedule}")
        await form.get_by_label("On call").select_option(label=named[1])
        await form.get_by_role("button", name="Add override").click()
        await expect(form).to_have_count(0)
        return named[1]


@pytest.fixture
async def newcomer() -> AsyncIterator[Newcomer]:
    async with (
        staged() as stage,
        ready(stage, Nobody()) as tour,
        served(stage, tour) as url,
        opened(url, width=1440) as page,
    ):
        yield Newcomer(page)


@pytest.mark.slow(seconds=30)
@pytest.mark.timeout(300)
async def test_a_newcomer_takes_all_seven_steps_by_doing_what_they_say(newcomer: Newcomer) -> None:
    page = newcomer.page
    assert "/oncall who" in await newcomer.told(1)
    await page.write("/oncall who")
    await page.see("next:")
    await newcomer.ticked(1)

    assert "/oncall change Payments" in await newcomer.told(2)
    await page.write("/oncall change Payments")
    form = await page.see_modal("Change shift")
    await form.get_by_role("combobox", name="Shift").click()
    shifts = page.page.locator(".popup").get_by_role("option")
    shift = shifts.filter(has_text="Primary").nth(1)
    hours = (await shift.inner_text()).partition(" · ")[0]
    busy = " ".join([told for told in await shifts.all_inner_texts() if told.startswith(f"{hours} · ")])
    await shift.click()
    await page.choose("Member", next(one for one in THREE_OF_PAYMENTS if one not in busy))
    await page.submit()
    await page.see("Reassigned in Payments")
    await newcomer.ticked(2)

    await newcomer.add_override("Checkout", 3)
    await newcomer.ticked(3)

    who = await newcomer.add_override("Search", 4)
    await newcomer.ticked(4)
    await page.write("/oncall shifts Search")
    await page.see(f"@{who.split()[0].lower()}")

    who = await newcomer.add_override("Data platform", 5)
    await newcomer.ticked(5)
    await page.go("Baton")
    await page.see("was removed to keep Data platform as it is here")
    await page.go("payments")

    assert "Carol Diaz" in await newcomer.told(6)
    await page.write("/oncall pending Mobile")
    await page.see_modal("Pending changes")
    await page.press("Export now")
    await newcomer.ticked(6)
    await page.modal.get_by_role("button", name="Close").last.click()

    await newcomer.told(7)
    await page.page.get_by_role("button", name="To the next handoff").click()
    await newcomer.ticked(7)
    await page.side.get_by_role("tab", name="Webhooks").click()
    await expect(page.side.get_by_text("oncall_change").last).to_be_visible()
    await expect(page.page.get_by_text("handed over to").first).to_be_visible()
    await expect(page.tour.get_by_text("7 of 7 done")).to_be_visible()
