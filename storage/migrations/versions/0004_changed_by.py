"""Who made what a pending change takes back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pending_change") as table:
        table.add_column(sa.Column("changed_by", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("pending_change") as table:
        table.alter_column("changed_by", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("pending_change") as table:
        table.drop_column("changed_by")
