"""Slack's JSON for the things a workspace holds, as its methods and events show them."""

from sandbox.slack.model import Channel, ChannelKind, File, Json, Message, Team, User, UserGroup


def user_shape(user: User, *, with_email: bool) -> Json:
    profile: Json = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.display_name,
        "display_name_normalized": user.display_name,
        "team": user.team_id,
    }
    if with_email and user.email:
        profile["email"] = user.email
    shape: Json = {
        "id": user.id,
        "team_id": user.home_team or user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if user.deleted:
        return shape
    return shape | {
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        **({"enterprise_user": user.enterprise_user} if user.enterprise_user else {}),
    }


def channel_shape(channel: Channel, bot_user_id: str) -> Json:
    is_direct = channel.kind == ChannelKind.DIRECT
    shape: Json = {
        "id": channel.id,
        "is_channel": channel.kind == ChannelKind.PUBLIC,
        "is_group": False,
        "is_im": is_direct,
        "is_mpim": False,
        "is_private": channel.kind != ChannelKind.PUBLIC,
        "is_archived": channel.is_archived,
    }
    if is_direct:
        other = next((member for member in channel.members if member != bot_user_id), "")
        return shape | {"user": other, "is_open": True}
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": channel.name == "general",
        "is_member": bot_user_id in channel.members,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def message_shape(message: Message, team: Team) -> Json:
    shape: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text, "team": team.id}
    if message.user == team.bot_user_id:
        shape |= {"bot_id": team.bot_id}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.files:
        shape["files"] = [file_shape(team.files[file_id]) for file_id in message.files]
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
    if message.edited_at:
        shape["edited"] = {"user": message.user, "ts": message.edited_at}
    if message.metadata:
        shape["metadata"] = message.metadata
    return shape


def file_shape(file: File) -> Json:
    """Just after an upload, before Slack has looked at what it is."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": "",
        "filetype": "",
        "user": file.user,
        "size": len(file.data or b""),
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "alt_txt": file.alt_txt,
        "shares": {},
        "channels": [],
    }


def mention_event(message: Message, team: Team) -> Json:
    """`app_mention`: the message itself, with where it was written."""
    shape = message_shape(message, team) | {"type": "app_mention", "channel": message.channel, "event_ts": message.ts}
    author = team.users.get(message.user)
    if author and author.is_bot:
        return {"bot_id": team.bot_id if author.id == team.bot_user_id else f"B{author.id[1:]}"} | shape
    return shape


def group_shape(group: UserGroup, team: Team, *, with_users: bool) -> Json:
    shape: Json = {
        "id": group.id,
        "team_id": team.id,
        "is_usergroup": True,
        "name": group.name,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "date_create": 0,
        "date_update": group.updated,
        "date_delete": 0 if group.enabled else group.updated,
        "prefs": {"channels": [], "groups": []},
        "user_count": len(group.users),
    }
    return shape | {"users": list(group.users)} if with_users else shape
