"""The story: what a team does with Baton on its first day, checked at every step.

Nothing here knows how Baton works. People press and type what Slack shows them; what happened is read from what Slack
shows then, and from PagerDuty's own final schedule.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.client import Message, Modal, Person
from sandbox.client.pagerduty import OnCall
from sandbox.client.waiting import until
from sandbox.demo.screen import Screen
from sandbox.demo.stage import CHANNEL, REFRESH_SECONDS, SUBDOMAIN, TEAM, Stage

SCHEDULE = "Payments"
EXTERNAL = "Platform primary"
SHOWN = timedelta(days=4)
DAY = timedelta(days=1)
PATIENCE = 10.0


class Unexpected(Exception):
    """Something was not as it should be; ``str()`` says what."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift that is going to be assigned."""

    name: str
    start: datetime
    end: datetime


def expect(condition: object, reason: str) -> None:
    if not condition:
        raise Unexpected(reason)


async def tell(stage: Stage, screen: Screen) -> None:
    await Story.begin(stage, screen)


@dataclass(frozen=True, slots=True)
class Story:
    stage: Stage
    screen: Screen
    alice: Person
    external_id: str
    key: str

    @classmethod
    async def begin(cls, stage: Stage, screen: Screen) -> None:
        screen.step("The bot starts with `baton run` and connects to Slack by Socket Mode")
        await stage.workspace.connected(timeout=20)
        screen.good("connected")
        account = (await stage.pagerduty.state())["accounts"][0]
        external = next(one["id"] for one in account["schedules"] if one["name"] == EXTERNAL)
        key = await stage.pagerduty.add_key()
        await cls(stage, screen, stage.workspace.person("alice"), external, key)._go_on()

    async def _go_on(self) -> None:
        await self._create()
        await self._connect()
        await self._link()
        planned = await self._assign()
        await self._change_behind(planned)
        await self._look(planned)

    async def _create(self) -> None:
        self.screen.step("Alice makes a schedule")
        await self._open("/oncall create", "Create schedule")
        answers = {"Name": SCHEDULE, "Team": "Payments engineering", "Members": list(TEAM), "Notice channel": CHANNEL}
        await self._fill(answers)
        await self._send("Create schedule")
        await self._hear(f"Created {SCHEDULE}")

    async def _connect(self) -> None:
        self.screen.step("She connects PagerDuty; a key is tried before it is kept")
        await self._open("/oncall connections", "Connections")
        await self._press("Add PagerDuty", "PagerDuty connection")
        await self._fill({"PagerDuty subdomain": SUBDOMAIN, "PagerDuty API key": "mistyped"}, shown=False)
        refused = await self.alice.submit()
        expect(refused is not None and "PagerDuty API key" in refused.errors, "a wrong key was not refused")
        self.screen.good(
            f"a mistyped key is refused: {(refused or await self.alice.modal()).errors['PagerDuty API key']}"
        )
        await self._fill({"PagerDuty API key": self.key}, shown=False)
        await self.alice.submit()
        await self._see("Connections", "Works")
        await self.alice.close_all()

    async def _link(self) -> None:
        self.screen.step(f"She links the schedule to “{EXTERNAL}” in PagerDuty")
        await self._open(f"/oncall destinations {SCHEDULE}", "Destinations", shown=False)
        await self._press("Add destination", "Add destination")
        await self._fill({"PagerDuty schedule": EXTERNAL})
        await self._send("Add destination")
        await self._see("Destinations", "Added:")
        await self.alice.close_all()

    async def _assign(self) -> list[Planned]:
        planned = await self._plan()
        self.screen.step("Three shifts are assigned in Slack")
        self.screen.schedule(f"PagerDuty's final schedule “{EXTERNAL}” before", await self._final())
        for number, shift in enumerate(planned):
            await self._open(f"/oncall assign {SCHEDULE}", "Assign shift", shown=False)
            answers = {"Member": shift.name, "Starts": shift.start, "Ends": shift.end}
            await self._fill(answers, shown=number == 0)
            await self._send("Assign shift")
            await self._hear(f"is Primary of {SCHEDULE}", shown=number == 0)
            self.screen.does("alice", f"put {shift.name} on call for a day")
        try:
            await self._until_right(planned, "the shifts did not appear in PagerDuty")
            await self._until_pinned(planned)
        except Unexpected as reason:
            raise Unexpected(f"{reason}. {await self._what_slack_says()}") from reason
        self.screen.schedule("PagerDuty's final schedule after", await self._final())
        self.screen.good("every shift is in PagerDuty, each as one override")
        return planned

    async def _plan(self) -> list[Planned]:
        """A day each, from the hour that is running; whoever PagerDuty has on call now comes last."""
        entries = await self._final()
        on_call = entries[0][2] if entries else ""
        names = sorted(TEAM.values(), key=lambda name: (name == on_call, name))
        first = (await self.stage.pagerduty.now()).replace(minute=0, second=0, microsecond=0)
        return [Planned(name, first + DAY * day, first + DAY * (day + 1)) for day, name in enumerate(names)]

    async def _change_behind(self, planned: Sequence[Planned]) -> None:
        self.screen.step("Somebody changes PagerDuty directly")
        shift, intruder = planned[1], planned[2].name
        await self._refreshed()
        made = await self.stage.pagerduty.create_override(
            self.external_id, intruder, shift.start + DAY / 4, shift.start + DAY / 2
        )
        self.screen.does(
            "somebody", f"put {intruder} on call in the middle of {shift.name}'s shift, in PagerDuty itself"
        )
        changed = await self._final()
        expect(not shows(changed, planned), "PagerDuty does not show what was changed there")
        self.screen.schedule("PagerDuty's final schedule, changed", changed)
        self.screen.step(f"The next refresh puts it right (in this demo there is one every {REFRESH_SECONDS} seconds)")
        await self._until_right(planned, "the change in PagerDuty was not put right")
        await self._until_gone(made)
        self.screen.schedule("PagerDuty's final schedule, put right", await self._final())
        self.screen.good("PagerDuty shows what was agreed in Slack again; the other override is gone")

    async def _look(self, planned: Sequence[Planned]) -> None:
        self.screen.step("Anyone can look")
        bob = self.stage.workspace.person("bob")
        self.screen.does("bob", "types /oncall who")
        await bob.command("/oncall who", channel=CHANNEL)
        told = await bob.wait_for_message("until", channel="ephemeral")
        expect("@" in told.shown, f"nobody is said to be on call: {told.shown}")
        self.screen.message("bob", told)
        self.screen.does("alice", f"types /oncall refresh {SCHEDULE}")
        await self.alice.command(f"/oncall refresh {SCHEDULE}", channel=CHANNEL)
        report = await self._hear("found 0 differences, wrote nothing")
        expect("OK" in report.shown, f"the destination is not OK: {report.shown}")
        expect(shows(await self._final(), planned), "PagerDuty does not show the shifts at the end")
        self.screen.good("the story is told, and everything was as expected")

    async def _open(self, command: str, title: str, *, shown: bool = True) -> None:
        self.screen.does("alice", f"types {command}")
        await self.alice.command(command, channel=CHANNEL)
        modal = await self.alice.modal(title)
        if shown and not modal.submit:
            self.screen.modal("alice", modal)

    async def _press(self, button: str, title: str) -> None:
        self.screen.does("alice", f"presses {button}")
        await self.alice.press(button)
        await self.alice.modal(title)

    async def _fill(self, answers: dict[str, object], *, shown: bool = True) -> None:
        for label, value in answers.items():
            await self.alice.fill(label, value)
        if shown:
            self.screen.modal("alice", await self.alice.modal())

    async def _send(self, title: str) -> None:
        """Submit; whatever modal there is then must be another one."""
        modal = await self.alice.submit()
        if modal is not None and modal.title == title:
            raise Unexpected(f"“{title}” was refused: {modal.errors or modal.text}")

    async def _what_slack_says(self) -> str:
        await self.alice.command(f"/oncall destinations {SCHEDULE}", channel=CHANNEL)
        return f"Slack says about it:\n{(await self.alice.modal('Destinations')).text}"

    async def _see(self, title: str, text: str) -> None:
        last: list[Modal] = []

        async def look() -> bool | None:
            last[:] = [await self.alice.modal(title)]
            return text in last[0].text or None

        expect(await until(look, PATIENCE), f"“{title}” never said “{text}”: {last[0].text}")
        self.screen.modal("alice", last[0])

    async def _hear(self, text: str, *, shown: bool = True) -> Message:
        told = await self.alice.wait_for_message(text, channel="ephemeral", timeout=PATIENCE)
        if shown:
            self.screen.message("alice", told)
        return told

    async def _final(self) -> list[OnCall]:
        now = await self.stage.pagerduty.now()
        return await self.stage.pagerduty.final_schedule(self.external_id, now, now + SHOWN)

    async def _overrides(self) -> list[dict[str, Any]]:
        now = await self.stage.pagerduty.now()
        return await self.stage.pagerduty.overrides(self.external_id, now, now + SHOWN)

    async def _refreshed(self) -> None:
        """Wait for a refresh to have just happened, so that there is time to look before the next one."""
        before = await self._reads()
        await self._wait(lambda: self._more_reads_than(before), "no refresh came")

    async def _reads(self) -> int:
        return len(await self.stage.pagerduty.log("GET", f"/schedules/{self.external_id}"))

    async def _more_reads_than(self, before: int) -> bool:
        return await self._reads() > before

    async def _until_right(self, planned: Sequence[Planned], reason: str) -> None:
        async def right() -> bool:
            return shows(await self._final(), planned)

        await self._wait(right, reason)

    async def _until_pinned(self, planned: Sequence[Planned]) -> None:
        """Where the layer below shows the same person, a shift looks right before it has an override of its own."""

        async def pinned() -> bool:
            return len(await self._overrides()) == len(planned)

        await self._wait(pinned, f"PagerDuty did not get one override for each of the {len(planned)} shifts")

    async def _until_gone(self, override_id: str) -> None:
        async def gone() -> bool:
            return all(one["id"] != override_id for one in await self._overrides())

        await self._wait(gone, "the override that somebody made is still in PagerDuty")

    async def _wait(self, look: Callable[[], Awaitable[bool]], reason: str) -> None:
        async def found() -> bool | None:
            return await look() or None

        expect(await until(found, REFRESH_SECONDS + PATIENCE), f"{reason} (waited {REFRESH_SECONDS + PATIENCE:.0f} s)")


def shows(entries: Sequence[OnCall], planned: Sequence[Planned]) -> bool:
    """Whether PagerDuty has each planned person on call for what is left of their shift, and nobody else."""
    begin = min((start for start, _, _ in entries), default=None)
    return begin is not None and all(
        _covered(shift, entries, max(shift.start, begin)) for shift in planned if shift.end > begin
    )


def _covered(shift: Planned, entries: Sequence[OnCall], start: datetime) -> bool:
    inside = [(max(s, start), min(e, shift.end), user) for s, e, user in entries if s < shift.end and e > start]
    length = sum(((e - s) for s, e, _ in inside), timedelta())
    return length == shift.end - start and {user for _, _, user in inside} == {shift.name}
