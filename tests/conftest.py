"""What all tests share: the databases to run on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.browser import chromium
from tests.gitops import linters


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        # Workers inherit it, and so share one server.
        os.environ[postgres.RUN] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.stop_left_behind(run=str(os.getpid()))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server. Where none can be had the test is skipped; in CI it fails."""
    try:
        with postgres.a_server() as server:
            yield server
    except postgres.NoServer as reason:
        if os.environ.get("CI") == "true":
            problem = f"CI needs PostgreSQL: {reason}"
        else:
            pytest.skip(f"{postgres.LEFT_OUT}: {reason}")
    else:
        return
    pytest.fail(problem, pytrace=False)


@pytest.fixture
def postgresql_url(postgresql_server: postgres.Server) -> Iterator[str]:
    """A database with our tables and nothing in them."""
    with postgresql_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with our tables and nothing in them, to be copied."""
    from reconciler.live.sql import engine, schema

    path = tmp_path_factory.mktemp("template") / "template.db"
    engine.create_sqlite_file(path)
    with engine.writing(engine.make_engine(engine.parse_url(f"sqlite:///{path}"))) as connection:
        schema.upgrade(connection)
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A database with our tables and nothing in them."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'live.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A live store on each database in turn; no organization is there yet."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Generator[None, None, None]:
    """Nobody should believe that something was tested when it was not: the last lines say so."""
    yield
    skipped = {
        str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple)
    }
    for left_out, what, way_out in (
        (postgres.LEFT_OUT, "PostgreSQL",
         f"Name a server in {postgres.NAMED}, or install what the tests need: make test"),
        (chromium.LEFT_OUT, "THE HTML REPORT IN A BROWSER",
         f"Install one (apt-get install chromium), or name one in {chromium.NAMED}"),
        (linters.LEFT_OUT, "WHAT LINTERS SAY OF THE WORKFLOWS",
         f"Install the linters (make lint), or name their folder in {linters.NAMED}"),
    ):
        for reason in sorted(reason for reason in skipped if left_out in reason):
            terminalreporter.section(f"{what} WAS NOT TESTED", sep="!", red=True, bold=True)
            terminalreporter.line(reason.removeprefix("Skipped: "), red=True)
            terminalreporter.line(way_out, red=True)
