"""Who paused a destination"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("destination") as table:
        table.add_column(sa.Column("paused_by", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("destination") as table:
        table.alter_column("paused_by", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("destination") as table:
        table.drop_column("paused_by")
