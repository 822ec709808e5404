"""What members look like: the list, the forms, and the shifts that somebody leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers import blocks as kit
from handlers.blocks import Block, Choice, View, actions, button, context, field, modal, radio, section, select, when
from handlers.metadata import Metadata
from services.members import HeldShift, Left
from services.permissions import Access
from services.schedules import MemberView, ScheduleView
from services.wording import counted, escape

LIST_TITLE = "Members"
ADD_TITLE = "Add member"
EDIT_TITLE = "Edit member"
HAND_ON_TITLE = "Hand shifts on"
SHOWN_MEMBERS = 45
SHOWN_SHIFTS = 20


class Id(StrEnum):
    ADD = "members.add"
    EDIT = "members.edit"
    REMOVE = "members.remove"
    OPEN_HAND_ON = "members.open_hand_on"
    ADD_VIEW = "members.add_view"
    EDIT_VIEW = "members.edit_view"
    HAND_ON = "members.hand_on"
    VALUE = "members.value"


class Assignable(StrEnum):
    """Whether somebody can be on call."""

    YES = "yes"
    NO = "no"


ACCESS = (
    Choice(Access.ADMIN, "Admin", "Changes the schedule"),
    Choice(Access.MEMBER, "Member", "Takes, swaps and covers shifts"),
    Choice(Access.VIEWER, "Viewer", "Is kept informed"),
)
ASSIGNABLE = (Choice(Assignable.YES, "Yes"), Choice(Assignable.NO, "No"))


def list_view(schedule: ScheduleView, metadata: Metadata, *, may_change: bool, notice: str = "") -> View:
    """Everybody with what they may do; buttons for admins."""
    blocks = [context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")]
    if notice:
        blocks.append(section(notice, "outcome"))
    for member in schedule.members[:SHOWN_MEMBERS]:
        blocks += _member(member, may_change=may_change)
    if len(schedule.members) > SHOWN_MEMBERS:
        blocks.append(context(f"… and {len(schedule.members) - SHOWN_MEMBERS} more"))
    if may_change:
        blocks.append(actions("add", button(Id.ADD, "Add member", style="primary")))
    else:
        who = kit.people(member.user_id for member in schedule.admins[:20])
        blocks.append(context(f"Admins change who belongs: {who}."))
    return modal(LIST_TITLE, blocks, metadata=metadata.dump())


def _member(member: MemberView, *, may_change: bool) -> list[Block]:
    assignable = "assignable" if member.assignable else "not assignable"
    line = section(f"<@{member.user_id}> · {member.access.value} · {assignable}")
    if not may_change:
        return [line]
    text = "They leave the rotations from now on. Their confirmed shifts stay theirs until somebody takes them."
    really = kit.confirm("Remove from this schedule?", text, "Remove", "Keep")
    buttons = (
        button(Id.EDIT, "Edit", member.user_id),
        button(Id.REMOVE, "Remove", member.user_id, style="danger", confirm=really),
    )
    return [line, actions(f"member:{member.user_id}", *buttons)]


def add_form(metadata: Metadata) -> View:
    blocks = [field("user_id", "Person", kit.user(Id.VALUE)), *_choices(Access.MEMBER, assignable=True)]
    return modal(ADD_TITLE, blocks, callback_id=Id.ADD_VIEW, submit="Add", close="Cancel", metadata=metadata.dump())


def edit_form(member: MemberView, metadata: Metadata) -> View:
    blocks = [section(f"<@{member.user_id}>"), *_choices(member.access, assignable=member.assignable)]
    return modal(EDIT_TITLE, blocks, callback_id=Id.EDIT_VIEW, submit="Save", close="Cancel", metadata=metadata.dump())


def _choices(access: Access, *, assignable: bool) -> list[Block]:
    chosen = Assignable.YES if assignable else Assignable.NO
    return [
        field("access", "Access", radio(Id.VALUE, ACCESS, access)),
        field("assignable", "Assignable", radio(Id.VALUE, ASSIGNABLE, chosen), hint="Whether they can be on call"),
    ]


def left_view(schedule: ScheduleView, left: Left, heirs: Sequence[Choice], metadata: Metadata) -> View:
    """Which shifts somebody leaves behind, and who could have them."""
    title = section(f"<@{left.user_id}> still has {counted(len(left.shifts), 'confirmed shift')} ahead:")
    lines = kit.lines(shift_lines(left.shifts))
    if not heirs:
        none = context("Nobody else on this schedule can be assigned; add somebody first.")
        return modal(HAND_ON_TITLE, [title, *lines, none], metadata=metadata.dump())
    chooser = field("to", "Hand on to", select(Id.VALUE, heirs, placeholder="Choose a member"))
    keep = context("Close this to leave the shifts as they are.")
    return modal(
        HAND_ON_TITLE,
        [title, *lines, chooser, keep],
        callback_id=Id.HAND_ON,
        submit="Hand on",
        metadata=metadata.dump(),
    )


def shift_lines(shifts: Sequence[HeldShift]) -> list[str]:
    lines = [f"• *{escape(one.role)}* {when(one.start)} – {when(one.end)}" for one in shifts[:SHOWN_SHIFTS]]
    more = len(shifts) - len(lines)
    return [*lines, *([f"… and {more} more"] if more else [])]
