"""Of which causes of trouble the admins of a destination were told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("destination") as table:
        table.add_column(sa.Column("told_causes", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("destination") as table:
        table.alter_column("told_causes", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("destination") as table:
        table.drop_column("told_causes")
