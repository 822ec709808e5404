"""The form of a fair role on its way through its steps: packed into the modal's metadata, and read back with what was
typed since. Slack takes 3,000 characters there, so names are short and what is usual is left out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from handlers.kit.forms import Form
from handlers.kit.metadata import Metadata
from oncall.fairness.arrangement import usual_weights
from oncall.fairness.patterns import Days, Who
from oncall.fairness.problem import SOFT, Rule, Weight
from services.fairness.drafting import FairDraft, PatternDraft
from services.kit.errors import NotFound

SHARE = "share_"
GROUPED, APART = "grouped", "apart"
NUMBERS = ("apart_days", "rest_hours", "most_hours", "in_days")


def pack(metadata: Metadata, draft: FairDraft) -> str:
    """The metadata with the draft in it."""
    typed: dict[str, Any] = {
        "r": draft.role,
        "p": [[p.days, p.start.strftime("%H:%M") if p.start else "", p.who, p.member or ""] for p in draft.patterns],
        "z": draft.zone,
        "m": [[user, draft.shares.get(user, "")] for user in draft.members],
        "w": {rule: weight for rule, weight in draft.weights.items() if weight is not usual_weights()[rule]},
        "g": int(draft.grouped),
        "n": [getattr(draft, name) for name in NUMBERS],
        "d": int(draft.allows_double),
        "s": draft.since.isoformat() if draft.since else "",
    }
    return json.dumps(json.loads(metadata.dump()) | {"draft": typed}, separators=(",", ":"))


def unpack(text: str, metadata: Metadata) -> FairDraft:
    """The draft that :func:`pack` put there. Raises NotFound for one of another version."""
    try:
        return _unpacked(json.loads(text)["draft"], metadata)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotFound("That form is too old. Open it again with `/oncall fair`.") from error


def _unpacked(typed: dict[str, Any], metadata: Metadata) -> FairDraft:
    return FairDraft(
        schedule_id=metadata.schedule_id or 0,
        revision=metadata.revision or 0,
        role=typed["r"],
        patterns=tuple(
            PatternDraft(Days(days), time.fromisoformat(start) if start else None, Who(who), member or None)
            for days, start, who, member in typed["p"]
        ),
        zone=typed["z"],
        members=tuple(user for user, _share in typed["m"]),
        shares={user: share for user, share in typed["m"] if share},
        weights=usual_weights() | {Rule(rule): Weight(weight) for rule, weight in typed["w"].items()},
        grouped=bool(typed["g"]),
        allows_double=bool(typed["d"]),
        since=datetime.fromisoformat(typed["s"]) if typed["s"] else None,
        **dict(zip(NUMBERS, typed["n"], strict=True)),
    )


def typed_over(draft: FairDraft, form: Form) -> FairDraft:
    """The draft with what is in the fields that are shown; complete or not."""
    return _rules(_shifts(draft, form), form)


def _shifts(draft: FairDraft, form: Form) -> FairDraft:
    if not form.has("members"):
        return draft
    patterns = tuple(_pattern(one, number, form) for number, one in enumerate(draft.patterns, 1))
    return replace(
        draft,
        role=form.number("role") if form.has("role") else draft.role,
        patterns=patterns,
        zone=form.option("zone") or "",
        members=tuple(form.users("members")),
    )


def _pattern(before: PatternDraft, number: int, form: Form) -> PatternDraft:
    return PatternDraft(
        form.choice(f"days_{number}", Days, before.days),
        form.of_day(f"start_{number}") if form.has(f"start_{number}") else before.start,
        form.choice(f"who_{number}", Who, before.who),
        form.user(f"member_{number}") if form.has(f"member_{number}") else before.member,
    )


def _rules(draft: FairDraft, form: Form) -> FairDraft:
    if not form.has("rest_hours"):
        return draft
    usual = usual_weights()
    shares = {user: form.text(SHARE + user) for user in draft.members if form.has(SHARE + user)}
    return replace(
        draft,
        weights={rule: form.choice(f"weight_{rule}", Weight, usual[rule]) for rule in SOFT},
        grouped=form.option("spread") == GROUPED,
        allows_double=bool(form.chosen("allows_double")),
        since=form.instant("since"),
        shares={user: share for user, share in (dict(draft.shares) | shares).items() if share and share != "100"},
        **{name: form.text(name).strip() for name in NUMBERS},
    )
