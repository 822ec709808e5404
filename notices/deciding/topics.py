"""What people can choose about: topics, which gather kinds of notices, and the methods they are told by.

A topic is told to people by Slack unless its default is off; e-mail is always a choice of one's own.

=================  ==================================================  ======  =======
topic              kinds                                               people  channel
=================  ==================================================  ======  =======
override_removed   override_removed                                    off     off
on_call_switch     on_call_switch                                      on      on
shift_changed      shift_changed, zone_rules, swapped; to people also  on      off
                   membership, swap_requested (always in Slack),
                   swap_closed
cover              cover_requested, cover_stuck, cover_taken,          on      on
                   cover_withdrawn; cover_progress is always told
shifts_to_confirm  shifts_to_confirm                                   on      –
destination        destination, blocked, import_conflict, unassigned,  on      off
                   unmapped, member_gone, presence
reminder           reminder                                            on      –
=================  ==================================================  ======  =======
"""

from __future__ import annotations

from enum import StrEnum

from storage.notices import NoticeKind

DEFAULT_REMINDER_HOURS = 24
DEFAULT_DIGEST_HOUR = 9


class Topic(StrEnum):
    """What somebody can switch on and off."""

    OVERRIDE_REMOVED = "override_removed"
    ON_CALL_SWITCH = "on_call_switch"
    SHIFT_CHANGED = "shift_changed"
    COVER = "cover"
    SHIFTS_TO_CONFIRM = "shifts_to_confirm"
    DESTINATION = "destination"
    REMINDER = "reminder"


class Method(StrEnum):
    """How something is sent; webhooks are set up, not chosen."""

    SLACK = "slack"
    EMAIL = "email"
    WEBHOOK = "webhook"


PERSONAL_METHODS = (Method.SLACK, Method.EMAIL)

LABELS = {
    Topic.OVERRIDE_REMOVED: "Destination override removed",
    Topic.ON_CALL_SWITCH: "On-call switch",
    Topic.SHIFT_CHANGED: "Shift changed",
    Topic.COVER: "Cover requests",
    Topic.SHIFTS_TO_CONFIRM: "Shifts to confirm",
    Topic.DESTINATION: "Destination in trouble",
    Topic.REMINDER: "Reminder before a shift",
}

CHANNEL_DEFAULTS = {
    Topic.ON_CALL_SWITCH: True,
    Topic.COVER: True,
    Topic.SHIFT_CHANGED: False,
    Topic.OVERRIDE_REMOVED: False,
    Topic.DESTINATION: False,
}
"""The topics a channel can be told of, and whether it is when nobody chose."""

_TOPICS = {
    NoticeKind.GIVEN_AWAY: Topic.SHIFT_CHANGED,
    NoticeKind.MEMBERSHIP: Topic.SHIFT_CHANGED,
    NoticeKind.ZONE_RULES: Topic.SHIFT_CHANGED,
    NoticeKind.SWAP_REQUESTED: Topic.SHIFT_CHANGED,
    NoticeKind.SWAPPED: Topic.SHIFT_CHANGED,
    NoticeKind.SWAP_CLOSED: Topic.SHIFT_CHANGED,
    NoticeKind.COVER_REQUESTED: Topic.COVER,
    NoticeKind.COVER_STUCK: Topic.COVER,
    NoticeKind.COVER_TAKEN: Topic.COVER,
    NoticeKind.COVER_WITHDRAWN: Topic.COVER,
    NoticeKind.IMPORT_CONFLICT: Topic.DESTINATION,
    NoticeKind.UNASSIGNED: Topic.DESTINATION,
    NoticeKind.BLOCKED: Topic.DESTINATION,
    NoticeKind.FIRST_EXPORT: Topic.DESTINATION,
    NoticeKind.OLDER_COPY: Topic.DESTINATION,
    NoticeKind.COPY_DIFFERS: Topic.DESTINATION,
    NoticeKind.UNMAPPED: Topic.DESTINATION,
    NoticeKind.DECLINED: Topic.DESTINATION,
    NoticeKind.MEMBER_GONE: Topic.DESTINATION,
    NoticeKind.PRESENCE: Topic.DESTINATION,
}


def topic_of(kind: NoticeKind) -> Topic | None:
    """What a kind belongs to; None for what nobody can switch off."""
    if kind in _TOPICS:
        return _TOPICS[kind]
    return Topic(kind.value) if kind.value in list(Topic) else None


def wanted_by_default(topic: Topic, method: Method) -> bool:
    return method is Method.SLACK and topic is not Topic.OVERRIDE_REMOVED
