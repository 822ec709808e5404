"""response_url: up to five messages within thirty minutes, seen by one person or by the whole channel.

The answer to a command's own request has the same form, so both end in `respond`.
"""

from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.errors import SlackError
from sandbox.slack.methods.chat import check_pictures, checked_content
from sandbox.slack.model import Channel, Json, Message, ResponseUrl
from sandbox.slack.world import World

MOST_USES = 5
LIVES_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class ResponseUrls:
    world: World

    async def handle(self, request: web.Request) -> web.StreamResponse:
        url = self.world.response_urls.get(request.match_info["id"])
        try:
            self._use(url, await _body(request))
        except SlackError as refusal:
            status = 404 if refusal.code in ("used_url", "expired_url", "invalid_url") else 400
            return web.json_response(refusal.as_answer(), status=status)
        return web.Response(text="ok")

    def _use(self, url: ResponseUrl | None, body: Json) -> None:
        if url is None:
            raise SlackError("invalid_url")
        if self.world.clock.monotonic() - url.made_at > LIVES_SECONDS:
            raise SlackError("expired_url")
        if url.uses >= MOST_USES:
            raise SlackError("used_url")
        url.uses += 1
        respond(self.world, url, body)


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body


def respond(world: World, url: ResponseUrl, body: Json) -> None:
    team = world.teams[url.team_id]
    channel = team.channels[url.channel_id]
    original = channel.message(url.message_ts) if url.message_ts else None
    if body.get("delete_original"):
        if original:
            channel.messages.remove(original)
        return
    text, blocks, warnings = checked_content(body.get("text") or "", body.get("blocks"), body.get("attachments"))
    check_pictures(team, blocks, world.clock.monotonic())
    if body.get("replace_original") and original:
        original.text, original.blocks, original.warnings = text, blocks, warnings
        original.edited_at = world.next_ts()
        return
    _post(world, url, channel, Message(world.next_ts(), channel.id, team.bot_user_id, text, blocks), body, warnings)


def _post(
    world: World, url: ResponseUrl, channel: Channel, message: Message, body: Json, warnings: tuple[str, ...]
) -> None:
    message.only_for = None if body.get("response_type") == "in_channel" else url.user_id
    message.thread_ts = body.get("thread_ts")
    message.origin = url.origin
    message.warnings = warnings
    world.post(channel, message)
