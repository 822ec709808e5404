"""Make schedules in a PagerDuty account: all that are wanted, or none.

A create whose reply was lost is looked for by its name among what was not there before. Where one of several can't be
made, or they can't be kept, those that were are deleted again; what can't be deleted is named. Names that are taken are
refused beforehand, since PagerDuty itself may allow two schedules of one name, which nobody could tell apart.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from services.connections.opening import Unreachable
from services.kit.errors import FieldErrors, Refusal
from services.kit.house import House
from services.kit.wording import escape
from storage.tables import Connection, Schedule
from storage.trouble import LostRace
from sync.ports import Editor, NewSchedule, OutcomeUnknown, Refused, RemoteError, RemoteSchedule

LONGEST_NAME = 255


def beside(name: str, role: str) -> str:
    """What the schedule of a backup role is called beside that of the first role."""
    ending = f" ({role})"
    return name[: max(1, LONGEST_NAME - len(ending))] + ending[: LONGEST_NAME - 1]


async def chosen_kind(account: Editor, wanted: str) -> str:
    """The kind asked for, or the better one that the account offers. Raises FieldErrors."""
    offered = await account.kinds()
    kind = wanted or offered[0]
    if kind not in offered:
        raise FieldErrors(
            {"kind": "This PagerDuty account does not offer that kind of schedule. Choose the other one."}
        )
    return kind


async def somebody_there(house: House, account: Editor, schedule: Schedule, connection: Connection) -> str:
    """Any member who is in the account, or in whose name people are added to it: a schedule of layers can't be without
    anybody. Raises FieldErrors."""
    async with house.database.read() as tx:
        members = [member.user_id for member in await tx.schedules.members(schedule.id)]
        people = await tx.people.named(schedule.workspace_id, members)
    addresses = [people[member].email for member in members if member in people]
    for address in [*addresses, connection.from_email]:
        found = await account.find_user(address) if address else None
        if found is not None:
            return found.id
    raise FieldErrors(
        {"name": "Nobody of this schedule is in that PagerDuty account by e-mail address. Add one there."}
    )


async def refuse_taken(names: Sequence[str], listed: Sequence[RemoteSchedule]) -> None:
    """Raise FieldErrors when a schedule of such a name is there already."""
    taken = {schedule.name.casefold() for schedule in listed}
    for name in names:
        if name.casefold() in taken:
            raise FieldErrors(
                {
                    "name": f"PagerDuty has a schedule “{name}” already. Choose another name, or take that one over "
                    "with /oncall link."
                }
            )


async def make(account: Editor, wanted: Sequence[NewSchedule]) -> list[RemoteSchedule]:
    """Create them all. Raises FieldErrors, and RemoteError when nothing was made."""
    before = await account.schedules()
    await refuse_taken([new.name for new in wanted], before)
    made: list[RemoteSchedule] = []
    try:
        for new in wanted:
            one = await _create(account, new, frozenset(one.id for one in before))
            made.append(one)
    except RemoteError as error:
        await _take_back(account, made, error)
        if isinstance(error, Refused):
            raise FieldErrors({"name": str(error)}) from error
        raise
    return made


async def _create(account: Editor, new: NewSchedule, before: frozenset[str]) -> RemoteSchedule:
    try:
        return await account.create_schedule(new)
    except OutcomeUnknown:
        listed = [one for one in await account.schedules() if one.id not in before]
        found = next((one for one in listed if (one.name, one.kind) == (new.name, new.kind)), None)
        if found is None:
            raise
        return found


@asynccontextmanager
async def keeping(account: Editor, made: Sequence[RemoteSchedule]) -> AsyncGenerator[None]:
    """Around storing what was made: where that is refused, nothing of it is stored and it is deleted again."""
    try:
        yield
    except (Refusal, LostRace) as refused:
        await _take_back(account, made, refused)
        raise


async def _take_back(account: Editor, made: Sequence[RemoteSchedule], error: Exception) -> None:
    left: list[str] = []
    for one in made:
        try:
            await account.delete_schedule(one)
        except RemoteError:
            left.append(f"“{escape(one.name)}”")
    if left:
        raise Unreachable(
            f"{escape(str(error))} By then {' and '.join(left)} had been made and could not be deleted again: delete "
            "it in PagerDuty, or choose another name."
        ) from error
