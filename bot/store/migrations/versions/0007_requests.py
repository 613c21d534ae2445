"""Petitions are approval requests; one process tells a notice, and asks for a lost task."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEPT = ("team", "id", "channel", "thread", "asker", "job", "credits", "why", "asked", "lapses")
KINDS = {"petition": "request", "verdict": "decision"}  # of notices, as they are called now


def upgrade() -> None:
    """Approval requests with their decisions, what notices say of them; claims, and looks."""
    op.add_column("jobs", sa.Column("looked", sa.BigInteger(), nullable=True))
    op.add_column("deliveries", sa.Column("claimed_by", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("claimed_until", sa.BigInteger(), nullable=True))
    op.create_table(
        "approval_requests",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("lapses", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team", "job"], ["jobs.team", "jobs.id"], name=op.f("fk_approval_requests_team_job")
        ),
        sa.PrimaryKeyConstraint("team", "id", name=op.f("pk_approval_requests")),
    )
    _move(op.get_bind())
    op.drop_table("petitions")
    requests = "approval_requests"
    op.create_index("ix_approval_requests_job", requests, ["team", "job"], unique=False)
    op.create_index("ix_approval_requests_open", requests, ["outcome", "lapses"], unique=False)
    words = sa.text("why <> '' OR reason <> ''")
    op.create_index(
        "ix_approval_requests_words",
        requests,
        ["decided"],
        unique=False,
        sqlite_where=words,
        postgresql_where=words,
    )
    _call_anew(op.get_bind())


def _move(connection: sa.Connection) -> None:
    """Every petition is an approval request."""
    old = sa.Table("petitions", sa.MetaData(), autoload_with=connection)
    new = sa.Table("approval_requests", sa.MetaData(), autoload_with=connection)
    renamed = {
        "kind": old.c.wish,
        "outcome": sa.func.nullif(old.c.verdict, "open"),
        "by": old.c.by,
        "decided": old.c.decided,
        "reason": old.c.answer,
        "given": old.c.given,
    }
    columns = [*KEPT, *renamed]
    found = sa.select(*(old.c[name] for name in KEPT), *renamed.values())
    connection.execute(new.insert().from_select(columns, found))


def _call_anew(connection: sa.Connection) -> None:
    """Notices of requests say so; their keys stay, as posted messages are marked with them."""
    notices = sa.table(
        "notices",
        sa.column("team", sa.Text),
        sa.column("key", sa.Text),
        sa.column("kind", sa.Text),
        sa.column("about", sa.JSON),
    )
    for row in connection.execute(sa.select(notices).where(notices.c.kind.in_(KINDS))).fetchall():
        connection.execute(
            notices.update()
            .where(notices.c.team == row.team, notices.c.key == row.key)
            .values(kind=KINDS[row.kind], about={"request": row.about["petition"]})
        )
