"""What ``/oncall away`` looks like: a form for a time, a list of those that are known, and whose holidays one has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    beside,
    button,
    confirm,
    context,
    divider,
    field,
    modal,
    section,
    when,
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of, pager
from oncall.availability import Leaning
from services.availability.entering import MOST_WHY, PHRASES, Clash, Entered, Repeats, shown
from services.availability.listing import AwayView, RegionView, Time
from services.availability.regions import region_name
from services.kit.wording import counted, escape

TITLE, HOLIDAYS_TITLE = "When I can't be on call", "Public holidays"
PAGES = "away"
A_PAGE = 10
SHOWN_NAME, SHOWN_TROUBLE = 60, 300


class Id(StrEnum):
    VIEW = "away"
    VALUE = "away.value"
    WHOSE = "away.whose"
    REMOVE = "away.remove"
    COVER = "away.cover"
    HOLIDAYS = "away.holidays"
    HOLIDAYS_VIEW = "away.holidays_view"
    CALENDARS = "away.calendars"
    ADD_CALENDAR = "away.add_calendar"
    REMOVE_CALENDAR = "away.remove_calendar"
    FEED_VIEW = "away.feed_view"
    ADD_CALDAV = "away.add_caldav"
    CALDAV_VIEW = "away.caldav_view"
    COUNTRY = "away.country"
    SUBDIVISION = "away.subdivision"


LEANINGS = (
    Choice(Leaning.CANNOT, "I can't"),
    Choice(Leaning.RATHER_NOT, "I would rather not"),
    Choice(Leaning.WOULD_LIKE, "I would like to"),
)
OTHERS_LEANINGS = (
    Choice(Leaning.CANNOT, "They can't"),
    Choice(Leaning.RATHER_NOT, "They would rather not"),
    Choice(Leaning.WOULD_LIKE, "They would like to"),
)
REPEATS = (Choice(Repeats.NEVER, "Never"), Choice(Repeats.WEEKLY, "Weekly, until the day below"))
MARKS = {Leaning.CANNOT: ":no_entry:", Leaning.RATHER_NOT: ":thumbsdown:", Leaning.WOULD_LIKE: ":thumbsup:"}
WORDS = {Leaning.CANNOT: "Can't", Leaning.RATHER_NOT: "Rather not", Leaning.WOULD_LIKE: "Would like to"}


def away_view(known: AwayView, metadata: Metadata, told: Sequence[Block] = ()) -> View:
    """The form, whose fields are empty for each ``metadata.revision``, and below it what is known."""
    page = page_of(known.times, metadata.page or 0, A_PAGE)
    blocks = [*told, *_whose(known), *_fields(known, metadata.revision or 0), divider()]
    blocks += [block for one in page.items for block in _entry(one, known)]
    if not known.times:
        blocks.append(
            section("Nothing entered yet, so you count as free at any time." if known.own else "No times yet.")
        )
    blocks += pager(PAGES, page, "time", *_others(known))
    blocks += [_region_line(known.region)] if known.region else []
    about = replace(metadata, user_id=known.user_id, page=page.number)
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Save", metadata=about.dump())


def _whose(known: AwayView) -> list[Block]:
    """Whose times these are, and in which zone they are meant."""
    zone = escape(known.zone.replace("_", " "))
    if known.own:
        text = f"Times are in your Slack time zone, *{zone}*. Admins of your schedules see when, and why."
    else:
        text = f"Times of <@{known.user_id}>, who is told of what you enter. Slack shows them in *your* time zone; "
        text += f"what repeats keeps its time in theirs, *{zone}*."
    if not known.may_choose:
        return [context(text)]
    whose = field(marked("user_id", known.user_id), "Whose times", kit.user(Id.WHOSE, known.user_id))
    return [kit.asking(whose), context(text)]


def _fields(known: AwayView, mark: int) -> list[Block]:
    leanings = LEANINGS if known.own else OTHERS_LEANINGS
    day: Block = {"type": "datepicker", "action_id": Id.VALUE}
    return [
        field(marked("start", mark), "From", kit.moment(Id.VALUE)),
        field(marked("end", mark), "To", kit.moment(Id.VALUE)),
        field(marked("leaning", mark), "How", kit.radio(Id.VALUE, leanings, Leaning.CANNOT)),
        field(marked("repeats", mark), "Repeats", kit.select(Id.VALUE, REPEATS, Repeats.NEVER)),
        field(marked("until", mark), "Until", day, hint="For what repeats: the last day that it starts", optional=True),
        field(
            marked("why", mark),
            "Why",
            kit.text_input(Id.VALUE, most=MOST_WHY),
            hint="Only you and the admins of your schedules see this" if known.own else "Only they and admins see this",
            optional=True,
        ),
    ]


def _entry(one: Time, known: AwayView) -> list[Block]:
    shape = section(time_text(one, known))
    if one.wish_id is None:
        return [shape]
    sure = confirm("Remove", "It will not be kept in mind any more.", "Remove", "Keep it")
    return [beside(shape, button(Id.REMOVE, "Remove", str(one.wish_id), confirm=sure))]


def time_text(one: Time, known: AwayView) -> str:
    """A time in a line or two: how, when, how often, why, and where it is from."""
    start_end = f"{when(one.start)} – {when(one.end)}"
    if one.holiday:
        how = f" ({WORDS[one.leaning].lower()})" if one.leaning else ""
        return f":palm_tree: {escape(one.holiday)}{how}: {start_end}"
    weekly = f", each week until {when(one.repeats_until - timedelta(seconds=1))}" if one.repeats_until else ""
    source = " _(from a calendar)_" if one.wish_id is None else ""
    by = f" _(entered by <@{one.entered_by}>)_" if one.entered_by not in ("", known.user_id) else ""
    why = f"\n>{escape(' '.join(one.why.split()))}" if one.why.strip() else ""
    leaning = one.leaning or Leaning.CANNOT
    return f"{MARKS[leaning]} {WORDS[leaning]}: {start_end}{weekly}{source}{by}{why}"


def _others(known: AwayView) -> list[Block]:
    """What else one can do about one's own time."""
    if not known.own:
        return []
    return [button(Id.CALENDARS, "Calendars"), button(Id.HOLIDAYS, "Public holidays")]


def _region_line(region: RegionView) -> Block:
    minds = "you would rather not be on call" if region.rather_not else "shared evenly where shifts are dealt fairly"
    known = f" Those after {region.ends} are not known yet." if region.ends else ""
    where = escape(region_name(region.country, region.subdivision))
    return context(f":palm_tree: Public holidays: {where}; {minds}.{known}")


def saved(entered: Entered, *, own: bool) -> list[Block]:
    """What was stored, and the shifts that are in its way, each with a button to ask for cover."""
    who = "you" if own else f"<@{entered.user_id}>"
    phrase, times = PHRASES[entered.leaning], f"{when(entered.start)} – {when(entered.end)}"
    text = f":white_check_mark: Saved: {who} {phrase} {times}."
    if not entered.clashes:
        return [section(text)]
    shifts = counted(len(entered.clashes), "shift")
    has, whose = ("You have", "yours") if own else (f"<@{entered.user_id}> has", "theirs")
    blocks = [section(f"{text}\n:warning: {has} {shifts} then. Each stays {whose} until somebody takes it:")]
    first, more = shown(entered.clashes)
    blocks += [_clash(clash) for clash in first]
    return [*blocks, context(f"… and {more} more; `/oncall cover` asks for each.")] if more else blocks


def _clash(clash: Clash) -> Block:
    text = f"*{escape(clash.role)}* of *{escape(clash.schedule)}*, {when(clash.start)} – {when(clash.end)}"
    return beside(section(text), button(Id.COVER, "Ask for cover", f"{clash.schedule_id}:{clash.ref}"))


def holidays_view(region: RegionView | None, metadata: Metadata, parts: int = 0) -> View:
    """``parts`` is how many subdivisions the chosen country has; without any, none is asked for."""
    country = Choice(region.country, region_name(region.country)) if region and region.country else None
    picker = kit.search(Id.COUNTRY, country, placeholder="Type a country")
    hint = "Empty for none. Baton knows holidays by law, not those of your company"
    blocks = [kit.asking(field("country", "Country", picker, hint=hint, optional=True))]
    if region and country and parts:
        chosen = Choice(region.subdivision, region_name(region.country, region.subdivision).partition(", ")[2])
        element = kit.search(Id.SUBDIVISION, chosen if region.subdivision else None, placeholder="The whole country")
        hint = "Without one, holidays that only some regions have are left out"
        blocks.append(field(marked("subdivision", region.country), "Region", element, hint=hint, optional=True))
    minds = kit.checkboxes(
        Id.VALUE,
        [Choice("rather_not", "I would rather not be on call on public holidays")],
        ["rather_not"] if region and region.rather_not else [],
    )
    blocks.append(field("rather_not", "On these days", minds, optional=True))
    blocks.append(context("Where shifts are dealt fairly, public holidays are shared evenly in any case."))
    return modal(
        HOLIDAYS_TITLE, blocks, callback_id=Id.HOLIDAYS_VIEW, submit="Save", close="Back", metadata=metadata.dump()
    )
