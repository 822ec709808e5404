"""Asking for what concerns roles that are filled fairly."""

from __future__ import annotations

from dataclasses import replace

from handlers.fairness.packing import pack
from handlers.kit.metadata import Metadata
from oncall.fairness.problem import SOFT
from services.fairness.drafting import FairDraft
from tests.permissions.asking import Submitted, Way, option, text, users
from tests.permissions.proof import SCHEDULE, Fields, Proof, Proofs, pressed, typed
from tests.permissions.town import Things, Town

NOTHING_MOVES = "e3b0c44298fc1c14"
"""The digest of a re-plan that moves nothing."""


def about(t: Things) -> Metadata:
    return Metadata(schedule_id=t.schedule, revision=1)


def draft(t: Things) -> FairDraft:
    return FairDraft(schedule_id=t.schedule, role=t.other_role, zone="UTC", members=(t.assignable,))


def shift_fields(t: Things) -> Fields:
    return {
        "role": option(t.other_role),
        "days_1": option("mon"),
        "start_1": {"type": "timepicker", "selected_time": "09:00"},
        "who_1": option("best"),
        "zone": option("UTC"),
        "members": users(t.assignable),
    }


def rule_fields(t: Things) -> Fields:
    return {
        **{f"weight_{rule}": option("normal") for rule in SOFT},
        "spread": option("apart"),
        **{name: text("") for name in ("apart_days", "rest_hours", "most_hours")},
        "in_days": text("7"),
        f"share_{t.assignable}": text("100"),
    }


def shifts_form(_town: Town, t: Things) -> Way:
    return Submitted("fair.shifts", shift_fields(t), private=pack(about(t), replace(draft(t), members=())))


def rules_form(_town: Town, t: Things) -> Way:
    return Submitted("fair.rules", rule_fields(t), private=pack(about(t), draft(t)))


def saving(_town: Town, t: Things) -> Way:
    return Submitted("fair.save", {}, private=pack(about(t), draft(t)))


def replanning(_town: Town, t: Things) -> Way:
    return Submitted("fair.replan_save", {}, replace(about(t), token=NOTHING_MOVES))


OF_FAIRNESS: Proofs = {
    "have a role filled fairly": {
        "command": Proof(typed("fair payments"), "Start from", names_things=False),
        "form": (
            Proof(shifts_form, "How much rules count"),
            Proof(rules_form, "Who gets how many"),
            Proof(saving, "+fair.saved"),
        ),
    },
    "re-plan": {
        "button": Proof(pressed("fair.replan", "{t.schedule}", **SCHEDULE), "Nothing has to move"),
        "form": Proof(replanning, "+fair.replanned"),
    },
    "have a role filled in order again": {
        "button": Proof(pressed("fair.in_order", "{t.role}", **SCHEDULE), "+fair.ended"),
    },
}
