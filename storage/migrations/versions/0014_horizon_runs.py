"""How far each schedule was extended, and why one can't be"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXTS = (("extended_with", sa.String(length=32)), ("extending_fails", sa.Text()))


def upgrade() -> None:
    with op.batch_alter_table("schedule") as table:
        table.add_column(sa.Column("extended_until", sa.DateTime(timezone=True), nullable=True))
        for name, kind in TEXTS:
            table.add_column(sa.Column(name, kind, nullable=False, server_default=""))
    with op.batch_alter_table("schedule") as table:
        for name, _kind in TEXTS:
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("schedule") as table:
        for name, _kind in TEXTS:
            table.drop_column(name)
        table.drop_column("extended_until")
