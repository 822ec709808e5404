"""What is in a filled database, table by table: see :mod:`tests.support.filled`."""

from __future__ import annotations

from sqlalchemy import case, literal

from storage import tables as t
from tests.support.filled import DUE_ONE_IN, PEOPLE, PER_WORKSPACE, Filling, I, called, user_of


def people(to: Filling) -> None:
    w, n = to.workspaces, to.at(-9000)
    to.put(t.Workspace, w, {"id": I + 1, "team_id": called("T", I), "created_at": n})
    user, workspace = called("U", I), I // PEOPLE + 1
    to.put(
        t.Person,
        w * PEOPLE,
        {
            "workspace_id": workspace,
            "user_id": user,
            "name": user,
            "email": user,
            "deleted": I % 500 == 3,
            "seen_at": n,
        },
    )
    to.put(
        t.Team,
        w,
        {
            "id": I + 1,
            "workspace_id": I + 1,
            "public_id": called("t", I),
            "name": called("Team", I),
            "name_key": called("team", I),
        },
    )
    sealed = {"data": literal("sealed"), "installed_at": n, "user_id": literal("U0"), "enterprise_id": literal("")}
    to.put(t.Installation, w, {"team_id": called("T", I), **sealed})
    to.put(t.Heartbeat, 1, {"id": literal(1), "beat_at": n})
    to.put(t.WatchLook, 1, {"id": literal(1), "looked_at": to.at(0)})
    to.put(
        t.Preference,
        w * 2,
        {
            "workspace_id": I // 2 + 1,
            "user_id": called("U", I * 5),
            "topic": literal("reminder"),
            "method": literal("slack"),
            "wanted": I % 2 == 0,
        },
    )


def plans(to: Filling) -> None:
    s, n = to.schedules, to.at(-9000)
    to.put(
        t.Schedule,
        s,
        {
            "id": I + 1,
            "workspace_id": I // PER_WORKSPACE + 1,
            "team_id": I // PER_WORKSPACE + 1,
            "public_id": called("s", I),
            "name": called("Service", I),
            "name_key": called("service", I),
            "time_zone": literal("Europe/Berlin"),
            "confirm_mode": literal("automatically"),
            "extended_until": to.at(case((I % DUE_ONE_IN == 7, 1), else_=24 * 30 + 1 + I % 168)),
            "extended_with": literal(to._release),
            "created_at": n,
            "created_by": user_of(I),
        },
    )
    role = {"schedule_id": I // 2 + 1, "position": I % 2, "name": literal("Primary")}
    to.put(t.Role, s * 2, {"id": I + 1, **role})
    access = case((I % 3 == 0, "admin"), else_="member")
    to.put(
        t.Member,
        s * 3,
        {"schedule_id": I // 3 + 1, "user_id": user_of(I // 3, I % 3), "access": access, "position": I % 3},
    )
    to.put(t.Rotation, s, {"id": I + 1, "schedule_id": I + 1, "created_at": n})
    version = {
        "id": I + 1,
        "rotation_id": I + 1,
        "position": literal(0),
        "role_id": 2 * I + 1,
        "name": literal("Weekly"),
    }
    pattern = {
        "time_zone": literal("UTC"),
        "first_handoff": literal("2026-01-05T09:00:00"),
        "every": literal(1),
        "unit": literal("weeks"),
    }
    to.put(t.RotationVersion, s, version | pattern)
    to.put(t.RotationMember, s * 3, {"version_id": I // 3 + 1, "position": I % 3, "user_id": user_of(I // 3, I % 3)})
    begins = ((I % 10) - 5) * 168 + (I // 20) % 168
    to.put(
        t.ShiftRow,
        s * 20,
        {
            "schedule_id": I // 20 + 1,
            "role_id": I // 10 + 1,
            "user_id": user_of(I // 20, I % 3),
            "starts_at": to.at(begins),
            "ends_at": to.at(begins + 168),
            "state": literal("confirmed"),
            "source": literal("rotation"),
            "created_at": n,
        },
    )
    to.put(
        t.Told,
        s,
        {
            "schedule_id": I + 1,
            "users": literal({}, t.Told.__table__.c.users.type),
            "told_at": to.at(-1),
            "look_at": to.due(),
        },
    )
    to.put(t.ShiftMark, s, {"schedule_id": I + 1})
    to.put(t.ShiftHolder, s * 3, {"schedule_id": I // 3 + 1, "user_id": user_of(I // 3, I % 3)})


def exports(to: Filling) -> None:
    s, w, n = to.schedules, to.workspaces, to.at(-9000)
    account = {"kind": literal("pagerduty"), "subdomain": called("acme", I), "region": literal("us")}
    key = {"secret": literal("sealed"), "state": literal("ok"), "checked_at": n, "created_at": n}
    to.put(
        t.Connection,
        w,
        {"id": I + 1, "workspace_id": I + 1, **account, **key, "created_by": called("U", I * PEOPLE)},
    )
    there = {"connection_id": I // PER_WORKSPACE + 1, "external_id": called("P", I)}
    to.put(t.ExternalSchedule, s, {**there, "name": called("Service", I), "kind": literal("v2"), "seen_at": n})
    person = {"connection_id": I // PEOPLE + 1, "external_id": called("Q", I), "user_id": called("U", I)}
    to.put(t.ExternalUser, w * PEOPLE, {**person, "seen_at": n})
    to.put(
        t.Destination,
        s,
        {
            "id": I + 1,
            "schedule_id": I + 1,
            "role_id": 2 * I + 1,
            **there,
            "external_kind": literal("v2"),
            "external_name": called("Service", I),
            "mode": literal("authoritative"),
            "status": literal("ok"),
            "dirty": case((I % 1000 == 9, 1), else_=0),
            "refresh_due_at": to.due(),
            "created_at": n,
        },
    )
    seen = {"observed_at": to.at(-1), "window_start": to.at(-9), "window_end": to.at(1000)}
    empty = literal([], t.Observation.__table__.c.effective.type)
    to.put(
        t.Observation,
        s,
        {"destination_id": I + 1, **seen, "effective": empty, "pinned": empty, "clean": I % 50 != 1},
    )
    stretch = {"starts_at": to.at((I % 5) * 168), "ends_at": to.at((I % 5) * 168 + 168)}
    to.put(t.BaseSegment, s * 5, {"destination_id": I // 5 + 1, **stretch, "user": called("Q", I // 5)})
    past = {"starts_at": to.at((I % 10) * 168 - 900), "ends_at": to.at((I % 10) * 168 - 732)}
    item = {"destination_id": I // 10 + 1, "user": called("Q", I // 10), "created_at": to.at(-1000 + I % 990)}
    to.put(
        t.LedgerItem,
        s * 10,
        {
            "connection_id": I // 10 // PER_WORKSPACE + 1,
            "external_schedule_id": called("P", I // 10),
            "remote_id": called("O", I),
            **past,
            **item,
        },
    )
    state = case((I % 5000 == 11, "in_flight"), else_="confirmed")
    call = {"plan": literal("p"), "position": literal(0), "action": literal("create"), "fence": literal(1)}
    to.put(t.Op, s * 10, {**past, **item, **call, "state": state})


def history(to: Filling) -> None:
    s, w = to.schedules, to.workspaces
    state = case((I % 4000 == 13, "pending"), (I % 20000 == 17, "sending"), else_="sent")
    method = case((I % 3 == 0, "fanout"), (I % 3 == 1, "slack"), else_="webhook")
    paper = literal({"schedule_id": 1, "text": "-", "body": {}}, t.OutboxItem.__table__.c.payload.type)
    when = to.at(-1440 + (I % 1400))
    to.put(
        t.OutboxItem,
        s * 10,
        {
            "workspace_id": I // 10 // PER_WORKSPACE + 1,
            "key": called("k", I),
            "kind": literal("handoff"),
            "method": method,
            "target": case((I % 3 == 2, called("", I % 20 + 1)), else_=called("U", I)),
            "payload": paper,
            "state": state,
            "due_at": when,
            "created_at": when,
            "deadline": case((state == "sending", to.at(-1))),
        },
    )
    line = {"actor": user_of(I // 10), "action": literal("shift.assigned"), "summary": literal("assigned a shift")}
    nothing = literal({}, t.AuditLine.__table__.c.details.type)
    to.put(
        t.AuditLine,
        s * 10,
        {
            "workspace_id": I // 10 // PER_WORKSPACE + 1,
            "schedule_id": I // 10 + 1,
            "at": when,
            **line,
            "details": nothing,
        },
    )
    to.put(t.SeenEvent, s, {"key": called("e", I), "at": to.at(-60 + I % 60)})
    home = {"opened_at": to.at(-1000 + I % 1000), "due_at": case((I % 3 != 1, to.due(300)))}
    to.put(t.HomeView, w * 5, {"workspace_id": I // 5 + 1, "user_id": called("U", I * 2), **home})
    to.put(
        t.CancelledShift,
        s,
        {
            "id": I + 1,
            "schedule_id": I + 1,
            "role_id": 2 * I + 1,
            "user_id": user_of(I),
            "starts_at": to.at(-20),
            "ends_at": to.at(-10),
            "revision": literal(1),
            "created_at": to.at(-90),
            "cancelled_at": to.at(-900 + I % 900),
        },
    )
    hook = {"workspace_id": I + 1, "name": literal("h"), "url": literal("sealed"), "secret": literal("sealed")}
    hook["team_ids"] = literal([], t.Webhook.__table__.c.team_ids.type)
    to.put(t.Webhook, w, {"id": I + 1, **hook, "created_at": to.at(-90), "created_by": called("U", I * PEOPLE)})
    delivery = {"outbox_id": I + 1, "at": to.at(-40), "took_ms": literal(9)}
    to.put(t.WebhookDelivery, w * 20, {"webhook_id": I // 20 + 1, **delivery})


def extras(to: Filling) -> None:
    s, w = to.schedules, to.workspaces
    settled, made = case((I % 2000 == 19, "open"), else_="taken"), {"created_at": to.at(-90)}
    asked = {
        "schedule_id": I + 1,
        "role_id": 2 * I + 1,
        "user_id": user_of(I),
        "starts_at": to.at(10),
        "ends_at": to.at(20),
    }
    to.put(t.CoverRequest, s, {**asked, **made, "state": settled, "moves_at": case((settled == "open", to.at(-1)))})
    to.put(
        t.CoverAsked,
        s * 3,
        {"request_id": I // 3 + 1, "user_id": user_of(I // 3, I % 3), "number": I % 3, "asked_at": to.at(-9)},
    )
    swapped = case((I % 2000 == 23, "open"), else_="accepted")
    sides = literal([], t.SwapRequest.__table__.c.sides.type)
    to.put(
        t.SwapRequest,
        s,
        {"schedule_id": I + 1, "asked_by": user_of(I), "sides": sides, "agreed": sides, **made, "state": swapped},
    )
    wanted = {
        "workspace_id": I // 5 + 1,
        "connection_id": I // 5 + 1,
        "kind": literal("link"),
        "asked_by": called("U", I * 2),
    }
    facts = literal({}, t.AccessRequest.__table__.c.facts.type)
    allowed = case((I % 400 == 29, "open"), (I % 400 == 31, "allowed"), else_="done")
    to.put(t.AccessRequest, w * 5, {**wanted, **made, "facts": facts, "state": allowed, "expires_at": to.at(I % 300)})
    place = {"role_id": 2 * I + 1, "schedule_id": I + 1, "group_id": called("S", I), "channel_id": called("C", I)}
    to.put(t.Presence, s, {**place, "on_edit": literal("restore"), "changed_at": to.at(-90), "changed_by": user_of(I)})
    target = {
        "kind": case((I % 2 == 0, "group"), else_="topic"),
        "place": case((I % 2 == 0, called("S", I // 2)), else_=called("C", I // 2)),
    }
    when = case((I % DUE_ONE_IN == 7, to.at(-1)), (I % 1000 == 33, to.at(5)))
    to.put(t.PresenceTarget, s * 2, {"workspace_id": I // 2 // PER_WORKSPACE + 1, **target, "due_at": when})
    to.put(t.FairState, s, {"schedule_id": I + 1, "due_at": to.due(1)})
    says = literal({}, t.FairVersion.__table__.c.says.type)
    to.put(
        t.FairVersion,
        s // 5,
        {"schedule_id": I * 5 + 2, "role_id": 10 * I + 4, "since": to.at(9000), "says": says},
    )
    calendar = {
        "workspace_id": I // 5 + 1,
        "user_id": called("U", I * 2),
        "kind": literal("ics"),
        "host": literal("h"),
    }
    to.put(
        t.AwayCalendar,
        w * 5,
        {
            "id": I + 1,
            **calendar,
            "address": literal("sealed"),
            "due_at": to.at(1 + I % 60),
            "added_at": to.at(-90),
        },
    )
    busy = {"leaning": literal("never"), "starts_at": to.at(I % 900), "ends_at": to.at(I % 900 + 9)}
    to.put(t.CalendarWish, w * 50, {"calendar_id": I // 10 + 1, **busy})
    entered = {"time_zone": literal("UTC"), "entered_by": called("U", I), "entered_at": to.at(-90)}
    over = {"starts_at": to.at(I % 9000 - 8900), "ends_at": to.at(I % 9000 - 8890), "leaning": literal("never")}
    to.put(t.WishRow, w * PEOPLE, {"workspace_id": I // PEOPLE + 1, "user_id": called("U", I), **over, **entered})


EVERYTHING = (people, plans, exports, history, extras)
