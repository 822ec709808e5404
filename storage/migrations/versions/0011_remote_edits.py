"""What people changed at a destination and may take back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remote_edit",
        sa.Column("destination_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beyond", sa.Boolean(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=True),
        sa.Column("after", sa.String(length=32), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination_id"],
            ["destination.id"],
            name=op.f("fk_remote_edit_destination_id_destination"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("destination_id", "starts_at", "beyond", name=op.f("pk_remote_edit")),
    )


def downgrade() -> None:
    op.drop_table("remote_edit")
