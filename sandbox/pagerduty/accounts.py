"""An account and what people do in its web pages: everything here happens outside the public API and obeys no quirk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sandbox.pagerduty.clock import Clock
from sandbox.pagerduty.effective import effective_entries
from sandbox.pagerduty.history import History
from sandbox.pagerduty.ids import Ids
from sandbox.pagerduty.layers import read_layers
from sandbox.pagerduty.rendering import Entry, Rules, Span
from sandbox.pagerduty.shift_values import CustomShift, ShiftPlan, without
from sandbox.pagerduty.values import (
    AuditRecord,
    EscalationPolicy,
    Key,
    LayerPlan,
    Override,
    Region,
    Schedule,
    ScheduleKind,
    Team,
    User,
)
from sandbox.pagerduty.zones import zone_named

DEFAULT_ABILITIES = ("sso", "teams", "coordinated_responding", "on_call_selection", "schedule_overrides")


@dataclass(slots=True)
class Account:
    """One PagerDuty account: `acme` in the region us is acme.pagerduty.com."""

    subdomain: str
    region: Region
    time_zone: str
    clock: Clock
    ids: Ids
    users: dict[str, User] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    policies: dict[str, EscalationPolicy] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    abilities: list[str] = field(default_factory=lambda: list(DEFAULT_ABILITIES))
    overrides_made: int = 0

    @property
    def api_host(self) -> str:
        return "https://api.pagerduty.com" if self.region is Region.US else "https://api.eu.pagerduty.com"

    @property
    def web_host(self) -> str:
        return f"https://{self.subdomain}{'' if self.region is Region.US else '.eu'}.pagerduty.com"

    def add_key(
        self,
        read_only: bool = False,
        user_id: str | None = None,
        scopes: Iterable[str] | None = None,
        token: str | None = None,
    ) -> str:
        """A new API key: the account's own, or a user's with `user_id`."""
        allowed = frozenset(scopes) if scopes is not None else None
        key = Key(token or self.ids.token(), user_id, read_only, scopes=allowed)
        self.keys[key.token] = key
        return key.token

    def revoke_key(self, token: str) -> None:
        self.keys[token] = replace(self.keys[token], revoked=True)

    def restore_key(self, token: str) -> None:
        """As if it had never been revoked. PagerDuty has no such thing; it ends a trial of what happens without."""
        self.keys[token] = replace(self.keys[token], revoked=False)

    def add_user(self, name: str, email: str, time_zone: str | None = None, role: str = "user") -> User:
        user = User(self.ids.entity(), name, email, time_zone or self.time_zone, role)
        self.users[user.id] = user
        return user

    def deactivate_user(self, user_id: str) -> None:
        self.users[user_id] = replace(self.users[user_id], deactivated=True)

    def user_by_email(self, email: str) -> User | None:
        active = (user for user in self.users.values() if not user.deactivated)
        return next((user for user in active if user.email.casefold() == email.casefold()), None)

    def add_team(self, name: str) -> Team:
        team = Team(self.ids.entity(), name)
        self.teams[team.id] = team
        return team

    def add_schedule(
        self, name: str, time_zone: str | None = None, layers: Sequence[dict[str, Any]] = (), description: str = ""
    ) -> Schedule:
        """A layer-based schedule; layers as in the API's body, lowest first, and their past starts stay."""
        zone = zone_named(time_zone or self.time_zone)
        plan = LayerPlan(tuple(read_layers(list(layers), zone, self.ids, self.users.keys())))
        return self.keep_schedule(name, time_zone or self.time_zone, description, plan)

    def keep_schedule(self, name: str, time_zone: str, description: str, plan: LayerPlan | ShiftPlan) -> Schedule:
        now = self.clock.now()
        kind = ScheduleKind.LAYERS if isinstance(plan, LayerPlan) else ScheduleKind.SHIFTS
        layered = History(now, plan if isinstance(plan, LayerPlan) else LayerPlan())
        shifts = History(now, plan if isinstance(plan, ShiftPlan) else ShiftPlan())
        schedule = Schedule(self.ids.entity(), name, time_zone, description, kind, layered, shifts)
        self.schedules[schedule.id] = schedule
        return schedule

    def remove_schedule(self, schedule_id: str) -> None:
        """Delete a schedule, taking it out of every escalation policy first."""
        for policy in list(self.policies.values()):
            levels = tuple(tuple(one for one in level if one != schedule_id) for level in policy.levels)
            self.policies[policy.id] = replace(policy, levels=levels)
        del self.schedules[schedule_id]

    def add_escalation_policy(self, name: str, schedule_ids: Sequence[str]) -> EscalationPolicy:
        """A policy with one level per target; a target is a schedule or a user."""
        policy = EscalationPolicy(self.ids.entity(), name, tuple((target,) for target in schedule_ids))
        self.policies[policy.id] = policy
        return policy

    def policies_using(self, target_id: str) -> list[EscalationPolicy]:
        return [one for one in self.policies.values() if any(target_id in level for level in one.levels)]

    def next_override_number(self) -> int:
        self.overrides_made += 1
        return self.overrides_made

    def create_override(
        self,
        schedule_id: str,
        user_id: str,
        start: datetime,
        end: datetime,
        made_by: str = "person",
        author_id: str = "",
    ) -> Override:
        """``author_id`` is who does it on the web page; left out, the change log has nothing of it."""
        schedule = self.schedules[schedule_id]
        number = self.next_override_number()
        override = Override(self.ids.override(), number, start, end, user_id, made_by)
        schedule.record(self.clock.now(), schedule.plan.with_override(override))
        if author_id:
            name = f"{schedule.id}-{len(schedule.audit) + 1}"
            schedule.audit.append(AuditRecord(name, self.clock.now(), "update", author_id, "", name, override.id))
        return override

    def delete_override(self, schedule_id: str, override_id: str) -> None:
        """Take an override away as the web page does: a running one ends now, a future one vanishes."""
        schedule, now = self.schedules[schedule_id], self.clock.now()
        override = schedule.plan.override(override_id)
        if override is None:
            raise KeyError(override_id)
        if override.start < now < override.end:
            schedule.record(
                now, schedule.plan.with_override_replaced(replace(override, end=now.replace(microsecond=0)))
            )
        elif override.start >= now:
            schedule.record(now, schedule.plan.without_override(override_id))

    def add_shift_schedule(self, name: str, time_zone: str = "Etc/UTC", description: str = "") -> Schedule:
        """A shift-based schedule, still empty."""
        return self.keep_schedule(name, time_zone, description, ShiftPlan())

    def create_custom_shift(self, schedule_id: str, user_id: str, start: datetime, end: datetime) -> CustomShift:
        schedule = self.schedules[schedule_id]
        shift = CustomShift(self.ids.shift(), start, end, self.ids.shift(), user_id)
        plan = schedule.shifts.latest
        schedule.shifts.record(self.clock.now(), replace(plan, custom_shifts=(*plan.custom_shifts, shift)))
        return shift

    def delete_custom_shift(self, schedule_id: str, shift_id: str) -> None:
        schedule = self.schedules[schedule_id]
        plan = schedule.shifts.latest
        kept = without(plan.custom_shifts, shift_id)
        schedule.shifts.record(self.clock.now(), replace(plan, custom_shifts=kept))

    def set_layers(self, schedule_id: str, layers: Sequence[dict[str, Any]]) -> None:
        """Put other layers under a schedule, lowest first, without any rewriting."""
        schedule = self.schedules[schedule_id]
        fresh = read_layers(list(layers), zone_named(schedule.time_zone), self.ids, self.users.keys())
        schedule.record(self.clock.now(), replace(schedule.plan, layers=tuple(fresh)))

    def overrides(self, schedule_id: str, since: datetime, until: datetime) -> list[Override]:
        kept = self.schedules[schedule_id].plan.overrides
        return sorted((one for one in kept if one.start < until and one.end > since), key=lambda one: one.start)

    def final_schedule(self, schedule_id: str, since: datetime, until: datetime) -> list[Entry]:
        """Who is in effect on call, without any lag."""
        return effective_entries(self.schedules[schedule_id], Span(since, until), Rules())
