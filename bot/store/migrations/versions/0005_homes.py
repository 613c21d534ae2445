"""Nobody remembers any more who has opened App Home: it is published to whoever looks."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nobody remembers any more who has opened App Home."""
    op.drop_table("homes")
