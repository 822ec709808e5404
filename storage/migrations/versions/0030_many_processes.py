"""What one request leaves for the next one, whichever process gets that; when tokens of Slack are to be renewed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carried",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_carried")),
    )
    op.create_index(op.f("ix_carried_at"), "carried", ["at"])
    with op.batch_alter_table("installation") as batch:
        batch.add_column(sa.Column("renew_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_index(op.f("ix_installation_renew_at"), ["renew_at"])
        batch.create_index(op.f("ix_installation_team_id"), ["team_id"])


def downgrade() -> None:
    with op.batch_alter_table("installation") as batch:
        batch.drop_index(op.f("ix_installation_team_id"))
        batch.drop_index(op.f("ix_installation_renew_at"))
        batch.drop_column("renew_at")
    op.drop_index(op.f("ix_carried_at"), "carried")
    op.drop_table("carried")
