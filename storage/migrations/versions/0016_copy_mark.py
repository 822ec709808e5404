"""How often this database wrote to the outside, and since when a destination waits because it is an older copy"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NAMES = uuid.UUID("5b0f1f0e-6a53-4f0a-9d4e-6c1f5d5a7a15")


def upgrade() -> None:
    table = op.create_table(
        "copy_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("database", sa.String(length=36), nullable=False),
        sa.Column("writes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_mark")),
    )
    op.bulk_insert(table, [{"id": 1, "database": _name(), "writes": 0, "place": ""}])
    op.add_column("destination", sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True))


def _name() -> str:
    """The same for every backup of one installation, so that those made before this revision are known as well."""
    first = sa.text("SELECT enterprise_id, team_id, created_at FROM workspace ORDER BY id LIMIT 1")
    found = op.get_bind().execute(first).first()
    return str(uuid.uuid5(NAMES, repr([str(part) for part in found])) if found else uuid.uuid4())


def downgrade() -> None:
    with op.batch_alter_table("destination") as table:
        table.drop_column("restored_at")
    op.drop_table("copy_mark")
