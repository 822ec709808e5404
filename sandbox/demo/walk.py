"""The seven steps of the tour without a browser: people press and type what Slack and PagerDuty show them.

Nothing here knows how Baton works, and whether a step is done is for the tour to say: the same look as the one behind
the page's ticks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sandbox.demo.acting import Actor, Unexpected, expect, waited
from sandbox.demo.screen import Screen
from sandbox.demo.stage import REFRESH_SECONDS, Stage
from sandbox.demo.team import CHANNEL, CHECKOUT, DATA, MOBILE, PAYMENTS, SEARCH, YOU
from sandbox.demo.tour import CHAPTERS, Tour
from sandbox.pagerduty.editing import put_over
from sandbox.pagerduty.values import User

PATIENCE = REFRESH_SECONDS + 15.0
SHOWN = timedelta(days=4)
REFUSED = ("is in trouble", "PagerDuty refused")
"""What Baton tells an admin of a destination that does not take a change."""
HOUR = timedelta(hours=1)


class Walk:
    def __init__(self, stage: Stage, tour: Tour, screen: Screen) -> None:
        self._stage = stage
        self._tour = tour
        self._screen = screen
        self._alice = Actor(stage.workspace.person(YOU), f"#{CHANNEL}", screen)
        self._begun = stage.evidence.mark(PAYMENTS)

    async def run(self) -> None:
        """Every step in turn. Raises Unexpected for the first one that does not come out."""
        doings: tuple[Callable[[], Awaitable[None]], ...] = (
            self._ask_who,
            self._change_a_shift,
            self._drift,
            self._edit_that_comes_home,
            self._edit_that_vanishes,
            self._export,
            self._hand_over,
        )
        for number, doing in enumerate(doings, 1):
            step = (await self._tour.steps())[number - 1]
            self._screen.step(step["title"], step["text"])
            await doing()
            await self._done(number)

    async def _done(self, number: int) -> None:
        chapter = CHAPTERS[number - 1]

        async def ticked() -> bool:
            if self._stage.evidence.says(self._begun, *REFUSED):  # which no waiting mends
                raise Unexpected(f"“{chapter.title}” does not come out")
            return (await self._tour.steps())[number - 1]["done"]

        try:
            await waited(ticked, f"“{chapter.title}” never came out", PATIENCE)
        except Unexpected as reason:
            raise Unexpected(f"{reason}. {await self._what_slack_says(chapter.schedule)}") from reason

    async def _what_slack_says(self, schedule: str) -> str:
        await self._alice.leaves()
        shown = await self._alice.opens(f"/oncall destinations {schedule}", "Destinations")
        return f"Slack says about it:\n{shown.text}"

    async def _ask_who(self) -> None:
        await self._alice.types("/oncall who")
        told = await self._alice.hears("until")
        expect("@" in told.shown, f"nobody is said to be on call: {told.shown}")
        self._screen.good("who is on call, until when, and who is next")

    async def _change_a_shift(self) -> None:
        form = await self._alice.opens(f"/oncall change {PAYMENTS}", "Change shift")
        shift = next(one for one in form.options("Shift")[1:] if "Primary" in one)
        member = next(name for name in form.options("Member") if name not in shift)
        await self._alice.fills({"Shift": shift, "Member": member})
        await self._alice.sends_all_the_same()
        await self._alice.hears("Reassigned")
        await self._done(2)
        self._show(PAYMENTS)
        self._screen.good(f"PagerDuty has {member} on call, too")

    async def _drift(self) -> None:
        who = await self._override(CHECKOUT)
        await self._done(3)
        self._show(CHECKOUT)
        self._screen.good(f"{who}'s override is gone: PagerDuty shows again what was agreed in Slack")

    async def _edit_that_comes_home(self) -> None:
        who = await self._override(SEARCH)
        await self._done(4)
        await self._alice.types(f"/oncall shifts {SEARCH}")
        told = await self._alice.hears(SEARCH)
        expect(who.split()[0].lower() in told.shown.lower(), f"Slack does not show {who}: {told.shown}")
        self._screen.good(f"Slack shows {who} as well")

    async def _edit_that_vanishes(self) -> None:
        who = await self._override(DATA)
        await self._alice.hears(f"in {DATA} was removed", channel="dm")
        self._screen.good(f"Alice is warned that {who}'s override was removed")

    async def _export(self) -> None:
        await self._alice.opens(f"/oncall pending {MOBILE}", "Pending changes")
        await self._alice.sees("Pending changes", "instead of")
        await self._alice.presses("Export now")
        await self._alice.sees("Pending changes", "Exported: ")
        await self._alice.leaves()
        await self._done(6)
        self._screen.good("PagerDuty changes when somebody says so, and not before")

    async def _hand_over(self) -> None:
        self._screen.does("the clock", "is put forward to the next handoff")
        said = await self._stage.clock.next_handoff()
        expect(said, "there is no handoff ahead")
        await self._done(7)
        self._screen.good(str(said))
        delivery = self._stage.receiver.deliveries()[-1]
        self._screen.json("The receiver: signature good", delivery["json"])

    async def _override(self, name: str) -> str:
        """Somebody puts a member who is not on call there over the next hours, in PagerDuty itself."""
        account, now = self._stage.pagerduty.world.account, self._stage.clock.now()
        schedule = self._stage.evidence.schedule(name)
        assert schedule is not None, "it was linked"
        other = self._someone_else(self._tour.other(name))
        author = next(user for user in account.users.values() if user.name != other.name)
        start = now.replace(minute=0, second=0, microsecond=0) + HOUR
        put_over(account, schedule, other.id, start, start + 4 * HOUR, author.id)
        self._screen.does("somebody", f"puts {other.name} on call at {name} in PagerDuty itself")
        self._show(name)
        return other.name

    def _someone_else(self, name: str) -> User:
        return next(user for user in self._stage.pagerduty.world.account.users.values() if user.name == name)

    def _show(self, name: str) -> None:
        now = self._stage.clock.now()
        names = self._stage.pagerduty.world.account.users
        final = self._stage.evidence.final(name, now, now + SHOWN)
        self._screen.schedule(
            f"PagerDuty's final schedule “{name}”", [(start, end, names[user].name) for start, end, user in final]
        )
