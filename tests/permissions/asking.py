"""Asks Baton as Slack does, with any payload: as somebody types, presses or submits, or as somebody forges it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncBoltRequest

from handlers.kit.metadata import Metadata
from sandbox.slack import payloads
from sandbox.slack.model import Team, User
from sandbox.slack.views_open import checked_view, open_modal
from tests.support.running import Baton

Payload = dict[str, Any]
NOTHING = Metadata()
BEFORE: Payload = {"type": "modal", "title": {"type": "plain_text", "text": "Before"}, "blocks": [{"type": "divider"}]}
PRESSES = count()
"""Every press is another one."""


@dataclass(frozen=True, slots=True)
class Typed:
    """``/oncall text``."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, in a modal that is about ``metadata``."""

    action_id: str
    value: str = ""
    metadata: Metadata = NOTHING


@dataclass(frozen=True, slots=True)
class Homed:
    """A button on the Home tab, which is no conversation."""

    action_id: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form that was opened from the Home tab, so that there is no conversation to answer in.

    ``fields`` has the state of each field's element.
    """

    callback_id: str
    fields: Mapping[str, Payload]
    metadata: Metadata = NOTHING
    private: str | None = None
    """What the form remembers beside its metadata."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Something typed into a field that searches."""

    action_id: str
    query: str = ""
    metadata: Metadata = NOTHING


Way = Typed | Pressed | Homed | Submitted | Sought
KINDS = {Pressed: "block_actions", Homed: "block_actions", Submitted: "view_submission", Sought: "block_suggestion"}


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that a person was shown for what they did."""

    text: str

    def __contains__(self, wanted: str) -> bool:
        return wanted in self.text


@dataclass(slots=True)
class Desk:
    """A Baton whose database goes back to what it was after each question."""

    baton: Baton
    _database: sqlite3.Connection
    _image: sqlite3.Connection
    _version: int = -1
    """Of the database as it was put back last: SQLite tells one connection that another has committed."""

    @classmethod
    def of(cls, baton: Baton, database: Path) -> Desk:
        image, now = sqlite3.connect(":memory:"), sqlite3.connect(database)
        now.execute("PRAGMA synchronous = OFF")
        now.backup(image)
        return cls(baton, now, image)

    def restore(self) -> None:
        """Take back what has been written, if anything was: most questions are refused."""
        if self._version != self._committed():
            self._image.backup(self._database)
            self._version = self._committed()
        for team in self.baton.slack.world.teams.values():
            for channel in team.channels.values():
                channel.messages.clear()

    def _committed(self) -> int:
        return self._database.execute("PRAGMA data_version").fetchone()[0]

    def audit(self, since: int = 0) -> list[str]:
        """The actions in the trail after the line of this number."""
        rows = self._database.execute("SELECT action FROM audit WHERE id > ? ORDER BY id", (since,))
        return [action for (action,) in rows.fetchall()]

    def last_line(self) -> int:
        return self._database.execute("SELECT max(id) FROM audit").fetchone()[0] or 0

    async def ask(self, name: str, way: Way, times: int = 1) -> Shown:
        """What ``name`` sees after doing this; ``times`` delivers the very same payload more often."""
        world = self.baton.slack.world
        team = world.teams[self.baton.slack.team_id]
        user = next(one for one in team.users.values() if one.name == name)
        said = sum(len(channel.messages) for channel in team.channels.values())
        opened = self._open(team, user) if isinstance(way, Pressed) else "V0"
        calls = len(world.calls)
        body = self._payload(team, user, way, opened)
        requests = [AsyncBoltRequest(body=deepcopy(body), mode="socket_mode") for _ in range(times)]
        answers = await asyncio.gather(*map(self.baton.app.async_dispatch, requests[:-1]))
        answers.append(await self.baton.app.async_dispatch(requests[-1]))
        await self.baton.settled()
        assert len({str(answer.body) for answer in answers}) == 1
        answer = answers[-1]
        texts = [json.dumps(call.arguments, default=str, ensure_ascii=False) for call in world.calls[calls:]]
        messages = [message for channel in team.channels.values() for message in channel.messages]
        heard = sorted(messages, key=lambda message: message.ts)[said:]
        texts += [message.text + json.dumps(message.blocks, ensure_ascii=False) for message in heard]
        return Shown("\n".join([str(answer.body), *texts]))

    def _open(self, team: Team, user: User) -> str:
        """A modal for the button to be in."""
        return open_modal(self.baton.slack.world, team, user, checked_view(BEFORE, "modal")).id

    def _payload(self, team: Team, user: User, way: Way, opened: str) -> Payload:
        world = self.baton.slack.world
        channel = next(one for one in team.channels.values() if one.name == "general")
        trigger = world.add_trigger(team, user, team.views.get(opened), channel)
        address = world.response_url_address(world.add_response_url(team, user, channel, "test"))
        if isinstance(way, Typed):
            return payloads.command_form(world, team, user, channel, f"/oncall {way.text}", trigger, address)
        kind = KINDS[type(way)]
        body = payloads.interaction(kind, world, team, user) | {"trigger_id": trigger.id}
        view: Payload = {
            "id": opened,
            "hash": f"1.{next(PRESSES)}",
            "root_view_id": opened,
            "type": "modal",
            "title": BEFORE["title"],
            "blocks": [],
        }
        view |= {"private_metadata": "" if isinstance(way, Homed) else way.metadata.dump(), "callback_id": ""}
        if isinstance(way, Sought):
            sought = {"block_id": "b", "action_id": way.action_id, "value": way.query}
            return body | sought | {"view": view, "container": {"type": "view", "view_id": opened}}
        if isinstance(way, Pressed | Homed):
            pressed = {"type": "button", "block_id": "b", "action_id": way.action_id, "value": way.value}
            if isinstance(way, Homed):
                view |= {"type": "home", "private_metadata": Metadata(page=2).dump()}
            else:
                body |= {"response_url": address}
            return body | {"view": view, "actions": [pressed], "container": {"type": "view", "view_id": opened}}
        values = {block: {"value": state} for block, state in way.fields.items()}
        blocks = [{"type": "input", "block_id": block, "element": {"type": "plain_text_input"}} for block in values]
        view |= {} if way.private is None else {"private_metadata": way.private}
        return body | {
            "view": view | {"callback_id": way.callback_id, "blocks": blocks, "state": {"values": values}},
            "response_urls": [],
        }


def text(value: str) -> Payload:
    return {"type": "plain_text_input", "value": value}


def option(value: object) -> Payload:
    return {"type": "static_select", "selected_option": {"value": str(value)}}


def users(*ids: str) -> Payload:
    return {"type": "multi_users_select", "selected_users": list(ids)}


def user(user_id: str) -> Payload:
    return {"type": "users_select", "selected_user": user_id}


def moment(seconds: float) -> Payload:
    return {"type": "datetimepicker", "selected_date_time": int(seconds)}
