"""How far a database is, and bringing it up to date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.store.errors import Moved, StoreError, TooNew
from bot.store.kind import REVISION, kind

MIGRATIONS = Path(__file__).with_name("migrations")
_MOVED = " moved to "  # after the revision of a database that was moved (`bot.store.move`)

REMAINS = r"""
DO $$ DECLARE name text; BEGIN
FOR name IN SELECT oid::regclass FROM pg_class
    WHERE relname LIKE 'procrastinate\_%' AND relkind = 'r' AND pg_table_is_visible(oid)
LOOP EXECUTE 'DROP TABLE ' || name || ' CASCADE'; END LOOP;
FOR name IN SELECT oid::regprocedure FROM pg_proc
    WHERE proname LIKE 'procrastinate\_%' AND pg_function_is_visible(oid)
LOOP EXECUTE 'DROP FUNCTION ' || name || ' CASCADE'; END LOOP;
FOR name IN SELECT oid::regtype FROM pg_type
    WHERE typname LIKE 'procrastinate\_%' AND typtype IN ('c', 'e') AND pg_type_is_visible(oid)
LOOP EXECUTE 'DROP TYPE ' || name || ' CASCADE'; END LOOP;
END $$
"""
"""Takes away what is left of procrastinate where somebody dropped its table of jobs."""


@dataclass(frozen=True, slots=True)
class Found:
    """The revision that a database is at (None: an empty one), and ours."""

    current: str | None
    today: str
    moved_to: str | None = None  # whoever has its jobs now

    @property
    def is_today(self) -> bool:
        """Whether there is nothing to migrate."""
        return self.current == self.today


def migrate(connection: sa.Connection) -> None:
    """Bring the schema to today's revision, and the queue's where there is one, and commit."""
    upgrade(connection)
    if connection.dialect.name == "postgresql":
        _install_queue(connection)
    connection.commit()


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema to today's revision, within the caller's transaction."""
    if not _usable(_written(connection)).is_today:
        from alembic import command  # noqa: PLC0415 -- 0.4 s that only a migration should pay
        from alembic.config import Config  # noqa: PLC0415 -- as above

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _install_queue(connection: sa.Connection) -> None:
    """Bring procrastinate's tables to the version that is installed.

    It keeps no account of them: the comment on its table names the newest that was applied. Within
    this transaction, since two processes may start at once.
    """
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 -- SQLite does without

    steps = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    newest = steps[-1].name
    table = "to_regclass('procrastinate_jobs')"
    found = connection.exec_driver_sql(f"SELECT obj_description({table}) WHERE {table} IS NOT NULL")
    applied = found.one_or_none()
    if applied is not None and applied[0] == newest:
        return
    plain = connection.execution_options(no_parameters=True)
    if applied is None:
        plain.exec_driver_sql(REMAINS)
        plain.exec_driver_sql(SchemaManager.get_schema())
    else:
        for step in (one for one in steps if one.name > (applied[0] or newest)):
            plain.exec_driver_sql(step.read_text("utf-8"))
    plain.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{newest}'")


async def look(address: sa.URL) -> Found | None:
    """How far a database is; None: there is none. Nothing is written.

    Raises `TooNew`, `Moved`, or `StoreError` when it cannot be read.
    """
    the_kind = kind(address)
    if the_kind.WRITERS == 1 and not Path(address.database or "").exists():  # noqa: ASYNC240 -- one look
        return None
    try:
        return _usable(await the_kind.revision(address))
    except the_kind.ERROR as error:
        raise StoreError(f"the database cannot be read ({why(error)})") from error


def why(error: Exception) -> str:
    """What the database says; of PostgreSQL's several attempts to connect, the last one."""
    said = error.orig if isinstance(error, DBAPIError) else error
    lines = str(said).splitlines()
    return lines[0] if lines else type(said).__name__


def _usable(written: str | None) -> Found:
    """How far it is, by what is written there. Raises `TooNew`, `Moved`."""
    found = _found(written)
    if found.moved_to is not None:
        raise Moved(found.moved_to)
    return found


def mark_moved(connection: sa.Connection, where: str | None) -> None:
    """Keep every Easel off this database from now on; None: let them use it again.

    The mark stands where the revision is looked for: an Easel that knows nothing of it refuses as
    well, since it does not know such a revision.
    """
    current = revision(connection).current
    marked = current if where is None else f"{current}{_MOVED}{where}"
    connection.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": marked})


def revision(connection: sa.Connection) -> Found:
    """How far a database is, be it moved or not. Raises `TooNew` for what we do not know."""
    return _found(_written(connection))


def _written(connection: sa.Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    written: str | None = connection.exec_driver_sql(REVISION).scalar()
    return written


def _found(written: str | None) -> Found:
    known = {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("0*.py")}
    current, moved, where = (written or "").partition(_MOVED)
    if current and current not in known:
        raise TooNew(
            f"the database is at revision {current}, which this Easel does not know: it was used "
            "by a newer one. Start that one, or restore a backup."
        )
    return Found(current or None, max(known), where if moved else None)
