"""Who may use what: admins of connections, requests for their use, guests, and who may make schedules"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHO_DECIDED_SO_FAR = """
    INSERT INTO connection_admin (connection_id, user_id)
    SELECT id, created_by FROM connection
    UNION
    SELECT destination.connection_id, member.user_id
    FROM destination JOIN member ON member.schedule_id = destination.schedule_id
    WHERE destination.removed_at IS NULL AND member.access = 'admin'
"""
"""So that nothing stops: whoever added a connection, and the admins of the schedules that use it."""


def upgrade() -> None:
    op.create_table(
        "connection_admin",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name="fk_connection_admin_connection_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", "user_id", name="pk_connection_admin"),
    )
    _requests()
    _add("workspace", sa.Column("creators", sa.String(16), nullable=False, server_default="everybody"))
    _add("workspace", sa.Column("listed_creators", sa.JSON(), nullable=False, server_default="[]"))
    _add("person", sa.Column("is_guest", sa.Boolean(), nullable=False, server_default=sa.false()))
    _add("person", sa.Column("is_stranger", sa.Boolean(), nullable=False, server_default=sa.false()))
    _add("connection", sa.Column("admins_told", sa.Boolean(), nullable=False, server_default=sa.false()))
    _add("webhook", sa.Column("hears_all", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("connection") as table:
        table.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(WHO_DECIDED_SO_FAR)


def _requests() -> None:
    op.create_table(
        "access_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("settled_by", sa.String(32), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_access_request_workspace_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name="fk_access_request_connection_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name="fk_access_request_schedule_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_access_request"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_request_connection_id_state", "access_request", ["connection_id", "state"])
    op.create_index("ix_access_request_state", "access_request", ["state"])


def _add(table: str, column: sa.Column[object]) -> None:
    """With a value for the rows there are; new ones say it themselves."""
    with op.batch_alter_table(table) as batch:
        batch.add_column(column)
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column.name, server_default=None)


def downgrade() -> None:
    op.drop_table("access_request")
    op.drop_table("connection_admin")
    for table, columns in {
        "workspace": ["creators", "listed_creators"],
        "person": ["is_guest", "is_stranger"],
        "connection": ["admins_told", "removed_at"],
        "webhook": ["hears_all"],
    }.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
