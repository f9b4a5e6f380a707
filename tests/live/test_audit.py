"""The audit log: one chain, in which every tampering shows."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.event import listen

from reconciler.live.connect import open_store
from reconciler.live.ports import Carried, RunInfo, Step, Wanted
from reconciler.live.sql.engine import make_engine, parse_url, writing
from reconciler.model.elements import Aspect, Element
from reconciler.model.errors import Refused
from reconciler.model.operations import (
    CreateProject,
    CreateTeam,
    Operation,
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


def a_run(live: Live, name: str, *operations: Operation) -> RunInfo:
    info = RunInfo(id=name, plan_digest=f"plan of {name}", desired_digest="d", commit="0bad",
                   policy_digest="p", summary={"counts": {"set-name": 1}},
                   carried=(Carried(Element(SAM, Aspect.NAME), "Sam"),))
    live.performs(*(Step(operation=o) for o in operations), run=info)
    return info


def test_a_run_is_told_by_its_last_record(live: Live) -> None:
    a_run(live.member("sam"), "first", SetName(SAM, "Sam"))
    record = live.last
    assert (record.operation, record.subject, record.run) == ("finish-run", "run:first", "first")
    assert record.sequence == live.frame.sequence
    with live.store.reader("acme") as reader:
        baseline = reader.baseline()
    assert baseline is not None
    assert baseline.sequence == record.sequence
    assert {k: record.after["run"][k] for k in ("outcome", "changes", "commit")} == {
        "outcome": "succeeded", "changes": 1, "commit": "0bad"}


def test_one_flipped_byte_anywhere_in_the_runs_is_found_and_named(tmp_path: Path) -> None:
    """The baseline is told from them: every bit of three bytes of every column."""
    path = tmp_path / "live.db"
    live = an_org_in(f"sqlite:///{path}").member("sam")
    a_run(live, "first", SetName(SAM, "Sam"))
    with pytest.raises(Refused):
        a_run(live, "second", SetProjectRole(SAM, "nowhere", Role.VIEWER))
    a_run(live, "third", SetName(SAM, "Samuel"))
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.execute("PRAGMA ignore_check_constraints = ON")
    columns = [row[1] for row in raw.execute("PRAGMA table_info(runs)")]
    flips = 0
    for run in ("first", "second", "third"):
        (rowid,) = raw.execute("SELECT rowid FROM runs WHERE id = ?", (run,)).fetchone()
        for column in columns:
            (stored,) = raw.execute(f"SELECT CAST({column} AS BLOB) FROM runs "
                                    "WHERE rowid = ?", (rowid,)).fetchone()
            (kind,) = raw.execute(f"SELECT typeof({column}) FROM runs WHERE rowid = ?",
                                  (rowid,)).fetchone()
            for at in sorted({0, len(stored or b"") // 2, len(stored or b"") - 1} - {-1}):
                for bit in range(8 if stored else 0):
                    flipped = bytearray(stored)
                    flipped[at] ^= 1 << bit
                    raw.execute(f"UPDATE runs SET {column} = CAST(? AS TEXT) WHERE rowid = ?",
                                (bytes(flipped), rowid))
                    raw.commit()
                    breach = open_store(f"sqlite:///{path}").verify("acme").breach
                    assert breach is not None, (run, column, at, bit)
                    assert run in breach.what
                    raw.execute(f"UPDATE runs SET {column} = CAST(CAST(? AS TEXT) AS {kind}) "
                                "WHERE rowid = ?", (stored, rowid))
                    raw.commit()
                    flips += 1
    assert flips > 500
    assert open_store(f"sqlite:///{path}").verify("acme").breach is None


@pytest.mark.parametrize(("tampering", "said"), [
    ("UPDATE runs SET source_commit = NULL WHERE id = 'first'", "first is not as record 10 says"),
    ("UPDATE runs SET outcome = 'failed', sequence = NULL WHERE id = 'third'", "third is not as"),
    ("UPDATE runs SET outcome = 'started', finished_at = NULL WHERE id = 'first'", "first is not"),
    ("DELETE FROM runs WHERE id = 'second'", "second of record 12 was removed"),
    ("INSERT INTO runs SELECT organization, 'other', 'plan', desired_digest, source_commit, actor, "
     "summary, started_at, finished_at, outcome, changes, problem, policy_digest, sequence, "
     "carried FROM runs WHERE id = 'first'", "other has no record: it was inserted"),
])
def test_tampering_with_runs_is_found(
    live: Live, store_url: str, tampering: str, said: str
) -> None:
    a_run(live.member("sam"), "first", SetName(SAM, "Sam"))
    with pytest.raises(Refused):
        a_run(live, "second", SetProjectRole(SAM, "nowhere", Role.VIEWER))
    assert live.store.verify("acme").unsealed == 1
    a_run(live, "third", SetName(SAM, "Samuel"))
    whole = live.store.verify("acme")
    assert (whole.breach, whole.unsealed) == (None, 0)
    with writing(make_engine(parse_url(store_url))) as connection:
        connection.exec_driver_sql(tampering)
    breach = live.store.verify("acme").breach
    assert breach is not None
    assert said in breach.what


def test_runs_of_earlier_versions_are_taken_in_by_the_next_run(
    live: Live, store_url: str
) -> None:
    a_run(live.member("sam"), "first", SetName(SAM, "Sam"))
    with writing(make_engine(parse_url(store_url))) as connection:
        for statement in ("DELETE FROM audit WHERE operation = 'finish-run'",
                          "UPDATE organizations SET sequence = sequence - 1",
                          "UPDATE runs SET sequence = sequence - 1"):
            connection.exec_driver_sql(statement)
    before = live.store.verify("acme")
    assert (before.breach, before.unsealed) == (None, 1)
    a_run(live, "second", SetName(SAM, "Samuel"))
    after = live.store.verify("acme")
    assert (after.breach, after.unsealed) == (None, 0)
    assert set(live.last.after["others"]) == {"first"}


def test_what_was_told_of_a_few_is_looked_up_and_not_searched_for(tmp_path: Path) -> None:
    """However long the log is: every question about somebody or something goes by the index."""
    path = tmp_path / "live.db"
    live = an_org_in(f"sqlite:///{path}").member("sam", web="viewer").group("analysts", "sam")
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        if "FROM audit" in statement:
            asked.append((statement, values))

    with live.store.reader("acme") as reader:
        listen(reader.connection, "before_cursor_execute", note)
        told = list(reader.told([SAM], up_to=10_000, groups={"analysts"}))
    assert [r.operation for r in told if r.subject == SAM] == [
        "invite", "join", "add-to-group"]
    assert [r.sequence for r in told] == sorted(r.sequence for r in told)
    assert asked
    raw = sqlite3.connect(path)
    for statement, values in asked:
        (*_, how), = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        assert "ix_audit_subject" in how, statement
