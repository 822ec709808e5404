"""What the world of the engine's tests has in its database: a schedule of two roles, linked to PagerDuty."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.database import Database
from storage.tables import Connection, Destination, Member, Person, Schedule
from sync.core.model import Mode

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = {"UALICE": "alice", "UBOB": "bob", "UCAROL": "carol", "UZOE": "zoe"}
"""Slack users; zoe is nobody in PagerDuty."""


async def store_world(
    database: Database, secret: str, external_id: str, mode: Mode, horizon_days: int
) -> tuple[int, int, int]:
    async with database.transaction() as tx:
        workspace = await tx.people.ensure_workspace("T1", "", "Acme", START)
        await tx.people.keep(_person(workspace.id, user, name) for user, name in PEOPLE.items())
        team = await tx.schedules.ensure_team(workspace.id, "Payments team")
        schedule = await tx.schedules.add(
            _schedule(workspace.id, team.id, horizon_days),
            ["Primary", "Secondary"],
            [Member(user_id=u, access="admin" if u == "UALICE" else "member", assignable=True) for u in PEOPLE],
        )
        role = (await tx.schedules.roles(schedule.id))[0]
        connection = await tx.connections.add(_connection(workspace.id, secret))
        await tx.connections.set_admins(connection.id, ["UALICE"])
        destination = await tx.destinations.add(
            Destination(
                schedule_id=schedule.id,
                role_id=role.id,
                connection_id=connection.id,
                external_id=external_id,
                external_kind="v2",
                external_name="Payments",
                mode=mode,
                status="pending",
                refresh_due_at=START,
                created_at=START,
            )
        )
        return destination.id, schedule.id, role.id


def _person(workspace_id: int, user: str, name: str) -> Person:
    return Person(
        workspace_id=workspace_id,
        user_id=user,
        name=name,
        real_name=name.title(),
        email=f"{name}@example.com",
        seen_at=START,
    )


def _schedule(workspace_id: int, team_id: int, horizon_days: int) -> Schedule:
    return Schedule(
        workspace_id=workspace_id,
        team_id=team_id,
        public_id="s-1",
        name="Payments",
        name_key="payments",
        time_zone="Europe/Berlin",
        horizon_days=horizon_days,
        confirm_mode="by_hand",
        created_at=START,
        created_by="UALICE",
    )


def _connection(workspace_id: int, secret: str) -> Connection:
    return Connection(
        workspace_id=workspace_id,
        kind="pagerduty",
        subdomain="acme",
        region="us",
        secret=secret,
        state="ok",
        checked_at=START,
        created_at=START,
        created_by="UALICE",
    )


async def add_linked(database: Database, external_id: str, name: str) -> None:
    async with database.transaction() as tx:
        schedule = await tx.schedules.add(
            Schedule(
                workspace_id=1,
                team_id=1,
                public_id=f"s-{external_id}",
                name=name,
                name_key=name.lower(),
                time_zone="Europe/Berlin",
                horizon_days=30,
                confirm_mode="by_hand",
                created_at=START,
                created_by="UALICE",
            ),
            ["Primary"],
            [Member(user_id=u, access="admin", assignable=True) for u in PEOPLE],
        )
        (role,) = await tx.schedules.roles(schedule.id)
        await tx.destinations.add(
            Destination(
                schedule_id=schedule.id,
                role_id=role.id,
                connection_id=1,
                external_id=external_id,
                external_kind="v2",
                external_name=name,
                mode=Mode.AUTHORITATIVE,
                status="pending",
                refresh_due_at=START,
                created_at=START,
            )
        )
