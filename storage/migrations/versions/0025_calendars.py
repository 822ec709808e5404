"""Which system a destination is of, and room for the ids that calendar servers give"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0026"
branch_labels = None
depends_on = None

ID, PERSON, BEFORE = sa.String(512), sa.String(320), sa.String(64)

WIDER = {
    "external_schedule": {"external_id": ID},
    "external_user": {"external_id": PERSON},
    "destination": {"external_id": ID},
    "base_segment": {"user": PERSON},
    "ledger_item": {"external_schedule_id": ID, "remote_id": ID, "user": PERSON, "on_line": ID, "overridden": PERSON},
    "op": {"user": PERSON, "on_line": ID, "overridden": PERSON, "remote_id": ID},
    "pending_change": {"before": PERSON, "after": PERSON},
}


def upgrade() -> None:
    for name, columns in WIDER.items():
        with op.batch_alter_table(name) as table:
            for column, wide in columns.items():
                table.alter_column(column, existing_type=BEFORE, type_=wide)
            if name == "destination":
                table.add_column(sa.Column("system", sa.String(32), nullable=False, server_default="pagerduty"))
    with op.batch_alter_table("destination") as table:
        table.alter_column("system", server_default=None)


def downgrade() -> None:
    for name, columns in reversed(WIDER.items()):
        with op.batch_alter_table(name) as table:
            if name == "destination":
                table.drop_column("system")
            for column, wide in columns.items():
                table.alter_column(column, existing_type=wide, type_=BEFORE)
