"""The tables: migrations make what the program expects, and versions are told apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from reconciler.live.connect import open_store
from reconciler.live.sql import schema
from reconciler.live.sql.engine import (
    create_sqlite_file,
    make_engine,
    parse_url,
    reading,
    writing,
)
from reconciler.live.sql.tables import metadata
from reconciler.model.errors import Unreachable
from tests import postgres
from tests.domain import ADA, NOW
from tests.live.living import SETTINGS, an_org_in


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any tables."""
    if request.param == "sqlite":
        create_sqlite_file(tmp_path / "empty.db")
        yield make_engine(parse_url(f"sqlite:///{tmp_path / 'empty.db'}"))
        return
    server: postgres.Server = request.getfixturevalue("postgresql_server")
    with server.database(empty=True) as url:
        yield make_engine(parse_url(url))


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [schema.REVISIONS[-1]]
    steps = [s.revision for s in scripts.walk_revisions()]
    assert tuple(reversed(steps)) == schema.REVISIONS


def test_migrations_make_exactly_the_tables_of_the_program(store_url: str) -> None:
    with reading(make_engine(parse_url(store_url))) as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_make_exactly_its_constraints(empty_engine: Engine) -> None:
    with writing(empty_engine) as connection:
        metadata.create_all(connection)
        expected = constraints(connection)
        metadata.drop_all(connection)
        schema.upgrade(connection)
        assert constraints(connection) == expected


def constraints(connection: Connection) -> dict[str, object]:
    """Checks, foreign keys, unique and partial indexes of every table."""
    found = inspect(connection)
    return {
        table: (
            sorted((c["name"], c["sqltext"]) for c in found.get_check_constraints(table)),
            sorted((k["name"], k["constrained_columns"], k["referred_table"],
                    k.get("options", {}).get("ondelete"))
                   for k in found.get_foreign_keys(table)),
            sorted((i["name"], i["column_names"], i["unique"],
                    [str(option) for option in i.get("dialect_options", {}).values()])
                   for i in found.get_indexes(table)),
        )
        for table in sorted(metadata.tables)
    }


def test_an_empty_database_gets_its_tables_with_the_first_organization(
    empty_engine: Engine,
) -> None:
    store = open_store(empty_engine.url.render_as_string(hide_password=False))
    assert store.organizations() == []
    with reading(empty_engine) as connection:
        assert inspect(connection).get_table_names() == [], "reading makes no tables"
    store.create_organization("acme", settings=SETTINGS, admin=ADA, now=NOW)
    assert store.organizations() == ["acme"]


def test_a_database_of_a_newer_version_is_refused(store_url: str) -> None:
    live = an_org_in(store_url)
    set_version(store_url, "9999")
    with pytest.raises(Unreachable, match="newer version of reconciler"):
        open_store(store_url)
    for attempt in (live.store.organizations, live.store.upgrade, live.everything, live.does):
        with pytest.raises(Unreachable, match="newer version of reconciler"):
            attempt()
    set_version(store_url, schema.REVISIONS[-1])
    assert live.frame.sequence == 6


def test_an_older_database_is_read_after_an_upgrade(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = an_org_in(store_url)
    monkeypatch.setattr(schema, "REVISIONS", ("0000", *schema.REVISIONS))
    set_version(store_url, "0000")
    with pytest.raises(Unreachable, match="older version") as refusal:
        live.store.organizations()
    assert "reconciler live upgrade" in refusal.value.how


def test_there_is_nothing_to_upgrade_in_a_current_database(store_url: str) -> None:
    assert an_org_in(store_url).store.upgrade() is False


def set_version(url: str, version: str) -> None:
    with writing(make_engine(parse_url(url))) as connection:
        connection.exec_driver_sql(
            f"UPDATE {schema.VERSION_TABLE} SET version_num = '{version}'")
