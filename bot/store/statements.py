"""Statements: SQLAlchemy writes the SQL, once for each statement; the driver runs it.

What a busy process asks again and again stands as a constant with bound names (`sa.bindparam`): a
statement is compiled when it is run first, and the SQL is kept for as long as the statement lives.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert  # noqa: PLC0414 -- for both databases

Values = Mapping[str, Any]
"""What a statement's bound names stand for."""

_Codec = Callable[[Any], Any]


def named(column: sa.ColumnElement[Any], name: str) -> sa.BindParameter[Any]:
    """What stands for a value of this column, and is given each time under this name."""
    return sa.bindparam(name, type_=column.type)


def is_named(table: sa.Table, **names: str) -> sa.ColumnElement[bool]:
    """The rows whose columns have the values that are given under these names."""
    return sa.and_(
        *(table.c[column] == named(table.c[column], name) for column, name in names.items())
    )


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in one database's SQL."""

    sql: str
    fixed: Values  # what the statement itself brings, as the driver takes it
    encoders: Mapping[str, _Codec]
    decoders: tuple[tuple[int, _Codec], ...]  # by the place of their column
    make: Callable[[Sequence[Any]], Any] | None  # None: no row is answered

    def values(self, given: Values | None) -> Values:
        """Everything that the SQL's names stand for, as the driver takes it."""
        if not given:
            return self.fixed
        values = {**self.fixed, **given}
        for name, encode in self.encoders.items():
            if name in given:
                values[name] = encode(given[name])
        return values

    def rows(self, answered: Sequence[Sequence[Any]]) -> list[Any]:
        """What the driver answered, as rows."""
        if self.make is None:
            return []
        if not self.decoders:
            return [self.make(each) for each in answered]
        return [self.make(self._decoded(each)) for each in answered]

    def _decoded(self, answered: Sequence[Any]) -> list[Any]:
        values = list(answered)
        for place, decode in self.decoders:
            values[place] = decode(values[place])
        return values


_kept: dict[str, WeakKeyDictionary[Any, Compiled]] = {}


def compiled(statement: sa.Executable, dialect: sa.Dialect, names: Sequence[str]) -> Compiled:
    """A statement in SQL. `names` are those that are given each time it is run."""
    kept = _kept.setdefault(dialect.name, WeakKeyDictionary())
    found = kept.get(statement)
    if found is None:
        found = kept[statement] = _compile(statement, dialect, names)
    return found


def _compile(statement: Any, dialect: sa.Dialect, names: Sequence[str]) -> Compiled:
    is_plain = isinstance(statement, sa.Insert) and set(names) <= set(statement.table.c.keys())
    columns = names if names and is_plain else None
    built = statement.compile(dialect=dialect, column_keys=columns)
    encoders = {
        name: codec
        for name, bound in built.binds.items()
        if (codec := bound.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    state = built.construct_expanded_state(dict.fromkeys(names))
    codecs = {**encoders, **state.processors}
    fixed = {
        name: codecs[name](value) if name in codecs else value
        for name, value in state.parameters.items()
        if name not in names
    }
    is_text = isinstance(statement, sa.TextClause)
    answered = {} if is_text else dict(statement.exported_columns.items())
    decoders = (
        (place, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for place, column in enumerate(answered.values())
    )
    return Compiled(
        sql=state.statement,
        fixed=fixed,
        encoders={name: codec for name, codec in encoders.items() if name in names},
        decoders=tuple((place, codec) for place, codec in decoders if codec is not None),
        make=_row(tuple(answered)) if answered else tuple if is_text else None,
    )


@cache
def _row(names: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    made: Any = namedtuple("Row", list(names), rename=True)  # type: ignore[misc]  # noqa: PYI024 -- made at run time
    make: Callable[[Sequence[Any]], Any] = made._make
    return make
