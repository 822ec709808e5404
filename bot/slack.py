"""The Slack side: one Bolt app, reached by Socket Mode or by HTTP, for one workspace or for many.

Bolt asks for an authorisation before each listener. A token of the settings is answered from memory, an installation
from one quick reading, so that nothing slow stands between a click and its acknowledgement.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.authorize_url_generator import AuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.install import EVERYBODY, PEOPLE, SealedInstallationStore, SealedStateStore
from bot.install_pages import NOT_KEPT, UNREACHABLE, callbacks, failure_page
from bot.parts import CannotStart, Unreachable
from bot.rotation import Tokens
from bot.settings import PRESENCE, WITH, Settings, reveal
from handlers.kit.scopes import BOT_SCOPES, OPTIONAL_SCOPES
from services.kit.house import House
from storage.again import run_again
from storage.trouble import DatabaseTrouble
from storage.unreachable import why

log = structlog.get_logger()

KEPT_OPEN_SECONDS, LONGEST_CALL_SECONDS = 10.0, 30.0
BOLT_READS = ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")
Authorize = Callable[..., Awaitable[Any]]
"""Gives an AuthorizeResult, or None where Baton is not installed."""
TOKEN_ERRORS = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})


def web_client(
    settings: Settings, token: str | None = None, session: aiohttp.ClientSession | None = None
) -> AsyncWebClient:
    """A Web API client that never repeats a call by itself: a repeated post would be seen twice."""
    return AsyncWebClient(token=token, base_url=settings.slack_api_url, retry_handlers=[], session=session)


def connections() -> aiohttp.ClientSession:
    """Connections to Slack that are used again for a while; whoever asks closes them."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=KEPT_OPEN_SECONDS),
        timeout=aiohttp.ClientTimeout(total=LONGEST_CALL_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def bolt_app(settings: Settings, house: House, session: aiohttp.ClientSession | None = None) -> AsyncApp:
    """The Bolt app with every listener, which answer through ``session``, or with a connection for each answer.

    Raises CannotStart when Slack refuses the token, Unreachable while away.
    """
    token = reveal(settings.slack_bot_token)
    installed = None if token else _Installed(Tokens(settings, house))
    authorize = installed.authorizer() if installed else await _one_workspace(settings, token or "")
    with _environment_hidden():
        app = AsyncApp(
            name="baton",
            client=web_client(settings, session=session),
            signing_secret=reveal(settings.slack_signing_secret) or "unused in socket mode",
            authorize=authorize,
            user_facing_authorize_error_message=_not_served(settings),
            request_verification_enabled=False,  # bot.web has looked, before anything was parsed
        )
    handlers.register(app, house)
    _hear_of_installations(app, house, installed, authorize)
    return app


def _not_served(settings: Settings) -> str:
    """For who types or presses something where Baton is not installed."""
    if settings.slack_bot_token:
        return "This Baton serves another workspace. Ask whoever runs it for one of yours."
    page = f"at {settings.install_page}" if settings.install_page else "from the page that whoever runs Baton knows"
    return (
        f"Baton is not installed in this workspace now. Whoever may install apps here can do so {page}. "
        "Schedules that were made here are kept."
    )


@contextmanager
def _environment_hidden() -> Generator[None]:
    """Bolt reads some variables by itself, and with an OAuth client it would keep installations in files."""
    hidden = {name: os.environ.pop(name) for name in BOLT_READS if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


async def _one_workspace(settings: Settings, token: str) -> Authorize:
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

    whole_organisation = bool(answer.get("is_enterprise_install"))

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """The token is this workspace's; what comes from another one is not served with it."""
        home, here = (answer.get("enterprise_id"), enterprise_id) if whole_organisation else (result.team_id, team_id)
        if home and here == home:
            return result
        log.warning("a request of another workspace was refused", team=team_id, enterprise=enterprise_id)
        return None

    return authorize


async def check_token(settings: Settings, token: str) -> dict[str, Any]:
    """What auth.test says; raises CannotStart when the token is refused or Slack can't be reached."""
    answer, _scopes = await check_token_and_scopes(settings, token)
    return answer


async def check_token_and_scopes(settings: Settings, token: str) -> tuple[dict[str, Any], frozenset[str]]:
    """What auth.test says, and the scopes that the token was granted (header ``x-oauth-scopes``). Raises as above."""
    with refusals_named(settings, "SLACK_BOT_TOKEN"):
        answer = await web_client(settings, token).auth_test()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = frozenset(scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(","))
    return answer.data if isinstance(answer.data, dict) else {}, granted


@contextmanager
def refusals_named(settings: Settings, variable: str) -> Generator[None]:
    """Slack's refusals as CannotStart, naming the variable that holds the token."""
    try:
        yield
    except SlackApiError as error:
        reason = handlers.error_code(error) or f"status {_status(error)}"
        if reason in TOKEN_ERRORS:
            raise CannotStart(f"Slack refuses {variable}: {reason}.") from error
        raise Unreachable(f"Slack does not take {variable} now: {reason}.") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unreachable(f"Slack can't be reached at {settings.slack_api_url}: {why(error)}.") from error


def _status(error: SlackApiError) -> int:
    """Of slack_sdk's own response, or of aiohttp's, which it hands on where a gateway answered."""
    response: Any = error.response
    return getattr(response, "status_code", None) or getattr(response, "status", 0)


class _Installed:
    """Authorises from what is installed, which is asked each time: another process may have changed it."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def authorizer(self) -> Authorize:
        """For Bolt, which looks at the names of a plain function's arguments."""

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
            return await self._find(enterprise_id, team_id)

        return authorize

    async def forget(self, enterprise_id: str | None, team_id: str | None, event: str) -> None:
        """The workspace has uninstalled Baton, or taken its token back; without a team, the whole organisation has."""
        await self._tokens.store.async_delete_installation(enterprise_id=enterprise_id, team_id=team_id)
        log.info("an installation was forgotten", team=team_id, enterprise=enterprise_id, by=event)

    async def _find(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        bot = await self._tokens.of(enterprise_id or "", team_id or "")
        if bot is None:
            log.warning("a request from where Baton is not installed", team=team_id, enterprise=enterprise_id)
            return None
        return AuthorizeResult(
            enterprise_id=bot.enterprise_id,
            team_id=bot.team_id,
            bot_user_id=bot.bot_user_id,
            bot_id=bot.bot_id,
            bot_token=bot.bot_token,
        )


def _hear_of_installations(app: AsyncApp, house: House, installed: _Installed | None, authorize: Authorize) -> None:
    """What is uninstalled is forgotten; a token from the settings can only be complained about.

    An installation for a whole organisation is added to its workspaces, and removed from them, one by one. The people
    of those that it reaches are read anew; its schedules are the organisation's and stay.
    """

    async def gone(context: Any, event: str) -> None:
        team = None if context.is_enterprise_install else context.team_id
        if installed is not None:
            await installed.forget(context.enterprise_id, team, event)
        elif await authorize(enterprise_id=context.enterprise_id, team_id=context.team_id):
            log.error("Slack has taken SLACK_BOT_TOKEN back. Install the app again and set the new token.", by=event)

    @app.event("app_uninstalled")
    async def uninstalled(context: Any) -> None:
        await gone(context, "app_uninstalled")

    @app.event("tokens_revoked")
    async def revoked(context: Any, event: dict[str, Any]) -> None:
        if event.get("tokens", {}).get("bot"):
            await gone(context, "tokens_revoked")

    async def reached(context: Any, event: dict[str, Any]) -> None:
        teams = ", ".join(event.get("team_ids") or ())
        log.info(
            "the workspaces that Baton reaches changed",
            kind=event["type"],
            teams=teams,
            enterprise=context.enterprise_id,
        )
        await _read_anew(house, context.enterprise_id or "")
        house.jobs.defer(PEOPLE, EVERYBODY)

    for kind in ("team_access_granted", "team_access_revoked"):
        app.event(kind)(reached)


@run_again
async def _read_anew(house: House, enterprise_id: str) -> None:
    async with house.database.transaction() as tx:
        await tx.people.read_anew(enterprise_id, "")


class InstallFlow(AsyncOAuthFlow):
    """Asks for what everybody needs; with ``?with=presence`` also for what is optional."""

    async def handle_callback(self, request: AsyncBoltRequest) -> BoltResponse:
        try:
            return await super().handle_callback(request)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("an installation was not made: Slack can't be reached", reason=why(error))
            return failure_page(UNREACHABLE, 503)
        except DatabaseTrouble as error:
            log.error("the database can't be used", reason=error.why)  # noqa: TRY400
            return failure_page(NOT_KEPT, 503)

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        asked = self.settings.authorize_url_generator
        if PRESENCE not in request.query.get(WITH, ()):
            return await super().build_authorize_url(state, request)
        scopes = [*BOT_SCOPES, *OPTIONAL_SCOPES]
        return AuthorizeUrlGenerator(
            client_id=asked.client_id,
            redirect_uri=asked.redirect_uri,
            scopes=scopes,
            authorization_url=asked.authorization_url,
        ).generate(state)


def oauth_flow(settings: Settings, house: House, installed: Callable[[], None]) -> AsyncOAuthFlow | None:
    """The install pages, when a client id and secret are set; ``installed`` is called after each installation."""
    secret = reveal(settings.slack_client_secret)
    if not settings.slack_client_id or not secret:
        return None
    redirect = f"{settings.public_url.rstrip('/')}/slack/oauth_redirect" if settings.public_url else None
    return InstallFlow(
        client=web_client(settings),
        settings=AsyncOAuthSettings(
            client_id=settings.slack_client_id,
            client_secret=secret,
            scopes=list(BOT_SCOPES),
            redirect_uri=redirect,
            installation_store=SealedInstallationStore(house.database, house.secrets, house.clock, installed),
            state_store=SealedStateStore(house.database, house.secrets, house.clock),
            callback_options=callbacks(),
        ),
    )
