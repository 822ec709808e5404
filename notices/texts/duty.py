"""Words about who is on call: switches, reminders and the weekly digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from notices.texts.marks import Message, Scene, escape, link, mentions, span, when

Facts = Mapping[str, Any]


def switch_in_channel(facts: Facts, scene: Scene) -> Message:
    """Who ends, who starts, until when, who is next; only those who end and start are pinged."""
    if facts.get("late"):
        lines = tuple(f"• {when(role['at'])}: {_channel_line(role, scene)}" for role in facts["roles"])
        return Message(f"While Baton was away, who is on call for {scene.title} changed", lines)
    lines = tuple(_channel_line(role, scene) + _outlook(role, scene) for role in facts["roles"])
    return Message(f"On-call switch in {scene.title}", lines, footer=escape(scene.team))


def _channel_line(role: Facts, scene: Scene) -> str:
    starts, ends, stays = _parts(role)
    name = f"*{escape(role['role'])}*"
    if not role["after"]:
        standing_in = f" {mentions([role['fallback']])} is the fallback." if role.get("fallback") else ""
        return f"{name}: nobody is on call after {mentions(ends)}.{standing_in}"
    staying = f" beside {scene.everyone(stays)}" if stays else ""
    if not starts:
        return f"{name}: {mentions(ends)} is off call; {scene.everyone(stays)} stays on call."
    if not ends:
        return f"{name}: {mentions(starts)} is on call now{staying}."
    return f"{name}: {mentions(starts)} takes over from {mentions(ends)}{staying}."


def _outlook(role: Facts, scene: Scene) -> str:
    if role["until"] is None:
        return ""
    until = when(role["until"])
    if not role["after"]:
        return f" From {until}: {scene.everyone(role['next'])}."
    return f" Until {until}, then {scene.everyone(role['next'])}."


def _parts(role: Facts) -> tuple[list[str], list[str], list[str]]:
    """Who starts, who ends and who stays."""
    before, after = role["before"], role["after"]
    return (
        [user for user in after if user not in before],
        [user for user in before if user not in after],
        [user for user in after if user in before],
    )


def switch_for_person(facts: Facts, scene: Scene, user: str) -> Message | None:
    """What starts and what ends for one person; None when nothing does."""
    starting = [role for role in facts["roles"] if user in role["after"] and user not in role["before"]]
    ending = [role for role in facts["roles"] if user in role["before"] and user not in role["after"]]
    starting, ending = _still(starting, facts, user, on=True), _still(ending, facts, user, on=False)
    lines = [line for role in starting for line in _starts(role, facts, scene, user)]
    lines += [_ends(role, scene) for role in ending]
    if starting:
        roles = " and ".join(f"*{escape(role['role'])}*" for role in starting)
        return Message(f"You are on call now: {roles} of {scene.title}", tuple(lines))
    if ending:
        roles = " and ".join(f"*{escape(role['role'])}*" for role in ending)
        return Message(f"Your time on call as {roles} of {scene.title} is over", tuple(lines))
    return None


def _still(roles: Sequence[Facts], facts: Facts, user: str, *, on: bool) -> list[Facts]:
    """Of a summary only what is true at its end: who came and went meanwhile needs no message."""
    last = {role["role_id"]: role for role in facts["roles"]}
    return [role for role in roles if last[role["role_id"]] is role or (user in last[role["role_id"]]["after"]) == on]


def _starts(role: Facts, facts: Facts, scene: Scene, user: str) -> Iterator[str]:
    if role["until"] is not None:
        yield f"Until {when(role['until'])}, then {scene.everyone(role['next'])}."
    yield f"Before you: {scene.everyone(role['before'])}."
    beside = [other for other in role["after"] if other != user]
    if beside:
        yield f"Beside you: {scene.everyone(beside)}."
    backup = [b for b in facts.get("backup", ()) if b["role_id"] != role["role_id"]]
    for other in backup:
        yield f"{escape(other['role'])}: {scene.everyone(other['users'])}."
    links = [link(url, name) for url, name in scene.links]
    links += [f"<#{scene.channel_id}>"] if scene.channel_id else []
    if links:
        yield "Look at it in " + ", ".join(links) + "."


def _ends(role: Facts, scene: Scene) -> str:
    if not role["after"]:
        return f"Nobody is on call as {escape(role['role'])} after you."
    return f"{scene.everyone(role['after'])} is on call as {escape(role['role'])} now."


def reminder(facts: Facts, scene: Scene) -> Message:
    lines = (f"From {when(facts['start'])} until {when(facts['end'])}.",)
    return Message(f"You will be on call soon: *{escape(facts['role'])}* of {scene.title}", lines)


def digest(facts: Facts, scene: Scene) -> Message:
    """This week and next: who, when."""
    lines: list[str] = []
    for week, label in zip(facts["weeks"], ("This week", "Next week"), strict=False):
        lines.append(f"*{label}*")
        lines += [
            f"• {escape(shift['role'])}: {scene.name(shift['user'])}, {span(shift)}" for shift in week["shifts"]
        ] or ["• nobody is on call"]
    return Message(f"On call for {scene.title}", tuple(lines))
