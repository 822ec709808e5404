"""Every Home tab that can be drawn is one that Slack takes, whatever names and numbers go into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

import handlers
from handlers.home.views import digest_of, home_view, schedule_blocks
from handlers.home.words import DEEDS
from handlers.kit.answers import answer_view
from handlers.kit.blocks import View
from notices.actions import Action
from oncall.shifts import ShiftState
from sandbox.slack.blockkit import check_view
from services.covers.requests import CoverView
from services.home.dashboard import (
    SCHEDULES_A_PAGE,
    SHIFTS_A_PAGE,
    WAITS_A_PAGE,
    Dashboard,
    Health,
    MySchedule,
    OnCall,
)
from services.home.waiting import AccessWanted, CoverWanted, SwapWanted, ToConfirm, ToExport, Unmatched, Wait
from services.kit.house import Actor
from services.kit.wording import escape
from services.schedules.creating import RoleView, ScheduleName
from services.shifts.assigning import RoleNow, ShiftView
from services.shifts.of_one_person import PersonShift
from storage.repositories.covers import CoverState
from sync.core.model import Status
from tests.handlers.kit.samples import NOW, mrkdwn, names
from tests.support.listening import elements, listeners_of, unanswered
from tests.support.soaking import examples

LATER = NOW + timedelta(hours=8)
LISTENERS = listeners_of(*handlers.FEATURES)  # type: ignore[arg-type]


def shift(name: str, number: int, state: ShiftState = ShiftState.CONFIRMED) -> PersonShift:
    return PersonShift(number, name, name, ShiftView(number, name[:75] or "r", "U1", NOW, LATER, state))


def waits(name: str, number: int = 0) -> list[Wait]:
    schedule = ScheduleName(7, name, name)
    side = {"user": "U2", "role": name[:75], "start": NOW.isoformat(), "end": LATER.isoformat()}
    swap = {"asked_by": "U2", "sides": [side, side], "waits_for": ["U1"], "reason": name}
    shown = {"account": name, "external": name, "schedule": name, "role": name[:75], "shifts": 3, "users": ["U1"] * 9}
    asked = {
        "request_id": number,
        "kind": "update",
        "mode": "manual_export",
        "asked_by": "U2",
        "expires": LATER.isoformat(),
    }
    cover = CoverWanted(CoverView(4, 7, name, name[:75], "U2", NOW, LATER, name, CoverState.OPEN, None), own=False)
    return [
        ToConfirm(schedule, 1),
        ToExport(schedule, name, 300, held=True),
        ToExport(schedule, name, 1, held=False),
        Unmatched(schedule, tuple(f"U{number}" for number in range(150))),
        cover,
        replace(cover, own=True),
        SwapWanted(number, name, swap, own=False),
        SwapWanted(number, name, swap, own=True),
        AccessWanted(shown | asked),
    ]


def schedule(name: str, number: int, *, crowd: int = 1) -> MySchedule:
    people = tuple(f"U{one:010}" for one in range(crowd))
    role = RoleView(1, name[:75] or "r")
    roles = [RoleNow(role, people, LATER, people, LATER), RoleNow(role, (), LATER, people), RoleNow(role, (), None, ())]
    health = [Health(name, name[:75], status, name * 5) for status in Status]
    return MySchedule(ScheduleName(number, name, name), number % 2 == 0, number % 3 == 0, (roles * 2)[:5], health)


def dashboard(name: str, *, page: int = 0, pages: int = 1, full: bool = False, crowd: int = 1) -> Dashboard:
    """As full as one page can be, or with nothing on it."""
    states = list(ShiftState)
    return Dashboard(
        actor=Actor(1, "U1", is_workspace_admin=full),
        page=page,
        pages=pages,
        on_call=[OnCall(shift(name, 1), LATER)] * (5 if full else 0),
        coming=[shift(name, n, states[n % 2]) for n in range(1, SHIFTS_A_PAGE + 1)] if full else [],
        more_coming=0,
        asked=frozenset({1, 3}),
        waits=_worst(name) if full else [],
        schedules=[schedule(name, n, crowd=crowd) for n in range(1, SCHEDULES_A_PAGE + 1)] if full else [],
        schedules_there=full,
        may_create=full,
        administers=full,
        next_at=LATER,
        about=[1],
    )


def _worst(name: str) -> list[Wait]:
    """A page of those that take the most room."""
    return [waits(name, number)[-1] for number in range(WAITS_A_PAGE)]


def views(name: str) -> list[View]:
    full = dashboard(name, full=True)
    return [
        home_view(dashboard(name)),
        home_view(replace(dashboard(name), may_create=True)),
        home_view(replace(dashboard(name), schedules_there=True)),
        home_view(full),
        home_view(dashboard(name, full=True, pages=17, crowd=150)),
        home_view(dashboard(name, full=True, page=5, pages=17)),
        home_view(replace(full, waits=waits(name)[:5], schedules=[], coming=[])),
        home_view(replace(full, waits=waits(name)[5:])),
        home_view(replace(full, waits=_worst(name), page=3, pages=4)),
        answer_view(name, schedule_blocks(schedule(name, 6), dict.fromkeys(DEEDS, escape(name)))),
        answer_view(escape(name)),
    ]


@settings(max_examples=examples(25), deadline=None)
@given(names)
def test_slack_takes_every_home_tab(name: str) -> None:
    for view in views(name):
        assert check_view(view) == []
        assert len(view["blocks"]) <= 100


def test_the_fullest_page_with_the_worst_names_stays_below_a_hundred_blocks() -> None:
    for worst in ("<" * 255, "&" * 255, "*" * 255):
        view = home_view(dashboard(worst, full=True, pages=3, crowd=150))
        assert check_view(view) == []
        assert len(view["blocks"]) <= 100


def test_everything_on_it_has_somebody_who_answers_and_every_word_is_on_it() -> None:
    assert not [missing for view in views("x") for missing in unanswered(view, LISTENERS)]
    shown = {element["action_id"] for view in views("x") for _block, element in elements(view)}
    assert set(LISTENERS.words) == set(DEEDS)
    assert {f"home.do.{word}" for word in DEEDS} <= shown
    assert {"home.cover", "home.schedule", "home.page_back", "home.page_on", Action.COVER_TAKE} <= shown


def test_names_can_not_become_mentions_or_links() -> None:
    told = [text for view in views("<!channel> <https://evil.invalid|x>") for text in mrkdwn(view)]
    assert len(told) > 100
    assert not [text for text in told if "<!channel>" in text or "<https://evil" in text]


@given(st.integers(0, 5))
def test_views_that_look_alike_are_known_to(page: int) -> None:
    once, again = (home_view(dashboard("x", full=True, page=page, pages=6)) for _ in range(2))
    assert digest_of(once) == digest_of(again) != digest_of(home_view(dashboard("y", full=True, page=page, pages=6)))
    assert len(digest_of(once)) == 32
