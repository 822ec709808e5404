"""Installations by OAuth: sealed at rest, found by team or organisation, and gone when uninstalled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import select

from bot.install import STATE_LIFE, SealedInstallationStore, SealedStateStore
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import Feed
from storage.tables import Installation as Row
from tests.support.migrated import lay

FIRST = "xoxb-first"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class HandClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    lay(tmp_path / "baton.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'baton.db'}")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def secrets() -> SecretBox:
    return SecretBox([Fernet.generate_key().decode()])


@pytest.fixture
def store(database: Database, secrets: SecretBox, clock: HandClock) -> SealedInstallationStore:
    return SealedInstallationStore(database, secrets, clock)


def installation(user: str = "U1", team: str | None = "T1", token: str = FIRST, **more: str | bool) -> Installation:
    return Installation(
        app_id="A1",
        team_id=team,
        user_id=user,
        bot_token=token,
        bot_id="B1",
        bot_user_id="UB",
        bot_scopes=["commands", "chat:write"],
        **more,  # pyright: ignore[reportArgumentType]
    )


async def find(store: SealedInstallationStore, team: str | None = "T1", enterprise: str | None = None) -> str | None:
    bot = await store.async_find_bot(enterprise_id=enterprise, team_id=team)
    return bot.bot_token if bot else None


async def test_what_was_installed_is_found_again_whole(store: SealedInstallationStore) -> None:
    await store.async_save(installation())
    found = await store.async_find_installation(enterprise_id=None, team_id="T1")
    assert found is not None
    assert (found.bot_token, found.bot_scopes, found.user_id) == ("xoxb-first", ["commands", "chat:write"], "U1")


async def test_tokens_are_sealed_at_rest(store: SealedInstallationStore, database: Database) -> None:
    await store.async_save(installation())
    async with database.read() as tx:
        [row] = await tx.session.scalars(select(Row))
    assert "xoxb" not in row.data


async def test_another_workspace_finds_nothing(store: SealedInstallationStore) -> None:
    await store.async_save(installation())
    assert await find(store, "T2") is None


async def test_the_newest_installation_speaks_for_the_workspace(
    store: SealedInstallationStore, clock: HandClock
) -> None:
    await store.async_save(installation("U1", token="xoxb-first"))
    clock.time += timedelta(minutes=1)
    await store.async_save(installation("U2", token="xoxb-second"))
    assert await find(store) == "xoxb-second"


async def test_installing_again_replaces_ones_own_installation(
    store: SealedInstallationStore, database: Database
) -> None:
    await store.async_save(installation(token="xoxb-first"))
    await store.async_save(installation(token="xoxb-second"))
    assert await find(store) == "xoxb-second"
    async with database.read() as tx:
        assert len(await tx.installations.all()) == 1


async def test_an_installation_for_a_whole_organisation_serves_its_teams(store: SealedInstallationStore) -> None:
    await store.async_save(installation(team=None, enterprise_id="E1", is_enterprise_install=True))
    assert await find(store, "T1", "E1") == "xoxb-first"
    found = await store.async_find_bot(enterprise_id="E1", team_id=None, is_enterprise_install=True)
    assert found is not None
    assert await find(store, "T1", "E2") is None


async def test_a_team_of_an_organisation_that_installed_for_itself_is_found_by_its_team(
    store: SealedInstallationStore,
) -> None:
    await store.async_save(installation(team="T1", token="xoxb-team", enterprise_id="E1"))
    await store.async_save(installation(team=None, token="xoxb-org", enterprise_id="E1", is_enterprise_install=True))
    assert await find(store, "T1", "E1") == "xoxb-team"
    assert await find(store, "T2", "E1") == "xoxb-org"


async def test_what_is_uninstalled_is_gone(store: SealedInstallationStore) -> None:
    await store.async_save(installation("U1"))
    await store.async_save(installation("U2"))
    await store.async_delete_installation(enterprise_id=None, team_id="T1")
    assert await find(store) is None


@pytest.mark.parametrize(("team", "enterprise"), [("T1", ""), ("T1", "E1"), ("", "E1")])
async def test_links_to_calendars_stop_where_baton_is_uninstalled(
    store: SealedInstallationStore, database: Database, team: str, enterprise: str
) -> None:
    async with database.transaction() as tx:
        for team_id, enterprise_id in (("T1", ""), ("T2", ""), ("", "E1")):
            workspace = await tx.people.ensure_workspace(team_id, enterprise_id, "Acme", NOW)
            kept = Feed(workspace_id=workspace.id, scope="user:U1", user_id="U1", digest=f"{workspace.id}", secret="s")
            kept.made_at, kept.made_by = NOW, "U1"
            await tx.feeds.add(kept)
    await store.async_delete_installation(enterprise_id=enterprise or None, team_id=team or None, user_id="U1")
    await store.async_delete_installation(enterprise_id=enterprise or None, team_id=team or None)
    async with database.read() as tx:
        left = [kept.team_id for n in ("1", "2", "3") if (kept := await tx.feeds.by_digest(n)) is not None]
    assert left == (["T2", ""] if team else ["T1", "T2"])


async def test_under_a_lost_key_nothing_is_found_and_nothing_breaks(
    store: SealedInstallationStore, database: Database, clock: HandClock
) -> None:
    await store.async_save(installation())
    other = SealedInstallationStore(database, SecretBox([Fernet.generate_key().decode()]), clock)
    assert await find(other) is None


async def test_after_each_installation_somebody_is_told(
    database: Database, secrets: SecretBox, clock: HandClock
) -> None:
    told: list[int] = []
    store = SealedInstallationStore(database, secrets, clock, lambda: told.append(1))
    await store.async_save(installation())
    assert told == [1]


async def test_a_state_is_good_for_ten_minutes_and_once(
    database: Database, secrets: SecretBox, clock: HandClock
) -> None:
    states = SealedStateStore(database, secrets, clock)
    state, late = await states.async_issue(), await states.async_issue()
    assert await states.async_consume(state)
    assert not await states.async_consume(state)
    assert not await SealedStateStore(database, secrets, clock).async_consume(state)
    clock.time += STATE_LIFE + timedelta(seconds=1)
    assert not await states.async_consume(late)


async def test_of_two_browsers_with_one_state_one_gets_in(
    database: Database, secrets: SecretBox, clock: HandClock
) -> None:
    states = SealedStateStore(database, secrets, clock)
    state = await states.async_issue()
    assert sorted(await asyncio.gather(*(states.async_consume(state) for _ in range(4)))) == [False, False, False, True]


@pytest.mark.parametrize("state", ["", "made up", "gAAAAABmade-up"])
async def test_a_state_that_baton_did_not_make_is_refused(
    database: Database, secrets: SecretBox, clock: HandClock, state: str
) -> None:
    assert not await SealedStateStore(database, secrets, clock).async_consume(state)


async def test_another_sealed_text_is_no_state(database: Database, secrets: SecretBox, clock: HandClock) -> None:
    states = SealedStateStore(database, secrets, clock)
    assert not await states.async_consume(secrets.seal("a PagerDuty key"))
    assert not await states.async_consume(secrets.seal(str(clock.now().timestamp())))
