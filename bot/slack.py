"""The Slack side: one Bolt app, reached by Socket Mode or by HTTP, for one workspace or for many.

Bolt asks for an authorisation before each listener. Both kinds are answered from memory, so that nothing slow stands
between a click and its acknowledgement.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.install import SealedInstallationStore, SealedStateStore
from bot.parts import CannotStart
from bot.settings import Settings, reveal
from handlers.scopes import BOT_SCOPES
from services.house import House

CACHE_SECONDS = 60
TOKEN_ERRORS = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})


def web_client(settings: Settings, token: str | None = None) -> AsyncWebClient:
    """A Web API client that never repeats a call by itself: a repeated post would be seen twice."""
    return AsyncWebClient(token=token, base_url=settings.slack_api_url, retry_handlers=[])


async def bolt_app(settings: Settings, house: House) -> AsyncApp:
    """The Bolt app with every listener; raises CannotStart when Slack refuses the token."""
    token = reveal(settings.slack_bot_token)
    authorize: Any = await _one_workspace(settings, token) if token else _Installed(house)
    app = AsyncApp(
        name="baton",
        client=web_client(settings),
        signing_secret=reveal(settings.slack_signing_secret) or "unused in socket mode",
        authorize=authorize,
        request_verification_enabled=not settings.socket_mode,
    )
    handlers.register(app, house)
    if isinstance(authorize, _Installed):
        _forget_uninstalled(app, authorize.store)
    return app


async def _one_workspace(settings: Settings, token: str) -> Any:
    answer = await check_token(settings, token)
    result = AuthorizeResult(
        enterprise_id=answer.get("enterprise_id"),
        team_id=answer.get("team_id"),
        team=answer.get("team"),
        url=answer.get("url"),
        bot_user_id=answer.get("user_id"),
        bot_id=answer.get("bot_id"),
        bot_token=token,
    )

    async def authorize(**_: Any) -> AuthorizeResult:
        return result

    return authorize


async def check_token(settings: Settings, token: str) -> dict[str, Any]:
    """What auth.test says; raises CannotStart when the token is refused."""
    try:
        answer = await web_client(settings, token).auth_test()
    except SlackApiError as error:
        data = error.response.data
        reason = data.get("error") if isinstance(data, dict) else "an answer that is no JSON"
        if reason in TOKEN_ERRORS:
            raise CannotStart(f"Slack refuses SLACK_BOT_TOKEN: {reason}.") from error
        raise
    return answer.data if isinstance(answer.data, dict) else {}


class _Installed:
    """Authorises from the installation store, remembering each workspace for a minute."""

    def __init__(self, house: House) -> None:
        self.store = SealedInstallationStore(house.database, house.secrets, house.clock)
        self._known: dict[tuple[str | None, str | None], tuple[float, AuthorizeResult]] = {}

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, logger: logging.Logger, **_: Any
    ) -> AuthorizeResult | None:
        key = (enterprise_id, team_id)
        known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        bot = await self.store.async_find_bot(enterprise_id=enterprise_id, team_id=team_id)
        if bot is None:
            return None
        result = AuthorizeResult(
            enterprise_id=bot.enterprise_id,
            team_id=bot.team_id,
            bot_user_id=bot.bot_user_id,
            bot_id=bot.bot_id,
            bot_token=bot.bot_token,
        )
        self._known[key] = (time.monotonic(), result)
        return result


def _forget_uninstalled(app: AsyncApp, store: SealedInstallationStore) -> None:
    @app.event("app_uninstalled")
    async def uninstalled(context: Any) -> None:
        await store.async_delete_installation(enterprise_id=context.enterprise_id, team_id=context.team_id)

    @app.event("tokens_revoked")
    async def revoked(context: Any, event: dict[str, Any]) -> None:
        if event.get("tokens", {}).get("bot"):
            await store.async_delete_installation(enterprise_id=context.enterprise_id, team_id=context.team_id)


def oauth_flow(settings: Settings, house: House, installed: Callable[[], None]) -> AsyncOAuthFlow | None:
    """The install pages, when a client id and secret are set; ``installed`` is called after each installation."""
    secret = reveal(settings.slack_client_secret)
    if not settings.slack_client_id or not secret:
        return None
    redirect = f"{settings.public_url.rstrip('/')}/slack/oauth_redirect" if settings.public_url else None
    return AsyncOAuthFlow(
        client=web_client(settings),
        settings=AsyncOAuthSettings(
            client_id=settings.slack_client_id,
            client_secret=secret,
            scopes=list(BOT_SCOPES),
            redirect_uri=redirect,
            installation_store=SealedInstallationStore(house.database, house.secrets, house.clock, installed),
            state_store=SealedStateStore(house.secrets, house.clock),
        ),
    )
