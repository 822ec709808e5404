"""PagerDuty beside Slack: overrides by people, faults, the upgrade, the clock, the tour and what came by webhook."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.async_api import expect

from sandbox.browser import Beside, Delivery, Step, serve
from sandbox.client import Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.pagerduty.faults import Fault
from sandbox.slack import SlackSandbox
from tests.support.browser import SlackPage, opened

STEP: Step = {"number": 1, "title": "Look", "text": "See who is on call.", "hint": "Type `/oncall who`", "done": False}


@dataclass
class Others:
    """Clock, tour and receiver, as the demo has them."""

    pagerduty: PagerDutySandbox
    started: list[int] = field(default_factory=list)

    def now(self) -> datetime:
        return self.pagerduty.world.clock.now()

    async def advance(self, seconds: float) -> None:
        self.pagerduty.world.clock.advance(seconds)

    async def next_handoff(self) -> str | None:
        return None

    async def steps(self) -> list[Step]:
        return [{**STEP, "done": 1 in self.started}]

    async def start(self, number: int) -> None:
        self.started.append(number)

    def deliveries(self) -> list[Delivery]:
        return [{"at": "2026-03-01T09:00:00Z", "signature_ok": False, "json": {"type": "handoff", "who": "<b>"}}]


@pytest.fixture
async def page(slack: SlackSandbox, ws: Workspace, pagerduty: PagerDutySandbox) -> AsyncIterator[SlackPage]:
    others = Others(pagerduty)
    beside = Beside(slack, pagerduty, others, others, others, start_as="alice", start_in="ops")
    async with serve(beside) as url, opened(url, width=1440) as page:
        yield page


async def test_an_override_is_added_and_taken_away_as_on_pagerdutys_page(
    page: SlackPage, pagerduty: PagerDutySandbox
) -> None:
    account = pagerduty.world.account
    [schedule] = account.schedules.values()
    tomorrow = (pagerduty.world.clock.now() + timedelta(days=1)).strftime("%Y-%m-%d")
    await page.side.get_by_role("button", name="Add an override to Platform primary").click()
    form = page.page.get_by_role("dialog", name="Add an override to Platform primary")
    await form.get_by_label("On call").select_option(label="Carol Diaz")
    await form.get_by_label("Starts").fill(f"{tomorrow}T09:00")
    await form.get_by_label("Ends").fill(f"{tomorrow}T08:00")
    await form.get_by_role("button", name="Add override").click()
    await expect(form.get_by_role("alert").filter(has_text="An override ends after it starts.")).to_be_visible()
    await form.get_by_label("Ends").fill(f"{tomorrow}T12:00")
    await form.get_by_role("button", name="Add override").click()
    bar = page.side.get_by_role("button", name=re.compile("Overrides: Carol Diaz, .*09:00 – .*12:00"))
    await expect(bar).to_be_visible()
    [made] = schedule.plan.overrides
    carol = account.users[made.user_id]
    assert (carol.name, made.start.astimezone(UTC).hour) == ("Carol Diaz", made.end.hour - 3)
    await bar.click()
    await page.page.get_by_role("button", name="Remove override").click()
    await expect(bar).to_have_count(0)
    assert schedule.plan.overrides == ()
    await page.side.get_by_role("tab", name="Faults").click()
    await page.side.get_by_role("button", name="Upgrade Platform primary").click()
    await expect(page.side.get_by_text("is shift-based (v3)")).to_be_visible()
    await page.side.get_by_role("tab", name="PagerDuty").click()
    await page.side.get_by_role("button", name="Add an override").click()
    form = page.page.get_by_role("dialog")
    await form.get_by_label("Starts").fill(f"{tomorrow}T10:00")
    await form.get_by_label("Ends").fill(f"{tomorrow}T11:00")
    await form.get_by_role("button", name="Add override").click()
    piece = page.side.get_by_role("button", name=re.compile("Overrides: Alice Johnson"))
    await expect(piece).to_have_count(1)
    assert len(schedule.shifts.latest.overrides) == 1
    await piece.click()
    await page.page.get_by_role("button", name="Remove override").click()
    await expect(piece).to_have_count(0)
    assert schedule.shifts.latest.overrides == ()


async def test_faults_clock_tour_and_webhooks_are_beside_it(page: SlackPage, pagerduty: PagerDutySandbox) -> None:
    key = pagerduty.world.account.add_key()
    await page.side.get_by_role("tab", name="Faults").click()
    for name in ("Too many requests", "Reads lag behind", "Revoked keys"):
        await page.side.get_by_role("switch", name=name).click()
        await expect(page.side.get_by_role("switch", name=name)).to_have_attribute("aria-checked", "true")
    assert [rule.kind for rule in pagerduty.world.faults.rules] == [Fault.RATE_LIMITED]
    assert pagerduty.world.switches.read_lag_seconds > 0
    await page.side.get_by_role("switch", name="Revoked keys").click()
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{pagerduty.api_url}/users", headers={"Authorization": f"Token token={key}"})
    assert answer.status_code == 429
    await expect(page.side.get_by_role("row", name="GET /users 429")).to_be_visible()
    await page.side.get_by_role("switch", name="Too many requests").click()
    await expect(page.side.get_by_role("switch", name="Too many requests")).to_have_attribute("aria-checked", "false")
    assert pagerduty.world.faults.rules == []
    before = pagerduty.world.clock.now()
    await page.page.get_by_role("button", name="+1 day").click()
    await expect(page.page.get_by_role("timer")).to_contain_text(f"{before + timedelta(days=1):%Y-%m-%d}")
    await page.page.get_by_role("button", name="To the next handoff").click()
    await expect(page.page.get_by_text("There is no handoff to go to.")).to_be_visible()
    await page.tour.get_by_role("button", name="Prepare this step").click()
    await expect(page.tour.get_by_text("1 of 1 done")).to_be_visible()
    await page.side.get_by_role("tab", name="Webhooks").click()
    await expect(page.side.get_by_text("signature is wrong")).to_be_visible()
    await expect(page.side.get_by_text('"who": "<b>"')).to_be_visible()
    await page.page.set_viewport_size({"width": 1000, "height": 700})
    assert await page.page.evaluate("document.documentElement.scrollWidth") <= 1000
    await page.slack.get_by_role("combobox", name="Message").focus()
    for pane in (page.tour, page.side):
        await page.page.keyboard.press("F6")
        assert await pane.evaluate("one => one.contains(document.activeElement)")
