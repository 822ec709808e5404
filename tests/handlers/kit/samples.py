"""Each modal and message that handlers build, with any name in it, and none, one and many of what it lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from handlers.commands import listeners as command
from handlers.connections import listeners as connections
from handlers.connections import views as connection_views
from handlers.destinations import first_export_views, refresh
from handlers.destinations import listeners as destinations
from handlers.destinations import views as destination_views
from handlers.destinations import words as reports
from handlers.destinations.first_export_views import Shown
from handlers.destinations.views import Listing
from handlers.kit.blocks import View
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of
from handlers.schedules import create, who_in_channel, who_modal
from handlers.schedules import who as overview
from handlers.schedules import zone_search as zones
from handlers.schedules.choosing import question
from handlers.shifts import assign, calendar_table, change, mine, picture
from handlers.shifts import upcoming as coming
from oncall.calendar import Lane, days
from oncall.shifts import Shift, ShiftState
from oncall.systems import CALDAV, NOBODY_PAGED, PAGERDUTY, Paged, system
from services.connections.admins_and_removal import InUse, Removal
from services.connections.credentials import ConnectionView
from services.connections.drafts import CalendarDraft, ConnectionDraft, Region
from services.destinations.configuring import DestinationView
from services.destinations.exporting import PendingView, PersonRef, Waiting
from services.destinations.paged_instead import Uncovered
from services.kit.errors import Unclear
from services.kit.permissions import Access
from services.kit.wording import escape
from services.schedules.creating import (
    ConfirmMode,
    MemberView,
    RoleView,
    ScheduleName,
    ScheduleView,
)
from services.schedules.finding import candidates
from services.shifts.assigning import Assigned, RoleNow, ShiftView
from services.shifts.calendar import CalendarView, RoleDays
from services.shifts.each_change import Changed
from services.shifts.gains_and_losses import Move
from services.shifts.of_one_person import PersonShift
from services.shifts.picture import Drawn, alt_text
from sync.core.model import Mode, Status
from sync.core.pending import ChangeKind
from sync.steps.report import Report
from tests.handlers.fairness.samples import balance_blocks
from tests.support.listening import listeners_of

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


REPLY_TO = "https://slack.invalid/commands/T000/1234567890/abcdefghijklmnopqrstuvwx"


METADATA = Metadata(schedule_id=7, destination_id=8, connection_id=9, page=1, reply_to=REPLY_TO)


ODD = [
    "",
    " ",
    "x",
    "x" * 400,
    "<!channel> & <@U1|you>",
    "*_~`",
    "🦉" * 90,
    "a\nb\tc",
    "\u202ertl",
    '"quoted"',
    "|pipe|>",
]


names = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"]), max_size=300))


def schedule(name: str, *, roles: int = 2, members: int = 2) -> ScheduleView:
    return ScheduleView(
        id=1,
        public_id="p",
        name=name,
        team=name,
        time_zone="UTC",
        horizon_days=30,
        confirm=ConfirmMode.BY_HAND,
        channel_id=None,
        roles=tuple(RoleView(number, name[:75] or "r") for number in range(1, roles + 1)),
        members=tuple(MemberView(f"U{number}", name, Access.ADMIN, assignable=True) for number in range(members)),
    )


def destination(name: str, number: int = 1, **changes: Any) -> DestinationView:
    values: dict[str, Any] = {
        "id": number,
        "schedule_id": 1,
        "connection_id": 1,
        "external_id": f"P{number}",
        "external_name": name,
        "external_url": "https://acme.pagerduty.com/schedules#P1",
        "role_id": 1,
        "role": name,
        "mode": Mode.AUTHORITATIVE,
        "status": Status.OK,
        "reason": name,
        "refreshed_at": NOW,
        "paused": False,
        "made": False,
        "system": system((PAGERDUTY, CALDAV)[number % 2]),
    }
    return DestinationView(**{**values, **changes})


def connection(name: str, number: int = 1, *, ok: bool = True) -> ConnectionView:
    kind, region = (CALDAV, None) if number % 3 == 2 else (PAGERDUTY, Region.EU)
    return ConnectionView(number, kind, name, region, ok, name, number)


def schedule_names(name: str, count: int) -> list[ScheduleName]:
    return [ScheduleName(number, name, name) for number in range(1, count + 1)]


def waiting(name: str, count: int) -> Waiting:
    """Changes of every kind that wait."""
    kinds = list(ChangeKind)
    people = (PersonRef("U1", name), PersonRef(None, name), None)
    changes = [
        PendingView(
            NOW + timedelta(hours=n),
            NOW + timedelta(hours=n + 1),
            kinds[n % len(kinds)],
            people[n % 3],
            people[n % 2],
            n % 4 == 0,
            name,
        )
        for n in range(count)
    ]
    return Waiting(destination(name), "d1", tuple(changes))


def listing(name: str, count: int, *, accounts: int = 1, may_change: bool = True) -> Listing:
    statuses, modes = list(Status), list(Mode)
    shown = [
        destination(
            name, n, status=statuses[n % len(statuses)], mode=modes[n % len(modes)], paused=n % 2 == 0, made=n % 3 == 0
        )
        for n in range(1, count + 1)
    ]
    known = [connection(name, n) for n in range(1, accounts + 1)]
    alone = [Uncovered(1, NOW, NOW + timedelta(days=1), (escape(name),) * 5)] * 5
    uncovered = {one.id: alone for one in shown}
    busy = {1: "Refreshing…"}
    return Listing(schedule(name), shown, known, may_change, notice=escape(name), busy=busy, uncovered=uncovered)


def views(name: str) -> Iterator[View]:
    """Each modal, with none, one and many of what it lists."""
    times = assign.preset_times(NOW, "Europe/Berlin")
    yield create.form("U1", zones.choice("UTC", NOW), METADATA)
    for count in (0, 1, 2, 100, 101, 300):
        yield assign.form(schedule(name, members=count), schedule_names(name, count), times, METADATA)
        yield assign.form(None, schedule_names(name, count), times, METADATA)
        yield connection_views.list_view([connection(name, n, ok=bool(n % 2)) for n in range(count)], may_add=True)
        yield connection_views.list_view([connection(name, n) for n in range(count)], may_add=True, number=1)
        yield destination_views.list_view(listing(name, count), METADATA)
    yield destination_views.list_view(listing(name, 0, accounts=0), METADATA)
    yield destination_views.list_view(listing(name, 3, may_change=False), METADATA)
    yield connection_views.list_view([], may_add=False)
    yield connection_views.form()
    problems = {field: name for field in ("subdomain", "key", "region")}
    yield connection_views.form(ConnectionDraft(name, "key", Region.EU), problems)
    yield connection_views.checking_view(PAGERDUTY)
    yield connection_views.checking_view(CALDAV)
    typed = {field: name for field in ("server", "user", "password")}
    yield connection_views.calendar_form(CalendarDraft(name, name, "secret"), typed)
    yield connection_views.admins_form(connection(name), ["U1"], METADATA)
    for count in (0, 1, 130):
        uses = tuple(InUse(n, name, name, name) for n in range(count))
        yield connection_views.removal_view(Removal(1, name, uses, system(CALDAV if count else PAGERDUTY)), METADATA)
    yield connection_views.saved_view(connection(name))
    for count in (1, 130):
        accounts = [connection(name, n) for n in range(1, count + 1)]
        yield destination_views.add_form(schedule(name, roles=5).roles, accounts, METADATA)
    for count in (0, 1, 200):
        shown = Shown(waiting(name, count), ["U1"] * count, adds=count == 1)
        yield first_export_views.first_view([shown], METADATA, notice=escape(name))
    yield first_export_views.first_view([Shown(replace(waiting(name, 0), digest=""), ["U1"] * 30)], METADATA)
    yield first_export_views.outcome_view([escape(name) * 3])
    yield destination_views.ask_form(schedule(name, roles=5).roles, METADATA)
    for count in (0, 1, 25):
        page = page_of(schedule_names(name, count), 1, overview.SHOWN_SCHEDULES)
        own = [(one, on_call(name, count)) for one in page.items]
        yield who_modal.who_modal(own[:1], own, page, METADATA)
    for mode in Mode:
        yield destination_views.edit_form(destination(name, mode=mode), schedule(name).roles, METADATA)


def shift_views(name: str, count: int) -> list[ShiftView]:
    states = [ShiftState.CONFIRMED, ShiftState.PROPOSED]
    users = [None, "U1", "U2"]
    end = NOW + timedelta(hours=1)
    return [
        ShiftView(id=n, role=f"{name} {n % 5}", user_id=users[n % 3], start=NOW, end=end, state=states[n % 2])
        for n in range(count)
    ]


def on_call(name: str, users: int) -> list[RoleNow]:
    everybody = tuple(f"U{number:010}" for number in range(users))
    role = RoleView(1, name)
    return [
        RoleNow(role, everybody, NOW, everybody),
        RoleNow(role, everybody, None, ()),
        RoleNow(role, (), NOW, everybody),
        RoleNow(role, (), NOW, everybody, fallback="U9"),
        RoleNow(role, (), None, (), paged=Paged((escape(name),)), fallback="U9"),
        RoleNow(role, (), None, ()),
    ]


def calendar_view(name: str, count: int) -> CalendarView:
    """Four weeks of five roles that change hands ``count`` times, with a proposal and somebody whom PagerDuty pages."""
    found = days(NOW.date() + timedelta(days=1), 28, "Europe/Berlin")
    step = timedelta(days=30) / max(count, 1)
    given = schedule(name, roles=5)
    roles: list[RoleDays] = []
    for role in given.roles:
        shifts = [
            Shift(role.id, f"U{n}", NOW + n * step, NOW + (n + 0.9) * step, list(ShiftState)[n % 2])
            for n in range(count)
        ]
        lane = Lane.of(shifts)
        paged = Paged(("<@U1>", escape(name) or "x", "y"))
        filled = (
            [replace(one, paged=NOBODY_PAGED if one.turns else paged) for one in lane.pieces(day.span)] for day in found
        )
        roles.append(RoleDays(role, tuple(map(tuple, filled)), lane.last))
    return CalendarView(given, found, tuple(roles), NOW)


def messages(name: str, listeners: Listeners) -> Iterator[dict[str, Any]]:
    """Each message with its words for notifications."""
    for count in (0, 1, 99, 300):
        text, blocks = create.listed(schedule_names(name, count), 1)
        yield {"text": text, "blocks": blocks}
        text, blocks = create.listed(schedule_names(name, count))
        yield {"text": text, "blocks": blocks}
        page = page_of(shift_views(name, count), 1, coming.SHOWN_SHIFTS)
        yield {
            "text": "Coming shifts",
            "blocks": coming.shift_blocks(schedule(name), page, coming.Shown(7, NOW.date())),
        }
        one = schedule(name, roles=1)
        dealt = [replace(shift, role=one.roles[0].name) for shift in shift_views(name, count)]
        page = page_of(dealt, 0, coming.SHOWN_WITH_WHY)
        yield {"text": "Coming shifts", "blocks": coming.shift_blocks(one, page, coming.Shown(7), range(count))}
        view, reader = calendar_view(name, min(count, 150)), ("Europe/Berlin", "Asia/Kathmandu")[count % 2]
        fit = calendar_table.fitting(view, reader)
        shown = coming.Shown(7, NOW.date() if count % 2 else None, table=True)
        blocks = coming.table_blocks(fit, reader, shown, dealt=bool(count % 2))
        yield {"text": calendar_table.words(fit), "blocks": blocks}
        drawn = Drawn(b"", f"{name}, 1 Mar", "a.png", alt_text(view, {"U1": name, "U2": name}))
        text, blocks = picture.picture_message(drawn, "F0123456789", "U1")
        yield {"text": text, "blocks": blocks}
        own = page_of([PersonShift(1, name, name, s) for s in shift_views(name, count)], 1, mine.SHOWN)
        yield {"text": "Balance", "blocks": balance_blocks(name, min(count, 50))}
        yield {"text": "Your shifts", "blocks": mine.person_blocks("U1", own, NOW, own=bool(count % 2))}
        yield {"text": "Which?", "blocks": question(Unclear("Which?", candidates(schedule_names(name, count))))}
    for users in (0, 1, 40):
        shown = [(one, on_call(name, users)) for one in schedule_names(name, overview.SHOWN_SCHEDULES)]
        page = page_of(schedule_names(name, 40), 1, overview.SHOWN_SCHEDULES)
        yield {"text": overview.who_text(shown), "blocks": overview.who_blocks(shown, page, name)}
        for found in (shown, []):
            blocks = who_in_channel.answer_blocks(found, {"U1": name}, users)
            yield {"text": who_in_channel.answer_text(found), "blocks": blocks}
    for code in ("not_in_channel", "restricted_action_read_only_channel", ""):
        yield {"text": who_in_channel.refused(code, "in <#C1>", escape(name))}
    report = Report(
        destination_id=1,
        status=Status.ERROR,
        reason=name,
        differences=3,
        created=2,
        removed=1,
        imported=5,
        waiting=6,
        unknown=tuple(f"U{n}" for n in range(30)),
        refused=(name,),
        failure=name,
    )
    outcomes = [(destination(name, n), report if n % 2 else None) for n in range(60)]
    title = escape(name)
    yield {"text": reports.report_text(title, outcomes), "blocks": reports.report_blocks(title, outcomes)}
    yield {"text": command.help_text(listeners.words), "blocks": command.help_blocks(listeners.words)}
    yield {"text": command.unknown(name, listeners.words)}
    for word in listeners.words:
        text, blocks = command.help_on(word, listeners.words)
        yield {"text": text, "blocks": blocks}
    yield {"text": create.created(schedule(name))}
    shift = Shift(1, "U1", NOW, NOW + timedelta(days=1))
    for replaced in ((), (shift,) * 50):
        for count in (0, 3):
            yield {"text": assign.assigned(Assigned(shift, name, name, replaced, count))}
    moves = tuple(Move(name, NOW, NOW, "U1", None) for _ in range(60))
    text, blocks = change.answer(
        7, Changed(name, (replace(shift, user=None),), moves, (1,), (escape(name),)), "Left unassigned"
    )
    yield {"text": text, "blocks": blocks}


LISTENERS = listeners_of(
    create, assign, overview, who_modal, mine, coming, picture, connections, destinations, refresh, command
)


def mrkdwn(shape: Any) -> Iterator[str]:
    """Every text that Slack reads marks in."""
    if isinstance(shape, dict):
        if shape.get("type") == "mrkdwn":
            yield shape["text"]
        for inner in shape.values():
            yield from mrkdwn(inner)
    elif isinstance(shape, list):
        for inner in shape:
            yield from mrkdwn(inner)
