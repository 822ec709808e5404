"""Tokens that expire after twelve hours: renewed ahead of time, by one process, and used wherever Slack is called."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from bot import installations
from bot.rotation import Tokens
from bot.settings import Settings
from bot.slack import oauth_flow
from bot.workspace_clients import WorkspaceClients
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from services.kit.house import House
from tests.support.processes import oauth_mode
from tests.support.service_world import Desk

ACCESS = "oauth.v2.access"
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Scene:
    """A workspace that has installed the app, in the time of both sides; ``processes`` share one database."""

    desk: Desk
    slack: SlackSandbox
    ws: Workspace
    settings: Settings
    workspace: int = 0
    token: str = ""
    processes: list[Tokens] = field(default_factory=list[Tokens])

    @property
    def house(self) -> House:
        return self.desk.house

    async def pass_(self, length: timedelta) -> None:
        self.desk.pass_time(length)
        await self.ws.advance(length.total_seconds())

    async def install(self, user: str) -> str:
        """As the install page does it; returns the token."""
        flow = oauth_flow(self.settings, self.house, lambda: None)
        assert flow is not None
        made = await flow.run_installation(await self.ws.oauth_code(user))
        assert made is not None
        life = 12 * HOUR  # slack_sdk adds it to the machine's own time
        made.bot_token_expires_at = int((self.desk.now + life).timestamp())
        await flow.settings.installation_store.async_save(made)  # pyright: ignore[reportOptionalMemberAccess]
        return made.bot_token or ""

    async def renewals(self) -> int:
        return sum(call.arguments.get("grant_type") == "refresh_token" for call in await self.ws.calls(ACCESS))

    async def look(self) -> int:
        """All processes at once; returns how often a token was renewed."""
        return sum(await asyncio.gather(*(one.renew_due() for one in self.processes)))

    async def posts(self, token: str) -> str:
        """What Slack says to a post with this token."""
        client = WorkspaceClients(self.settings, self.house)
        try:
            usual = await client.of(self.workspace)
            made = AsyncWebClient(token, base_url=self.slack.api_url, retry_handlers=[]) if token else usual
            assert made is not None
            return str((await made.chat_postMessage(channel="#general", text="Hello"))["ok"])
        except SlackApiError as error:
            return str(error.response["error"])
        finally:
            await client.close()


@pytest.fixture
async def scene(slack: SlackSandbox, ws: Workspace) -> AsyncIterator[Scene]:
    async with Desk.at() as desk:
        settings = Settings(**{name.lower(): value for name, value in oauth_mode(slack).items()}, _env_file=None)
        made = Scene(desk, slack, ws, settings)
        await ws.update_app(rotates_tokens=True)
        made.token = await made.install("root")
        async with desk.house.database.transaction() as tx:
            made.workspace = (await tx.people.ensure_workspace(slack.team_id, "", "", desk.now)).id
        made.processes = [Tokens(settings, desk.house) for _ in range(4)]
        yield made


async def test_a_token_is_renewed_two_hours_before_it_expires_and_by_one_process(scene: Scene) -> None:
    await scene.pass_(timedelta(hours=9, minutes=59))
    assert await scene.look() == 0
    await scene.pass_(timedelta(minutes=2))
    assert await scene.look() == 1
    assert await scene.renewals() == 1
    assert await scene.look() == 0

    assert await scene.posts(scene.token) == "True", "what is under way with the former token goes on"
    await scene.pass_(3 * HOUR)
    assert await scene.posts(scene.token) == "token_expired"
    assert await scene.posts("") == "True"
    await scene.pass_(7 * HOUR)
    assert await scene.look() == 1, "and so on"


async def test_a_token_that_expired_while_nothing_ran_is_renewed_for_whoever_needs_it_first(scene: Scene) -> None:
    await scene.pass_(40 * HOUR)
    found = await asyncio.gather(*(one.of("", scene.slack.team_id) for one in scene.processes))
    assert await scene.renewals() == 1
    assert len({one.bot_token for one in found if one is not None}) == 1
    assert await scene.posts("") == "True"


async def test_without_an_answer_the_same_is_asked_again_and_a_refusal_is_told_and_leaves_the_token(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    await scene.pass_(10 * HOUR)
    await scene.ws.fail_next(ACCESS, drop="before")
    assert await scene.look() == 0
    await scene.pass_(timedelta(seconds=11))
    await scene.ws.fail_next(ACCESS, http_status=503)
    assert await scene.look() == 0
    await scene.pass_(timedelta(seconds=11))
    await scene.ws.fail_next(ACCESS, drop="after")
    assert await scene.look() == 0
    await scene.pass_(timedelta(seconds=11))
    assert await scene.look() == 0
    assert "Install the app again" in capsys.readouterr().out
    assert await scene.posts("") == "True", "the token at hand works on"
    asked = await scene.renewals()
    await scene.pass_(timedelta(minutes=59))
    await scene.look()
    assert await scene.renewals() == asked

    await scene.install("alice")
    await scene.pass_(10 * HOUR)
    assert await scene.look() == 1, "of the newest installation; the former one is left alone"


async def test_an_installation_made_while_slack_was_asked_is_kept(scene: Scene) -> None:
    await scene.pass_(10 * HOUR)
    [renewing] = await scene.processes[0]._due()
    newest = await scene.install("root")
    assert not await scene.processes[0]._renew(renewing)
    found = await scene.processes[0].of("", scene.slack.team_id)
    assert found is not None
    assert found.bot_token == newest


async def test_the_doctor_names_where_a_token_is_refused_or_was_not_renewed(scene: Scene) -> None:
    async def said() -> list[tuple[bool | None, str]]:
        house = scene.house
        return await installations.findings(house.database, house.secrets, scene.settings, house.clock)

    assert await said() == [(True, "Slack: installed in 1 place")]
    await scene.pass_(11 * HOUR)
    assert [(good, "is not renewed" in text) for good, text in await said()] == [(True, False), (None, True)]
    await scene.pass_(2 * HOUR)
    assert [(good, "has expired" in text) for good, text in await said()] == [(True, False), (None, True)]
    assert await scene.look() == 1
    assert await said() == [(True, "Slack: installed in 1 place")]
    await scene.ws.revoke_bot_token()
    found = await said()
    assert found[1][0] is False
    assert "is refused. Install Baton there again" in found[1][1]


async def test_refresh_tokens_are_sealed_and_tokens_that_never_expire_are_left_alone(scene: Scene) -> None:
    async with scene.house.database.read() as tx:
        [row] = await tx.installations.all()
    assert "xoxe" not in row.data
    assert "xoxe-1-" in json.dumps(json.loads(scene.house.secrets.open(row.data)))
    await scene.ws.update_app(rotates_tokens=False)
    forever = Installation(team_id="T9", user_id="U9", bot_token="xoxb-forever")
    await scene.processes[0].store.async_save(forever)
    await scene.pass_(1000 * HOUR)
    found = await scene.processes[0].of("", "T9")
    assert found is not None
    assert found.bot_token == "xoxb-forever"
