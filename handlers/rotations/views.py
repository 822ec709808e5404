"""What rotations look like: the form, and the preview before one is saved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from handlers.kit import blocks as kit
from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    actions,
    button,
    context,
    field,
    modal,
    section,
    select,
    when,
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from handlers.rotations import words as words
from oncall.changes import Effect
from oncall.civil import first_instant
from oncall.drafts import is_zone
from oncall.pace import Counts
from oncall.plans import Step
from oncall.rotations import Unit
from oncall.shifts import ShiftState
from oncall.windows import EVERY_DAY
from services.kit.errors import NotFound
from services.kit.wording import counted, escape
from services.rotations.openings import Opening
from services.rotations.saving import Preview, RotationDraft, RotationView
from services.schedules.creating import ScheduleView

TITLE = "Rotation"
PREVIEW_TITLE = "Rotation: preview"
NEW = "new"
MONDAY, FRIDAY = 0, 4
SHOWN_GAPS = 5
OPENED = ":warning: By this change nobody is on call any more as *{}*, unless somebody is assigned:"
SHOWN_EFFECTS = 30
SHOWN_PLANS = 60


class Id(StrEnum):
    VIEW = "rotation"
    SAVE = "rotation.save"
    WHICH = "rotation.which"
    ZONE = "rotation.zone"
    SHAPE = "rotation.shape"
    END = "rotation.end"
    UNPLAN = "rotation.unplan"
    VALUE = "rotation.value"


class Coverage(StrEnum):
    """Whether a rotation has windows, and which."""

    ALWAYS = "always"
    DAILY = "daily"
    STRETCH = "stretch"

    @classmethod
    def of(cls, draft: RotationDraft) -> Coverage:
        if draft.is_stretch:
            return cls.STRETCH
        return cls.ALWAYS if draft.opens is None else cls.DAILY


class BackupChoice(StrEnum):
    """Who backs up."""

    NONE = "none"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Shape:
    """Which parts of the form are shown."""

    coverage: Coverage
    backup: BackupChoice

    @classmethod
    def of(cls, draft: RotationDraft) -> Shape:
        return cls(Coverage.of(draft), BackupChoice.NEXT if draft.backup else BackupChoice.NONE)


UNITS = (
    Choice(Unit.HOURS, "Hours"),
    Choice(Unit.DAYS, "Days"),
    Choice(Unit.WEEKS, "Weeks"),
    Choice(Unit.MONTHS, "Months"),
)
COVERAGES = (
    Choice(Coverage.ALWAYS, "Around the clock"),
    Choice(Coverage.DAILY, "Daily hours"),
    Choice(Coverage.STRETCH, "From a weekday to a weekday"),
)
COUNTS = (Choice(Counts.COVERED, "Covered time"), Choice(Counts.CALENDAR, "Calendar time"))
BACKUPS = (Choice(BackupChoice.NONE, "None"), Choice(BackupChoice.NEXT, "Next in line"))
DAYS = tuple(
    Choice(str(number), name)
    for number, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)


def form(
    schedule: ScheduleView,
    known: Sequence[RotationView],
    draft: RotationDraft,
    zone: Choice,
    metadata: Metadata,
    shape: Shape | None = None,
    ending: Sequence[Opening] = (),
) -> View:
    """The form, filled in with ``draft``. ``known`` are the rotations that could be changed instead, ``ending`` the
    gaps that ending this one makes."""
    shape = shape or Shape.of(draft)
    mark = draft.rotation_id or NEW
    blocks = [context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")]
    if known:
        blocks.append(_which(known, draft))
    blocks += _planned(schedule, known, draft)
    blocks += _pattern_fields(schedule, draft, zone, mark)
    blocks += _window_fields(draft, shape.coverage, mark)
    blocks += _backup_fields(schedule, draft, shape.backup, mark)
    if draft.rotation_id is not None:
        blocks += [*_dates(draft, mark), *_ending(draft, ending)]
    else:
        if draft.since is not None:
            blocks.append(_takes_effect(draft, mark, "Empty means from the first handoff on."))
        if draft.until is not None:
            blocks.append(_ends(draft, mark, "No shifts are proposed from then on. Empty means that it goes on."))
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Preview", close="Cancel", metadata=metadata.dump())


def _takes_effect(draft: RotationDraft, mark: object, hint: str) -> Block:
    return field(marked("since", mark), "Takes effect", kit.moment(Id.VALUE, draft.since), hint=hint, optional=True)


def _ends(draft: RotationDraft, mark: object, hint: str) -> Block:
    return field(marked("until", mark), "Ends", kit.moment(Id.VALUE, draft.until), hint=hint, optional=True)


def _dates(draft: RotationDraft, mark: object) -> list[Block]:
    """From when on a change holds, and whether it moves what is confirmed."""
    also = (
        "Empty leaves every confirmed shift as it is. With a date, confirmed shifts that a rotation made are replaced "
        "from then on, and everybody concerned is told; what a person decided stays."
    )
    chosen = kit.moment(Id.VALUE, draft.confirmed_from)
    ends = "No shifts are proposed from then on; choose a later date to go on for longer. Empty leaves it as it is."
    return [
        _takes_effect(draft, mark, "Empty means now. What is planned for later stays."),
        field(marked("confirmed_from", mark), "Also change confirmed shifts from", chosen, hint=also, optional=True),
        *([_ends(draft, mark, ends)] if draft.until is not None else []),
    ]


def _which(known: Sequence[RotationView], draft: RotationDraft) -> Block:
    choices = [Choice(NEW, "New rotation"), *(Choice(str(one.id), f"{one.name} ({one.role})") for one in known)]
    chosen = str(draft.rotation_id or NEW)
    return kit.asking(field("rotation_id", "Make or change", select(Id.WHICH, choices, chosen)))


def _planned(schedule: ScheduleView, known: Sequence[RotationView], draft: RotationDraft) -> list[Block]:
    """What is planned: each step of the chosen rotation with a button, of the others in a line."""
    roles = {role.id: role.name for role in schedule.roles}
    if draft.rotation_id is None:
        planned = [f"*{escape(one.name)}*. {words.planned_line(one.plans, roles)}" for one in known if one.plans]
        more = len(planned) - SHOWN_PLANS
        left_out = [f"… and {counted(more, 'more rotation')}; choose one to see its plans"] if more > 0 else []
        return kit.lines([*planned[:SHOWN_PLANS], *left_out])
    plans = next((one.plans for one in known if one.id == draft.rotation_id), ())
    shown = [
        kit.beside(section(f"Planned: {words.plan_text(step, roles)}"), _removing(step)) for step in plans[:SHOWN_PLANS]
    ]
    return [*shown, *kit.lines([f"Planned: {words.plan_text(step, roles)}" for step in plans[SHOWN_PLANS:]])]


def _removing(step: Step) -> Block:
    text = "The rotation goes on as if this had not been planned. What is planned for later stays."
    really = kit.confirm("Remove what is planned?", text, "Remove", "Keep it")
    return button(Id.UNPLAN, "Remove", str(int(step.at.timestamp())), confirm=really)


def _pattern_fields(schedule: ScheduleView, draft: RotationDraft, zone: Choice, mark: object) -> list[Block]:
    roles = [Choice(str(role.id), role.name) for role in schedule.roles]
    role = str(draft.role) if draft.role else roles[0].value
    starts = first_instant(draft.first_handoff, draft.zone) if draft.first_handoff and is_zone(draft.zone) else None
    return [
        field(marked("name", mark), "Rotation name", kit.text_input(Id.VALUE, draft.name, most=75)),
        field(marked("role", mark), "Fills role", select(Id.VALUE, roles, role)),
        field(
            marked("members", mark),
            "Members, in order",
            kit.users(Id.VALUE, draft.members, placeholder="Choose people in order"),
            hint="Whoever is chosen first has the first turn. For another order, remove people and choose them again",
        ),
        field(marked("every", mark), "Hands over every", kit.number(Id.VALUE, draft.every, 1, 8760)),
        field(marked("unit", mark), "Unit", select(Id.VALUE, UNITS, str(draft.unit))),
        field(
            marked("first_handoff", mark),
            "First handoff",
            kit.moment(Id.VALUE, starts),
            hint="In your own time zone; later ones keep to this time on the clocks of the rotation's zone. "
            "Turns of months from the 31st begin on the last day of shorter months",
        ),
        field(marked("zone", mark), "Time zone", kit.search(Id.ZONE, zone, placeholder="City or offset")),
    ]


def _window_fields(draft: RotationDraft, coverage: Coverage, mark: object) -> list[Block]:
    chosen = kit.asking(field(marked("coverage", mark), "Coverage", select(Id.SHAPE, COVERAGES, coverage)))
    if coverage is Coverage.ALWAYS:
        return [chosen]
    counts = draft.counts or (Counts.CALENDAR if draft.rotation_id else Counts.COVERED)
    hint = "Covered time leaves out the time that nobody is on call, so that everybody serves as often"
    counting = field(marked("counts", mark), "Turns count", select(Id.VALUE, COUNTS, str(counts)), hint=hint)
    return [chosen, *(_daily if coverage is Coverage.DAILY else _stretch)(draft, mark), counting]


def _daily(draft: RotationDraft, mark: object) -> list[Block]:
    days = [str(day) for day in sorted(draft.days or EVERY_DAY)]
    opens, closes = draft.opens or time(9), draft.closes or time(17)
    hint = "In the rotation's time zone; To may be on the next day. The same time twice is whole days"
    return [
        field(marked("opens", mark), "From", kit.of_day(Id.VALUE, opens), hint=hint, optional=True),
        field(marked("closes", mark), "To", kit.of_day(Id.VALUE, closes), optional=True),
        field(marked("days", mark), "Days", kit.checkboxes(Id.VALUE, DAYS, days), optional=True),
    ]


def _stretch(draft: RotationDraft, mark: object) -> list[Block]:
    begins = str(FRIDAY if draft.opens_on is None else draft.opens_on)
    ends = str(MONDAY if draft.closes_on is None else draft.closes_on)
    opens, closes = draft.opens or time(17), draft.closes or time(9)
    hint = "One stretch a week, in the rotation's time zone"
    return [
        field(marked("opens_on", mark), "From day", select(Id.VALUE, DAYS, begins), hint=hint),
        field(marked("opens", mark), "From", kit.of_day(Id.VALUE, opens), optional=True),
        field(marked("closes_on", mark), "To day", select(Id.VALUE, DAYS, ends)),
        field(marked("closes", mark), "To", kit.of_day(Id.VALUE, closes), optional=True),
    ]


def _backup_fields(schedule: ScheduleView, draft: RotationDraft, backup: BackupChoice, mark: object) -> list[Block]:
    asked = kit.asking(field(marked("backup", mark), "Backup", select(Id.SHAPE, BACKUPS, backup)))
    if backup is BackupChoice.NONE:
        return [asked]
    others = [Choice(str(role.id), role.name) for role in schedule.roles]
    chosen = str(draft.backup_role) if draft.backup_role else None
    filling = select(Id.VALUE, others, chosen, placeholder="Choose a role")
    hint = "Another role than the first"
    return [asked, field(marked("backup_role", mark), "Backup fills role", filling, hint=hint, optional=True)]


def _ending(draft: RotationDraft, ending: Sequence[Opening]) -> list[Block]:
    """The button, below the times that would have nobody."""
    text = "It proposes no more shifts from now on. Shifts that are confirmed stay."
    if ending:
        text += " The times that nobody has then are listed above the button."
    really = kit.confirm("End this rotation?", text, "End it", "Keep it")
    press = actions("ending", button(Id.END, "End rotation", str(draft.rotation_id), style="danger", confirm=really))
    title = ":warning: If this rotation ends, nobody is on call as *{}*, unless somebody is assigned:"
    return [*kit.lines([line for one in ending for line in _opening_lines(one, title)]), press]


def _opening_lines(opening: Opening, title: str) -> list[str]:
    """A gap that the change makes, below its title."""
    return [title.format(escape(opening.role)), *(f"• {time}" for time in opening.texts(SHOWN_GAPS))]


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
        *kit.lines([line for one in shown.opened for line in _opening_lines(one, OPENED)]),
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


def pack(metadata: Metadata, draft: RotationDraft) -> str:
    """The metadata with the draft in it."""
    typed = {
        "name": draft.name,
        "role": draft.role,
        "members": list(draft.members),
        "every": draft.every,
        "unit": str(draft.unit),
        "first_handoff": draft.first_handoff.isoformat() if draft.first_handoff else None,
        "zone": draft.zone,
        "opens": draft.opens.isoformat() if draft.opens else None,
        "closes": draft.closes.isoformat() if draft.closes else None,
        "days": sorted(draft.days),
        "backup": draft.backup,
        "backup_role": draft.backup_role,
        "opens_on": draft.opens_on,
        "closes_on": draft.closes_on,
        "counts": str(draft.counts),
        "since": draft.since.isoformat() if draft.since else None,
        "until": draft.until.isoformat() if draft.until else None,
        "confirmed_from": draft.confirmed_from.isoformat() if draft.confirmed_from else None,
    }
    return json.dumps(json.loads(metadata.dump()) | {"draft": typed}, separators=(",", ":"))


def unpack(text: str, metadata: Metadata) -> RotationDraft:
    """The draft that :func:`pack` put there. Raises NotFound for one of another version."""
    try:
        return _unpacked(json.loads(text)["draft"], metadata)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotFound("That form is too old. Open it again with `/oncall rotation`.") from error


def _unpacked(typed: dict[str, Any], metadata: Metadata) -> RotationDraft:
    first, since, changing = typed.pop("first_handoff"), typed.pop("since"), typed.pop("confirmed_from", None)
    opens, closes, until = typed.pop("opens"), typed.pop("closes"), typed.pop("until", None)
    return RotationDraft(
        schedule_id=metadata.schedule_id or 0,
        rotation_id=metadata.rotation_id,
        revision=metadata.revision,
        seen_at=datetime.fromisoformat(metadata.seen_at) if metadata.seen_at else None,
        first_handoff=datetime.fromisoformat(first) if first else None,
        since=datetime.fromisoformat(since) if since else None,
        until=datetime.fromisoformat(until) if until else None,
        confirmed_from=datetime.fromisoformat(changing) if changing else None,
        opens=time.fromisoformat(opens) if opens else None,
        closes=time.fromisoformat(closes) if closes else None,
        members=tuple(typed.pop("members")),
        days=frozenset(typed.pop("days")),
        **typed,
    )
