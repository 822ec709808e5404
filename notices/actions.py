"""Action ids of the buttons on notices, and what the value of each button is."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What a button does, and what its value is."""

    COVER_TAKE = "cover.take"  # request id
    COVER_SWAP = "cover.swap"  # request id
    COVER_LATER = "cover.later"  # request id
    COVER_NO = "cover.no"  # request id
    COVER_WITHDRAW = "cover.withdraw"  # request id
    SWAP_ACCEPT = "swap.accept"  # request id
    SWAP_DECLINE = "swap.decline"  # request id
    SWAP_WITHDRAW = "swap.withdraw"  # request id
    SWAP_UNDO = "swap.undo"  # request id
    CONFIRM_SHIFTS = "shifts.confirm"  # schedule id
    RESTORE_SHIFT = "shift.restore"  # shift id and who had it: "9:U123" and who had it: "42:U123"
    EXPORT_ANYWAY = "destination.export_anyway"  # destination id and the plan's digest: "42:ab12…"
    COPY_EXPORT = "copy.export"  # destination id and the plan's digest: "42:ab12…"
    COPY_TAKE = "copy.take"  # destination id
    COPY_LEAVE = "copy.leave"  # destination id
    MATCH_MEMBER = "member.match"  # destination id
    NAME_ADMIN = "admin.name"  # schedule id
    ACCESS_ALLOW = "access.allow"  # request id
    ACCESS_REFUSE = "access.refuse"  # request id
    ACCESS_GO_ON = "access.go_on"  # request id
    WEBHOOK_TAKE = "webhook.take"  # webhook id
    FIRST_LIST = "destination.first_export"  # destination id
    FIRST_EXPORT = "access.first_export"  # request id
    REPLAN = "fair.replan"  # schedule id
    MATCH_PERSON = "person.match"  # destination id and external id: "42:PABC123"
