"""Which workspace a request belongs to, and that Bolt's own traps don't catch people."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from handlers.kit import errors
from handlers.kit.asker import Installation
from services.people import directory as people
from tests.support.running import Baton


@pytest.mark.parametrize(
    ("team", "enterprise", "org_wide", "expected"),
    [
        ("T1", None, False, Installation("T1", "")),
        ("T1", "E1", False, Installation("T1", "")),
        ("T1", "E1", True, Installation("", "E1")),
        (None, "E1", True, Installation("", "E1")),
        (None, "E1", False, Installation("", "E1")),
    ],
)
def test_a_workspace_is_its_team_or_for_an_org_wide_installation_the_organisation(
    team: str | None, enterprise: str | None, org_wide: bool, expected: Installation
) -> None:
    context = AsyncBoltContext({"team_id": team, "enterprise_id": enterprise, "is_enterprise_install": org_wide})
    assert Installation.of_request(context) == expected


class Organisation:
    """The Web API of an organisation-wide installation, as far as the directory needs it."""

    async def auth_teams_list(self, **arguments: Any) -> Any:
        return self._page("teams", [{"id": "T1"}, {"id": "T2"}], arguments["cursor"])

    async def users_list(self, *, team_id: str, **arguments: Any) -> Any:
        return self._page("members", [{"id": f"U{team_id}a"}, {"id": f"U{team_id}b"}], arguments["cursor"])

    def _page(self, key: str, items: list[dict[str, str]], cursor: str | None) -> Any:
        data = {key: [items[int(cursor or 0)]]}
        if not cursor:
            data["response_metadata"] = {"next_cursor": "1"}  # type: ignore[assignment]
        return type("Answer", (dict,), {"data": property(dict)})(data)


async def test_an_organisation_is_read_team_by_team(baton: Baton) -> None:
    client: Any = Organisation()
    assert await handlers.load_directory(client, baton.house, "", "E1") == 4
    workspace = await people.workspace_id(baton.house, "", "E1")
    assert workspace != baton.workspace
    known = await people.named(baton.house, workspace, ["UT1a", "UT1b", "UT2a", "UT2b"])
    assert len(known) == 4


def bolt_app() -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-none")

    return AsyncApp(name="tests", client=AsyncWebClient(), authorize=authorize, request_verification_enabled=False)


def slash(command: str) -> AsyncBoltRequest:
    form = {"command": command, "team_id": "T1", "user_id": "U1", "text": "", "trigger_id": "1.2"}
    headers: dict[str, str | Sequence[str]] = {"content-type": "application/x-www-form-urlencoded"}
    return AsyncBoltRequest(body=urlencode(form), headers=headers)


async def test_an_error_right_after_the_acknowledgement_does_not_take_it_back() -> None:
    app = bolt_app()
    errors.register(app)

    @app.command("/breaks")
    async def breaks(ack: Any) -> None:
        await ack("fine")
        raise ZeroDivisionError

    started = time.monotonic()
    response = await app.async_dispatch(slash("/breaks"))
    assert response.status == 200
    assert time.monotonic() - started < 1
