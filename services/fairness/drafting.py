"""How a role is to be filled, as somebody filled it in: checked field by field, and turned into an arrangement.

A field is named after the draft's attribute; each shift and each member has its own: ``start_3`` is the start of the
third shift, ``share_U1`` the share of that member.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from oncall.drafts import is_zone
from oncall.fairness.arrangement import (
    FULL_SHARE,
    MOST_MEMBERS,
    Arrangement,
    FairMember,
    joined,
    next_start,
    usual_weights,
)
from oncall.fairness.patterns import MOST_PATTERNS, Days, Pattern, Who, problems_of
from oncall.fairness.problem import Rule, Weight
from oncall.names import whole
from services.kit.errors import FieldErrors
from services.people.deactivated import gone_among
from storage.tables import Schedule
from storage.unit import Unit

MOST_REST_HOURS = 24 * 14
MOST_DAYS = 56
LATEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class PatternDraft:
    """One shift of the form; ``start`` None is not filled in."""

    days: Days = Days.DAILY
    start: time | None = time(9)
    who: Who = Who.BEST
    member: str | None = None


class Preset(StrEnum):
    """Shifts that teams often want, to start from."""

    WEEK = "week"
    DAY = "day"
    WEEKENDS = "weekends"
    NIGHTS = "nights"

    @property
    def label(self) -> str:
        return _PRESETS[self][0]

    @property
    def patterns(self) -> tuple[PatternDraft, ...]:
        return _PRESETS[self][1]


_PRESETS: Mapping[Preset, tuple[str, tuple[PatternDraft, ...]]] = {
    Preset.WEEK: ("One week at a time", (PatternDraft(Days.MONDAY),)),
    Preset.DAY: ("A day at a time", (PatternDraft(Days.DAILY),)),
    Preset.WEEKENDS: (
        "Weekdays and weekends apart",
        (PatternDraft(Days.MONDAY), PatternDraft(Days.FRIDAY, time(17))),
    ),
    Preset.NIGHTS: (
        "Business hours and nights apart",
        (
            PatternDraft(Days.WEEKDAYS),
            PatternDraft(Days.WEEKDAYS, time(17)),
            PatternDraft(Days.WEEKENDS),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FairDraft:
    """A form as it is; None and empty are what was left out. ``since`` None is from the next shift on.

    ``shares`` in percent, by user, as typed; who is not in it has a full one. ``revision`` is how the person saw it.
    """

    schedule_id: int
    role: int | None = None
    patterns: tuple[PatternDraft, ...] = Preset.WEEK.patterns
    zone: str = ""
    members: tuple[str, ...] = ()
    shares: Mapping[str, str] = field(default_factory=dict[str, str])
    weights: Mapping[Rule, Weight] = field(default_factory=usual_weights)
    grouped: bool = False
    apart_days: str = "2"
    rest_hours: str = ""
    most_hours: str = ""
    in_days: str = "7"
    allows_double: bool = False
    since: datetime | None = None
    revision: int | None = None

    @classmethod
    def of(cls, known: Arrangement, schedule_id: int, revision: int) -> FairDraft:
        """What somebody would have filled in to get this."""
        return cls(
            schedule_id=schedule_id,
            role=known.role_id,
            patterns=tuple(PatternDraft(p.days, p.start, p.who, p.member) for p in known.patterns),
            zone=known.zone,
            members=known.users,
            shares={m.user: str(m.share) for m in known.members if m.share != FULL_SHARE},
            weights=known.weights,
            grouped=known.grouped,
            apart_days=str(known.apart_days or ""),
            rest_hours=str(known.rest_hours or ""),
            most_hours=str(known.most_hours or ""),
            in_days=str(known.in_days),
            allows_double=known.allows_double,
            revision=revision,
        )

    def arrangement(self, before: Arrangement | None, since: datetime) -> Arrangement:
        """What it makes from ``since`` on; only of a draft without problems."""
        members = [FairMember(user, _share(self.shares.get(user)) or FULL_SHARE) for user in self.members]
        return Arrangement(
            role_id=self.role or 0,
            zone=self.zone,
            patterns=_patterns(self.patterns),
            members=joined(members, before.members if before else (), since),
            since=since,
            weights=dict(self.weights),
            grouped=self.grouped,
            apart_days=_number(self.apart_days, MOST_DAYS) or 0,
            rest_hours=_number(self.rest_hours, MOST_REST_HOURS) or 0,
            most_hours=_number(self.most_hours, 24 * MOST_DAYS),
            in_days=_number(self.in_days, MOST_DAYS) or 7,
            allows_double=self.allows_double,
        )


def begins(draft: FairDraft, now: datetime) -> datetime:
    """From when a draft without problems holds: the next shift that begins, or when it says."""
    return max(draft.since, now) if draft.since is not None else next_start(draft.arrangement(None, now), now)


async def shift_problems(tx: Unit, schedule: Schedule, draft: FairDraft) -> dict[str, str]:
    """What is wrong with the role, the shifts, the zone and the members: the first half of the form."""
    roles = await tx.schedules.roles(schedule.id)
    found = dict(_pattern_problems(draft, roles[0].id))
    if draft.role not in {role.id for role in roles}:
        found["role"] = "Choose a role of this schedule."
    if not is_zone(draft.zone):
        found["zone"] = "Choose a time zone."
    if problem := await _member_problem(tx, schedule, draft):
        found["members"] = problem
    return found | await _named_members(tx, schedule, draft)


def rule_problems(draft: FairDraft, now: datetime) -> dict[str, str]:
    """What is wrong with the second half: shares, limits and when it begins."""
    found: dict[str, str] = {}
    for user in draft.members:
        if draft.shares.get(user, "").strip() and _share(draft.shares[user]) is None:
            found[f"share_{user}"] = "Type a whole number from 1 to 100."
    limits = {"apart_days": MOST_DAYS, "rest_hours": MOST_REST_HOURS, "most_hours": 24 * MOST_DAYS}
    for name, most in limits.items():
        text = str(getattr(draft, name)).strip()
        if text and whole(text, 0, most) is None:
            found[name] = f"Type a whole number up to {most}, or leave it empty."
    if whole(draft.in_days, 1, MOST_DAYS) is None:
        found["in_days"] = f"Type a number of days from 1 to {MOST_DAYS}."
    elif (most := _number(draft.most_hours, 24 * MOST_DAYS)) and most > 24 * int(draft.in_days):
        found["most_hours"] = "There are not that many hours in these days."
    if draft.since and draft.since > now + LATEST:
        found["since"] = "Choose a day within a year from now."
    return found


def check_rules(draft: FairDraft, now: datetime) -> None:
    """Raises FieldErrors for what is wrong with the second half."""
    if problems := rule_problems(draft, now):
        raise FieldErrors(problems)


def _pattern_problems(draft: FairDraft, first_role: int) -> Iterator[tuple[str, str]]:
    if not draft.patterns:
        yield "days_1", "Add a shift."
    if len(draft.patterns) > MOST_PATTERNS:
        yield f"days_{MOST_PATTERNS}", f"There can be {MOST_PATTERNS} shifts at most."
    for number, pattern in enumerate(draft.patterns, 1):
        if pattern.start is None:
            yield f"start_{number}", "Say when this shift begins."
        if pattern.who is Who.LAST_PRIMARY and draft.role == first_role:
            yield f"who_{number}", "The first role has nobody before it. Choose this for another role."
    if all(pattern.start for pattern in draft.patterns):
        for place, text in problems_of(_patterns(draft.patterns)).items():
            member = draft.patterns[place].who is Who.MEMBER and not draft.patterns[place].member
            yield f"{'member' if member else 'start'}_{place + 1}", text
    if draft.patterns and all(pattern.who is Who.NOBODY for pattern in draft.patterns):
        yield "who_1", "Somebody has to get a shift. Choose Best member for one of them."


async def _member_problem(tx: Unit, schedule: Schedule, draft: FairDraft) -> str:
    if not draft.members:
        return "Choose at least one member."
    if len(draft.members) > MOST_MEMBERS:
        return f"Choose {MOST_MEMBERS} members at most."
    strangers = await _strangers(tx, schedule, draft.members)
    return f"Not assignable on this schedule: {strangers}. Add them in /oncall members first." if strangers else ""


async def _named_members(tx: Unit, schedule: Schedule, draft: FairDraft) -> dict[str, str]:
    """Somebody named for a shift has to be one of the members, so that it counts for their share."""
    return {
        f"member_{number}": "Choose one of the members below."
        for number, pattern in enumerate(draft.patterns, 1)
        if pattern.who is Who.MEMBER and pattern.member and pattern.member not in draft.members
    }


async def _strangers(tx: Unit, schedule: Schedule, users: Sequence[str]) -> str:
    """The names of those who can't be put on call here."""
    assignable = {m.user_id for m in await tx.schedules.members(schedule.id) if m.assignable}
    assignable -= await gone_among(tx, schedule.workspace_id, users)
    strangers = [user for user in users if user not in assignable]
    known = await tx.people.named(schedule.workspace_id, strangers)
    return ", ".join(known[u].real_name or known[u].name if u in known else u for u in strangers)


def _patterns(drafts: Sequence[PatternDraft]) -> tuple[Pattern, ...]:
    return tuple(
        Pattern(one.days, one.start, one.who, one.member if one.who is Who.MEMBER else None)
        for one in drafts
        if one.start is not None
    )


def _share(text: str | None) -> int | None:
    return whole(text, 1, FULL_SHARE) if text else None


def _number(text: str, most: int) -> int | None:
    return whole(text, 0, most) or None
