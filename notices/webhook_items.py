"""Webhook notices of switches: one per webhook and instant, with every transition of its teams."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from notices.items import item
from notices.oncall_change import Transition, body
from notices.surroundings import Surroundings
from notices.switches import Switch
from notices.topics import Method
from storage.notices import NoticeKind
from storage.tables import OutboxItem, Webhook

Found = Sequence[tuple[int, Switch, str]]
"""Schedule, what is told of it, and that switch's key."""


def webhook_items(around: Surroundings, found: Found, hooks: Iterable[Webhook], now: datetime) -> list[OutboxItem]:
    """Items for the webhooks whose teams anything changes for."""
    instants: dict[tuple[int, datetime, bool], list[tuple[int, Switch, str]]] = {}
    for schedule_id, switch, key in found:
        moment = (around.workspace(schedule_id), switch.at, switch.late)
        instants.setdefault(moment, []).append((schedule_id, switch, key))
    by_workspace: dict[int, list[Webhook]] = {}
    for hook in hooks:
        by_workspace.setdefault(hook.workspace_id, []).append(hook)
    return [
        made
        for (workspace, _, _), together in instants.items()
        for made in _items(around, together, by_workspace.get(workspace, ()), now)
    ]


def _items(around: Surroundings, together: Found, hooks: Iterable[Webhook], now: datetime) -> Iterator[OutboxItem]:
    for hook in hooks:
        mine = [entry for entry in together if not hook.team_ids or around.schedules[entry[0]][1].id in hook.team_ids]
        transitions = [step for schedule_id, switch, _ in mine for step in around.transitions(schedule_id, switch)]
        if transitions:
            yield _item(hook, [key for _, _, key in mine], transitions, around, now)


def _item(
    hook: Webhook, keys: Iterable[str], transitions: Iterable[Transition], around: Surroundings, now: datetime
) -> OutboxItem:
    digest = hashlib.sha256(" ".join(keys).encode()).hexdigest()
    shown = body(transitions, around.callers(hook.workspace_id))
    return hook_item(hook, f"{NoticeKind.ONCALL_CHANGE}:{digest}", shown, now)


def hook_item(hook: Webhook, key: str, shown: Mapping[str, Any], now: datetime) -> OutboxItem:
    """One message to one webhook; its id stays the same however often it is sent."""
    message_id = "msg_" + hashlib.sha256(f"{hook.id} {key}".encode()).hexdigest()[:32]
    payload = {"id": message_id, "body": dict(shown)}
    return item(hook.workspace_id, NoticeKind.ONCALL_CHANGE, key, Method.WEBHOOK, str(hook.id), payload, now)
