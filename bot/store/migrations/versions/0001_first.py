"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "caps",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "user", name=op.f("pk_caps")),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_scope", "changes", ["team", "channel", "user", "at"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("giver", sa.Text(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_scope", "grants", ["team", "channel", "user", "ends"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("doing", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=True),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("mask", sa.Text(), nullable=True),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("each", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("table_version", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("root", sa.Text(), nullable=True),
        sa.Column("task", sa.Text(), nullable=True),
        sa.Column("submitted", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("charged", sa.Integer(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("reply_url", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("team", "id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_asker", "jobs", ["team", "asker", "created"], unique=False)
    op.create_index(
        "ix_jobs_open",
        "jobs",
        ["created"],
        unique=False,
        sqlite_where=sa.text(
            "state IN ('queued', 'submitting', 'running', 'delivering') OR doing IS NOT NULL"
        ),
        postgresql_where=sa.text(
            "state IN ('queued', 'submitting', 'running', 'delivering') OR doing IS NOT NULL"
        ),
    )
    op.create_index("ix_jobs_parent", "jobs", ["team", "parent"], unique=False)
    op.create_index("ix_jobs_root", "jobs", ["team", "channel", "root"], unique=False)
    op.create_index("ix_jobs_source", "jobs", ["team", "channel", "source"], unique=False)
    op.create_index("ix_jobs_thread", "jobs", ["team", "channel", "thread"], unique=False)
    op.create_table(
        "pauses",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", name=op.f("pk_pauses")),
    )
    op.create_table(
        "seen",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "ts", name=op.f("pk_seen")),
    )
    op.create_table(
        "usage",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("held", BIG, nullable=False),
        sa.Column("charged", BIG, nullable=False),
        sa.Column("unknown", BIG, nullable=False),
        sa.Column("granted", BIG, nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "user", "day", name=op.f("pk_usage")),
    )
    op.create_index("ix_usage_user", "usage", ["team", "user", "day"], unique=False)
    op.create_table(
        "workspaces",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", name=op.f("pk_workspaces")),
    )
    op.create_table(
        "contents",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team", "job"], ["jobs.team", "jobs.id"], name=op.f("fk_contents_team_job")
        ),
        sa.PrimaryKeyConstraint("team", "job", "number", name=op.f("pk_contents")),
    )
    op.create_table(
        "draws",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("grant", sa.Integer(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["grant"], ["grants.id"], name=op.f("fk_draws_grant")),
        sa.ForeignKeyConstraint(
            ["team", "job"], ["jobs.team", "jobs.id"], name=op.f("fk_draws_team_job")
        ),
        sa.PrimaryKeyConstraint("team", "job", "grant", name=op.f("pk_draws")),
    )
    op.create_table(
        "ledger",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("table_version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team", "job"], ["jobs.team", "jobs.id"], name=op.f("fk_ledger_team_job")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger")),
        sa.UniqueConstraint("team", "job", "kind", name=op.f("uq_ledger_team_job_kind")),
    )
    op.create_index(
        "uq_ledger_ended",
        "ledger",
        ["team", "job"],
        unique=True,
        sqlite_where=sa.text("kind IN ('charged', 'released')"),
        postgresql_where=sa.text("kind IN ('charged', 'released')"),
    )
    op.create_table(
        "pictures",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team", "job"], ["jobs.team", "jobs.id"], name=op.f("fk_pictures_team_job")
        ),
        sa.PrimaryKeyConstraint("team", "job", "number", name=op.f("pk_pictures")),
    )
    op.create_index("ix_pictures_file", "pictures", ["team", "file"], unique=False)
