"""Who is on call, through escalation policies: a schedule that no policy uses does not show here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.pagerduty import shapes
from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.effective import effective_entries
from sandbox.pagerduty.http import ApiError, Json, Response
from sandbox.pagerduty.rendering import Span
from sandbox.pagerduty.values import EscalationPolicy, Schedule
from sandbox.pagerduty.zones import query_instant, written

FARTHEST_AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class OnCall:
    policy: EscalationPolicy
    level: int
    user_id: str
    schedule: Schedule | None = None  # None: the policy names the user, who is on call always
    start: datetime | None = None
    end: datetime | None = None


def list_oncalls(call: Call) -> Response:
    zone = call.asked_zone(call.account.time_zone)
    window = _window(call, zone)
    found = sorted((one for one in _all(call, window) if _wanted(call, one)), key=_order)
    if call.request.flag("earliest"):
        found = _earliest(found)
    return call.paged("oncalls", found, call.page(), lambda one: _shape(call, one, zone))


def _window(call: Call, zone: ZoneInfo) -> Span:
    since, until = (call.request.param(name) for name in ("since", "until"))
    start = query_instant(since, zone) if since else call.now
    end = query_instant(until, zone) if until else max(start, call.now)
    if end < start:
        raise ApiError(400, 2005, "Invalid Query Date Range")
    end = min(end, call.now + FARTHEST_AHEAD)
    return Span(start, max(end, start + timedelta(seconds=1)))


def _all(call: Call, window: Span) -> Iterator[OnCall]:
    for policy in call.account.policies.values():
        for level, targets in enumerate(policy.levels, 1):
            for target in targets:
                yield from _of_target(call, policy, level, target, window)


def _of_target(call: Call, policy: EscalationPolicy, level: int, target: str, window: Span) -> Iterator[OnCall]:
    schedule = call.account.schedules.get(target)
    if schedule is None:
        yield OnCall(policy, level, target)
        return
    for entry in effective_entries(schedule, window, call.rules, overflow=True):
        yield OnCall(policy, level, entry.user_id, schedule, entry.start, entry.end)


def _wanted(call: Call, one: OnCall) -> bool:
    facts = {
        "schedule_ids": one.schedule.id if one.schedule else None,
        "user_ids": one.user_id,
        "escalation_policy_ids": one.policy.id,
    }
    asked = {name: call.request.params(name) for name in facts}
    return all(not ids or facts[name] in ids for name, ids in asked.items())


def _order(one: OnCall) -> tuple[str, int, str]:
    return one.policy.name, one.level, one.start.isoformat() if one.start else ""


def _earliest(found: list[OnCall]) -> list[OnCall]:
    kept: dict[tuple[str, int, str], OnCall] = {}
    for one in found:
        kept.setdefault((one.policy.id, one.level, one.user_id), one)
    return list(kept.values())


def _shape(call: Call, one: OnCall, zone: ZoneInfo) -> Json:
    account, included = call.account, call.request.params("include")
    whole_policy = shapes.policy if "escalation_policies" in included else shapes.policy_reference
    return {
        "escalation_policy": whole_policy(account, one.policy),
        "escalation_level": one.level,
        "schedule": _schedule(account, one.schedule, "schedules" in included),
        "user": _user(account, one.user_id, "users" in included),
        "start": written(one.start, zone) if one.start else None,
        "end": written(one.end, zone) if one.end else None,
    }


def _schedule(account: Account, schedule: Schedule | None, included: bool) -> Json | None:
    if schedule is None:
        return None
    return shapes.schedule_summary(account, schedule) if included else shapes.schedule_reference(account, schedule)


def _user(account: Account, user_id: str, included: bool) -> Json:
    user = account.users.get(user_id)
    return shapes.user(account, user) if included and user else shapes.user_reference(account, user_id)


ROUTES = (Route("GET", "/oncalls", "oncalls", list_oncalls),)
