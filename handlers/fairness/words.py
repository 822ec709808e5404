"""What an assignment, its quality and its compromises are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from handlers.kit.blocks import when
from notices.texts.fairness import quality_line
from oncall.fairness.plan import Plan
from oncall.fairness.words import told_clash
from services.fairness.dealing import Dealt
from services.fairness.explaining import clashes_of
from services.fairness.replanning import Moved
from services.fairness.saving import FairSaved
from services.kit.wording import counted, escape, span
from storage.repositories.fairness import Deal

SHOWN_SHIFTS = 60
"""Four weeks of two shifts a day, and some."""
SHOWN_MOVES = 30
SHOWN_COMPROMISES = 8
SHOWN_OPEN = 8


def deal_line(deal: Deal) -> str:
    """How good the last assignment is, and who worked it out."""
    return f"Last assignment, {when(deal.made_at)}: {quality_line(deal.quality, deal.solver, proven=deal.proven)}"


def plan_line(plan: Plan) -> str:
    return quality_line(plan.quality, plan.solver, proven=plan.proven)


def shift_lines(plan: Plan) -> list[str]:
    """Who gets what, soonest first."""
    roles = plan.situation.roles
    several = len({piece.role_id for piece, _user in plan.given}) > 1
    lines = [
        f"• {span(piece.start, piece.end)}: {f'<@{user}>' if user else '*nobody*'}"
        + (f" as {escape(roles[piece.role_id])}" if several else "")
        for piece, user in plan.given[:SHOWN_SHIFTS]
    ]
    more = len(plan.given) - SHOWN_SHIFTS
    return lines + ([f"… and {counted(more, 'more shift')} until {when(plan.end)}"] if more > 0 else [])


def tally_lines(plan: Plan) -> list[str]:
    """For each member how many shifts of each type they get: ``@ann: 12 (10 Weekdays 09:00, 2 Weekends 09:00)``."""
    kinds: dict[str, dict[str, int]] = {}
    for piece, user in plan.given:
        kinds.setdefault(piece.wanted.kind, {})
        if user is not None:
            kinds[piece.wanted.kind][user] = kinds[piece.wanted.kind].get(user, 0) + 1
    users = sorted({m.user for one in plan.rounds for m in one.problem.members})
    return [f"• <@{user}>: {_tally({kind: found.get(user, 0) for kind, found in kinds.items()})}" for user in users]


def _tally(kinds: Mapping[str, int]) -> str:
    total = sum(kinds.values())
    parts = ", ".join(f"{number} {kind}" for kind, number in kinds.items() if number)
    return f"{total} ({parts})" if len(kinds) > 1 and total else counted(total, "shift")


def compromise_lines(compromises: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is not as it should be."""
    lines = [f"• {_compromise(one)}" for one in compromises]
    more = len(lines) - SHOWN_COMPROMISES
    return lines[:SHOWN_COMPROMISES] + ([f"… and {more} more"] if more > 0 else [])


def _compromise(one: Mapping[str, Any]) -> str:
    if one["what"] == "wish":
        return f"<@{one['user']}> would rather not, and is on call {when(one['start'])} – {when(one['end'])}"
    what = f"{one['by']:g} {'shifts' if one['by'] != 1 else 'shift'} {one['what']} their share"
    return f"<@{one['user']}> is {what}" + (f" of {one['kind']}" if one["kind"] else "")


def open_lines(plan: Plan) -> list[str]:
    """Shifts that nobody can have, each with why."""
    known = clashes_of(plan)
    lines = [
        f"• {span(piece.start, piece.end)}: {told_clash(known[piece.id], _mention, when)}"
        for piece in plan.open[:SHOWN_OPEN]
    ]
    more = len(plan.open) - SHOWN_OPEN
    return lines + ([f"… and {more} more"] if more > 0 else [])


def _mention(user: str) -> str:
    return f"<@{user}>"


def move_lines(moves: Sequence[Moved]) -> list[str]:
    """Each shift that a re-plan moves, counted."""
    lines = [
        f"{number}. {escape(one.role)}, {span(one.start, one.end)}: {_person(one.before)} → {_after(one)}"
        for number, one in enumerate(moves[:SHOWN_MOVES], 1)
    ]
    more = len(moves) - SHOWN_MOVES
    return lines + ([f"… and {more} more"] if more > 0 else [])


def _person(user: str | None) -> str:
    return f"<@{user}>" if user else "nobody"


def _after(one: Moved) -> str:
    if one.after is None and one.before:
        return f"nobody else can; it stays with <@{one.before}> until somebody takes it"
    return _person(one.after)


def saved_text(saved: FairSaved, dealt: Dealt) -> str:
    schedule = escape(saved.schedule)
    text = f":white_check_mark: *{escape(saved.role)}* of *{schedule}* is filled fairly from {when(saved.since)} on."
    ended = ", ".join(f"*{escape(name)}*" for name in saved.ended)
    parts = [text, f"Ended: {ended}." if ended else "", _dealt(dealt, schedule)]
    if dealt.open:
        parts.append(f":red_circle: {counted(len(dealt.open), 'shift')} with nobody; the admins hear why.")
    return " ".join(part for part in parts if part)


def _dealt(dealt: Dealt, schedule: str) -> str:
    if dealt.proposed:
        waits = "waits" if len(dealt.proposed) == 1 else "wait"
        return f"{counted(len(dealt.proposed), 'shift')} {waits}: `/oncall confirm {schedule}`."
    return f"{counted(len(dealt.confirmed), 'shift')} confirmed at once." if dealt.confirmed else "No new shifts."
