"""What goes wrong between Baton and a calendar server, and what an admin reads about it. Nothing is ever lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from sync.destinations.caldav import client as client_module
from sync.destinations.caldav.credentials import Credentials, address, pack, unpack
from sync.destinations.caldav.errors import refusal
from sync.destinations.caldav.system import CalDav
from sync.ports import (
    CredentialRefused,
    OutcomeUnknown,
    Overtaken,
    Refused,
    RemoteError,
    ScheduleGone,
    Unavailable,
)
from tests.adapters.contract import Doing, Loss, made, wanted
from tests.caldav.support import ANN, BOB, CHANGE, HOUR, NOW, WEEK, CalendarDesk, StillClock
from tests.support.calendar_servers import USER, CalendarServer


@pytest.fixture
async def desk(radicale_server: CalendarServer) -> AsyncIterator[CalendarDesk]:
    async with CalendarDesk.at(radicale_server) as made_here:
        yield made_here


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, CredentialRefused, "does not accept the user name or the app password. Enter them again"),
        (403, CredentialRefused, "may not read this. Give the user more rights there"),
        (404, ScheduleGone, "The calendar was deleted, or this user can't see it. Link another one."),
        (418, Refused, "refused this (HTTP 418)"),
    ],
)
async def test_a_look_that_is_refused_says_what_to_do(
    desk: CalendarDesk, status: int, kind: type[RemoteError], words: str
) -> None:
    desk.answer(Doing.READ, httpx.Response(status))
    with pytest.raises(kind) as raised:
        await desk.seen()
    assert words in str(raised.value)
    assert (await desk.seen()).effective == (await desk.seen()).pinned


def test_a_form_asks_about_the_address_where_a_user_may_not_read_what_is_there() -> None:
    said = refusal("PROPFIND", 403, "calendar.example.com")
    assert isinstance(said, CredentialRefused)
    assert said.at_field.endswith("Check the address, give the user more rights there, or enter another user.")


async def test_a_server_without_room_makes_the_rest_wait_and_is_not_asked_again(desk: CalendarDesk) -> None:
    desk.answer(Doing.CREATE, *[httpx.Response(507)] * 50)
    results = await desk.board.create([wanted(ANN, NOW + n * HOUR) for n in range(1, 21)])
    assert {result.error for result in results} == {
        f"{desk.account.client.host} has no room left for this user. Make room there; it is tried again by itself."
    }
    assert desk.asked(Doing.CREATE) <= client_module.AT_ONCE


async def test_an_answer_that_ends_early_is_no_empty_calendar(desk: CalendarDesk) -> None:
    desk.made_by_hand(ANN, 1, 2)
    desk.answer(Doing.READ, httpx.Response(207, text='<multistatus xmlns="DAV:"><sync-token>x</sync-token>'))
    with pytest.raises(Unavailable, match="sent something that can't be read"):
        await desk.seen()
    assert (await desk.seen()).effective


@pytest.mark.parametrize(
    "text", ["", "<html/>", '<!DOCTYPE a [<!ENTITY b "c">]><multistatus xmlns="DAV:">&b;</multistatus>', "{}"]
)
async def test_what_is_no_answer_of_a_calendar_is_not_taken_for_one(desk: CalendarDesk, text: str) -> None:
    desk.answer(Doing.READ, httpx.Response(207, text=text))
    with pytest.raises(Unavailable):
        await desk.seen()


async def test_an_answer_without_end_is_cut_off(desk: CalendarDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "LARGEST_ANSWER", 1000)
    desk.answer(Doing.READ, httpx.Response(207, text="x" * 1001))
    with pytest.raises(Unavailable, match="too large"):
        await desk.seen()


async def test_a_server_that_is_too_slow_is_named(desk: CalendarDesk) -> None:
    desk.lose(Doing.READ, Loss.TOO_SLOW, times=3)
    with pytest.raises(Unavailable, match="did not answer: it is too slow; it is tried again by itself"):
        await desk.seen()


async def test_at_most_four_requests_are_under_way_at_once(desk: CalendarDesk) -> None:
    boards = [desk.another_board() for _ in range(3)]
    asked = [wanted(ANN, NOW + n * HOUR) for n in range(1, 11)]
    await asyncio.gather(*(board.create(asked) for board in boards))
    assert desk.line.most_at_once == client_module.AT_ONCE
    assert len(await desk.items()) == 30


async def test_when_the_calendar_goes_away_in_the_middle_of_a_batch_the_outcome_is_open(desk: CalendarDesk) -> None:
    def remove_at_the_tenth(_: httpx.Request) -> None:
        if desk.asked(Doing.CREATE) == 10:
            desk.line.before = lambda request: None
            desk.remove_schedule()

    desk.line.before = remove_at_the_tenth
    with pytest.raises(OutcomeUnknown):
        await desk.board.create([wanted(ANN, NOW + n * HOUR) for n in range(1, 31)])


Edit = Callable[[CalendarDesk, str], Awaitable[object]]


async def _reassign(desk: CalendarDesk, item: str) -> object:
    return await desk.board.change(item, wanted(BOB, NOW + HOUR, 2))


async def _delete(desk: CalendarDesk, item: str) -> object:
    return await desk.board.delete(item)


@pytest.mark.parametrize("act", [_reassign, _delete])
async def test_an_event_that_somebody_changed_since_the_look_is_not_overwritten(desk: CalendarDesk, act: Edit) -> None:
    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    await desk.board.look(WEEK)
    desk.calendar.edit(item.id, ("Ann Lee · Support", "My turn · Support"))
    text = desk.calendar.text(item.id)
    await desk.seen()  # another refresh may have seen the change; this one has not

    with pytest.raises(Overtaken):
        await act(desk, item.id)

    assert desk.calendar.text(item.id) == text
    await desk.board.look(WEEK)
    await act(desk, item.id)
    assert [one.user for one in await desk.items()] == ([BOB] if act is _reassign else [])


@pytest.mark.parametrize("act", [_reassign, _delete])
async def test_an_event_that_is_changed_between_our_question_and_our_write_is_not_overwritten(
    desk: CalendarDesk, act: Edit
) -> None:
    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    await desk.board.look(WEEK)

    def somebody_is_first(request: httpx.Request) -> None:
        if request.method in ("PUT", "DELETE"):
            desk.line.before = lambda again: None
            desk.calendar.edit(item.id, ("Ann Lee · Support", "My turn · Support"))

    desk.line.before = somebody_is_first
    with pytest.raises(Overtaken):
        await act(desk, item.id)
    assert "My turn" in desk.calendar.text(item.id)


@pytest.mark.parametrize("loss", [Loss.DONE_UNHEARD, Loss.DONE_AND_BROKEN, Loss.NEVER_ARRIVED, Loss.ERROR])
async def test_a_change_whose_reply_is_lost_is_made_once(desk: CalendarDesk, loss: Loss) -> None:
    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    await desk.board.look(WEEK)
    desk.lose(CHANGE, loss)

    changed = await desk.board.change(item.id, wanted(BOB, NOW + HOUR, 2))

    assert [changed] == await desk.items()
    assert "SEQUENCE:1\n" in desk.calendar.text(item.id)


async def test_a_change_that_a_new_process_would_make_without_having_looked_is_left_to_the_next_look(
    desk: CalendarDesk,
) -> None:
    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    other = desk.another_process()
    with pytest.raises(Overtaken):
        await other.change(item.id, wanted(BOB, NOW + HOUR))
    assert (await other.change(item.id, wanted(ANN, NOW + HOUR))).user == ANN, "what is there already is done"


async def test_a_change_keeps_what_people_put_into_the_event(desk: CalendarDesk) -> None:
    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    alarm = "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:soon\nTRIGGER:-PT10M\nEND:VALARM\nEND:VEVENT"
    extra = "DESCRIPTION:Call me\nATTENDEE;CN=Dan:mailto:dan@elsewhere.example\n" + alarm
    desk.calendar.edit(item.id, ("END:VEVENT", extra))
    await desk.board.look(WEEK)

    await desk.board.change(item.id, wanted(BOB, NOW + 2 * HOUR))

    text = desk.calendar.text(item.id).replace("\n ", "")
    assert all(one in text for one in ("DESCRIPTION:Call me", "dan@elsewhere.example", "TRIGGER:-PT10M"))
    assert "SUMMARY:Bob Smith · Support · Primary" in text
    assert "ann@example.com" not in text
    assert [(one.user, one.start) for one in await desk.items()] == [(BOB, NOW + 2 * HOUR)]


async def test_a_change_keeps_letters_that_were_folded_in_the_middle(desk: CalendarDesk) -> None:
    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    desk.calendar.edit(item.id, ("END:VEVENT", f"DESCRIPTION:{'ü' * 120}\nEND:VEVENT"))
    await desk.board.look(WEEK)
    await desk.board.change(item.id, wanted(BOB, NOW + HOUR))
    assert f"DESCRIPTION:{'ü' * 120}" in desk.calendar.text(item.id).replace("\n ", "")


async def test_nobody_is_invited_by_mail(desk: CalendarDesk) -> None:
    (item,) = made(await desk.board.create([wanted(ANN, NOW + HOUR)]))
    text = desk.calendar.text(item.id).replace("\n ", "")
    assert "ORGANIZER" not in text
    assert "SCHEDULE-AGENT=NONE" in text


# Addresses


def system(answer: Callable[[httpx.Request], httpx.Response]) -> CalDav:
    async def sleep(_: float) -> None: ...

    return CalDav(clock=StillClock(), sleep=sleep, transport=lambda: httpx.MockTransport(answer))


@pytest.mark.parametrize(
    "target",
    ["https://evil.example.net/", "http://calendar.example.com/", "https://10.0.0.1/", "ftp://calendar.example.com/"],
)
async def test_the_password_goes_nowhere_else(target: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(301, headers={"Location": target})

    there = system(answer)
    account = there.account(subdomain="", region="", key=pack("calendar.example.com", "ann", "secret"))
    with pytest.raises(CredentialRefused, match="which is not told the password"):
        await account.check()
    assert asked == ["https://calendar.example.com/.well-known/caldav"]


async def test_a_server_inside_ones_own_network_is_refused_unless_the_operator_allows_it(
    radicale_server: CalendarServer,
) -> None:
    key = pack(radicale_server.url.replace("http:", "https:"), USER, "secret")
    there = CalDav(clock=StillClock())
    with pytest.raises(CredentialRefused, match="private or special address"):
        await there.account(subdomain="", region="", key=key).check()
    await there.aclose()


async def test_a_password_is_not_sent_in_clear_over_public_networks() -> None:
    there = CalDav(clock=StillClock())
    account = there.account(subdomain="", region="", key=pack("http://192.0.2.1", "ann", "secret"))
    with pytest.raises(CredentialRefused, match="use an https:// address"):
        await account.check()
    await there.aclose()


def test_credentials_are_named_without_their_password() -> None:
    known = unpack(pack(" Calendar.Example.com/dav/ ", " ann ", "hunter2"))
    assert known == Credentials("https://calendar.example.com/dav/", "ann", "hunter2")
    assert known.identity == "ann on calendar.example.com"
    assert "hunter2" not in repr(known)


@pytest.mark.parametrize("typed", ["", "https://", "ftp://example.com", "https://ann:secret@example.com", "not a host"])
def test_what_is_no_address_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(CredentialRefused) as raised:
        address(typed)
    assert raised.value.at_field.startswith("Enter an address")


@pytest.mark.parametrize(
    "key", ["", "[]", "{}", '{"server": "https://a.example", "user": "", "password": "x"}', "u+key"]
)
def test_what_are_no_credentials_is_refused(key: str) -> None:
    with pytest.raises(CredentialRefused):
        unpack(key)
