"""Presence: user groups, channel topics and fallback people of roles"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _presence()
    _targets()
    op.create_table(
        "user_group",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(32), nullable=False),
        sa.Column("team_id", sa.String(32), nullable=False),
        sa.Column("handle", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_user_group_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "group_id", name="pk_user_group"),
    )
    op.create_table(
        "slack_grant",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("trouble", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_slack_grant_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_slack_grant"),
    )


def _presence() -> None:
    op.create_table(
        "presence",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(32), nullable=False),
        sa.Column("always", sa.JSON(), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        sa.Column("fallback", sa.String(32), nullable=False),
        sa.Column("fallback_exported", sa.Boolean(), nullable=False),
        sa.Column("on_edit", sa.String(16), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_presence_role_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name="fk_presence_schedule_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("role_id", name="pk_presence"),
    )
    for column in ("schedule_id", "group_id", "channel_id"):
        op.create_index(f"ix_presence_{column}", "presence", [column])


def _targets() -> None:
    op.create_table(
        "presence_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("written", sa.JSON(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_check", sa.Boolean(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_presence_target_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_presence_target"),
        sa.UniqueConstraint("workspace_id", "kind", "place", name="uq_presence_target_workspace_id_kind_place"),
    )
    op.create_index("ix_presence_target_due_at", "presence_target", ["due_at"])


def downgrade() -> None:
    for table in ("slack_grant", "user_group", "presence_target", "presence"):
        op.drop_table(table)
