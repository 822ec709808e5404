"""Indexes for what the clock asks, and when accounts, workspaces and targets are looked at next"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

LIVE = "removed_at IS NULL"
KEPT = "archived_at IS NULL"
INDEXES: list[tuple[str, str, list[str], str | None]] = [
    ("ix_destination_refresh_due_at", "destination", ["refresh_due_at"], LIVE),
    ("ix_destination_dirty", "destination", ["id"], f"{LIVE} AND dirty > 0"),
    ("ix_schedule_extended_until", "schedule", ["horizon_days", "extended_until"], KEPT),
    ("ix_schedule_extended_with", "schedule", ["extended_with"], KEPT),
    ("ix_connection_relist_at", "connection", ["relist_at"], LIVE),
    ("ix_workspace_look_at", "workspace", ["look_at"], None),
    ("ix_presence_target_check_at", "presence_target", ["check_at"], "due_at IS NULL"),
    ("ix_presence_target_taken_until", "presence_target", ["taken_until"], "taken_until IS NOT NULL"),
    ("ix_swap_request_state", "swap_request", ["state"], None),
    ("ix_op_created_at", "op", ["created_at"], None),
    ("ix_home_view_opened_at", "home_view", ["opened_at"], None),
    ("ix_wish_ends_at", "wish", ["ends_at"], None),
    ("ix_outbox_created_at", "outbox", ["created_at"], None),
]
THOSE_THAT_ARE = [
    ("ix_person_gone", "person", ["workspace_id", "user_id"], "deleted"),
    ("ix_presence_exported", "presence", ["role_id"], "fallback_exported"),
]
INSTANTS = (("connection", "relist_at"), ("workspace", "look_at"), ("presence_target", "check_at"))
BY_BYTES = 'ALTER TABLE outbox ALTER COLUMN key TYPE varchar(255) COLLATE "{collation}"'


def upgrade() -> None:
    for table, name in INSTANTS:  # with a default, for a process of the version before that goes on beside
        column = sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01 00:00:00")
        op.add_column(table, column)
    for name, table, columns, condition in INDEXES:
        op.create_index(op.f(name), table, columns, **_where(condition))
    for name, table, columns, true in THOSE_THAT_ARE:
        here, there = sa.text(f"{true} IS 1"), sa.text(f"{true} IS true")
        op.create_index(op.f(name), table, columns, sqlite_where=here, postgresql_where=there)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(BY_BYTES.format(collation="C"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(BY_BYTES.format(collation="default"))
    for name, table, _columns, _condition in reversed([*INDEXES, *THOSE_THAT_ARE]):
        op.drop_index(op.f(name), table)
    for table, name in INSTANTS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)


def _where(condition: str | None) -> Any:
    return {f"{kind}_where": sa.text(condition) for kind in ("sqlite", "postgresql")} if condition else {}
