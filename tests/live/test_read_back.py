"""What follows a transfer is committed only on top of what the store has kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy

from reconciler.model.errors import ReconcilerError, Refused, Unreachable
from tests.planning.house import House

PEOPLE = """
members: {ada@acme.example: {role: admin}, kim@acme.example: {projects: {web: member}}}
"""
ALONE = """
content_transfers: [{from: kim@acme.example, to: ada@acme.example}]
"""
BEFORE_REMOVAL = """
members: {ada@acme.example: {role: admin}}
departures: {kim@acme.example: {transfer_content_to: ada@acme.example}}
"""


@pytest.mark.parametrize(("declared", "error"), [
    pytest.param(PEOPLE + ALONE, Unreachable, id="read back after the transfer"),
    pytest.param(BEFORE_REMOVAL, Refused, id="the database lets no owner go"),
])
def test_where_the_store_does_not_keep_a_transfer_nothing_is_written(
    tmp_path: Path, declared: str, error: type[ReconcilerError]
) -> None:
    house = House(tmp_path)
    house.is_live(PEOPLE, joined="kim").has_content("kim", "web")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'live.db'}")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(
            "CREATE TRIGGER keeps_owner BEFORE UPDATE OF owner ON content "
            "BEGIN SELECT RAISE(IGNORE); END"))
    engine.dispose()
    house.declares(declared)
    with pytest.raises(error):
        house.apply()
    assert house.member("kim") is not None
    assert house.content_of("kim") == ["kim-web-0"]
