"""What the calendars look like that are read for a person: the list of them, and the form for another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.availability.views import Id
from handlers.kit import blocks as kit
from handlers.kit.blocks import (
    Block,
    View,
    actions,
    beside,
    button,
    confirm,
    context,
    field,
    modal,
    section,
    when,
)
from handlers.kit.metadata import Metadata
from services.availability.calendars import CalDavDraft, FeedDraft
from services.availability.listing import CalendarView
from services.kit.wording import counted, escape

TITLE, FEED_TITLE, CALDAV_TITLE = "Calendars", "Add calendar link", "Add CalDAV calendar"
APP_PASSWORD = "One made for this alone, in your account's security settings; it is kept sealed"  # noqa: S105
SHOWN_NAME, SHOWN_TROUBLE = 100, 300
COUNTS = (
    "What counts, if you organised or accepted it: events shown as *Away* in Outlook, titles that begin with *Out of "
    "office* or *OOO*, and the words `not oncall`, `no oncall` or `noc` in a title or description. `prefer oncall` "
    "says that you would like to be on call. Only the times are kept, never what an event is about."
)
WHERE = (
    "Google: *Settings* → your calendar → *Secret address in iCal format*. Outlook: *Settings* → *Calendar* → *Shared "
    "calendars* → *Publish*, then the ICS link. Apple: *Share calendar* → *Public calendar*."
)


def calendars_view(known: Sequence[CalendarView], metadata: Metadata, told: str = "") -> View:
    """A person has few, so they are on one page."""
    blocks: list[Block] = [section(told)] if told else []
    blocks += [_entry(one) for one in known]
    if not known:
        blocks.append(section("No calendars yet. Baton reads them each hour, and never writes to them."))
    adding = button(Id.ADD_CALENDAR, "Add calendar link", style="primary"), button(Id.ADD_CALDAV, "Add CalDAV calendar")
    blocks += [actions("away.more", *adding), context(COUNTS)]
    return modal(TITLE, blocks, close="Back", metadata=metadata.dump())


def _entry(one: CalendarView) -> Block:
    name = escape(kit.cut(one.shown, SHOWN_NAME))
    sure = confirm("Remove calendar", "It is read no more, and what it said is forgotten.", "Remove", "Keep it")
    removing = button(Id.REMOVE_CALENDAR, "Remove", str(one.id), confirm=sure)
    read = f"read {when(one.read_at)}" if one.read_at else "not read yet"
    brings = counted(one.times, "time") if one.times else "nothing"
    if not one.trouble:
        return beside(section(f":calendar: *{name}*: {read}, says {brings} in the coming year"), removing)
    trouble = escape(kit.cut(one.trouble, SHOWN_TROUBLE))
    kept = f"What it said last is kept ({brings}, {read}); it is tried each hour."
    return beside(section(f":warning: *{name}*: {trouble}\n{kept}"), removing)


def feed_form(metadata: Metadata, typed: FeedDraft | None = None, problems: Mapping[str, str] | None = None) -> View:
    """``problems`` of what was ``typed``, by field, where Slack takes no errors any more."""
    draft, wrong = typed or FeedDraft(""), problems or {}
    address = kit.text_input(Id.VALUE, draft.address, placeholder="https://calendar.example.com/me.ics", most=2000)
    email = kit.text_input(Id.VALUE, draft.email, placeholder="me@example.com", most=250)
    hint = "Where it is not your e-mail in Slack: by it Baton sees which events you accepted"
    blocks = [
        field("address", "Address", address, hint="It is kept sealed and shown to nobody"),
        *_wrong(wrong, "address"),
        field("email", "Your e-mail in that calendar", email, hint=hint, optional=True),
        *_wrong(wrong, "email"),
        context(WHERE),
    ]
    return modal(FEED_TITLE, blocks, callback_id=Id.FEED_VIEW, submit="Add", close="Back", metadata=metadata.dump())


def caldav_form(
    metadata: Metadata, typed: CalDavDraft | None = None, problems: Mapping[str, str] | None = None
) -> View:
    """As above; a password is never put back."""
    draft, wrong = typed or CalDavDraft("", "", ""), problems or {}
    server = kit.text_input(Id.VALUE, draft.server, placeholder="https://caldav.example.com", most=2000)
    which = "Its name there; needed if you have several"
    blocks = [
        field("server", "Server address", server),
        *_wrong(wrong, "server"),
        field("user", "User name", kit.text_input(Id.VALUE, draft.user, most=250)),
        field("password", "App password", kit.text_input(Id.VALUE, most=500), hint=APP_PASSWORD),
        *_wrong(wrong, "password"),
        field("calendar", "Calendar", kit.text_input(Id.VALUE, draft.calendar, most=250), hint=which, optional=True),
        *_wrong(wrong, "calendar"),
        context("It is only read, never written."),
    ]
    return modal(CALDAV_TITLE, blocks, callback_id=Id.CALDAV_VIEW, submit="Add", close="Back", metadata=metadata.dump())


def _wrong(problems: Mapping[str, str], name: str) -> list[Block]:
    return [context(f":warning: {escape(problems[name])}")] if name in problems else []


def reading_view() -> View:
    return modal(FEED_TITLE, [section(":hourglass_flowing_sand: Reading the calendar…")])


def read_view(times: int) -> View:
    """In the place of the form, where reading took longer than Slack waits."""
    return modal(FEED_TITLE, [section(added(times))], close="Back")


def added(times: int) -> str:
    says = f"It says {counted(times, 'time')} in the coming year" if times else "It says nothing of being on call yet"
    return f":white_check_mark: Added. {says}, and is read each hour."
