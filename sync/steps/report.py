"""What a reconcile found and did, in facts and in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import zonedata
from oncall.roles import pattern
from oncall.timeline import Interval, cells
from sync.context import Context
from sync.core.health import Missing, assess, held, missing, paged_instead
from sync.core.model import (
    AWAITED,
    BRINGS_HOME,
    BY_HAND,
    COPIED,
    LOADED_COPY,
    OLDER_COPY,
    RESUMED,
    Action,
    Decision,
    Kind,
    Mode,
    Status,
)
from sync.core.rotation_layers import MOST_AROUND, REACH
from sync.ports import CredentialRefused, KindChanged, OtherRules, RemoteError, ScheduleGone
from sync.run import Run
from sync.steps.causes import causes
from sync.steps.observe import Verdict

EXCESS = (
    "PagerDuty has somebody on call by a layer of Baton's in time that the rotation does not cover. "
    "Baton tries again by itself; run /oncall refresh to try now."
)


FINAL = (CredentialRefused, ScheduleGone, KindChanged)
"""Failures that trying again does not mend."""

SAME_INSTANTS = "People are on call at the same instants; PagerDuty shows them at other times on the clock."
LAYERS_OFF = (
    "Its layers are an hour or so off therefore: overrides keep the right people on call, every day. Update Baton's "
    "tzdata if baton doctor calls it old; else it is for PagerDuty to follow."
)
NOTHING_TO_SHOW = (
    "Paused: there is nothing to export yet. As soon as there is, its admins are shown it before it is written."
)
EXCESS_STAYS = "Where a layer covers more than the rotation, somebody is on call there until then."


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one reconcile. ``differences`` counts stretches that were not as they should be,
    ``waiting`` those that wait for a person. ``approved``: an admin agreed to what was written."""

    destination_id: int
    status: Status
    reason: str
    differences: int = 0
    created: int = 0
    changed: int = 0
    removed: int = 0
    imported: int = 0
    waiting: int = 0
    layers: bool = False
    """Whether the layers of the external schedule were changed."""
    unknown: tuple[str, ...] = ()
    adds: bool = False
    """Whether an export would add the unknown to the external system."""
    refused: tuple[str, ...] = ()
    failure: str = ""
    approved: bool = False
    causes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why it is in trouble (:mod:`sync.steps.causes`)."""


COPIES = {
    OLDER_COPY: "Paused: Baton was started from an older copy of its database.",
    LOADED_COPY: "Paused: Baton's database was loaded from a dump, and {there} was changed since that was made.",
    BY_HAND: "Paused: Baton was started with everything paused.",
    RESUMED: "Paused: an admin wants it resumed, and what Baton knew when it was paused may be out of date.",
}
"""Why a destination waits for a choice, by ``paused_by``."""


def describe(context: Context, run: Run, failure: RemoteError | None, now: datetime) -> Report:
    """The report of a run."""
    status, reason = _standing(context, run, failure, now)
    return Report(
        destination_id=context.id,
        status=status,
        reason=reason,
        differences=_differences(run.found) + len(run.layering.met.segments),
        created=run.tally.created,
        changed=run.tally.changed,
        removed=run.tally.removed,
        imported=run.imported,
        waiting=len(run.waiting.changes),
        layers=run.layering.changed,
        unknown=tuple(context.missing),
        adds=context.adds_people and bool(context.missing),
        refused=tuple(run.tally.refused),
        failure=str(failure) if failure else "",
        approved=run.approved,
        causes=causes(context, run, failure, _gaps(context, run)),
    )


def _differences(verdict: Verdict | None) -> int:
    return len(verdict.of(Action.EXPORT, Action.REMOVE, *BRINGS_HOME)) if verdict else 0


def _standing(context: Context, run: Run, failure: RemoteError | None, now: datetime) -> tuple[Status, str]:
    if isinstance(failure, FINAL):
        return Status.ERROR, str(failure)
    gaps = _gaps(context, run)
    if failure is not None:
        return (assess(gaps, now) if gaps else Status.WARNING), f"{failure} Baton tries again by itself."
    if run.waiting.objection:
        return Status.BLOCKED, f"{run.waiting.objection} Nothing is done until an admin agrees."
    if context.destination.paused and not (run.approved or run.needs_no_word or run.needs_no_choice):
        return Status.PAUSED, _pause(context, run)
    status, reason = _at_work(context, run, gaps, now)
    return status, " ".join([reason, *([] if status is Status.PENDING else _paged(context, run))])


def _gaps(context: Context, run: Run) -> list[Missing]:
    """What is confirmed and not exported, so far as this run could see."""
    return [*(missing(run.verdict.decisions) if run.verdict else _unconfirmed(context)), *_unknown(context)]


def _pause(context: Context, run: Run) -> str:
    if context.destination.paused_by in COPIED:
        why = COPIES[context.destination.paused_by].format(there=context.system.name)
        return f"{why} Nothing is written until an admin has chosen what counts."
    if context.destination.paused_by in AWAITED and context.missing and not run.waiting.digest:
        strangers = set(context.missing) - context.refusals.keys()
        why = [*sorted(set(context.refusals.values())), *_not_found(context, strangers)]
        return " ".join([NOTHING_TO_SHOW, *why])
    if context.destination.paused_by in AWAITED:
        return "Paused: it is refreshed, but nothing is written until an admin has seen what waits and exports it."
    if context.destination.paused_by:
        return "Paused by an admin: it is refreshed, but nothing is written until an admin resumes it or exports."
    return "Paused: it is refreshed, but nothing is written until an admin exports or confirms."


def _at_work(context: Context, run: Run, gaps: Sequence[Missing], now: datetime) -> tuple[Status, str]:
    """How it stands, with a sentence where the external system's clocks go by other rules."""
    status, reason = _exported(context, run, gaps, now)
    rules = run.verdict.seen.other_rules if run.verdict else None
    if rules is None:
        return status, reason
    if not run.layering.existing:
        return status, f"{reason} {clocks_differ(rules)} {SAME_INSTANTS}"
    if reason == EXCESS:
        return status, f"{clocks_differ(rules)} {LAYERS_OFF} {EXCESS_STAYS}"
    return Status.WARNING if status is Status.OK else status, f"{reason} {clocks_differ(rules)} {LAYERS_OFF}"


def clocks_differ(rules: OtherRules) -> str:
    """Says by how much, and when."""
    there, here = _offset(rules.there), _offset(rules.here)
    return (
        f"PagerDuty's time zone rules differ from Baton's ({zonedata.in_use().version or 'unknown release'}): on "
        f"{rules.at:%Y-%m-%d} clocks in {rules.zone.replace('_', ' ')} are at UTC{there} there and at UTC{here} here."
    )


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'−' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _exported(context: Context, run: Run, gaps: Sequence[Missing], now: datetime) -> tuple[Status, str]:
    if context.mode is Mode.MANUAL_EXPORT and run.waiting.changes:
        count = len(run.waiting.changes)
        waits = f"{count} {'change waits' if count == 1 else 'changes wait'} for a manual export."
        strangers = {gap.user for gap in gaps if gap.unknown} - context.refusals.keys()
        return Status.PENDING, " ".join([waits, *_not_found(context, strangers)])
    if run.waiting.digest:
        return Status.PENDING, "The rotation changed; the layers of the PagerDuty schedule wait for a manual export."
    if run.verdict is not None and any(cell.kind is Kind.SETTLING for cell in run.verdict.cells):
        return Status.PENDING, f"Exported; {context.system.name} does not show it yet."
    if gaps:
        return assess(gaps, now), _why(context, run, gaps)
    if run.layering.refusal:
        why = run.layering.refusal
        return Status.WARNING, f"{why} So the rotation is no layer there; confirmed shifts are written as overrides."
    if run.layering.excess:
        return Status.WARNING, EXCESS
    if context.refusals:
        return Status.WARNING, " ".join(sorted(set(context.refusals.values())))
    if not context.shifts and not context.uncovered:
        return Status.PENDING, "Nothing to export yet: no confirmed shifts ahead."
    return Status.OK, " ".join(["All confirmed shifts are exported.", *_asides(context, run)])


def _asides(context: Context, run: Run) -> Iterator[str]:
    """What is worth saying of a destination although all is well."""
    if context.uncovered:
        yield f"{context.called(context.fallback)} is the fallback there, where nobody is on call here or there."
    elif context.fallback and context.fallback not in context.external_ids:
        yield f"{context.system.start} does not know {context.called(context.fallback)}, the fallback person."
    left = len(run.verdict.of(Action.LATER)) if run.verdict else 0
    if left:
        changed = "1 shift beyond the horizon was" if left == 1 else f"{left} shifts beyond the horizon were"
        yield (
            f"{changed} changed in {context.system.name}; {'that is' if left == 1 else 'they are'} left as it is there "
            "until the horizon is that far or somebody is assigned here."
        )


def _paged(context: Context, run: Run) -> Iterator[str]:
    """Whom the external system has on call in holes that somebody made here; said beside whatever else is wrong."""
    there = context.system
    instead = paged_instead(run.verdict.decisions, context.holes) if run.verdict else []
    if instead:
        yield (
            f"{there.start} {there.pages} {_listed([context.name_of(user) for user in instead])} where nobody is "
            f"on call here on purpose: {there.others} there says so, which Baton leaves alone. /oncall assign puts "
            "somebody there."
        )


def _held(verdict: Verdict | None, which: Callable[[Decision], bool]) -> bool:
    return bool(verdict) and any(held(d) and which(d) for d in verdict.decisions)


def _unconfirmed(context: Context) -> list[Missing]:
    """Without a look: what was never confirmed there."""
    ahead = context.local().cut(context.window())
    pieces = ((start, end, here, base) for start, end, here, base in cells(ahead, context.base) if here)
    return [Missing(start, end, user) for start, end, here, base in pieces if here != base for user in here]


def _unknown(context: Context) -> list[Missing]:
    shifts = [
        Missing(shift.start, shift.end, shift.user, unknown=True)
        for shift in context.shifts
        if shift.user is not None and shift.user not in context.external_ids
    ]
    return [*shifts, *_left_out(context)]


def _left_out(context: Context) -> list[Missing]:
    """The first turn in a layer of each member who is left out of it and has no shift yet."""
    waiting = set(context.strange) - set(context.unknown)
    if not (context.destination.made and waiting):
        return []
    ahead = Interval(context.now, context.now + REACH)
    turns = pattern(context.rotations, context.destination.role_id, ahead).segments
    first = {user: turn for turn in reversed(turns) for user in turn.users if user in waiting}
    return [Missing(turn.start, turn.end, user, unknown=True) for user, turn in sorted(first.items())]


def _why(context: Context, run: Run, gaps: Sequence[Missing]) -> str:
    """Who and what is not exported, and why."""
    strangers = {gap.user for gap in gaps if gap.unknown} - context.refusals.keys()
    parts = [*sorted(set(context.refusals.values())), *_not_found(context, strangers)]
    there = context.system
    if run.tally.refused:
        parts.append(f"{there.start} refused {_grouped(run.tally.refused)}.")
    if _held(run.verdict, lambda d: not context.known.issuperset(d.cell.remote)):
        parts.append(f"Somebody who is no Slack user is on call in {there.name}; an admin has to match them.")
    if _held(run.verdict, lambda d: len(d.cell.remote) > 1):
        parts.append(
            f"Several people are on call in {there.name} at once, which one role can't hold; remove one there."
        )
    return " ".join(parts) or "Some confirmed shifts are not exported yet."


def _grouped(refused: Sequence[str]) -> str:
    """Each reason once, with how many shifts it is about."""
    reasons = Counter(error.removeprefix("PagerDuty refused this: ").rstrip(".") for error in refused)
    return "; ".join(f"{'one shift' if n == 1 else f'{n} shifts'}: {why}" for why, n in sorted(reasons.items()))


def _not_found(context: Context, strangers: Set[str]) -> list[str]:
    """Whom the external system does not know, by why, what is written meanwhile, and the ways out."""
    addressed = {user for user in strangers if (person := context.people.get(user)) is not None and person.email}
    unknown, bare = (sorted({context.called(user) for user in some}) for some in (addressed, strangers - addressed))
    parts: list[str] = []
    there = context.system
    if unknown:
        parts.append(
            f"{there.start} knows nobody with the e-mail address of {_listed(unknown)}; {_whose(unknown)} not "
            f"exported. Say who that is with Match person, {_adding(context)}."
        )
    if bare:
        parts.append(
            f"Slack shows no e-mail address of {_listed(bare)}, so Baton can't find them in {there.name}; "
            f"{_whose(bare)} not exported. Say who that is with Match person."
        )
    if parts and context.destination.made and strangers & context.rota:
        parts.append(
            "The layers there have only the turns of the others, and nobody in these until then. They are laid out "
            f"around the next {MOST_AROUND} turns at most, and go on as time does."
        )
    return parts


def _whose(names: Sequence[str]) -> str:
    return "their shifts are" if len(names) > 1 else "the shifts of that person are"


def _adding(context: Context) -> str:
    """How somebody whom the external system does not know gets there."""
    if context.connection.create_users:
        return "or let the next export add them"
    if context.destination.made:
        return "or fill in “Add missing people in the name of” in /oncall sync"
    return f"or add them in {context.system.name} with that address"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
