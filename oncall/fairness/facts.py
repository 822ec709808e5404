"""Explanations as they are stored and sent: plain JSON, with instants as ISO 8601; and read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oncall.fairness.clash import Blocked, Clash
from oncall.fairness.explain import Candidate, Cost, Why
from oncall.fairness.problem import Fill, Measure, Rule
from oncall.fairness.terms import Reason

Facts = Mapping[str, Any]


def why_facts(why: Why) -> dict[str, Any]:
    return {
        "slot": why.slot,
        "user": why.user,
        "fill": why.fill.value,
        "decided": why.decided.value if why.decided else None,
        "others": [
            {
                "user": one.user,
                "barred": _reason_facts(one.barred) if one.barred else None,
                "more": one.more,
                "costs": [
                    {"reason": _reason_facts(c.reason), "cost": c.cost, "more": c.more, "over": c.over}
                    for c in one.costs
                ],
            }
            for one in why.others
        ],
    }


def why_of(facts: Facts) -> Why:
    """What :func:`why_facts` wrote."""
    return Why(
        facts["slot"],
        facts["user"],
        Fill(facts["fill"]),
        Rule(facts["decided"]) if facts["decided"] else None,
        tuple(
            Candidate(
                one["user"],
                _reason(one["barred"]) if one["barred"] else None,
                one["more"],
                tuple(Cost(_reason(c["reason"]), c["cost"], c["more"], c["over"]) for c in one["costs"]),
            )
            for one in facts["others"]
        ),
    )


def clash_facts(clash: Clash) -> dict[str, Any]:
    return {
        "slot": clash.slot,
        "start": clash.start.isoformat(),
        "end": clash.end.isoformat(),
        "blocked": [{"user": one.user, "reason": _reason_facts(one.reason)} for one in clash.blocked],
        "members": clash.members,
        "named": clash.named,
    }


def clash_of(facts: Facts) -> Clash:
    """What :func:`clash_facts` wrote."""
    return Clash(
        facts["slot"],
        datetime.fromisoformat(facts["start"]),
        datetime.fromisoformat(facts["end"]),
        tuple(Blocked(one["user"], _reason(one["reason"])) for one in facts["blocked"]),
        facts["members"],
        facts["named"],
    )


def _reason_facts(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule.value,
        "about": reason.about,
        "start": reason.start.isoformat() if reason.start else None,
        "end": reason.end.isoformat() if reason.end else None,
        "measure": reason.measure.value if reason.measure else None,
    }


def _reason(facts: Facts) -> Reason:
    return Reason(
        Rule(facts["rule"]),
        facts["about"],
        datetime.fromisoformat(facts["start"]) if facts["start"] else None,
        datetime.fromisoformat(facts["end"]) if facts["end"] else None,
        Measure(facts["measure"]) if facts["measure"] else None,
    )
