"""Words about roles that are filled fairly: shifts that nobody can have, and people who went away over theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from notices.actions import Action
from notices.texts.marks import Button, Message, Scene, escape, span, when
from oncall.fairness.facts import clash_of
from oncall.fairness.plan import Quality
from oncall.fairness.words import told_clash

Facts = Mapping[str, Any]

SHOWN = 10
QUALITIES: Mapping[str, str] = {
    Quality.GREEN: ":large_green_circle: Shares are even, and every wish is kept.",
    Quality.ORANGE: ":large_orange_circle: With compromises.",
    Quality.RED: ":red_circle: Some shifts have nobody.",
}


def quality_line(quality: str, solver: str, *, proven: bool) -> str:
    """How good an assignment is, which of the two solvers answered, and whether it is known that nothing is better."""
    how = "Worked out exactly" if solver == "exact" else "Worked out step by step"
    sure = "proven to be the best there is" if proven else "there may be something better"
    return f"{QUALITIES[quality]} {how}: {sure}."


def left_open(facts: Facts, scene: Scene) -> Message:
    """Each shift with what keeps every member from it."""
    shifts = facts["shifts"]
    lines = [f"• {escape(one['role'])}, {span(one)}: {_why(one['clash'], scene)}" for one in shifts[:SHOWN]]
    lines += [f"… and {len(shifts) - SHOWN} more"] if len(shifts) > SHOWN else []
    advice = "Change what keeps them from it, or assign somebody with `/oncall assign`. Baton looks again every hour."
    what = "A shift" if len(shifts) == 1 else f"{len(shifts)} shifts"
    return Message(f"{what} of {scene.title} {'has' if len(shifts) == 1 else 'have'} nobody", (*lines, advice))


def _why(clash: Facts, scene: Scene) -> str:
    found = clash_of(clash)
    named = [replace(one, reason=replace(one.reason, about=escape(one.reason.about))) for one in found.blocked]
    return told_clash(replace(found, blocked=tuple(named)), scene.name, when)


def absent(facts: Facts, scene: Scene) -> Message:
    """Confirmed shifts whose person can't be on call, with a button that shows what a re-plan would move."""
    shifts = facts["shifts"]
    lines = [f"• {escape(one['role'])}: {scene.name(one['user'])}, {span(one)}" for one in shifts[:SHOWN]]
    lines += [f"… and {len(shifts) - SHOWN} more"] if len(shifts) > SHOWN else []
    advice = "*Re-plan* moves as little as it can, and shows it before. Or they ask for cover: `/oncall cover`."
    replan = Button(Action.REPLAN, "Re-plan", str(scene.schedule_id), "primary")
    what = "A confirmed shift" if len(shifts) == 1 else f"{len(shifts)} confirmed shifts"
    title = f"{what} of {scene.title} {'is' if len(shifts) == 1 else 'are'} of somebody who can't be on call then"
    return Message(title, (*lines, advice), (replan,))
