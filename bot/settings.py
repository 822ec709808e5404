"""Settings, from the environment and an optional ``.env`` file; the names are what operators rely on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from notices.sending.email import Mailbox
from services.kit.house import Offers

DEFAULT_DATABASE = "sqlite+aiosqlite:///baton.db"

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DRIVERS = ("sqlite+aiosqlite", "postgresql+psycopg")
POOLED: tuple[list[str], ...] = ([], ["true"], ["false"])
EXAMPLES = {
    "slack_api_url": "https://slack.com/api/",
    "pagerduty_api_url": "https://api.pagerduty.com",
    "public_url": "https://baton.example.com",
}
NOTHING_SET = (
    "Nothing is set that leads to Slack. For one workspace set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…): "
    "README, “Use it in a real workspace”. To be reached by HTTP instead: docs/install.md."
)
HALF_SET = (
    "SLACK_BOT_TOKEN is set; now set SLACK_APP_TOKEN (xapp-…) as well to connect by Socket Mode, "
    "or SLACK_SIGNING_SECRET to be reached by HTTP."
)
WITH, PRESENCE = "with", "presence"
"""What the install page is asked with to ask Slack for the scopes of presence, too."""

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - Slack reaches HTTP mode from outside


def _env(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


def variable(field: str | None) -> str:
    """The environment variable of a field."""
    choices = Settings.model_fields[field or ""].validation_alias
    return str(choices.choices[0]) if isinstance(choices, AliasChoices) else str(field)


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
        if not isinstance(value, str):
            return value
        keys = [key.strip() for key in value.split(",") if key.strip()]
        if not keys:
            raise ValueError("BATON_ENCRYPTION_KEYS is set and holds no key. Leave it out, or put a Fernet key there.")
        return keys

    @field_validator("slack_api_url", "pagerduty_api_url", "public_url")
    @classmethod
    def _an_address(cls, value: str | None, field: ValidationInfo) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(
                f"{variable(field.field_name)} must be an address such as {EXAMPLES[field.field_name or '']}"
            )
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _end_with_a_slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @field_validator("database_url")
    @classmethod
    def _a_database_that_baton_knows(cls, value: str) -> str:
        if value.partition("://")[0] not in DRIVERS:
            raise ValueError(
                "BATON_DATABASE_URL must begin with sqlite+aiosqlite:/// (a file) or postgresql+psycopg:// (a server)."
            )
        if value.startswith("postgresql") and value.partition("?")[0].count("@") > 1:
            raise ValueError("In BATON_DATABASE_URL, an @ in the name or the password is written as %40, a / as %2F.")
        if [said for name, said in parse_qsl(value.partition("?")[2], True) if name == "pgbouncer"] not in POOLED:
            raise ValueError("In BATON_DATABASE_URL, pgbouncer must be true or false, once and in small letters.")
        return value

    @field_validator("log_level")
    @classmethod
    def _a_level(cls, value: str) -> str:
        if value.upper() not in LEVELS:
            raise ValueError(f"BATON_LOG_LEVEL must be one of {', '.join(LEVELS)}.")
        return value.upper()

    @model_validator(mode="after")
    def _tokens_in_their_places(self) -> Self:
        app, bot = reveal(self.slack_app_token) or "", reveal(self.slack_bot_token) or ""
        if app.startswith("xoxb-") and bot.startswith("xapp-"):
            raise ValueError(
                "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped: xoxb-… is the bot token, xapp-… the other."
            )
        if app and not app.startswith("xapp-"):
            raise ValueError("SLACK_APP_TOKEN must be an app-level token, which begins with xapp-.")
        if bot and not bot.startswith(("xoxb-", "xoxe.xoxb-")):  # the latter where an app's tokens are rotated
            raise ValueError("SLACK_BOT_TOKEN must be a bot token, which begins with xoxb-.")
        if app and not bot:
            raise ValueError("SLACK_APP_TOKEN needs SLACK_BOT_TOKEN beside it.")
        return self

    @model_validator(mode="after")
    def _a_mail_server_that_makes_sense(self) -> Self:
        if (self.smtp_url is None) != (self.email_from is None):
            here, gone = (
                ("BATON_SMTP_URL", "BATON_EMAIL_FROM") if self.smtp_url else ("BATON_EMAIL_FROM", "BATON_SMTP_URL")
            )
            raise ValueError(f"{here} is set and {gone} is not; e-mail needs both.")
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
        return Offers(
            email=self.mailbox is not None,
            private_webhooks=self.webhook_allow_private,
            install_url=self.presence_install_url,
            public_url=(self.public_url or "").rstrip("/"),
        )

    @property
    def presence_install_url(self) -> str:
        """The page that asks Slack for the optional scopes as well; empty where nobody installs by OAuth."""
        return f"{self.install_page}?{WITH}={PRESENCE}" if self.install_page else ""

    @property
    def install_page(self) -> str:
        """Where workspaces install Baton; empty where nobody does by OAuth, or its address is not known."""
        if not (self.public_url and self.slack_client_id and self.slack_client_secret) or self.slack_bot_token:
            return ""
        return f"{self.public_url.rstrip('/')}/slack/install"

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
        if not (self.slack_bot_token or self.slack_signing_secret or self.slack_client_id):
            return [NOTHING_SET]
        if self.slack_bot_token and not self.slack_signing_secret:
            return [HALF_SET]
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


def sentences(error: ValidationError) -> list[str]:
    """What is wrong with the settings, a sentence each; a value that may be a secret is never repeated."""
    return [_sentence(problem) for problem in error.errors(include_url=False, include_input=False)]


def _sentence(problem: ErrorDetails) -> str:
    name = str(problem["loc"][0]).upper() if problem["loc"] else ""
    match problem["type"]:
        case "value_error":
            return str(problem["ctx"]["error"]) if "ctx" in problem else problem["msg"]
        case "int_parsing" | "int_type" | "int_from_float":
            return f"{name} must be a whole number."
        case "greater_than_equal":
            return f"{name} must be at least {problem.get('ctx', {}).get('ge')}."
        case "less_than_equal":
            return f"{name} must be at most {problem.get('ctx', {}).get('le')}."
        case "bool_parsing" | "bool_type":
            return f"{name} must be yes or no."
        case _:
            return f"{name}: {problem['msg']}."


def misspelt(names: Iterable[str]) -> list[str]:
    """A sentence for each variable that looks like one of Baton's and is none.

    Whatever begins with ``BATON_`` is meant for Baton; of Slack's and PagerDuty's only what nearly is one of ours,
    since other programs have variables of that kind too.
    """
    known = [variable(field) for field in Settings.model_fields]
    strangers = sorted({name.upper() for name in names} - set(known))
    found: list[str] = []
    for name in strangers:
        ours = name.startswith("BATON_")
        near = get_close_matches(name, known, 1, 0.8 if ours else 0.9)
        if ours or (near and name.startswith(("SLACK_", "PAGERDUTY_"))):
            found.append(f"{name} is no setting of Baton's{f'; did you mean {near[0]}?' if near else '.'}")
    return found


def reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
