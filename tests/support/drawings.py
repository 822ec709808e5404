"""Every modal that Baton can show, drawn from names of one's choice, with none, one and many of what it lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from handlers.admin import history, workspace_settings
from handlers.covers import answers as covering
from handlers.destinations import first_export_views, import_answers, pending
from handlers.kit.blocks import Choice, View
from handlers.pagerduty import link_views
from handlers.people import matching_views, member_views, new_admin
from handlers.schedules import archive
from handlers.shifts import confirm
from oncall.systems import CALDAV, PAGERDUTY, system
from services.admin.history import HistoryLine
from services.admin.workspace_rules import Rules
from services.kit.permissions import Creators
from services.kit.wording import escape
from services.people.matching import Account, Candidate, Standing
from services.schedules.archive import Archived
from services.shifts.confirming import PendingShift
from services.shifts.each_change import ShiftRef
from tests.handlers.availability import test_away as of_availability
from tests.handlers.fairness import test_views as of_fairness
from tests.handlers.fairness.samples import why_views
from tests.handlers.feeds import test_feeds as of_feeds
from tests.handlers.home import test_views as of_home
from tests.handlers.kit import test_every_view as of_kit
from tests.handlers.kit.samples import METADATA, NOW, destination, schedule, waiting
from tests.handlers.notices import test_views as of_notices
from tests.handlers.pagerduty.test_updates import sync_views
from tests.handlers.presence import test_presence as of_presence
from tests.handlers.schedules import test_views as of_schedules

COUNTS = (0, 1, 101)


def every_view(name: str) -> Iterator[View]:
    """Everything that the tests of rooms draw, and what is drawn here alone."""
    yield from of_kit.views(name)
    yield from of_schedules.views(name)
    yield from of_notices.drawn(name).values()
    yield from sync_views(name)
    yield from of_home.views(name)
    yield from of_fairness.views_of(name)
    yield from of_feeds.drawn(name)
    for one in of_presence.forms(name):
        yield of_presence.views.form(one, one.roles[0].role_id, METADATA, "Saved")
    yield from of_availability.drawn(name)
    yield from other_views(name)


def other_views(name: str) -> Iterator[View]:
    """Those of rooms whose tests go through the sandboxes alone."""
    for count in COUNTS:
        yield from _lists(name, count)
        yield from _of_people(name, count)
        yield from _of_covers(name, count)
        yield from why_views(name, count)
        yield from _of_shifts(name, count)
    for creators in Creators:
        yield workspace_settings.form(Rules(creators, ("U1",) * 3), METADATA)
    yield import_answers.match_form(name, destination(name, 1), METADATA)
    yield link_views.asked_view(escape(name))
    yield matching_views.removed_view(escape(name))
    yield new_admin.form(name, METADATA)
    yield first_export_views.reading_view(system(CALDAV))
    yield first_export_views.exporting_view()


def _lists(name: str, count: int) -> Iterator[View]:
    end = NOW + timedelta(hours=1)
    lines = [HistoryLine(NOW, "U1", "shift.assigned", escape(name), NOW, end, name)] * count
    away = [Archived(n, name, name, NOW, n, n, may_restore=bool(n % 2)) for n in range(count)]
    for number in (0, 1):
        yield history.list_view(schedule(name), lines, number)
        yield archive.list_view(away, number, escape(name))
    for may_change in (True, False):
        held = [replace(waiting(name, count), destination=destination(name, n)) for n in range(1, min(count, 12) + 1)]
        for page in (0, 1):
            about = replace(METADATA, page=page)
            yield pending.list_view(schedule(name), held, about, may_change=may_change, notice=escape(name))


def _of_covers(name: str, count: int) -> Iterator[View]:
    offered = [Choice(f"{number}.1", name) for number in range(count)]
    yield covering.form(schedule(name), offered, METADATA)


def _of_shifts(name: str, count: int) -> Iterator[View]:
    end = NOW + timedelta(hours=1)
    waiting = [PendingShift(ShiftRef(number, 1), name, "U1", NOW, end) for number in range(count)]
    for may_change in (True, False):
        yield confirm.list_view(schedule(name), waiting, {"U1": name}, METADATA, may_change=may_change, dealt=True)


def _of_people(name: str, count: int) -> Iterator[View]:
    someone = Candidate("P1", name, name, "U1", name)
    standing = [Standing(Account(1, name, system(PAGERDUTY)), {"U1": someone}, ("U0",))] * min(count, 5)
    yield member_views.list_view(schedule(name, members=count), METADATA, may_change=True, matches=standing)
    members = [Choice(f"U{n}", name) for n in range(count or 1)]
    accounts = [Account(n, name, system((PAGERDUTY, CALDAV)[n % 2])) for n in range(count or 1)]
    yield matching_views.form(members, accounts, accounts[0], None, METADATA)
    yield matching_views.form(members[:1], accounts, accounts[0], someone, METADATA)
