"""What the preview of a rotation looks like, before it is saved."""

from __future__ import annotations

from datetime import datetime

from handlers.kit import blocks as kit
from handlers.kit.blocks import Block, View, context, modal, section, when
from handlers.kit.metadata import Metadata
from handlers.rotations import words as words
from handlers.rotations.views import SHOWN_GAPS, Id, opening_lines, pack
from oncall.changes import Effect
from oncall.shifts import ShiftState
from services.kit.wording import counted, escape
from services.rotations.saving import Preview, RotationDraft
from services.schedules.creating import ScheduleView

PREVIEW_TITLE = "Rotation: preview"
OPENED = ":warning: By this change nobody is on call any more as *{}*, unless somebody is assigned:"
SHOWN_EFFECTS = 30


def preview_view(schedule: ScheduleView, draft: RotationDraft, shown: Preview, metadata: Metadata) -> View:
    """What saving does; the draft travels along in the metadata."""
    blocks = [
        section(f"*{escape(draft.name)}* fills *{escape(shown.role)}* of *{escape(schedule.name)}*"),
        section(f"*The next six shifts* of {escape(shown.role)}, as they will be"),
        *kit.lines(_next_lines(shown) or ["none"]),
        *kit.lines([*_idle_lines(shown), *words.kept_out_lines(shown.kept_out)]),
        kit.divider(),
        section(f"*Who gains and loses what*, up to {counted(schedule.horizon_days, 'day')} ahead"),
        *kit.lines(_effect_lines(shown) or ["nobody: nothing changes that is not confirmed already"]),
        *_confirmed_note(draft),
        kit.divider(),
        *kit.lines([line for one in shown.opened for line in opening_lines(one, OPENED)]),
        *kit.lines(_gap_lines(shown)),
    ]
    return modal(
        PREVIEW_TITLE, blocks, callback_id=Id.SAVE, submit="Save", close="Back", metadata=pack(metadata, draft)
    )


def _next_lines(shown: Preview) -> list[str]:
    backups = [*shown.backups, *[None] * len(shown.next_shifts)]
    return [
        f"• {span(shift.start, shift.end)}: {kit.people([shift.user] if shift.user else [])}"
        + (f" · backup <@{backup}>" if backup else "")
        + (" _(confirmed)_" if shift.state is ShiftState.CONFIRMED else "")
        for shift, backup in zip(shown.next_shifts, backups, strict=False)
    ]


def _idle_lines(shown: Preview) -> list[str]:
    if not shown.idle:
        return []
    advice = "Turns come round while nothing is covered. *Turns count*: Covered time gives everybody as many."
    return [f":warning: No turns for {kit.people(shown.idle)}. {advice}"]


def _confirmed_note(draft: RotationDraft) -> list[Block]:
    """What becomes of confirmed shifts, where a rotation is changed."""
    if draft.rotation_id is None:
        return []
    if draft.confirmed_from is None:
        return [context("Confirmed shifts stay; *Also change confirmed shifts from* in the form changes them, too.")]
    text = (
        f"Confirmed shifts that a rotation made change along from {when(draft.confirmed_from)} on; "
        "what a person decided stays. Everybody who gains or loses a shift is told."
    )
    return [context(text)]


def _effect_lines(shown: Preview) -> list[str]:
    lines = [f"• <@{e.user}> {_effect(e)} as {escape(shown.roles.get(e.role_id, ''))}" for e in shown.effects]
    more = len(lines) - SHOWN_EFFECTS
    return lines[:SHOWN_EFFECTS] + ([f"… and {more} more"] if more > 0 else [])


def _effect(effect: Effect) -> str:
    parts = (("gains", effect.gained), ("loses", effect.lost))
    return " and ".join(f"{verb} {words.lengths(intervals)}" for verb, intervals in parts if intervals)


def _gap_lines(shown: Preview) -> list[str]:
    role = escape(shown.role)
    if not shown.uncovered:
        return [f":white_check_mark: *{role}* is covered without a gap."]
    more = len(shown.uncovered) - SHOWN_GAPS
    listed = [f"• {span(gap.start, gap.end)}" for gap in shown.uncovered[:SHOWN_GAPS]]
    return [f":warning: Nobody covers *{role}* in:", *listed, *([f"… and {more} more times"] if more > 0 else [])]


def span(start: datetime, end: datetime) -> str:
    return f"{when(start)} – {when(end)}"
