"""**Match person**: says who a member is elsewhere. Beside a member, a destination, in a report and on a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.destinations import listeners as destination_list
from handlers.destinations.words import standing_line
from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice, View
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from handlers.people import members as member_list
from handlers.people.matching_views import Id, form, option, removed_view
from notices.actions import Action
from services.destinations import configuring as destinations
from services.kit.errors import NotFound
from services.kit.wording import escape
from services.people import directory as people
from services.people import matching
from services.people.matching import MatchDraft, Matched
from services.schedules import creating as schedules

MEMBERS, DESTINATIONS = "members", "destinations"
"""Which list the form lies on, so that it is drawn anew; neither for a message."""


def register(listeners: Listeners) -> None:
    listeners.action(Id.OF_MEMBER, open_for_member)
    listeners.action(Id.OF_DESTINATION, open_for_destination)
    listeners.action(Action.MATCH_MEMBER, open_for_destination)
    listeners.action(Id.CONNECTION, choose_connection)
    listeners.action(Id.REMOVE, remove)
    listeners.options(Id.FIND, search)
    listeners.options(Id.FIND_MEMBER, search_members)
    listeners.view(Id.VIEW, match)


async def open_for_member(ask: Ask) -> None:
    schedule_id = ask.slack.metadata.schedule_id or 0
    await schedules.check_admin(ask.house, ask.actor, schedule_id)
    accounts = await matching.accounts_of(ask.house, ask.actor, schedule_id)
    if not accounts:
        raise NotFound("The connection was removed. Add one with `/oncall connections`.")
    user, connection = str(ask.slack.action.get("value") or ""), accounts[0].connection_id
    schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    if user not in {member.user_id for member in schedule.members}:
        raise NotFound("They are not on this schedule any more.")
    metadata = replace(ask.slack.metadata, user_id=user, connection_id=connection, token=MEMBERS)
    await ask.slack.push(await _form(ask, metadata))


async def open_for_destination(ask: Ask) -> None:
    """Those who have shifts ahead and are not found there come first."""
    destination = await destinations.get_destination(ask.house, ask.actor, ask.slack.action_number)
    await schedules.check_admin(ask.house, ask.actor, destination.schedule_id)
    metadata = Metadata(
        schedule_id=destination.schedule_id,
        destination_id=destination.id,
        connection_id=destination.connection_id,
        token=DESTINATIONS if ask.slack.view else "",
        reply_to=ask.slack.reply_to,
    )
    show = ask.slack.push if ask.slack.view else ask.slack.open
    await show(await _form(ask, metadata))


async def choose_connection(ask: Ask) -> None:
    chosen = ask.slack.form.number("connection_id")
    if chosen is not None:
        await ask.slack.replace(await _form(ask, replace(ask.slack.metadata, connection_id=chosen)))


async def search(ask: Ask) -> Sequence[Choice]:
    metadata = ask.slack.metadata
    found = await matching.search_people(
        ask.house, ask.actor, metadata.schedule_id or 0, metadata.connection_id or 0, ask.slack.query
    )
    return [option(one) for one in found]


async def search_members(ask: Ask) -> Sequence[Choice]:
    """Those of the schedule whose name holds what was typed; who is not found there first."""
    schedule_id, connection_id = ask.slack.metadata.schedule_id or 0, ask.slack.metadata.connection_id or 0
    missing = (await matching.standing(ask.house, ask.actor, schedule_id, connection_id)).missing
    wanted = ask.slack.query.casefold()
    everybody = await _named(ask, await _users(ask, schedule_id, missing))
    return [choice for choice in everybody if wanted in choice.text.casefold()][: kit.MOST_OPTIONS]


async def match(ask: Ask) -> None:
    metadata, typed = ask.slack.metadata, ask.slack.form
    draft = MatchDraft(
        schedule_id=metadata.schedule_id or 0,
        connection_id=metadata.connection_id or 0,
        user_id=metadata.user_id or typed.option("user_id"),
        external_id=typed.option("external_id"),
    )
    matched = await matching.match_member(ask.house, ask.actor, draft)
    await ask.slack.ack()
    await _show(ask, told(matched))


async def remove(ask: Ask) -> None:
    metadata = ask.slack.metadata
    name = await matching.remove_match(
        ask.house, ask.actor, metadata.schedule_id or 0, metadata.connection_id or 0, metadata.user_id
    )
    text = f":wastebasket: <@{metadata.user_id}> is not matched with *{escape(name)}* any more."
    await ask.slack.replace(removed_view(f"{text} Baton looks for them by e-mail address again."))
    await _show(ask, text)


def told(matched: Matched) -> str:
    before = f" instead of *{escape(matched.before)}*" if matched.before else ""
    left = f" That was the match of <@{matched.left}>, who has left Slack." if matched.left else ""
    return (
        f":white_check_mark: <@{matched.user_id}> is *{escape(matched.name)}* in {matched.system.name}{before}.{left}"
    )


async def _show(ask: Ask, notice: str) -> None:
    """Where the form was opened, what came of it."""
    metadata = ask.slack.metadata
    if metadata.token == MEMBERS:
        await member_list.show_list(ask, notice)
    elif metadata.token == DESTINATIONS and metadata.destination_id:
        destination = await destinations.get_destination(ask.house, ask.actor, metadata.destination_id)
        report = await destination_list.shown_at_work(ask, destination, "Refreshing…")
        await destination_list.show_list(ask, f"{notice}\n{standing_line(destination, report)}")
    else:
        await ask.slack.say(f"{notice} What that changes is exported now.")


async def _form(ask: Ask, metadata: Metadata) -> View:
    schedule_id, connection_id = metadata.schedule_id or 0, metadata.connection_id or 0
    accounts = await matching.accounts_of(ask.house, ask.actor, schedule_id)
    standing = await matching.standing(ask.house, ask.actor, schedule_id, connection_id)
    if metadata.destination_id:
        accounts = [standing.account]
    users = [metadata.user_id] if metadata.user_id else await _users(ask, schedule_id, standing.missing)
    current = standing.matches.get(metadata.user_id)
    return form(await _named(ask, users), accounts, standing.account, current, metadata)


async def _users(ask: Ask, schedule_id: int, missing: Sequence[str]) -> list[str]:
    schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    return list(dict.fromkeys([*missing, *(member.user_id for member in schedule.assignable)]))


async def _named(ask: Ask, users: Sequence[str]) -> list[Choice]:
    known = await people.named(ask.house, ask.actor.workspace_id, users)
    return [Choice(user, known[user].name if user in known else user) for user in users]
