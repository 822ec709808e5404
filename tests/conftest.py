"""Fixtures for tests that run Baton against the sandboxes; most tests need none, so imports are made where used."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import given, settings, strategies

from tests.support.soaking import examples

if TYPE_CHECKING:
    from sandbox.client import Person, Workspace
    from sandbox.pagerduty import PagerDutySandbox
    from sandbox.slack import SlackSandbox
    from tests.support.calendar_servers import CalendarServer
    from tests.support.running import Baton

# Plain tracebacks: the pretty ones take seconds each, in which an event loop answers nobody.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)

# Whatever the environment says: each process of the tests, and each that a test starts, would compile all of Baton.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How long an example takes says more about the other processes than about it.
settings.register_profile("suite", settings.default, deadline=None, max_examples=examples(100))
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl-C as ever, by a handler of ours, which asyncio leaves alone. In place of Python's own it puts one that costs
    the text of all that a fixture gives, a whole Baton, around each of them: python/cpython#112559, up to 3.11.7.

    The processes of one run learn which folder they share."""
    if hasattr(config, "workerinput"):
        os.environ["SUITE_FOLDER"] = str(Path(config.option.basetemp).parent)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    signal.default_int_handler(number, frame)


def pytest_collectstart() -> None:
    """Nothing that collecting makes is garbage, and looking for it takes a seventh of the time. It is on again where
    collecting ends, which is also where it fails; the process that only hands out tests to others never collects."""
    gc.disable()


def pytest_collection(session: pytest.Session) -> None:
    """Each process of a run begins to import at another place. In a fresh copy of the repository nothing is compiled,
    which takes longer than all the rest of collecting; so each compiles a part, and finds the other parts compiled."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.args != session.config.getini("testpaths"):
        return
    gc.disable()
    modules = sorted(Path(__file__).parent.rglob("test_*.py"))
    number = int(worker["workerid"].removeprefix("gw"))
    first = len(modules) * number // worker["workercount"]
    for module in modules[first:] + modules[:first]:
        name = ".".join(module.relative_to(session.config.rootpath).with_suffix("").parts)
        with contextlib.suppress(Exception, pytest.skip.Exception):  # collecting meets it again, and says so
            importlib.import_module(name)


def pytest_xdist_auto_num_workers() -> int:
    """Two processes more than there are cores: half of the time a test waits for something."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, the longest of them before all, so that at the end no process is alone with them."""
    items.sort(key=_seconds, reverse=True)


def _seconds(item: pytest.Item) -> int:
    """About how long it takes; most of those that are marked wait for other processes."""
    marker = item.get_closest_marker("slow")
    return 0 if marker is None else int(marker.kwargs.get("seconds", 1))


def pytest_collection_finish() -> None:
    """What is there by now stays: looking through it for garbage again and again takes a tenth of the time."""
    _without_callbacks_of_hypothesis()
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 10, 20)
    gc.enable()


def _without_callbacks_of_hypothesis() -> None:
    """From its first test on Hypothesis measures each collection of garbage. An exception there is lost: a test that
    runs out of time in that moment goes on without a limit, and has a warning in place of a failure."""
    settings(max_examples=1, database=None)(given(strategies.none())(lambda _: None))()
    gc.callbacks[:] = [one for one in gc.callbacks if not str(getattr(one, "__module__", "")).startswith("hypothesis")]


@pytest.fixture(autouse=True)
def locks_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that takes locks out of their one order fails, also where nobody else wants them."""
    from storage import order

    def fail(what: str) -> None:
        raise AssertionError(f"locks out of order: {what}")

    monkeypatch.setattr(order, "out_of_order", fail)


@pytest.fixture(scope="session")
def postgres(testrun_uid: str) -> Iterator[str]:
    """The address of this run's PostgreSQL; :func:`tests.support.postgres.new_database` makes a database in it."""
    from tests.support.postgres import running_server

    with running_server(testrun_uid) as address:
        yield address


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    """A real Radicale, once for each process of the tests; a test makes a calendar of its own."""
    from tests.support.calendar_servers import radicale

    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    """The same with Xandikos."""
    from tests.support.calendar_servers import xandikos

    with xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@pytest.fixture
async def slack() -> AsyncGenerator[SlackSandbox]:
    from sandbox.slack import SlackSandbox

    async with SlackSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
async def pagerduty() -> AsyncGenerator[PagerDutySandbox]:
    """The account `acme` with Alice Johnson, Bob Smith and others, and the schedule "Platform primary"."""
    from sandbox.pagerduty import PagerDutySandbox

    async with PagerDutySandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
async def ws(slack: SlackSandbox) -> AsyncGenerator[Workspace]:
    """Alice, Bob and Carol, whom PagerDuty knows, Zoe, whom it doesn't, Root, who administers Slack; and #ops."""
    from sandbox.client import Workspace

    async with Workspace.connect(slack.control_url) as workspace:
        zone = "Europe/Berlin"
        await workspace.add_user("alice", real_name="Alice Johnson", email="alice@example.com", tz=zone)
        await workspace.add_user("bob", real_name="Bob Smith", email="bob@example.com", tz="America/New_York")
        await workspace.add_user("carol", real_name="Carol Diaz", email="carol@example.com", tz="UTC")
        await workspace.add_user("zoe", real_name="Zoe Stranger", email="zoe@elsewhere.example", tz="Asia/Kolkata")
        await workspace.add_user("root", real_name="Root Admin", email="root@example.com", tz="UTC", is_admin=True)
        await workspace.add_channel("ops", members=["alice", "bob", "carol", "zoe", "root"])
        yield workspace


@pytest.fixture
async def baton(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> AsyncGenerator[Baton]:
    """A running Baton that is connected by Socket Mode."""
    from tests.support.running import baton_beside

    async with baton_beside(slack, pagerduty, tmp_path / "baton.db") as running:
        await ws.connected()
        yield running


@pytest.fixture
async def beside_calendars(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> AsyncGenerator[Baton]:
    """A running Baton that may reach calendar servers on loopback."""
    from tests.support.calendars_in_slack import baton_with_calendars

    async with baton_with_calendars(slack, pagerduty, ws, tmp_path / "baton.db") as running:
        yield running


@pytest.fixture
def alice(ws: Workspace) -> Person:
    return ws.person("alice")


@pytest.fixture
def bob(ws: Workspace) -> Person:
    return ws.person("bob")
