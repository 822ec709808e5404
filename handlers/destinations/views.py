"""What destinations look like: the list with its buttons, and the forms to add and to change one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from handlers.destinations.pending import change_lines
from handlers.destinations.words import MODE_NAMES, assignee, link, status
from handlers.kit import blocks as kit
from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    actions,
    button,
    context,
    modal,
    section,
    select,
    when,
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of, pager
from handlers.pagerduty.update_views import Id as SyncId
from handlers.people.matching_views import of_destination
from handlers.shifts.assign import filling_of
from oncall.systems import PAGERDUTY, SYSTEMS, System
from services.connections.credentials import ConnectionView
from services.destinations.configuring import DestinationView
from services.destinations.exporting import Waiting
from services.destinations.paged_instead import Uncovered
from services.kit.wording import escape, span
from services.schedules.creating import RoleView, ScheduleView
from sync.core.model import Mode

LIST_TITLE = "Destinations"
SHOWN_DESTINATIONS = 20
PAGES = "destinations"
SHOWN_CHANGES = 8
SHOWN_UNCOVERED = 3
SHOWN_PEOPLE = 3


class Id(StrEnum):
    ADD = "destinations.add"
    EDIT = "destinations.edit"
    EXPORT = "destinations.export"
    REFRESH = "destinations.refresh"
    PAUSE = "destinations.pause"
    RESUME = "destinations.resume"
    REMOVE = "destinations.remove"
    CONNECTION = "destinations.connection"
    FIND_EXTERNAL = "destinations.find_external"
    VALUE = "destinations.value"
    ADD_VIEW = "destinations.add_view"
    EDIT_VIEW = "destinations.edit_view"
    ASK_VIEW = "destinations.ask_view"


OTHERS = "others"
"""In the place of a connection: one that the reader would have to ask for."""


MODE_HINTS = {
    Mode.AUTHORITATIVE: "It always shows this schedule",
    Mode.BIDIRECTIONAL: "Changes made there come back",
    Mode.MANUAL_EXPORT: "Written only when somebody says so",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything the list shows. ``busy`` says of a destination what is being done to it right now, ``waiting`` what
    waits there for a person, ``missing`` who has shifts and is not found there."""

    schedule: ScheduleView
    destinations: Sequence[DestinationView]
    connections: Sequence[ConnectionView]
    may_change: bool
    can_ask: bool = False
    notice: str = ""
    busy: Mapping[int, str] = field(default_factory=dict)
    waiting: Mapping[int, Waiting] = field(default_factory=dict)
    missing: Mapping[int, Sequence[str]] = field(default_factory=dict)
    uncovered: Mapping[int, Sequence[Uncovered]] = field(default_factory=dict)
    """Time soon in which it pages somebody and nobody was ever assigned here, by destination."""


def list_view(listing: Listing, metadata: Metadata) -> View:
    schedule = listing.schedule
    blocks = [section(f"*{escape(schedule.name)}* ({escape(schedule.team)})")]
    if listing.notice:
        blocks.append(section(listing.notice, "outcome"))
    page = page_of(listing.destinations, metadata.page or 0, SHOWN_DESTINATIONS)
    for destination in page.items:
        blocks += _destination(destination, listing)
    blocks += pager(PAGES, page, "destination")
    if not listing.destinations:
        blocks.append(
            section("No destinations yet. A destination shows the shifts of one role in PagerDuty or in a calendar.")
        )
    return modal(LIST_TITLE, [*blocks, kit.divider(), *_adding(listing)], metadata=metadata.dump())


def _destination(destination: DestinationView, listing: Listing) -> list[Block]:
    alone = listing.uncovered.get(destination.id, ())
    told = [
        destination_text(destination, listing.busy.get(destination.id, "")),
        *uncovered_lines(alone, destination.system),
    ]
    shown = section("\n".join(told))
    waiting = listing.waiting.get(destination.id)
    pending = (
        kit.lines(change_lines(waiting.changes, SHOWN_CHANGES, destination.system))
        if waiting and waiting.changes
        else []
    )
    missing = bool(listing.missing.get(destination.id))
    digest = waiting.digest if waiting else ""
    buttons = [_buttons(destination, digest, alone, missing=missing)] if listing.may_change else []
    return [kit.divider(), shown, *pending, *buttons]


def destination_text(destination: DestinationView, busy: str = "") -> str:
    refreshed = when(destination.refreshed_at) if destination.refreshed_at else "not yet"
    return "\n".join(
        (
            f"*{link(destination)}*",
            f"Linked assignee: {assignee(destination)} · Operating mode: {MODE_NAMES[destination.mode]}",
            f":hourglass_flowing_sand: {busy}" if busy else status(destination.status, destination.reason),
            f"Last refresh: {refreshed}",
        )
    )


def uncovered_lines(alone: Sequence[Uncovered], there: System) -> list[str]:
    """Whom it pages where nobody was ever assigned here."""
    lines = [
        f":warning: {there.start} {there.pages} {_several(one.paged)} {_extent(one)}, nobody is assigned here."
        for one in alone[:SHOWN_UNCOVERED]
    ]
    more = len(alone) - len(lines)
    return [*lines, *([f"… and {more} more like that within two weeks."] if more > 0 else [])]


def _extent(one: Uncovered) -> str:
    return f"from {when(one.start)} on" if one.goes_on else span(one.start, one.end)


def _several(people: Sequence[str]) -> str:
    named, more = people[:SHOWN_PEOPLE], len(people) - SHOWN_PEOPLE
    return " and ".join([", ".join(named), *([f"{more} more"] if more > 0 else [])])


def _buttons(destination: DestinationView, digest: str, alone: Sequence[Uncovered] = (), *, missing: bool) -> Block:
    value = str(destination.id)
    fill = [filling_of(destination.schedule_id, one.role_id, one.start, one.end) for one in alone[:1]]
    return actions(
        f"destination:{value}",
        *([of_destination(destination.id)] if missing else ()),
        *fill,
        button(Id.EDIT, "Edit", value),
        button(Id.EXPORT, "Export now", f"{value}:{digest}"),
        button(Id.REFRESH, "Refresh", value),
        _pausing(destination),
        button(Id.REMOVE, "Remove", value, style="danger", confirm=_really_remove(destination)),
    )


def _pausing(destination: DestinationView) -> Block:
    value, name = str(destination.id), escape(kit.cut(destination.external_name, 60))
    if destination.was_copied:
        text = f"Nothing is written to *{name}* yet: its admins are shown what differs by now, and choose what counts."
        return button(Id.RESUME, "Resume", value, confirm=kit.confirm("See what differs?", text, "See it", "Not now"))
    if destination.paused:
        text = f"What waits is written to *{name}* now, and kept in step from then on."
        return button(Id.RESUME, "Resume", value, confirm=kit.confirm("Resume exports?", text, "Resume", "Not now"))
    text = f"*{name}* stays as it is and is only looked at, whatever changes here, until an admin resumes it."
    return button(Id.PAUSE, "Pause", value, confirm=kit.confirm("Pause exports?", text, "Pause", "Go on"))


def _really_remove(destination: DestinationView) -> Block:
    name, there = escape(kit.cut(destination.external_name, 60)), destination.system
    text = (
        f"Baton stops writing to *{name}*. The shifts it has exported stay in {there.name} as {there.item}s until they "
        "end or somebody deletes them there."
    )
    if destination.made:
        text = (
            f"Baton stops writing to *{name}*, which it made. Its rotation and exported shifts go on in PagerDuty. To "
            "end them there, use *Start PagerDuty Updates* and *Delete and stop PagerDuty updates* instead."
        )
    return kit.confirm("Remove this destination?", text, "Remove", "Keep")


def _adding(listing: Listing) -> list[Block]:
    if not listing.may_change:
        who = kit.people(member.user_id for member in listing.schedule.admins)
        return [
            context(f"Admins of this schedule can change its destinations: {who}. Slack workspace admins can, too.")
        ]
    start = button(SyncId.START, "Start PagerDuty Updates")
    if not listing.connections and not listing.can_ask:
        hint = section("To add one, Baton needs a PagerDuty account or a calendar first: `/oncall connections`.")
        return [hint, actions("add", start)]
    return [actions("add", button(Id.ADD, "Add destination", style="primary"), start)]


def add_form(
    roles: Sequence[RoleView], connections: Sequence[ConnectionView], metadata: Metadata, *, others: bool = False
) -> View:
    """Asks for an external schedule of the connection in ``metadata``, and what it is linked to."""
    chosen = metadata.connection_id
    there = next((one.system for one in connections if one.id == chosen), connections[0].system)
    accounts = [Choice(str(c.id), c.subdomain, "Calendar" if c.system.is_calendar else "") for c in connections]
    accounts += [Choice(OTHERS, "Another account", "Its admins are asked first")] if others else []
    fields = [
        kit.asking(kit.field("connection_id", "Connection", select(Id.CONNECTION, accounts, str(chosen)))),
        kit.field(
            marked("external_id", chosen),
            _label([there.kind]),
            kit.search(Id.FIND_EXTERNAL, placeholder="Type a part of its name"),
        ),
        _role_field(roles, roles[0].id),
        _mode_field(Mode.AUTHORITATIVE),
    ]
    return modal(
        "Add destination",
        fields,
        callback_id=Id.ADD_VIEW,
        submit="Add",
        close="Cancel",
        metadata=metadata.dump(),
    )


def ask_form(roles: Sequence[RoleView], metadata: Metadata, kinds: Collection[str] = (PAGERDUTY,)) -> View:
    """Names what is meant, since nothing of an account is shown to who may not see it."""
    fields = [
        section(
            "The admins of the connection decide whether this schedule is exported over it. They get a card "
            "with what you fill in here, and nothing is read or written there before one of them allows it."
        ),
        kit.field(
            "external",
            _label(kinds),
            kit.text_input(Id.VALUE, placeholder=_example(kinds), most=300),
            hint="Its address, or its name or id",
        ),
        _role_field(roles, roles[0].id),
        _mode_field(Mode.AUTHORITATIVE),
    ]
    return modal(
        "Ask for a destination", fields, callback_id=Id.ASK_VIEW, submit="Ask", close="Cancel", metadata=metadata.dump()
    )


def _label(kinds: Collection[str]) -> str:
    words = " or ".join(SYSTEMS[kind].schedule for kind in SYSTEMS if kind in kinds)
    return f"{words[0].upper()}{words[1:]}"


def _example(kinds: Collection[str]) -> str:
    if PAGERDUTY in kinds:
        return "https://acme.pagerduty.com/schedules#PABC123"
    return "https://cloud.example.com/calendars/oncall"


def edit_form(destination: DestinationView, roles: Sequence[RoleView], metadata: Metadata) -> View:
    fields = [
        section(f"*{link(destination)}*"),
        _role_field(roles, destination.role_id),
        _mode_field(destination.mode),
    ]
    return modal(
        "Update destination",
        fields,
        callback_id=Id.EDIT_VIEW,
        submit="Update Destination",
        close="Cancel",
        metadata=metadata.dump(),
    )


def _role_field(roles: Sequence[RoleView], chosen: int) -> Block:
    choices = [Choice(str(role.id), role.name) for role in roles]
    return kit.field("role_id", "Linked assignee", select(Id.VALUE, choices, str(chosen)))


def _mode_field(chosen: Mode) -> Block:
    choices = [Choice(mode, MODE_NAMES[mode], MODE_HINTS[mode]) for mode in Mode]
    return kit.field("mode", "Operating mode", select(Id.VALUE, choices, chosen))
