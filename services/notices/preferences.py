"""What people and channels are told: preferences of one's own, and a schedule's channel settings by its admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from notices.deciding.topics import (
    CHANNEL_DEFAULTS,
    DEFAULT_DIGEST_HOUR,
    DEFAULT_REMINDER_HOURS,
    PERSONAL_METHODS,
    Method,
    Topic,
    wanted_by_default,
)
from oncall.names import whole
from services.kit.audit import note
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule, may_change, visible_schedule
from storage.again import run_again
from storage.tables import ChannelSettings

LONGEST_LEAD_HOURS = 14 * 24
HOURS_OF_A_DAY = 24
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Choices = Mapping[tuple[Topic, Method], bool]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person hears, by topic and method; ``methods`` are those that are offered."""

    methods: tuple[Method, ...]
    wanted: Choices

    def wants(self, topic: Topic, method: Method) -> bool:
        return self.wanted[(topic, method)]


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """What a person chose for a schedule's channel; numbers are as typed, ``digest_day`` None is no digest."""

    channel_id: str | None
    topics: Mapping[Topic, bool] = field(default_factory=lambda: dict(CHANNEL_DEFAULTS))
    quiet_gaps: bool = False
    reminder_hours: str | int = DEFAULT_REMINDER_HOURS
    digest_day: int | None = None
    digest_hour: int = DEFAULT_DIGEST_HOUR


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A schedule's channel settings as they are shown."""

    schedule_id: int
    schedule: str
    time_zone: str
    channel_id: str | None
    topics: Mapping[Topic, bool]
    quiet_gaps: bool
    reminder_hours: int
    digest_day: int | None
    digest_hour: int
    may_change: bool


async def get_preferences(house: House, actor: Actor) -> Preferences:
    """The actor's own, with defaults where they never chose."""
    async with house.database.read() as tx:
        chosen = await tx.preferences.of_people(actor.workspace_id, [actor.user_id])
    wanted = {
        (topic, method): chosen.get((actor.user_id, topic, method), wanted_by_default(topic, method))
        for topic in Topic
        for method in PERSONAL_METHODS
    }
    methods = PERSONAL_METHODS if house.offers.email else (Method.SLACK,)
    return Preferences(methods, wanted)


@run_again
async def save_preferences(house: House, actor: Actor, choices: Choices) -> Preferences:
    """Keep what the actor chose for themselves; what was not offered stays as it was."""
    async with house.database.transaction() as tx:
        plain = {(topic.value, method.value): wanted for (topic, method), wanted in choices.items()}
        await tx.preferences.save(actor.workspace_id, actor.user_id, plain)
    return await get_preferences(house, actor)


async def get_channel(house: House, actor: Actor, schedule_id: int) -> ChannelView:
    """A schedule's channel settings; anyone may look. Raises NotFound."""
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        row = (await tx.preferences.of_schedules([schedule_id])).get(schedule_id)
        allowed = await may_change(tx, actor, schedule_id)
    chosen = row.topics if row else {}
    return ChannelView(
        schedule_id=schedule.id,
        schedule=schedule.name,
        time_zone=schedule.time_zone,
        channel_id=schedule.channel_id,
        topics={topic: bool(chosen.get(topic, default)) for topic, default in CHANNEL_DEFAULTS.items()},
        quiet_gaps=row.quiet_gaps if row else False,
        reminder_hours=row.reminder_hours if row else DEFAULT_REMINDER_HOURS,
        digest_day=row.digest_day if row else None,
        digest_hour=row.digest_hour if row else DEFAULT_DIGEST_HOUR,
        may_change=allowed,
    )


@run_again
async def save_channel(house: House, actor: Actor, schedule_id: int, draft: ChannelDraft) -> ChannelView:
    """Keep a schedule's channel settings. Raises FieldErrors, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        if problems := _problems(draft):
            raise FieldErrors(problems)
        schedule.channel_id = draft.channel_id
        await tx.preferences.save_schedule(
            ChannelSettings(
                schedule_id=schedule_id,
                topics={topic.value: wanted for topic, wanted in draft.topics.items()},
                quiet_gaps=draft.quiet_gaps,
                reminder_hours=whole(str(draft.reminder_hours), 0, LONGEST_LEAD_HOURS) or 0,
                digest_day=draft.digest_day,
                digest_hour=draft.digest_hour,
                changed_at=now,
            )
        )
        note(tx, actor, now, "channel.changed", "changed what the channel is told", schedule_id=schedule_id)
        tx.defer("handoffs", 0)
    return await get_channel(house, actor, schedule_id)


def _problems(draft: ChannelDraft) -> dict[str, str]:
    problems: dict[str, str] = {}
    if whole(str(draft.reminder_hours), 0, LONGEST_LEAD_HOURS) is None:
        problems["reminder_hours"] = f"Type a number of hours from 0 (no reminder) to {LONGEST_LEAD_HOURS}."
    if draft.digest_day is not None and not 1 <= draft.digest_day <= len(WEEKDAYS):
        problems["digest_day"] = "Choose a day of the week."
    if not 0 <= draft.digest_hour < HOURS_OF_A_DAY:
        problems["digest_hour"] = "Choose an hour of the day."
    if draft.digest_day is not None and not draft.channel_id:
        problems["channel_id"] = "A weekly digest needs a channel."
    return problems
