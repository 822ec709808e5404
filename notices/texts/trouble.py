"""Words about destinations and other trouble: what happened, and what an admin can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notices.actions import Action
from notices.texts.marks import Button, Message, Scene, escape, link, mention, span
from oncall.systems import System, system

Facts = Mapping[str, Any]

STATES = {
    "ok": "works again",
    "warning": "lags behind",
    "error": "is in trouble",
    "blocked": "is blocked",
    "paused": "is paused",
    "pending": "is being exported",
}
UNMAPPED_VALUE = 2000


def system_of(facts: Facts) -> System:
    """The external system that a notice is about; notices from before there were several are about PagerDuty."""
    return system(facts.get("system", ""))


def override_removed(facts: Facts, scene: Scene, user: str | None) -> Message:
    item = system_of(facts).item
    mine = user is not None and user == facts.get("user")
    whose = f"Your {item}" if mine else f"{_external(facts, scene)}'s {item}"
    where = link(facts.get("external_url") or "", facts["external_schedule"])
    maker = f"{escape(facts['made_by'])} had made it, not Baton" if facts.get("made_by") else "Baton had not made it"
    lines = [f"It applied {span(facts)}, and {maker}."]
    lines += [f"• {span(r)}: {scene.name(r['user'])} is on call instead" for r in facts["replaced_by"]]
    if facts.get("covered"):
        lines[0] = f"It applies {span(facts)}, beyond the shifts here too, so it stays; {maker}."
    deed = "is covered" if facts.get("covered") else "was removed"
    return Message(f"{whose} in {where} {deed} to keep {scene.title} as it is here", tuple(lines))


def _external(facts: Facts, scene: Scene) -> str:
    return scene.name(facts.get("user") or facts["external_user"])


def destination(facts: Facts, scene: Scene) -> Message:
    where = link(facts.get("external_url") or "", facts["external_schedule"])
    role = f" ({escape(facts['role'])})" if facts.get("role") else ""
    state = STATES.get(facts["status"], escape(facts["status"]))
    if facts.get("further") and facts["status"] in ("warning", "error"):
        state += ", for another reason"
    lines = (escape(facts["reason"]),) if facts.get("reason") else ()
    match = Button(Action.MATCH_MEMBER, "Match person", str(facts["destination_id"]), "primary")
    buttons = (match,) if facts.get("unknown") else ()
    return Message(f"The destination {where}{role} of {scene.title} {state}", lines, buttons)


def blocked(facts: Facts, scene: Scene) -> Message:
    """The plan that is held, with a button that is bound to exactly this plan."""
    lines = [escape(facts["reason"])] if facts.get("reason") else []
    lines += [f"• {span(change)}: {deed(change, scene, system_of(facts))}" for change in facts["changes"]]
    export = Button(
        Action.EXPORT_ANYWAY,
        "Export anyway",
        f"{facts['destination_id']}:{facts['plan']}",
        "danger",
        "Baton will write everything that is listed here to the destination.",
    )
    where = link(facts.get("external_url") or "", facts["external_schedule"])
    return Message(f"The export of {scene.title} to {where} is held", tuple(lines), (export,))


def first_export(facts: Facts, scene: Scene) -> Message:
    """What waits for a word, once there is something; the button shows it anew, with *Export now* and *Not yet*."""
    where = link(facts.get("external_url") or "", facts["external_schedule"])
    lines = [f"• {span(change)}: {deed(change, scene, system_of(facts))}" for change in facts["changes"]]
    show = Button(Action.FIRST_LIST, "Show what it writes", str(facts["destination_id"]), "primary")
    which = "first export" if facts["first"] else "changed export"
    said = ("Nothing of this was written yet:", *lines) if lines else ("Nothing was written yet.",)
    return Message(f"The {which} of {scene.title} to {where} waits for your word", said, (show,))


def deed(change: Facts, scene: Scene, there: System) -> str:
    """What a change that waits would do."""
    before, after = scene.name(change["before"]), scene.name(change["after"])
    match change["action"]:
        case "pin":
            return f"an {there.item} that keeps {after} on call"
        case "add":
            return f"add {after}"
        case "replace":
            return f"{after} instead of {before}"
        case "remove" if change["after"]:
            return f"remove an {there.item} for {before} that does not show; {after} stays on call"
        case "remove":
            return f"remove {before}"
        case "import":
            return f"import {after} instead of {before}"
        case _:
            return f"leave unassigned instead of {before}"


def import_conflict(facts: Facts, scene: Scene) -> Message:
    lines = (
        f"{escape(facts['role'])}, {span(facts)}",
        f"Here: {scene.name(facts['local'])}. There: {scene.name(facts.get('remote_user') or facts['remote'])}.",
        f"{scene.name(facts['local'])} stays on call; the change there is overwritten.",
    )
    where = escape(facts["external_schedule"])
    return Message(f"A shift of {scene.title} was changed both here and in {where}", lines)


def unassigned(facts: Facts, scene: Scene, reader: str | None) -> Message:
    """The button is for those who may press it; whoever else hears of a gap within a day can ask them."""
    was, lost = facts["was"], facts.get("lost") or facts["was"]
    changed = f", and {scene.name(lost)}'s by a change there" if lost != was else ""
    lines = [f"{escape(facts['role'])}, {span(facts)}: it was {scene.name(was)}'s{changed}."]
    where = escape(facts["external_schedule"])
    title = f"Nobody is on call for a while in {scene.title}: removed in {where}"
    if reader is not None and reader not in facts.get("admins", (reader,)):
        return Message(title, (*lines, "An admin of the schedule can restore it or assign somebody else."))
    restore = Button(Action.RESTORE_SHIFT, "Restore", f"{facts['shift_id']}:{was}", "primary")
    return Message(title, tuple(lines), (restore,))


def given_away(facts: Facts, scene: Scene) -> Message:
    """For whose shift it is here."""
    name, where = escape(facts["external_name"]), escape(facts["external_schedule"])
    said = f"{span(facts)}: {name} is on call there. Here it stays yours; the admins have been told."
    return Message(f"Your shift in {scene.title} was given to {name} in {where}", (said,))


def declined(facts: Facts, scene: Scene) -> Message:
    """Nobody is taken off call by it: somebody here has to decide."""
    who, where = scene.name(facts["user"]), link(facts.get("external_url") or "", facts["external_schedule"])
    put_right = f"They stay on call until somebody else has it: `/oncall change {escape(scene.schedule)}`."
    return Message(f"{who} declined a shift of {scene.title} in {where}", (f"• {span(facts)}", put_right))


def unmapped(facts: Facts, scene: Scene) -> Message:
    name = escape(facts["external_name"])
    lines = (f"{span(facts)}: {name} is on call there. Nothing is imported or overwritten until they are matched.",)
    where = escape(facts["external_schedule"])
    if facts.get("departed"):
        put_right = f"Put somebody else on call there, or here: `/oncall change {escape(scene.schedule)}`."
        said = (f"{span(facts)}: {name} is on call there. Nothing is imported or overwritten.", put_right)
        return Message(f"{name} in {where} ({scene.title}) was deactivated in Slack", said)
    value = f"{facts['destination_id']}:{facts['external_user']}"
    match = Button(Action.MATCH_PERSON, "Match person", value[:UNMAPPED_VALUE], "primary")
    return Message(f"{name} in {where} ({scene.title}) is nobody that Baton knows in Slack", lines, (match,))


def member_gone(facts: Facts, scene: Scene) -> Message | None:
    """None when it leaves nothing behind: then nobody has to do anything."""
    who, rotations = scene.name(facts["user"]), facts.get("rotations", ())
    lines = tuple(f"• {escape(s['role'])}, {span(s)}" for s in facts["shifts"])
    without = f"Out of the rotations: {', '.join(map(escape, rotations))}." if rotations else ""
    if lines:
        give = f"Give them to somebody else: `/oncall change {escape(scene.schedule)}`."
        said = (*lines, give, *([without] if without else []))
        return Message(f"{who} has left Slack and still has shifts in {scene.title}", said)
    return Message(f"{who} has left Slack; {scene.title} goes on without them", (without,)) if without else None


def admin_wanted(facts: Facts, scene: Scene) -> Message:
    who = scene.everyone(facts["gone"])
    lines = (
        f"{who} administered it and has left Slack. Until somebody does, what its admins should know comes to you.",
    )
    name = Button(Action.NAME_ADMIN, "Name an admin", str(scene.schedule_id), "primary")
    return Message(f"{scene.title} has no admin any more", lines, (name,))


METHODS = {"slack": "in Slack", "email": "by e-mail", "webhook": "to the webhook"}


def undelivered(facts: Facts, scene: Scene) -> Message:
    about = f" about {scene.title}" if scene.schedule else ""
    how = METHODS.get(facts["method"], facts["method"])
    lines = (
        f"{_target(facts, scene)}: {escape(facts['reason'])}",
        "`/oncall doctor` lists what could not be delivered and sends it again.",
    )
    return Message(f"A notice{about} could not be delivered {how}", lines)


def _target(facts: Facts, scene: Scene) -> str:
    target = str(facts["target"])
    if facts["method"] == "slack" and target.startswith(("C", "G")):
        return f"<#{target}>"
    return scene.name(target)


def horizon(facts: Facts, scene: Scene) -> Message:
    """A schedule that can't be extended to its horizon, or can be again."""
    if not facts["reason"]:
        return Message(f"{scene.title} is extended again", ("Its rotations have filled the time up to the horizon.",))
    word = "" if facts.get("fair") else " and says when it works"
    lines = (
        escape(facts["reason"]),
        f"Shifts that exist stay; new ones are missing. Baton tries again every hour{word}.",
    )
    return Message(f"{scene.title} can't be extended to its horizon", lines)


def webhook_silent(facts: Facts) -> Message:
    """For those who can take it over."""
    why = "has left Slack" if facts["deleted"] else "is a guest or belongs to another company now"
    if facts.get("there"):
        why = "administers none of its schedules any more"
    lines = (
        f"{mention(facts['maker'])}, who made it, {why}, so it is told of no on-call switch any more.",
        "*Take over* makes it yours: it hears of the schedules that you administer. `/oncall webhooks` lists it, too.",
    )
    take = Button(Action.WEBHOOK_TAKE, "Take over", str(facts["webhook_id"]), "primary")
    return Message(f"The webhook {escape(facts['name'])} has fallen silent", lines, (take,))
