"""auth.*, team.info, apps.connections.open and oauth.v2.access: who the app is and how it is let in."""

from sandbox.slack.errors import SlackError
from sandbox.slack.methods.registry import Call, method
from sandbox.slack.model import Json, Team, TokenKind
from sandbox.slack.world import TOKEN_LIVES, new_id


@method("auth.test")
def auth_test(call: Call) -> Json:
    bot = call.team.users[call.team.bot_user_id]
    return {
        "url": f"https://{call.team.domain}.slack.com/",
        "team": call.team.name,
        "user": bot.name,
        "team_id": call.team.id,
        "user_id": bot.id,
        "bot_id": call.team.bot_id,
        "app_id": call.world.app.id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
def revoke(call: Call) -> Json:
    if call.args.flag("test"):
        return {"revoked": False}
    call.token.revoked = True
    call.emit(call.team, tokens_revoked_event(call.team))
    return {"revoked": True}


def tokens_revoked_event(team: Team) -> Json:
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user_id]}}


@method("team.info", "team:read")
def team_info(call: Call) -> Json:
    team = call.team
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "domain": team.domain,
            "url": f"https://{team.domain}.slack.com/",
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


@method("apps.connections.open", "connections:write", token_kind=TokenKind.APP)
def open_connection(call: Call) -> Json:
    ticket = new_id("", 24)
    call.world.socket_tickets.add(ticket)
    address = call.world.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={call.world.app.id}"}


@method("oauth.v2.access", token_kind=None)
def oauth_access(call: Call) -> Json:
    app, args = call.world.app, call.args
    if args.text("client_id") != app.client_id:
        raise SlackError("invalid_client_id")
    if args.text("client_secret") != app.client_secret:
        raise SlackError("bad_client_secret")
    if args.text("grant_type") == "refresh_token":
        spent = call.world.spend_refresh_token(args.text("refresh_token"))
        return _granted(call, call.world.teams[spent.team_id], spent.scopes)
    code = call.world.oauth_codes.get(args.text("code"))
    if code is None:
        raise SlackError("invalid_code")
    if code.used:
        raise SlackError("code_already_used")
    if code.redirect_uri and code.redirect_uri != args.text("redirect_uri"):
        raise SlackError("bad_redirect_uri")
    code.used = True
    return _granted(call, call.world.teams[code.team_id], code.scopes) | {"authed_user": {"id": code.user_id}}


def _granted(call: Call, team: Team, scopes: tuple[str, ...]) -> Json:
    """A new token, with what buys the next one where the app has token rotation on."""
    answer: Json = {
        "app_id": call.world.app.id,
        "scope": ",".join(scopes),
        "token_type": "bot",
        "bot_user_id": team.bot_user_id,
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if not call.world.app.rotates_tokens:
        return answer | {"access_token": call.world.add_token(TokenKind.BOT, team, scopes).value}
    token = call.world.add_expiring_token(team, scopes)
    return answer | {"access_token": token.value, "refresh_token": token.refresh, "expires_in": TOKEN_LIVES}
