"""The way in: what a URL may be, and what is said when nothing good is at its other end."""

from __future__ import annotations

import builtins
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from reconciler.live.connect import open_store
from reconciler.model.errors import Exit, InvalidInput, ReconcilerError, Unreachable
from tests.domain import NOW
from tests.live.living import an_org_in


@pytest.mark.parametrize("url", [
    "", "acme.db", "mysql://host/db", "sqlit:///acme.db", "postgresql+asyncpg://host/db",
    "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://host/file.db",
    "sqlite:///file.db?mode=ro", "postgresql://host", "postgresql://user@host:port/db",
])
def test_other_urls_are_invalid_and_the_forms_are_shown(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        open_store(url)
    assert refusal.value.exit is Exit.INVALID
    assert "sqlite:///file.db" in refusal.value.how or "sqlite:///" in refusal.value.how or (
        "postgresql+psycopg://user@host/database" in refusal.value.how)


def test_a_near_miss_is_guessed() -> None:
    with pytest.raises(InvalidInput) as refusal:
        open_store("sqllite:///acme.db")
    assert "did you mean sqlite://?" in refusal.value.how


def test_opening_and_reading_create_no_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'none.db'}")
    assert store.organizations() == []
    with pytest.raises(InvalidInput) as refusal, store.reader("acme"):
        pass
    assert "reconciler live init acme --admin EMAIL" in refusal.value.how
    with pytest.raises(InvalidInput):
        store.perform("acme", [], actor=None, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_organization_that_is_not_there_is_named_with_the_nearest(store_url: str) -> None:
    live = an_org_in(store_url, "acme-analytics", furnished=False)
    with pytest.raises(InvalidInput) as refusal, live.store.reader("acme-analytic"):
        pass
    assert "acme-analytic" in refusal.value.what
    assert "did you mean acme-analytics?" in refusal.value.how
    assert "reconciler live init acme-analytic --admin EMAIL" in refusal.value.how
    with pytest.raises(InvalidInput):
        live.organization = "beta"
        live.does()


@pytest.mark.parametrize("content", [b"this is no database, but long enough to be mistaken " * 99,
                                     b"short"])
def test_a_file_that_is_no_database_is_unreachable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(Unreachable, match="not a database") as refusal:
        open_store(f"sqlite:///{path}")
    assert refusal.value.exit is Exit.UNREACHABLE
    assert path.read_bytes() == content


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="not a file"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_store_cannot_be_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="does not exist"):
        an_org_in(f"sqlite:///{tmp_path / 'nowhere' / 'live.db'}")


@contextmanager
def _without_privileges() -> Iterator[None]:
    """Root may read everything: for a moment, be somebody who may not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_not_be_read_is_unreachable(sqlite_url: str) -> None:
    open_store(sqlite_url)  # imports what it needs while it may
    Path(sqlite_url.removeprefix("sqlite:///")).chmod(0)
    with _without_privileges(), pytest.raises(Unreachable):
        open_store(sqlite_url)


def test_an_empty_file_becomes_a_store_in_which_readers_never_wait(tmp_path: Path) -> None:
    path = tmp_path / "touched.db"
    path.touch()
    assert open_store(f"sqlite:///{path}").organizations() == []
    an_org_in(f"sqlite:///{path}", furnished=False)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_names_with_blanks_and_signs_are_files_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "an org #1 100% ü.db"
    an_org_in(f"sqlite:///{path}")
    assert path.is_file()


def test_a_server_that_is_not_there_is_unreachable_and_no_password_is_shown() -> None:
    for url in ("postgresql://ada:s3cr3t@127.0.0.1:1/acme",
                "postgresql+psycopg://127.0.0.1:1/acme?user=ada&password=s3cr3t"):
        with pytest.raises(Unreachable) as refusal:
            open_store(url)
        assert refusal.value.exit is Exit.UNREACHABLE
        assert "127.0.0.1" in refusal.value.what
        assert "s3cr3t" not in f"{refusal.value.what} {refusal.value.how}"


def test_a_database_or_user_that_is_not_there_is_unreachable(postgresql_url: str) -> None:
    for wrong in ({"database": "nowhere"}, {"username": "nobody_we_know"}):
        url = make_url(postgresql_url).set(**wrong)  # type: ignore[arg-type]
        with pytest.raises(Unreachable, match="does not exist"):
            open_store(url.render_as_string(hide_password=False))


def test_a_missing_driver_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def without_psycopg(name: str, *more: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without_psycopg)
    with pytest.raises(ReconcilerError) as refusal:
        open_store("postgresql://ada@127.0.0.1/acme")
    assert refusal.value.exit is Exit.INVALID
    assert "pip install 'reconciler[postgresql]'" in refusal.value.how


def test_nothing_heavy_is_imported_before_a_store_is_opened_and_no_alembic_then(
    sqlite_url: str,
) -> None:
    script = ("import sys; from reconciler.live.connect import open_store\n"
              "assert 'sqlalchemy' not in sys.modules\n"
              f"open_store({sqlite_url!r}).organizations()\n"
              "assert 'alembic' not in sys.modules and 'sqlalchemy.orm' not in sys.modules")
    subprocess.run([sys.executable, "-c", script], check=True)
