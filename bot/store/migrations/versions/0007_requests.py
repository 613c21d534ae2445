"""A notice on its way is claimed by one process."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A notice on its way is claimed by one process, for a while."""
    op.add_column("deliveries", sa.Column("claimed_by", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("claimed_until", sa.BigInteger(), nullable=True))
