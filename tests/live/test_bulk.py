"""Many rows at once: as fast as each database can, and the tables as they were."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from reconciler.live.ports import Step
from reconciler.live.sql import bulk, tables
from reconciler.live.sql.engine import make_engine, parse_url, reading, writing
from reconciler.model.email import Email
from reconciler.model.errors import Refused
from reconciler.model.operations import Invite
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from tests.live.living import Live, an_org_in

PEOPLE = [f"p{number:02}@acme.example" for number in range(30)]
DEFINED = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"


@pytest.fixture
def live(sqlite_url: str) -> Live:
    """acme in SQLite (indexes are made anew there alone), with the group ops."""
    return an_org_in(sqlite_url).group("ops", web="viewer")


@pytest.fixture
def engine(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Its database, for which ten rows are many."""
    monkeypatch.setattr(bulk, "REBUILD_FROM", 10)
    return make_engine(parse_url(sqlite_url))


def _invitations() -> list[Step]:
    access = Access(role=Role.USER, groups=frozenset({"ops"}))
    return [Step(operation=Invite(Email(email), access)) for email in PEOPLE]


def _indexes(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return {row.name: row.sql for row in connection.execute(text(DEFINED))}


def test_indexes_that_a_large_run_makes_anew_are_the_ones_that_were_there(
    live: Live, engine: Engine
) -> None:
    before = _indexes(engine)
    live.performs(*_invitations())
    assert _indexes(engine) == before
    with reading(engine) as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        by_group = connection.execute(text(
            "SELECT email FROM member_groups INDEXED BY ix_member_groups_group "
            "WHERE organization = 'acme' AND group_id = 'ops' ORDER BY email")).scalars().all()
    assert by_group == PEOPLE


def test_rows_that_the_database_refuses_leave_every_index(live: Live, engine: Engine) -> None:
    live.performs(*_invitations())
    before = _indexes(engine)
    with pytest.raises(Refused, match="constraints"), writing(engine) as connection:
        bulk.insert_rows(connection, tables.member_groups, ("organization", "email", "group_id"),
                         [("acme", f"{number}@acme.example", "ops") for number in range(99)])
    assert _indexes(engine) == before
