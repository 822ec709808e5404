"""auth.*, team.info, apps.connections.open and oauth.v2.access: who the app is and how it is let in."""

from sandbox.slack.errors import SlackError
from sandbox.slack.methods.registry import Call, method
from sandbox.slack.model import Json, Token, TokenKind
from sandbox.slack.paging import page_of
from sandbox.slack.world import TOKEN_LIVES, World, new_id


@method("auth.test")
def auth_test(call: Call) -> Json:
    if call.token.enterprise_id:
        return _organisations_own(call)
    bot = call.team.users[call.team.bot_user_id]
    of_organisation = {"enterprise_id": call.team.organisation.id} if call.team.organisation else {}
    return of_organisation | {
        "url": f"https://{call.team.domain}.slack.com/",
        "team": call.team.name,
        "user": bot.name,
        "team_id": call.team.id,
        "user_id": bot.id,
        "bot_id": call.team.bot_id,
        "app_id": call.world.app.id,
        "is_enterprise_install": False,
    }


def _organisations_own(call: Call) -> Json:
    organisation = call.world.organisations[call.token.enterprise_id]
    return {
        "url": f"https://{organisation.name.lower()}.enterprise.slack.com/",
        "team": organisation.name,
        "user": organisation.bot.name,
        "team_id": organisation.id,
        "user_id": organisation.bot.id,
        "bot_id": organisation.bot_id,
        "app_id": call.world.app.id,
        "enterprise_id": organisation.id,
        "is_enterprise_install": True,
    }


@method("auth.teams.list")
def list_teams(call: Call) -> Json:
    """The workspaces that the token reaches."""
    organisation = call.world.organisations.get(call.token.enterprise_id)
    teams = [organisation.teams[one] for one in sorted(organisation.granted)] if organisation else [call.team]
    page, metadata = page_of(teams, call.args)
    return {"teams": [{"id": team.id, "name": team.name} for team in page], "response_metadata": metadata}


@method("auth.revoke")
def revoke(call: Call) -> Json:
    if call.args.flag("test"):
        return {"revoked": False}
    call.token.revoked = True
    call.emit(call.team, tokens_revoked_event(call.team.bot_user_id))
    return {"revoked": True}


def tokens_revoked_event(bot_user_id: str) -> Json:
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot_user_id]}}


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
        return _granted(call, spent.team_id, spent.enterprise_id, spent.scopes)
    code = call.world.oauth_codes.get(args.text("code"))
    if code is None:
        raise SlackError("invalid_code")
    if code.used:
        raise SlackError("code_already_used")
    if code.redirect_uri and code.redirect_uri != args.text("redirect_uri"):
        raise SlackError("bad_redirect_uri")
    code.used = True
    made = _granted(call, code.team_id, code.enterprise_id, code.scopes)
    return made | {"authed_user": {"id": code.user_id}}


def _granted(call: Call, team_id: str, enterprise_id: str, scopes: tuple[str, ...]) -> Json:
    """A new token, with what buys the next one where the app has token rotation on."""
    token = call.world.add_token(TokenKind.BOT, team_id, enterprise_id, scopes)
    answer: Json = {"app_id": call.world.app.id, "scope": ",".join(scopes), "token_type": "bot"}
    answer |= {"access_token": token.value, "bot_user_id": token.user_id} | _where(call.world, token)
    if not call.world.app.rotates_tokens:
        return answer
    call.world.let_expire(token)
    return answer | {"access_token": token.value, "refresh_token": token.refresh, "expires_in": TOKEN_LIVES}


def _where(world: World, token: Token) -> Json:
    team = world.teams.get(token.team_id)
    organisation = world.organisations[token.enterprise_id] if token.enterprise_id else team and team.organisation
    return {
        "team": {"id": team.id, "name": team.name} if team else None,
        "enterprise": {"id": organisation.id, "name": organisation.name} if organisation else None,
        "is_enterprise_install": bool(token.enterprise_id),
    }
