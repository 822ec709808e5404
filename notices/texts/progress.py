"""Words about a long export or import: how far it is, and in the same message what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notices.texts.marks import Message, Scene, escape, link
from notices.texts.trouble import system_of

Facts = Mapping[str, Any]

CELLS = 20
MOST_REFUSALS = 5


def progress(facts: Facts, scene: Scene) -> Message:
    """A bar while it goes on, a sentence once it is over."""
    outcome = facts.get("outcome")
    return _over(facts, outcome, scene) if outcome else _under_way(facts, scene)


def bar(done: int, total: int) -> str:
    """``done`` of ``total`` as a row of blocks; full only when everything is done."""
    full = min(CELLS, CELLS * done // total) if total else CELLS
    return f"`{'█' * full}{'░' * (CELLS - full)}`"


def _under_way(facts: Facts, scene: Scene) -> Message:
    done, total = facts["done"], facts["total"]
    title = f":hourglass_flowing_sand: {_doing(facts, scene)}: {done} of {total} changes"
    held_up = (f":warning: {escape(facts['hitch'])}",) if facts.get("hitch") else ()
    return Message(title, (bar(done, total), *held_up))


def _doing(facts: Facts, scene: Scene) -> str:
    if facts["what"] == "import":
        return f"Taking over what changed in {_where(facts)} for {scene.title}"
    return f"Exporting {scene.title} to {_where(facts)}"


def _over(facts: Facts, outcome: Facts, scene: Scene) -> Message:
    done, total, refusals = facts["done"], facts["total"], outcome["refusals"]
    where = _where(facts)
    if outcome["stopped"]:
        what = "Taking over" if facts["what"] == "import" else "Exporting"
        title = f":warning: {what} stopped after {done} of {total} changes: {scene.title}, {where}"
        more = f"`/oncall destinations {escape(scene.schedule)}` shows how it stands and what can be done."
        return Message(title, (escape(outcome["reason"]), more))
    if facts["what"] == "import":
        taken = _changes(outcome["imported"])
        return Message(f":white_check_mark: Took over {taken} from {where} for {scene.title}")
    if refusals:
        there = system_of(facts).name
        title = f":warning: Exported {scene.title} to {where}: {_changes(done)} made, {refusals} refused by {there}"
        return Message(title, tuple(f"• {escape(reason)}" for reason in outcome["refused"][:MOST_REFUSALS]))
    return Message(f":white_check_mark: Exported {scene.title} to {where}: {_changes(done)} made")


def _changes(count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'}"


def _where(facts: Facts) -> str:
    return link(facts.get("external_url") or "", facts["external_schedule"])
