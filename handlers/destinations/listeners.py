"""``/oncall destinations``: where a schedule is exported to.

The list is drawn from what the last refresh stored, so it opens at once. Whatever takes longer is shown in it: first
that it is under way, then what came of it. Each time the list is read anew, so what it shows last is what is true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers.destinations import first_export
from handlers.destinations.first_export_views import Id as FirstExportId
from handlers.destinations.pending import outdated, parsed
from handlers.destinations.views import (
    OTHERS,
    PAGES,
    Id,
    Listing,
    add_form,
    ask_form,
    edit_form,
    list_view,
)
from handlers.destinations.words import report_line, standing_line
from handlers.kit import background
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_shown, register_pages
from handlers.schedules.choosing import named_schedule
from services.connections import credentials as connections
from services.connections import requests as access
from services.connections import wishes as access_wishes
from services.connections.credentials import relist_for, search_schedules
from services.connections.wishes import DestinationWish
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationDraft, DestinationView
from services.destinations.exporting import export_now, pending_changes
from services.destinations.paged_instead import uncovered_at
from services.kit.errors import NotFound
from services.kit.wording import escape
from services.people.matching import missing_at
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.schedules.finding import Among
from sync.core.model import Mode, Status
from sync.steps.report import Report

CHOOSE = (
    ":warning: Nothing is written yet. Since this was paused, Baton was started on a copy of its database or with "
    "everything paused, so choose what counts: the message that its admins get shows what differs. *Export now* writes "
    "what is listed here."
)


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "destinations",
            "[schedule]",
            "where a schedule is exported to",
            open_list,
            group=Group.ADMINS,
            may=May.LOOKING,
        )
    )
    listeners.action(Id.ADD, open_add)
    listeners.action(Id.EDIT, open_edit)
    listeners.action(Id.EXPORT, export)
    listeners.action(Id.REFRESH, refresh)
    listeners.action(Id.PAUSE, pause)
    listeners.action(Id.RESUME, resume)
    listeners.action(Id.REMOVE, remove)
    listeners.action(Id.CONNECTION, choose_connection)
    listeners.options(Id.FIND_EXTERNAL, search_external)
    register_pages(listeners, PAGES, turn)
    listeners.view(Id.ADD_VIEW, add)
    listeners.view(Id.ASK_VIEW, ask_for)
    listeners.view(Id.EDIT_VIEW, update)
    listeners.view(FirstExportId.VIEW, export_first)


async def open_list(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    metadata = Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)
    await ask.slack.open(list_view(await listing(ask, schedule), metadata))


async def listing(ask: Ask, schedule: ScheduleView, notice: str = "", busy: Mapping[int, str] | None = None) -> Listing:
    """The list as it is now."""
    house, actor = ask.house, ask.actor
    return Listing(
        schedule=schedule,
        destinations=await destinations.list_destinations(house, actor, schedule.id),
        connections=await connections.list_connections(house, actor),
        can_ask=await connections.others_exist(house, actor),
        may_change=await schedules.may_change(house, actor, schedule.id),
        notice=notice,
        busy=busy or {},
        waiting={one.destination.id: one for one in await pending_changes(house, actor, schedule.id)},
        missing=await missing_at(house, actor, schedule.id),
        uncovered=await uncovered_at(house, actor, schedule.id),
    )


async def turn(ask: Ask) -> None:
    await show_list(ask)


async def show_list(ask: Ask, notice: str = "", busy: Mapping[int, str] | None = None) -> None:
    """Draw the list anew where it is, at the bottom of the stack of modals."""
    schedule = await _schedule(ask)
    about = replace(_of_list(ask.slack.metadata), page=page_shown(ask))
    view = list_view(await listing(ask, schedule, notice, busy), about)
    await ask.slack.replace(view, ask.slack.root_view_id)


async def open_add(ask: Ask) -> None:
    """The form, and beside it a fresh look at which schedules there are to choose from."""
    schedule = await _administered(ask)
    known = await connections.list_connections(ask.house, ask.actor)
    others = await connections.kinds_of_others(ask.house, ask.actor)
    if not known and not others:
        raise NotFound("The connection was removed. Add one with `/oncall connections`.")
    if not known:
        await ask.slack.push(ask_form(schedule.roles, ask.slack.metadata, others))
        return
    metadata = replace(ask.slack.metadata, connection_id=known[0].id)
    await ask.slack.push(add_form(schedule.roles, known, metadata, others=bool(others)))
    background.start(relist_for(ask.house, ask.actor, known[0].id), "listing external schedules")


async def choose_connection(ask: Ask) -> None:
    """Another connection has other schedules; what was typed elsewhere stays."""
    chosen, schedule = ask.slack.form.number("connection_id"), await _administered(ask)
    if ask.slack.form.option("connection_id") == OTHERS:
        others = await connections.kinds_of_others(ask.house, ask.actor)
        await ask.slack.replace(ask_form(schedule.roles, ask.slack.metadata, others), unless_changed=True)
    if chosen is None:
        return
    known = await connections.list_connections(ask.house, ask.actor)
    others = await connections.kinds_of_others(ask.house, ask.actor)
    view = add_form(schedule.roles, known, replace(ask.slack.metadata, connection_id=chosen), others=bool(others))
    await ask.slack.replace(view, unless_changed=True)
    background.start(relist_for(ask.house, ask.actor, chosen), "listing external schedules")


async def search_external(ask: Ask) -> Sequence[Choice]:
    connection_id = ask.slack.metadata.connection_id
    if connection_id is None:
        return []
    found = await search_schedules(ask.house, ask.actor, connection_id, ask.slack.query)
    return [Choice(row.external_id, row.name) for row in found]


async def add(ask: Ask) -> None:
    metadata, typed = ask.slack.metadata, ask.slack.form
    draft = DestinationDraft(
        schedule_id=metadata.schedule_id or 0,
        connection_id=typed.number("connection_id"),
        external_id=typed.option("external_id"),
        role_id=typed.number("role_id"),
        mode=typed.choice("mode", Mode, Mode.AUTHORITATIVE),
    )
    added = await destinations.add_destination(ask.house, ask.actor, draft)
    await _set_up(ask, added, "Added")


async def ask_for(ask: Ask) -> None:
    """Whoever administers no connection asks those who do."""
    metadata, typed = ask.slack.metadata, ask.slack.form
    wish = DestinationWish(
        schedule_id=metadata.schedule_id or 0,
        external=typed.text("external"),
        role_id=typed.number("role_id"),
        mode=typed.choice("mode", Mode, Mode.AUTHORITATIVE),
    )
    asked = await access_wishes.ask_destination(ask.house, ask.actor, wish)
    await ask.slack.ack()
    await show_list(ask, access.sent(asked))


async def export_first(ask: Ask) -> None:
    """What was shown before the first export; the question may also come from setting up PagerDuty updates."""
    lines = await first_export.export(ask)
    if first_export.has_list_below(ask):
        await show_list(ask, "\n".join(lines))


async def open_edit(ask: Ask) -> None:
    schedule = await _administered(ask)
    destination = await destinations.get_destination(ask.house, ask.actor, ask.slack.action_number)
    metadata = replace(ask.slack.metadata, destination_id=destination.id)
    await ask.slack.push(edit_form(destination, schedule.roles, metadata))


async def update(ask: Ask) -> None:
    typed, destination_id = ask.slack.form, ask.slack.metadata.destination_id or 0
    role_id, mode = typed.number("role_id"), typed.choice("mode", Mode, Mode.AUTHORITATIVE)
    house, actor = ask.house, ask.actor
    if await destinations.must_ask(house, actor, destination_id, role_id=role_id, mode=mode):
        asked = await access_wishes.ask_update(house, actor, destination_id, role_id, mode)
        await ask.slack.ack()
        await show_list(ask, access.sent(asked))
        return
    changed = await destinations.update_destination(house, actor, destination_id, role_id=role_id, mode=mode)
    await _set_up(ask, changed, "Updated")


async def export(ask: Ask) -> None:
    """Exactly what is shown; where that is another list by now, nothing is written and the new one is shown."""
    await _administered(ask)
    destination_id, digest = parsed(str(ask.slack.action.get("value") or ""))
    destination = await destinations.get_destination(ask.house, ask.actor, destination_id)
    await show_list(ask, busy={destination.id: "Exporting…"})
    exported = await export_now(ask.house, ask.actor, destination.id, digest)
    done = f"Exported: {report_line(destination, exported.report).removeprefix('• ')}"
    await show_list(ask, outdated() if exported.outdated else done)


async def refresh(ask: Ask) -> None:
    """What was found and written is shown."""
    await _administered(ask)
    destination = await destinations.get_destination(ask.house, ask.actor, ask.slack.action_number)
    report = await shown_at_work(ask, destination, "Refreshing…")
    await show_list(ask, f"Refreshed: {report_line(destination, report).removeprefix('• ')}")


async def pause(ask: Ask) -> None:
    await _set_paused(ask, "Pausing…", paused=True)


async def resume(ask: Ask) -> None:
    await _set_paused(ask, "Exporting…", paused=False)


async def _set_paused(ask: Ask, doing: str, *, paused: bool) -> None:
    changed = await destinations.pause_destination(ask.house, ask.actor, ask.slack.action_number, paused=paused)
    report = await shown_at_work(ask, changed, doing)
    if changed.was_copied and report is not None and report.status is Status.PAUSED:
        await show_list(ask, CHOOSE)
        return
    await show_list(ask, f"{'Paused' if paused else 'Resumed'}: {standing_line(changed, report)}")


async def remove(ask: Ask) -> None:
    removed = await destinations.remove_destination(ask.house, ask.actor, ask.slack.action_number)
    name = escape(removed.external_name)
    stays = f"What was exported there stays in {removed.system.name}."
    await show_list(ask, f":wastebasket: Removed *{name}*. {stays}")


async def _set_up(ask: Ask, destination: DestinationView, done: str) -> None:
    """After a form: what would be written is shown before it is, and in the list below how it stands."""

    async def tell(notice: str) -> None:
        await show_list(ask, notice)

    await first_export.ask_first(ask, [destination], done, tell)


async def shown_at_work(ask: Ask, destination: DestinationView, doing: str) -> Report | None:
    """Show in the list that it is under way, and do it."""
    await show_list(ask, busy={destination.id: doing})
    return await destinations.refresh_destination(ask.house, ask.actor, destination.id)


async def _schedule(ask: Ask) -> ScheduleView:
    return await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)


async def _administered(ask: Ask) -> ScheduleView:
    """The schedule that the modal is about, for a person who may change it."""
    schedule = await _schedule(ask)
    await schedules.check_admin(ask.house, ask.actor, schedule.id)
    return schedule


def _of_list(metadata: Metadata) -> Metadata:
    return Metadata(schedule_id=metadata.schedule_id, reply_to=metadata.reply_to)
