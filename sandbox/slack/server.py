"""The sandbox's Slack as one aiohttp server on loopback: Web API, Socket Mode, response_urls, control API and a page
to look at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from sandbox.changes import noting
from sandbox.origins import programs_alone
from sandbox.serving import HOST, serving
from sandbox.slack.authorize import InstallPage
from sandbox.slack.clock import Clock
from sandbox.slack.control import OrganisationRoutes, OwnerRoutes, PeopleRoutes
from sandbox.slack.control.requests import as_handler
from sandbox.slack.dispatch import ACK_SECONDS, Dispatcher
from sandbox.slack.faults import Faults
from sandbox.slack.limits import RateLimits
from sandbox.slack.model import TokenKind
from sandbox.slack.page import Page
from sandbox.slack.person import PersonSide
from sandbox.slack.responseurl import ResponseUrls
from sandbox.slack.signedhttp import SignedHttp
from sandbox.slack.socketmode import SocketHub
from sandbox.slack.submitting import Submitting
from sandbox.slack.uploads import Uploads
from sandbox.slack.webapi import WebApi
from sandbox.slack.world import ALL_BOT_SCOPES, World

LARGEST_BODY = 4 * 1024 * 1024
CLOSING_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class SlackSandbox:
    """A running sandbox: where it is, and the credentials of the app that is installed in its first workspace."""

    world: World
    clock: Clock
    person: PersonSide
    submitting: Submitting
    base_url: str
    team_id: str
    app_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    client_id: str
    client_secret: str

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/"

    @property
    def authorize_url(self) -> str:
        """Where an installer's browser is sent, in place of slack.com's own page."""
        return f"{self.base_url}/oauth/v2/authorize"

    @property
    def control_url(self) -> str:
        return f"{self.base_url}/control"

    @classmethod
    @asynccontextmanager
    async def start(cls, port: int = 0, *, ack_seconds: float = ACK_SECONDS) -> "AsyncIterator[SlackSandbox]":
        """Serve until the block ends. A shorter `ack_seconds` makes tests of missing acknowledgements quick."""
        world = World(Clock())
        async with aiohttp.ClientSession() as session:
            parts = _Parts.of(world, session, ack_seconds)
            runner = web.AppRunner(parts.application(), shutdown_timeout=CLOSING_SECONDS, access_log=None)
            async with serving(runner, port) as bound:
                world.base_url = f"http://{HOST}:{bound}"
                try:
                    yield cls._installed(world, parts)
                finally:
                    await parts.dispatcher.stop()
                    await parts.hub.close()

    @classmethod
    def _installed(cls, world: World, parts: "_Parts") -> "SlackSandbox":
        team = world.add_team("Sandbox", "sandbox")
        app = world.app
        return cls(
            world=world,
            clock=world.clock,
            person=parts.person,
            submitting=parts.submitting,
            base_url=world.base_url,
            team_id=team.id,
            app_id=app.id,
            bot_token=world.add_token(TokenKind.BOT, team.id, "", ALL_BOT_SCOPES).value,
            app_token=world.add_token(TokenKind.APP, team.id, "", ("connections:write",)).value,
            signing_secret=app.signing_secret,
            client_id=app.client_id,
            client_secret=app.client_secret,
        )


@dataclass(frozen=True, slots=True)
class _Parts:
    world: World
    hub: SocketHub
    http: SignedHttp
    dispatcher: Dispatcher
    person: PersonSide
    submitting: Submitting

    @classmethod
    def of(cls, world: World, session: aiohttp.ClientSession, ack_seconds: float) -> "_Parts":
        hub, http = SocketHub(world, ack_seconds), SignedHttp(world, session, ack_seconds)
        dispatcher = Dispatcher(world, hub, http)
        return cls(world, hub, http, dispatcher, PersonSide(world, dispatcher), Submitting(world, dispatcher))

    def application(self) -> web.Application:
        faults, limits = Faults(), RateLimits()
        api = WebApi(self.world, faults, limits, self.dispatcher)
        owner = OwnerRoutes(self.world, self.dispatcher, self.hub, self.http, faults, limits)
        people = PeopleRoutes(self.world, self.person, self.submitting)
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[programs_alone, noting(self.world.changes)])
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_get("/", Page(self.world).handle)
        app.router.add_get("/oauth/v2/authorize", InstallPage(self.world).handle)
        app.router.add_get("/link/", self.hub.handle)
        app.router.add_post("/upload/v1/{path}", Uploads(self.world).handle)
        app.router.add_post("/response/{id:.+}", ResponseUrls(self.world).handle)
        for name, route in owner.table().items():
            app.router.add_post(f"/control/{name}", as_handler(route))
        for name, route in OrganisationRoutes(self.world, self.dispatcher).table().items():
            app.router.add_post(f"/control/organisation/{name}", as_handler(route))
        for name, route in people.table().items():
            app.router.add_post(f"/control/person/{name}", as_handler(route))
        return app
