"""What is erased or deleted by age is found by an index on that age."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What is erased or deleted by age is found by an index on that age."""
    _few("ix_jobs_offer", "jobs", "created", "day IS NULL")
    _few("ix_grants_reason", "grants", "given", "reason <> ''")
    _few("ix_petitions_words", "petitions", "decided", "why <> '' OR answer <> ''")
    for table in ("seen", "alerts", "notices"):
        op.create_index(f"ix_{table}_at", table, ["at"], unique=False)


def _few(name: str, table: str, column: str, where: str) -> None:
    """An index of the rows for which this holds."""
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        [column],
        unique=False,
        sqlite_where=condition,
        postgresql_where=condition,
    )
