"""*Calendar feeds*, as people find them in Slack, and what is at the address that they copy."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from bot.web import listening, web_app
from handlers.feeds import listeners, views
from handlers.kit.blocks import View
from handlers.kit.metadata import Metadata
from sandbox.client import Person
from sandbox.client.shapes import Modal
from sandbox.slack.blockkit import check_view
from services.feeds.links import NO_ADDRESS, Link, Offered, Scope
from services.feeds.serving import FeedDesk
from services.kit.wording import escape
from tests.handlers.kit.samples import METADATA, names
from tests.support.listening import listeners_of, unanswered
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, make_schedule, modal_says

PUBLIC = "https://baton.example.com"


@asynccontextmanager
async def pages(baton: Baton) -> AsyncGenerator[httpx.AsyncClient]:
    """What the web server of this Baton answers."""

    async def nothing() -> list[str]:
        return []

    async def empty() -> bytes:
        return b""

    routes = web_app(dict, nothing, empty, None, None, FeedDesk(baton.house))
    async with (
        listening(routes, "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        yield http


def copied(modal: Modal) -> str:
    """The path of the link that stands in a modal."""
    return str(modal.fields["Link"]).removeprefix(PUBLIC)


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return [str(event["SUMMARY"]) for event in Calendar.from_ical(answer.content).walk("VEVENT")]


async def test_somebody_copies_their_link_and_a_new_one_stops_it(baton: Baton, alice: Person, bob: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await bob.command("/oncall calendar feeds", channel="#ops")
    listed = await bob.modal("Calendar feeds")
    assert "Payments: every role" in listed.text
    await bob.press("Copy link", within="Whatever you are on call for")
    shown = await bob.modal("Calendar link")
    assert "Calendar of your own shifts." in shown.text
    async with pages(baton) as http:
        assert titles(await http.get(copied(shown))) == ["On call: Payments, Primary"]
        await bob.press("New link")
        renewed = await modal_says(bob, "The former one has stopped")
        assert copied(renewed) != copied(shown)
        assert (await http.get(copied(shown))).status_code == 404
        assert titles(await http.get(copied(renewed))) == ["On call: Payments, Primary"]
        back = await bob.submit()
        assert back is not None
        assert back.title == "Calendar feeds"
        await bob.press("Copy link", within="Payments: Primary")
        role = await modal_says(bob, "Calendar of Payments, Primary")
        assert "New link" not in role.text
        assert titles(await http.get(copied(role))) == ["Bob Smith – Payments, Primary"]
    await alice.command("/oncall shifts Payments", channel="#ops")
    await alice.press("Calendar feeds")
    await alice.modal("Calendar feeds")
    await alice.press("Copy link", within="Payments: Primary")
    admins = await modal_says(alice, "Calendar of Payments, Primary")
    assert copied(admins) == copied(role)
    assert "New link" in admins.text


def drawn(name: str) -> Iterator[View]:
    roles = tuple((number, name) for number in range(1, 6))
    for found in (None, Offered(1, name, roles), Offered(1, name, roles[:1]), Offered(1, name, roles, escape(name))):
        yield views.list_view(found, Metadata())
        yield views.list_view(found, METADATA, NO_ADDRESS)
    for scope in (Scope(), Scope(1), Scope(1, 2)):
        for url in (f"{PUBLIC}/calendar/{'x' * 43}.ics", ""):
            yield views.link_view(Link(scope, f"*{escape(name)}*", url), "Done")
            yield views.link_view(Link(scope, f"*{escape(name)}*", url, may_renew=False))


@settings(max_examples=20, deadline=None)
@given(names)
def test_slack_takes_every_modal_and_everything_in_it_is_answered(name: str) -> None:
    known = listeners_of(listeners)
    for view in drawn(name):
        assert check_view(view) == []
        assert list(unanswered(view, known)) == []


@given(st.sampled_from([Scope(), Scope(7), Scope(7, 8)]))
def test_a_button_says_what_its_link_is_to(scope: Scope) -> None:
    assert views.scope_of(views.value_of(scope)) == scope


def test_what_no_button_says_is_nobodys_link() -> None:
    for odd in ("", "x", "9" * 5000, "1:x", "-1:2", "own:1", "null"):
        found = views.scope_of(odd)
        assert found.schedule_id is not None
        assert found.schedule_id == 0 or (found.schedule_id, found.role_id) == (1, 0)
