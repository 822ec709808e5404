"""Every modal around rotations, shifts and members is one that Slack takes, and everything in it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.covers import listeners as cover
from handlers.kit import second_yes as anyway
from handlers.kit.blocks import Choice, View, modal
from handlers.kit.exchange import with_notice
from handlers.pagerduty import link, link_views
from handlers.people import member_views, members
from handlers.rotations import listeners as rotation
from handlers.rotations import views as rotation_views
from handlers.rotations.preview import preview_view
from handlers.schedules import edit
from handlers.schedules import zone_search as zones
from handlers.shifts import change, confirm, swap, swap_answers
from handlers.shifts import choices as shift_choices
from notices.actions import Action
from oncall.changes import Effect
from oncall.order import Stint
from oncall.plans import Step
from oncall.rotations import Backup, Rotation, Unit
from oncall.shifts import Shift
from oncall.timeline import Interval, Segment, Timeline
from oncall.windows import EVERY_DAY
from sandbox.slack.blockkit import check_message, check_view
from services.kit.wording import escape
from services.pagerduty.linking import Found, LinkDraft, Linked
from services.pagerduty.proposal_check import Differing
from services.people.members import HeldShift, Left
from services.rotations.saving import Preview, RotationDraft, RotationView, Saved
from services.schedules.editing import Archiving, Edited
from services.schedules.horizon import Extended
from services.schedules.roles import Loss
from services.shifts.confirming import Confirmed, PendingShift
from services.shifts.each_change import Changed, Move, ShiftRef
from sync.core.rotations_from_layers import Unsaid
from sync.ports import RemoteSchedule, RemoteUser
from tests.handlers.kit.samples import METADATA, NOW, connection, mrkdwn, names, schedule
from tests.support.listening import elements, listeners_of, unanswered
from tests.support.soaking import examples

HOUR = timedelta(hours=1)
LATER = NOW + HOUR
ZONE = zones.choice("UTC", NOW)
SHIFT = Shift(1, "U1", NOW, LATER)
LISTENERS = listeners_of(change, confirm, cover, edit, link, members, rotation, swap, swap_answers)
COUNTS = (0, 1, 11, 130, 330)


def draft(name: str, count: int, *, stored: bool = False) -> RotationDraft:
    return RotationDraft(
        schedule_id=1,
        name=name,
        role=1,
        members=tuple(f"U{number:010}" for number in range(count)),
        unit=Unit.DAYS,
        first_handoff=NOW.replace(tzinfo=None),
        zone="Europe/Berlin",
        opens=time(22) if stored else None,
        closes=time(6) if stored else None,
        days=frozenset({1, 2}) if stored else EVERY_DAY,
        backup=1 if stored else None,
        backup_role=2 if stored else None,
        since=NOW if stored else None,
        rotation_id=7 if stored else None,
        revision=3 if stored else None,
    )


def rotation_view(name: str, number: int) -> RotationView:
    latest = Rotation(1, "UTC", NOW.replace(tzinfo=None), (Stint("U1"),), backup=Backup(2), name=name, id=number)
    joined = replace(latest, every=2, members=(Stint("U1"), Stint("U2")))
    plans = tuple(Step(NOW + n * HOUR, latest, joined) for n in range(20))
    return RotationView(number, 1, name, name, name, ("U1",), latest, None, plans)


def preview(name: str, count: int) -> Preview:
    gaps = tuple(Interval(NOW + n * HOUR, NOW + (n + 1) * HOUR) for n in range(count))
    effects = tuple(Effect(1, f"U{n}", gaps[:2], gaps[1:]) for n in range(count))
    return Preview(name, (SHIFT,) * min(count, 6), ("U2",) * min(count, 6), effects, gaps, {1: name})


def pending(name: str, count: int) -> list[PendingShift]:
    users = (None, "U1", "U2")
    return [
        PendingShift(ShiftRef(n, 1), name, users[n % 3], NOW, LATER, ("U3",) * (n % 2)) for n in range(1, count + 1)
    ]


def found(name: str, count: int) -> Found:
    people = tuple(RemoteUser(f"P{number}", name, name[:100]) for number in range(count))
    roster = Timeline.of([Segment(NOW, LATER, ("P1",))])
    return Found(LinkDraft(1, "P1", name, name), RemoteSchedule("P1", name, "v2", ""), NOW, roster, people, {})


def options_of(count: int, name: str) -> list[Choice]:
    return [Choice(f"{number}.1", name, name) for number in range(count)]


def rotation_modals(name: str) -> Iterator[View]:
    for count in COUNTS:
        known = [rotation_view(name, number) for number in range(1, count + 1)]
        yield rotation_views.form(schedule(name, roles=5), known, draft(name, count), ZONE, METADATA)
        yield rotation_views.form(schedule(name), known, draft(name, count, stored=True), ZONE, METADATA)
        packed = draft(name[:75], min(count, 100), stored=True)
        yield preview_view(schedule(name), packed, preview(name, count), METADATA)


def shift_modals(name: str) -> Iterator[View]:
    for count in COUNTS:
        for may_change in (True, False):
            waiting = pending(name, count)
            yield confirm.list_view(schedule(name), waiting, {"U1": name}, METADATA, may_change=may_change)
            middle = replace(METADATA, page=1)
            many = pending(name, 3 * confirm.MOST_SHIFTS)
            yield confirm.list_view(schedule(name), many, {"U1": name}, middle, may_change=may_change)
        offered = options_of(count, name)
        yield cover.form(schedule(name), offered, METADATA)
        yield swap.swap_form(schedule(name), offered, offered, METADATA)
        yield swap.swap_form(schedule(name), offered, [], METADATA)
        yield swap.take_form(schedule(name), offered, METADATA)
        yield change.form(schedule(name, members=count), offered, METADATA)


def other_modals(name: str) -> Iterator[View]:
    yield edit.edit_form(schedule(name), ZONE, METADATA)
    yield anyway.anyway_view(cover.TAKE_TITLE, cover.Id.TAKE_ANYWAY, "Take", METADATA)
    yield anyway.anyway_view("Accept this swap", swap_answers.ACCEPT_ANYWAY, "Accept", METADATA)
    yield anyway.anyway_view(swap_answers.UNDO_TITLE, swap_answers.UNDO_ANYWAY, "Undo", METADATA)
    yield anyway.anyway_view("Remove this member", member_views.Id.REMOVE_ANYWAY, "Remove", METADATA)
    yield anyway.anyway_view("Remove this change", rotation_views.Id.UNPLAN_ANYWAY, "Remove", METADATA)
    yield link_views.form([], LinkDraft(None, None, "", ""), None, NOW, METADATA)
    yield link_views.ask_form(METADATA)
    yield link_views.reading_view(1, None, METADATA)
    yield link_views.reading_view(1, 12, METADATA)
    yield member_views.add_form(METADATA)
    for count in COUNTS:
        losses = [Loss(name, count, ("U1",) * count, (name,) * count, (name,) * count, (name,) * count)] * min(count, 5)
        yield edit.losses_view(losses, METADATA.dump())
        yield edit.archive_view(Archiving(schedule(name), (name,) * count, (name,) * count, count), METADATA)
        accounts = [connection(name, number) for number in range(1, count + 1)]
        yield link_views.form(accounts, LinkDraft(1, "P1", name, name), Choice("P1", name), NOW, METADATA)
        yield link_views.match_view(found(name, count), METADATA)
        said = (*(draft(name, 2) for _ in range(count)), draft(name, count))
        unsaid = (Unsaid(name, name),) * count
        odd = (Differing(NOW, LATER, ("U1",) * min(count, 20), (name,) * min(count, 5), ("U2",)),) * count
        linked = Linked(
            schedule(name), 1, count, count, (name,) * count, said, unsaid, (name,) * len(said), differing=odd
        )
        yield link_views.done_view(linked, METADATA)
        for page in (0, 1, 9):
            yield link_views.match_view(found(name, count), replace(METADATA, page=page), notice=escape(name))
            yield link_views.done_view(linked, replace(METADATA, page=page))
        yield modal("Linked, a message", link_views.outcome_blocks(linked, "token"))
        shown = schedule(name, members=count)
        for may_change in (True, False):
            yield member_views.list_view(shown, METADATA, may_change=may_change, notice=escape(name))
        held = tuple(HeldShift(ShiftRef(1, 1), name, NOW, LATER) for _ in range(count))
        heirs = options_of(count, name)
        yield member_views.left_view(shown, Left("U1", name, (name,), held), heirs, METADATA)
    yield member_views.edit_form(schedule(name).members[0], METADATA)


def views(name: str) -> Iterator[View]:
    yield from rotation_modals(name)
    yield from shift_modals(name)
    yield from other_modals(name)


def texts(name: str) -> Iterator[str]:
    """What people are told in messages."""
    for count in (0, 1, 40):
        shifts = (SHIFT,) * count
        for extended in (Extended(), Extended(proposed=shifts), Extended(confirmed=shifts)):
            yield rotation.told(Saved(1, name, name, extended), "Saved")
            yield edit.edited_text(Edited(schedule(name), extended))
        yield confirm.told(Confirmed(shifts, (), (), (1,) * count), schedule(name))
        moves = (Move(name, NOW, LATER, None, "U1"), Move(name, NOW, LATER, "U1", None)) * count
        yield swap.told(Changed(name, shifts, moves, (1,) * count), "Swapped")
        yield link_views.told(Linked(schedule(name), 1, count, count, (name,) * min(count, 3)))


@settings(max_examples=examples(15), deadline=None)
@given(names)
def test_slack_takes_every_modal(name: str) -> None:
    for view in views(name):
        assert check_view(view) == [], view["title"]
        assert check_view(with_notice(view, name)) == []


@settings(max_examples=examples(15), deadline=None)
@given(names)
def test_slack_takes_every_message(name: str) -> None:
    for text in texts(name):
        assert check_message({"text": text}) == []


def test_everything_that_is_shown_has_somebody_who_answers() -> None:
    assert not [missing for view in views("x") for missing in unanswered(view, LISTENERS)]


def test_everybody_who_answers_is_shown_somewhere() -> None:
    shown = list(views("x"))
    action_ids = {element["action_id"] for view in shown for _block, element in elements(view)} | set(Action)
    assert action_ids >= LISTENERS.actions | LISTENERS.searches
    assert {view.get("callback_id") for view in shown} >= LISTENERS.views


def test_names_can_not_become_mentions_or_links() -> None:
    name = "<!channel> <https://evil.invalid|x>"
    shown: list[Any] = [*texts(name), *(text for view in views(name) for text in mrkdwn(view))]
    assert len(shown) > 100
    assert not [text for text in shown if "<!channel>" in text or "<https://evil" in text]


@settings(max_examples=examples(30), deadline=None)
@given(names, st.integers(0, 100), st.booleans())
def test_a_draft_comes_back_from_the_preview_as_it_went(name: str, count: int, stored: bool) -> None:
    sent = draft(name[:75], count, stored=stored)
    metadata = rotation.replace(METADATA, schedule_id=1, rotation_id=sent.rotation_id, revision=sent.revision)

    packed = rotation_views.pack(metadata, sent)

    assert rotation_views.unpack(packed, metadata) == sent
    assert len(packed) <= 3000


def test_shifts_that_change_make_another_list() -> None:
    one, other = options_of(2, "x"), options_of(3, "x")

    assert shift_choices.mark_of(one) == shift_choices.mark_of(options_of(2, "y"))
    assert shift_choices.mark_of(one) != shift_choices.mark_of(other)


def test_a_choice_shows_the_year_only_where_it_changes() -> None:
    start = NOW.replace(month=12, day=28)

    assert shift_choices.label(start, start + 4 * HOUR, "UTC") == "Mon 28 Dec 00:30 – 04:30"
    assert shift_choices.label(start, start + 168 * HOUR, "UTC") == "Mon 28 Dec 00:30 – Mon 4 Jan 2027 00:30"
