"""The table in docs/permissions.md, held against Baton: every action, as everybody, by every way, and forged.

The proofs say how each action is asked for, and what shows that it was done: a line of the audit trail (``+action``),
or text that is shown. Where a button or form is another one for those who have to ask, that one is tried, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from sqlalchemy import update

import handlers
from handlers.kit.listeners import May
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import MOST_DIGITS
from storage.tables import (
    AccessRequest,
    Connection,
    CoverRequest,
    Destination,
    Schedule,
    SwapRequest,
    Webhook,
)
from tests.permissions import looking
from tests.permissions.asking import Homed, Pressed, Sought, Submitted, Typed, Way, option, text
from tests.permissions.proof import ASKED, Proof, Proofs, every, with_home
from tests.permissions.proofs_of_exports import OF_EXPORTS
from tests.permissions.proofs_of_fairness import OF_FAIRNESS
from tests.permissions.proofs_of_schedules import OF_SCHEDULES
from tests.permissions.proofs_of_shifts import OF_SHIFTS
from tests.permissions.town import NEVER, PEOPLE, Things, Town, Towns
from tests.support.listening import Feature, listeners_of

TABLE = Path(__file__).parents[2] / "docs" / "permissions.md"
WAYS = ("command", "button", "form", "search", "home")
PROOFS: Proofs = with_home({**OF_SCHEDULES, **OF_SHIFTS, **OF_FAIRNESS, **OF_EXPORTS})


def table() -> tuple[list[str], dict[str, list[str]]]:
    rows = [line.strip("| \n").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    head, *lines = rows
    return head[2:], {row[0]: row[1:] for row in lines}


ROLES, SAID = table()


# All of them slow, so that they run one after the other, in towns that are there already.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def towns(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Towns]:
    async with AsyncExitStack() as stack:
        yield Towns(tmp_path_factory, stack)


@pytest_asyncio.fixture(loop_scope="module")
async def place(towns: Towns) -> AsyncIterator[Town]:
    """A town as new: what a test did to its database is taken back."""
    found = await towns.open()
    yield found
    found.desk.restore()


async def shows(place: Town, name: str, way: Way, *wanted: str) -> str:
    """Which of these was seen to happen, the first of them; the database is as before afterwards."""
    before = place.desk.last_line()
    seen = await place.desk.ask(name, way)
    done = [f"+{action}" for action in place.desk.audit(before)]
    place.desk.restore()
    assert "Something went wrong" not in seen, f"{name}, {way}: {seen.text[-600:]}"
    assert seen.text.strip(), f"{name} hears nothing of {way}"
    return next((one for one in wanted if one in done or (not one.startswith("+") and one in seen)), "")


async def outcome(place: Town, name: str, proof: Proof, things: Things) -> str:
    found = await shows(place, name, proof.way(place, things), proof.done, proof.asking)
    if not found and proof.instead is not None and (proof.forgeable or things is place.own):
        found = await shows(place, name, proof.instead(place, things), proof.asking)
    return {proof.done: "yes", proof.asking: "asks", "": "no"}[found]


def cases() -> Sequence[tuple[str, str]]:
    """Of those who may never administer one forges for all: the two reasons to refuse them are the same for each."""
    forging = [role for role in PEOPLE if role not in NEVER[1:]]
    return [(role, way) for role in PEOPLE for way in WAYS] + [(role, "forged") for role in forging]


async def test_the_table_names_every_action_way_and_person() -> None:
    assert list(PEOPLE) == ROLES
    assert {action: ", ".join(proofs) for action, proofs in PROOFS.items()} == {
        action: row[0] for action, row in SAID.items()
    }


async def test_whatever_baton_answers_is_in_the_table_or_only_looks(place: Town) -> None:
    """Whoever adds a word, button, form or search decides here who may use it."""
    tried: dict[type, set[str]] = {Typed: set(), Pressed: set(), Homed: set(), Submitted: set(), Sought: set()}
    for _action, _which, proof in every(PROOFS):
        for way in (proof.way, proof.instead or proof.way):
            asked = way(place, place.own)
            tried[type(asked)].add(handle_of(asked))
    answered = registered()
    assert answered.words == tried[Typed] | set(looking.WORDS)
    assert answered.actions == tried[Pressed] | set(looking.BUTTONS)
    assert answered.views == tried[Submitted] | set(looking.FORMS)
    assert answered.searches == tried[Sought] | set(looking.SEARCHES)
    assert answered.events == set(looking.EVENTS)
    assert answered.shortcuts == set(looking.SHORTCUTS)
    assert not tried[Pressed] & set(looking.BUTTONS)


ANYWHERE: Any = None
ALLOWED = {
    May.ANYBODY: set(ROLES),
    May.SOME_ADMINS: {"workspace admin", "schedule admin"},
    May.LOOKING: set(ROLES),
    May.SCHEDULE_ADMINS: {"workspace admin", "schedule admin"},
    May.CREATORS: set(ROLES) - set(NEVER),
    May.LINKING: set(ROLES) - set(NEVER),
    May.CONNECTIONS: {"workspace admin", "connection admin"},
    May.WORKSPACE_ADMINS: {"workspace admin"},
}


async def test_help_and_the_page_of_commands_say_who_may_as_the_table_does() -> None:
    words = listeners_of(*cast("tuple[Feature, ...]", handlers.FEATURES)).words
    wrong = []
    for action, which, proof in every(PROOFS):
        if which == "command":
            word = words[handle_of(proof.way(ANYWHERE, ANYWHERE))]
            can = {role for role, said in zip(ROLES, SAID[action][1:], strict=True) if said != "no"}
            wrong += [(action, word.name)] if can != ALLOWED.get(word.who_may) else []
    assert not wrong


def handle_of(way: Way) -> str:
    match way:
        case Typed(line):
            return line.split()[0]
        case Submitted(callback_id):
            return callback_id
        case Pressed(action_id) | Homed(action_id) | Sought(action_id):
            return action_id


@dataclass(slots=True)
class Registered:
    """What every feature asks to answer."""

    words: set[str] = field(default_factory=set[str])
    actions: set[str] = field(default_factory=set[str])
    views: set[str] = field(default_factory=set[str])
    searches: set[str] = field(default_factory=set[str])
    events: set[str] = field(default_factory=set[str])
    shortcuts: set[str] = field(default_factory=set[str])


def registered() -> Registered:
    listeners = listeners_of(*cast("tuple[Feature, ...]", handlers.FEATURES))
    shortcuts = {callback_id for ids in listeners.shortcuts.values() for callback_id in ids}
    words, events = set(listeners.words), listeners.events
    return Registered(words, listeners.actions, listeners.views, listeners.searches, events, shortcuts)


@pytest.mark.parametrize("name", ["otto", "gus"])
async def test_what_only_looks_changes_nothing_and_is_a_sentence(place: Town, name: str) -> None:
    before = len(place.desk.audit())
    for things in (place.own, place.foreign):
        about = Metadata(
            schedule_id=things.schedule, connection_id=things.connection, destination_id=things.destination
        )
        ways: list[Way] = [Typed(f"{word} payments") for word in looking.WORDS]
        ways += [Pressed(button, str(things.schedule), about) for button in looking.BUTTONS]
        ways += [Sought(search, "a", about) for search in looking.SEARCHES]
        for way in ways:
            assert "Something went wrong" not in await place.desk.ask(name, way), way
    assert len(place.desk.audit()) == before


@pytest.mark.parametrize(("role", "way"), cases())
async def test_everybody_may_what_the_table_says(place: Town, role: str, way: str) -> None:
    name, column = PEOPLE[role], ROLES.index(role) + 1
    wrong: list[str] = []
    for action, which, proof in every(PROOFS):
        if way not in (which, "forged") or (way == "forged" and not proof.names_things):
            continue
        things = place.foreign if way == "forged" else place.own
        expected = "no" if way == "forged" else SAID[action][column]
        found = await outcome(place, name, proof, things)
        if found != expected:
            tried = handle_of(proof.way(place, things))
            wrong.append(f"{action} by {which} ({tried}): the table says {expected}, it is {found}")
    assert not wrong, "\n".join(["", *wrong])


async def test_asking_touches_nothing_in_pagerduty(place: Town) -> None:
    world = place.baton.pagerduty.world
    before = len(world.log)
    for _action, _which, proof in every(PROOFS):
        if proof.instead is not None:
            await shows(place, "sam", proof.way(place, place.own), ASKED)
            await shows(place, "sam", proof.instead(place, place.own), ASKED)
    assert len(world.log) == before
    assert place.desk.last_line()


async def put_away(place: Town) -> None:
    """The schedule is archived, its destinations, connections, webhooks and requests are gone: what everybody sees of
    them in open modals and old messages is out of date."""
    now, things = place.baton.house.clock.now(), place.own
    async with place.baton.house.database.transaction() as tx:
        for statement in (
            update(Schedule).where(Schedule.id == things.schedule).values(archived_at=now),
            update(Destination).where(Destination.schedule_id == things.schedule).values(removed_at=now),
            update(Connection).where(Connection.id == things.connection).values(removed_at=now, secret=""),
            update(Webhook).where(Webhook.id == things.webhook).values(removed_at=now),
            update(SwapRequest).values(state="withdrawn", settled_by="UX", settled_at=now),
            update(CoverRequest).values(state="withdrawn"),
            update(AccessRequest).values(state="lapsed", settled_at=now),
        ):
            await tx.session.execute(statement)


STILL_THERE = {
    "say when one can't be on call",
    "choose one's public holidays",
    "add a calendar of one's own",
    "enter a member's times",
    "look at a member's times",
    "remove a member's time",
    "have the link to one's own shifts",
    "have a new link to one's own shifts",
    "look at an archived schedule",
    "bring a schedule back",
    "create a schedule",
    "add a connection",
    "replace a key",
    "add a calendar account",
    "change a calendar account's password",
    "change the workspace's settings",
    "choose what one hears of",
    "add a webhook",
    "see a connection",
    "see what is not well",
    "send a notice again",
}
"""What is about nothing that was put away."""


async def test_open_modals_and_old_buttons_about_what_is_gone_do_nothing_and_say_so(place: Town) -> None:
    wrong: list[str] = []
    for action, which, proof in every(PROOFS):
        if action in STILL_THERE or which in ("command", "search"):
            continue
        way = proof.way(place, place.own)
        await put_away(place)
        before = len(place.desk.audit())
        seen = await place.desk.ask("root", way)
        done = place.desk.audit()[before:]
        place.desk.restore()
        if done or "Something went wrong" in seen or not seen.text.strip():
            wrong.append(f"{action} by {which} ({handle_of(way)}): {done} {seen.text[-200:]!r}")
    assert not wrong, "\n".join(["", *wrong])


DOUBLED = {
    "create a schedule": "schedule.created",
    "add a member": "member.added",
    "assign a shift": "shift.assigned",
    "add a destination": "destination.added",
    "start PagerDuty updates": "sync.started",
    "add a webhook": "webhook.added",
}


@pytest.mark.parametrize("action", DOUBLED)
async def test_a_form_that_is_delivered_four_times_is_carried_out_once(place: Town, action: str) -> None:
    way = proofs_of(action, "form")[0].way(place, place.own)
    before = len(place.desk.audit())
    await place.desk.ask("root", way, times=4)
    assert place.desk.audit()[before:].count(DOUBLED[action]) == 1


NUMBERS = ("9" * MOST_DIGITS, "nonsense\x00\x01")
"""The largest that is taken for an id, and what is none; tests/handlers/kit/test_numbers.py has more of those."""
TEXTS = ("9" * 5000, "1e400", "nonsense\x00\x01")


def odd(state: dict[str, object]) -> Sequence[dict[str, object]]:
    """An element's state with what no client of Slack's would send."""
    if "selected_option" in state:
        return [option(value) for value in NUMBERS]
    if "selected_date_time" in state:
        return [{**state, "selected_date_time": 10**14}]
    return [text(value) for value in TEXTS] if "value" in state else []


@pytest.mark.parametrize("action", [action for action, proofs in PROOFS.items() if "form" in proofs])
async def test_ids_and_numbers_that_can_not_be_are_a_sentence(place: Town, action: str) -> None:
    for proof in proofs_of(action, "form"):
        way = proof.way(place, place.own)
        assert isinstance(way, Submitted)
        for name, state in way.fields.items():
            for strange in odd(state):
                await shows(place, "root", replace(way, fields={**way.fields, name: strange}))
        for number in (10**MOST_DIGITS - 1, 10**40):
            about = Metadata(schedule_id=number, connection_id=number, destination_id=number, token=str(number))
            await shows(place, "root", replace(way, metadata=about, private=None))


@pytest.mark.parametrize("action", [action for action, proofs in PROOFS.items() if "button" in proofs])
async def test_buttons_with_values_that_can_not_be_are_a_sentence(place: Town, action: str) -> None:
    largest, nonsense = NUMBERS
    for proof in proofs_of(action, "button"):
        way = proof.way(place, place.own)
        assert isinstance(way, Pressed)
        for value in (largest, nonsense, f"{largest}:1", f"{'9' * 5000}:x"):
            await shows(place, "root", replace(way, value=value))


def proofs_of(action: str, which: str) -> list[Proof]:
    return [proof for named, kind, proof in every(PROOFS) if (named, kind) == (action, which)]
