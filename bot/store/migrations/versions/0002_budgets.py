"""Policies, petitions, notices, preferences and the calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Policies, petitions, notices, preferences and the calendar."""
    op.create_table(
        "alerts",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "team", "channel", "user", "period", "first", "level", name=op.f("pk_alerts")
        ),
    )
    op.create_table(
        "calendar",
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("first_weekday", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("since", name=op.f("pk_calendar")),
    )
    op.create_table(
        "homes",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "user", name=op.f("pk_homes")),
    )
    op.create_table(
        "notices",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "key", name=op.f("pk_notices")),
    )
    op.create_index(
        "ix_notices_untold",
        "notices",
        ["at"],
        unique=False,
        sqlite_where=sa.text("told < version"),
        postgresql_where=sa.text("told < version"),
    )
    op.create_table(
        "policies",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("approve_from", sa.Integer(), nullable=True),
        sa.Column("levels", sa.Text(), nullable=True),
        sa.Column("spenders", sa.Text(), nullable=True),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", name=op.f("pk_policies")),
    )
    op.create_table(
        "preferences",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("skip_below", sa.Integer(), nullable=True),
        sa.Column("size", sa.Text(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("team", "user", name=op.f("pk_preferences")),
    )
    op.create_table(
        "deliveries",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team", "key"], ["notices.team", "notices.key"], name=op.f("fk_deliveries_team_key")
        ),
        sa.PrimaryKeyConstraint("team", "key", "target", name=op.f("pk_deliveries")),
    )
    op.create_table(
        "petitions",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("lapses", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team", "job"], ["jobs.team", "jobs.id"], name=op.f("fk_petitions_team_job")
        ),
        sa.PrimaryKeyConstraint("team", "id", name=op.f("pk_petitions")),
    )
    op.create_index("ix_petitions_job", "petitions", ["team", "job"], unique=False)
    op.create_index("ix_petitions_open", "petitions", ["verdict", "lapses"], unique=False)
    op.add_column("jobs", sa.Column("computed", sa.Integer(), nullable=True))
    op.create_index("ix_ledger_page", "ledger", ["team", "day", "channel"], unique=False)
