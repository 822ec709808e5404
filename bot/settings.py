"""Settings, from the environment and an optional ``.env`` file; the names are what operators rely on."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from notices.email import Mailbox
from services.house import Offers

DEFAULT_DATABASE = "sqlite+aiosqlite:///baton.db"

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - Slack reaches HTTP mode from outside


def _env(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class Settings(BaseSettings):
    """What an operator can set; times are in seconds, ports are TCP ports."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True)

    slack_bot_token: SecretStr | None = Field(None, validation_alias=_env("SLACK_BOT_TOKEN"))
    slack_app_token: SecretStr | None = Field(None, validation_alias=_env("SLACK_APP_TOKEN"))
    slack_signing_secret: SecretStr | None = Field(None, validation_alias=_env("SLACK_SIGNING_SECRET"))
    slack_client_id: str | None = Field(None, validation_alias=_env("SLACK_CLIENT_ID"))
    slack_client_secret: SecretStr | None = Field(None, validation_alias=_env("SLACK_CLIENT_SECRET"))
    slack_api_url: str = Field("https://slack.com/api/", validation_alias=_env("SLACK_API_URL"))
    pagerduty_api_url: str | None = Field(None, validation_alias=_env("PAGERDUTY_API_URL"))
    database_url: str = Field(DEFAULT_DATABASE, validation_alias=_env("BATON_DATABASE_URL"))
    encryption_keys: Annotated[list[SecretStr], NoDecode] = Field([], validation_alias=_env("BATON_ENCRYPTION_KEYS"))
    public_url: str | None = Field(None, validation_alias=_env("BATON_PUBLIC_URL"))
    port: int = Field(3000, ge=0, le=65535, validation_alias=_env("BATON_PORT"))
    host: str | None = Field(None, validation_alias=_env("BATON_HOST"))
    refresh_seconds: int = Field(300, ge=1, le=3600, validation_alias=_env("BATON_REFRESH_SECONDS"))
    smtp_url: SecretStr | None = Field(None, validation_alias=_env("BATON_SMTP_URL"))
    email_from: str | None = Field(None, validation_alias=_env("BATON_EMAIL_FROM"))
    webhook_allow_private: bool = Field(False, validation_alias=_env("BATON_WEBHOOK_ALLOW_PRIVATE"))
    log_level: str = Field("INFO", validation_alias=_env("BATON_LOG_LEVEL"))

    @field_validator("encryption_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return [key.strip() for key in value.split(",") if key.strip()] if isinstance(value, str) else value

    @field_validator("slack_api_url")
    @classmethod
    def _end_with_a_slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @model_validator(mode="after")
    def _enough_to_reach_slack(self) -> Self:
        if self.slack_app_token and not self.slack_bot_token:
            raise ValueError("SLACK_APP_TOKEN needs SLACK_BOT_TOKEN beside it")
        return self

    @model_validator(mode="after")
    def _a_mail_server_that_makes_sense(self) -> Self:
        _ = self.mailbox
        return self

    @property
    def mailbox(self) -> Mailbox | None:
        """Where letters are handed in; None while e-mail is not set up."""
        url = reveal(self.smtp_url)
        return Mailbox.of(url, self.email_from) if url and self.email_from else None

    @property
    def offers(self) -> Offers:
        """What people can choose because the operator has set it up."""
        return Offers(email=self.mailbox is not None, private_webhooks=self.webhook_allow_private)

    def listens_on(self, *, for_slack: bool) -> str:
        """The address to bind: what is set, else every address where Slack calls by HTTP and loopback otherwise."""
        return self.host or (EVERYWHERE if for_slack and not self.socket_mode else LOOPBACK)

    @property
    def socket_mode(self) -> bool:
        return self.slack_app_token is not None

    @property
    def refresh_every(self) -> timedelta:
        return timedelta(seconds=self.refresh_seconds)

    def problems(self) -> list[str]:
        """What is missing before Baton can serve Slack, one sentence each."""
        if self.socket_mode:
            return []
        missing = [] if self.slack_signing_secret else ["SLACK_SIGNING_SECRET is not set; HTTP mode needs it."]
        if not self.slack_bot_token and not (self.slack_client_id and self.slack_client_secret):
            missing.append(
                "Set SLACK_BOT_TOKEN for one workspace, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for OAuth."
            )
        return missing

    def secrets(self) -> list[str]:
        """Values that must never appear in a log."""
        held = [
            self.slack_bot_token,
            self.slack_app_token,
            self.slack_signing_secret,
            self.slack_client_secret,
            self.smtp_url,
        ]
        return [secret.get_secret_value() for secret in (*held, *self.encryption_keys) if secret is not None]


def reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
