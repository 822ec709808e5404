"""`baton run` and its sisters as processes: starting, refusing to start, serving, and stopping."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from sandbox.client import Person, SlackFailure, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from sandbox.client.waiting import until
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from storage.database import Database
from tests.support import slack_steps as steps
from tests.support.processes import (
    Finished,
    environment,
    http_mode,
    oauth_mode,
    run,
    running,
    socket_mode,
)
from tests.support.running import baton_beside
from tests.support.zonerules import folder_of

ENOUGH = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}


def refused(finished: Finished) -> str:
    """The sentence without line breaks; a refusal is no traceback."""
    assert finished.status == 2, finished.err
    assert "Traceback" not in finished.err
    return " ".join(finished.err.split())


async def test_socket_mode_answers_commands_and_serves_its_pages(
    slack: SlackSandbox, ws: Workspace, alice: Person, tmp_path: Path
) -> None:
    async with running(tmp_path, environment(tmp_path, **socket_mode(slack))) as bot, httpx.AsyncClient() as http:
        await alice.command("/oncall schedules", channel="#ops")
        await alice.wait_for_message("no schedules yet", channel="ephemeral")
        health = (await http.get(f"{bot.url}/healthz")).json()
        assert (health["status"], health["slack"], health["away_seconds"]) == ("ok", "connected", 0)
        assert (await http.get(f"{bot.url}/readyz")).json() == {"ready": True, "problems": []}
        metrics = (await http.get(f"{bot.url}/metrics")).text
        assert "baton_schedules 0.0" in metrics
        assert 'baton_destinations{status="ok"} 0.0' in metrics
        assert re.search(r'baton_zone_data{origin="[^"]+",version="20\d\d[a-z]"} 1.0', metrics)
        assert re.search(r"baton_zone_data_age_seconds \d", metrics)
        assert "baton_slack_away_seconds 0.0" in metrics
        assert (await http.post(f"{bot.url}/slack/events")).status_code == 404


async def test_the_people_of_the_workspace_are_known_before_the_first_command(
    slack: SlackSandbox, ws: Workspace, alice: Person, tmp_path: Path
) -> None:
    async with running(tmp_path, environment(tmp_path, **socket_mode(slack))):
        await alice.command("/oncall create", channel="#ops")
        assert (await alice.modal("Create schedule")).fields["Time zone"].startswith("Europe/Berlin")


async def test_sigterm_ends_it_with_status_0_and_it_starts_again(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack))
    for _ in range(2):
        async with running(tmp_path, settings) as bot:
            assert await bot.stop() == 0
            assert "stopping" in "".join(bot.log)
            assert "Traceback" not in "".join(bot.log)


async def test_a_second_process_on_the_same_database_is_refused(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack))
    async with running(tmp_path, settings):
        assert "Another Baton is running" in refused(await run("run", tmp_path, settings))
        assert "Another Baton is running" in refused(await run("worker", tmp_path, settings))


async def test_a_token_that_slack_refuses_is_said(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> None:
    settings = environment(tmp_path, **socket_mode(slack)) | {"SLACK_BOT_TOKEN": "xoxb-wrong"}
    assert "Slack refuses SLACK_BOT_TOKEN: invalid_auth" in refused(await run("run", tmp_path, settings))


async def test_an_app_token_that_slack_refuses_is_said(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> None:
    settings = environment(tmp_path, **socket_mode(slack)) | {"SLACK_APP_TOKEN": "xapp-wrong"}
    assert "Slack refuses SLACK_APP_TOKEN: invalid_auth" in refused(await run("run", tmp_path, settings))


async def test_a_slack_that_cannot_be_reached_is_waited_for(tmp_path: Path) -> None:
    nowhere = {"SLACK_API_URL": "http://127.0.0.1:9/api/", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    async with running(tmp_path, environment(tmp_path, **nowhere), says="waiting for Slack") as bot:
        assert "Slack can't be reached at http://127.0.0.1:9/api/" in "".join(bot.log)
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{bot.url}/healthz")).json()["slack"] == "waited for"
            assert (await http.get(f"{bot.url}/readyz")).json()["problems"] == ["not connected to Slack"]
        assert await bot.stop() == 0
        assert "Traceback" not in "".join(bot.log)


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_slack_that_answers_with_a_gateways_page_is_waited_for(
    slack: SlackSandbox, ws: Workspace, alice: Person, tmp_path: Path, method: str
) -> None:
    await ws.fail_next(method, http_status=503)
    settings = environment(tmp_path, **socket_mode(slack))
    async with running(tmp_path, settings) as bot:
        assert "does not take" in "".join(bot.log)
        assert "status 503" in "".join(bot.log)
        assert "Traceback" not in "".join(bot.log)
        await alice.command("/oncall schedules", channel="#ops")
        await alice.wait_for_message("no schedules yet", channel="ephemeral")


async def test_a_port_that_is_taken_is_named(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> None:
    port = slack.base_url.rpartition(":")[2]
    settings = environment(tmp_path, **socket_mode(slack)) | {"BATON_PORT": port}
    assert f"BATON_PORT {port} can't be used" in refused(await run("run", tmp_path, settings))


async def test_migrate_brings_a_new_database_to_the_newest_revision(tmp_path: Path) -> None:
    first = await run("migrate", tmp_path, environment(tmp_path))
    again = await run("migrate", tmp_path, environment(tmp_path))
    assert (first.status, again.status) == (0, 0)
    assert first.out == again.out
    assert "The database is at revision" in first.out


async def test_after_migrate_the_former_encryption_key_is_not_needed_any_more(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings = environment(tmp_path, **oauth_mode(slack))
    async with running(tmp_path, settings | {"BATON_ENCRYPTION_KEYS": old}) as bot, httpx.AsyncClient() as http:
        assert (await install(http, bot.url, ws, "root")).status_code == 200
        assert await bot.stop() == 0
    told = await run("migrate", tmp_path, settings | {"BATON_ENCRYPTION_KEYS": f"{new},{old}"})
    assert "Under the newest encryption key: 1 secrets; unreadable: 0." in told.out
    told = await run("migrate", tmp_path, settings | {"BATON_ENCRYPTION_KEYS": new})
    assert "Under the newest encryption key: 1 secrets; unreadable: 0." in told.out
    told = await run("migrate", tmp_path, settings | {"BATON_ENCRYPTION_KEYS": old})
    assert "Under the newest encryption key: 0 secrets; unreadable: 1." in told.out
    assert "the same for every process" in told.err
    for keys, is_told in ((old, True), (f"{old},{new}", False)):
        async with running(tmp_path, settings | {"BATON_ENCRYPTION_KEYS": keys}) as bot:
            assert await bot.stop() == 0
        assert ("BATON_ENCRYPTION_KEYS does not open all that is stored" in "".join(bot.log)) is is_told


async def test_with_keys_that_are_none_nothing_is_migrated(tmp_path: Path) -> None:
    settings = environment(tmp_path) | {"BATON_ENCRYPTION_KEYS": "notakey"}
    found = await run("migrate", tmp_path, settings)
    assert "BATON_ENCRYPTION_KEYS must hold" in refused(found)
    assert "The database is at revision" not in found.out


@pytest.mark.parametrize("command", ["run", "migrate", "doctor"])
async def test_a_database_that_cannot_be_reached_is_said(command: str, tmp_path: Path) -> None:
    nowhere = {**ENOUGH, "BATON_DATABASE_URL": "postgresql+psycopg://baton:hidden@127.0.0.1:9/baton"}
    found = await run(command, tmp_path, environment(tmp_path, **nowhere))
    said = " ".join((found.out + found.err).split())
    assert found.status in (1, 2)
    assert "Baton's database can't be used" in said
    assert "Traceback" not in said
    assert "hidden" not in said


async def test_a_worker_serves_its_pages_without_slack(tmp_path: Path) -> None:
    async with running(tmp_path, environment(tmp_path), "worker") as worker, httpx.AsyncClient() as http:
        assert (await http.get(f"{worker.url}/readyz")).status_code == 200
        assert await worker.stop() == 0


async def test_the_doctor_finds_a_healthy_baton_healthy(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack, pagerduty))
    await run("migrate", tmp_path, settings)
    found = await run("doctor", tmp_path, settings)
    assert found.status == 0, found.out
    assert "✓ Slack: Sandbox as" in found.out
    assert "✗" not in found.out


async def test_the_doctor_warns_of_zone_rules_that_are_older_than_a_year(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack)) | {"PYTHONTZPATH": str(folder_of("2025b"))}
    await run("migrate", tmp_path, settings)
    found = await run("doctor", tmp_path, settings, fresh=True)
    assert re.search(r"! Time zone rules: 2025b from PYTHONTZPATH, \d{3,} days old: update tzdata", found.out)
    assert found.status == 0, found.out


async def test_the_doctor_names_what_is_wrong(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> None:
    settings = environment(tmp_path, **socket_mode(slack)) | {"SLACK_BOT_TOKEN": "xoxb-wrong"}
    found = await run("doctor", tmp_path, settings)
    assert found.status == 1
    assert "✗ Slack refuses SLACK_BOT_TOKEN: invalid_auth" in found.out
    assert "xoxb-wrong" not in found.out + found.err


async def test_by_signed_http_commands_modals_and_searches_work(
    slack: SlackSandbox, ws: Workspace, alice: Person, tmp_path: Path
) -> None:
    async with running(tmp_path, environment(tmp_path, **http_mode(slack))) as bot:
        await ws.deliver_to(f"{bot.url}/slack/events")
        await alice.command("/oncall create", channel="#ops")
        await alice.modal("Create schedule")
        assert (await alice.search("Time zone", "kolkata"))[0].startswith("Asia/Kolkata")
        for label, value in {"Name": "Payments", "Team": "Money", "Members": ["alice"]}.items():
            await alice.fill(label, value)
        assert await alice.submit() is None
        await alice.wait_for_message("Created Payments", channel="ephemeral")
        assert await bot.stop() == 0


async def test_by_http_what_is_not_signed_by_slack_is_refused(
    slack: SlackSandbox, ws: Workspace, alice: Person, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **http_mode(slack)) | {"SLACK_SIGNING_SECRET": "another"}
    async with running(tmp_path, settings) as bot, httpx.AsyncClient() as http:
        assert (await http.post(f"{bot.url}/slack/events", data={"command": "/oncall"})).status_code == 401
        await ws.deliver_to(f"{bot.url}/slack/events")
        with pytest.raises(SlackFailure):
            await alice.command("/oncall help", channel="#ops")


async def install(http: httpx.AsyncClient, url: str, workspace: Workspace, user: str) -> httpx.Response:
    """As an installer's browser does it: the install page's cookie and state come back with Slack's code."""
    page = await http.get(f"{url}/slack/install")
    assert page.status_code == 200
    state = page.text.partition("state=")[2].partition("&")[0]
    name, _, value = page.headers["set-cookie"].partition(";")[0].partition("=")
    code = await workspace.oauth_code(user)
    return await http.get(
        f"{url}/slack/oauth_redirect", params={"code": code, "state": state}, headers={"Cookie": f"{name}={value}"}
    )


async def test_a_workspace_installs_by_oauth_is_served_and_is_forgotten_when_it_uninstalls(
    slack: SlackSandbox, ws: Workspace, alice: Person, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **oauth_mode(slack))
    async with running(tmp_path, settings) as bot, httpx.AsyncClient() as http:
        await ws.deliver_to(f"{bot.url}/slack/events")
        done = await install(http, bot.url, ws, "root")
        assert done.status_code == 200, done.text
        usual, chosen = [(await http.get(f"{bot.url}/slack/install{x}")).text for x in ("", "?with=presence")]
        assert "usergroups" not in usual
        assert "users:read.email,channels:write.topic,groups:write.topic,usergroups:read,usergroups:write" in chosen
        await alice.command("/oncall schedules", channel="#ops")
        await alice.wait_for_message("no schedules yet", channel="ephemeral")
        assert await until(lambda: called(ws, "users.list"), 5)
        await ws.uninstall()
        assert await until(lambda: nothing_installed(settings["BATON_DATABASE_URL"]), 5)


async def called(workspace: Workspace, method: str) -> bool | None:
    return bool(await workspace.calls(method)) or None


async def nothing_installed(url: str) -> bool | None:
    database = Database(url)
    try:
        async with database.read() as tx:
            return not await tx.installations.all() or None
    finally:
        await database.close()


async def test_an_installation_with_a_state_that_baton_did_not_make_is_refused(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    async with running(tmp_path, environment(tmp_path, **oauth_mode(slack))) as bot, httpx.AsyncClient() as http:
        code = await ws.oauth_code("root")
        answer = await http.get(
            f"{bot.url}/slack/oauth_redirect",
            params={"code": code, "state": "made-up"},
            headers={"Cookie": "slack-app-oauth-state=made-up"},
        )
        assert answer.status_code >= 400
        assert not await ws.calls("oauth.v2.access")


async def test_while_slack_is_gone_it_is_alive_but_not_ready(tmp_path: Path) -> None:
    async with asyncio.timeout(60):
        async with SlackSandbox.start() as slack:
            settings = environment(tmp_path, **socket_mode(slack))
            bot_of = running(tmp_path, settings)
            bot = await bot_of.__aenter__()
        try:
            async with httpx.AsyncClient() as http:
                answer = await until(lambda: unready(http, bot.url), 30)
                assert answer is not None
                assert answer.json()["problems"] == ["not connected to Slack"]
                assert (await http.get(f"{bot.url}/healthz")).status_code == 200
                assert await bot.stop() == 0
        finally:
            await bot_of.__aexit__(None, None, None)


def listened_on(pid: int) -> list[str]:
    """The addresses that a process listens on, as /proc/net/tcp writes them."""
    sockets = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [line[1] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in sockets]
    return [address.partition(":")[0] for address in listening]


def modes(folder: Path, *names: str) -> list[str]:
    return [oct((folder / name).stat().st_mode & 0o777) for name in names]


def remove(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)


async def test_in_socket_mode_only_this_machine_reaches_its_pages(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack))
    del settings["BATON_HOST"]
    async with running(tmp_path, settings) as bot:
        assert listened_on(bot.process.pid) == ["0100007F"]


async def test_its_database_is_nobody_elses_to_read(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "baton.db").touch(0o644)
    (tmp_path / "baton.db").chmod(0o644)
    async with running(tmp_path, environment(tmp_path, **socket_mode(slack))):
        assert modes(tmp_path, "baton.db", "baton.db-wal") == ["0o600", "0o600"]


async def test_a_database_that_was_deleted_is_not_ready_and_is_said_in_slack(
    slack: SlackSandbox, ws: Workspace, alice: Person, tmp_path: Path
) -> None:
    async with running(tmp_path, environment(tmp_path, **socket_mode(slack))) as bot, httpx.AsyncClient() as http:
        remove(tmp_path, "baton.db", "baton.db-wal", "baton.db-shm")
        [problem] = (await http.get(f"{bot.url}/readyz")).json()["problems"]
        assert "its file has vanished" in problem
        await alice.command("/oncall create", channel="#ops")
        await alice.modal("Create schedule")
        for label, value in {"Name": "Payments", "Team": "Money", "Members": ["alice"]}.items():
            await alice.fill(label, value)
        await alice.submit()
        await until(lambda: said_so(alice), 5)
        assert await bot.stop() == 0


async def said_so(person: Person) -> bool | None:
    modal = await person.top_modal()
    return (modal is not None and "Nothing was saved" in modal.text) or None


@pytest.mark.slow
async def test_sigterm_ends_it_within_twenty_seconds_although_pagerduty_hangs(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack, pagerduty)) | {"BATON_REFRESH_SECONDS": "1"}
    await with_a_destination(slack, pagerduty, tmp_path, settings)
    async with running(tmp_path, settings) as bot:
        async with PagerDutyControl(pagerduty.control_url) as control:
            await control.fault("slow", seconds=60, times=50)
        await asyncio.sleep(2.5)
        began = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - began < 20
        assert '"level": "error"' not in "".join(bot.log)


async def with_a_destination(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, folder: Path, settings: dict[str, str]
) -> None:
    """Leave a database with a schedule that is exported."""
    keys = settings["BATON_ENCRYPTION_KEYS"]
    async with baton_beside(slack, pagerduty, folder / "baton.db", keys) as baton:
        schedule = await steps.make_schedule(baton)
        await steps.make_destination(baton, schedule)
        await steps.assign(baton, schedule, "alice", steps.full_hour(baton), 4)
        await baton.settled()


async def unready(http: httpx.AsyncClient, url: str) -> httpx.Response | None:
    answer = await http.get(f"{url}/readyz")
    return answer if answer.status_code == 503 else None
