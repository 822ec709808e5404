"""What others had where something was written"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("op") as table:
        table.add_column(sa.Column("beside", sa.JSON(), nullable=True))
        table.add_column(sa.Column("covers", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("op") as table:
        table.drop_column("covers")
        table.drop_column("beside")
