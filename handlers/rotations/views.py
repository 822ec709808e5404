"""What the form of a rotation looks like."""

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
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from handlers.rotations import words as words
from oncall.civil import first_instant
from oncall.drafts import is_zone
from oncall.pace import Counts
from oncall.plans import Step
from oncall.rotations import Unit
from oncall.windows import EVERY_DAY
from services.kit.errors import NotFound
from services.kit.wording import counted, escape
from services.rotations.openings import Opening
from services.rotations.saving import RotationDraft, RotationView
from services.schedules.creating import ScheduleView

TITLE = "Rotation"
NEW = "new"
MONDAY, FRIDAY = 0, 4
SHOWN_GAPS = 5
SHOWN_PLANS = 60


class Id(StrEnum):
    VIEW = "rotation"
    SAVE = "rotation.save"
    WHICH = "rotation.which"
    ZONE = "rotation.zone"
    SHAPE = "rotation.shape"
    END = "rotation.end"
    UNPLAN = "rotation.unplan"
    UNPLAN_ANYWAY = "rotation.unplan_anyway"
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
    ends = "No shifts are proposed from then on; choose a later date to go on for longer."
    stays = kit.checkboxes(Id.VALUE, [Choice("yes", "It goes on without an end")], ["yes"] if draft.goes_on else [])
    ends_some_day = draft.until is not None or draft.goes_on
    return [
        _takes_effect(draft, mark, "Empty means now. What is planned for later stays."),
        field(marked("confirmed_from", mark), "Also change confirmed shifts from", chosen, hint=also, optional=True),
        *(
            [_ends(draft, mark, ends), field(marked("goes_on", mark), "Or", stays, optional=True)]
            if ends_some_day
            else []
        ),
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
    return [*kit.lines([line for one in ending for line in opening_lines(one, title)]), press]


def opening_lines(opening: Opening, title: str) -> list[str]:
    """A gap that the change makes, below its title."""
    return [title.format(escape(opening.role)), *(f"• {time}" for time in opening.texts(SHOWN_GAPS))]


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
        "goes_on": draft.goes_on,
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
