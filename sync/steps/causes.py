"""Why a destination is in trouble, cause by cause: a new one in an old trouble is news, the same one is not.

Each cause has a name of its own and the instant at which the first shift that it concerns begins. It is news when it
was not there before, or when a shift that begins sooner is concerned by now.

==============================================  =============================================
what is wrong                                   cause
==============================================  =============================================
the key is refused, the schedule is gone, …     that, in the external system's words
the external system can't be reached            one cause, however each attempt failed
somebody whom it doesn't know has shifts        one for each person
a shift was refused                             one for each answer
somebody who is no Slack user is on call there  one for each person; asking to match is news enough
several people are on call there at once        one
layers there go by other time zone rules        one for each zone
layers, or people, that could not be added      one for each answer
==============================================  =============================================

A refresh that failed has not seen what it could not look at, so causes from before stay known until one succeeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sync.context import Context
from sync.core.health import Missing, held
from sync.core.model import Mode
from sync.ports import RemoteError, Unavailable
from sync.run import Run

WAITS = "not exported"
"""The cause where none other is known: what is confirmed does not show yet."""

Causes = Mapping[str, str]
"""The instant (ISO 8601, UTC) of the first shift that each concerns, by cause; empty where it concerns none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known now, and whether any of it is news."""

    known: dict[str, str]
    news: bool


def causes(context: Context, run: Run, failure: RemoteError | None, gaps: Sequence[Missing]) -> dict[str, str]:
    """What is wrong with a destination after a run."""
    found: dict[str, str] = {}
    if failure is not None:
        name = "unavailable" if isinstance(failure, Unavailable) else f"{type(failure).__name__}: {failure}"
        found[name] = _first(gap for gap in gaps if not gap.unknown)
    for gap in gaps:
        if gap.unknown:
            name = f"unknown: {gap.user}: {context.refusals.get(gap.user, '')}"
            found[name] = min(found.get(name) or _start(gap), _start(gap))
    found |= {f"not added: {user}: {why}": "" for user, why in context.refusals.items() if not _named(found, user)}
    if failure is None:
        found |= _shown(run, context, gaps)
    return found


def _shown(run: Run, context: Context, gaps: Sequence[Missing]) -> dict[str, str]:
    """What a look at the destination told."""
    found = {f"refused: {why}": _first(g for g in gaps if not g.unknown) for why in run.tally.refused}
    for decision in filter(held, run.verdict.decisions if run.verdict else ()):
        strangers = [one for one in decision.cell.remote if one not in context.known]
        names = [f"stranger: {one}" for one in strangers] or ["several on call"]
        names = names if strangers or len(decision.cell.remote) > 1 else []
        found |= {name: found.get(name) or decision.cell.start.isoformat() for name in names}
    rules = run.verdict.seen.other_rules if run.verdict else None
    if rules is not None and run.layering.existing:
        found[f"other time zone rules: {rules.zone}"] = ""
    if run.layering.refusal:
        found[f"layers: {run.layering.refusal}"] = ""
    if not found and any(not gap.unknown for gap in gaps):
        found[WAITS] = _first(gap for gap in gaps if not gap.unknown)
    return found


def compare(now: Causes, told: Causes, mode: Mode, *, failed: bool) -> Standing:
    """What is known after this run, given what was ``told`` before, and whether there is news in it."""
    new = [cause for cause, start in now.items() if cause not in told or (start and start < told[cause])]
    loud = [cause for cause in new if not (mode is Mode.BIDIRECTIONAL and cause.startswith("stranger: "))]
    return Standing({**(told if failed else {}), **now}, bool(loud))


def _named(found: Causes, user: str) -> bool:
    return any(cause.startswith(f"unknown: {user}: ") for cause in found)


def _first(gaps: Iterable[Missing]) -> str:
    return min((_start(gap) for gap in gaps), default="")


def _start(gap: Missing) -> str:
    return gap.start.isoformat()
