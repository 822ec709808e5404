"""``/oncall link``: takes over a schedule that exists in PagerDuty.

Reading takes a while, so the form gives way to how far it is, page by page. What was read is kept beside
(:mod:`.readings`) until everybody was matched or left out; closing the modal stops it and stores no schedule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.kit import background
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice
from handlers.kit.exchange import with_notice
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.paging import BACK, page_of, page_shown, register_pages
from handlers.pagerduty import readings
from handlers.pagerduty.link_views import (
    PEOPLE_A_PAGE,
    Id,
    ask_form,
    asked_view,
    done_view,
    form,
    match_view,
    outcome_blocks,
    reading_view,
    told,
)
from handlers.pagerduty.reading_shown import ReadingShown, Stopped
from handlers.pagerduty.readings import Reading
from handlers.rotations.listeners import rotation_form
from handlers.rotations.views import unpack
from oncall.systems import PAGERDUTY
from services.connections import credentials as connections
from services.connections import requests as access
from services.connections import wishes as access_wishes
from services.connections.credentials import relist_for, search_schedules
from services.connections.wishes import LinkWish
from services.kit.errors import FieldErrors, Refusal
from services.kit.wording import escape
from services.pagerduty import linking
from services.pagerduty.linking import Found, LinkDraft
from services.schedules import creating as schedules
from storage.tables import AccessRequest
from sync.ports import RemoteError


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "link",
            "",
            "take over a schedule that exists in PagerDuty",
            open_form,
            group=Group.SETTING_UP,
            may=May.LINKING,
        )
    )
    listeners.action(Id.CONNECTION, choose_connection)
    listeners.options(Id.FIND_EXTERNAL, search_external)
    listeners.action(Id.ROTATION, open_rotation)
    listeners.view(Id.VIEW, submit)
    listeners.view(Id.MATCH, match)
    listeners.action(Id.PEOPLE + BACK, turn_people)
    listeners.action(Id.ALL, open_outcome)
    register_pages(listeners, Id.OUTCOME, turn_outcome)
    listeners.view(Id.ASK_VIEW, ask_for)


async def open_form(ask: Ask, _argument: str) -> None:
    await schedules.check_creator(ask.house, ask.actor)
    known = await connections.list_connections(ask.house, ask.actor, PAGERDUTY)
    if not known and await connections.others_exist(ask.house, ask.actor, PAGERDUTY):
        await ask.slack.open(ask_form(Metadata(reply_to=ask.slack.reply_to)))
        return
    first = known[0].id if known else None
    metadata = Metadata(connection_id=first, reply_to=ask.slack.reply_to)
    draft = LinkDraft(first, None, "", "Primary")
    await ask.slack.open(form(known, draft, None, _preset(ask), metadata))
    if first is not None:
        background.start(relist_for(ask.house, ask.actor, first), "listing external schedules")


async def ask_for(ask: Ask) -> None:
    """Whoever administers no connection asks those who do."""
    asked = await access_wishes.ask_link(ask.house, ask.actor, LinkWish(ask.slack.form.text("external")))
    await ask.slack.ack(response_action="update", view=asked_view(access.sent(asked)))


async def open_granted(ask: Ask, request: AccessRequest) -> None:
    """The form for the one schedule that the person was allowed to link."""
    external = Choice(str(request.facts["use"]["external"]), str(request.facts["shown"]["external"]))
    draft = LinkDraft(request.connection_id, external.value, "", "Primary")
    metadata = Metadata(connection_id=request.connection_id, request_id=request.id, token=external.value)
    await ask.slack.open(form((), draft, external, _preset(ask), metadata))


def _preset(ask: Ask) -> datetime:
    return ask.house.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


async def choose_connection(ask: Ask) -> None:
    """Another connection has other schedules; what was typed elsewhere stays."""
    draft = draft_of(ask)
    if draft.connection_id is None:
        return
    known = await connections.list_connections(ask.house, ask.actor, PAGERDUTY)
    metadata = replace(ask.slack.metadata, connection_id=draft.connection_id)
    await ask.slack.replace(form(known, draft, None, draft.assign_from or _preset(ask), metadata), unless_changed=True)
    background.start(relist_for(ask.house, ask.actor, draft.connection_id), "listing external schedules")


async def search_external(ask: Ask) -> Sequence[Choice]:
    connection_id = ask.slack.metadata.connection_id
    if connection_id is None:
        return []
    found = await search_schedules(ask.house, ask.actor, connection_id, ask.slack.query)
    return [Choice(row.external_id, row.name) for row in found]


def draft_of(ask: Ask) -> LinkDraft:
    """What was filled in; what somebody was allowed to link is said by the request and was no choice."""
    typed, metadata = ask.slack.form, ask.slack.metadata
    allowed = metadata.request_id is not None
    return LinkDraft(
        connection_id=metadata.connection_id if allowed else typed.number("connection_id"),
        external_id=metadata.token if allowed else typed.option("external_id"),
        team=typed.text("team"),
        role=typed.text("role"),
        assign_from=typed.instant("assign_from"),
    )


async def submit(ask: Ask) -> None:
    draft, ask = draft_of(ask), _with_grant(ask)
    await linking.check_draft(ask.house, ask.actor, draft)
    await ask.slack.ack(response_action="update", view=reading_view(0, None, ask.slack.metadata))
    shown = ReadingShown(ask)
    try:
        try:
            found = await linking.read_external(ask.house, ask.actor, draft, shown.show)
        finally:
            await shown.settled()
    except Stopped:
        await ask.slack.say("Linking was stopped. Nothing was stored.")
    except RemoteError as error:
        await _show_form(ask, draft, f"{escape(str(error))} Nothing was stored; try again.")
    except Refusal as error:
        await _show_form(ask, draft, escape(str(error)))
    else:
        await _ask_or_link(ask, found)


async def _ask_or_link(ask: Ask, found: Found) -> None:
    """When everybody is known there is nothing to ask."""
    reading = Reading(found)
    metadata = replace(ask.slack.metadata, token=await readings.keep(ask, reading))
    if found.unmatched:
        await ask.slack.replace(match_view(found, metadata))
        return
    try:
        linked = await linking.link_schedule(ask.house, ask.actor, found, {})
    except Refusal as error:
        await _show_form(ask, found.draft, escape(str(error)))
        return
    reading.linked = linked
    await readings.keep(ask, reading, metadata.token)
    await ask.slack.replace(done_view(linked, metadata))
    await ask.slack.say(told(linked), outcome_blocks(linked, metadata.token))


async def match(ask: Ask) -> None:
    """A page of people is matched: the next one, or on the last one the schedule is linked."""
    metadata, ask = ask.slack.metadata, _with_grant(ask)
    reading = await _answered(ask)
    found, answers = reading.found, reading.answers
    page = page_of(found.unmatched, metadata.page or 0, PEOPLE_A_PAGE)
    try:
        if page.number < page.pages - 1:
            await linking.check_matches(ask.house, ask.actor, found, answers)
            following = replace(metadata, page=page.number + 1)
            await ask.slack.ack(response_action="update", view=match_view(found, following, answers))
            return
        linked = await linking.link_schedule(ask.house, ask.actor, found, answers)
    except FieldErrors as error:
        if not await _show_elsewhere(ask, reading, error):
            raise
        return
    reading.linked = linked
    metadata = replace(metadata, page=None)
    await readings.keep(ask, reading, metadata.token)
    await ask.slack.ack(response_action="update", view=done_view(linked, metadata))
    await ask.slack.say(told(linked), outcome_blocks(linked, metadata.token))


async def turn_outcome(ask: Ask) -> None:
    metadata = replace(ask.slack.metadata, page=page_shown(ask))
    await ask.slack.replace(done_view(await readings.outcome(ask, metadata.token), metadata))


async def open_outcome(ask: Ask) -> None:
    token = str(ask.slack.action.get("value") or "")
    linked = await readings.outcome(ask, token)
    await ask.slack.open(done_view(linked, Metadata(token=token, reply_to=ask.slack.reply_to)))


async def turn_people(ask: Ask) -> None:
    """Another page of people to match; what was chosen on this one stays."""
    reading = await _answered(ask)
    metadata = replace(ask.slack.metadata, page=page_shown(ask))
    await ask.slack.replace(match_view(reading.found, metadata, reading.answers))


async def _answered(ask: Ask) -> Reading:
    """What was read, with what is chosen on the page that is shown."""
    reading = await readings.get(ask, ask.slack.metadata.token)
    page = page_of(reading.found.unmatched, ask.slack.metadata.page or 0, PEOPLE_A_PAGE)
    reading.answers.update({person.id: ask.slack.form.user(person.id) for person in page.items})
    await readings.keep(ask, reading, ask.slack.metadata.token)
    return reading


async def _show_elsewhere(ask: Ask, reading: Reading, error: FieldErrors) -> bool:
    """Show the page with the person whom an error is about, where that is another one than is shown."""
    people = reading.found.unmatched
    pages = {person.id: at // PEOPLE_A_PAGE for at, person in enumerate(people)}
    concerned = [person for person in people if person.id in error.fields]
    if not concerned or (ask.slack.metadata.page or 0) in {pages[person.id] for person in concerned}:
        return False
    first = concerned[0]
    notice = f"*{escape(first.name)}*: {escape(error.fields[first.id])}"
    metadata = replace(ask.slack.metadata, page=pages[first.id])
    view = match_view(reading.found, metadata, reading.answers, notice)
    await ask.slack.ack(response_action="update", view=view)
    return True


async def open_rotation(ask: Ask) -> None:
    """The form of a rotation, filled in with what PagerDuty does; from the outcome, or from the message about it."""
    value = str(ask.slack.action.get("value") or "")
    metadata = replace(Metadata.load(value), reply_to=ask.slack.reply_to)
    await schedules.check_admin(ask.house, ask.actor, metadata.schedule_id or 0)
    show = ask.slack.push if ask.slack.view else ask.slack.open
    await show(await rotation_form(ask, unpack(value, metadata), metadata))


async def _show_form(ask: Ask, draft: LinkDraft, notice: str) -> None:
    """The form again, with what was typed and what went wrong."""
    allowed = ask.slack.metadata.request_id is not None
    known = () if allowed else await connections.list_connections(ask.house, ask.actor, PAGERDUTY)
    external = Choice(draft.external_id or "", draft.external_id or "") if allowed else await _option(ask, draft)
    view = form(known, draft, external, draft.assign_from or _preset(ask), ask.slack.metadata)
    if not await ask.slack.replace(with_notice(view, notice)):
        await ask.slack.say(f":warning: {notice}")


def _with_grant(ask: Ask) -> Ask:
    """The same, on the strength of what somebody was allowed."""
    request = ask.slack.metadata.request_id
    return replace(ask, actor=replace(ask.actor, grant=request)) if request else ask


async def _option(ask: Ask, draft: LinkDraft) -> Choice | None:
    if draft.connection_id is None or draft.external_id is None:
        return None
    rows = await search_schedules(ask.house, ask.actor, draft.connection_id, draft.external_id)
    return next((Choice(row.external_id, row.name) for row in rows if row.external_id == draft.external_id), None)
