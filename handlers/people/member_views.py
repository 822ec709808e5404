"""What members look like: the list, the forms, and the shifts that somebody leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    actions,
    button,
    context,
    field,
    modal,
    radio,
    search,
    section,
    select,
    when,
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of, pager
from handlers.people.matching_views import of_member
from services.kit.permissions import Access
from services.kit.wording import counted, escape
from services.people.matching import Standing
from services.people.members import HeldShift, Left
from services.schedules.creating import MemberView, ScheduleView

LIST_TITLE = "Members"
ADD_TITLE = "Add member"
EDIT_TITLE = "Edit member"
HAND_ON_TITLE = "Hand shifts on"
SHOWN_MEMBERS = 40
PAGES = "members"
SHOWN_SHIFTS = 20


class Id(StrEnum):
    ADD = "members.add"
    ACCESS = "members.access"
    EDIT = "members.edit"
    FIND_HEIR = "members.find_heir"
    FIND = "members.find"
    REMOVE = "members.remove"
    REMOVE_ANYWAY = "members.remove_anyway"
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


def list_view(
    schedule: ScheduleView,
    metadata: Metadata,
    *,
    may_change: bool,
    notice: str = "",
    matches: Sequence[Standing] = (),
    ahead: Mapping[str, Sequence[HeldShift]] | None = None,
) -> View:
    """Everybody with what they may do; buttons for admins.

    ``matches`` says who they are in each account, ``ahead`` which confirmed shifts they have.
    """
    blocks = [context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")]
    if notice:
        blocks.append(section(notice, "outcome"))
    page = page_of(schedule.members, metadata.page or 0, SHOWN_MEMBERS)
    for member in page.items:
        blocks += _member(member, matches, (ahead or {}).get(member.user_id, ()), may_change=may_change)
    finder = [search(Id.FIND, placeholder="Find a member")] if may_change and page.pages > 1 else []
    blocks += pager(PAGES, page, "member", *finder)
    if may_change:
        blocks.append(actions("add", button(Id.ADD, "Add member", style="primary")))
    else:
        who = kit.people(member.user_id for member in schedule.admins)
        blocks.append(context(f"Admins change who belongs: {who}."))
    return modal(LIST_TITLE, blocks, metadata=metadata.dump())


def _member(
    member: MemberView, matches: Sequence[Standing], held: Sequence[HeldShift], *, may_change: bool
) -> list[Block]:
    assignable = "assignable" if member.assignable else "not assignable"
    if member.gone:
        assignable = ":no_entry_sign: has left Slack and can't be on call"
    line = section(f"<@{member.user_id}> · {member.access.value} · {assignable}{_elsewhere(member, matches)}")
    if not may_change:
        return [line]
    really = kit.confirm("Remove from this schedule?", _what_goes(held), "Remove", "Keep")
    buttons = (
        button(Id.EDIT, "Edit", member.user_id),
        *([of_member(member.user_id)] if matches else ()),
        button(Id.REMOVE, "Remove", member.user_id, style="danger", confirm=really),
    )
    return [line, actions(f"member:{member.user_id}", *buttons)]


def _what_goes(held: Sequence[HeldShift]) -> str:
    """Short enough for a dialog, which has room for two times."""
    leaves = "They leave the rotations from now on; one that has nobody else ends."
    if not held:
        return f"{leaves} They have no confirmed shifts ahead."
    times = f"{when(held[0].start)} – {when(held[-1].end)}"
    return f"{leaves} {counted(len(held), 'confirmed shift')} ({times}): theirs until you hand them on, next."


def _elsewhere(member: MemberView, matches: Sequence[Standing]) -> str:
    """Who they are in external systems; nothing where nobody has looked for them yet."""
    parts: list[str] = []
    for one in matches:
        there = one.account.system.name
        found = one.matches.get(member.user_id)
        account = f" ({escape(one.account.name)})" if len(matches) > 1 else ""
        if found is not None:
            parts.append(f" · {escape(kit.cut(found.name, 60))} in {there}{account}")
        elif member.user_id in one.missing:
            parts.append(f" · :warning: not found in {there}{account}")
    return "".join(parts)


def add_form(metadata: Metadata, access: Access = Access.MEMBER) -> View:
    """Whether they can be on call is preset by what they may do, so it is drawn anew with it."""
    preset = _choices(access, assignable=access is not Access.VIEWER, action=Id.ACCESS)
    blocks = [field("user_id", "Person", kit.user(Id.VALUE)), *preset]
    return modal(ADD_TITLE, blocks, callback_id=Id.ADD_VIEW, submit="Add", close="Cancel", metadata=metadata.dump())


def edit_form(member: MemberView, metadata: Metadata) -> View:
    chosen = _choices(member.access, assignable=member.assignable)
    blocks = [section(f"<@{member.user_id}>"), *chosen]
    return modal(EDIT_TITLE, blocks, callback_id=Id.EDIT_VIEW, submit="Save", close="Cancel", metadata=metadata.dump())


def _choices(access: Access, *, assignable: bool, action: str = "") -> list[Block]:
    """With ``action``, a choice of access is told at once."""
    chosen = Assignable.YES if assignable else Assignable.NO
    choose = field("access", "Access", radio(action or Id.VALUE, ACCESS, access))
    can = radio(Id.VALUE, ASSIGNABLE, chosen)
    name = marked("assignable", "on call" if assignable else "informed") if action else "assignable"
    return [
        kit.asking(choose) if action else choose,
        field(name, "Assignable", can, hint="Whether they can be on call"),
    ]


def left_view(schedule: ScheduleView, left: Left, heirs: Sequence[Choice], metadata: Metadata) -> View:
    """Which shifts somebody leaves behind, and who could have them."""
    title = section(f"<@{left.user_id}> still has {counted(len(left.shifts), 'confirmed shift')} ahead:")
    lines = kit.lines(shift_lines(left.shifts))
    if not heirs:
        none = context("Nobody else on this schedule can be assigned; add somebody first.")
        return modal(HAND_ON_TITLE, [title, *lines, none], metadata=metadata.dump())
    element = (
        select(Id.VALUE, heirs, placeholder="Choose a member")
        if len(heirs) <= kit.MOST_OPTIONS
        else search(Id.FIND_HEIR, placeholder="Type a part of the name")
    )
    chooser = field("to", "Hand on to", element)
    keep = context("The member was changed already. Close this to leave the shifts as they are.")
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
