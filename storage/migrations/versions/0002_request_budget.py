"""A budget of requests that all processes of a key share"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_budget",
        sa.Column("credential", sa.String(length=64), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("routine_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urgent_from", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("credential", name=op.f("pk_request_budget")),
    )


def downgrade() -> None:
    op.drop_table("request_budget")
