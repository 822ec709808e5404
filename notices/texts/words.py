"""Chooses the words for a kind of notice and a reader: a channel, or a person by Slack id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from notices.texts import copies, covers, duty, fairness, people, presence, progress, shifts, swaps, trouble, zones
from notices.texts.marks import Message, Scene
from storage.notices import NoticeKind

Facts = Mapping[str, Any]
Reader = str | None
"""A Slack user, or None for a channel."""

_SAME_FOR_ALL: dict[NoticeKind, Callable[[Facts, Scene], Message | None]] = {
    NoticeKind.MEMBERSHIP: people.membership,
    NoticeKind.SHIFTS_TO_CONFIRM: shifts.to_confirm,
    NoticeKind.DESTINATION: trouble.destination,
    NoticeKind.BLOCKED: trouble.blocked,
    NoticeKind.FIRST_EXPORT: trouble.first_export,
    NoticeKind.PROGRESS: progress.progress,
    NoticeKind.OLDER_COPY: copies.older_copy,
    NoticeKind.COPY_DIFFERS: copies.copy_differs,
    NoticeKind.IMPORT_CONFLICT: trouble.import_conflict,
    NoticeKind.UNMAPPED: trouble.unmapped,
    NoticeKind.DECLINED: trouble.declined,
    NoticeKind.GIVEN_AWAY: trouble.given_away,
    NoticeKind.MEMBER_GONE: trouble.member_gone,
    NoticeKind.ADMIN_WANTED: trouble.admin_wanted,
    NoticeKind.HORIZON: trouble.horizon,
    NoticeKind.LEFT_OPEN: fairness.left_open,
    NoticeKind.ABSENT: fairness.absent,
    NoticeKind.UNDELIVERED: trouble.undelivered,
    NoticeKind.PRESENCE: presence.presence,
    NoticeKind.REMINDER: duty.reminder,
    NoticeKind.DIGEST: duty.digest,
}
_BY_READER: dict[NoticeKind, Callable[[Facts, Scene, Reader], Message | None]] = {
    NoticeKind.SHIFT_CHANGED: shifts.changed,
    NoticeKind.COVER_REQUESTED: covers.requested,
    NoticeKind.COVER_PROGRESS: covers.progress,
    NoticeKind.COVER_STUCK: covers.stuck,
    NoticeKind.COVER_TAKEN: covers.taken,
    NoticeKind.COVER_WITHDRAWN: covers.withdrawn,
    NoticeKind.SWAP_REQUESTED: swaps.requested,
    NoticeKind.SWAPPED: swaps.swapped,
    NoticeKind.SWAP_CLOSED: swaps.closed,
    NoticeKind.OVERRIDE_REMOVED: trouble.override_removed,
    NoticeKind.ZONE_RULES: zones.rules_changed,
    NoticeKind.UNASSIGNED: trouble.unassigned,
}


def word(kind: NoticeKind, facts: Facts, scene: Scene, reader: Reader) -> Message | None:
    """The message for this reader; None when it says nothing to them."""
    if kind is NoticeKind.ON_CALL_SWITCH:
        return duty.switch_in_channel(facts, scene) if reader is None else duty.switch_for_person(facts, scene, reader)
    if kind in _BY_READER:
        return _BY_READER[kind](facts, scene, reader)
    return _SAME_FOR_ALL[kind](facts, scene)
