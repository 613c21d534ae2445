"""One transaction, on either database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.store.kind import Session
from bot.store.statements import Values, compiled


@dataclass(slots=True)
class Tx:
    """One transaction. What is added to `after` runs only once it is committed (or may be)."""

    connection: Session
    after: list[Callable[[], None]] = field(default_factory=list)
    wrote: bool = False
    unsure: bool = False  # the answer to its COMMIT was lost
    has_news: bool = False  # a notice was written: `Database.news` is set after the COMMIT

    async def rows(self, statement: sa.Executable, values: Values | None = None) -> list[Any]:
        """Run a statement; its rows, named tuples of what it asks for."""
        command = compiled(statement, self.connection.dialect, tuple(values or ()))
        self.wrote |= statement.is_dml
        return command.rows(await self.connection.fetch(command.sql, command.values(values)))

    async def row(self, statement: sa.Executable, values: Values | None = None) -> Any | None:
        """Run a statement; its only row, or None."""
        found = await self.rows(statement, values)
        if len(found) > 1:
            raise LookupError(f"{len(found)} rows where there is one at most")
        return found[0] if found else None

    async def run(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> None:
        """Run a statement that answers nothing; with several values, once for each."""
        each = values if isinstance(values, Sequence) else (values,)
        for one in each:
            await self.rows(statement, one)

    async def pages(
        self, statement: sa.Executable, size: int
    ) -> AsyncGenerator[Sequence[Any], None]:
        """A statement's rows, so many at a time: no more of them are in memory at once."""
        command = compiled(statement, self.connection.dialect, ())
        pages = self.connection.pages(command.sql, command.values(None), size)
        async with aclosing(pages):
            async for page in pages:
                yield command.rows(page)

    async def beside(self, work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Do something on the driver's own connection, in this transaction."""
        await work(self.connection.driver)
        self.wrote = True

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite, else it is PostgreSQL."""
        return self.connection.dialect.name == "sqlite"
