"""The words of ``/oncall`` as buttons: which there are, what is on them, and for whom they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.kit.blocks import Block, button

DO = "home.do"


@dataclass(frozen=True, slots=True)
class Deed:
    """A word of the command, as a button on the Home tab says it."""

    word: str
    label: str


EVERYBODY = (
    Deed("who", "Who is on call"),
    Deed("me", "My shifts"),
    Deed("shifts", "Coming shifts"),
    Deed("calendar", "Calendar feeds"),
    Deed("balance", "Balance"),
    Deed("take", "Take over a shift"),
    Deed("cover", "Ask for cover"),
    Deed("swap", "Swap a shift"),
    Deed("away", "When I can't be on call"),
    Deed("schedules", "All schedules"),
    Deed("members", "Members"),
    Deed("history", "History"),
    Deed("archived", "Archived schedules"),
    Deed("notifications", "Notifications"),
    Deed("help", "Help"),
)
ADMINS = (
    Deed("assign", "Assign a shift"),
    Deed("change", "Change a shift"),
    Deed("confirm", "Confirm shifts"),
    Deed("rotation", "Rotation"),
    Deed("fair", "Fair assignment"),
    Deed("edit", "Edit schedule"),
    Deed("channel", "Notices in the channel"),
    Deed("presence", "Presence in Slack"),
    Deed("destinations", "Destinations"),
    Deed("pending", "Pending changes"),
    Deed("refresh", "Refresh"),
    Deed("export", "Export now"),
    Deed("sync", "PagerDuty updates"),
    Deed("archive", "Archive schedule"),
)
CREATE, LINK, CONNECT = (
    Deed("create", "Create schedule"),
    Deed("link", "Link from PagerDuty"),
    Deed("connections", "Connections"),
)
SETTING_UP = (CREATE, LINK, CONNECT, Deed("webhooks", "Webhooks"))
WORKSPACE = (Deed("settings", "Workspace settings"),)
DOCTOR = Deed("doctor", "Doctor")
"""For whoever administers anything."""

OF_A_SCHEDULE = ("shifts", "balance", "members", "history", "destinations")
"""What anybody may look at."""
OWN_SHIFTS = ("take", "cover", "swap")
"""For who can be put on call."""

DEEDS = {deed.word: deed for deed in (*EVERYBODY, *ADMINS, *SETTING_UP, *WORKSPACE, DOCTOR)}


def press(deed: Deed, argument: str = "", *, label: str = "", style: str = "") -> Block:
    """The button; ``argument`` is what would be typed after the word."""
    return button(f"{DO}.{deed.word}", label or deed.label, argument, style=style)


def of_schedule(*, is_admin: bool, assignable: bool) -> Sequence[Deed]:
    """What somebody can do with a schedule, in order."""
    words = [*OF_A_SCHEDULE, *(OWN_SHIFTS if assignable else ())]
    deeds = [DEEDS[word] for word in words]
    return [*deeds, *(deed for deed in ADMINS if is_admin and deed not in deeds)]
