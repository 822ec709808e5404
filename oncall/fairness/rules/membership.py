"""Hard: only members who belong by then, only who is named where somebody is named."""

from __future__ import annotations

from collections.abc import Iterator

from oncall.fairness.problem import Rule
from oncall.fairness.terms import Ban, Reason
from oncall.fairness.view import View


def terms(view: View) -> Iterator[Ban]:
    for number, slot in enumerate(view.slots):
        for user, member in enumerate(view.members):
            if not view.wants(slot, member):
                yield Ban(
                    number, user, Reason(Rule.MEMBER, about=slot.user or "", start=member.since, end=member.until)
                )
