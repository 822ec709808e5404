"""Calendar feeds: links, what marks a change of shifts, who holds shifts where, and shifts that were cancelled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shift", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    _links()
    _marks()
    op.execute(
        "INSERT INTO shift_holder (schedule_id, user_id) "
        "SELECT DISTINCT schedule_id, user_id FROM shift WHERE user_id IS NOT NULL"
    )


def downgrade() -> None:
    for table in ("cancelled_shift", "shift_holder", "shift_mark", "feed"):
        op.drop_table(table)
    op.drop_column("shift", "changed_at")


def _links() -> None:
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        _of("feed", "workspace"),
        _of("feed", "schedule"),
        _of("feed", "role"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("workspace_id", "scope", name=op.f("uq_feed_workspace_id_scope")),
        sa.UniqueConstraint("digest", name=op.f("uq_feed_digest")),
    )


def _marks() -> None:
    op.create_table(
        "shift_mark",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        _of("shift_mark", "schedule"),
        sa.PrimaryKeyConstraint("schedule_id", name=op.f("pk_shift_mark")),
    )
    op.create_table(
        "shift_holder",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        _of("shift_holder", "schedule"),
        sa.PrimaryKeyConstraint("schedule_id", "user_id", name=op.f("pk_shift_holder")),
    )
    op.create_index(op.f("ix_shift_holder_user_id"), "shift_holder", ["user_id"])
    op.create_table(
        "cancelled_shift",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=False),
        _of("cancelled_shift", "schedule"),
        _of("cancelled_shift", "role"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancelled_shift")),
    )
    op.create_index(op.f("ix_cancelled_shift_schedule_id"), "cancelled_shift", ["schedule_id"])
    op.create_index(op.f("ix_cancelled_shift_cancelled_at"), "cancelled_shift", ["cancelled_at"])


def _of(table: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{other}_id_{other}")
    return sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=name, ondelete="CASCADE")
