"""Words that Baton does not have, and what people who type them are looking for."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

NEAR_ENOUGH = 0.6
MOST = 3

SAME = {
    "now": "who",
    "on-call": "who",
    "oncall": "who",
    "on": "who",
    "today": "who",
    "current": "who",
    "my": "me",
    "mine": "me",
    "whoami": "me",
    "?": "help",
    "commands": "help",
    "ls": "schedules",
    "list": "schedules",
}
"""Other names of a word; they do the same."""

LEADS_TO: dict[str, tuple[str, ...]] = {
    "override": ("take", "change", "assign"),
    "overrides": ("take", "change", "assign"),
    "replace": ("take", "change", "assign"),
    "reassign": ("change",),
    "unassign": ("change",),
    "end": ("change",),
    "stop": ("change", "sync", "archive"),
    "shift": ("shifts", "assign", "change"),
    "next": ("who", "shifts"),
    "tomorrow": ("who", "shifts"),
    "week": ("shifts",),
    "subscribe": ("calendar",),
    "feed": ("calendar",),
    "feeds": ("calendar",),
    "ical": ("calendar",),
    "ics": ("calendar",),
    "google": ("calendar",),
    "outlook": ("calendar",),
    "pause": ("destinations",),
    "resume": ("destinations",),
    "unpause": ("destinations",),
    "destination": ("destinations",),
    "status": ("destinations", "doctor"),
    "pagerduty": ("connections", "sync", "destinations"),
    "pd": ("connections", "sync", "destinations"),
    "connect": ("connections", "link"),
    "connection": ("connections",),
    "import": ("link",),
    "key": ("connections",),
    "webhook": ("webhooks",),
    "schedule": ("schedules", "shifts", "create"),
    "new": ("create",),
    "add": ("assign", "members", "create"),
    "remove": ("change", "members", "archive"),
    "delete": ("change", "members", "archive"),
    "rename": ("edit",),
    "role": ("edit", "rotation"),
    "roles": ("edit", "rotation"),
    "teams": ("schedules", "edit"),
    "admin": ("members", "edit"),
    "admins": ("members", "edit"),
    "team": ("schedules", "edit"),
    "settings": ("edit", "notifications"),
    "config": ("edit", "notifications"),
    "timezone": ("edit",),
    "zone": ("edit",),
    "match": ("members", "destinations"),
    "rota": ("rotation",),
    "rotations": ("rotation",),
    "layers": ("rotation",),
    "member": ("members",),
    "users": ("members",),
    "people": ("members",),
    "trade": ("swap",),
    "exchange": ("swap",),
    "handoff": ("change", "swap", "cover"),
    "handover": ("change", "swap", "cover"),
    "sick": ("cover",),
    "away": ("cover", "swap"),
    "vacation": ("cover", "swap"),
    "holiday": ("cover", "swap"),
    "approve": ("confirm",),
    "notify": ("notifications",),
    "notification": ("notifications",),
    "reminders": ("channel", "notifications"),
    "mute": ("notifications", "channel"),
    "log": ("history",),
    "audit": ("history",),
    "undo": ("history", "change"),
    "restore": ("history", "edit"),
    "diff": ("pending", "refresh"),
    "push": ("export",),
    "pull": ("refresh",),
    "update": ("refresh", "edit"),
    "health": ("doctor",),
    "errors": ("doctor",),
}
"""Where to look instead; people choose themselves, because these change things or may mean several."""


def meant(name: str, words: Iterable[str]) -> list[str]:
    """The words that could have been meant, likeliest first."""
    known = list(words)
    leads = [word for word in LEADS_TO.get(name, ()) if word in known]
    return leads or get_close_matches(name, known, n=MOST, cutoff=NEAR_ENOUGH)
