"""How things look in replies: each entity with its id, type, summary and addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.http import Json
from sandbox.pagerduty.rendering import Entry, Rendered, Rules, Span, coverage, render
from sandbox.pagerduty.values import (
    AuditRecord,
    EscalationPolicy,
    Layer,
    LayerPlan,
    Override,
    Restriction,
    Schedule,
    ScheduleKind,
    Team,
    User,
)
from sandbox.pagerduty.zones import written, zone_named

RENDERED_PARTS = ("schedule_layers", "overrides_subschedule", "final_schedule")


@dataclass(frozen=True, slots=True)
class View:
    """How a schedule is looked at: the plan that is seen, the zone that times are written in, and the window if any."""

    plan: LayerPlan
    zone: ZoneInfo
    window: Span | None
    rules: Rules
    overflow: bool = False


def _addressed(account: Account, kind: str, path: str, entity_id: str, summary: str) -> Json:
    return {
        "id": entity_id,
        "type": kind,
        "summary": summary,
        "self": f"{account.api_host}/{path}/{entity_id}",
        "html_url": f"{account.web_host}/{path}/{entity_id}",
    }


def user_reference(account: Account, user_id: str) -> Json:
    """A reference to a user; one who is gone is an id without details."""
    user = account.users.get(user_id)
    if user is None or user.deactivated:
        return {"id": user_id, "type": "user_reference", "summary": None, "self": None, "html_url": None}
    return _addressed(account, "user_reference", "users", user.id, user.name)


def user(account: Account, one: User) -> Json:
    return {
        **_addressed(account, "user", "users", one.id, one.name),
        "name": one.name,
        "email": one.email,
        "time_zone": one.time_zone,
        "color": "purple",
        "avatar_url": f"{account.web_host}/avatars/{one.id}.png",
        "billed": True,
        "role": one.role,
        "description": one.description,
        "invitation_sent": False,
        "job_title": one.job_title,
        "teams": [],
        "contact_methods": [],
        "notification_rules": [],
    }


def team(account: Account, one: Team) -> Json:
    return {**_addressed(account, "team", "teams", one.id, one.name), "name": one.name, "description": None}


def team_reference(account: Account, team_id: str) -> Json:
    return _addressed(account, "team_reference", "teams", team_id, account.teams[team_id].name)


def policy_reference(account: Account, one: EscalationPolicy) -> Json:
    return _addressed(account, "escalation_policy_reference", "escalation_policies", one.id, one.name)


def policy(account: Account, one: EscalationPolicy) -> Json:
    rules = [
        {
            "id": f"{one.id}{place}",
            "escalation_delay_in_minutes": 30,
            "targets": [target_reference(account, target) for target in level],
        }
        for place, level in enumerate(one.levels, 1)
    ]
    return {
        **_addressed(account, "escalation_policy", "escalation_policies", one.id, one.name),
        "name": one.name,
        "escalation_rules": rules,
        "services": [],
        "num_loops": 0,
        "teams": [],
        "description": None,
    }


def target_reference(account: Account, target_id: str) -> Json:
    schedule = account.schedules.get(target_id)
    return schedule_reference(account, schedule) if schedule else user_reference(account, target_id)


def schedule_reference(account: Account, one: Schedule) -> Json:
    if one.kind is ScheduleKind.SHIFTS:
        reference = _addressed(account, "schedule_v3_reference", "schedules", one.id, one.name)
        return {**reference, "self": f"{account.api_host}/v3/schedules/{one.id}"}
    return _addressed(account, "schedule_reference", "schedules", one.id, one.name)


def schedule_summary(account: Account, one: Schedule) -> Json:
    """A schedule without anything rendered, as it stands in a list."""
    shown = sorted(one.user_ids())
    return {
        **_addressed(account, "schedule", "schedules", one.id, one.name),
        "name": one.name,
        "time_zone": one.time_zone,
        "description": one.description,
        "web_cal_url": f"webcal://{account.subdomain}.pagerduty.com/private/{one.id}/feed",
        "http_cal_url": f"{account.web_host}/private/{one.id}/feed",
        "personal_ical_feeds_enabled": True,
        "escalation_policies": [policy_reference(account, used) for used in account.policies_using(one.id)],
        "users": [user_reference(account, user_id) for user_id in shown],
        "teams": [team_reference(account, team_id) for team_id in one.team_ids],
    }


def schedule(account: Account, one: Schedule, view: View, parts: Iterable[str] = RENDERED_PARTS) -> Json:
    """A schedule with the asked parts; they are empty unless the view has a window."""
    shape = schedule_summary(account, one)
    wanted = set(parts)
    if not wanted:
        return shape
    rendered = _rendered(view, zone_named(one.time_zone))
    if "schedule_layers" in wanted:
        # The highest layer comes first, the other way round than it is written.
        shape["schedule_layers"] = [_layer(account, layer, view, rendered) for layer in reversed(view.plan.layers)]
    if "overrides_subschedule" in wanted:
        shape["overrides_subschedule"] = _part(account, "Overrides", rendered.overrides, view)
    if "final_schedule" in wanted:
        shape["final_schedule"] = _part(account, "Final Schedule", rendered.final, view)
    return shape


def _rendered(view: View, zone: ZoneInfo) -> Rendered:
    if view.window is None:
        return Rendered({}, [], [])
    return render(view.plan, zone, view.window, view.rules, view.overflow)


def _part(account: Account, name: str, entries: list[Entry], view: View) -> Json:
    return {
        "name": name,
        "rendered_schedule_entries": [_entry(account, one, view.zone) for one in entries],
        "rendered_coverage_percentage": coverage(entries, view.window) if view.window else None,
    }


def _entry(account: Account, one: Entry, zone: ZoneInfo) -> Json:
    return {
        "start": written(one.start, zone),
        "end": written(one.end, zone),
        "user": user_reference(account, one.user_id),
    }


def _layer(account: Account, one: Layer, view: View, rendered: Rendered) -> Json:
    zone = view.zone
    return {
        "id": one.id,
        **_part(account, one.name, rendered.layers.get(one.id, []), view),
        "start": written(one.start, zone),
        "end": written(one.end, zone) if one.end else None,
        "rotation_virtual_start": written(one.virtual_start, zone),
        "rotation_turn_length_seconds": one.turn_seconds,
        "users": [{"user": user_reference(account, user_id)} for user_id in one.user_ids],
        "restrictions": [_restriction(cut) for cut in one.restrictions],
    }


def _restriction(one: Restriction) -> Json:
    shape: Json = {
        "type": one.kind.value,
        "start_time_of_day": one.start.isoformat(),
        "duration_seconds": one.duration_seconds,
    }
    if one.weekday is not None:
        shape["start_day_of_week"] = one.weekday
    return shape


def override(account: Account, one: Override, zone: ZoneInfo) -> Json:
    return {
        "id": one.id,
        "start": written(one.start, zone),
        "end": written(one.end, zone),
        "user": user_reference(account, one.user_id),
    }


def audit_record(account: Account, schedule: Schedule, one: AuditRecord) -> Json:
    actors = [user_reference(account, one.actor_id)] if one.actor_id else []
    root = schedule_reference(account, schedule)
    item = {"id": one.item_id, "type": "override_reference", "summary": None, "self": None, "html_url": None}
    return {
        "id": one.id,
        "self": None,
        "execution_time": one.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "execution_context": {"request_id": one.request_id, "remote_address": None},
        "actors": actors,
        "method": {"type": "api_token", "truncated_token": one.token_end} if one.token_end else {"type": "browser"},
        "root_resource": root,
        "action": one.action,
        "details": {"resource": item if one.item_id else root, "fields": []},
    }
