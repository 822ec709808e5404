"""Whom a notice concerns: people by Slack id, and the schedule's channel.

===================  ==========================================================  =================
kind                 people                                                      channel
===================  ==========================================================  =================
override_removed     admins, whose override it was, and whose shift it covered   if it wants to
import_conflict      admins, whoever is on call here, and who was put there       as "destination"
given_away           whose shift it is here, who is no admin                     –
on_call_switch       whoever starts and whoever ends                             if it wants to
shift_changed        before and after, of changes that lie in the future; not    if it wants to
                     who made them
membership           the person, unless it is their own doing                     –
cover_requested      who is asked now: one after the other, then everybody       if it wants to, once
                                                                                 everybody is asked
cover_progress       who asked; the cards of whoever answered are rewritten      –
cover_stuck          who asked, and admins                                       –
cover_taken          who asked; the posts that asked are rewritten               –
cover_withdrawn      who asked, unless it was them; posts are rewritten          –
swap_requested       who is asked, and who asks                                  –
swapped              both, but not who did it                                    if it wants to
swap_closed          who asked, where it came to nothing; both, when undone      –
reminder             the person                                                  –
zone_rules           admins, and whoever has a shift that moved                   as "shift_changed"
digest               –                                                           always
progress             who asked for it; where it began by itself, its admins      by itself: instead of
                     where there is no channel                                   its admins
unassigned           admins; within a day also who had it before an edit there   as "destination"
member_gone, undelivered, shifts_to_confirm, destination, blocked,               as "destination",
first_export, unmapped, admin_wanted, horizon, older_copy, copy_differs,     but to confirm: –
left_open, absent:
its admins
===================  ==========================================================  =================

Admins are those who are still in Slack. Where a schedule has none, the Slack workspace's admins hear in their place,
else its members, else its channel whatever that wants to hear.

What changes now is an on-call switch, and is told as one: ``shift_changed`` leaves it out, so that nobody hears of
the same thing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from notices.deciding.roll import Roll
from notices.texts.shifts import readers
from storage.notices import NoticeKind

Facts = dict[str, Any]
Choose = Callable[[Facts, int, Roll], list[str]]


def prepared(kind: NoticeKind, facts: Mapping[str, Any], schedule_id: int, roll: Roll, told_at: datetime) -> Facts:
    """The facts as they are worded: matched with Slack users, without what is told otherwise."""
    ready = dict(facts)
    if kind is NoticeKind.OVERRIDE_REMOVED:
        ready["user"] = roll.slack_user(schedule_id, facts["external_user"])
    if kind is NoticeKind.IMPORT_CONFLICT:
        ready["remote_user"] = roll.slack_user(schedule_id, facts["remote"]) if facts["remote"] else None
    if kind in _FOR_ADMINS_MORE:
        ready["admins"] = roll.admins(schedule_id)
    if kind is NoticeKind.COVER_REQUESTED:
        ready["could_cover"] = _could_cover(ready, schedule_id, roll)
    if kind is NoticeKind.SHIFT_CHANGED:
        ready["changes"] = _news(facts["changes"], facts.get("by"), told_at)
    return ready


def _news(changes: Sequence[Facts], by: str | None, told_at: datetime) -> list[Facts]:
    """Each change with whom it is news for: what runs is a switch, and so is what follows on it for who starts now.

    Nobody is told of their own deed.
    """
    on_call_until: dict[tuple[str, str], str] = {}
    told: list[Facts] = []
    for change in sorted(changes, key=lambda one: one["start"]):
        running = datetime.fromisoformat(change["start"]) <= told_at
        starter = (change["role"], change["after"])
        goes_on = running or on_call_until.get(starter) == change["start"]
        if goes_on:
            on_call_until[starter] = change["end"]
        readers = [] if running else [change["before"], *([] if goes_on else [change["after"]])]
        told.append({**change, "runs": running, "readers": [user for user in readers if user not in (None, by)]})
    return told


def for_channel(kind: NoticeKind, facts: Facts, schedule_id: int, roll: Roll) -> tuple[str, Facts] | None:
    """The channel and what it is told; None when it is not told."""
    channel = roll.channel(schedule_id, kind)
    if channel is None and _nobody_else(kind, schedule_id, roll):
        channel = roll.schedules[schedule_id][0].channel_id
    if kind is NoticeKind.PROGRESS:
        channel = None if facts["asked_by"] else roll.schedules[schedule_id][0].channel_id
    if channel is None:
        return None
    if kind is NoticeKind.COVER_REQUESTED and not facts.get("everybody", True):
        return None
    if kind is NoticeKind.ON_CALL_SWITCH and roll.quiet_gaps(schedule_id):
        facts = {**facts, "roles": [role for role in facts["roles"] if role["after"]]}
    empty = kind is NoticeKind.ON_CALL_SWITCH and not facts["roles"]
    return None if empty else (channel, facts)


def _nobody_else(kind: NoticeKind, schedule_id: int, roll: Roll) -> bool:
    """Whether this is for admins, and neither they nor anybody in their place is there."""
    for_admins = _CHOICES.get(kind, _admins) in (_admins, _removed, _both_sides, _with_moved_shifts)
    return for_admins and not roll.admins(schedule_id)


def people(kind: NoticeKind, facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    """Everybody whom it concerns, once each, whatever they want to hear."""
    chosen = _CHOICES.get(kind, _admins)(facts, schedule_id, roll)
    return list(dict.fromkeys(user for user in chosen if user))


def asks_members(kind: str) -> bool:
    """Whether it takes more than the facts to know whom this concerns."""
    return kind not in _NAMED


def _admins(_facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    return roll.admins(schedule_id)


def _removed(facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    """Beside the admins, whose override it was and whose shift it had been put over."""
    restored = [roll.slack_user(schedule_id, one["user"]) or "" for one in facts.get("replaced_by", ())]
    return [*roll.admins(schedule_id), facts["user"], *restored]


def _both_sides(facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    return [*roll.admins(schedule_id), facts["local"], facts["remote_user"]]


def _given_away(facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    """Whose shift it is; admins are asked to match the person, and know by that."""
    return [user for user in (facts["was"],) if user not in roll.admins(schedule_id)]


def _with_moved_shifts(facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    return [*roll.admins(schedule_id), *(shift["user"] or "" for shift in facts["moved"])]


def _switched(facts: Facts, _schedule_id: int, _roll: Roll) -> list[str]:
    return [user for role in facts["roles"] for user in sorted({*role["before"]} ^ {*role["after"]})]


def _changed(facts: Facts, _schedule_id: int, _roll: Roll) -> list[str]:
    return [user for change in facts["changes"] for user in readers(change)]


def _asked_to_swap(facts: Facts, _schedule_id: int, _roll: Roll) -> list[str]:
    return [*facts["waits_for"], facts["asked_by"]]


def _swapped(facts: Facts, _schedule_id: int, _roll: Roll) -> list[str]:
    return [side["user"] for side in facts["sides"] if side["user"] != facts["by"]]


def _swap_closed(facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    """Whom the rewritten messages alone would not reach."""
    match facts["state"]:
        case "undone":
            return _swapped(facts, schedule_id, roll)
        case "declined" | "lapsed":
            return [facts["asked_by"]]
        case _:
            return []


def _emptied(facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    """Whoever loses the time is told that it changed; whoever had it before an edit there hears of it like this."""
    soon = facts.get("soon") and facts["was"] != facts["lost"]
    return [*roll.admins(schedule_id), *([facts["was"]] if soon else [])]


def _waiting_for_it(facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    if facts["asked_by"]:
        return [facts["asked_by"]]
    return [] if roll.schedules[schedule_id][0].channel_id else roll.admins(schedule_id)


def _could_cover(facts: Facts, schedule_id: int, roll: Roll) -> list[str]:
    """Who is asked now; facts from before one was asked after the other leave it open."""
    if "to" in facts:
        return list(facts["to"])
    return [user for user in roll.assignable(schedule_id) if user != facts["user"]]


_CHOICES: dict[NoticeKind, Choose] = {
    NoticeKind.OVERRIDE_REMOVED: _removed,
    NoticeKind.IMPORT_CONFLICT: _both_sides,
    NoticeKind.GIVEN_AWAY: _given_away,
    NoticeKind.ON_CALL_SWITCH: _switched,
    NoticeKind.UNASSIGNED: _emptied,
    NoticeKind.SHIFT_CHANGED: _changed,
    NoticeKind.MEMBERSHIP: lambda facts, *_: [facts["user"]] if facts["user"] != facts["by"] else [],
    NoticeKind.COVER_REQUESTED: _could_cover,
    NoticeKind.COVER_PROGRESS: lambda facts, *_: [facts["user"]] if facts["step"] == 1 else [],
    NoticeKind.COVER_STUCK: lambda facts, schedule, roll: [facts["user"], *roll.admins(schedule)],
    NoticeKind.COVER_TAKEN: lambda facts, *_: [facts["user"]],
    NoticeKind.COVER_WITHDRAWN: lambda facts, *_: [facts["user"]] if facts["user"] != facts.get("by") else [],
    NoticeKind.SWAP_REQUESTED: _asked_to_swap,
    NoticeKind.SWAPPED: _swapped,
    NoticeKind.SWAP_CLOSED: _swap_closed,
    NoticeKind.REMINDER: lambda facts, *_: [facts["user"]],
    NoticeKind.ZONE_RULES: _with_moved_shifts,
    NoticeKind.DIGEST: lambda *_: [],
    NoticeKind.PROGRESS: _waiting_for_it,
}
_FOR_ADMINS_MORE = frozenset(
    {NoticeKind.UNASSIGNED, NoticeKind.COVER_REQUESTED, NoticeKind.COVER_PROGRESS, NoticeKind.ZONE_RULES}
)
"""Kinds that offer more to admins than to the others who hear of them."""
_NAMED = frozenset(
    {
        NoticeKind.ON_CALL_SWITCH,
        NoticeKind.SHIFT_CHANGED,
        NoticeKind.MEMBERSHIP,
        NoticeKind.COVER_TAKEN,
        NoticeKind.COVER_WITHDRAWN,
        NoticeKind.SWAP_REQUESTED,
        NoticeKind.SWAPPED,
        NoticeKind.SWAP_CLOSED,
        NoticeKind.REMINDER,
        NoticeKind.DIGEST,
    }
)
"""Kinds whose facts name everybody whom they concern."""
