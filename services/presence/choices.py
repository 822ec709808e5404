"""Presence of a role: which user group and topic show who is on call, and who stands in while nobody is.

What was chosen is stored; writing it to Slack is the keeper's (:mod:`notices.presence.keeper`), which this makes due in
the same transaction. Schedules may share a group or a channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notices.presence import troubles
from notices.presence.wanted import OnEdit
from notices.presence.work import someone
from services.destinations.marking_due import confirmed
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound
from services.kit.house import Actor, House
from services.kit.permissions import administered, administered_schedule
from services.kit.wording import escape
from storage.again import run_again
from storage.repositories.presence import GROUP, TOPIC, Where
from storage.tables import Presence, PresenceTarget, Role, Schedule, SlackGrant, UserGroup
from storage.unit import Unit

MOST_ALWAYS = 100
WANTED_SCOPES = {
    "usergroups:read": "",
    "usergroups:write": "",
    "channels:write.topic": "channels:manage",
    "groups:write.topic": "groups:write",
}
"""What presence needs of Slack, and what is as good."""


@dataclass(frozen=True, slots=True)
class PresenceDraft:
    """What a person chose for a role; empty is nothing. People who are always in the group need one."""

    schedule_id: int
    role_id: int | None
    group_id: str = ""
    always: Sequence[str] = ()
    channel_id: str = ""
    fallback: str = ""
    fallback_exported: bool = False
    on_edit: OnEdit = OnEdit.RESTORE

    @property
    def is_empty(self) -> bool:
        return not (self.group_id or self.channel_id or self.fallback)


@dataclass(frozen=True, slots=True)
class GroupView:
    """A user group as it is offered."""

    id: str
    handle: str
    name: str
    enabled: bool = True

    @property
    def label(self) -> str:
        return f"@{self.handle} · {self.name}" if self.name else f"@{self.handle}"


@dataclass(frozen=True, slots=True)
class RolePresence:
    """One role, what was chosen for it, and what is wrong now, as it is stored.

    ``also`` are the other roles that share its group, called by their schedule and themselves.
    """

    role_id: int
    role: str
    chosen: PresenceDraft
    group: GroupView | None = None
    also: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PresenceView:
    """A schedule's presence, role by role.

    ``lacking`` are the scopes that Baton was not given, as far as Slack has said; ``unlisted`` is why it lists no user
    groups. ``install_url`` is the page that grants scopes, where there is one.
    """

    schedule_id: int
    schedule: str
    roles: tuple[RolePresence, ...]
    lacking: tuple[str, ...] = ()
    unlisted: str = ""
    install_url: str = ""

    def of(self, role_id: int | None) -> RolePresence:
        """The role, or the first one where it is gone."""
        return next((one for one in self.roles if one.role_id == role_id), self.roles[0])


@dataclass(frozen=True, slots=True)
class Ailing:
    """Something that can't be kept in step: where it shows, and why."""

    schedule: str
    target: str
    why: str


async def get_presence(house: House, actor: Actor, schedule_id: int) -> PresenceView:
    """Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        return await _view(house, tx, schedule)


async def search_groups(house: House, actor: Actor, query: str) -> list[GroupView]:
    """User groups of the workspace as last listed, by handle; those whose handle or name has what was typed."""
    wanted = query.strip().casefold()
    async with house.database.read() as tx:
        known = await tx.presence.groups(actor.workspace_id)
    found = [_group(row) for row in known.values() if row.enabled]
    return [one for one in found if wanted in one.label.casefold()]


@run_again
async def save_presence(house: House, actor: Actor, draft: PresenceDraft) -> PresenceView:
    """Keep what was chosen and have it written soon. Nothing chosen removes it: a group keeps its last members, a topic
    loses Baton's part. Raises FieldErrors keyed by the draft's attributes, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await tx.schedules.lock(draft.schedule_id)
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        role = await _role(tx, schedule, draft.role_id)
        before = await tx.presence.get(role.id)
        problems = await _problems(tx, actor, draft, before)
        if problems:
            raise FieldErrors(problems)
        places = [*_places(before), *_places(draft)]
        exported = _exported(before), _exported(draft)
        if exported[0] != exported[1]:
            await confirmed(tx, [role.id], by_admin=False)
        if draft.is_empty:
            await tx.presence.remove(role.id)
        else:
            await tx.presence.save(_row(role, draft, actor, now))
        tx.presence.mark_places(actor.workspace_id, places, now)
        summary = await _summary(tx, actor, role, draft)
        note(tx, actor, now, "presence.changed", summary, schedule_id=schedule.id)
        await tx.session.flush()
        return await _view(house, tx, schedule)


async def ailing(house: House, actor: Actor) -> list[Ailing]:
    """What can't be kept in step now, of the schedules that the actor administers."""
    async with house.database.read() as tx:
        mine = {schedule.id: schedule.name for schedule in await administered(tx, actor)}
        chosen = await tx.presence.of_schedules(mine)
        targets, groups = await tx.presence.targets(actor.workspace_id), await tx.presence.groups(actor.workspace_id)
    found: dict[tuple[str, str], Ailing] = {}
    for row in chosen.values():
        for kind, place in _places(row):
            target = targets.get((kind, place))
            if target is not None and target.trouble:
                name = _target_name(kind, place, groups)
                why = troubles.sentence(target.trouble, house.offers.install_url)
                found.setdefault((kind, place), Ailing(mine[row.schedule_id], name, why))
    return list(found.values())


def _target_name(kind: str, place: str, groups: Mapping[str, UserGroup]) -> str:
    """In Slack's mrkdwn."""
    if kind == TOPIC:
        return f"the topic of <#{place}>"
    return f"the user group @{escape(groups[place].handle)}" if place in groups else "a user group"


async def _view(house: House, tx: Unit, schedule: Schedule) -> PresenceView:
    workspace = schedule.workspace_id
    chosen = await tx.presence.of_schedules([schedule.id])
    groups, targets = await tx.presence.groups(workspace), await tx.presence.targets(workspace)
    grant = await tx.presence.grant(workspace)
    roles = [
        await _role_view(tx, schedule, role, chosen.get(role.id), groups, targets)
        for role in await tx.schedules.roles(schedule.id)
    ]
    return PresenceView(
        schedule_id=schedule.id,
        schedule=schedule.name,
        roles=tuple(roles),
        lacking=lacking(grant),
        unlisted=grant.trouble if grant else "",
        install_url=house.offers.install_url,
    )


def lacking(grant: SlackGrant | None) -> tuple[str, ...]:
    """Which scopes the installation was not given, as far as Slack has said."""
    if grant is None or not grant.scopes:
        return ()
    given = set(grant.scopes.split(","))
    return tuple(scope for scope, also in WANTED_SCOPES.items() if not given & {scope, also})


async def _role_view(
    tx: Unit,
    schedule: Schedule,
    role: Role,
    row: Presence | None,
    groups: Mapping[str, UserGroup],
    targets: Mapping[Where, PresenceTarget],
) -> RolePresence:
    if row is None:
        return RolePresence(role.id, role.name, PresenceDraft(schedule.id, role.id))
    also: list[str] = []
    if row.group_id:
        using = await tx.presence.using(schedule.workspace_id, GROUP, row.group_id)
        also = [f"{its.name}, {one.name}" for _, one, its in using if one.id != role.id]
    ailing = [targets[where].trouble for where in _places(row) if where in targets and targets[where].trouble]
    listed = groups.get(row.group_id)
    return RolePresence(
        role_id=role.id,
        role=role.name,
        chosen=_draft(row),
        group=_group(listed) if listed else None,
        also=tuple(also),
        troubles=tuple(dict.fromkeys(ailing)),
    )


def _draft(row: Presence) -> PresenceDraft:
    return PresenceDraft(
        schedule_id=row.schedule_id,
        role_id=row.role_id,
        group_id=row.group_id,
        always=tuple(row.always),
        channel_id=row.channel_id,
        fallback=row.fallback,
        fallback_exported=row.fallback_exported,
        on_edit=OnEdit(row.on_edit),
    )


def _row(role: Role, draft: PresenceDraft, actor: Actor, now: datetime) -> Presence:
    return Presence(
        role_id=role.id,
        schedule_id=role.schedule_id,
        group_id=draft.group_id,
        always=list(dict.fromkeys(draft.always)),
        channel_id=draft.channel_id,
        fallback=draft.fallback,
        fallback_exported=draft.fallback_exported and bool(draft.fallback),
        on_edit=draft.on_edit.value,
        changed_at=now,
        changed_by=actor.user_id,
    )


def _places(chosen: Presence | PresenceDraft | None) -> list[Where]:
    places = [(GROUP, chosen.group_id), (TOPIC, chosen.channel_id)] if chosen is not None else []
    return [(kind, place) for kind, place in places if place]


def _exported(chosen: Presence | PresenceDraft | None) -> str:
    """Who stands in in PagerDuty; empty for nobody."""
    return chosen.fallback if chosen is not None and chosen.fallback_exported else ""


def _group(row: UserGroup) -> GroupView:
    return GroupView(row.group_id, row.handle, row.name, row.enabled)


async def _role(tx: Unit, schedule: Schedule, role_id: int | None) -> Role:
    role = await tx.schedules.role(role_id) if role_id else None
    if role is None or role.schedule_id != schedule.id or role.removed_at is not None:
        raise NotFound("That role does not exist any more.")
    return role


async def _problems(tx: Unit, actor: Actor, draft: PresenceDraft, before: Presence | None) -> dict[str, str]:
    """A group and people as they are known here; what was chosen before may stay."""
    problems: dict[str, str] = {}
    groups = await tx.presence.groups(actor.workspace_id)
    kept = before is not None and before.group_id == draft.group_id
    if draft.group_id and not kept:
        listed = groups.get(draft.group_id)
        if listed is None:
            problems["group_id"] = "Choose a user group of this workspace."
        elif not listed.enabled:
            problems["group_id"] = "This user group is disabled in Slack. Enable it there first."
    if draft.always and not draft.group_id:
        problems["always"] = "These people are always in a user group; choose one above."
    if draft.fallback_exported and not draft.fallback:
        problems["fallback"] = "Choose who stands in in PagerDuty."
    if len(set(draft.always)) > MOST_ALWAYS:
        problems["always"] = f"At most {MOST_ALWAYS} people can always be in the group."
    for name, users in (("always", draft.always), ("fallback", [draft.fallback] if draft.fallback else [])):
        unfit = await _unfit(tx, actor.workspace_id, users)
        if unfit:
            problems[name] = f"Choose people of this workspace. These are guests, apps or deactivated: {unfit}."
    return problems


async def _unfit(tx: Unit, workspace_id: int, users: Sequence[str]) -> str:
    known = await tx.people.named(workspace_id, users)
    strangers = [user for user in users if user not in known]
    names = [one.name for person in known.values() if not (one := someone(person)).fits]
    return ", ".join([*names, *strangers])


async def _summary(tx: Unit, actor: Actor, role: Role, draft: PresenceDraft) -> str:
    name = escape(role.name)
    if draft.is_empty:
        return f"removed the presence of {name}"
    groups = await tx.presence.groups(actor.workspace_id)
    parts = [_target_name(kind, place, groups) for kind, place in _places(draft)]
    there = ", also in PagerDuty" if draft.fallback_exported else ""
    parts += [f"fallback <@{draft.fallback}>{there}"] if draft.fallback else []
    parts += ["always in it " + ", ".join(f"<@{user}>" for user in draft.always)] if draft.always else []
    return f"changed the presence of {name}: {'; '.join(parts)}"
