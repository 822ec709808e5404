"""``/oncall notifications``: what one hears of, and how. ``/oncall channel``: what a schedule's channel is told."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, Choice, View, context, field, modal, section
from handlers.kit.forms import Form
from handlers.kit.listeners import Group, Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.notices.channel_field import channel_field, check_channel
from handlers.schedules.choosing import named_schedule
from notices.deciding.topics import LABELS, Method, Topic
from services.kit.wording import escape
from services.notices import preferences as notifications
from services.notices.preferences import (
    LONGEST_LEAD_HOURS,
    WEEKDAYS,
    ChannelDraft,
    ChannelView,
    Preferences,
)
from services.schedules.finding import Among

TITLE, CHANNEL_TITLE = "Notifications", "Channel"
METHOD_LABELS = {Method.SLACK: "Slack", Method.EMAIL: "E-mail"}
QUIET = "quiet"
_ADMINS_ONLY = "Only admins of the schedule can change this."


class Id(StrEnum):
    VIEW = "notifications"
    CHANNEL_VIEW = "channel"
    VALUE = "notifications.value"


def register(listeners: Listeners) -> None:
    listeners.word(Word("notifications", "", "what you hear of, in Slack and by e-mail", open_preferences))
    listeners.word(
        Word(
            "channel",
            "[schedule]",
            "what the schedule's channel is told, and reminders",
            open_channel,
            group=Group.ADMINS,
        )
    )
    listeners.view(Id.VIEW, save_preferences)
    listeners.view(Id.CHANNEL_VIEW, save_channel)


async def open_preferences(ask: Ask, _argument: str) -> None:
    known = await notifications.get_preferences(ask.house, ask.actor)
    await ask.slack.open(preferences_form(known, Metadata(reply_to=ask.slack.reply_to)))


async def save_preferences(ask: Ask) -> None:
    known = await notifications.get_preferences(ask.house, ask.actor)
    chosen = {topic: ask.slack.form.chosen(topic) for topic in Topic}
    choices = {(topic, method): method in chosen[topic] for topic in Topic for method in known.methods}
    await notifications.save_preferences(ask.house, ask.actor, choices)
    await ask.slack.ack()
    await ask.slack.say(":white_check_mark: Saved your preferences.")


async def open_channel(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    view = await notifications.get_channel(ask.house, ask.actor, schedule.id)
    await ask.slack.open(channel_form(view, Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)))


async def save_channel(ask: Ask) -> None:
    await check_channel(ask)
    draft = channel_draft(ask.slack.form)
    saved = await notifications.save_channel(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0, draft)
    await ask.slack.ack()
    await ask.slack.say(f":white_check_mark: Saved what is told of *{escape(saved.schedule)}*.")


def preferences_form(known: Preferences, metadata: Metadata) -> View:
    """One line of boxes per topic; only methods that the operator has set up."""
    methods = [Choice(method, METHOD_LABELS[method]) for method in known.methods]
    fields = [
        field(topic, LABELS[topic], _boxes(methods, [m for m in known.methods if known.wants(topic, m)]), optional=True)
        for topic in Topic
    ]
    blocks: list[Block] = [section("How do you want to hear of these? This is for all your schedules."), *fields]
    if Method.EMAIL not in known.methods:
        blocks.append(context("E-mail is not set up by whoever runs Baton."))
    return modal(
        TITLE, blocks, callback_id=Id.VIEW, submit="Save preferences", close="Cancel", metadata=metadata.dump()
    )


def _boxes(choices: list[Choice], chosen: list[str] | list[Method]) -> Block:
    return kit.checkboxes(Id.VALUE, choices, chosen)


def channel_form(view: ChannelView, metadata: Metadata) -> View:
    """The settings; who may not change them reads them."""
    if not view.may_change:
        return modal(CHANNEL_TITLE, [_scope(view), *kit.lines(_told(view)), context(_ADMINS_ONLY)])
    topics = [Choice(topic, LABELS[topic]) for topic in view.topics]
    days = [Choice("0", "No digest"), *(Choice(str(number), name) for number, name in enumerate(WEEKDAYS, 1))]
    hours = [Choice(str(hour), f"{hour:02}:00") for hour in range(24)]
    gaps = [Choice(QUIET, "Say nothing when nobody is on call")]
    blocks = [
        _scope(view),
        channel_field(Id.VALUE, view.channel_id),
        field("topics", "Tell the channel", _boxes(topics, [t for t, on in view.topics.items() if on]), optional=True),
        field("quiet_gaps", "Gaps", _boxes(gaps, [QUIET] if view.quiet_gaps else []), optional=True),
        field(
            "reminder_hours",
            "Reminder (hours before a shift)",
            kit.number(Id.VALUE, str(view.reminder_hours), 0, LONGEST_LEAD_HOURS),
            hint="0 for no reminder",
        ),
        field("digest_day", "Weekly digest", kit.select(Id.VALUE, days, str(view.digest_day or 0))),
        field("digest_hour", "Digest hour", kit.select(Id.VALUE, hours, str(view.digest_hour))),
    ]
    return modal(
        CHANNEL_TITLE,
        blocks,
        callback_id=Id.CHANNEL_VIEW,
        submit="Save",
        close="Cancel",
        metadata=metadata.dump(),
    )


def _scope(view: ChannelView) -> Block:
    return context(f"Schedule: *{escape(view.schedule)}* · Times are in {view.time_zone}")


def _told(view: ChannelView) -> Iterator[str]:
    """The settings in words."""
    if view.channel_id:
        told = [LABELS[topic] for topic, on in view.topics.items() if on]
        yield f"Notice channel: <#{view.channel_id}>"
        yield f"It is told of: {', '.join(told) or 'nothing'}"
        yield "Gaps are not told." if view.quiet_gaps else "Gaps are told."
    else:
        yield "There is no notice channel."
    yield f"Members are reminded {view.reminder_hours} hours ahead." if view.reminder_hours else "No reminders."
    if view.digest_day is not None:
        yield f"Weekly digest: {WEEKDAYS[view.digest_day - 1]} at {view.digest_hour:02}:00"


def channel_draft(typed: Form) -> ChannelDraft:
    told = typed.chosen("topics")
    offered = [topic for topic in Topic if topic in notifications.CHANNEL_DEFAULTS]
    return ChannelDraft(
        channel_id=typed.conversation("channel_id"),
        topics={topic: topic in told for topic in offered},
        quiet_gaps=QUIET in typed.chosen("quiet_gaps"),
        reminder_hours=typed.text("reminder_hours"),
        digest_day=typed.number("digest_day") or None,
        digest_hour=typed.number("digest_hour") or 0,
    )
