"""Coverage that spans days, and turns that are counted over covered time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rotation_version") as table:
        table.add_column(sa.Column("covers_until_day", sa.Integer(), nullable=True))
        table.add_column(sa.Column("counts", sa.String(16), nullable=False, server_default="calendar"))


def downgrade() -> None:
    with op.batch_alter_table("rotation_version") as table:
        table.drop_column("counts")
        table.drop_column("covers_until_day")
