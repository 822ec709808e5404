"""Explanations in plain English. Whoever tells them says how a person and a moment are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from oncall.fairness.clash import Blocked, Clash
from oncall.fairness.explain import Candidate, Cost, Why
from oncall.fairness.problem import Fill, Measure, Rule
from oncall.fairness.terms import Reason
from oncall.fairness.weights import UNITS

Mention = Callable[[str], str]
Moment = Callable[[datetime], str]

RULES = {
    Rule.MEMBER: "membership",
    Rule.AWAY: "who can't be on call",
    Rule.ONE_ROLE: "one role at a time",
    Rule.ELSEWHERE: "one schedule at a time",
    Rule.REST: "rest between shifts",
    Rule.HOURS: "the most hours on call",
    Rule.FOLLOWS: "whoever had the shift before",
    Rule.BALANCE: "an even share of shifts",
    Rule.UNSOCIAL: "an even share of nights, weekends and holidays",
    Rule.SPACING: "spacing of shifts",
    Rule.WISHES: "wishes",
    Rule.CHANGES: "few changes after the announcement",
}
"""What a rule is called in a sentence."""
MEASURES = {Measure.NIGHT: "night", Measure.WEEKEND: "weekend", Measure.HOLIDAY: "public holiday"}


def told(why: Why, mention: Mention, moment: Moment) -> list[str]:
    """A line that says what decided, and one for each of the next two."""
    return [_decided(why, mention), *(_other(one, mention, moment) for one in why.others)]


def _decided(why: Why, mention: Mention) -> str:
    if why.user is None:
        return "Nobody can have this shift."
    who = mention(why.user)
    if why.fill is Fill.MEMBER:
        return f"{who} has it because the shift is set to them."
    if why.fill is Fill.FOLLOW:
        return f"{who} has it because they have the shift before."
    if not why.others:
        return f"{who} has it because there is nobody else."
    if why.decided is None:
        return f"{who} has it; somebody else would have done as well."
    if why.others[0].barred is not None:
        return f"{who} has it because nobody else can."
    return f"{who} has it. What decided: {RULES[why.decided]}."


def _other(one: Candidate, mention: Mention, moment: Moment) -> str:
    who = mention(one.user)
    if one.barred is not None:
        return f"{who} {barred(one.barred, mention, moment)}."
    against = _telling(cost for cost in one.costs if cost.more > 0)[:2]
    if one.more <= 0:
        return f"{who} would have done as well."
    said = " and ".join(dict.fromkeys(_against(cost, mention, moment) for cost in against))
    return f"{who} {said or 'would break up shifts in a row'}."


def _telling(costs: Iterable[Cost]) -> list[Cost]:
    """Without what has been said already: where there is one kind of shift, it is as far off as all together."""
    found: dict[object, Cost] = {}
    for cost in costs:
        alike = (Rule.BALANCE, cost.over) if cost.reason.rule is Rule.BALANCE else cost
        found.setdefault(alike, cost)
    return list(found.values())


def barred(reason: Reason, mention: Mention, moment: Moment) -> str:
    """What keeps somebody from a shift, after their name."""
    until = f" until {moment(reason.end)}" if reason.end else ""
    where = f" in {reason.about}" if reason.about else " elsewhere"
    texts = {
        Rule.AWAY: f"can't be on call{until}",
        Rule.ELSEWHERE: f"is on call{where}{until}",
        Rule.ONE_ROLE: f"is on call as {reason.about} at that time"
        if reason.about
        else "has another role at that time",
        Rule.REST: "would have too little rest" + (f" beside the shift {_span(reason, moment)}" if reason.end else ""),
        Rule.HOURS: "would be on call for too many hours",
        Rule.FOLLOWS: "does not have the shift before",
        Rule.MEMBER: f"can't have it, as it is set to {mention(reason.about)}" if reason.about else "is no member then",
    }
    return texts[reason.rule]


def _span(reason: Reason, moment: Moment) -> str:
    return f"from {moment(reason.start)}" if reason.start else ""


def _against(cost: Cost, mention: Mention, moment: Moment) -> str:
    reason = cost.reason
    if reason.measure is not None:
        return _share(cost)
    if reason.rule is Rule.WISHES:
        if cost.cost <= 0:
            return "did not ask for it"
        return "would rather not" + (f" until {moment(reason.end)}" if reason.end else "")
    if reason.rule is Rule.CHANGES:
        return f"would take it from {mention(reason.about)} after it was announced"
    return "has another shift close by"


def _share(cost: Cost) -> str:
    """How they would stand: "would be 1.5 weekends over their share"."""
    measure = cost.reason.measure
    one = UNITS[measure.value] if measure in MEASURES and measure else UNITS["shift"]
    kind = f"{cost.reason.about} shift" if measure is Measure.KIND and cost.reason.about else "shift"
    noun = MEASURES.get(measure, kind) if measure else kind
    tenths = round(cost.over * 10 / one)
    if tenths <= 0:
        return f"would reach their share of {noun}s" if not tenths else f"is less far below their share of {noun}s"
    number = f"{tenths / 10:g}"
    return f"would be {number} {noun}{'' if tenths == 10 else 's'} over their share"


def told_clash(clash: Clash, mention: Mention, moment: Moment) -> str:
    """One sentence or two: why a shift is open."""
    if clash.named and clash.members <= 1 and clash.blocked:
        return f"It is set to {mention(clash.named)}, who {_blocked(clash.blocked[0], mention, moment)}."
    if not clash.members:
        return "No member belongs then."
    if clash.everybody is Rule.AWAY and clash.members > 1:
        members = "Both" if clash.members == 2 else f"All {_number(clash.members)}"
        return f"{members} members are away then."
    if not clash.blocked:
        return "The shifts around it take everybody."
    said = "; ".join(f"{mention(one.user)} {_blocked(one, mention, moment)}" for one in clash.blocked)
    return f"Nobody can have it: {said}."


def _blocked(one: Blocked, mention: Mention, moment: Moment) -> str:
    return barred(one.reason, mention, moment)


def _number(number: int) -> str:
    small = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return small[number - 2] if 2 <= number < 2 + len(small) else str(number)
