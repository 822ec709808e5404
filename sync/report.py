"""What a reconcile found and did, in facts and in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sync.context import Context
from sync.execute import Tally
from sync.health import Missing, assess, missing
from sync.model import Action, Kind, Mode, Status
from sync.observe import Verdict
from sync.ports import CredentialRefused, KindChanged, RemoteError, ScheduleGone


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one reconcile. ``differences`` counts stretches that were not as they should be."""

    destination_id: int
    status: Status
    reason: str
    differences: int = 0
    created: int = 0
    removed: int = 0
    unknown: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    failure: str = ""


def describe(
    context: Context,
    found: Verdict | None,
    left: Verdict | None,
    tally: Tally,
    failure: RemoteError | None,
    now: datetime,
) -> Report:
    """The report of a run: ``found`` is what the first look showed, ``left`` what the last one did."""
    status, reason = _standing(context, left, tally, failure, now)
    return Report(
        destination_id=context.id,
        status=status,
        reason=reason,
        differences=len(_differences(found)) if found else 0,
        created=tally.created,
        removed=tally.removed,
        unknown=tuple(context.unknown),
        refused=tuple(tally.refused),
        failure=str(failure) if failure else "",
    )


def _differences(verdict: Verdict) -> tuple[object, ...]:
    return verdict.of(Action.EXPORT, Action.REMOVE, Action.IMPORT, Action.UNASSIGN)


def _standing(
    context: Context, verdict: Verdict | None, tally: Tally, failure: RemoteError | None, now: datetime
) -> tuple[Status, str]:
    if isinstance(failure, CredentialRefused | ScheduleGone | KindChanged):
        return Status.ERROR, str(failure)
    gaps = [*(missing(verdict.decisions) if verdict else ()), *_unknown(context)]
    if context.destination.paused:
        return Status.PAUSED, "Paused: it is refreshed, but nothing is written until an admin exports."
    if failure is not None:
        urgent = assess(gaps, now) if gaps else Status.WARNING
        return urgent, f"{failure} Baton tries again by itself."
    if verdict is not None and any(cell.kind is Kind.SETTLING for cell in verdict.cells):
        return Status.PENDING, "Exported; PagerDuty does not show it yet."
    if context.mode is Mode.MANUAL_EXPORT and gaps:
        return Status.PENDING, "Changes wait for a manual export."
    if gaps:
        return assess(gaps, now), _why(context, gaps, tally)
    if not context.shifts:
        return Status.PENDING, "Nothing to export yet: no confirmed shifts ahead."
    return Status.OK, "All confirmed shifts are exported."


def _unknown(context: Context) -> list[Missing]:
    return [
        Missing(shift.start, shift.end, shift.user, unknown=True)
        for shift in context.shifts
        if shift.user is not None and shift.user not in context.external_ids
    ]


def _why(context: Context, gaps: Iterable[Missing], tally: Tally) -> str:
    """Who and what is not exported, and why."""
    names = sorted({_called(context, gap.user) for gap in gaps if gap.unknown})
    parts: list[str] = []
    if names:
        them = "their shifts are" if len(names) > 1 else "the shifts of that person are"
        parts.append(f"PagerDuty knows nobody with the e-mail address of {_listed(names)}; {them} not exported.")
    if tally.refused:
        reasons = _listed(sorted(set(tally.refused)))
        parts.append(f"PagerDuty refused {len(tally.refused)} of the shifts: {reasons}.")
    if not parts:
        parts.append("Some confirmed shifts are not exported yet.")
    return " ".join(parts)


def _called(context: Context, user: str) -> str:
    person = context.people.get(user)
    return (person.real_name or person.name) if person else user


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
