"""Which schedule is meant: by a name as lists write it, by the channel one is in, or because no other fits.

=====================================  =========================================================================
what is typed                          found, the first line that fits anything
=====================================  =========================================================================
``#12``                                the schedule with this id
``Team/Name``, ``Name (Team)``         as lists and messages write it
``Name``                               every schedule of this name
a team's name                          every schedule of that team
a part of a name                       every schedule that has it in its name
nothing                                the schedules whose notice channel one is in, else all
=====================================  =========================================================================

Where several fit, those of this channel come before others, then those that the person can do it to
(:class:`Among`). What is still several is for the person to choose from; a channel's own are listed first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from services.kit.errors import Candidate, Unclear
from services.kit.house import Actor, House
from services.kit.permissions import Access, may_create
from services.kit.wording import as_typed, escape
from services.schedules.creating import ScheduleName, ScheduleView, get_schedule, list_schedules
from storage.repositories.schedules import name_key
from storage.tables import Member

NONE_YET = "There are no schedules yet. Make one with `/oncall create`."
NONE_TO_MAKE = "There are no schedules yet. You can't make one yourself; ask somebody of this workspace who can."


class Among(StrEnum):
    """Which schedules come first when no other is named."""

    ANY = "any"
    ADMINISTERED = "administered"
    MINE = "mine"


async def find_schedule(
    house: House, actor: Actor, text: str, *, channel_id: str = "", among: Among = Among.ANY
) -> ScheduleView:
    """The one schedule that is meant. Raises Unclear with those to choose from."""
    known = await list_schedules(house, actor)
    found = fitting(known, text)
    here = of_channel(found, channel_id)
    likely = await _preferred(house, actor, here or found, among) if len(here) != 1 else here
    if len(likely) == 1:
        return await get_schedule(house, actor, likely[0].id)
    if not found:
        raise await none_called(house, actor, known, text)
    others = [one for one in channel_first(found, channel_id) if one not in likely] if here else []
    raise unclear(known, [*likely, *others], text)


def channel_first(known: Sequence[ScheduleName], channel_id: str) -> list[ScheduleName]:
    """The same schedules, those of this channel before the others."""
    return sorted(known, key=lambda schedule: not channel_id or schedule.channel_id != channel_id)


async def none_called(house: House, actor: Actor, known: Sequence[ScheduleName], text: str) -> Unclear:
    """What to say of a name that fits none of the known schedules; one that was archived may have it."""
    wanted = name_key(as_typed(text))
    async with house.database.read() as tx:
        rows = await tx.schedules.archived(actor.workspace_id)
    if any(wanted in (name_key(row.name), name_key(f"{row.name} ({team.name})")) for row, team in rows):
        typed = escape(" ".join(text.split())[:150])
        return Unclear(f"“{typed}” was archived. `/oncall archived` shows its history and brings it back.")
    if not known:
        return Unclear(await none_yet(house, actor))
    return unclear(known, [], text)


async def none_yet(house: House, actor: Actor) -> str:
    """What to say where there are no schedules: how to make one, to those who may."""
    async with house.database.read() as tx:
        return NONE_YET if await may_create(tx, actor) else NONE_TO_MAKE


def unclear(known: Sequence[ScheduleName], found: Sequence[ScheduleName], text: str) -> Unclear:
    """What to ask when ``text`` fits these of the known schedules, or none."""
    typed = escape(" ".join(text.split())[:150])
    if not typed:
        return Unclear("Which schedule do you mean?", candidates(found))
    if found:
        return Unclear(f"Several schedules fit “{typed}”. Which one do you mean?", candidates(found))
    return Unclear(f"No schedule is called “{typed}”. These are the ones there are:", candidates(known))


def fitting(known: Sequence[ScheduleName], text: str) -> list[ScheduleName]:
    """The schedules that ``text`` can mean; all of them for an empty one."""
    wanted = name_key(as_typed(text))
    if not wanted:
        return list(known)
    tests: tuple[Callable[[ScheduleName], bool], ...] = (
        lambda s: wanted == f"#{s.id}",
        lambda s: wanted in (name_key(f"{s.team}/{s.name}"), name_key(f"{s.name} ({s.team})")),
        lambda s: wanted == name_key(s.name),
        lambda s: wanted == name_key(s.team),
        lambda s: wanted in name_key(s.name),
        lambda s: wanted in name_key(f"{s.team} {s.name} ({s.team})"),
    )
    return next((found for test in tests if (found := [s for s in known if test(s)])), [])


async def schedules_of_channel(house: House, actor: Actor, channel_id: str) -> list[ScheduleName]:
    """The schedules whose notice channel this is, by name."""
    return of_channel(await list_schedules(house, actor), channel_id)


async def schedules_of_person(house: House, actor: Actor) -> list[ScheduleName]:
    """The schedules that somebody belongs to, as whatever, by name."""
    own = {number for number, _member in await _parts(house, actor)}
    return [schedule for schedule in await list_schedules(house, actor) if schedule.id in own]


def of_channel(known: Sequence[ScheduleName], channel_id: str) -> list[ScheduleName]:
    """The schedules whose notice channel this is."""
    return [schedule for schedule in known if channel_id and schedule.channel_id == channel_id]


async def _preferred(house: House, actor: Actor, found: list[ScheduleName], among: Among) -> list[ScheduleName]:
    """Those that the person administers, or belongs to; all when there are none."""
    if among is Among.ANY or (among is Among.ADMINISTERED and actor.is_workspace_admin):
        return found
    mine = await _parts(house, actor)
    fit = {
        number
        for number, member in mine
        if (member.access == Access.ADMIN if among is Among.ADMINISTERED else member.assignable)
    }
    return [schedule for schedule in found if schedule.id in fit] or found


async def _parts(house: House, actor: Actor) -> Sequence[tuple[int, Member]]:
    return await house.database.remembered(
        ("parts", actor.workspace_id, actor.user_id),
        lambda tx: tx.schedules.parts_of(actor.workspace_id, actor.user_id),
    )


def candidates(schedules: Sequence[ScheduleName]) -> list[Candidate]:
    """Schedules to choose from, each with a name of its own."""
    names = [name_key(s.name) for s in schedules]
    full = [name_key(f"{s.name} ({s.team})") for s in schedules]

    def label(schedule: ScheduleName) -> str:
        if names.count(name_key(schedule.name)) == 1:
            return schedule.name
        whole = f"{schedule.name} ({schedule.team})"
        return whole if full.count(name_key(whole)) == 1 else f"{whole} #{schedule.id}"

    return [Candidate(schedule.id, label(schedule)) for schedule in schedules]
