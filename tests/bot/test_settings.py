"""Settings come from the environment, and what is missing is said in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import Settings, sentences


def settings(**environment: Any) -> Settings:
    return Settings(_env_file=None, **environment)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        for prefix in ("", "BATON_", "baton_"):
            monkeypatch.delenv(f"{prefix}{name}".upper(), raising=False)


def test_what_is_set_in_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_REFRESH_SECONDS", "60")
    monkeypatch.setenv("BATON_PORT", "8080")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    read = settings()
    assert (read.refresh_every, read.port, read.socket_mode) == (timedelta(minutes=1), 8080, True)


def test_without_an_app_token_baton_is_reached_by_http() -> None:
    assert not settings(slack_bot_token="xoxb-1", slack_signing_secret="s").socket_mode


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "")
    monkeypatch.setenv("BATON_DATABASE_URL", "")
    read = settings()
    assert not read.socket_mode
    assert read.database_url == "sqlite+aiosqlite:///baton.db"


@pytest.mark.parametrize("seconds", ["0", "3601", "soon"])
def test_a_refresh_interval_beyond_an_hour_or_senseless_is_refused(seconds: str) -> None:
    with pytest.raises(ValidationError):
        settings(baton_refresh_seconds=seconds)


def test_an_app_token_alone_is_refused() -> None:
    with pytest.raises(ValidationError, match="SLACK_APP_TOKEN needs SLACK_BOT_TOKEN"):
        settings(slack_app_token="xapp-1")


def test_the_address_of_slack_ends_with_a_slash() -> None:
    assert settings(slack_api_url="http://127.0.0.1:1/api").slack_api_url == "http://127.0.0.1:1/api/"


def test_encryption_keys_are_split_at_commas() -> None:
    read = settings(baton_encryption_keys=" new , old,")
    assert [key.get_secret_value() for key in read.encryption_keys] == ["new", "old"]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"slack_app_token": "xapp-1", "slack_bot_token": "xoxb-1"}, []),
        ({"slack_signing_secret": "s", "slack_bot_token": "xoxb-1"}, []),
        ({"slack_signing_secret": "s", "slack_client_id": "1", "slack_client_secret": "c"}, []),
        ({"slack_bot_token": "xoxb-1"}, ["SLACK_APP_TOKEN"]),
        ({"slack_signing_secret": "s", "slack_client_id": "1"}, ["SLACK_CLIENT_SECRET"]),
        ({}, ["SLACK_APP_TOKEN"]),
    ],
)
def test_what_is_missing_to_serve_slack_is_named(given: dict[str, str], missing: list[str]) -> None:
    problems = settings(**given).problems()
    assert len(problems) == len(missing)
    assert all(name in problem for name, problem in zip(missing, problems, strict=True))


def test_settings_never_print_their_secrets() -> None:
    secret = {
        "slack_bot_token": "xoxb-1",
        "slack_app_token": "xapp-2",
        "slack_signing_secret": "sign-3",
        "slack_client_secret": "client-4",
        "baton_encryption_keys": "key-5,key-6",
    }
    read = settings(**secret)
    values = {value for text in secret.values() for value in text.split(",")}
    assert values <= set(read.secrets())
    assert not [value for value in values if value in repr(read) + str(read.model_dump())]


@pytest.mark.parametrize("asked", ["yes", "True", "", "true&pgbouncer=true"])
def test_a_pooler_that_is_neither_true_nor_false_is_refused(asked: str) -> None:
    address = f"postgresql+psycopg://baton@host/baton?pgbouncer={asked}"
    with pytest.raises(ValidationError, match="pgbouncer must be true or false"):
        settings(database_url=address)
    assert settings(database_url="postgresql+psycopg://baton@host/baton?pgbouncer=true").database_url


@pytest.mark.parametrize("password", ["Top@Secret", "Top@Sec/ret"])
def test_a_password_whose_at_sign_is_not_escaped_is_refused_without_being_repeated(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(BATON_DATABASE_URL=f"postgresql+psycopg://baton:{password}@127.0.0.1/baton")
    [said] = sentences(refused.value)
    assert "%40" in said
    assert "Sec" not in said
    escaped = password.replace("@", "%40").replace("/", "%2F")
    assert settings(BATON_DATABASE_URL=f"postgresql+psycopg://baton:{escaped}@127.0.0.1/baton").database_url
