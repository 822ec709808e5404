"""The page's server answers its own page and nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox.browser import Beside, serve
from sandbox.client import Workspace
from sandbox.pagerduty import PagerDutySandbox
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


async def test_no_page_of_another_site_controls_the_sandboxes(slack: SlackSandbox, pagerduty: PagerDutySandbox) -> None:
    asked = {f"{slack.control_url}/status": "POST", f"{pagerduty.control_url}/state": "GET"}
    async with httpx.AsyncClient(trust_env=False) as http:
        for address, method in asked.items():
            for headers in ({"Origin": "https://elsewhere.example"}, {"Host": "elsewhere.example"}):
                assert (await http.request(method, address, headers=headers)).status_code == 403
            assert (await http.request(method, address, json={})).status_code == 200


async def test_what_makes_no_sense_is_refused_and_changes_nothing(url: str, slack: SlackSandbox) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        token = (await http.get("/")).text.split('name="token" content="')[1].split('"')[0]
        mine = {"X-Sandbox-Token": token}
        for name, body, status in (
            ("say", {}, 400),
            ("say", {"channel": "C1", "text": "x"}, 409),
            ("submit", {"view": "V1"}, 409),
            ("press", {"surface": {"kind": "view", "id": "V1"}, "block": "b", "action": "a"}, 409),
            ("fly", {}, 404),
        ):
            answer = await http.post(f"/do/{name}", json=body, headers=mine)
            assert (answer.status_code, "failure" in answer.json()) == (status, True)
        assert (await http.post("/do/say", content=b"{", headers=mine)).status_code == 400
        assert (await http.get("/file/F1")).status_code == 404
        assert (await http.get("/static/../server.py")).status_code == 404
