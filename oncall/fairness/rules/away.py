"""Hard: nobody is on call while they can't. Where a wish touches a shift, the whole shift is out."""

from __future__ import annotations

from collections.abc import Iterator

from oncall.availability import Leaning
from oncall.fairness.problem import Rule
from oncall.fairness.terms import Ban, Reason
from oncall.fairness.view import View


def terms(view: View) -> Iterator[Ban]:
    users = {member.user: number for number, member in enumerate(view.members)}
    for wish in sorted(view.problem.wishes):
        if wish.leaning is Leaning.CANNOT and wish.user in users:
            for slot in view.near(wish):
                yield Ban(slot, users[wish.user], Reason(Rule.AWAY, start=wish.start, end=wish.end))
