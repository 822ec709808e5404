"""Drawing Home tabs, and giving them to Slack: to whoever opens theirs at once, to others when what they show changes.

=============================================  ==================================================================
what Slack does                                what that means
=============================================  ==================================================================
takes it                                       the view's digest is kept; it is drawn again when it changes
429                                            this workspace's other tabs wait for as long as Slack says
refuses the token, Baton is not installed      nobody's tab of that workspace is drawn any more, until it is opened
knows no such person, they were deactivated    theirs is not drawn any more
an error that says "later", a 5xx, no answer   again in a minute
any other error                                again in an hour; it is logged
=============================================  ==================================================================

A view that looks as what Slack has already is not sent. Tabs are claimed before they are drawn and settled afterwards
(:mod:`storage.repositories.homes`), so a process that dies in between leaves them due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from handlers.home.views import digest_of, home_view
from handlers.kit.asker import Ask
from handlers.kit.blocks import View
from notices.sending.senders import Busy, Failed, Outcome
from notices.sending.slack import Clients, answered
from services.home import keeping
from services.home.dashboard import Dashboard, dashboard
from services.kit.house import Actor, House
from services.people import directory as people
from storage.repositories.homes import Claimed, Drawn, Who

log = structlog.get_logger()

AT_ONCE = 8
"""Tabs of one workspace at each look: with a look every five seconds that is what Slack takes of ``views.publish``."""
LONGEST_LOOK = 2.0
"""Seconds that a look lasts at most; a workspace where Slack takes longer is drawn beside the next looks."""
IN_A_MINUTE, IN_A_WHILE = timedelta(minutes=1), timedelta(hours=1)
GONE = frozenset({"user_not_found", "user_disabled", "not_found", "access_denied", "not_enabled"})


async def draw(house: House, actor: Actor, page: int) -> tuple[View, Dashboard]:
    """The tab as it would look now."""
    shown = await dashboard(house, actor, page)
    return home_view(shown), shown


async def publish(ask: Ask, tab: Claimed, there: str) -> bool:
    """Draw the asker's own; ``there`` is the digest of what Slack shows them. False when Slack takes it later only."""
    view, shown = await draw(ask.house, ask.actor, tab.page)
    if digest_of(view) != there:
        outcome = await _send(ask.slack.client, tab, view)
        if isinstance(outcome, Busy | Failed):
            await _later(ask.house, [tab.who], outcome)
            return False
    await keeping.settle(ask.house, [_drawn(tab, view, shown)])
    return True


def _drawn(tab: Claimed, view: View, shown: Dashboard, at: datetime | None = None) -> Drawn:
    return Drawn(tab, digest_of(view), shown.about, shown.next_at, at)


async def _send(client: AsyncWebClient, tab: Claimed, view: View) -> Outcome:
    return await answered(client.views_publish(user_id=tab.user_id, view=view))


async def _later(house: House, who: Sequence[Who], outcome: Busy | Failed) -> None:
    wait = outcome.wait if isinstance(outcome, Busy) else IN_A_WHILE if outcome.final else IN_A_MINUTE
    log.warning("a Home tab was not taken", reason=getattr(outcome, "code", "ratelimited"), again_in=str(wait))
    pause = isinstance(outcome, Busy)
    await keeping.put_off(house, who, house.clock.now() + wait, whatever_changes=pause)


class Republisher:
    """Draws again what is due, in every workspace; ``longest_look`` in seconds."""

    def __init__(self, house: House, clients: Clients, longest_look: float = LONGEST_LOOK) -> None:
        self._house = house
        self._clients = clients
        self._longest_look = longest_look
        self._resting: dict[int, datetime] = {}
        self._at_work: dict[int, asyncio.Task[int]] = {}

    async def look(self) -> int:
        """Draw those that are due, a few of each workspace; returns how many were sent.

        A workspace where an earlier look is still at work is left to that one.
        """
        due: dict[int, list[str]] = {}
        for workspace, user in await keeping.due(self._house):
            due.setdefault(workspace, []).append(user)
        begun = [self._begin(workspace, users) for workspace, users in due.items() if workspace not in self._at_work]
        if not begun:
            return 0
        try:
            done, _late = await asyncio.wait(begun, timeout=self._longest_look)
        except asyncio.CancelledError:
            self.drop()
            raise
        return sum(task.result() for task in done)

    def drop(self) -> None:
        """Cut off what is under way; whose tab was not drawn is due again."""
        for task in self._at_work.values():
            task.cancel()

    def _begin(self, workspace: int, users: Sequence[str]) -> asyncio.Task[int]:
        task = self._at_work[workspace] = asyncio.create_task(self._in(workspace, users), name=f"homes:{workspace}")
        task.add_done_callback(lambda _task: self._at_work.pop(workspace))
        return task

    async def _in(self, workspace: int, users: Sequence[str]) -> int:
        """One workspace; what fails there keeps no other from being drawn."""
        if self._resting.get(workspace, self._house.clock.now()) > self._house.clock.now():
            return 0
        try:
            return await self._of(workspace, users)
        except Exception:
            log.exception("the Home tabs of a workspace could not be drawn", workspace=workspace)
            return 0

    async def _of(self, workspace: int, users: Sequence[str]) -> int:
        client = await self._clients.of(workspace)
        if client is None:
            await keeping.forget(self._house, workspace)
            return 0
        tabs = await keeping.claim(self._house, workspace, users[:AT_ONCE])
        gone = await people.gone(self._house, workspace, [tab.user_id for tab in tabs])
        done: list[Drawn] = []
        try:
            await self._each(client, [tab for tab in tabs if tab.user_id not in gone], users, done)
        finally:
            if done:
                await keeping.settle(self._house, done)
            if gone:
                await keeping.forget(self._house, workspace, gone)
        return sum(one.republished_at is not None for one in done)

    async def _each(
        self, client: AsyncWebClient, tabs: Sequence[Claimed], users: Sequence[str], done: list[Drawn]
    ) -> None:
        """One after the other, until Slack takes no more of them; ``users`` are all who wait in this workspace."""
        for tab in tabs:
            drawn = await self._one(client, tab)
            if isinstance(drawn, Drawn):
                done.append(drawn)
            elif drawn is not None:
                settled = {one.tab.user_id for one in done}
                left = [(tab.workspace_id, user) for user in users if user not in settled]
                if await self._refused(tab, left, drawn):
                    return

    async def _one(self, client: AsyncWebClient, tab: Claimed) -> Drawn | Busy | Failed | None:
        """None where it could not even be drawn, which is logged and tried again."""
        try:
            actor = await people.actor(self._house, tab.workspace_id, tab.user_id)
            view, shown = await draw(self._house, actor, tab.page)
        except Exception:
            log.exception("a Home tab could not be drawn", workspace=tab.workspace_id, user=tab.user_id)
            await keeping.put_off(self._house, [tab.who], self._house.clock.now() + IN_A_WHILE)
            return None
        if digest_of(view) == tab.digest:
            return _drawn(tab, view, shown)
        outcome = await _send(client, tab, view)
        if isinstance(outcome, Busy | Failed):
            return outcome
        return _drawn(tab, view, shown, self._house.clock.now())

    async def _refused(self, tab: Claimed, left: Sequence[Who], outcome: Busy | Failed) -> bool:
        """Whether the others of the workspace, who are ``left``, have to wait, too."""
        if isinstance(outcome, Busy) or (outcome.everywhere and not outcome.final):
            wait = outcome.wait if isinstance(outcome, Busy) else IN_A_MINUTE
            self._resting[tab.workspace_id] = self._house.clock.now() + wait
            await _later(self._house, left, outcome)
            return True
        if outcome.everywhere:
            log.warning("Slack takes no Home tabs of a workspace any more", reason=outcome.code)
            await keeping.forget(self._house, tab.workspace_id)
            return True
        if outcome.code in GONE:
            await keeping.forget(self._house, tab.workspace_id, [tab.user_id])
        else:
            await _later(self._house, [tab.who], outcome)
        return False
