"""Uploading files, as slack_sdk does it, and showing them in blocks."""

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import NothingThere, Person, Workspace
from tests.sandbox_slack.building import Json

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


def image(file_id: str) -> list[Json]:
    return [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "who is on call"}]


async def refusal(client: AsyncWebClient, method: str, **arguments: object) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=arguments)
    return str(refused.value.response["error"])


async def test_slacks_own_client_uploads_and_shares_a_file(
    client: AsyncWebClient, ws: Workspace, alice: Person
) -> None:
    channel = (await ws.channel("#ops"))["id"]
    done = await client.files_upload_v2(
        content=PICTURE, filename="shifts.png", title="Shifts", alt_txt="words", channel=channel, initial_comment="Look"
    )
    assert (done["file"]["title"], done["file"]["size"], done["file"]["mimetype"]) == ("Shifts", len(PICTURE), "")
    [message] = await alice.messages("#ops")
    assert message.text == "Look"
    assert await alice.picture(message) == PICTURE
    await ws.add_channel("elsewhere", members=["alice"])
    there = (await ws.channel("#elsewhere"))["id"]
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await client.files_upload_v2(content=PICTURE, filename="shifts.png", channel=there)


async def test_a_file_that_is_the_apps_own_is_shown_by_a_block_once_slack_has_looked_at_it(
    client: AsyncWebClient, ws: Workspace, alice: Person
) -> None:
    done = await client.files_upload_v2(content=PICTURE, filename="shifts.png")
    file_id = done["file"]["id"]
    with pytest.raises(SlackApiError) as early:
        await client.chat_postMessage(channel="#ops", text="who", blocks=image(file_id))
    assert early.value.response["error"] == "invalid_blocks"
    [why] = early.value.response["response_metadata"]["messages"]
    assert why == "[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"
    await ws.advance(1)
    await client.chat_postMessage(channel="#ops", text="who", blocks=image(file_id))
    [message] = await alice.messages("#ops")
    assert message.shown == "[who is on call]"
    assert await alice.picture(message) == PICTURE
    with pytest.raises(NothingThere):
        await ws.person("bob").picture(await alice.say("hello", "#ops"))


async def test_each_step_refuses_what_slack_refuses(client: AsyncWebClient, ws: Workspace) -> None:
    begin, end = "files.getUploadURLExternal", "files.completeUploadExternal"
    assert await refusal(client, begin, filename="a.png", length=0) == "missing_argument"
    assert await refusal(client, begin, filename="a.png", length=9, alt_txt="x" * 1001) == "alt_txt_too_large"
    assert await refusal(client, end, files=[{"id": "F0NOTTHERE1"}]) == "file_not_found"
    begun = await client.files_getUploadURLExternal(filename="a.png", length=3)
    assert await refusal(client, end, files=[{"id": begun["file_id"]}]) == "file_update_failed"
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(begun["upload_url"], content=b"four")).status_code == 400
        assert (await http.post(begun["upload_url"] + "x", content=b"abc")).status_code == 404
        assert (await http.post(begun["upload_url"], files={"filename": b"abc"})).text == "OK - 3"
    assert (await client.files_completeUploadExternal(files=[{"id": begun["file_id"]}]))["files"][0]["title"] == "a.png"
    await ws.set_scopes(["chat:write"])
    assert await refusal(client, begin, filename="a.png", length=9) == "missing_scope"
