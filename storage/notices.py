"""What can be told, and the facts that each kind of notice carries.

Whoever changes something writes one *fan-out* item with the facts into the outbox, in the transaction of the change.
Who hears of it, by which method and in which words, is decided when the outbox is emptied (package ``notices``). Facts
are JSON: instants as ISO 8601 in UTC, Slack users by id, external users by the external system's id, and None for
nobody. Whatever names an ``external_schedule`` names its ``system``, too (:mod:`oncall.systems`).

================== ==================================================================================================
kind               facts, beside ``schedule_id``
================== ==================================================================================================
override_removed   destination_id, external_schedule, external_url, remote_id, external_user, start, end,
                   replaced_by: [{start, end, user}] (external ids), covered (it is hidden, and not removed)
on_call_switch     at, late (missed while nothing ran: a summary), roles: [{role_id, role, at, before: [user], after:
                   [user], until, next: [user], fallback (user or None, while nobody is
                   on call)}], backup: [{role, users}] (the schedule's other roles at that time)
shift_changed      action (reassigned, swapped, taken, covered, ended, unassigned, assigned, confirmed, imported,
                   removed), by (Slack id, "baton" or a kind of system), changes: [{role, start, end, before, after}],
                   reason
membership         what (added, changed, removed, linked), user, by, access, assignable, shifts: [{role, start, end}]
                   that are ahead of them
shifts_to_confirm  shifts: [{id, role, user, start, end}]; where they were dealt fairly: fair: {quality, solver, proven}
destination        destination_id, external_schedule, external_url, role, status, reason, before (status),
                   further (there was trouble before)
import_conflict    destination_id, external_schedule, role, start, end, local (user), remote (external user)
unassigned         destination_id, external_schedule, role, start, end, was (user: offer Restore), lost (user who had
                   it by an edit there), soon (within a day), shift_id
blocked            destination_id, external_schedule, plan (digest), reason, changes: [{action, start, end, user}]
progress           destination_id, external_schedule, external_url, asked_by (Slack id, or empty where it began by
                   itself), what (export, import), done, total (changes); and, while it is rewritten: hitch (why it
                   waits), outcome (None, or {stopped, reason, refused: [reason], refusals, imported})
first_export       destination_id, external_schedule, external_url, first (there was none yet), changes (as blocked)
older_copy         why (what ``paused_by`` says), destinations (how many of the schedule were paused)
copy_differs       as blocked, and unknown: [{start, end, user}] (external people whose items are not known here)
unmapped           destination_id, external_schedule, external_user, external_name, start, end, departed (from
                   Slack): offer Match person
declined           destination_id, external_schedule, external_url, user (who said no there), start, end
given_away         as unmapped, was (the member whose shift that is here)
member_gone        user, shifts: [{id, role, start, end}], rotations: [name] that go on without them
admin_wanted       gone: [user] (the admins who were deactivated in Slack): offer to name an admin
cover_requested    request_id, role, user (who asks), start, end, reason, to: [user] (who is asked now), everybody,
                   until (when the next one is asked), asked: [{user, answer}] (all so far), again: [user] (who is
                   asked once more), swap (whether it can be swapped), step
cover_progress     the same without to, changed: [user] (whose cards change): the asker's card, rewritten each step
cover_stuck        the same as cover_requested without to: nobody is left who could be asked
cover_taken        request_id, role, user (who asked), taker, start, end
cover_withdrawn    request_id, role, user, start, end, by (who withdrew it, or took the shift)
swap_requested     request_id, asked_by, sides: two of {role, user, start, end}, waits_for: [user], reason
swapped            the same, by, until (how long it can be undone): offer Undo
swap_closed        the same without until, state (declined, withdrawn, lapsed, undone, settled: no more Undo), why
reminder           role, user, start, end
zone_rules         version (release of the rules), zones, moved: [{role, user, start, end, after: [start, end] or
                   None}], staying: [{role, user, start, end}]
horizon            reason why a schedule can't be extended; empty when it can be again; fair where that is dealing
left_open          shifts of fair roles that nobody can have: [{role, start, end, clash}]
absent             confirmed shifts of fair roles whose person can't be on call then: [{role, user, start, end}]
digest             weeks: [{start, shifts: [{role, user, start, end}]}]
undelivered        what (kind), method, target, reason: told to admins when a notice could not be delivered
access             a request to use a connection, and what became of it: one item per person, never fanned out
connection_admins  who administers a connection, or that it was removed: one item per person, never fanned out
webhook_silent     a webhook's maker is gone: one item per person who can take it over, never fanned out
availability       what somebody is told of their own times: one item per person, never fanned out
presence           target (group, topic), place, name, trouble (notices.presence.troubles), people
oncall_change      body: the webhook's, one item per webhook, never fanned out
================== ==================================================================================================
"""

from __future__ import annotations

from enum import StrEnum

FANOUT = "fanout"
"""Method of an item that is still to be split up into one item per recipient."""


class NoticeKind(StrEnum):
    """Every kind of notice; the table above says what each carries."""

    OVERRIDE_REMOVED = "override_removed"
    ON_CALL_SWITCH = "on_call_switch"
    SHIFT_CHANGED = "shift_changed"
    MEMBERSHIP = "membership"
    SHIFTS_TO_CONFIRM = "shifts_to_confirm"
    DESTINATION = "destination"
    IMPORT_CONFLICT = "import_conflict"
    UNASSIGNED = "unassigned"
    BLOCKED = "blocked"
    FIRST_EXPORT = "first_export"
    PROGRESS = "progress"
    OLDER_COPY = "older_copy"
    COPY_DIFFERS = "copy_differs"
    UNMAPPED = "unmapped"
    GIVEN_AWAY = "given_away"
    DECLINED = "declined"
    MEMBER_GONE = "member_gone"
    ADMIN_WANTED = "admin_wanted"
    COVER_REQUESTED = "cover_requested"
    COVER_PROGRESS = "cover_progress"
    COVER_STUCK = "cover_stuck"
    COVER_TAKEN = "cover_taken"
    COVER_WITHDRAWN = "cover_withdrawn"
    SWAP_REQUESTED = "swap_requested"
    SWAPPED = "swapped"
    SWAP_CLOSED = "swap_closed"
    REMINDER = "reminder"
    ZONE_RULES = "zone_rules"
    HORIZON = "horizon"
    LEFT_OPEN = "left_open"
    ABSENT = "absent"
    DIGEST = "digest"
    UNDELIVERED = "undelivered"
    ACCESS = "access"
    CONNECTION_ADMINS = "connection_admins"
    WEBHOOK_SILENT = "webhook_silent"
    AVAILABILITY = "availability"
    PRESENCE = "presence"
    ONCALL_CHANGE = "oncall_change"
