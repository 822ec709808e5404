"""Links to calendar feeds: to one's own shifts, to a schedule's, and to those of one of its roles.

=============================  =========================================  ===================================
link to                        who can have it                            who can have a new one made
=============================  =========================================  ===================================
one's own shifts               that person                                that person
a schedule, or a role of it    its members and admins, viewers as well,   its admins, and Slack workspace
                               and Slack workspace admins; no guests      admins
=============================  =========================================  ===================================

There is one link to each, made when somebody asks for it first. A new one takes its place: the former stops at once,
for everybody. One's own link stops when one is deactivated in Slack.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from services.feeds.secrets import digest_of, new_secret
from services.kit.audit import note
from services.kit.errors import NotAllowed, NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import admins_of, may_change, mentions, require_schedule_admin, visible_schedule
from services.kit.wording import escape
from storage.again import run_again
from storage.secrets import SecretUnreadable
from storage.tables import Feed, Role, Schedule
from storage.unit import Unit

MOMENT = timedelta(seconds=10)
NO_ADDRESS = (
    "Calendar apps can't reach Baton yet: whoever runs it has to set `BATON_PUBLIC_URL` to an address that leads to it "
    "from outside. docs/calendars.md says how."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a link is to: a role of a schedule, the schedule, or with neither the actor's own shifts."""

    schedule_id: int | None = None
    role_id: int | None = None

    def of(self, actor: Actor) -> str:
        """How it is stored."""
        if self.schedule_id is None:
            return f"user:{actor.user_id}"
        return f"role:{self.role_id}" if self.role_id is not None else f"schedule:{self.schedule_id}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is shown; ``url`` is empty where no configured key opens it any more. ``of`` is in mrkdwn."""

    scope: Scope
    of: str
    url: str = field(repr=False)
    may_renew: bool = True


@dataclass(frozen=True, slots=True)
class Offered:
    """A schedule's links: its roles by id and name, and whether the actor can have them; if not, ``why``."""

    schedule_id: int
    schedule: str
    roles: tuple[tuple[int, str], ...]
    why: str = ""


async def offered(house: House, actor: Actor, schedule_id: int) -> Offered:
    """Raises NotFound."""
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        roles = tuple((role.id, role.name) for role in await tx.schedules.roles(schedule.id))
        try:
            await _require_part(tx, actor, schedule)
        except NotAllowed as error:
            return Offered(schedule.id, schedule.name, roles, str(error))
    return Offered(schedule.id, schedule.name, roles)


@run_again
async def link_to(house: House, actor: Actor, scope: Scope) -> Link:
    """The link; it is made where there is none yet. Raises NotAllowed, NotFound, or Refusal without an address."""
    _require_address(house)
    async with house.database.read() as tx:
        schedule, role = await _asked_for(tx, actor, scope)
        found = await tx.feeds.of_scope(actor.workspace_id, scope.of(actor))
        if found is not None:
            return await _link(house, tx, actor, scope, (schedule, role), found)
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        schedule, role = await _asked_for(tx, actor, scope)
        found = await tx.feeds.of_scope(actor.workspace_id, scope.of(actor))
        if found is None:
            found = _made(house, actor, scope)
            await tx.feeds.add(found)
            _noted(house, tx, actor, schedule, role, "feed.made", "made the calendar link of")
        return await _link(house, tx, actor, scope, (schedule, role), found)


@run_again
async def new_link(house: House, actor: Actor, scope: Scope) -> Link:
    """Another link in its place. Raises NotAllowed, NotFound, or Refusal without an address."""
    _require_address(house)
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        schedule, role = await _asked_for(tx, actor, scope)
        if schedule is not None:
            await require_schedule_admin(tx, actor, schedule)
        found = await tx.feeds.of_scope(actor.workspace_id, scope.of(actor))
        made = _made(house, actor, scope)
        if found is None:
            await tx.feeds.add(made)
        elif found.renewed_at is not None and found.renewed_at > now - MOMENT:
            raise Refusal("A new link was made a moment ago, so that it is not done again.")
        else:
            found.digest, found.secret, found.renewed_at, found.made_by = made.digest, made.secret, now, made.made_by
            made = found
        _noted(house, tx, actor, schedule, role, "feed.renewed", "made a new calendar link of")
        return await _link(house, tx, actor, scope, (schedule, role), made)


def _require_address(house: House) -> None:
    if not house.offers.public_url:
        raise Refusal(NO_ADDRESS)


async def _asked_for(tx: Unit, actor: Actor, scope: Scope) -> tuple[Schedule | None, Role | None]:
    """Raises NotAllowed, NotFound."""
    if scope.schedule_id is None:
        return None, None
    schedule = await visible_schedule(tx, actor, scope.schedule_id)
    await _require_part(tx, actor, schedule)
    if scope.role_id is None:
        return schedule, None
    role = await tx.schedules.role(scope.role_id)
    if role is None or role.schedule_id != schedule.id or role.removed_at is not None:
        raise NotFound("That role does not exist any more.")
    return schedule, role


async def _require_part(tx: Unit, actor: Actor, schedule: Schedule) -> None:
    """Raises NotAllowed with who can help. A schedule's link goes on when somebody's time here is over, so guests and
    people of other companies have their own alone."""
    if actor.is_outside:
        raise NotAllowed(
            f"Links to *{escape(schedule.name)}* are for people of this workspace. *My shifts* is for everybody."
        )
    members = {member.user_id for member in await tx.schedules.members(schedule.id)}
    if actor.user_id in members or await may_change(tx, actor, schedule.id):
        return
    who = mentions(await admins_of(tx, schedule.id))
    raise NotAllowed(
        f"Links to *{escape(schedule.name)}* are for its members, viewers as well. Its admins can add you: {who}."
    )


def _made(house: House, actor: Actor, scope: Scope) -> Feed:
    secret = new_secret()
    return Feed(
        workspace_id=actor.workspace_id,
        scope=scope.of(actor),
        user_id="" if scope.schedule_id is not None else actor.user_id,
        schedule_id=scope.schedule_id,
        role_id=scope.role_id,
        digest=digest_of(secret),
        secret=house.secrets.seal(secret),
        made_at=house.clock.now(),
        made_by=actor.user_id,
    )


async def _link(
    house: House, tx: Unit, actor: Actor, scope: Scope, of: tuple[Schedule | None, Role | None], feed: Feed
) -> Link:
    try:
        url = f"{house.offers.public_url}/calendar/{house.secrets.open(feed.secret)}.ics"
    except SecretUnreadable:
        url = ""
    may_renew = scope.schedule_id is None or await may_change(tx, actor, scope.schedule_id)
    return Link(scope, called(*of), url, may_renew)


def called(schedule: Schedule | None, role: Role | None) -> str:
    """What a link is to, in mrkdwn."""
    if schedule is None:
        return "your own shifts"
    return f"*{escape(schedule.name)}*, {escape(role.name)}" if role else f"*{escape(schedule.name)}*, every role"


def _noted(
    house: House, tx: Unit, actor: Actor, schedule: Schedule | None, role: Role | None, action: str, what: str
) -> None:
    """One's own link concerns nobody else, so history does not have it."""
    if schedule is not None:
        note(tx, actor, house.clock.now(), action, f"{what} {called(schedule, role)}", schedule_id=schedule.id)
