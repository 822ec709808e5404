"""Soft: nights, weekends and public holidays (of each member's own region) are shared evenly, by the hour."""

from __future__ import annotations

from collections.abc import Iterator

from oncall.fairness.loads import HOURLY
from oncall.fairness.meters import meters
from oncall.fairness.problem import Rule
from oncall.fairness.terms import Meter
from oncall.fairness.view import View


def terms(view: View) -> Iterator[Meter]:
    yield from meters(view, Rule.UNSOCIAL, HOURLY)
