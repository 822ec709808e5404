"""Facts of every kind of notice, as those who write them do."""

from typing import Any

from storage.notices import NoticeKind
from tests.support.notice_house import START

SPAN = {"start": "2026-03-03T09:00:00+00:00", "end": "2026-03-04T09:00:00+00:00"}
DESTINATION = {
    "destination_id": 3,
    "external_schedule": "Payments & <Friends>",
    "external_url": "https://acme.pagerduty.com/schedules/P1",
}
SWITCH: dict[str, Any] = {
    "at": START.isoformat(),
    "late": False,
    "roles": [
        {
            "role_id": 1,
            "role": "Primary",
            "at": START.isoformat(),
            "before": ["UALICE"],
            "after": ["UBOB"],
            "until": SPAN["end"],
            "next": ["UCAROL"],
        }
    ],
    "backup": [
        {"role_id": 1, "role": "Primary", "users": ["UBOB"]},
        {"role_id": 2, "role": "Secondary", "users": ["UDANA"]},
    ],
}
SWAP: dict[str, Any] = {
    "request_id": 6,
    "asked_by": "UALICE",
    "sides": [{"role": "Primary", "user": "UALICE", **SPAN}, {"role": "Primary <b>", "user": "UBOB", **SPAN}],
    "waits_for": ["UBOB"],
    "reason": "Concert <!channel>",
}
COVER = {"request_id": 5, "role": "Primary", "user": "UALICE", **SPAN, "reason": "Dentist <!channel>"}
COVER_STEP: dict[str, Any] = {
    **COVER,
    "everybody": False,
    "until": "2026-03-09T07:00:00+00:00",
    "asked": [{"user": "UCAROL", "answer": "passed"}, {"user": "UBOB", "answer": ""}],
    "again": [],
    "swap": True,
    "step": 1,
}

CLASH = {
    "slot": "1",
    **SPAN,
    "members": 2,
    "named": None,
    "blocked": [
        {"user": "UALICE", "reason": {"rule": "away", "about": "", **SPAN, "measure": None}},
        {"user": "UBOB", "reason": {"rule": "elsewhere", "about": "Ops <!here>", **SPAN, "measure": None}},
    ],
}

FACTS: dict[NoticeKind, dict[str, Any]] = {
    NoticeKind.PRESENCE: {
        "target": "group",
        "place": "S1",
        "name": "@pay<!here>",
        "trouble": "left_out:UDANA",
        "people": ["UDANA"],
    },
    NoticeKind.OVERRIDE_REMOVED: {
        **DESTINATION,
        **SPAN,
        "remote_id": "Q1",
        "external_user": "PBOB",
        "made_by": "Carol Diaz",
        "replaced_by": [{**SPAN, "user": "PALICE"}],
    },
    NoticeKind.ON_CALL_SWITCH: SWITCH,
    NoticeKind.PROGRESS: {**DESTINATION, "asked_by": "", "what": "export", "done": 50, "total": 60},
    NoticeKind.SHIFT_CHANGED: {
        "action": "swapped",
        "by": "UCAROL",
        "reason": "",
        "changes": [{"role": "Primary", **SPAN, "before": "UALICE", "after": "UBOB"}],
    },
    NoticeKind.MEMBERSHIP: {
        "what": "removed",
        "user": "UBOB",
        "by": "UALICE",
        "access": "member",
        "assignable": True,
        "shifts": [{"role": "Primary <a>", **SPAN}] * 12,
    },
    NoticeKind.ZONE_RULES: {
        "version": "2026f",
        "zones": ["America/Vancouver"],
        "admins": ["UCAROL"],
        "moved": [
            {"role": "Primary <a>", "user": "UALICE", **SPAN, "after": [SPAN["start"], SPAN["end"]]},
            {"role": "Primary", "user": "UBOB", **SPAN, "after": None},
        ],
        "staying": [{"role": "Primary", "user": "UBOB", **SPAN}],
    },
    NoticeKind.SHIFTS_TO_CONFIRM: {
        "shifts": [{"id": 1, "role": "Primary", "user": "UALICE", **SPAN}],
        "fair": {"quality": "orange", "solver": "exact", "proven": True},
    },
    NoticeKind.DESTINATION: {**DESTINATION, "role": "Primary", "status": "error", "reason": "A <key>.", "before": "ok"},
    NoticeKind.IMPORT_CONFLICT: {**DESTINATION, **SPAN, "role": "Primary", "local": "UALICE", "remote": "PBOB"},
    NoticeKind.UNASSIGNED: {**DESTINATION, **SPAN, "role": "Primary", "was": "UALICE", "shift_id": 9},
    NoticeKind.BLOCKED: {
        **DESTINATION,
        "plan": "abc123",
        "reason": "It would replace 12 of 20 shifts.",
        "changes": [{"action": "add", **SPAN, "before": "", "after": "UALICE"}] * 60,
    },
    NoticeKind.FIRST_EXPORT: {
        **DESTINATION,
        "first": True,
        "changes": [{"action": "replace", **SPAN, "before": "PBOB", "after": "UALICE"}] * 60,
    },
    NoticeKind.OLDER_COPY: {"why": "older copy", "destinations": 2},
    NoticeKind.COPY_DIFFERS: {
        **DESTINATION,
        "plan": "abc123",
        "reason": "Paused: Baton was started from an older copy of its database.",
        "changes": [{"action": "add", **SPAN, "before": "", "after": "UALICE"}],
        "unknown": [{**SPAN, "user": "PBOB"}],
    },
    NoticeKind.UNMAPPED: {**DESTINATION, **SPAN, "external_user": "PZOE", "external_name": "Zoe"},
    NoticeKind.DECLINED: {**DESTINATION, **SPAN, "system": "caldav", "user": "UBOB"},
    NoticeKind.GIVEN_AWAY: {
        **DESTINATION,
        **SPAN,
        "external_user": "PZOE",
        "external_name": "Zoe <b>",
        "was": "UBOB",
    },
    NoticeKind.MEMBER_GONE: {"user": "UBOB", "shifts": [{"id": 1, "role": "Primary", **SPAN}]},
    NoticeKind.ADMIN_WANTED: {"gone": ["UBOB"]},
    NoticeKind.HORIZON: {"reason": "A <reason>."},
    NoticeKind.LEFT_OPEN: {"shifts": [{"role": "Primary <!here>", **SPAN, "clash": CLASH}] * 12},
    NoticeKind.ABSENT: {"shifts": [{"role": "Primary <!here>", "user": "UBOB", **SPAN}] * 12},
    NoticeKind.COVER_REQUESTED: COVER,
    NoticeKind.COVER_PROGRESS: {**COVER_STEP, "changed": ["UCAROL"]},
    NoticeKind.COVER_STUCK: COVER_STEP,
    NoticeKind.COVER_TAKEN: {**COVER, "taker": "UBOB"},
    NoticeKind.COVER_WITHDRAWN: COVER,
    NoticeKind.SWAP_REQUESTED: SWAP,
    NoticeKind.SWAPPED: {**SWAP, "waits_for": [], "by": "UBOB", "until": SPAN["start"]},
    NoticeKind.SWAP_CLOSED: {**SWAP, "by": "UBOB", "state": "undone", "why": ""},
    NoticeKind.REMINDER: {"role": "Primary", "user": "UALICE", **SPAN},
    NoticeKind.DIGEST: {
        "weeks": [
            {"start": SPAN["start"], "shifts": [{"role": "Primary", "user": "UALICE", **SPAN}] * 70},
            {"start": SPAN["end"], "shifts": []},
        ]
    },
    NoticeKind.UNDELIVERED: {
        "what": "reminder",
        "method": "slack",
        "target": "COPS",
        "reason": "The channel is archived.",
    },
}
