"""What the tests of shift-based schedules share: bodies, and ways to read who is on call."""

from __future__ import annotations

from datetime import timedelta

from tests.sandbox_pagerduty.support import at, z

EMPTY = {"type": "empty_member"}


def user_member(user):
    return {"type": "user_member", "user_id": user.id}


def shift_body(user, start, end):
    assignment = {"type": "shift_assignment", "member": user_member(user)}
    return {"type": "custom_shift", "start_time": z(start), "end_time": z(end), "assignments": [assignment]}


def create_shift(desk, schedule, user, start, end):
    body = {"custom_shifts": [shift_body(user, start, end)]}
    response = desk.call("POST", f"/v3/schedules/{schedule}/custom_shifts", body)
    assert response.status == 201, response
    return response.body["custom_shifts"][0]["id"]


def assignments(desk, schedule, since, until, **query):
    query = {"include[]": "final_schedule", "since": z(since), "until": z(until), **query}
    shown = desk.get(f"/v3/schedules/{schedule}", **query)["schedule"]["final_schedule"]
    return shown["computed_shift_assignments"]


def on_call(desk, schedule, since, until, **query):
    """(start, end, name) of people on call; gaps and empty members left out."""
    return [
        (one["start_time"], one["end_time"], desk.account.users[one["member"]["user_id"]].name)
        for one in assignments(desk, schedule, since, until, **query)
        if one["member"]["type"] == "user_member"
    ]


def event_body(*members, start=None, hours=24, rule="FREQ=DAILY", zone="Etc/UTC", per_member=1, **more):
    begin = start or at("3-03")
    strategy = {"type": "rotating_member_assignment_strategy", "shifts_per_member": per_member}
    return {
        "name": "On call",
        "start_time": {"date_time": z(begin), "time_zone": zone},
        "end_time": {"date_time": z(begin + timedelta(hours=hours)), "time_zone": zone},
        "effective_since": z(begin),
        "recurrence": [f"RRULE:{rule}"],
        "assignment_strategy": {**strategy, "members": [one if one is EMPTY else user_member(one) for one in members]},
        **more,
    }
