"""Rate limits, per method, app and workspace. Off until somebody switches them on.

Slack gives each method a tier with so many calls a minute; posting has a limit of its own, one message a second in a
channel. A call over the limit is told after how many seconds there will be room again.
"""

import math
from collections import deque
from dataclasses import dataclass, field

_TIER_1, _TIER_2, _TIER_3, _TIER_4, _SPECIAL = 1, 20, 50, 100, 300
PER_MINUTE = {
    "apps.connections.open": _TIER_1,
    "auth.revoke": _TIER_3,
    "auth.test": _SPECIAL,
    "chat.delete": _TIER_3,
    "chat.getPermalink": _SPECIAL,
    "chat.postEphemeral": _TIER_4,
    "chat.postMessage": _SPECIAL,
    "chat.update": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.join": _TIER_3,
    "conversations.list": _TIER_2,
    "conversations.members": _TIER_4,
    "conversations.open": _TIER_3,
    "conversations.setTopic": _TIER_2,
    "oauth.v2.access": _TIER_4,
    "team.info": _TIER_3,
    "usergroups.create": _TIER_2,
    "usergroups.disable": _TIER_2,
    "usergroups.enable": _TIER_2,
    "usergroups.list": _TIER_2,
    "usergroups.users.list": _TIER_2,
    "usergroups.users.update": _TIER_2,
    "users.info": _TIER_4,
    "users.list": _TIER_2,
    "users.lookupByEmail": _TIER_3,
    "views.open": _TIER_4,
    "views.publish": _TIER_4,
    "views.push": _TIER_4,
    "views.update": _TIER_4,
}


@dataclass(slots=True)
class RateLimits:
    enabled: bool = False
    _taken: dict[tuple[str, ...], deque[float]] = field(default_factory=dict[tuple[str, ...], deque[float]])

    def switch(self, *, on: bool) -> None:
        self.enabled = on
        self._taken.clear()

    def wait_for(self, method: str, team_id: str, channel: str, now: float) -> int:
        """Seconds to wait before this call may be made; 0 means that it may go now, and is counted."""
        if not self.enabled:
            return 0
        windows: list[tuple[tuple[str, ...], int, float]] = [((method, team_id), PER_MINUTE[method], 60.0)]
        if method == "chat.postMessage":
            windows.append(((method, team_id, channel), 1, 1.0))
        waits = [self._room_in(key, most, seconds, now) for key, most, seconds in windows]
        if (wait := max(waits)) > 0:
            return math.ceil(wait)
        for key, _, _ in windows:
            self._taken[key].append(now)
        return 0

    def _room_in(self, key: tuple[str, ...], most: int, seconds: float, now: float) -> float:
        taken = self._taken.setdefault(key, deque())
        while taken and taken[0] <= now - seconds:
            taken.popleft()
        return taken[0] + seconds - now if len(taken) >= most else 0.0
