"""Called by Alembic; the connection comes from :mod:`storage.migrations`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from storage import tables
from storage.columns import Base, UtcDateTime

assert tables.Workspace.metadata is Base.metadata


def _render(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Migrations name plain column types, so that they don't depend on code that changes."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
