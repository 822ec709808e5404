"""A token in the settings is one workspace's: nobody else is served with it, and losing it is said."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncBoltRequest
from structlog.testing import capture_logs

from tests.support.running import Baton


def command(team: str) -> dict[str, Any]:
    return {
        "command": "/oncall",
        "text": "help",
        "team_id": team,
        "user_id": "U1",
        "channel_id": "C1",
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": "",
        "trigger_id": "1.2",
    }


def event(kind: str, team: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": team,
        "api_app_id": "A1",
        "event_id": f"Ev{kind}{team}",
        "event": {"type": kind, **fields},
    }


async def workspaces(baton: Baton) -> list[str]:
    async with baton.house.database.read() as tx:
        return [row.team_id for row in await tx.people.workspaces()]


async def test_another_workspaces_request_is_not_served_with_this_ones_token(baton: Baton) -> None:
    before = len(baton.slack.world.calls)
    await baton.app.async_dispatch(AsyncBoltRequest(body=command("T0EVIL"), mode="socket_mode"))
    await baton.settled()
    assert await workspaces(baton) == [baton.slack.team_id]
    assert len(baton.slack.world.calls) == before


async def test_being_uninstalled_is_said_in_the_log(baton: Baton) -> None:
    home = baton.slack.team_id
    with capture_logs() as logs:
        for body in (event("app_uninstalled", home), event("tokens_revoked", home, tokens={"bot": ["UB"]})):
            answer = await baton.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
            assert answer.status == 200
        await asyncio.sleep(0.2)  # Bolt has answered and goes on by itself
    assert len([line for line in logs if "SLACK_BOT_TOKEN" in line["event"]]) == 2


async def test_another_workspaces_uninstalling_is_not_this_ones(baton: Baton) -> None:
    with capture_logs() as logs:
        await baton.app.async_dispatch(AsyncBoltRequest(body=event("app_uninstalled", "T0EVIL"), mode="socket_mode"))
        await asyncio.sleep(0.2)
    assert not [line for line in logs if "SLACK_BOT_TOKEN" in line["event"]]
