"""Which overrides of ours somebody else removed after they had been seen to show"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_item", sa.Column("taken_out", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("ledger_item") as table:
        table.alter_column("taken_out", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("ledger_item") as table:
        table.drop_column("taken_out")
