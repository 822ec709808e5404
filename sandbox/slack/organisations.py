"""Enterprise organisations: workspaces that share people, and installations for all of them.

A token of such an installation names no workspace. Methods that list what a workspace has want ``team_id``; all others
find the workspace by the channel, person, view or trigger that they are about. Workspaces are granted one by one.
"""

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Json, Organisation, Team, Token, TokenKind, User
from sandbox.slack.world import World, new_id

WANT_TEAM = frozenset(
    {
        "conversations.list",
        "team.info",
        "usergroups.list",
        "usergroups.users.list",
        "usergroups.users.update",
        "users.list",
    }
)


def make_organisation(world: World, name: str) -> Organisation:
    bot = User(new_id("W"), "", world.app.name.lower(), world.app.name, world.app.name, "", "UTC", is_bot=True)
    organisation = Organisation(new_id("E"), name, bot, new_id("B"))
    world.organisations[organisation.id] = organisation
    return organisation


def join(organisation: Organisation, team: Team) -> None:
    """The workspace, with everybody in it, becomes one of the organisation's."""
    team.organisation = organisation
    organisation.teams[team.id] = team
    for user in team.users.values():
        belong(organisation, team, user)


def belong(organisation: Organisation, team: Team, user: User) -> None:
    """Somebody of the organisation is in this workspace, too."""
    team.users[user.id] = user
    known = user.enterprise_user or {
        "id": user.id,
        "enterprise_id": organisation.id,
        "enterprise_name": organisation.name,
        "is_admin": False,
        "is_owner": False,
        "teams": [],
    }
    known["teams"] = sorted({*known["teams"], team.id})
    user.enterprise_user = known


def grant(organisation: Organisation, team: Team) -> Json:
    """The installation reaches this workspace, too; returns the event."""
    organisation.granted.add(team.id)
    team.users[organisation.bot.id] = organisation.bot
    team.bot_user_id, team.bot_id = organisation.bot.id, organisation.bot_id
    return {"type": "team_access_granted", "team_ids": [team.id]}


def withdraw(organisation: Organisation, team: Team) -> Json:
    organisation.granted.discard(team.id)
    return {"type": "team_access_revoked", "team_ids": [team.id]}


def tokens_of(world: World, organisation: Organisation) -> list[Token]:
    return [
        token
        for token in world.tokens.values()
        if token.kind == TokenKind.BOT and token.enterprise_id == organisation.id and not token.revoked
    ]


def team_of_call(world: World, token: Token, method: str, args: Arguments) -> Team:
    """The workspace that a call with an organisation's token is about. Raises SlackError."""
    organisation = world.organisations[token.enterprise_id]
    if method in WANT_TEAM:
        wanted = args.text("team_id")
        if not wanted:
            raise SlackError("missing_argument")
        return _granted(organisation, organisation.teams.get(wanted))
    about = [args.text(name) for name in ("channel", "user", "users", "user_id", "channel_id", "view_id", "trigger_id")]
    for word in filter(None, about):
        if found := _holder(world, organisation, word.partition(",")[0]):
            return _granted(organisation, found)
    return Team(organisation.id, organisation.name, organisation.name.lower(), organisation.bot.id, organisation.bot_id)


def _holder(world: World, organisation: Organisation, word: str) -> Team | None:
    """Where this id belongs; one of the workspaces that are granted, where somebody is in several."""
    if word in world.triggers:
        return organisation.teams.get(world.triggers[word].team_id)
    holding = [
        team
        for team in organisation.teams.values()
        if word in team.channels or word in team.users or word in team.views
    ]
    return next((team for team in holding if team.id in organisation.granted), next(iter(holding), None))


def _granted(organisation: Organisation, team: Team | None) -> Team:
    if team is None or team.id not in organisation.granted:
        raise SlackError("team_access_not_granted")
    return team
