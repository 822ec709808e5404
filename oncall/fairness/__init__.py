"""Shifts dealt fairly: a :class:`Problem` (values) becomes a :class:`Solution` (values), and every choice is explained.

How it is used::

    loads = charged(members, shifts_so_far)               # what each did, and what each should have done
    problem = Problem(members, slots, standing, duties, wishes, loads, limits, spacing, weights)
    solution = await solver.solve(problem)                # solver.child.Solver: exact where it can, greedy where not
    solution = deal(problem)                              # greedy alone: half a second of processor time, pure Python
    assert not mistakes(problem, solution)                # Solver.solve has done that already
    for why in explained(problem, solution): told(why, mention, moment)   # in plain English, per shift
    for clash in clashes(problem, solution): told_clash(clash, mention, moment)   # why a shift is open

``slots`` are the shifts to decide about, and nothing else is decided. ``standing`` are shifts of the same schedule
that stay as they are, near enough to matter for rest and spacing: recent ones, and confirmed ones. ``duties`` are
what a member does elsewhere at the time. ``loads`` carry everything before: both standing shifts and years ago. A
member's target grows with every shift from the day they joined, by their share; nobody who is new catches up, and
whoever was away does.

A re-plan gives each slot its ``announced`` person: each slot that goes to somebody else then costs what
:data:`oncall.fairness.weights.COSTS` says for ``Rule.CHANGES``, which at ``Weight.HIGH`` is more than all else
together.

From problem to plan::

    problem ──► rules/*.py ──► model (bans, caps, meters, prices, splits) ──► greedy.deal, or solver/exact.py
       │                                     └──► explained: which rule decided, who was next
       └──► check.mistakes: the hard rules once more, written down separately

Instants are in UTC, amounts are whole minutes or thousandths of a shift, costs are whole numbers: the same problem, in
any order of its parts, gives the same plan.
"""

from oncall.fairness.check import mistakes
from oncall.fairness.clash import Blocked, Clash, clashes
from oncall.fairness.codec import problem_from, problem_text, solution_from, solution_text
from oncall.fairness.explain import Candidate, Cost, Why, explained
from oncall.fairness.greedy import deal
from oncall.fairness.loads import charged
from oncall.fairness.problem import (
    Duty,
    Fill,
    Limits,
    Load,
    Measure,
    Member,
    Problem,
    Rule,
    Slot,
    Spacing,
    Stand,
    Weight,
    Weights,
)
from oncall.fairness.solution import Solution
from oncall.fairness.terms import Reason
from oncall.fairness.words import told, told_clash

__all__ = [
    "Blocked",
    "Candidate",
    "Clash",
    "Cost",
    "Duty",
    "Fill",
    "Limits",
    "Load",
    "Measure",
    "Member",
    "Problem",
    "Reason",
    "Rule",
    "Slot",
    "Solution",
    "Spacing",
    "Stand",
    "Weight",
    "Weights",
    "Why",
    "charged",
    "clashes",
    "deal",
    "explained",
    "mistakes",
    "problem_from",
    "problem_text",
    "solution_from",
    "solution_text",
    "told",
    "told_clash",
]
