"""The zone rules that a schedule was laid out with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("schedule") as table:
        table.add_column(sa.Column("zone_rules", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("schedule") as table:
        table.drop_column("zone_rules")
