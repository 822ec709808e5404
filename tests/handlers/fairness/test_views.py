"""The views of *Fair assignment*: whatever is in them, Slack takes them, and nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from handlers.fairness import previews, views
from handlers.fairness.packing import pack, typed_over, unpack
from handlers.fairness.words import SHOWN_SHIFTS
from handlers.kit.blocks import Choice, View
from handlers.kit.forms import Form
from handlers.kit.metadata import Metadata
from oncall.availability import Leaning, Wish
from oncall.fairness import deal
from oncall.fairness.arrangement import Arrangement, FairMember
from oncall.fairness.batches import problem_of
from oncall.fairness.patterns import Days, Pattern, Who
from oncall.fairness.pieces import pieces
from oncall.fairness.plan import Plan, Round
from oncall.fairness.problem import Rule, Weight
from oncall.fairness.situation import Situation
from services.fairness.drafting import FairDraft, PatternDraft, Preset
from services.fairness.reading import FairView, RoleState
from services.fairness.replanning import Moved, Replan
from services.fairness.saving import FairPreview
from services.kit.wording import escape
from services.schedules.creating import ConfirmMode, RoleView, ScheduleView
from storage.repositories.fairness import Deal

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ABOUT = Metadata(schedule_id=7, revision=3, reply_to="https://slack.invalid/commands/T000/1234567890/abcdefghijklmnop")
ZONE = Choice("Europe/Berlin", "Europe/Berlin (UTC+1)")


def team(count: int) -> tuple[str, ...]:
    return tuple(f"U{number:010}" for number in range(count))


def arrangement(count: int) -> Arrangement:
    return Arrangement(
        role_id=1,
        zone="UTC",
        patterns=(Pattern(Days.WEEKDAYS, time(9)), Pattern(Days.SATURDAY, time(9))),
        members=tuple(FairMember(user, since=NOW) for user in team(count)),
        since=NOW,
    )


def full_draft(members: int, shifts: int) -> FairDraft:
    patterns = [PatternDraft(Days.DAILY, time(n), Who.MEMBER, "U0000000000") for n in range(shifts)]
    return FairDraft(
        schedule_id=7,
        revision=3,
        role=1,
        patterns=tuple(patterns),
        zone="America/Argentina/ComodRivadavia",
        members=team(members),
        shares={user: "50" for user in team(members)},
        weights={rule: Weight.HIGH for rule in (Rule.BALANCE, Rule.UNSOCIAL, Rule.SPACING, Rule.WISHES, Rule.CHANGES)},
        grouped=True,
        apart_days="14",
        rest_hours="336",
        most_hours="1344",
        in_days="56",
        allows_double=True,
        since=NOW,
    )


def known(name: str, *, fair: bool) -> FairView:
    schedule = ScheduleView(7, "P", name, name, "UTC", 30, ConfirmMode.BY_HAND, None, (RoleView(1, name),), ())
    last = Deal(NOW, "baton", "horizon", NOW, NOW, "orange", "greedy", False)
    filled = RoleState(1, name, arrangement(2), (name,), NOW, last, 1)
    return FairView(schedule, (filled if fair else RoleState(1, name, None, (name,)), RoleState(2, "Other", None)), 3)


def plan(name: str, members: int) -> Plan:
    """Everybody is away on one day, and the first would rather not at all."""
    away = [Wish(NOW + 3 * DAY, NOW + 4 * DAY, user, Leaning.CANNOT) for user in team(members)]
    rather = [Wish(NOW, NOW + 40 * DAY, user, Leaning.RATHER_NOT) for user in team(1)]
    situation = Situation(
        now=NOW, roles={1: name}, versions={1: (arrangement(members),)}, wishes=tuple(sorted([*away, *rather]))
    )
    batch = pieces(situation, NOW + 28 * DAY, ())
    problem = problem_of(situation, (), batch)
    return Plan(situation, (), (Round(tuple(batch), problem, deal(problem)),))


def views_of(name: str) -> Iterator[View]:
    """All that can be drawn."""
    names = {user: name for user in team(50)}
    for fair in (False, True):
        shown = known(name, fair=fair)
        for draft in (full_draft(0, 1), full_draft(50, 10)):
            yield views.shifts_form(shown, draft, ZONE, ABOUT)
            yield views.rules_form(shown, draft, names, ABOUT)
    for members in (1, 4):
        worked_out = plan(name, members)
        yield previews.preview_view(name, FairPreview(name, NOW, worked_out, (name, name)), full_draft(4, 2), ABOUT)
        moves = tuple(
            Moved(name, piece.start, piece.end, before, user)
            for piece, user in worked_out.given * 3
            for before in ("U1", None)
        )
        yield previews.replan_view(Replan(name, worked_out, moves, "ab12", 30), ABOUT)
        yield previews.replan_view(Replan(name, worked_out, (), "ab12", 30), ABOUT)
    yield previews.waiting_view(escape(name), ABOUT.dump())


def test_the_largest_form_fits_into_what_slack_takes() -> None:
    biggest = views.rules_form(known("x" * 75, fair=True), full_draft(50, 10), {}, ABOUT)

    assert len(biggest["private_metadata"]) <= 3000
    assert len(biggest["blocks"]) <= 100
    assert len(views.shifts_form(known("x", fair=True), full_draft(50, 10), ZONE, ABOUT)["blocks"]) <= 100


def test_a_form_that_travelled_is_the_same() -> None:
    draft = full_draft(50, 10)

    assert unpack(pack(ABOUT, draft), ABOUT) == draft
    empty = replace(FairDraft(schedule_id=7, revision=3), patterns=(PatternDraft(start=None),))
    assert unpack(pack(ABOUT, empty), ABOUT) == empty


@pytest.mark.parametrize("preset", list(Preset))
def test_the_next_four_weeks_of_every_preset_are_shown_shift_by_shift(preset: Preset) -> None:
    version = replace(arrangement(2), patterns=tuple(Pattern(p.days, p.start or NOW.time()) for p in preset.patterns))
    batch = pieces(Situation(now=NOW, roles={1: "P"}, versions={1: (version,)}, wishes=()), NOW + 28 * DAY, ())

    assert 4 <= len(batch) <= SHOWN_SHIFTS


@pytest.mark.parametrize("step", ["shifts", "rules"])
def test_what_is_not_shown_in_a_step_is_kept(step: str) -> None:
    draft, shown = full_draft(3, 2), known("Primary", fair=True)
    view = (
        views.shifts_form(shown, draft, ZONE, ABOUT) if step == "shifts" else views.rules_form(shown, draft, {}, ABOUT)
    )
    zone = replace(draft, zone=ZONE.value) if step == "shifts" else draft

    assert typed_over(unpack(view["private_metadata"], ABOUT), Form(untouched(view))) == zone


def untouched(view: View) -> View:
    """The view as Slack sends it when nothing was typed: what it starts with is its state."""
    state = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            found = {key.replace("initial_", "selected_"): value for key, value in element.items() if "initial" in key}
            found["value"] = element.get("initial_value")
            state[block["block_id"]] = {element["action_id"]: found}
    return {**view, "state": {"values": state}}
