"""Asking for what concerns shifts: swaps, cover, confirming, rotations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from handlers.kit.metadata import Metadata
from handlers.rotations.views import pack
from services.rotations.saving import RotationDraft
from tests.permissions.asking import Submitted, Way, moment, option, text, users
from tests.permissions.proof import SCHEDULE, Fields, Proof, Proofs, pressed, submitted, typed
from tests.permissions.town import Things, Town


def swap_fields(how: str) -> Callable[[Town, Things], Fields]:
    return lambda _, t: {"mine": option(t.others.hers), "theirs": option(t.others.his), "how": option(how)}


def again(callback: str, number: Callable[[Things], int]) -> Callable[[Town, Things], Way]:
    """The form that asks once more, about what the button carried."""
    return lambda _, t: Submitted(callback, {}, Metadata(token=str(number(t))))


def in_return(town: Town, t: Things) -> Way:
    """A shift of one's own for the one that cover is asked for."""
    about = Metadata(schedule_id=t.schedule, request_id=t.others.cover)
    return Submitted("cover.swap_form", {"mine": option(t.others.hers)}, about)


def first_handoff(town: Town) -> datetime:
    return town.now.replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=15)


def rotation_fields(town: Town, t: Things) -> Fields:
    return {
        "name": text("Another one"),
        "role": option(t.other_role),
        "members": users(t.assignable),
        "every": text("1"),
        "unit": option("weeks"),
        "first_handoff": moment(town.now.timestamp() // 3600 * 3600 + 15 * 86400),
        "zone": option("UTC"),
        "coverage": option("always"),
        "counts": option("covered"),
        "backup": option("none"),
    }


def saving(*, confirmed: bool = False) -> Callable[[Town, Things], Way]:
    """Saving what was previewed; ``confirmed`` changes confirmed shifts along."""

    def way(town: Town, t: Things) -> Way:
        draft = RotationDraft(
            schedule_id=t.schedule,
            name="Another one",
            role=t.other_role,
            members=(t.assignable,),
            first_handoff=first_handoff(town),
            zone="UTC",
            confirmed_from=town.now + timedelta(days=1) if confirmed else None,
        )
        return Submitted("rotation.save", {}, private=pack(Metadata(schedule_id=t.schedule), draft))

    return way


def in_rotation(action_id: str, value: str) -> Callable[[Town, Things], Way]:
    return pressed(action_id, value, schedule_id="schedule", rotation_id="others.rotation")


def unplanned(_town: Town, t: Things) -> Way:
    """The second yes to removing what is planned for a rotation."""
    about = Metadata(schedule_id=t.schedule, rotation_id=t.others.rotation, token=str(t.others.plan))
    return Submitted("rotation.unplan_anyway", {}, about)


def times_fields(town: Town, _things: Things) -> Fields:
    start = town.now.timestamp() // 3600 * 3600 + 86400
    return {"start": moment(start), "end": moment(start + 7200), "leaning": option("cannot")}


def account_fields(_town: Town, _things: Things) -> Fields:
    return {"server": text("https://127.0.0.1/"), "user": text("me"), "password": text("secret")}


OF_MEMBER = {"user_id": "assignable"}

OF_SHIFTS: Proofs = {
    "say when one can't be on call": {
        "command": Proof(typed("away"), "Times are in your Slack time zone", names_things=False),
        "form": Proof(submitted("away", times_fields), "+away.entered", names_things=False),
    },
    "choose one's public holidays": {
        "form": Proof(
            submitted("away.holidays_view", lambda _, t: {"country": option("DE")}), "+away.region", names_things=False
        )
    },
    "add a calendar of one's own": {
        "button": (
            Proof(pressed("away.add_calendar"), "Secret address in iCal format", names_things=False),
            Proof(pressed("away.add_caldav"), "App password", names_things=False),
        ),
        "form": (
            Proof(
                submitted("away.feed_view", lambda _, t: {"address": text("http://127.0.0.1/x.ics")}),
                "private or special address",
                names_things=False,
            ),
            Proof(submitted("away.caldav_view", account_fields), "private or special address", names_things=False),
        ),
    },
    "remove a calendar of one's own": {
        "button": Proof(pressed("away.remove_calendar", "{t.others.calendar}"), "+away.calendar_removed")
    },
    "enter a member's times": {
        "form": Proof(submitted("away", times_fields, **OF_MEMBER), "+away.entered", names_things=False)
    },
    "look at a member's times": {
        "button": tuple(
            Proof(pressed(f"away.page_{which}", "0", **OF_MEMBER), "the last day that it starts", names_things=False)
            for which in ("back", "on")
        )
    },
    "remove a member's time": {"button": Proof(pressed("away.remove", "{t.others.time}"), "+away.removed")},
    "take a shift": {"form": Proof(submitted("take", lambda _, t: {"shift": option(t.others.pats)}), "+shift.taken")},
    "ask for a swap": {"form": Proof(submitted("swap", swap_fields("ask")), "+swap.asked")},
    "decide a swap at once": {"form": Proof(submitted("swap", swap_fields("decide")), "+shift.swapped")},
    "accept a swap": {
        "button": Proof(pressed("swap.accept", "{t.others.swap}"), "+shift.swapped"),
        "form": Proof(again("swap.accept_anyway", lambda t: t.others.swap), "+shift.swapped"),
    },
    "decline a swap": {"button": Proof(pressed("swap.decline", "{t.others.swap}"), "+swap.declined")},
    "take back a request to swap": {"button": Proof(pressed("swap.withdraw", "{t.others.swap}"), "+swap.withdrawn")},
    "undo a swap": {
        "button": Proof(pressed("swap.undo", "{t.others.swapped}"), "+shift.swap_undone"),
        "form": Proof(again("swap.undo_anyway", lambda t: t.others.swapped), "+shift.swap_undone"),
    },
    "ask for cover": {"form": Proof(submitted("cover", lambda _, t: {"shift": option(t.others.hers)}), "+cover.asked")},
    "cover somebody": {
        "button": Proof(pressed("cover.take", "{t.others.cover}"), "+shift.covered"),
        "form": Proof(again("cover.take_anyway", lambda t: t.others.cover), "+shift.covered"),
    },
    "answer a request for cover": {
        "button": (
            Proof(pressed("cover.no", "{t.others.cover}"), "+cover.answered"),
            Proof(pressed("cover.later", "{t.others.cover}"), "+cover.answered"),
        )
    },
    "offer a swap for cover": {"form": Proof(in_return, "+cover.answered")},
    "take back a request for cover": {
        "button": Proof(pressed("cover.withdraw", "{t.others.own_cover}"), "+cover.withdrawn")
    },
    "confirm shifts": {
        "button": Proof(pressed("confirm.all", "{t.others.waiting}", **SCHEDULE), "+shifts.confirmed"),
        "form": Proof(
            submitted("confirm", lambda _, t: {"shifts": several(t.others.proposed)}),
            "+shifts.confirmed",
        ),
    },
    "restore a shift": {
        "button": Proof(
            lambda town, t: pressed("shift.restore", f"{t.others.unassigned}:{t.assignable}")(town, t),
            "+shift.assigned",
        )
    },
    "hand shifts on": {
        "form": Proof(
            submitted("members.hand_on", lambda town, t: {"to": option(town.ids["sam"])}, user_id="assignable"),
            "+shift.reassigned",
        )
    },
    "set a rotation": {
        "command": Proof(typed("rotation payments"), "First handoff", names_things=False),
        "form": (
            Proof(submitted("rotation", rotation_fields), "Who gains and loses what"),
            Proof(saving(), "+rotation.saved"),
        ),
    },
    "change confirmed shifts with a rotation": {"form": Proof(saving(confirmed=True), "+rotation.saved")},
    "remove a planned change": {
        "button": Proof(in_rotation("rotation.unplan", "{t.others.plan}"), "+rotation.saved"),
        "form": Proof(unplanned, "+rotation.saved"),
    },
    "end a rotation": {"button": Proof(in_rotation("rotation.end", "{t.others.rotation}"), "+rotation.ended")},
}


def several(value: str) -> dict[str, object]:
    return {"type": "checkboxes", "selected_options": [{"value": value}]}
