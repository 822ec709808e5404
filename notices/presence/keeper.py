"""Writes user groups and topics, workspace by workspace, when who is on call has changed.

=================  ======================  =========================================================
in Slack           wanted since            what is done
=================  ======================  =========================================================
as wanted          –                       nothing
as written last    something else          written
somebody's edit    something else          written; reported, where that was chosen
somebody's edit    the same                put right, or reported and left
=================  ======================  =========================================================

Each workspace has a task of its own, so that a slow Slack or one that asks for a pause holds up nobody else. User
groups are read all at once: one call a round, however many there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from notices.presence import calls, topic_part, troubles
from notices.presence.calls import Later, ListedGroup, Listing, Refused
from notices.presence.topic_part import Topic
from notices.presence.wanted import OnEdit
from notices.presence.work import Done, Work, put_off, settle, take
from notices.sending.senders import Busy
from notices.sending.slack import Clients
from oncall.clock import Clock
from storage.again import run_again
from storage.database import Database
from storage.tables import SlackGrant, UserGroup

log = structlog.get_logger()

FRESH = timedelta(seconds=30)
"""How long one reading of all user groups is good for."""

PEOPLE_REFUSED = frozenset(
    {"invalid_users", "failed_for_some_users", "single_channel_guests_cannot_be_added", "user_not_found"}
)


@dataclass(slots=True)
class Round:
    """One workspace's targets being looked after, with what was read of its groups."""

    workspace_id: int
    client: AsyncWebClient | None
    read_at: datetime | None = None
    groups: dict[str, ListedGroup] = field(default_factory=dict[str, ListedGroup])


class Keeper:
    """Looks after what is due; several processes take turns by the leases in the database."""

    def __init__(self, database: Database, clock: Clock, clients: Clients) -> None:
        self._database = database
        self._clock = clock
        self._clients = clients
        self._at_work: dict[int, asyncio.Task[None]] = {}
        self._resting: dict[int, datetime] = {}
        self._closed = False
        self.wake: Callable[[], None] = lambda: None
        """Called when a workspace is done for now."""

    async def keep(self) -> datetime | None:
        """Set to work on every workspace where something is due; returns when something will be."""
        now = self._clock.now()
        self._resting = {workspace_id: until for workspace_id, until in self._resting.items() if until > now}
        async with self._database.read() as tx:
            due = await tx.presence.due_workspaces(now)
        for workspace_id in due:
            if not (self._closed or workspace_id in self._at_work or workspace_id in self._resting):
                self._begin(workspace_id)
        async with self._database.read() as tx:
            following = await tx.presence.next_due([*self._at_work, *self._resting])
        return min([*self._resting.values(), *([following] if following else [])], default=None)

    def close(self) -> None:
        """Begin nothing more."""
        self._closed = True

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._at_work:
            await asyncio.wait(list(self._at_work.values()))

    async def drop(self) -> None:
        """Cut off what is under way; it is taken up again once its lease is over."""
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, workspace_id: int) -> None:
        task = asyncio.get_running_loop().create_task(self._look_after(workspace_id), name=f"presence:{workspace_id}")
        self._at_work[workspace_id] = task
        task.add_done_callback(lambda _task: self._ended(workspace_id))

    def _ended(self, workspace_id: int) -> None:
        del self._at_work[workspace_id]
        self.wake()

    async def _look_after(self, workspace_id: int) -> None:
        try:
            here = Round(workspace_id, await self._clients.of(workspace_id))
            while not (self._closed or workspace_id in self._resting) and (
                work := await take(self._database, workspace_id, self._clock.now())
            ):
                await self._one(here, work)
        except Exception:
            log.exception("presence failed", workspace=workspace_id)

    async def _one(self, here: Round, work: Work) -> None:
        try:
            done = await self._do(here, work)
        except Refused as refused:
            done = Done(trouble=refused.trouble, given_up=not work.showings)
        except Later as later:
            busy = later.outcome if isinstance(later.outcome, Busy) else None
            if busy is not None:
                self._resting[work.workspace_id] = self._clock.now() + busy.wait
            log.info("presence later", place=work.place, reason=busy or later.outcome)
            await put_off(self._database, work, self._clock.now(), busy.wait if busy else None)
            return
        except Exception:
            log.exception("presence failed at one target", place=work.place)
            await put_off(self._database, work, self._clock.now(), None)
            return
        await settle(self._database, work, done, self._clock.now())

    async def _do(self, here: Round, work: Work) -> Done:
        if here.client is None:
            raise Refused("not_installed")
        return await (self._group(here, here.client, work) if work.is_group else _topic(here.client, work))

    async def _group(self, here: Round, client: AsyncWebClient, work: Work) -> Done:
        found = await self._listed(here, client, work.place)
        members, last = work.group.members, work.last("users")
        if found.users == members:
            return _group_done(work, found.users)
        edited = last is not None and found.users != tuple(last)
        if not work.has_changed and not edited:
            return Done(written=work.written, trouble=work.trouble if _leaves_out(work) else "")
        if edited and not work.has_changed and work.on_edit is OnEdit.REPORT:
            return Done(trouble="edited")
        users, out = await _replaced(client, work)
        here.groups[work.place] = _with_users(found, users)
        return _group_done(work, users, out, edited=edited)

    async def _listed(self, here: Round, client: AsyncWebClient, place: str) -> ListedGroup:
        """The group as it is in Slack; all are read together. Raises Refused where it can't be written to."""
        now = self._clock.now()
        if here.read_at is None or now - here.read_at > FRESH:
            listing = await list_workspace(client, await self._is_organisation(here.workspace_id))
            await keep_listing(self._database, here.workspace_id, listing, now)
            here.groups, here.read_at = {one.id: one for one in listing.groups}, now
        found = here.groups.get(place)
        if found is None:
            raise Refused("no_such_subteam")
        if not found.enabled:
            raise Refused("disabled")
        return found

    async def _is_organisation(self, workspace_id: int) -> bool:
        async with self._database.read() as tx:
            workspace = await tx.people.workspace_by_id(workspace_id)
        return workspace is not None and not workspace.team_id


async def list_workspace(client: AsyncWebClient, organisation: bool) -> Listing:
    """Every user group of a workspace, or of all teams of an organisation. Raises Refused, Later."""
    return await calls.list_groups(client, await calls.teams(client) if organisation else ("",))


@run_again
async def keep_listing(database: Database, workspace_id: int, listing: Listing, now: datetime) -> None:
    """Remember the groups for modals, and what the token may do; nothing is written where nothing has changed."""
    async with database.read() as tx:
        known, grant = await tx.presence.groups(workspace_id), await tx.presence.grant(workspace_id)
    rows = [_row(workspace_id, one) for one in listing.groups]
    as_known = {key: (row.team_id, row.handle, row.name, row.enabled) for key, row in known.items()}
    as_listed = {row.group_id: (row.team_id, row.handle, row.name, row.enabled) for row in rows}
    scopes = ",".join(sorted(listing.scopes))
    if as_known == as_listed and grant is not None and (grant.scopes, grant.trouble) == (scopes, ""):
        return
    async with database.transaction() as tx:
        await tx.people.lock_workspace(workspace_id)
        await tx.presence.keep_groups(workspace_id, rows)
        await tx.presence.keep_grant(SlackGrant(workspace_id=workspace_id, scopes=scopes, trouble="", seen_at=now))


def _row(workspace_id: int, one: ListedGroup) -> UserGroup:
    return UserGroup(
        workspace_id=workspace_id,
        group_id=one.id,
        team_id=one.team_id,
        handle=one.handle[:255],
        name=one.name[:255],
        enabled=one.enabled,
    )


def _with_users(found: ListedGroup, users: tuple[str, ...]) -> ListedGroup:
    return ListedGroup(found.id, found.team_id, found.handle, found.name, found.enabled, users)


async def _replaced(client: AsyncWebClient, work: Work) -> tuple[tuple[str, ...], frozenset[str]]:
    """Write the group; where Slack refuses somebody, without them. Returns who is in it, and who was left out."""
    members = work.group.members
    try:
        await calls.replace_members(client, work.place, members, work.team_id)
    except Refused as refused:
        if troubles.code_of(refused.trouble) not in PEOPLE_REFUSED:
            raise
        out = await calls.outsiders(client, members)
        rest = tuple(user for user in members if user not in out)
        if not out or not rest:
            raise
        await calls.replace_members(client, work.place, rest, work.team_id)
        return rest, out
    return members, frozenset()


def _group_done(work: Work, users: tuple[str, ...], out: frozenset[str] = frozenset(), *, edited: bool = False) -> Done:
    left_out = troubles.of("left_out", *sorted({*work.group.left_out, *out})) if out else ""
    return _done(work, {"wanted": work.wants(), "users": list(users)}, left_out, edited=edited)


def _leaves_out(work: Work) -> bool:
    return troubles.code_of(work.trouble) == "left_out"


def _done(work: Work, written: Mapping[str, object], trouble: str = "", *, edited: bool = False) -> Done:
    """Written; what became of somebody's edit is told or noted, as was chosen."""
    reports = work.on_edit is OnEdit.REPORT
    known = "edited" in work.told
    return Done(
        written=dict(written),
        trouble=trouble,
        news="overwritten" if edited and reports and not known else "",
        put_right=edited and not reports,
    )


async def _topic(client: AsyncWebClient, work: Work) -> Done:
    last = work.last("part")
    topic = Topic.of(await calls.read_topic(client, work.place), last or "")
    if not work.showings:
        if topic.part:
            await calls.write_topic(client, work.place, topic.without())
        return Done(given_up=True)
    edited = bool(last) and not topic_part.same(topic.part, last)
    if last and not work.has_changed and not edited:
        return Done(written=work.written)
    if edited and not work.has_changed and work.on_edit is OnEdit.REPORT:
        return Done(trouble="edited")
    part = topic_part.fitting(work.entries, topic.room)
    written = {"wanted": work.wants(), "part": part}
    if part and not topic_part.same(topic.part, part):
        kept = await calls.write_topic(client, work.place, topic.with_part(part))
        written["part"] = Topic.of(kept).part or part
    elif not part and topic.part:
        await calls.write_topic(client, work.place, topic.without())
    return _done(work, written, "" if part else "topic_full", edited=edited)
