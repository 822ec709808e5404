"""What a change of shifts did, for the person who made it."""

from __future__ import annotations

from handlers.kit import blocks as kit
from handlers.kit.blocks import when
from services.kit.wording import counted, escape
from services.shifts.each_change import Changed, Move

SHOWN_MOVES = 10


def told(changed: Changed, done: str) -> str:
    """What a change did, for the person who made it."""
    lines = [f":white_check_mark: {done} in *{escape(changed.schedule)}*:", *map(_line, changed.moves[:SHOWN_MOVES])]
    if len(changed.moves) > SHOWN_MOVES:
        lines.append(f"… and {len(changed.moves) - SHOWN_MOVES} more")
    lines += [f":information_source: {remark}" for remark in changed.remarks]
    if changed.destinations:
        lines.append(f"On the way to {counted(len(changed.destinations), 'destination')}.")
    return "\n".join(lines)


def _line(move: Move) -> str:
    before, after = (kit.people([user] if user else []) for user in (move.before, move.after))
    return f"• *{escape(move.role)}* {when(move.start)} – {when(move.end)}: {after} instead of {before}"
