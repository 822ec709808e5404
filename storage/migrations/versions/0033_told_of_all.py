"""What was told of every schedule, so that a look needs not ask of which ones nothing is known"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0028"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
SCHEDULE = sa.table("schedule", sa.column("id"), sa.column("created_at"))
TOLD = sa.table("told", *(sa.column(name) for name in ("schedule_id", "users", "told_at", "serial", "look_at")))


def upgrade() -> None:
    at_once = sa.literal(datetime(1970, 1, 1, tzinfo=UTC), INSTANT)
    unknown = sa.select(SCHEDULE.c.id, sa.literal({}, sa.JSON()), SCHEDULE.c.created_at, sa.literal(0), at_once)
    unknown = unknown.where(SCHEDULE.c.id.not_in(sa.select(TOLD.c.schedule_id)))
    op.execute(TOLD.insert().from_select([column.name for column in TOLD.columns], unknown))


def downgrade() -> None:
    """What is known to have been told stays known."""
