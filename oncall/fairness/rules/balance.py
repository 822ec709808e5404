"""Soft: each member has what is theirs of each kind of shift, and of all shifts."""

from __future__ import annotations

from collections.abc import Iterator

from oncall.fairness.meters import meters
from oncall.fairness.problem import Measure, Rule
from oncall.fairness.terms import Meter
from oncall.fairness.view import View


def terms(view: View) -> Iterator[Meter]:
    yield from meters(view, Rule.BALANCE, (Measure.KIND, Measure.ALL))
