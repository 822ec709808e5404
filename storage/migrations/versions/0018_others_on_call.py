"""Who is on call at a destination without its own items, as the last looks told it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("observation") as table:
        table.add_column(sa.Column("others_layers", sa.JSON(), nullable=True))
        table.add_column(sa.Column("others_overrides", sa.JSON(), nullable=True))
        table.add_column(sa.Column("others_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("observation") as table:
        table.drop_column("others_until")
        table.drop_column("others_overrides")
        table.drop_column("others_layers")
