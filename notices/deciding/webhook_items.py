"""Webhook notices of switches: one per webhook and instant, with every transition of its teams."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from notices.deciding.items import item
from notices.deciding.topics import Method
from notices.noticing.layers import layer
from notices.noticing.surroundings import Surroundings
from notices.noticing.switches import Step, Switch
from notices.texts.oncall_change import Caller, Transition, body
from oncall.rotations import Rotation
from storage.notices import NoticeKind
from storage.outgoing import Item
from storage.repositories.duties import Duty, Link
from storage.tables import Webhook
from storage.unit import Unit

OfRole = TypeVar("OfRole", Link, Duty)
Found = Sequence[tuple[int, Switch, str]]
"""Schedule, what is told of it, and that switch's key."""


async def webhook_items(tx: Unit, around: Surroundings, found: Found, now: datetime) -> list[Item]:
    """Items for the webhooks whose teams anything changes for."""
    hooks = await tx.webhooks.of_workspaces({around.workspace(schedule_id) for schedule_id, _, _ in found})
    if not hooks:
        return []
    backdrop = await Backdrop.read(tx, around, found)
    heard = await heard_schedules(tx, hooks)
    instants: dict[tuple[int, datetime, bool], list[tuple[int, Switch, str]]] = {}
    for schedule_id, switch, key in found:
        moment = (around.workspace(schedule_id), switch.at, switch.late)
        instants.setdefault(moment, []).append((schedule_id, switch, key))
    return [
        made
        for (workspace, _, _), together in instants.items()
        for hook in hooks
        if hook.workspace_id == workspace
        for made in _items(backdrop, _audible(together, heard[hook.id]), hook, now)
    ]


async def heard_schedules(tx: Unit, hooks: Sequence[Webhook]) -> dict[int, frozenset[int] | None]:
    """The schedules that each webhook may hear of, None for all: those that its maker administers now, all for an admin
    of the Slack workspace and for one from before this was so. Nobody's webhook hears anything."""
    found: dict[int, frozenset[int] | None] = {}
    for hook in hooks:
        maker = await tx.people.get(hook.workspace_id, hook.created_by)
        if maker is None:
            found[hook.id] = None if hook.hears_all else frozenset()
        elif maker.deleted or maker.is_bot or maker.is_guest or maker.is_stranger:
            found[hook.id] = frozenset()
        elif maker.is_admin or hook.hears_all:
            found[hook.id] = None
        else:
            found[hook.id] = frozenset(await tx.schedules.administered_by(hook.workspace_id, hook.created_by))
    return found


def _audible(together: Found, heard: frozenset[int] | None) -> Found:
    return together if heard is None else [entry for entry in together if entry[0] in heard]


def _items(backdrop: Backdrop, together: Found, hook: Webhook, now: datetime) -> Iterator[Item]:
    teams = backdrop.around.schedules
    mine = [entry for entry in together if not hook.team_ids or teams[entry[0]][1].id in hook.team_ids]
    transitions = [step for schedule_id, switch, _ in mine for step in backdrop.transitions(schedule_id, switch)]
    if transitions:
        digest = hashlib.sha256(" ".join(key for _, _, key in mine).encode()).hexdigest()
        shown = body(transitions, backdrop.callers(hook.workspace_id))
        yield hook_item(hook, f"{NoticeKind.ONCALL_CHANGE}:{digest}", shown, now)


def hook_item(hook: Webhook, key: str, shown: Mapping[str, Any], now: datetime) -> Item:
    """One message to one webhook; its id stays the same however often it is sent."""
    message_id = "msg_" + hashlib.sha256(f"{hook.id} {key}".encode()).hexdigest()[:32]
    payload = {"id": message_id, "body": dict(shown)}
    return item(hook.workspace_id, NoticeKind.ONCALL_CHANGE, key, Method.WEBHOOK, str(hook.id), payload, now)


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What webhooks show beside who ends and who starts; only read where there are webhooks."""

    around: Surroundings
    rotations: Mapping[int, list[Rotation]]
    standing: Mapping[int, list[Duty]]
    links: Mapping[int, list[Link]]
    names: Mapping[tuple[int, str], Caller]

    @classmethod
    async def read(cls, tx: Unit, around: Surroundings, found: Found) -> Backdrop:
        steps = [step for _, switch, _ in found for step in switch.steps]
        instants = [step.at for step in steps]
        schedules = {schedule_id for schedule_id, _, _ in found}
        workspaces = {around.workspace(schedule_id) for schedule_id in schedules}
        told = {user for step in steps for user in (*step.before, *step.after)} | set(around.fallbacks.values())
        people = await tx.duties.people(workspaces, told)
        return cls(
            around=around,
            rotations=_by_roles(await tx.rotations.of_schedules(schedules)),
            standing=_by_role(await tx.duties.standing(schedules, min(instants), max(instants))),
            links=_by_role(await tx.duties.links(schedules)),
            names={key: Caller(person.name, person.real_name) for key, person in people.items()},
        )

    def callers(self, workspace_id: int) -> dict[str, Caller]:
        return {user: caller for (workspace, user), caller in self.names.items() if workspace == workspace_id}

    def transitions(self, schedule_id: int, switch: Switch) -> Iterator[Transition]:
        """The steps of a switch, one for each pair of people who end and who start."""
        for step in switch.steps:
            for previous, new in step.pairs():
                yield self._transition(schedule_id, step, previous, new)

    def _transition(self, schedule_id: int, step: Step, previous: str | None, new: str | None) -> Transition:
        schedule, team = self.around.schedules[schedule_id]
        role = step.role_id
        found = layer(self.rotations.get(role, ()), self.standing.get(role, ()), role, step.at, new or "")
        return Transition(
            schedule_id=schedule.public_id,
            schedule=schedule.name,
            team_id=team.public_id,
            team=team.name,
            previous=previous,
            new=new,
            at=step.at,
            overridden=found.overridden,
            layer=found.name or self.around.role_name(schedule_id, role),
            time_zone=schedule.time_zone,
            policies=_policies(self.links.get(role, ())),
            fallback="" if step.after else self.around.fallbacks.get(role, ""),
        )


def _policies(links: Iterable[Link]) -> list[Any]:
    """Every escalation policy once."""
    found = {str(policy.get("ep_id")): policy for link in links for policy in link.policies}
    return list(found.values())


def _by_roles(rotations: Iterable[Sequence[Rotation]]) -> dict[int, list[Rotation]]:
    """Every version of every rotation, by the roles that it fills."""
    found: dict[int, list[Rotation]] = {}
    for version in (version for versions in rotations for version in versions):
        for role in version.roles:
            found.setdefault(role, []).append(version)
    return found


def _by_role(rows: Iterable[OfRole]) -> dict[int, list[OfRole]]:
    found: dict[int, list[OfRole]] = {}
    for row in rows:
        found.setdefault(row.role_id, []).append(row)
    return found
