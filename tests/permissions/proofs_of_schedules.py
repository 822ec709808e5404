"""Asking for what concerns schedules, their members and shifts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from handlers.kit.metadata import Metadata
from handlers.schedules.edit import pack
from services.schedules.editing import EditDraft
from services.schedules.roles import RoleEdits
from tests.permissions.asking import Submitted, Way, moment, option, text, user, users
from tests.permissions.proof import SCHEDULE, Fields, Proof, Proofs, about, nothing, pressed, submitted, typed
from tests.permissions.town import Things, Town

NUMBER = count(1)
LINK = "baton.example.com/calendar/"


def schedule_form(callback: str) -> Callable[[Town, Things], Way]:
    def way(town: Town, things: Things) -> Way:
        fields = {
            "name": text(f"Name {next(NUMBER)}"),
            "team": text("Money"),
            "time_zone": option("UTC"),
            "roles": text("Primary"),
            "members": users(things.assignable),
            "admins": users(town.ids["sam"]),
            "horizon_days": text("30"),
            "confirm": option("by_hand"),
        }
        return Submitted(callback, fields, about(things) if callback != "create" else Metadata())

    return way


def without_a_role(town: Town, t: Things) -> Way:
    """What removing a role asks once more."""
    roles = RoleEdits({t.role: "Primary", t.other_role: ""})
    draft = EditDraft(t.schedule, "Payments", "UTC", [town.ids["sam"]], roles=roles)
    return Submitted("edit.anyway", {}, private=pack(draft, about(t)))


def assign_fields(town: Town, t: Things) -> Fields:
    start = town.now.timestamp() // 3600 * 3600 + 86400
    return {
        "schedule_id": option(t.schedule),
        "role_id": option(t.role),
        "user_id": option(t.assignable),
        "start": moment(start),
        "end": moment(start + 3600),
    }


def change_fields(town: Town, t: Things) -> Fields:
    return {"what": option("reassign"), "shift": option(t.shift), "user_id": option(town.ids["sam"])}


OF_SCHEDULES: Proofs = {
    "look at shifts": {"command": Proof(typed("shifts payments"), "Payments", names_things=False)},
    "have the link to one's own shifts": {"button": Proof(pressed("feeds.copy", "own"), LINK, names_things=False)},
    "have a new link to one's own shifts": {"button": Proof(pressed("feeds.renew", "own"), LINK, names_things=False)},
    "have the link to a schedule's shifts": {
        "button": (
            Proof(pressed("feeds.copy", "{t.schedule}"), LINK),
            Proof(pressed("feeds.copy", "{t.schedule}:{t.role}"), LINK),
        )
    },
    "have a new link to a schedule's shifts": {
        "button": (
            Proof(pressed("feeds.renew", "{t.schedule}"), LINK),
            Proof(pressed("feeds.renew", "{t.schedule}:{t.role}"), LINK),
        )
    },
    "look at destinations": {"command": Proof(typed("destinations payments"), "Destinations", names_things=False)},
    "create a schedule": {
        "command": Proof(typed("create"), "Create schedule", names_things=False),
        "form": Proof(schedule_form("create"), "+schedule.created", names_things=False),
    },
    "change a schedule": {
        "command": Proof(typed("edit payments"), "Edit schedule", names_things=False),
        "form": (Proof(schedule_form("edit"), "+schedule.edited"), Proof(without_a_role, "+schedule.edited")),
    },
    "archive a schedule": {
        "command": Proof(typed("archive payments"), "Archive schedule", names_things=False),
        "form": Proof(submitted("archive", nothing), "+schedule.archived"),
    },
    "bring a schedule back": {
        "button": Proof(pressed("archived.restore", "{t.others.archived}"), "+schedule.restored"),
    },
    "look at an archived schedule": {
        "command": Proof(typed("archived"), "Old", names_things=False),
        "button": Proof(pressed("archived.history", "{t.others.archived}"), "archived the schedule"),
    },
    "add a member": {
        "button": Proof(pressed("members.add", **SCHEDULE), "Add member"),
        "form": Proof(
            submitted(
                "members.add_view",
                lambda town, t: {
                    "user_id": user(town.ids["otto"]),
                    "access": option("member"),
                    "assignable": option("yes"),
                },
            ),
            "+member.added",
        ),
    },
    "change a member": {
        "button": (
            Proof(pressed("members.edit", "{t.member}", **SCHEDULE), "Edit member"),
            Proof(pressed("members.find", "{t.member}", **SCHEDULE), "Edit member"),
        ),
        "form": Proof(
            submitted(
                "members.edit_view",
                lambda _, t: {"access": option("member"), "assignable": option("yes")},
                user_id="member",
            ),
            "+member.changed",
        ),
    },
    "name an admin": {
        "button": Proof(pressed("admin.name", "{t.schedule}"), "Name an admin"),
        "form": Proof(
            submitted("admin.name_view", lambda town, _: {"user_id": user(town.ids["otto"])}), "+admin.named"
        ),
    },
    "remove a member": {
        "button": Proof(pressed("members.remove", "{t.member}", **SCHEDULE), "+member.removed"),
        "form": Proof(submitted("members.remove_anyway", nothing, user_id="member"), "+member.removed"),
    },
    "assign a shift": {"form": Proof(submitted("assign", assign_fields), "+shift.assigned")},
    "change a shift": {
        "command": Proof(typed("change payments"), "Change shift", names_things=False),
        "form": Proof(
            submitted("change", change_fields),
            "+shift.reassigned",
        ),
    },
    "set a schedule's channel": {
        "command": Proof(typed("channel payments"), "Tell the channel", names_things=False),
        "form": Proof(
            submitted(
                "channel",
                lambda town, t: {"reminder_hours": text("5"), "digest_day": option(0), "digest_hour": option(9)},
            ),
            "+channel.changed",
        ),
    },
    "show who is on call in Slack": {
        "command": Proof(typed("presence payments"), "User group", names_things=False),
        "form": Proof(
            submitted(
                "presence",
                lambda town, t: {
                    f"group_id@{t.role}": {"type": "external_select", "selected_option": None},
                    "fallback": user(town.ids["sam"]),
                    "on_edit": option("restore"),
                },
            ),
            "+presence.changed",
        ),
    },
    "choose what one hears of": {
        "command": Proof(typed("notifications"), "How do you want to hear", names_things=False),
        "form": Proof(submitted("notifications", nothing), "Saved your preferences", names_things=False),
    },
    "see what is not well": {"command": Proof(typed("doctor"), "that could not be delivered", names_things=False)},
    "send a notice again": {
        "button": (
            Proof(pressed("doctor.send_again", "{t.others.letter}"), "+notice.sent_again"),
            Proof(pressed("doctor.send_all_again"), "+notice.sent_again", names_things=False),
        )
    },
    "change the workspace's settings": {
        "command": Proof(typed("settings"), "Who can make schedules", names_things=False),
        "form": Proof(
            submitted("settings", lambda _, t: {"creators": option("admins")}), "+workspace.rules", names_things=False
        ),
    },
}
