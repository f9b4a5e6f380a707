"""The audit log: one chain, in which every tampering shows."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from reconciler.live.connect import open_store
from reconciler.live.ports import Wanted
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
from tests.live.living import Live, an_org_in


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
    assert chained.store.verify("acme").breach is None


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
    breach = chained.store.verify("acme").breach
    assert breach is not None
    assert breach.sequence == first


def test_a_refused_attempt_leaves_no_record(chained: Live) -> None:
    chained.refuses(CreateProject("web", "Twice"))
    assert chained.store.verify("acme").breach is None
    assert chained.last.operation == "create-team"


def test_a_record_names_what_the_operation_gave_or_took(live: Live) -> None:
    live.member("sam").does(SetProjectRole(SAM, "web", Role.VIEWER))
    assert (live.last.subject, live.last.target) == (SAM, "web")
    assert live.store.audit("acme")[0].target is None


def test_a_whole_log_says_how_long_it_is_and_where_it_ends(chained: Live) -> None:
    found = chained.store.verify("acme")
    (last,) = chained.store.search("acme", Wanted(), newest=1)
    assert (found.records, found.last_hash, found.breach) == (130, last.hash, None)


def test_a_log_that_was_written_anew_does_not_hold_what_was_noted(chained: Live) -> None:
    hashes = [sealed.hash for sealed in chained.store.search("acme", Wanted())]
    assert chained.store.verify("acme", {7: hashes[6]}).breach is None
    for noted in ({7: hashes[7]}, {131: hashes[6]}):
        breach = chained.store.verify("acme", noted).breach
        assert breach is not None
        assert breach.sequence == next(iter(noted))


def test_one_flipped_byte_anywhere_in_the_log_is_found(tmp_path: Path) -> None:
    """In every column of a record in the middle: each bit of a byte at both ends and within."""
    path = tmp_path / "live.db"
    live = an_org_in(f"sqlite:///{path}").member("sam").does(
        SetProjectRole(SAM, "web", Role.VIEWER), SetName(SAM, "Sam ☃"))
    columns = ("organization", "at", "actor", "operation", "subject", "before", "after",
               "previous_hash", "hash", "target")
    sequence = next(r.sequence for r in live.store.audit("acme") if r.target == "web")
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA foreign_keys = OFF")
    where = f"WHERE sequence = {sequence}"
    flips = 0
    for column in columns:
        (stored,) = raw.execute(f"SELECT CAST({column} AS BLOB) FROM audit {where}").fetchone()
        for at in sorted({0, len(stored) // 2, len(stored) - 1}):
            for bit in range(8):
                flipped = bytearray(stored)
                flipped[at] ^= 1 << bit
                raw.execute(f"UPDATE audit SET {column} = CAST(? AS TEXT) {where}",
                            (bytes(flipped),))
                raw.commit()
                breach = open_store(f"sqlite:///{path}").verify("acme").breach
                assert breach is not None, (column, at, bit)
                assert breach.sequence in (sequence, sequence + 1)
                raw.execute(f"UPDATE audit SET {column} = CAST(? AS TEXT) "
                            f"WHERE sequence = {sequence} AND {column} = CAST(? AS TEXT)",
                            (stored, bytes(flipped)))
                raw.commit()
                flips += 1
    assert flips > 200
    assert open_store(f"sqlite:///{path}").verify("acme").breach is None


def test_records_are_found_by_whom_and_what_they_are_about(live: Live) -> None:
    live.member("sam", web="viewer").member("kim").group("analysts", "kim", mobile="viewer")
    live.does(SetProjectRole(SAM, "web", Role.MEMBER))

    def kinds(**wanted: Any) -> list[str]:
        return [s.record.operation for s in live.store.search("acme", Wanted(**wanted))]

    assert kinds(member=SAM) == ["invite", "join", "set-project-role"]
    assert kinds(project="web") == ["create-project", "invite", "set-project-role"]
    assert kinds(group="analysts") == ["create-group", "add-to-group"]
    assert kinds(operation="join", member=SAM) == ["join"]
    assert kinds(actor="nobody@acme.example") == []
    assert len(kinds(by_hand=True)) == live.frame.sequence
    assert kinds(since=NOW + timedelta(days=1)) == []
