"""Choices and open shifts as they are kept and told: facts, which become words where somebody reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from oncall.fairness.clash import Clash, clashes
from oncall.fairness.explain import explained
from oncall.fairness.facts import clash_facts, why_facts
from oncall.fairness.pieces import Piece
from oncall.fairness.plan import Plan
from storage.repositories.fairness import Choice


def as_choices(plan: Plan) -> list[Choice]:
    """Who was chosen for each piece, and why; for nobody what clashes."""
    why = {one.slot: {"why": why_facts(one)} for made in plan.rounds for one in explained(made.problem, made.solution)}
    clash = {slot: {"clash": clash_facts(one)} for slot, one in clashes_of(plan).items()}
    return [
        Choice(piece.role_id, piece.start, piece.end, piece.wanted.kind, user, {**why, **clash}.get(piece.id, {}))
        for piece, user in plan.given
    ]


def clashes_of(plan: Plan) -> Mapping[str, Clash]:
    """By piece, for those that stayed open."""
    return {one.slot: one for made in plan.rounds if made.solution.open for one in clashes(made.problem, made.solution)}


def open_facts(plan: Plan, news: Iterable[Piece]) -> list[dict[str, Any]]:
    """Open shifts, each with why nobody fits."""
    known = clashes_of(plan)
    return [
        {
            "role": plan.situation.roles[piece.role_id],
            "start": piece.start.isoformat(),
            "end": piece.end.isoformat(),
            "clash": clash_facts(known[piece.id]),
        }
        for piece in news
    ]
