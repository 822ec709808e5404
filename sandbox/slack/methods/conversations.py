"""conversations.*: finding channels, joining them, opening direct messages and setting topics."""

from sandbox.slack.errors import SlackError
from sandbox.slack.methods.registry import Call, method
from sandbox.slack.model import Channel, ChannelKind, Json
from sandbox.slack.paging import page_of
from sandbox.slack.shapes import channel_shape

LONGEST_TOPIC = 250
_KINDS = {
    "public_channel": (ChannelKind.PUBLIC, "channels:read"),
    "private_channel": (ChannelKind.PRIVATE, "groups:read"),
    "im": (ChannelKind.DIRECT, "im:read"),
}
_READ_SCOPE = {kind: scope for kind, scope in _KINDS.values()}


def _kinds_asked_for(call: Call) -> set[ChannelKind]:
    kinds: set[ChannelKind] = set()
    for word in call.args.listed("types") or ["public_channel"]:
        if word not in (*_KINDS, "mpim"):
            raise SlackError("invalid_types")
        if word in _KINDS:
            kind, scope = _KINDS[word]
            call.require_scope(scope)
            kinds.add(kind)
    return kinds


@method("conversations.list", "channels:read", "groups:read", "im:read")
def list_channels(call: Call) -> Json:
    kinds = _kinds_asked_for(call)
    hide_archived = call.args.flag("exclude_archived")
    found = [
        channel
        for channel in call.team.channels.values()
        if channel.kind in kinds
        and (channel.kind == ChannelKind.PUBLIC or call.bot_is_in(channel))
        and not (hide_archived and channel.is_archived)
    ]
    page, metadata = page_of(found, call.args)
    return {
        "channels": [channel_shape(channel, call.team.bot_user_id) for channel in page],
        "response_metadata": metadata,
    }


@method("conversations.info", "channels:read", "groups:read", "im:read")
def info(call: Call) -> Json:
    channel = call.channel()
    call.require_scope(_READ_SCOPE[channel.kind])
    return {"channel": channel_shape(channel, call.team.bot_user_id)}


@method("conversations.members", "channels:read", "groups:read", "im:read")
def members(call: Call) -> Json:
    channel = call.channel()
    call.require_scope(_READ_SCOPE[channel.kind])
    page, metadata = page_of(channel.members, call.args)
    return {"members": page, "response_metadata": metadata}


@method("conversations.join", "channels:join")
def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind != ChannelKind.PUBLIC:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    answer: Json = {"channel": channel_shape(channel, call.team.bot_user_id)}
    if call.bot_is_in(channel):
        return answer | {"warning": "already_in_channel"}
    channel.members.append(call.team.bot_user_id)
    return {"channel": channel_shape(channel, call.team.bot_user_id)}


@method("conversations.open", "im:write")
def open_direct(call: Call) -> Json:
    wanted = call.args.listed("users")
    if not wanted:
        raise SlackError("users_list_not_supplied")
    if len(wanted) > 1:
        raise SlackError("not_enough_users" if len(set(wanted)) == 1 else "too_many_users")
    user = call.team.users.get(wanted[0])
    if user is None:
        raise SlackError("user_not_found")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    if user.deleted:
        raise SlackError("user_disabled")
    channel = call.world.direct_channel(call.team, user)
    shape = channel_shape(channel, call.team.bot_user_id) if call.args.flag("return_im") else {"id": channel.id}
    return {"channel": shape}


def _require_topic_scope(call: Call, channel: Channel) -> None:
    if channel.kind == ChannelKind.PUBLIC:
        call.require_scope("channels:manage", "channels:write.topic")
    else:
        call.require_scope("groups:write", "groups:write.topic")


@method("conversations.setTopic")
def set_topic(call: Call) -> Json:
    channel = call.channel()
    _require_topic_scope(call, channel)
    if channel.kind == ChannelKind.DIRECT:
        raise SlackError("method_not_supported_for_channel_type")
    if not call.bot_is_in(channel):
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    topic = call.args.text("topic")
    if len(topic) > LONGEST_TOPIC:
        raise SlackError("too_long")
    channel.topic = topic
    return {"channel": channel_shape(channel, call.team.bot_user_id)}
