"""What a rotation's pattern, and what is planned for it, are called in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from handlers.kit.blocks import people, when
from oncall.changes import Effect
from oncall.plans import Step
from oncall.rotations import Rotation
from oncall.timeline import Interval
from oncall.windows import EVERY_DAY, Coverage, Weekly
from services.kit.wording import counted, escape

DAY = timedelta(days=1)
SHOWN_STEPS = 6
SHOWN_STRETCHES = 4
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def lengths(intervals: Sequence[Interval]) -> str:
    """How much that is and when: ``14 days (Nov 30 – Dec 7, Dec 21 – Dec 28)``."""
    hours_in_all = sum((one.end - one.start).total_seconds() for one in intervals) / 3600
    whole = all(one.end - one.start >= DAY for one in intervals)
    length = counted(round(hours_in_all / 24), "day") if whole else counted(round(hours_in_all), "hour")
    listed = ", ".join(f"{when(one.start)} – {when(one.end)}" for one in intervals[:SHOWN_STRETCHES])
    more = len(intervals) - SHOWN_STRETCHES
    others = f" and {counted(more, 'more time')}" if more > 0 else ""
    return f"{length} ({listed}{others})"


def kept_out_lines(kept: Sequence[Effect]) -> list[str]:
    """Who joins where others are confirmed already."""
    way = "*Also change confirmed shifts from* in the form changes those that the rotation made."
    return [
        f":warning: <@{one.user}> would have a turn here, but others are confirmed: {lengths(one.lost)}. {way}"
        for one in kept[:SHOWN_STEPS]
    ] + ([f"… and {len(kept) - SHOWN_STEPS} more who join"] if len(kept) > SHOWN_STEPS else [])


def planned_line(plans: Sequence[Step], roles: Mapping[int, str]) -> str:
    """All that is planned: ``Planned: @dave joins on Jan 2; turns of 2 weeks on Mar 1``."""
    more = f"; and {len(plans) - SHOWN_STEPS} more" if len(plans) > SHOWN_STEPS else ""
    return "Planned: " + "; ".join(plan_text(step, roles) for step in plans[:SHOWN_STEPS]) + more


def plan_text(step: Step, roles: Mapping[int, str]) -> str:
    return f"{', '.join(_parts(step, roles))} on {when(step.at)}"


def pace(rotation: Rotation) -> str:
    """How long a turn is: ``turns of 2 weeks``."""
    return f"turns of {counted(rotation.every, str(rotation.unit).removesuffix('s'))}"


def hours(coverage: Coverage | None) -> str:
    """When a rotation covers its role: ``Mon–Fri 09:00 – 17:00``, ``Fri 17:00 – Mon 09:00``, ``whole days on Sun``."""
    if coverage is None:
        return "around the clock"
    if isinstance(coverage, Weekly):
        begins, ends = WEEKDAYS[coverage.opens_on], WEEKDAYS[coverage.closes_on]
        return f"{begins} {coverage.opens:%H:%M} – {ends} {coverage.closes:%H:%M}"
    if coverage.touches:
        begin = f" from {coverage.opens:%H:%M}" if coverage.opening else ""
        return f"whole days{begin} on {weekdays(coverage.days)}"
    return f"{weekdays(coverage.days)} {coverage.opens:%H:%M} – {coverage.closes:%H:%M}"


def weekdays(days: Iterable[int]) -> str:
    """Days of the week, those in a row joined: ``Mon–Fri``, ``Mon, Wed``."""
    chosen = sorted(days)
    if frozenset(chosen) == EVERY_DAY:
        return "every day"
    runs: list[list[int]] = []
    for day in chosen:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(_run(run) for run in runs)


def _run(run: Sequence[int]) -> str:
    names = [WEEKDAYS[day] for day in run]
    return "–".join((names[0], names[-1])) if len(names) > 2 else ", ".join(names)


def _parts(step: Step, roles: Mapping[int, str]) -> list[str]:
    """What one step does, most telling first."""
    after, changed = step.after, step.settings
    said = {
        f"{people(step.joining)} {'joins' if len(step.joining) == 1 else 'join'}": bool(step.joining),
        f"{people(step.leaving)} {'leaves' if len(step.leaving) == 1 else 'leave'}": bool(step.leaving),
        pace(after): bool(changed & {"every", "unit"}),
        f"covers {hours(after.coverage)}": "coverage" in changed,
        f"turns count {after.counts} time": "counts" in changed,
        f"on the clocks of {after.zone}": "zone" in changed,
        f"fills {escape(roles.get(after.role_id, ''))}": "role_id" in changed,
        _backup(after, roles): "backup" in changed,
        "starts afresh with the first member": "first_handoff" in changed,
    }
    return [text for text, holds in said.items() if holds] or ["another order of members"]


def _backup(after: Rotation, roles: Mapping[int, str]) -> str:
    return f"a backup fills {escape(roles.get(after.backup.role_id, ''))}" if after.backup else "no backup"
