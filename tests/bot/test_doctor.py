"""`baton doctor` tells the truth: what it calls well, `baton run` can use; what is wrong gets one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.doctor import presence_findings
from bot.parts import CannotStart, open_database
from bot.settings import Settings, sentences
from handlers.kit.scopes import BOT_SCOPES
from sandbox.client import Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from storage.tables import PresenceTarget, UserGroup
from tests.support.notice_house import notice_house
from tests.support.processes import KEPT_OUT, Finished, environment, run, socket_mode


def said(finished: Finished) -> str:
    text = " ".join((finished.out + finished.err).split())
    assert "Traceback" not in text
    return text


def bare(folder: Path, **settings: str) -> dict[str, str]:
    """An environment in which nothing of Baton's is set but what is given."""
    kept = environment(folder)
    for name in ("BATON_DATABASE_URL", "BATON_ENCRYPTION_KEYS", "BATON_HOST", "BATON_PORT"):
        del kept[name]
    return kept | settings


async def test_who_has_set_nothing_is_led_to_socket_mode_first_and_no_file_is_left(tmp_path: Path) -> None:
    found = await run("doctor", tmp_path, bare(tmp_path))
    assert found.status == 1
    text = said(found)
    assert "SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…)" in text
    assert "✓ Slack" not in text
    assert text.count("✗") == 1
    assert files(tmp_path) == []


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_who_follows_the_readme_on_sqlite_sees_no_red_cross_before_the_first_start(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    found = await run("doctor", tmp_path, bare(tmp_path, **socket_mode(slack)))
    assert found.status == 0, found.out
    text = said(found)
    assert "✗" not in text
    assert "database: none yet; `baton run` makes it at baton.db" in text
    assert "encryption key: none yet; `baton run` makes one at baton.db.key" in text
    assert "SLACK_APP_TOKEN may connect" in text
    assert files(tmp_path) == []


async def test_each_scope_that_is_missing_is_named(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> None:
    await ws.set_scopes(["commands", "chat:write"])
    found = await run("doctor", tmp_path, environment(tmp_path, **socket_mode(slack)))
    assert found.status == 1
    for scope in set(BOT_SCOPES) - {"commands", "chat:write"}:
        assert f"{scope} (" in said(found)
    assert "commands (" not in said(found)


async def test_user_groups_and_topics_that_are_not_in_step_are_named_with_what_to_do(tmp_path: Path) -> None:
    async with notice_house(tmp_path) as house:
        async with house.database.transaction() as tx:
            await tx.presence.keep_groups(
                house.workspace,
                [
                    UserGroup(
                        workspace_id=house.workspace, group_id="S1", team_id="", handle="oncall", name="", enabled=True
                    )
                ],
            )
            for kind, place, trouble in (
                ("group", "S1", "disabled"),
                ("topic", "C1", "missing_scope:channels:write.topic"),
            ):
                tx.session.add(
                    PresenceTarget(workspace_id=house.workspace, kind=kind, place=place, trouble=trouble, told=[])
                )
        found = [finding async for finding in presence_findings(house.database)]
    assert [good for good, _ in found] == [False, False]
    assert found[0][1].startswith("the user group @oncall is not in step: The user group is disabled in Slack.")
    assert "the topic of channel C1 is not in step: Baton has not been given channels:write.topic." in found[1][1]


async def test_scopes_that_only_presence_needs_are_named_without_being_missed(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    await ws.set_scopes([*BOT_SCOPES, "usergroups:read", "channels:write.topic"])
    found = await run("doctor", tmp_path, environment(tmp_path, **socket_mode(slack)))
    assert "without groups:write.topic, usergroups:write, which only `/oncall presence` needs" in said(found)
    assert "lacks" not in said(found)


SLACK_IN_ORDER = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}
WRONG: list[tuple[dict[str, str], str]] = [
    ({"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xoxb-1"}, "are swapped"),
    ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xoxb-2"}, "SLACK_APP_TOKEN must be an app-level token"),
    ({"SLACK_BOT_TOKEN": "xoxp-1", "SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN must be a bot token"),
    ({"SLACK_BOT_TOKEN": "hello", "SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN must be a bot token"),
    ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_APP_TOKEN needs SLACK_BOT_TOKEN beside it"),
    ({**SLACK_IN_ORDER, "BATON_SMTP_URL": "smtp://127.0.0.1"}, "BATON_EMAIL_FROM is not; e-mail needs both"),
    ({**SLACK_IN_ORDER, "BATON_EMAIL_FROM": "b@example.com"}, "BATON_SMTP_URL is not; e-mail needs both"),
    ({**SLACK_IN_ORDER, "BATON_PUBLIC_URL": "baton"}, "BATON_PUBLIC_URL must be an address"),
    ({**SLACK_IN_ORDER, "BATON_PUBLIC_URL": "ftp://x"}, "BATON_PUBLIC_URL must be an address"),
    ({**SLACK_IN_ORDER, "PAGERDUTY_API_URL": "nope"}, "PAGERDUTY_API_URL must be an address"),
    ({**SLACK_IN_ORDER, "BATON_LOG_LEVEL": "loud"}, "BATON_LOG_LEVEL must be one of DEBUG"),
    ({**SLACK_IN_ORDER, "BATON_ENCRYPTION_KEYS": ","}, "BATON_ENCRYPTION_KEYS is set and holds no key"),
    ({**SLACK_IN_ORDER, "BATON_ENCRYPTION_KEYS": "  "}, "BATON_ENCRYPTION_KEYS is set and holds no key"),
    ({**SLACK_IN_ORDER, "BATON_PORT": "http"}, "BATON_PORT must be a whole number"),
    ({**SLACK_IN_ORDER, "BATON_REFRESH_SECONDS": "7200"}, "BATON_REFRESH_SECONDS must be at most 3600"),
    ({**SLACK_IN_ORDER, "BATON_DATABASE_URL": "sqlite:///x.db"}, "must begin with sqlite+aiosqlite:///"),
    ({**SLACK_IN_ORDER, "BATON_DATABASE_URL": "mysql://root:pw@x/y"}, "must begin with sqlite+aiosqlite:///"),
]


@pytest.mark.parametrize(("settings", "sentence"), WRONG)
def test_a_setting_that_makes_no_sense_is_one_sentence(
    settings: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(KEPT_OUT)]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None)  # pyright: ignore[reportCallIssue]
    [text] = sentences(refused.value)
    assert sentence in text
    assert ":pw@" not in text


@pytest.mark.parametrize("command", ["doctor", "run"])
async def test_a_setting_that_makes_no_sense_ends_both_commands_with_that_sentence(
    command: str, tmp_path: Path
) -> None:
    found = await run(command, tmp_path, environment(tmp_path) | SLACK_IN_ORDER | {"BATON_LOG_LEVEL": "loud"})
    assert found.status == 2
    assert "BATON_LOG_LEVEL must be one of DEBUG" in said(found)


async def test_a_key_file_beside_postgresql_is_refused(tmp_path: Path) -> None:
    settings = bare(tmp_path, **SLACK_IN_ORDER, BATON_DATABASE_URL="postgresql+psycopg://127.0.0.1:9/baton")
    for command in ("doctor", "run"):
        found = await run(command, tmp_path, settings)
        assert "BATON_ENCRYPTION_KEYS is not set. With PostgreSQL it must be" in said(found)
    assert files(tmp_path) == []


async def test_a_mail_server_that_does_not_answer_is_named(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> None:
    mail = {"BATON_SMTP_URL": "smtp://127.0.0.1:9", "BATON_EMAIL_FROM": "baton@example.com"}
    found = await run("doctor", tmp_path, environment(tmp_path, **socket_mode(slack)) | mail)
    assert found.status == 1
    assert "The mail server 127.0.0.1:9 can't be reached: nothing answers there." in said(found)


async def test_a_slack_that_is_not_there_is_said_once_and_why_in_words(tmp_path: Path) -> None:
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    for address, why in {
        "http://127.0.0.1:9/": "nothing answers there",
        "http://nowhere.invalid/": "there is no",
    }.items():
        found = await run("doctor", tmp_path, environment(tmp_path, **tokens, SLACK_API_URL=address))
        assert said(found).count(f"Slack can't be reached at {address}: {why}") == 1


async def test_a_misspelt_variable_is_named_also_where_settings_are_refused_for_want_of_it(tmp_path: Path) -> None:
    found = await run("doctor", tmp_path, bare(tmp_path, SLACK_BOT_TOKENS="xoxb-1", SLACK_APP_TOKEN="xapp-1"))
    assert found.status == 2
    assert "SLACK_APP_TOKEN needs SLACK_BOT_TOKEN beside it" in said(found)
    assert "did you mean SLACK_BOT_TOKEN?" in said(found)


async def test_a_misspelt_variable_is_named_with_the_one_that_is_meant(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> None:
    wrong = {"BATON_REFRESH_SECOND": "60", "SLACK_SIGNING_SECRETS": "s", "SLACK_CHANNEL": "somebody else's"}
    found = await run("doctor", tmp_path, environment(tmp_path, **socket_mode(slack, pagerduty)) | wrong)
    assert found.status == 1
    assert "BATON_REFRESH_SECOND is no setting of Baton's; did you mean BATON_REFRESH_SECONDS?" in said(found)
    assert "did you mean SLACK_SIGNING_SECRET?" in said(found)
    assert "SLACK_CHANNEL" not in said(found)


@pytest.mark.parametrize(("where", "sentence"), [("", "names a folder"), ("nowhere/x.db", "does not exist")])
def test_a_database_where_none_can_be_is_a_sentence(where: str, sentence: str, tmp_path: Path) -> None:
    settings = Settings(baton_database_url=f"sqlite+aiosqlite:///{tmp_path / where}", _env_file=None)  # pyright: ignore[reportCallIssue]
    with pytest.raises(CannotStart, match=sentence):
        open_database(settings)
