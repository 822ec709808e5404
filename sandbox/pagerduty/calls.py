"""One request on its way through the API, and what the endpoints share: lookups, windows, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.faults import FaultRule
from sandbox.pagerduty.http import ApiError, Json, Request, Response, invalid
from sandbox.pagerduty.rendering import Rules, Span
from sandbox.pagerduty.switches import OverLimit
from sandbox.pagerduty.values import AuditRecord, Key, Schedule, ScheduleKind, User
from sandbox.pagerduty.world import World
from sandbox.pagerduty.zones import query_instant, zone_named

TWO_WEEKS = timedelta(days=14)

SHIFT_BASED = "This is a shift-based schedule. Use the v3 Schedules API to access it."
LAYER_BASED = "This is a layer-based schedule. Use the v2 Schedules API to access it."


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for."""

    limit: int
    offset: int
    total: bool


@dataclass(frozen=True, slots=True)
class Call:
    world: World
    account: Account
    key: Key
    request: Request
    params: dict[str, str]
    fault: FaultRule | None = None

    @property
    def now(self) -> datetime:
        return self.world.clock.now().replace(microsecond=0)

    @property
    def rules(self) -> Rules:
        switches = self.world.switches
        return Rules(switches.wall_clock_turns, switches.merge_final_neighbours)

    def zone(self, name: object) -> ZoneInfo:
        return zone_named(name, self.world.switches.only_active_support_zones)

    def asked_zone(self, default: str) -> ZoneInfo:
        return self.zone(self.request.param("time_zone") or default)

    def schedule(self, kind: ScheduleKind = ScheduleKind.LAYERS) -> Schedule:
        """The schedule that the path names; one of the other kind is refused with the words PagerDuty uses."""
        schedule = self.account.schedules.get(self.params["id"])
        if schedule is None:
            raise ApiError(404, 3004, "Schedule Not Found")
        if schedule.kind is not kind:
            message = SHIFT_BASED if schedule.kind is ScheduleKind.SHIFTS else LAYER_BASED
            raise ApiError(400, 2001, message)
        return schedule

    def user(self, user_id: str) -> User:
        user = self.account.users.get(user_id)
        if user is None or user.deactivated:
            raise ApiError(404, 2013, "User Not Found")
        return user

    def assignable_ids(self) -> set[str]:
        """Users that may be put on call."""
        return {user.id for user in self.account.users.values() if not user.deactivated}

    def window(self, zone: ZoneInfo) -> Span | None:
        """The asked time range, completed to two weeks if only one end is given. None: no range at all."""
        since, until = (self._moment(name, zone) for name in ("since", "until"))
        if since is None and until is None:
            return None
        return self.checked(_completed(since, until))

    def required_window(self, zone: ZoneInfo) -> Span:
        since, until = (self._moment(name, zone) for name in ("since", "until"))
        if since is None or until is None:
            missing = [name for name, value in (("since", since), ("until", until)) if value is None]
            code = self.world.switches.missing_range_code
            raise ApiError(400, code, "Missing Arguments", [f"{name} is required" for name in missing])
        return self.checked(Span(since, until))

    def checked(self, window: Span) -> Span:
        longest = self.world.switches.longest_window_days
        if window.end <= window.start or (longest and window.seconds > longest * 86_400):
            raise ApiError(400, 2005, "Invalid Query Date Range")
        return window

    def _moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        text = self.request.param(name)
        return query_instant(text, zone) if text else None

    def page(self, default: int = 25, highest: int = 100) -> Page:
        limit = self._number("limit", default)
        offset = self._number("offset", 0)
        if limit > highest and self.world.switches.limit_over_100 is OverLimit.REFUSE:
            raise invalid(f"Limit must not be greater than {highest}")
        limit = max(1, min(limit, highest))
        farthest = self.world.switches.farthest_item
        if offset + limit > farthest:
            raise invalid(f"Offset plus limit must not be greater than {farthest}")
        return Page(limit, offset, self.request.flag("total"))

    def _number(self, name: str, default: int) -> int:
        text = self.request.param(name)
        if text is None:
            return default
        if not text.isdecimal():
            raise invalid(f"{name} must be a number")
        return int(text)

    def paged(self, name: str, items: Sequence[Any], page: Page, shape: Callable[[Any], Json]) -> Response:
        shown = items[page.offset : page.offset + page.limit]
        body: Json = {
            name: [shape(one) for one in shown],
            "limit": page.limit,
            "offset": page.offset,
            "more": page.offset + page.limit < len(items),
            "total": len(items) if page.total else None,
        }
        return Response(200, body)

    def matching(self, items: Iterable[Any], *names: str) -> list[Any]:
        """Those whose named attributes contain the query."""
        query = (self.request.param("query") or "").casefold()
        return [one for one in items if any(query in getattr(one, name).casefold() for name in names)]

    def audited(self, schedule: Schedule, action: str, item_id: str = "") -> None:
        """Put it into the change log, which tells milliseconds."""
        number = len(schedule.audit) + 1
        token_end = self.key.token[-4:]
        name, request = f"{schedule.id}-{number}", f"r-{number}"
        record = AuditRecord(name, self.world.clock.now(), action, self.key.user_id, token_end, request, item_id)
        schedule.audit.append(record)


def _completed(since: datetime | None, until: datetime | None) -> Span:
    if since is None:
        assert until is not None, "one end is known"
        return Span(until - TWO_WEEKS, until)
    return Span(since, until or since + TWO_WEEKS)


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint: its method, its path with {placeholders}, the scope it needs, and what answers."""

    method: str
    path: str
    scope: str
    answer: Callable[[Call], Response]
