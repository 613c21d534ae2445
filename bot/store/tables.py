"""The tables, in SQLAlchemy Core. Every key begins with the workspace.

Times are UTC, kept as microseconds since 1970; days are local dates in EASEL_TIMEZONE. Credits are
whole. An empty string in a scope's column means "not narrowed": ('', '') is the workspace itself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Utc(sa.types.TypeDecorator[datetime]):
    """An aware time as microseconds since 1970: exact and ordered on every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        """To the database; a naive time is a mistake of ours."""
        del dialect
        if value is None:
            return None
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        """From the database, in UTC."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


def total(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """A sum of whole numbers, 0 over no rows; PostgreSQL would make a decimal number of it."""
    return sa.cast(sa.func.coalesce(sa.func.sum(amount), 0), sa.BigInteger)


EMPTY: sa.ColumnElement[str] = sa.literal_column("''", sa.Text)
"""In the words of an index: SQLite does not take a bound value for them."""


def _few(name: str, where: str, *columns: sa.ColumnElement[Any], unique: bool = False) -> None:
    """An index of the rows for which this holds, in words that a statement has to repeat."""
    condition = sa.text(where)
    sa.Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Where a sum is kept: INTEGER has 32 bits on PostgreSQL and 64 on SQLite."""


workspaces = sa.Table(
    "workspaces",  # its row is the budget's lock
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("since", Utc, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("pending_step", sa.Text),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("thread", sa.Text),
    sa.Column("asker", sa.Text, nullable=False),
    sa.Column("source", sa.Text),  # the message that asked, where it was one
    sa.Column("prompt", sa.Text),  # NULL once erased by age
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("size", sa.Text),
    sa.Column("quality", sa.Text),
    sa.Column("images", sa.Integer, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("mask", sa.Text),
    sa.Column("parent", sa.Text),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("credits", sa.Integer, nullable=False),
    sa.Column("each", sa.Integer, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("table_version", sa.Text, nullable=False),
    sa.Column("created", Utc, nullable=False),
    sa.Column("day", sa.Date),
    sa.Column("root", sa.Text),
    sa.Column("task", sa.Text),
    sa.Column("submitted", Utc),
    sa.Column("looked", Utc),  # when a process took it on to ask for the lost task again
    sa.Column("request_id", sa.Text),
    sa.Column("charged", sa.Integer),
    sa.Column("computed", sa.Integer),  # by the price table; another charge is drift
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("fault", sa.Text),
    sa.Column("detail", sa.Text),
    sa.Column("reply_url", sa.Text),  # of the click that confirmed; good for 30 minutes
    sa.Column("waits_for", sa.Text),
    sa.Column("moved_from", sa.Text),
    sa.Column("moved_for", sa.Text),
)
OPEN_STATES = (
    "state IN ('queued', 'submitting', 'running', 'delivering') OR pending_step IS NOT NULL"
)
_few("ix_jobs_open", OPEN_STATES, jobs.c.created)
_few("ix_jobs_prompt", "prompt IS NOT NULL", jobs.c.created)  # to be erased by age
_few("ix_jobs_offer", "day IS NULL", jobs.c.created)  # never confirmed: to be deleted by age
sa.Index("ix_jobs_asker", jobs.c.team, jobs.c.asker, jobs.c.created)
sa.Index("ix_jobs_root", jobs.c.team, jobs.c.channel, jobs.c.root)
sa.Index("ix_jobs_thread", jobs.c.team, jobs.c.channel, jobs.c.thread)
sa.Index("ix_jobs_parent", jobs.c.team, jobs.c.parent)
sa.Index("ix_jobs_source", jobs.c.team, jobs.c.channel, jobs.c.source)

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("mime", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("length", sa.Integer),
    sa.Column("file", sa.Text),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Index("ix_pictures_file", "team", "file"),
    sa.ForeignKeyConstraint(["team", "job"], ["jobs.team", "jobs.id"]),
)

contents = sa.Table(
    "contents",  # bytes that came inside an answer: kept until they are shared
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(["team", "job"], ["jobs.team", "jobs.id"]),
)

ledger = sa.Table(
    "ledger",  # append-only
    metadata,
    sa.Column("seq", Big, primary_key=True, autoincrement=True),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("job", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("credits", sa.Integer, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),  # of the admission, whatever day it is settled
    sa.Column("at", Utc, nullable=False),
    sa.Column("table_version", sa.Text, nullable=False),
    sa.UniqueConstraint("team", "job", "kind"),
    sa.ForeignKeyConstraint(["team", "job"], ["jobs.team", "jobs.id"]),
)
sa.Index("ix_ledger_page", ledger.c.team, ledger.c.day, ledger.c.channel)
_few(  # a hold ends once, one way or the other
    "uq_ledger_ended", "kind IN ('charged', 'released')", ledger.c.team, ledger.c.job, unique=True
)

usage = sa.Table(
    "usage",  # the books: sums of the ledger by scope and day, kept in the same transaction
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("held", Big, nullable=False),
    sa.Column("charged", Big, nullable=False),
    sa.Column("unknown", Big, nullable=False),
    sa.Column("granted", Big, nullable=False),
    sa.Index("ix_usage_user", "team", "user", "day"),
)

caps = sa.Table(
    "caps",  # no row: the default; NULL limit: no cap; 0: nothing allowed
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("limit", sa.Integer),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", Utc, nullable=False),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("credits", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("starts", sa.Date, nullable=False),
    sa.Column("ends", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),  # empty once erased by age
    sa.Column("giver", sa.Text, nullable=False),
    sa.Column("given", Utc, nullable=False),
    sa.Index("ix_grants_scope", "team", "channel", "user", "ends"),
)
_few("ix_grants_reason", "reason <> ''", grants.c.given)  # to be erased by age

pauses = sa.Table(
    "pauses",  # new spending is stopped in a channel, or (without one) in the workspace
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

changes = sa.Table(
    "changes",  # append-only: who changed what about a budget
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_changes_scope", "team", "channel", "user", "at"),
)

draws = sa.Table(
    "draws",  # what an open or ended hold took from grants
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("grant", sa.Integer, sa.ForeignKey("grants.id"), primary_key=True),
    sa.Column("credits", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["team", "job"], ["jobs.team", "jobs.id"]),
)

seen = sa.Table(
    "seen",  # messages that were answered: a redelivered or doubled event is answered once
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("ts", sa.Text, primary_key=True),
    sa.Column("gone", sa.Boolean, nullable=False),  # the message was deleted
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_seen_at", "at"),
)

calendar = sa.Table(
    "calendar",  # append-only: how days and weeks were counted, and since when; of the whole Easel
    metadata,
    sa.Column("since", Utc, primary_key=True),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("first_weekday", sa.Integer, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

policies = sa.Table(
    "policies",  # NULL: not set here; without a channel: for the workspace
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("approve_from", sa.Integer),
    sa.Column("levels", sa.Text),  # percent, with commas between
    sa.Column("spenders", sa.Text),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", Utc, nullable=False),
)

alerts = sa.Table(
    "alerts",  # a row for each level that a scope reached in a period: admins hear of it once
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("first", sa.Date, primary_key=True),  # of the period
    sa.Column("level", sa.Integer, primary_key=True),  # percent
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_alerts_at", "at"),
)

approval_requests = sa.Table(
    "approval_requests",  # what a person asks of the admins, and what the first of them decided
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("thread", sa.Text),
    sa.Column("asker", sa.Text, nullable=False),
    sa.Column("job", sa.Text),
    sa.Column("credits", sa.Integer, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("asked", Utc, nullable=False),
    sa.Column("lapses", Utc, nullable=False),
    sa.Column("outcome", sa.Text),  # NULL: open
    sa.Column("by", sa.Text),
    sa.Column("decided", Utc),
    sa.Column("reason", sa.Text, nullable=False),  # the admin's
    sa.Column("given", sa.Integer),
    sa.ForeignKeyConstraint(["team", "job"], ["jobs.team", "jobs.id"]),
    sa.Index("ix_approval_requests_job", "team", "job"),
    sa.Index("ix_approval_requests_open", "outcome", "lapses"),
)
_few(  # to be erased by age
    "ix_approval_requests_words", "why <> '' OR reason <> ''", approval_requests.c.decided
)

notices = sa.Table(
    "notices",  # what somebody is told of by direct message: written with what it tells of
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("about", sa.JSON, nullable=False),
    sa.Column("user", sa.Text),  # NULL, and no channel: each admin
    sa.Column("channel", sa.Text),  # a conversation, where it is told there
    sa.Column("thread", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),  # raised when it reads differently
    sa.Column("told", sa.Integer, nullable=False),  # the version that everybody has
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_notices_at", "at"),
)
_few("ix_notices_untold", "told < version", notices.c.at)

deliveries = sa.Table(
    "deliveries",  # a notice on its way to one conversation; without `ts`: intended, in doubt
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),  # a user's or a channel's id
    sa.Column("channel", sa.Text),
    sa.Column("ts", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),  # of the first claim
    sa.Column("claimed_by", sa.Text),  # the process that is telling it, NULL: none
    sa.Column("claimed_until", Utc),
    sa.ForeignKeyConstraint(["team", "key"], ["notices.team", "notices.key"]),
)

preferences = sa.Table(
    "preferences",  # a person's own settings; NULL: none
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("skip_below", sa.Integer),  # credits: prices below it need no card
    sa.Column("size", sa.Text),
    sa.Column("quality", sa.Text),
)
