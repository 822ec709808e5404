"""The Web API over HTTP: `<base>/api/<method>`, GET or POST.

A call passes these gates in order; the first that refuses answers:

    a fault that was asked for → is there such a method → token → rate limit → scope → the method itself

Every call is logged, refused ones too, with its arguments but without its token.
"""

from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.arguments import Arguments, bearer_token, read_arguments
from sandbox.slack.dispatch import Dispatcher
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import Drop, Fault, Faults
from sandbox.slack.limits import RateLimits
from sandbox.slack.methods import METHODS, Call, Method
from sandbox.slack.model import CallRecord, Json, Team, Token, TokenKind
from sandbox.slack.organisations import team_of_call
from sandbox.slack.world import World

_NO_TOKEN_TEAM = Team(id="", name="", domain="", bot_user_id="", bot_id="")
_NO_TOKEN = Token("", TokenKind.BOT, "", "", ())


@dataclass(frozen=True, slots=True)
class WebApi:
    world: World
    faults: Faults
    limits: RateLimits
    dispatcher: Dispatcher

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            args = await read_arguments(request)
        except SlackError as refusal:
            return web.json_response(refusal.as_answer())
        record = CallRecord(name, args.for_the_log(), self.world.clock.now())
        self.world.calls.append(record)
        fault = self.faults.take(name)
        if fault and (broken := self._before(fault, record, request)):
            return broken
        answer = self._answer(name, bearer_token(request, args), args, record)
        if fault and fault.drop == Drop.AFTER:
            return _cut_off(request)
        return answer

    def _before(self, fault: Fault, record: CallRecord, request: web.Request) -> web.StreamResponse | None:
        if fault.drop == Drop.AFTER:
            return None
        record.error = fault.error or ("dropped" if fault.drop else f"http_{fault.http_status}")
        if fault.drop == Drop.BEFORE:
            return _cut_off(request)
        if fault.http_status:
            page = "<html><body>Something went wrong</body></html>"
            return web.Response(status=fault.http_status, text=page, content_type="text/html")
        return _refused(SlackError(record.error), fault.retry_after)

    def _answer(self, name: str, token_value: str, args: Arguments, record: CallRecord) -> web.Response:
        token = self.world.tokens.get(token_value)
        headers = {"X-OAuth-Scopes": ",".join(token.scopes)} if token else {}
        try:
            answer = {"ok": True, **self._do(name, token_value, args, record)}
        except _TooManyError as too_many:
            record.error = "ratelimited"
            return _refused(SlackError("ratelimited"), too_many.retry_after)
        except SlackError as refusal:
            record.error = refusal.code
            return web.json_response(refusal.as_answer(), headers=headers)
        record.ok = True
        return web.json_response(answer, headers=headers)

    def _do(self, name: str, token_value: str, args: Arguments, record: CallRecord) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        token = self._token(method, token_value)
        if token.enterprise_id:
            team = team_of_call(self.world, token, name, args)
        else:
            team = self.world.teams.get(token.team_id, _NO_TOKEN_TEAM)
        record.team_id = team.id or None
        wait = self.limits.wait_for(name, team.id, args.text("channel"), self.world.clock.monotonic())
        if wait:
            raise _TooManyError(wait)
        call = Call(self.world, team, token, args, self.dispatcher.emit, self.dispatcher.tell_of_mention)
        call.require_scope(*method.scopes)
        return method.answer(call)

    def _token(self, method: Method, value: str) -> Token:
        if method.token_kind is None:
            return _NO_TOKEN
        if not value:
            raise SlackError("not_authed")
        token = self.world.tokens.get(value)
        if token is None:
            raise SlackError("invalid_auth")
        if token.revoked:
            raise SlackError("token_revoked")
        if token.expires_at is not None and token.expires_at <= self.world.clock.now():
            raise SlackError("token_expired")
        if token.kind != method.token_kind:
            raise SlackError("not_allowed_token_type")
        return token


class _TooManyError(Exception):
    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


def _refused(refusal: SlackError, retry_after: int | None) -> web.Response:
    if refusal.code != "ratelimited":
        return web.json_response(refusal.as_answer())
    headers = {"Retry-After": str(1 if retry_after is None else retry_after)}
    return web.json_response(refusal.as_answer(), status=429, headers=headers)


def _cut_off(request: web.Request) -> web.StreamResponse:
    """Break the connection without an answer. aiohttp drops what it is handed once the transport is gone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
