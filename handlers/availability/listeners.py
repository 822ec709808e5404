"""``/oncall away``: when somebody can't, would rather not, or would like to be on call.

Everything is in one modal: a form, and below it what is known. What was saved is shown there, and the form is empty
again. Whoever administers something can look at a member's times and enter some for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.availability import calendars
from handlers.availability.views import PAGES, Id, away_view, holidays_view, saved
from handlers.covers.listeners import open_for
from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, Choice, section
from handlers.kit.forms import Form
from handlers.kit.listeners import Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from handlers.kit.paging import page_shown, register_pages
from oncall.availability import Leaning
from services.availability import entering, regions
from services.availability.entering import Repeats, WishDraft
from services.availability.listing import RegionView, get_away
from services.availability.public_holidays import subdivisions
from services.kit.errors import NotAllowed
from services.schedules import creating as schedules


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "away",
            "",
            "say when you can't, or would like to, be on call",
            open_own,
            more="Admins can enter times for their members there, too.",
        )
    )
    register_pages(listeners, PAGES, turn)
    listeners.action(Id.WHOSE, choose_person)
    listeners.action(Id.REMOVE, remove)
    listeners.action(Id.COVER, ask_for_cover)
    listeners.action(Id.HOLIDAYS, open_holidays)
    listeners.action(Id.COUNTRY, choose_country)
    listeners.options(Id.COUNTRY, search_countries)
    listeners.options(Id.SUBDIVISION, search_subdivisions)
    listeners.view(Id.VIEW, submit)
    listeners.view(Id.HOLIDAYS_VIEW, save_holidays)
    calendars.register(listeners)


async def open_own(ask: Ask, _argument: str) -> None:
    known = await get_away(ask.house, ask.actor, ask.actor.user_id)
    await ask.slack.open(away_view(known, Metadata(reply_to=ask.slack.reply_to)))


async def turn(ask: Ask) -> None:
    await _draw(ask, replace(ask.slack.metadata, page=page_shown(ask)))


async def choose_person(ask: Ask) -> None:
    """Another person's times; whose may not be seen leaves those that are shown."""
    chosen = str(ask.slack.action.get("selected_user") or ask.actor.user_id)
    try:
        await _draw(ask, replace(ask.slack.metadata, user_id=chosen, page=None))
    except NotAllowed as error:
        await _draw(ask, ask.slack.metadata, [section(f":warning: {error}")])


async def submit(ask: Ask) -> None:
    metadata, whose = ask.slack.metadata, _whose(ask)
    entered = await entering.enter(ask.house, ask.actor, draft(ask.slack.form, whose))
    known = await get_away(ask.house, ask.actor, whose)
    empty = replace(metadata, revision=(metadata.revision or 0) + 1)
    view = away_view(known, empty, saved(entered, own=known.own))
    await ask.slack.ack(response_action="update", view=view)


def draft(typed: Form, user_id: str) -> WishDraft:
    return WishDraft(
        user_id=user_id,
        start=typed.instant("start"),
        end=typed.instant("end"),
        leaning=typed.choice("leaning", Leaning, Leaning.CANNOT),
        repeats=typed.choice("repeats", Repeats, Repeats.NEVER),
        until=typed.day("until"),
        why=typed.text("why"),
    )


async def remove(ask: Ask) -> None:
    await entering.remove(ask.house, ask.actor, ask.slack.action_number)
    await _draw(ask, ask.slack.metadata, [section(":wastebasket: Removed.")])


async def ask_for_cover(ask: Ask) -> None:
    """The form of a request, on top, with the shift chosen that the button is beside."""
    number, _, shift = str(ask.slack.action.get("value") or "").partition(":")
    await open_for(ask, await schedules.get_schedule(ask.house, ask.actor, id_of(number) or 0), shift)


async def open_holidays(ask: Ask) -> None:
    known = await get_away(ask.house, ask.actor, ask.actor.user_id)
    parts = len(subdivisions(known.region.country)) if known.region else 0
    about = Metadata(token=ask.slack.root_view_id, reply_to=ask.slack.metadata.reply_to)
    await ask.slack.push(holidays_view(known.region, about, parts))


async def choose_country(ask: Ask) -> None:
    """Ask for a part of the country where it has some."""
    country = ask.slack.form.option("country") or ""
    region = RegionView(country, "", bool(ask.slack.form.chosen("rather_not")))
    view = holidays_view(region, ask.slack.metadata, len(subdivisions(country)))
    await ask.slack.replace(view, unless_changed=True)


async def search_countries(ask: Ask) -> Sequence[Choice]:
    return [Choice(code, name) for code, name in regions.countries_called(ask.slack.query)]


async def search_subdivisions(ask: Ask) -> Sequence[Choice]:
    country = str(ask.slack.body.get("block_id") or "").partition("@")[2]
    return [Choice(code, name) for code, name in regions.subdivisions_called(country, ask.slack.query)]


async def save_holidays(ask: Ask) -> None:
    typed = ask.slack.form
    country = typed.option("country") or ""
    part = (typed.option("subdivision") or "") if typed.mark("subdivision") == country else ""
    minds = bool(typed.chosen("rather_not"))
    await regions.choose_region(ask.house, ask.actor, country, part, rather_not=minds)
    await ask.slack.ack()
    known = await get_away(ask.house, ask.actor, ask.actor.user_id)
    await ask.slack.replace(away_view(known, Metadata(reply_to=ask.slack.metadata.reply_to)), ask.slack.metadata.token)


def _whose(ask: Ask) -> str:
    """Who stands in the form, which may be another than when it was drawn."""
    return ask.slack.form.user("user_id") or ask.slack.metadata.user_id or ask.actor.user_id


async def _draw(ask: Ask, metadata: Metadata, told: Sequence[Block] = ()) -> None:
    known = await get_away(ask.house, ask.actor, metadata.user_id or ask.actor.user_id)
    await ask.slack.replace(away_view(known, metadata, told))
