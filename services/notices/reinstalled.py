"""What could not be told while Baton was not installed, sent once it is again, as far as it is still true.

Of what failed because of the installation alone, in the last day:

==========================================  =================================================================
what it tells                               is still true
==========================================  =================================================================
an on-call switch                           while who it says is on call is, in each of its roles
a reminder                                  until the shift begins
a request for cover, or to swap             while it is open
how far an export is, what was not told     never: it is over, or is told by itself
something about an archived schedule        never
anything else                               yes: it says what happened, by whom
==========================================  =================================================================

Whatever is older or no longer true stays among the dead letters, which the doctor shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from notices.sending.slack import UNINSTALLED
from storage.notices import NoticeKind
from storage.repositories.covers import CoverState
from storage.repositories.swaps import SwapState
from storage.tables import OutboxItem
from storage.unit import Unit

YOUNG = timedelta(days=1)
OVER = frozenset({NoticeKind.PROGRESS, NoticeKind.UNDELIVERED})
FOR_COVER = frozenset({NoticeKind.COVER_REQUESTED, NoticeKind.COVER_PROGRESS, NoticeKind.COVER_STUCK})
JUDGED = FOR_COVER | {NoticeKind.ON_CALL_SWITCH, NoticeKind.REMINDER, NoticeKind.SWAP_REQUESTED}

Facts = Mapping[str, Any]


async def send_what_is_true(tx: Unit, enterprise_id: str, team_id: str, now: datetime) -> int:
    """Have what could not be told a team, or without one its organisation, sent after all; says how much that is."""
    workspaces = await tx.people.workspaces_of(enterprise_id, team_id)
    failed = await tx.outbox.failed(workspaces, UNINSTALLED, now - YOUNG)
    facts = await tx.outbox.facts({_fanned_out(row) for row in failed if row.kind in JUDGED})
    archived = {one for one, (row, _) in (await tx.duties.schedules(_schedules(failed))).items() if row.archived_at}
    true = [
        row.id
        for row in failed
        if row.kind not in OVER
        and row.payload.get("schedule_id") not in archived
        and await _is_true(tx, row, facts.get(_fanned_out(row), {}), now)
    ]
    return await tx.outbox.revive(true, now)


def _fanned_out(row: OutboxItem) -> str:
    """The key of what it was made from."""
    return row.key.rpartition(">")[0]


def _schedules(rows: list[OutboxItem]) -> set[int]:
    return {row.payload["schedule_id"] for row in rows if row.payload.get("schedule_id")}


async def _is_true(tx: Unit, row: OutboxItem, facts: Facts, now: datetime) -> bool:
    """What rewrites a post goes to where that one arrived, and to nobody if it did not."""
    if row.kind not in JUDGED or "rewrites" in row.payload:
        return True
    if not facts:
        return False
    if row.kind in FOR_COVER:
        cover = await tx.covers.get(facts["request_id"])
        return cover is not None and cover.state == CoverState.OPEN and cover.ends_at > now
    if row.kind == NoticeKind.SWAP_REQUESTED:
        swap = await tx.swaps.get(facts["request_id"])
        return swap is not None and swap.state == SwapState.OPEN
    if row.kind == NoticeKind.REMINDER:
        return datetime.fromisoformat(facts["start"]) > now
    on_call = await tx.told.users(facts["schedule_id"])
    return all(on_call.get(role["role_id"], []) == role["after"] for role in facts["roles"])
