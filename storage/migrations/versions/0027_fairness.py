"""Roles that are filled fairly: how, what was dealt, and why"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fair_state",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        _within("fair_state", "schedule"),
        sa.PrimaryKeyConstraint("schedule_id", name="pk_fair_state"),
    )
    op.create_index("ix_fair_state_due_at", "fair_state", ["due_at"])
    op.create_table(
        "fair_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("says", sa.JSON(), nullable=False),
        _within("fair_version", "schedule"),
        _within("fair_version", "role"),
        sa.PrimaryKeyConstraint("id", name="pk_fair_version"),
    )
    for column in ("schedule_id", "role_id"):
        op.create_index(f"ix_fair_version_{column}", "fair_version", [column])
    _deals()


def _deals() -> None:
    op.create_table(
        "fair_deal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quality", sa.String(8), nullable=False),
        sa.Column("solver", sa.String(16), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("compromises", sa.JSON(), nullable=False),
        _within("fair_deal", "schedule"),
        sa.PrimaryKeyConstraint("id", name="pk_fair_deal"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fair_deal_schedule_id_made_at", "fair_deal", ["schedule_id", "made_at"])
    op.create_table(
        "fair_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        *(_within("fair_choice", parent) for parent in ("fair_deal", "schedule", "role")),
        sa.PrimaryKeyConstraint("id", name="pk_fair_choice"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fair_choice_schedule_id_ends_at", "fair_choice", ["schedule_id", "ends_at"])
    op.create_index("ix_fair_choice_deal_id", "fair_choice", ["deal_id"])


def _within(table: str, parent: str) -> sa.ForeignKeyConstraint:
    """Rows go with what they belong to."""
    column = "deal_id" if parent == "fair_deal" else f"{parent}_id"
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=f"fk_{table}_{column}_{parent}", ondelete="CASCADE")


def downgrade() -> None:
    for table in ("fair_choice", "fair_deal", "fair_version", "fair_state"):
        op.drop_table(table)
