"""When each schedule has something to tell next, and when everything was looked at last"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("told") as table:
        table.add_column(
            sa.Column("look_at", sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01 00:00:00+00:00")
        )
        table.create_index(op.f("ix_told_look_at"), ["look_at"])
    with op.batch_alter_table("told") as table:
        table.alter_column("look_at", server_default=None)
    op.create_table(
        "watch_look",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_look")),
    )


def downgrade() -> None:
    op.drop_table("watch_look")
    with op.batch_alter_table("told") as table:
        table.drop_index(op.f("ix_told_look_at"))
        table.drop_column("look_at")
