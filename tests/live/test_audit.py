"""The audit log: one chain, in which every tampering shows."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from reconciler.live.sql.engine import make_engine, parse_url, writing
from reconciler.model.operations import (
    CreateProject,
    CreateTeam,
    SetName,
    SetProjectRole,
    SetTeam,
)
from reconciler.model.roles import Role
from tests.domain import ADA, NOW, SAM
from tests.live.living import Live


@pytest.fixture
def chained(live: Live) -> Live:
    """An organization with some history, of single records and of many at once."""
    live.member("sam").does(SetName(SAM, "Sam ☃"), SetTeam(SAM, "Data"))
    return live.does(*(CreateTeam(f"T{n}") for n in range(120)))


def test_the_first_record_is_the_creation(live: Live) -> None:
    first = live.store.audit("acme")[0]
    assert (first.sequence, first.actor, first.operation, first.subject, first.at) == (
        1, ADA, "create-organization", "organization:acme", NOW)
    assert first.before == {"organization": None}
    assert first.after["organization"]["members"] == {ADA: {"state": "joined", "role": "admin"}}


def test_sequences_have_no_gaps_and_the_chain_is_whole(chained: Live) -> None:
    records = chained.store.audit("acme")
    assert [r.sequence for r in records] == list(range(1, len(records) + 1))
    assert chained.frame.sequence == len(records)
    assert chained.store.first_broken_record("acme") is None


def test_records_can_be_read_from_any_place(chained: Live) -> None:
    everything = chained.store.audit("acme")
    assert chained.store.audit("acme", after=5, limit=3) == everything[5:8]
    with chained.store.reader("acme") as reader:
        history = reader.history_of(SAM, limit=2)
        assert [r.operation for r in history] == ["set-team", "set-name"]
        assert reader.history_of(SAM, after=history[0].sequence) == []


@pytest.mark.parametrize(("tampering", "first"), [
    ("UPDATE audit SET actor = 'eve@acme.example' WHERE sequence = 4", 4),
    ("UPDATE audit SET after = '{}' WHERE sequence = 9", 9),
    ("UPDATE audit SET previous_hash = hash WHERE sequence = 5", 5),
    ("UPDATE audit SET target = 'web' WHERE sequence = 6", 6),
    ("DELETE FROM audit WHERE sequence = 7", 7),
    ("DELETE FROM audit WHERE sequence = 1", 1),
    ("DELETE FROM audit WHERE sequence > 100", 101),
    ("UPDATE audit SET sequence = 1000 WHERE sequence = 3", 3),
    ("INSERT INTO audit SELECT organization, 1000, at, actor, operation, subject, before, after, "
     "run, previous_hash, hash, target FROM audit WHERE sequence = 2", 131),
])
def test_tampering_is_found_at_the_first_place_where_it_shows(
    chained: Live, store_url: str, tampering: str, first: int
) -> None:
    assert chained.frame.sequence == 130
    connection: Connection
    with writing(make_engine(parse_url(store_url))) as connection:
        connection.exec_driver_sql(tampering)
    assert chained.store.first_broken_record("acme") == first


def test_a_refused_attempt_leaves_no_record(chained: Live) -> None:
    chained.refuses(CreateProject("web", "Twice"))
    assert chained.store.first_broken_record("acme") is None
    assert chained.last.operation == "create-team"


def test_a_record_names_what_the_operation_gave_or_took(live: Live) -> None:
    live.member("sam").does(SetProjectRole(SAM, "web", Role.VIEWER))
    assert (live.last.subject, live.last.target) == (SAM, "web")
    assert live.store.audit("acme")[0].target is None
