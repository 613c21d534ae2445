"""Old prompts found by an index, no reasons in the record of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

PROMPT = sa.text("prompt IS NOT NULL")


def upgrade() -> None:
    """Old prompts found by an index, no reasons in the record of changes."""
    op.create_index(
        "ix_jobs_prompt",
        "jobs",
        ["created"],
        unique=False,
        sqlite_where=PROMPT,
        postgresql_where=PROMPT,
    )
    _without_reasons(op.get_bind())


def _without_reasons(connection: sa.Connection) -> None:
    """A grant's reason stands beside the grant, where it is erased by age."""
    changes = sa.table("changes", sa.column("id"), sa.column("what"))
    for row in connection.execute(
        sa.select(changes).where(changes.c.what.like("grant %: %"))
    ).fetchall():
        what = row.what.partition(": ")[0]
        connection.execute(changes.update().where(changes.c.id == row.id).values(what=what))
