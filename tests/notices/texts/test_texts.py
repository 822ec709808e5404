"""Every notice in words: Slack would take it, it pings only whom it should, and it reads well by e-mail."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.actions import Action
from notices.texts import Message, Scene, word
from notices.texts.marks import escape, link
from notices.texts.progress import CELLS, bar
from notices.texts.shapes import letter, post
from sandbox.slack.blockkit import check_message
from storage.notices import NoticeKind
from tests.support.notice_facts import FACTS, SPAN, SWITCH
from tests.support.notice_house import NAMES

SCENE = Scene(
    schedule_id=4,
    schedule="Payments <!here> & *co*",
    team="Engineering",
    names=NAMES,
    links=(("https://acme.pagerduty.com/schedules/P1", "Payments"),),
    channel_id="COPS",
)
READERS = (None, "UALICE", "UBOB")


def message(kind: NoticeKind, reader: str | None = None) -> Message:
    found = word(kind, FACTS[kind], SCENE, reader)
    assert found is not None
    return found


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", list(FACTS))
def test_slack_takes_every_notice(kind: NoticeKind, reader: str | None) -> None:
    shown = post(message(kind, reader))
    assert check_message(shown) == []
    assert shown["text"]


@pytest.mark.parametrize("kind", list(FACTS))
def test_nothing_that_somebody_typed_becomes_a_mark(kind: NoticeKind) -> None:
    shown = str(post(message(kind)))
    assert "<!here>" not in shown
    assert "<!channel>" not in shown


TIMELESS = {
    NoticeKind.PROGRESS,
    NoticeKind.UNDELIVERED,
    NoticeKind.DESTINATION,
    NoticeKind.ADMIN_WANTED,
    NoticeKind.HORIZON,
    NoticeKind.OLDER_COPY,
    NoticeKind.PRESENCE,
}
SENT_AS_THEY_ARE = {
    NoticeKind.ACCESS,
    NoticeKind.AVAILABILITY,
    NoticeKind.CONNECTION_ADMINS,
    NoticeKind.WEBHOOK_SILENT,
}
"""Worded by those who write them, for people who are named then."""


def test_every_kind_has_words() -> None:
    assert set(FACTS) == set(NoticeKind) - {NoticeKind.ONCALL_CHANGE, *SENT_AS_THEY_ARE}


@pytest.mark.parametrize("kind", sorted(set(FACTS) - {NoticeKind.ON_CALL_SWITCH}))
def test_only_a_switch_pings_people(kind: NoticeKind) -> None:
    assert "<@" not in str(post(message(kind)))


def test_a_switch_pings_who_ends_and_who_starts_and_names_who_is_next() -> None:
    shown = str(post(message(NoticeKind.ON_CALL_SWITCH))["blocks"])
    assert sorted(set(re.findall(r"<@(\w+)>", shown))) == ["UALICE", "UBOB"]
    assert "then Carol Diaz" in shown
    assert "<!date^1772614800^" in shown


def test_whoever_starts_is_told_until_when_who_was_before_and_who_backs_up() -> None:
    told = "\n".join(message(NoticeKind.ON_CALL_SWITCH, "UBOB").lines)
    assert "Before you: Alice Johnson." in told
    assert "Secondary: Dana &lt;Ops&gt;." in told
    assert "Until <!date^" in told
    assert "<https://acme.pagerduty.com/schedules/P1|Payments>" in told


def test_whoever_ends_is_told_who_has_taken_over() -> None:
    told = message(NoticeKind.ON_CALL_SWITCH, "UALICE")
    assert "is over" in told.title
    assert told.lines == ("Bob Smith is on call as Primary now.",)


def test_somebody_who_neither_starts_nor_ends_is_told_nothing() -> None:
    assert word(NoticeKind.ON_CALL_SWITCH, SWITCH, SCENE, "UCAROL") is None


def test_a_gap_says_that_nobody_is_on_call_and_until_when() -> None:
    gap = {**SWITCH, "roles": [{**SWITCH["roles"][0], "after": []}]}
    told = word(NoticeKind.ON_CALL_SWITCH, gap, SCENE, None)
    assert told is not None
    assert "nobody is on call after <@UALICE>" in told.lines[0]
    assert "Carol Diaz" in told.lines[0]


def test_a_summary_lists_what_was_missed() -> None:
    role = SWITCH["roles"][0]
    late = {**SWITCH, "late": True, "roles": [role, {**role, "before": ["UBOB"], "after": ["UALICE"]}]}
    told = word(NoticeKind.ON_CALL_SWITCH, late, SCENE, None)
    assert told is not None
    assert "While Baton was away" in told.title
    assert len(told.lines) == 2
    started = word(NoticeKind.ON_CALL_SWITCH, late, SCENE, "UALICE")
    assert started is not None
    assert started.title.startswith("You are on call now")
    assert word(NoticeKind.ON_CALL_SWITCH, late, SCENE, "UBOB") is not None


@pytest.mark.parametrize(
    ("kind", "action", "label", "value"),
    [
        (NoticeKind.COVER_REQUESTED, Action.COVER_TAKE, "Take", "5"),
        (NoticeKind.COVER_REQUESTED, Action.COVER_WITHDRAW, "Withdraw", "5"),
        (NoticeKind.COVER_PROGRESS, Action.COVER_WITHDRAW, "Withdraw", "5"),
        (NoticeKind.COVER_STUCK, Action.COVER_WITHDRAW, "Withdraw", "5"),
        (NoticeKind.SHIFTS_TO_CONFIRM, Action.CONFIRM_SHIFTS, "Confirm", "4"),
        (NoticeKind.UNASSIGNED, Action.RESTORE_SHIFT, "Restore", "9:UALICE"),
        (NoticeKind.BLOCKED, Action.EXPORT_ANYWAY, "Export anyway", "3:abc123"),
        (NoticeKind.FIRST_EXPORT, Action.FIRST_LIST, "Show what it writes", "3"),
        (NoticeKind.COPY_DIFFERS, Action.COPY_EXPORT, "Export now", "3:abc123"),
        (NoticeKind.COPY_DIFFERS, Action.COPY_TAKE, "Import what PagerDuty has", "3"),
        (NoticeKind.COPY_DIFFERS, Action.COPY_LEAVE, "Leave paused", "3"),
        (NoticeKind.UNMAPPED, Action.MATCH_PERSON, "Match person", "3:PZOE"),
    ],
)
def test_what_can_be_done_about_it_is_a_button(kind: NoticeKind, action: Action, label: str, value: str) -> None:
    assert (action, label, value) in {(b.action_id, b.label, b.value) for b in message(kind).buttons}


def test_a_long_list_is_cut_and_counted() -> None:
    shown = str(post(message(NoticeKind.DIGEST)))
    assert "… and 33 more" in shown


@pytest.mark.parametrize("kind", list(FACTS))
def test_a_letter_says_the_same_without_slacks_marks(kind: NoticeKind) -> None:
    written = letter(message(kind, "UALICE"), SCENE, "Europe/Berlin")
    for text in (written.subject, written.text):
        assert not re.search(r"<[@#!]", text.replace("<!here>", "").replace("<!channel>", ""))
        assert "&lt;" not in text
    assert "\n" not in written.subject
    assert "<!" not in written.html.removeprefix("<!doctype html>")


def test_a_letters_times_are_its_readers_own() -> None:
    written = letter(message(NoticeKind.REMINDER), SCENE, "Europe/Berlin")
    assert "Tue 03 Mar 2026 10:00 Europe/Berlin" in written.text


@pytest.mark.parametrize("zone", ["", "Mars/Olympus_Mons", "../../etc/passwd"])
def test_a_zone_that_nobody_knows_is_no_reason_to_write_no_letter(zone: str) -> None:
    assert "Tue 03 Mar 2026 09:00 UTC" in letter(message(NoticeKind.REMINDER), SCENE, zone).text


@pytest.mark.parametrize(
    "kind",
    sorted(set(FACTS) - TIMELESS),
)
def test_every_time_in_slack_is_the_readers_own_and_readable_without_slack(kind: NoticeKind) -> None:
    shown = json.dumps(post(message(kind)), ensure_ascii=False)
    times = re.findall(r"<!date\^(\d+)\^([^|>]*)\|([^>]*)>", shown)
    assert times
    for seconds, form, fallback in times:
        assert form == "{day_divider_pretty} {time}"
        assert fallback == datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M UTC")
    assert not re.search(r"\d{4}-\d\d-\d\dT", shown)


OVER: dict[str, Any] = {"stopped": False, "reason": "", "refused": [], "refusals": 0, "imported": 0}


@pytest.mark.parametrize(
    ("what", "done", "outcome", "says"),
    [
        ("export", 0, None, "0 of 60 changes"),
        ("export", 60, OVER, "60 changes made"),
        ("export", 58, {**OVER, "refused": ["no <b>"], "refusals": 2}, "58 changes made, 2 refused by PagerDuty"),
        ("export", 50, {**OVER, "stopped": True, "reason": "Gone."}, "stopped after 50 of 60 changes"),
        ("import", 0, {**OVER, "imported": 60}, "Took over 60 changes"),
        ("import", 0, None, "Taking over"),
    ],
)
def test_progress_says_how_far_it_is_and_then_what_came_of_it(
    what: str, done: int, outcome: dict[str, Any] | None, says: str
) -> None:
    facts = {**FACTS[NoticeKind.PROGRESS], "what": what, "done": done, "outcome": outcome}
    found = word(NoticeKind.PROGRESS, facts, SCENE, None)
    assert found is not None
    assert says in found.title
    assert "<b>" not in str(found.lines)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_bar_is_full_when_everything_is_done_and_not_before(total: int, done: int) -> None:
    shown = bar(min(done, total), total)
    assert len(shown) == CELLS + 2
    assert ("░" not in shown) == (done >= total)


def test_a_letter_cannot_be_given_html_by_a_name() -> None:
    evil = Scene(1, "<script>alert(1)</script>", names={"UALICE": "<b>x</b>"})
    found = word(NoticeKind.SHIFTS_TO_CONFIRM, FACTS[NoticeKind.SHIFTS_TO_CONFIRM], evil, None)
    assert found is not None
    page = letter(found, evil, "UTC").html
    assert "<script" not in page
    assert "<b>x" not in page


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    assert link("javascript:alert(1)", "Payments") == "Payments"
    assert link("https://a.test/?a=1&b=2", "a|b") == "<https://a.test/?a=1&amp;b=2|a|b>"


def test_escaping_makes_marks_harmless() -> None:
    assert escape("<@U1> & co") == "&lt;@U1&gt; &amp; co"
    assert SPAN["start"] < SPAN["end"]
