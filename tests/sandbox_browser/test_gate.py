"""The page's server answers its own page and nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox.browser import Beside, serve
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox

STATIC = Path(__file__).parents[2] / "sandbox/browser/static"


@pytest.fixture
async def url(slack: SlackSandbox, ws: Workspace) -> AsyncIterator[str]:
    async with serve(Beside(slack, start_as="alice", start_in="ops")) as url:
        yield url


async def test_only_the_page_itself_can_do_anything(url: str, slack: SlackSandbox, ws: Workspace) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        page = await http.get("/")
        token = page.text.split('name="token" content="')[1].split('"')[0]
        channel = slack.world.teams[slack.team_id].channel_named("ops")
        assert channel
        deed = {"as": "alice", "channel": channel.id, "text": "hello"}
        mine = {"X-Sandbox-Token": token}
        assert (await http.post("/do/say", json=deed)).status_code == 403
        assert (await http.post("/do/say", json=deed, headers={"X-Sandbox-Token": "guess"})).status_code == 403
        other_site = mine | {"Origin": "https://elsewhere.example"}
        assert (await http.post("/do/say", json=deed, headers=other_site)).status_code == 403
        assert (await http.get("/", headers={"Host": "elsewhere.example"})).status_code == 403
        assert (await http.get("/live", headers={"Origin": "https://elsewhere.example"})).status_code == 403
        assert channel.messages == []
        assert (await http.post("/do/say", json=deed, headers=mine)).status_code == 200
        assert [message.text for message in channel.messages] == ["hello"]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_front_end_never_makes_markup_of_text_and_its_files_are_short() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".html")]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        for forbidden in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "https://",
            "style=",
        ):
            assert forbidden not in text, (path.name, forbidden)
        assert len(text.splitlines()) <= 400, path.name
