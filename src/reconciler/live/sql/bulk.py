"""Writing many rows at once, by the fastest way each database has."""

# Statements are put together from names in this package alone; every value is a parameter.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateIndex, DropIndex

COPY_FROM: Final = 50
"""From how many rows on PostgreSQL's COPY is faster than INSERT."""
_MOST_VALUES: Final = 900
"""How many values one statement on SQLite carries; older versions take no more than 999."""
REBUILD_FROM: Final = 20_000
"""From how many rows on an index of a table that holds fewer is made anew on SQLite."""


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows, in the order given; values are what the driver takes."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql" and len(rows) >= COPY_FROM:
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", rows)
        return
    with _indexes_made_anew(connection, table, len(rows)):
        _insert(connection, f"INSERT INTO {table.name} ({names}) VALUES ", columns, rows)


@contextmanager
def _indexes_made_anew(connection: Connection, table: Table, many: int) -> Iterator[None]:
    """Where rows make up most of a table on SQLite, its indexes are made once of all of them:
    sorted at once they take a third of the time that row by row they take in the middle."""
    anew = (connection.dialect.name == "sqlite" and many >= REBUILD_FROM and bool(table.indexes)
            and _fewer_than(connection, table, many))
    indexes = sorted(table.indexes, key=lambda i: str(i.name)) if anew else []
    for index in indexes:
        connection.execute(DropIndex(index))
    yield
    for index in indexes:
        connection.execute(CreateIndex(index))


def _fewer_than(connection: Connection, table: Table, many: int) -> bool:
    found = connection.exec_driver_sql(
        f"SELECT count(*) FROM (SELECT 1 FROM {table.name} LIMIT {many:d})").scalar()
    return int(found or 0) < many


def _insert(
    connection: Connection, statement: str, columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    one = f"({', '.join([_mark(connection)] * len(columns))})"
    # Many rows in one statement take half of the time of as many statements.
    at_once = max(1, _MOST_VALUES // len(columns)) if connection.dialect.name == "sqlite" else 1
    whole = len(rows) - len(rows) % at_once
    if whole:
        # One after the other: all rows at once in this form would be held twice.
        cursor: Any = connection.connection.cursor()
        cursor.executemany(statement + ", ".join([one] * at_once), (
            tuple(chain.from_iterable(rows[start:start + at_once]))
            for start in range(0, whole, at_once)))
        cursor.close()
    if whole < len(rows):
        connection.exec_driver_sql(statement + one, list(rows[whole:]))


def update_rows(
    connection: Connection, table: Table, columns: Sequence[str], keys: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Update rows: each tuple has the columns' new values, then the keys."""
    if not rows:
        return
    mark = _mark(connection)
    sets = ", ".join(f"{name} = {mark}" for name in columns)
    where = " AND ".join(f"{name} = {mark}" for name in keys)
    connection.exec_driver_sql(
        f"UPDATE {table.name} SET {sets} WHERE {where}", list(rows))


def delete_rows(
    connection: Connection, table: Table, keys: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Delete the rows with these keys."""
    if not rows:
        return
    where = " AND ".join(f"{name} = {_mark(connection)}" for name in keys)
    connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {where}", list(rows))


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"


def _copy(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        write = copy.write_row
        for row in rows:
            write(row)
