"""A page to look at: the channels, direct messages and open views of every workspace. It changes nothing."""

from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox.slack.model import Channel, ChannelKind, Json, Message, Team, View
from sandbox.slack.mrkdwn import Reader
from sandbox.slack.rendering import blocks_lines, message_text
from sandbox.slack.world import World

SHOWN_MESSAGES = 30
STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } h3 { font-size: 1rem; margin-bottom: .3rem; }
article { border-left: 3px solid #8886; padding: .2rem .8rem; margin: .4rem 0; }
article.only { border-color: #c80a; }
article.view { border: 1px solid #8888; border-radius: .5rem; padding: .6rem .9rem; }
pre { font: inherit; white-space: pre-wrap; margin: 0; } small { opacity: .65; }
"""


@dataclass(frozen=True, slots=True)
class Page:
    world: World

    async def handle(self, request: web.Request) -> web.StreamResponse:
        teams = "".join(self._team(team) for team in self.world.teams.values())
        html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">'
            f"<title>Slack sandbox</title><style>{STYLE}</style></head><body>{teams}</body></html>"
        )
        return web.Response(text=html, content_type="text/html")

    def _team(self, team: Team) -> str:
        reader = Reader(team, ZoneInfo("UTC"), self.world.clock.now())
        views = [view for stack in team.stacks.values() for view in stack] + list(team.homes.values())
        parts = [f"<h1>{escape(team.name)} <small>{reader.now:%Y-%m-%d %H:%M} UTC</small></h1>"]
        parts.extend(_view(view, team, reader) for view in views)
        parts.extend(_channel(channel, team, reader) for channel in team.channels.values() if channel.messages)
        if len(parts) == 1:
            parts.append("<p>Nothing has been said yet.</p>")
        return "".join(parts)


def _channel(channel: Channel, team: Team, reader: Reader) -> str:
    name = f"Direct message with {channel.name}" if channel.kind == ChannelKind.DIRECT else f"#{channel.name}"
    topic = f" <small>{escape(reader.mrkdwn(channel.topic))}</small>" if channel.topic else ""
    shown = "".join(_message(message, team, reader) for message in channel.messages[-SHOWN_MESSAGES:])
    return f"<h2>{escape(name)}{topic}</h2>{shown}"


def _message(message: Message, team: Team, reader: Reader) -> str:
    only = f" · only {escape(reader.user(message.only_for))} sees this" if message.only_for else ""
    edited = " · edited" if message.edited_at else ""
    when = reader.date(int(float(message.ts)), "{date_num} {time_secs}")
    head = f"<small>{escape(reader.user(message.user))} · {when}{edited}{only}</small>"
    css = "only" if message.only_for else ""
    return f'<article class="{css}">{head}<pre>{escape(message_text(message, reader))}</pre></article>'


def _view(view: View, team: Team, reader: Reader) -> str:
    whose = escape(reader.user(view.user_id))
    title = escape(reader.text_object(_title(view.content))) if view.is_modal else "Home"
    lines = [*blocks_lines(view.blocks, reader, view.typed), *(f"⚠ {text}" for text in view.errors.values())]
    body = escape("\n".join(lines))
    return f'<article class="view"><h3>{title} <small>{whose}</small></h3><pre>{body}</pre></article>'


def _title(content: Json) -> Json:
    return content["title"]
