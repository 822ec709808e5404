"""The Home tab, drawn: who is on call, what waits, one's shifts and schedules, and buttons for everything else.

A page holds so many of each list that it stays below Slack's hundred blocks whatever they hold; the buttons at its end
turn all lists at once. Everything that the first page shows beside its lists is on no other page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from handlers.destinations.words import status
from handlers.home import words
from handlers.home.items import wait_blocks
from handlers.home.words import CONNECT, CREATE, DOCTOR, LINK, Deed, press
from handlers.kit.blocks import Block, View, actions, beside, button, context, cut, lines, people, plain, section, when
from handlers.kit.metadata import Metadata
from handlers.kit.paging import BACK, ON
from handlers.schedules.who import role_line
from oncall.shifts import ShiftState
from services.home.dashboard import Dashboard, Health, MySchedule, OnCall
from services.kit.wording import counted, escape
from services.shifts.of_one_person import PersonShift
from sync.core.model import Status

HOME = "home"
COVER, MORE = "home.cover", "home.schedule"
MOST_NAME, MOST_PEOPLE, MOST_ILL, MOST_REASON = 100, 5, 3, 200


def home_view(shown: Dashboard) -> View:
    """One page of it, named in its metadata by what it shows."""
    blocks = [*_beginning(shown), *_waits(shown), *_shifts(shown), *_schedules(shown), *_everything(shown)]
    return named({"type": "home", "callback_id": HOME, "blocks": [*blocks, *_pages(shown)]}, shown.page)


def named(view: View, page: int) -> View:
    """With a digest of all that is in it, so that two views that look alike are known to."""
    digest = sha256(json.dumps([page, view], sort_keys=True).encode()).hexdigest()[:32]
    return view | {"private_metadata": Metadata(page=page, token=digest).dump()}


def digest_of(view: Mapping[str, Any]) -> str:
    return Metadata.load(view.get("private_metadata")).token


def _title(text: str) -> Block:
    return {"type": "header", "text": plain(text, 150)}


def _beginning(shown: Dashboard) -> list[Block]:
    if not shown.is_first:
        return []
    if not shown.schedules_there:
        return _first_visit(shown)
    return [_title("On call"), *lines(_standing(shown))]


def _standing(shown: Dashboard) -> list[str]:
    if shown.on_call:
        return [_running(one) for one in shown.on_call]
    confirmed = (one for one in shown.coming if one.shift.state is ShiftState.CONFIRMED)
    coming = next(confirmed, None)
    if coming is None:
        return ["You are not on call now, and no confirmed shift of yours is ahead."]
    return [f"You are not on call now. Your next shift starts {when(coming.shift.start)}."]


def _running(one: OnCall) -> str:
    until = f"until {when(one.until)}"
    return f":telephone_receiver: *You are on call now* as {_what(one.shift)} {until}"


def _what(one: PersonShift) -> str:
    return f"*{escape(one.shift.role)}* of *{_name(one.schedule)}*"


def _name(text: str) -> str:
    return escape(cut(text, MOST_NAME))


def _first_visit(shown: Dashboard) -> list[Block]:
    """The short way in."""
    head = [
        _title("Welcome to Baton"),
        section("Baton keeps on-call schedules here, in step with PagerDuty and calendars."),
    ]
    if not shown.may_create:
        text = "There are no schedules in this workspace yet, and you can't make one yourself. Ask somebody who can."
        return [*head, section(text), actions("home.start", press(words.DEEDS["help"]))]
    ways = (
        (
            CREATE,
            "*Start with a schedule of your own.* Name it, say who takes turns, and PagerDuty can follow later.",
        ),
        (CONNECT, "*Connect PagerDuty or a calendar.* Enter a key once; what Baton may do with it is up to you."),
        (LINK, "*Link one that exists in PagerDuty.* Its people and shifts are taken over; nothing is changed there."),
    )
    return [*head, *(beside(section(text), _primary(deed)) for deed, text in ways)]


def _primary(deed: Deed) -> Block:
    return press(deed, style="primary" if deed is CREATE else "")


def _waits(shown: Dashboard) -> list[Block]:
    if not shown.waits:
        return []
    return [_title("Waiting for you"), *(block for one in shown.waits for block in wait_blocks(one))]


def _shifts(shown: Dashboard) -> list[Block]:
    if not shown.coming:
        return []
    listed = [_shift(one, asked=one.shift.id in shown.asked) for one in shown.coming]
    return [_title("Your next shifts"), *listed]


def _shift(one: PersonShift, *, asked: bool) -> Block:
    span = f"{when(one.shift.start)} – {when(one.shift.end)}"
    if one.shift.state is not ShiftState.CONFIRMED:
        return section(f"{span}: {_what(one)} _(proposed)_")
    if asked:
        return section(f"{span}: {_what(one)} · cover was asked for")
    ask = button(COVER, "Ask for cover", f"{one.schedule_id}:{one.shift.ref}")
    return beside(section(f"{span}: {_what(one)}"), ask)


def _schedules(shown: Dashboard) -> list[Block]:
    if shown.schedules:
        return [_title("Your schedules"), *(block for one in shown.schedules for block in _schedule(one))]
    if shown.is_first and shown.schedules_there:
        text = "You belong to no schedule yet. An admin of one can add you; *All schedules* shows which there are."
        return [_title("Your schedules"), section(text)]
    return []


def _schedule(one: MySchedule) -> list[Block]:
    """Its roles, with a button for all that can be done, and its destinations in short."""
    title = f"*{_name(one.name.name)}* ({_name(one.name.team)})"
    first, *rest = lines([title, *(role_line(now, _some, MOST_PEOPLE) for now in one.roles)])
    blocks = [beside(first, button(MORE, "More…", str(one.name.id))), *rest]
    return [*blocks, context("\n".join(_health(one.destinations)))] if one.destinations else blocks


def _some(users: Iterable[str]) -> str:
    return people(users, MOST_PEOPLE)


def _health(destinations: Sequence[Health]) -> list[str]:
    """Those that are not well, each with its reason; the others are counted."""
    ill = [one for one in destinations if one.status is not Status.OK]
    well = len(destinations) - len(ill)
    told = [
        f"{_name(one.name)} ({escape(one.role)}): {status(one.status, cut(one.reason, MOST_REASON))}" for one in ill
    ]
    more = [f"… and {counted(len(ill) - MOST_ILL, 'more destination')} not well"] if len(ill) > MOST_ILL else []
    fine = [f":large_green_circle: {counted(well, 'destination')} in step"] if well else []
    return [*told, *more, *fine]


def _ill(one: Health) -> str:
    return f"{_name(one.name)} ({escape(one.role)}): {status(one.status, cut(one.reason, MOST_REASON))}"


def _everything(shown: Dashboard) -> list[Block]:
    """Buttons for all words of the command, on the first page."""
    if not shown.is_first or not shown.schedules_there:
        return []
    setting_up = [*(() if shown.actor.is_outside else words.SETTING_UP)]
    setting_up += [DOCTOR] if shown.administers else []
    setting_up += words.WORKSPACE if shown.actor.is_workspace_admin else ()
    rows = (
        ("everybody", "Everything else", words.EVERYBODY),
        ("admins", "For admins of a schedule", words.ADMINS if shown.administers else ()),
        ("setting_up", "Setting up", setting_up),
    )
    return [block for name, title, deeds in rows if deeds for block in _row(name, title, deeds)]


def _row(name: str, title: str, deeds: Sequence[Deed]) -> list[Block]:
    return [context(f"*{title}*"), actions(f"home.{name}", *(press(deed) for deed in deeds))]


def _pages(shown: Dashboard) -> list[Block]:
    if shown.pages == 1:
        return []
    buttons: list[Block] = []
    if shown.page > 0:
        buttons.append(button(HOME + BACK, "Back", str(shown.page - 1)))
    if shown.page < shown.pages - 1:
        buttons.append(button(HOME + ON, "More", str(shown.page + 1)))
    return [context(f"Page {shown.page + 1} of {shown.pages}"), actions("home.pages", *buttons)]


def schedule_blocks(one: MySchedule, explained: Mapping[str, str]) -> list[Block]:
    """All that can be done with a schedule; ``explained`` says of each word what it does."""
    head = section(f"*{_name(one.name.name)}* ({_name(one.name.team)})")
    deeds = words.of_schedule(is_admin=one.is_admin, assignable=one.assignable)
    about = f"#{one.name.id}"
    return [head, *(beside(section(explained.get(deed.word) or deed.label), press(deed, about)) for deed in deeds)]
