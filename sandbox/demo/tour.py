"""The guided tour: seven short steps, in any order and as often as one likes.

Each has a schedule of its own, so that one mode does not get in the way of another. Whether a step is done is read from
what Slack, PagerDuty and the receiver show; what was seen once stays done until the step is started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from sandbox.demo.evidence import Evidence, Mark
from sandbox.demo.team import CHECKOUT, DATA, EXISTING, MOBILE, PAYMENTS, REAL_NAMES, SEARCH, YOU

LOOK_SECONDS = 5.0


class Step(TypedDict):
    number: int
    title: str
    text: str
    hint: str
    done: bool


@dataclass(slots=True)
class Progress:
    """Of one step: how things stood when it began, whether PagerDuty was seen to differ since, whether it is done."""

    mark: Mark
    drifted: bool = False
    done: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """A step as it is told. ``{other}`` in the hint is somebody who is not on call on ``schedule`` just now."""

    title: str
    schedule: str
    text: str
    hint: str
    is_done: Callable[[Evidence, Progress], bool]


def answered(evidence: Evidence, progress: Progress) -> bool:
    return evidence.says(progress.mark, "On call now", PAYMENTS)


def changed(evidence: Evidence, progress: Progress) -> bool:
    written = evidence.writes(PAYMENTS) > progress.mark.writes
    return written and evidence.differs(PAYMENTS, progress.mark)


def put_right(evidence: Evidence, progress: Progress) -> bool:
    return progress.drifted and not evidence.differs(CHECKOUT, progress.mark)


def imported(evidence: Evidence, progress: Progress) -> bool:
    return progress.drifted and evidence.differs(SEARCH, progress.mark) and evidence.says(progress.mark, SEARCH)


def warned(evidence: Evidence, progress: Progress) -> bool:
    return evidence.says(progress.mark, "removed", DATA, to=YOU)


def exported(evidence: Evidence, progress: Progress) -> bool:
    written = evidence.writes(MOBILE) > progress.mark.writes
    return written and evidence.differs(MOBILE, progress.mark)


def handed_over(evidence: Evidence, progress: Progress) -> bool:
    return evidence.handoffs_since(progress.mark) > 0


CHAPTERS = (
    Chapter(
        "Who is on call",
        PAYMENTS,
        "Payments follows the sun: three rotations in three time zones share Primary, and whoever is next in line is "
        "Secondary.",
        "Be Alice, go to #payments, type `/oncall who` and press Enter. You see who is on call, until when, and who is "
        "next.",
        answered,
    ),
    Chapter(
        "Change a shift",
        PAYMENTS,
        "Whatever is decided in Slack is in PagerDuty a moment later, and whoever is concerned hears of it.",
        "Type `/oncall change Payments`, choose a shift and another member, press Change. Whoever has the other role "
        "then needs a tick at “Do it all the same?”. Payments, further down on the PagerDuty side, shows the member.",
        changed,
    ),
    Chapter(
        "Drift is put right",
        CHECKOUT,
        "Checkout is in the mode Authoritative: PagerDuty always shows what was agreed in Slack.",
        "On the PagerDuty side, press Add override at Checkout and choose {other}. Within seconds the next refresh "
        "takes the override away again.",
        put_right,
    ),
    Chapter(
        "Changes come home",
        SEARCH,
        "Search is in the mode Bidirectional: what people change in PagerDuty is imported, and whoever is concerned "
        "is told in Slack.",
        "Press Add override at Search and choose {other}. It stays in PagerDuty, `/oncall shifts Search` shows it, "
        "and {other} has a message.",
        imported,
    ),
    Chapter(
        "Nothing vanishes in silence",
        DATA,
        "Data platform is Authoritative, too. Alice chose in `/oncall notifications` to be warned when Baton removes "
        "an override that it did not make.",
        "Press Add override at Data platform and choose {other}. Baton removes it, and Alice has a message that says "
        "whose it was.",
        warned,
    ),
    Chapter(
        "Export by hand",
        MOBILE,
        "Mobile is in the mode Manual Export: changes wait until somebody says so. {taker} has just taken over a shift "
        "in Slack, and PagerDuty does not know yet.",
        "Type `/oncall pending Mobile` to see what waits, then press Export now. Mobile on the PagerDuty side follows.",
        exported,
    ),
    Chapter(
        "A handoff, and who hears of it",
        PAYMENTS,
        "Whoever starts and whoever ends hears of a handoff, the schedule's channel does, and so do webhooks: they are "
        "signed, and the receiver checks that.",
        "Press To the next handoff at the top. The tab Webhooks shows the JSON that arrived, with a good signature.",
        handed_over,
    ),
)
"""In order; step 1 is the first."""

Prepare = Callable[[], Awaitable[str]]


class Tour:
    """``take_a_shift`` has a member of Mobile take over somebody's shift in Slack, and returns their name."""

    def __init__(self, evidence: Evidence, take_a_shift: Prepare) -> None:
        self._evidence = evidence
        self._take_a_shift = take_a_shift
        self._progress: list[Progress] = []
        self._taker = ""
        self._turn = asyncio.Lock()

    async def begin(self) -> None:
        """Everything is ready for all of the steps from now on."""
        self._progress = [Progress(self._evidence.mark(one.schedule)) for one in CHAPTERS]
        self._taker = await self._take_a_shift()

    async def steps(self) -> Sequence[Step]:
        self.look()
        return [self._told(number, one) for number, one in enumerate(CHAPTERS, 1)]

    async def start(self, number: int) -> None:
        """Begin a step again, with what it needs. Raises IndexError for a number that is none."""
        async with self._turn:
            if not 0 < number <= len(CHAPTERS):
                raise IndexError(number)
            chapter = CHAPTERS[number - 1]
            if chapter.is_done is exported:  # what waited may have been exported, or be over by now
                self._taker = await self._take_a_shift()
            self._progress[number - 1] = Progress(self._evidence.mark(chapter.schedule))

    async def watch(self) -> None:
        """Look whenever something changes in PagerDuty: what Baton puts right may be there for a moment only."""
        changes = self._evidence.pagerduty.world.changes
        while True:
            number = changes.number
            self.look()
            await changes.after(number, LOOK_SECONDS)

    def look(self) -> None:
        for chapter, progress in zip(CHAPTERS, self._progress, strict=True):
            if not progress.done:
                progress.drifted |= self._evidence.differs(chapter.schedule, progress.mark)
                progress.done = chapter.is_done(self._evidence, progress)

    def _told(self, number: int, chapter: Chapter) -> Step:
        words = {"other": self.other(chapter.schedule), "taker": self._taker}
        return Step(
            number=number,
            title=chapter.title,
            text=chapter.text.format(**words),
            hint=chapter.hint.format(**words),
            done=self._progress[number - 1].done,
        )

    def other(self, schedule: str) -> str:
        """A member who is not on call there around now."""
        members = next((one.members for one in EXISTING if one.name == schedule), ())
        busy = self._evidence.on_call_around(schedule, self._evidence.slack.clock.now())
        return next((name for one in members if (name := REAL_NAMES[one]) not in busy), "somebody else")
