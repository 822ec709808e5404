"""The manifest asks a Slack workspace for exactly what the code needs."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import yaml
from cryptography.fernet import Fernet
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import bot.slack
import handlers
from bot.parts import assemble
from bot.settings import Settings
from handlers.commands.listeners import COMMAND
from handlers.kit.listeners import Listeners
from handlers.kit.scopes import BOT_EVENTS, BOT_SCOPES, OPTIONAL_SCOPES
from tests.support.listening import Feature, listeners_of
from tests.support.migrated import lay

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT.parent / "shared" / "reference" / "slack-manifest-v2.schema.json"
PACKAGES = ("bot", "handlers", "services", "notices")

NEEDS: dict[str, tuple[str, ...]] = {
    "apps_connections_open": (),
    "auth_teams_list": (),
    "auth_test": (),
    "chat_getPermalink": (),
    "chat_postEphemeral": ("chat:write",),
    "chat_postMessage": ("chat:write", "chat:write.public"),
    "chat_update": ("chat:write",),
    "conversations_info": ("channels:read", "groups:read"),
    "conversations_open": ("im:write",),
    "conversations_setTopic": ("channels:write.topic", "groups:write.topic"),
    "usergroups_users_update": ("usergroups:write",),
    "usergroups_list": ("usergroups:read",),
    "files_upload_v2": ("files:write",),
    "oauth_v2_access": (),
    "users_info": ("users:read",),
    "users_list": ("users:read", "users:read.email"),
    "views_open": (),
    "views_publish": (),
    "views_push": (),
    "views_update": (),
}
"""What each method needs of a bot token; those that post to people need ``im:write`` as well."""

WITHOUT_A_METHOD = {"app_mentions:read", "commands", "im:write"}
"""Scopes for being reached by a mention or a command, and for messages that open a direct conversation."""


class Recorder(AsyncApp):
    """A Bolt app that remembers which commands and events were asked for."""

    commands: set[str]
    events: set[str]

    def __init__(self, **options: Any) -> None:
        self.commands, self.events = set(), set()
        super().__init__(**options)

    def command(self, command: Any, *rest: Any, **more: Any) -> Any:
        self.commands.add(command)
        return super().command(command, *rest, **more)

    def event(self, event: Any, *rest: Any, **more: Any) -> Any:
        self.events.add(event)
        return super().event(event, *rest, **more)


@pytest.fixture
def many() -> dict[str, Any]:
    """The manifest for many workspaces."""
    return yaml.safe_load((ROOT / "deploy" / "manifest-many-workspaces.yml").read_text())


@pytest.fixture
def manifest() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "manifest.yml").read_text())


@pytest.fixture
async def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorder:
    """The app as it is for many workspaces, with everything registered."""
    monkeypatch.setattr(bot.slack, "AsyncApp", Recorder)
    settings = Settings(
        _env_file=None,  # pyright: ignore[reportCallIssue]
        slack_signing_secret="s",
        slack_client_id="1.2",
        slack_client_secret="c",
        baton_database_url=f"sqlite+aiosqlite:///{tmp_path}/baton.db",
        baton_encryption_keys=Fernet.generate_key().decode(),
    )
    lay(tmp_path / "baton.db")
    async with assemble(settings, exclusive=False) as parts:
        made = await bot.slack.bolt_app(settings, parts.house)
    assert isinstance(made, Recorder)
    return made


def methods_called() -> Iterator[str]:
    """Web API methods that the code takes from a client."""
    known = {name for name in dir(AsyncWebClient) if "_" in name.strip("_") and not name.startswith("_")}
    known -= {"api_call"}  # what all of them do
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Attribute) and node.attr in known:
                    yield node.attr


def test_slack_would_take_the_manifests(manifest: dict[str, Any], many: dict[str, Any]) -> None:
    if not SCHEMA.exists():
        pytest.skip(f"{SCHEMA} is not there: the manifest was NOT held against Slack's schema")
    for one in (manifest, many):
        jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(one)


def test_the_one_for_many_workspaces_differs_in_addresses_organisations_and_rotation(
    manifest: dict[str, Any], many: dict[str, Any]
) -> None:
    address = "https://baton.example.com/slack/events"
    manifest["features"]["slash_commands"][0]["url"] = address
    manifest["oauth_config"]["redirect_urls"] = ["https://baton.example.com/slack/oauth_redirect"]
    settings = manifest["settings"]
    settings["event_subscriptions"]["request_url"] = address
    settings["interactivity"] |= {"request_url": address, "message_menu_options_url": address}
    settings |= {"socket_mode_enabled": False, "org_deploy_enabled": True, "token_rotation_enabled": True}
    assert many == manifest


async def test_its_commands_are_those_that_are_answered(manifest: dict[str, Any], app: Recorder) -> None:
    listed = {entry["command"] for entry in manifest["features"]["slash_commands"]}
    assert listed == app.commands == {COMMAND}


async def test_its_usage_hint_names_words_that_exist(manifest: dict[str, Any], app: Recorder) -> None:
    [command] = manifest["features"]["slash_commands"]
    hinted = command["usage_hint"].partition("]")[0].strip("[ …").split(" | ")
    listeners: Listeners = handlers.register(AsyncApp(name="tests", token="xoxb-1", signing_secret="s"), house=None)  # type: ignore[arg-type]
    assert set(hinted) <= set(listeners.words)


def test_its_shortcuts_are_those_that_are_answered(manifest: dict[str, Any]) -> None:
    answered = listeners_of(*cast("tuple[Feature, ...]", handlers.FEATURES)).shortcuts
    listed = [(entry["type"], entry["callback_id"]) for entry in manifest["features"]["shortcuts"]]
    assert sorted(listed) == sorted((kind, callback_id) for kind, ids in answered.items() for callback_id in ids)


async def test_its_events_are_those_that_are_listened_to(manifest: dict[str, Any], app: Recorder) -> None:
    listed = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert listed == sorted(app.events)
    assert set(BOT_EVENTS) <= set(listed)


def test_its_scopes_are_those_that_oauth_asks_for(manifest: dict[str, Any]) -> None:
    scopes = manifest["oauth_config"]["scopes"]
    assert scopes["bot"] == list(BOT_SCOPES)
    assert scopes["bot_optional"] == list(OPTIONAL_SCOPES)
    assert not set(BOT_SCOPES) & set(OPTIONAL_SCOPES)


def test_every_method_that_is_called_has_its_scopes_and_none_is_asked_for_in_vain() -> None:
    called = set(methods_called())
    assert {"views_open", "users_list", "auth_test"} <= called
    assert called <= set(NEEDS), "say what these methods need"
    needed = {scope for method in called for scope in NEEDS[method]}
    assert needed | WITHOUT_A_METHOD == set(BOT_SCOPES) | set(OPTIONAL_SCOPES)


async def test_the_home_tab_is_on_when_somebody_fills_it(manifest: dict[str, Any], app: Recorder) -> None:
    assert manifest["features"]["app_home"]["home_tab_enabled"] == ("app_home_opened" in app.events)


def test_buttons_and_modals_are_delivered(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["interactivity"]["is_enabled"] is True
    assert manifest["settings"]["socket_mode_enabled"] is True
