"""Whom a request for cover was asked one after the other, what they said, and when the next one is asked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cover_request") as batch:
        batch.add_column(sa.Column("everybody", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("moves_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("step", sa.Integer(), nullable=False, server_default="0"))
        batch.create_index(op.f("ix_cover_request_moves_at"), ["moves_at"])
    op.create_table(
        "cover_asked",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(8), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["cover_request.id"],
            name=op.f("fk_cover_asked_request_id_cover_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "user_id", name=op.f("pk_cover_asked")),
    )


def downgrade() -> None:
    op.drop_table("cover_asked")
    with op.batch_alter_table("cover_request", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_index(op.f("ix_cover_request_moves_at"))
        batch.drop_column("step")
        batch.drop_column("moves_at")
        batch.drop_column("everybody")
