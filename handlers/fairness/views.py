"""What *Fair assignment* looks like: shifts and members, then rules and shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from handlers.fairness.packing import APART, GROUPED, SHARE, pack
from handlers.fairness.words import deal_line
from handlers.kit import blocks as kit
from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    actions,
    asking,
    button,
    context,
    field,
    modal,
    section,
    select,
    when,
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from oncall.fairness.arrangement import MOST_MEMBERS
from oncall.fairness.patterns import MOST_PATTERNS, Days, Who
from oncall.fairness.problem import Rule, Weight
from services.fairness.drafting import MOST_DAYS, MOST_REST_HOURS, FairDraft, PatternDraft, Preset
from services.fairness.reading import FairView, RoleState
from services.kit.wording import counted, escape

TITLE = "Fair assignment"
SHOWN_OPEN = 5


class Id(StrEnum):
    SHIFTS = "fair.shifts"
    RULES = "fair.rules"
    SAVE = "fair.save"
    REPLAN_SAVE = "fair.replan_save"
    ROLE = "fair.role"
    PRESET = "fair.preset"
    WHO = "fair.who"
    ADD = "fair.add"
    REMOVE = "fair.remove"
    ZONE = "fair.zone"
    TO_SHIFTS = "fair.to_shifts"
    TO_RULES = "fair.to_rules"
    REPLAN = "fair.replan"
    IN_ORDER = "fair.in_order"
    VALUE = "fair.value"


DAYS = [Choice(days, days.label) for days in Days]
WHO = [
    Choice(Who.BEST, "Best member", "whoever is due by share and rules"),
    Choice(Who.MEMBER, "A named member"),
    Choice(Who.LAST_PRIMARY, "Last primary", "who had the first role in the shift before"),
    Choice(Who.NOBODY, "Nobody", "no shift until the next one begins"),
]
WEIGHTS = [Choice(weight, weight.value.capitalize()) for weight in Weight]
RULES = {
    Rule.BALANCE: ("Equal shares", "Of each sort of shift, and of all together"),
    Rule.UNSOCIAL: ("Nights, weekends, public holidays", "Their hours are shared as evenly"),
    Rule.SPACING: ("Spacing", "Shifts of one member apart, or in a row, as chosen below"),
    Rule.WISHES: ("Wishes", "Rather not and would like to, of /oncall away. Who can't is never on call"),
    Rule.CHANGES: ("Few changes", "How much it takes to move a confirmed shift when you re-plan"),
}
ROWS = "For rows that end, set the most hours below: without, one member may have all that is theirs at once"
SPREADS = [Choice(APART, "Apart"), Choice(GROUPED, "In a row")]


def shifts_form(known: FairView, draft: FairDraft, zone: Choice, metadata: Metadata) -> View:
    """The first step, filled in with ``draft``; the page of the metadata marks fields that were filled anew."""
    role, mark = known.role(draft.role), metadata.page or 0
    blocks = [context(f"Schedule: *{escape(known.schedule.name)}* ({escape(known.schedule.team)})")]
    roles = [Choice(str(one.id), f"{one.name} ({'fairly' if one.fair else 'in order'})") for one in known.roles]
    blocks.append(asking(field(marked("role", mark), "Role", select(Id.ROLE, roles, str(role.id)))))
    blocks += _as_it_is(role)
    presets = [Choice(preset, preset.label) for preset in Preset]
    filling = select(Id.PRESET, presets, placeholder="Fill in shifts that teams often want")
    blocks.append(asking(field(marked("preset", mark), "Start from", filling, optional=True)))
    for number, pattern in enumerate(draft.patterns, 1):
        blocks += _pattern(pattern, number, mark, removable=len(draft.patterns) > 1)
    if len(draft.patterns) < MOST_PATTERNS:
        blocks.append(actions("adding", button(Id.ADD, "Add shift")))
    blocks += _people(draft, zone, mark)
    return modal(TITLE, blocks, callback_id=Id.SHIFTS, submit="Next", close="Cancel", metadata=pack(metadata, draft))


def _as_it_is(role: RoleState) -> list[Block]:
    """How the role is filled now, and what can be done about that."""
    if role.fair is None:
        names = ", ".join(f"*{escape(name)}*" for name in role.rotations)
        ends = f" by {names}, which ends when this begins" if names else ""
        return [context(f"{escape(role.name)} is filled in order{ends}.")]
    lines = [f"What you see holds from {when(role.begins)} on."] if role.begins else []
    lines += [deal_line(role.deal)] if role.deal else []
    if role.open:
        lines.append(f":red_circle: {counted(role.open, 'shift')} ahead with nobody.")
    really = kit.confirm(
        "Fill this role in order?",
        "Nothing more is assigned fairly from now on, and what is not confirmed goes. Confirmed shifts stay. "
        "Set up a rotation next: /oncall rotation.",
        "Fill in order",
        "Keep it",
    )
    return [
        *kit.lines(lines),
        actions(
            "doing",
            button(Id.REPLAN, "Re-plan"),
            button(Id.IN_ORDER, "Fill in order", str(role.id), style="danger", confirm=really),
        ),
    ]


def _pattern(pattern: PatternDraft, number: int, mark: int, *, removable: bool) -> Iterator[Block]:
    title = section(f"*Shift {number}*", f"title_{number}")
    yield kit.beside(title, button(Id.REMOVE, "Remove", str(number))) if removable else title
    days = select(Id.VALUE, DAYS, pattern.days)
    yield field(marked(f"days_{number}", mark), f"Shift {number}: day", days)
    at = kit.of_day(Id.VALUE, pattern.start)
    yield field(marked(f"start_{number}", mark), f"Shift {number}: starts at", at, optional=True)
    who = select(Id.WHO, WHO, pattern.who)
    yield asking(field(marked(f"who_{number}", mark), f"Shift {number}: who", who))
    if pattern.who is Who.MEMBER:
        named = kit.user(Id.VALUE, pattern.member)
        yield field(marked(f"member_{number}", mark), f"Shift {number}: member", named, optional=True)


def _people(draft: FairDraft, zone: Choice, mark: int) -> list[Block]:
    ends = "Each shift ends where the next one begins, on the clocks of this zone"
    chosen = kit.users(Id.VALUE, draft.members)
    chosen["max_selected_items"] = MOST_MEMBERS
    return [
        field(marked("zone", mark), "Time zone", kit.search(Id.ZONE, zone, placeholder="City or offset"), hint=ends),
        field(marked("members", mark), "Members", chosen, hint="Shares of less than 100 % come in the next step"),
    ]


def rules_form(known: FairView, draft: FairDraft, names: Mapping[str, str], metadata: Metadata) -> View:
    """The second step. ``names`` are those of the members, by user."""
    mark = metadata.page or 0
    blocks: list[Block] = [actions("back", button(Id.TO_SHIFTS, "Back to shifts")), section("*How much rules count*")]
    for rule, (label, hint) in RULES.items():
        weight = select(Id.VALUE, WEIGHTS, draft.weights[rule])
        blocks.append(field(marked(f"weight_{rule}", mark), label, weight, hint=hint))
    blocks += [*_limits(draft, mark), *_shares(draft, names, mark), *_from(known, draft, mark)]
    return modal(TITLE, blocks, callback_id=Id.RULES, submit="Preview", close="Cancel", metadata=pack(metadata, draft))


def _limits(draft: FairDraft, mark: int) -> list[Block]:
    both = kit.checkboxes(
        Id.VALUE,
        [Choice("yes", "May be on call elsewhere too", "at the same time, where that schedule allows it as well")],
        ["yes"] if draft.allows_double else [],
    )
    return [
        field(
            marked("spread", mark),
            "Shifts of one member",
            select(Id.VALUE, SPREADS, GROUPED if draft.grouped else APART),
            hint=ROWS,
        ),
        _count("apart_days", "Days between the starts of two shifts", draft.apart_days, MOST_DAYS, mark),
        section("*What always holds*"),
        _count("rest_hours", "At least so many hours between two shifts", draft.rest_hours, MOST_REST_HOURS, mark),
        _count("most_hours", "At most so many hours", draft.most_hours, 24 * MOST_DAYS, mark),
        _count("in_days", "In how many days", draft.in_days, MOST_DAYS, mark),
        field(marked("allows_double", mark), "Other schedules", both, optional=True),
    ]


def _count(name: str, label: str, typed: str, most: int, mark: int) -> Block:
    return field(marked(name, mark), label, kit.number(Id.VALUE, typed, 0, most), optional=True)


def _shares(draft: FairDraft, names: Mapping[str, str], mark: int) -> Iterator[Block]:
    yield section("*Shares*, in percent of a full one")
    for user in draft.members:
        share = kit.number(Id.VALUE, draft.shares.get(user) or "100", 1, 100)
        yield field(marked(SHARE + user, mark), kit.cut(f"Share of {names.get(user, user)}", 100), share, optional=True)


def _from(known: FairView, draft: FairDraft, mark: int) -> list[Block]:
    hint = "Empty means from the next shift on. What is confirmed stays as it is"
    return [
        field(marked("since", mark), "Takes effect", kit.moment(Id.VALUE, draft.since), hint=hint, optional=True),
    ]
