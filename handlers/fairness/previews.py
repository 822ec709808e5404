"""What *Fair assignment* shows before anything is stored: the next weeks, and what a re-plan would move."""

from __future__ import annotations

from handlers.fairness import words
from handlers.fairness.packing import pack
from handlers.fairness.views import TITLE, Id
from handlers.kit import blocks as kit
from handlers.kit.blocks import Block, View, actions, button, context, modal, section, when
from handlers.kit.metadata import Metadata
from services.fairness.drafting import FairDraft
from services.fairness.replanning import Replan
from services.fairness.saving import FairPreview
from services.kit.wording import counted, escape


def waiting_view(text: str, metadata: str) -> View:
    """While something is worked out."""
    return modal(TITLE, [section(f":hourglass_flowing_sand: {text}")], metadata=metadata)


def preview_view(schedule: str, shown: FairPreview, draft: FairDraft, metadata: Metadata) -> View:
    """What saving does; the draft travels along."""
    plan = shown.plan
    ends = ", ".join(f"*{escape(name)}*" for name in shown.ends)
    blocks: list[Block] = [
        actions("back", button(Id.TO_RULES, "Back")),
        section(f"*{escape(shown.role)}* of *{escape(schedule)}*, from {when(shown.since)} on"),
        *([section(f":warning: Ends then: {ends}. Confirmed shifts stay.")] if ends else []),
        section(words.plan_line(plan)),
        *_titled("*Nobody can be on call*", words.open_lines(plan)),
        *_titled("*Compromises*", words.compromise_lines(plan.compromises)),
        kit.divider(),
        *_titled("*Who gets how many*", words.tally_lines(plan)),
        *_titled("*The next shifts*", words.shift_lines(plan) or ["All time up to the horizon is taken already."]),
        context("What is confirmed stays as it is. New shifts are proposed, and confirmed as usual."),
    ]
    return modal(TITLE, blocks, callback_id=Id.SAVE, submit="Save", close="Cancel", metadata=pack(metadata, draft))


def replan_view(shown: Replan, metadata: Metadata) -> View:
    """What would move; *Re-plan* is bound to exactly that."""
    head = section(f"Re-plan *{escape(shown.schedule)}*")
    if not shown.moves:
        text = f":white_check_mark: Nothing has to move: {counted(shown.counted, 'shift')} looked at."
        return modal(TITLE, [head, section(text)], close="Close", metadata=metadata.dump())
    moved = f"*{counted(len(shown.moves), 'shift')} of {shown.counted} would move.*"
    after = "Whoever gains or loses a confirmed shift is told."
    blocks: list[Block] = [
        head,
        section(f"{moved} {words.plan_line(shown.plan)}"),
        *kit.lines(words.move_lines(shown.moves)),
        *_titled("*Nobody can be on call*", words.open_lines(shown.plan)),
        *_titled("*Compromises*", words.compromise_lines(shown.plan.compromises)),
        context(after),
    ]
    return modal(TITLE, blocks, callback_id=Id.REPLAN_SAVE, submit="Re-plan", close="Cancel", metadata=metadata.dump())


def _titled(title: str, lines: list[str]) -> list[Block]:
    return [section(title), *kit.lines(lines)] if lines else []
