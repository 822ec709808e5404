"""What is to be dealt, to whom, and by which rules: values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from oncall.availability import Wish


class Rule(StrEnum):
    """Why somebody does or does not get a shift. The first seven are kept always, the others as well as can be."""

    MEMBER = "member"
    """Not a member at the time, or the shift is for somebody else."""
    AWAY = "away"
    ONE_ROLE = "one_role"
    ELSEWHERE = "elsewhere"
    REST = "rest"
    HOURS = "hours"
    FOLLOWS = "follows"
    """The shift goes to whoever had the one before, or to nobody."""
    BALANCE = "balance"
    UNSOCIAL = "unsocial"
    """Nights, weekends and public holidays."""
    SPACING = "spacing"
    WISHES = "wishes"
    CHANGES = "changes"


HARD: tuple[Rule, ...] = (Rule.MEMBER, Rule.AWAY, Rule.ONE_ROLE, Rule.ELSEWHERE, Rule.REST, Rule.HOURS, Rule.FOLLOWS)
SOFT: tuple[Rule, ...] = (Rule.BALANCE, Rule.UNSOCIAL, Rule.SPACING, Rule.WISHES, Rule.CHANGES)


class Weight(StrEnum):
    OFF = "off"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Fill(StrEnum):
    """Who a slot is for."""

    BEST = "best"
    MEMBER = "member"
    """``Slot.user`` and nobody else; it stays open when they can't."""
    FOLLOW = "follow"
    """Whoever gets the slot ``Slot.follows``; where that one is over already, use MEMBER."""
    NOBODY = "nobody"


class Measure(StrEnum):
    """What is balanced: shifts of a kind, all shifts, and hours of three sorts."""

    KIND = "kind"
    ALL = "all"
    NIGHT = "night"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """``share`` is in percent of a full share, 0 to 100. A member from ``since`` on and until before ``until`` (UTC).

    ``region`` says which public holidays are theirs: a key of ``Slot.holidays``.
    """

    user: str
    share: int = 100
    since: datetime | None = None
    until: datetime | None = None
    region: str = ""

    def belongs(self, instant: datetime) -> bool:
        began = self.since is None or self.since <= instant
        return self.share > 0 and began and (self.until is None or instant < self.until)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A shift ``[start, end)`` to be filled. ``kind`` is its shift type: balance is kept per kind.

    ``id`` is the caller's. ``night``, ``weekend`` and each of ``holidays`` (by region) are minutes of it, as
    :func:`oncall.fairness.hours.measured` finds them. ``announced`` is who people were told will have it.
    """

    start: datetime
    end: datetime
    role: str
    id: str
    kind: str = ""
    fill: Fill = Fill.BEST
    user: str | None = None
    follows: str | None = None
    announced: str | None = None
    night: int = 0
    weekend: int = 0
    holidays: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Stand:
    """A shift of the same schedule that somebody has or had, and that is not to be decided."""

    start: datetime
    end: datetime
    user: str
    role: str = ""
    kind: str = ""
    night: int = 0
    weekend: int = 0
    holidays: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Duty:
    """What keeps a member from being on call here: another role of the schedule, or another schedule named ``where``.

    Where both schedules allow being on call in both at once, there is no duty.
    """

    start: datetime
    end: datetime
    user: str
    where: str = ""
    elsewhere: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Load:
    """What a member did and should have done so far: shifts (kind, all) or hours (night, weekend, holiday).

    Both are in thousandths. ``kind`` is "" but for Measure.KIND.
    """

    user: str
    measure: Measure
    kind: str
    done: int
    target: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Kept always. ``rest``: minutes between two shifts; ``most``: minutes in any ``within`` days. 0 is no limit."""

    rest: int = 0
    most: int = 0
    within: int = 7


@dataclass(frozen=True, slots=True)
class Spacing:
    """Not to begin two shifts within ``days``; or ``grouped``: the same person in shifts that follow each other."""

    days: int = 0
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class Weights:
    balance: Weight = Weight.NORMAL
    unsocial: Weight = Weight.NORMAL
    spacing: Weight = Weight.NORMAL
    wishes: Weight = Weight.NORMAL
    changes: Weight = Weight.HIGH

    def of(self, rule: Rule) -> Weight:
        return Weight(getattr(self, rule.value))


@dataclass(frozen=True, slots=True)
class Problem:
    """See :mod:`oncall.fairness`. Ids of slots and users of members are unique; :class:`ValueError` otherwise."""

    members: tuple[Member, ...]
    slots: tuple[Slot, ...]
    standing: tuple[Stand, ...] = ()
    duties: tuple[Duty, ...] = ()
    wishes: tuple[Wish, ...] = ()
    loads: tuple[Load, ...] = ()
    limits: Limits = field(default_factory=Limits)
    spacing: Spacing = field(default_factory=Spacing)
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        ids = {slot.id: slot for slot in self.slots}
        if len(ids) < len(self.slots) or len({member.user for member in self.members}) < len(self.members):
            raise ValueError("a slot or a member is there twice")
        for slot in self.slots:
            leader = ids.get(slot.follows or "")
            if slot.fill is Fill.FOLLOW and (leader is None or leader.fill is Fill.FOLLOW or leader is slot):
                raise ValueError(f"slot {slot.id} follows {slot.follows}, which is no slot of its own")
