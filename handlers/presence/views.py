"""What *Presence* looks like: one role at a time, with what is wrong and what will happen said before it does."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.blocks import Block, Choice, View, asking, context, field, modal, section
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from notices.presence import troubles
from notices.presence.topic_part import CLOSE, OPEN
from notices.presence.wanted import OnEdit
from services.kit.wording import escape
from services.presence.choices import PresenceView, RolePresence

TITLE = "Presence"
SHOWN_ALSO = 10
EDIT_CHOICES = (
    Choice(OnEdit.RESTORE, "Put it right", "at the next look, within the hour; the history says so"),
    Choice(OnEdit.REPORT, "Tell the admins", "and leave it so until the next handoff"),
)
EXPORTED = Choice("exported", "Also in PagerDuty", "for time in which nobody is on call here or there; it is no shift")
WHAT_HAPPENS = (
    "*What happens.* Baton writes when who is on call changes, and looks every hour whether somebody else has changed "
    "it. A group has exactly those who are on call, of every schedule and role that uses it, and those who are always "
    "in it: whoever else is in it now is taken out. Slack has no empty groups: with nobody on call and no fallback "
    f"person the last members stay, and the admins are told. Of the topic only `{OPEN} … {CLOSE}` is rewritten.\n"
    "*When it ends.* Empty every field and save. The group then keeps its last members, and Baton's part of the topic "
    "is removed; so it is when the role is removed or the schedule archived."
)


class Id(StrEnum):
    VIEW = "presence"
    VALUE = "presence.value"
    ROLE = "presence.role"
    FIND_GROUP = "presence.find_group"


def form(known: PresenceView, role_id: int | None, metadata: Metadata, told: str = "") -> View:
    """For one of the schedule's roles, the first by default; ``told`` is what was just done."""
    shown = known.of(role_id)
    blocks: list[Block] = [section(told, "outcome")] if told else []
    blocks += [section(f":warning: {text}", f"trouble-{place}") for place, text in enumerate(_wrong(known, shown))]
    blocks.append(section(f"Shows in Slack who is on call for *{escape(kit.cut(known.schedule, 150))}*.", "about"))
    if len(known.roles) > 1:
        roles = [Choice(str(one.role_id), one.role) for one in known.roles]
        chosen = kit.select(Id.ROLE, roles, str(shown.role_id))
        blocks.append(asking(field("role_id", "Role", chosen, hint="Save first: each role has its own fields")))
    blocks += [*_fields(shown), context(WHAT_HAPPENS, "happens")]
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Save", close="Close", metadata=metadata.dump())


def _wrong(known: PresenceView, shown: RolePresence) -> Iterator[str]:
    if known.unlisted and known.unlisted not in shown.troubles:
        yield f"User groups can't be listed. {troubles.sentence(known.unlisted, known.install_url)}"
    elif known.lacking and not any(troubles.code_of(one) == "missing_scope" for one in shown.troubles):
        yield _lacking(known)
    for trouble in shown.troubles:
        yield troubles.sentence(trouble, known.install_url)


def _lacking(known: PresenceView) -> str:
    """What can't be used yet; everything else works without it."""
    groups = any(scope.startswith("usergroups:") for scope in known.lacking)
    what = {
        "usergroups:read": "user groups",
        "usergroups:write": "user groups",
        "channels:write.topic": "topics of public channels",
        "groups:write.topic": "topics of private channels",
    }
    named = list(dict.fromkeys(what[scope] for scope in known.lacking))
    verb = "need" if groups or len(named) > 1 else "needs"
    return f"{', '.join(named).capitalize()} {verb} more. {troubles.lacking(known.lacking, known.install_url)}"


def _fields(shown: RolePresence) -> Iterator[Block]:
    chosen, role = shown.chosen, shown.role_id
    yield field(marked("group_id", role), "User group", _group(shown), hint=_sharing(shown), optional=True)
    yield field(
        marked("always", role),
        "Always in the group",
        kit.users(Id.VALUE, chosen.always),
        hint="They stay in it whoever is on call",
        optional=True,
    )
    yield field(
        marked("channel_id", role),
        "Channel topic",
        _channel(chosen.channel_id),
        hint="Baton has to be in the channel: type /invite @Baton there",
        optional=True,
    )
    yield field(
        marked("fallback", role),
        "Fallback person",
        kit.user(Id.VALUE, chosen.fallback or None),
        hint="Stands in while nobody is on call: in the group, in the topic and in webhooks",
        optional=True,
    )
    yield field(
        marked("exported", role),
        "The fallback person in PagerDuty",
        kit.checkboxes(Id.VALUE, [EXPORTED], [EXPORTED.value] if chosen.fallback_exported else []),
        optional=True,
    )
    yield field(
        marked("on_edit", role),
        "If somebody edits the group or the topic",
        kit.radio(Id.VALUE, EDIT_CHOICES, chosen.on_edit),
    )


def _group(shown: RolePresence) -> Block:
    chosen = shown.chosen.group_id
    label = shown.group.label if shown.group else f"A user group that is gone ({chosen})"
    return kit.search(Id.FIND_GROUP, Choice(chosen, label) if chosen else None, placeholder="Type a part of its name")


def _sharing(shown: RolePresence) -> str:
    if not shown.also:
        return "Several schedules and roles can share one; it then has everybody of theirs"
    more = f" and {len(shown.also) - SHOWN_ALSO} more" if len(shown.also) > SHOWN_ALSO else ""
    return f"Shared with {'; '.join(shown.also[:SHOWN_ALSO])}{more}"


def _channel(chosen: str) -> Block:
    shape: Block = {
        "type": "conversations_select",
        "action_id": Id.VALUE,
        "placeholder": kit.plain("Choose a channel"),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return shape | ({"initial_conversation": chosen} if chosen else {})
