"""A snapshot: all that planning reads of one organization, nothing else, and never written."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from reconciler.live import snapshot as container
from reconciler.live.connect import open_snapshot, open_store
from reconciler.live.ports import Reader, Step, Store, Wanted
from reconciler.live.snapshot import MARK, packed, path_of, unpacked
from reconciler.live.sql import schema, snapshots, tables
from reconciler.live.sql.reader import SqlReader
from reconciler.model.email import Email
from reconciler.model.errors import Exit, InvalidInput, ReconcilerError, Unreachable
from reconciler.model.operations import (
    AddContent,
    AddGroupSpace,
    Invite,
    Join,
    JoinSpace,
    MigrateDomain,
    Operation,
    RemoveMember,
    Revoke,
    SetAccount,
    SetName,
    SetPolicy,
    SetProjectRole,
)
from reconciler.model.organization import ContentItem, ContentKind, Settings
from reconciler.model.policy import Policy
from reconciler.model.roles import Role
from tests import postgres
from tests.domain import NOW, access, email
from tests.live.living import Live, a_run, an_org_in

TITLE = "The secret of the funnel"
MOMENT = datetime(2026, 6, 1, 12, 34, 56, tzinfo=UTC)


def furnished(url: str) -> Live:
    """An organization with something in every table, a run behind it, and hand edits since."""
    live = an_org_in(url, access_requests=True)
    live.admin("bob").member("sam", mobile="member", default="mobile").member("eve", web="viewer")
    live.pending("kim", web="viewer").requesting("zoe").pending("gone", web="member")
    live.group("analysts", "sam", "kim", mobile="viewer", web="member")
    live.does(AddGroupSpace("analysts", "growth"), JoinSpace(email("sam"), "core"), AddContent(
        ContentItem(
            id="c1", kind=ContentKind.CHART, title=TITLE, project="web", owner=email("eve"))),
        SetName(email("sam"), "Sam"))
    live.performs(run=a_run("r0", "plan-0"))
    live.does(SetProjectRole(email("eve"), "web", Role.ADMIN))
    live.performs(_step(SetPolicy(Policy(min_admins=2))),
                  _step(SetAccount(email("bob"), "github", "Bob-L")), _step(Revoke(email("gone"))),
                  run=a_run("r1", "plan-1"))
    with pytest.raises(ReconcilerError):
        live.performs(_step(Revoke(email("gone"))), run=a_run("r2", "plan-2"))
    live.does(SetProjectRole(email("sam"), "web", Role.MANAGER))
    live.does(RemoveMember(email("eve")))
    return live


def _step(operation: Operation) -> Step:
    return Step(operation=operation)


def taken(live: Live, folder: Path, at: datetime = MOMENT) -> Store:
    path = folder / "acme.snapshot"
    path.write_bytes(live.store.take_snapshot("acme", now=at))
    return open_snapshot(path)


def everything_planned_by(reader: Reader) -> dict[str, Any]:
    """What planning asks a reader."""
    members = reader.members(reader.emails())
    return {
        "frame": reader.frame(), "roster": list(reader.roster()), "members": members,
        "overview": reader.overview(), "admins": sorted(reader.admins()),
        "invitations": reader.invitations(sent_until=NOW + timedelta(days=99)),
        "groups": sorted(reader.emails_in_group("analysts")),
        "roles": sorted(reader.emails_with_project_roles()),
        "content": [(i.id, i.kind, i.project, i.space, i.owner) for i in reader.content()],
        "total": reader.content_total(), "has": reader.has_content("c1"),
        "baseline": reader.baseline(), "intents": reader.intents_of_last_run(),
        "since": reader.subjects_told(after=_sequence(reader)),
        "changed": reader.changed_since(_sequence(reader)),
    }


def _sequence(reader: Reader) -> int:
    baseline = reader.baseline()
    return baseline.sequence if baseline is not None else 0


def test_a_snapshot_reads_as_the_live_store_does(store_url: str, tmp_path: Path) -> None:
    live = furnished(store_url)
    with live.store.reader("acme") as reader:
        expected = everything_planned_by(reader)
        assert reader.snapshot is None
    assert live.store.snapshot is None
    assert expected["since"] == [email("eve"), email("sam")]
    store = taken(live, tmp_path)
    assert store.organizations() == ["acme"]
    with store.reader("acme") as reader:
        assert everything_planned_by(reader) == expected
        about = reader.snapshot
    assert about is not None
    assert (about.organization, about.taken_at, about.tables) == (
        "acme", MOMENT, schema.REVISIONS[-1])
    assert about.sequence == expected["frame"].sequence
    assert about.said == "a snapshot taken 2026-06-01 12:34 UTC"


def test_what_moved_since_the_last_run_is_told_as_the_live_store_tells_it(
    store_url: str, tmp_path: Path
) -> None:
    live = furnished(store_url)
    people = [email("eve"), email("sam")]
    with live.store.reader("acme") as reader:
        expected = list(reader.told(people))
    with taken(live, tmp_path).reader("acme") as reader:
        assert list(reader.told(people)) == expected


def test_nothing_is_told_where_nothing_moved(store_url: str, tmp_path: Path) -> None:
    live = an_org_in(store_url).member("sam")
    live.performs(run=a_run())
    with taken(live, tmp_path).reader("acme") as reader:
        assert list(reader.told(None)) == []
        assert reader.baseline() is not None


@pytest.mark.parametrize("name", ["gone", "eve", "zoe"])
def test_that_somebody_was_once_there_is_known(
    store_url: str, tmp_path: Path, name: str
) -> None:
    with taken(furnished(store_url), tmp_path).reader("acme") as reader:
        assert reader.history_of(email(name), limit=1)
        assert not reader.history_of(email("never"), limit=1)


def test_where_a_domain_went_is_known(store_url: str, tmp_path: Path) -> None:
    live = furnished(store_url)
    live.does(MigrateDomain("acme.example", "new.example", accept_loss=True))
    live.performs(run=a_run("r3", "plan-3"), by="ada@new.example")  # nothing moved since
    with live.store.reader("acme") as reader:
        expected = [(r.operation, r.at, r.after) for r in reader.history_of("domain:acme.example")]
    with taken(live, tmp_path).reader("acme") as reader:
        found = reader.history_of("domain:acme.example")
        assert [(r.operation, r.at, r.after) for r in found] == expected
        assert len(expected) == 1


def test_both_databases_are_taken_alike(
    sqlite_url: str, postgresql_server: postgres.Server
) -> None:
    bodies = []
    with postgresql_server.database() as url:
        for where in (sqlite_url, url):
            data = furnished(where).store.take_snapshot("acme", now=MOMENT)
            bodies.append(rows_in(data))
    assert bodies[0] == bodies[1]
    assert all(bodies[0][table.name] for table in (*snapshots.WHOLE, *snapshots.REDUCED))


def rows_in(data: bytes) -> dict[str, list[Any]]:
    """Every row of every table of a snapshot."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(data.partition(b"\n")[2])
    names = [name for name, in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return found


def test_what_the_newest_run_left_is_known_whatever_its_clock_said(
    store_url: str, tmp_path: Path
) -> None:
    live = an_org_in(store_url)
    intents = [{"kind": "email-change", "subject": "sam@acme.example", "target": "sam@b.example"}]
    live.performs(run=a_run("r1", "plan-1"), now=NOW + timedelta(hours=1))
    live.performs(_step(SetName(email("ada"), "Ada")), now=NOW,
                  run=replace(a_run("r2", "plan-2"), summary={"intents": intents, "changes": 1}))
    with taken(live, tmp_path).reader("acme") as reader:
        assert reader.intents_of_last_run() == [
            ("email-change", "sam@acme.example", "sam@b.example")]
        baseline = reader.baseline()
    assert baseline is not None
    assert baseline.run == "r2"


# --- what is left out --------------------------------------------------------------------------


def test_every_table_is_decided_on() -> None:
    decided = {t.name for t in (*snapshots.WHOLE, *snapshots.REDUCED, *snapshots.LEFT_OUT)}
    assert decided == set(tables.metadata.tables)


def test_nothing_is_in_it_that_no_plan_needs(store_url: str) -> None:
    live = furnished(store_url)
    other = an_org_in(store_url, "beta").member("mallory")
    assert other.person("mallory")
    data = live.store.take_snapshot("acme", now=MOMENT)
    for word in (TITLE, "mallory", "beta", "plan-0", "plan-2", "leases"):
        assert word.encode() not in data, word
    found = rows_in(data)
    assert {row[2] for row in found["runs"]} == {"plan-1"}
    before, hashes = 6, (9, 10)
    assert {row[before] for row in found["audit"]} == {"{}"}
    assert {row[at] for row in found["audit"] for at in hashes} == {""}
    # Of sam and eve, and of whoever is there no more; of nobody who stood still.
    assert {row[5] for row in found["audit"] if "@" in row[5]} == {
        email(name) for name in ("sam", "eve", "zoe", "gone")}


def test_a_run_is_in_it_without_how_it_went(store_url: str) -> None:
    live = furnished(store_url)
    columns = [c.name for c in tables.runs.c]
    (row,) = rows_in(live.store.take_snapshot("acme", now=MOMENT))["runs"]
    run = dict(zip(columns, row, strict=True))
    assert json.loads(run["summary"]) == {"intents": []}
    assert run["finished_at"] == run["started_at"]


# --- the file ----------------------------------------------------------------------------------


@pytest.fixture
def path(sqlite_url: str, tmp_path: Path) -> Path:
    """A snapshot of acme."""
    path = tmp_path / "acme.snapshot"
    path.write_bytes(furnished(sqlite_url).store.take_snapshot("acme", now=MOMENT))
    return path


def refused(path: Path) -> ReconcilerError:
    """What opening it is refused with: as a store that cannot be reached, with a way out."""
    with pytest.raises(Unreachable) as refusal:
        open_snapshot(path)
    assert refusal.value.exit is Exit.UNREACHABLE
    assert refusal.value.how
    return refusal.value


def test_times_are_utc_wherever_it_was_taken(sqlite_url: str, tmp_path: Path) -> None:
    live = an_org_in(sqlite_url)
    at = MOMENT.astimezone(timezone(timedelta(hours=9)))
    about = taken(live, tmp_path, at).snapshot
    assert about is not None
    assert about.taken_at == MOMENT
    assert about.taken_at.utcoffset() == timedelta(0)


def test_a_file_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.snapshot").what
    assert "directory" in refused(tmp_path).what


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.99])
def test_one_that_was_cut_off_is_refused(path: Path, part: float) -> None:
    data = path.read_bytes()
    line = data.index(b"\n") + 1
    path.write_bytes(data[:line + int(part * (len(data) - line))])
    assert "is cut off" in refused(path).what
    path.write_bytes(data[:-1])
    assert "is cut off" in refused(path).what


def test_one_whose_first_line_was_cut_off_is_refused(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:60])
    assert "first line" in refused(path).what


def test_one_byte_more_is_an_alteration(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\x00")
    assert "was altered" in refused(path).what


def test_every_byte_counts(path: Path) -> None:
    """All of the first line, and bytes all over the tables."""
    data = bytearray(path.read_bytes())
    line = data.index(b"\n")
    for at in (*range(line + 1), *range(line + 1, len(data), 997)):
        changed = bytearray(data)
        changed[at] ^= 1
        path.write_bytes(changed)
        refused(path)
    path.write_bytes(data)
    assert open_snapshot(path).organizations() == ["acme"]


@pytest.mark.parametrize(("name", "value"), [
    ("taken_at", "2027-01-01T00:00:00+00:00"), ("organization", "beta"), ("sequence", 1),
    ("version", "9.9.9"), ("tables", "0001"),
])
def test_what_it_says_of_itself_cannot_be_altered(path: Path, name: str, value: object) -> None:
    line, _, body = path.read_bytes().partition(b"\n")
    head = json.loads(line.removeprefix(MARK))
    path.write_bytes(MARK + json.dumps({**head, name: value}).encode() + b"\n" + body)
    assert "was altered" in refused(path).what


@pytest.mark.parametrize("head", [
    b"", b"[]", b"{}", b"null", b"{", b"[" * 3000, b'{"format": true}', b'{"bytes": -1}',
    b"\xff\xfe", b'{"format": 1, "version": "0.1.0"}',
])
def test_a_first_line_that_says_nothing_is_refused(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "acme.snapshot"
    path.write_bytes(MARK + head + b"\nSQLite")
    assert "first line" in refused(path).what


@pytest.mark.parametrize("value", [2**63, 10**30, -1, 1.0, True, "1", None])
def test_numbers_that_are_none_are_refused(path: Path, value: object) -> None:
    line, _, body = path.read_bytes().partition(b"\n")
    head = json.loads(line.removeprefix(MARK))
    for name in ("bytes", "sequence"):
        path.write_bytes(MARK + json.dumps({**head, name: value}).encode() + b"\n" + body)
        refused(path)


def test_another_format_names_the_version_that_took_it(path: Path) -> None:
    line, _, body = path.read_bytes().partition(b"\n")
    head = json.loads(line.removeprefix(MARK)) | {"format": 2, "version": "7.1.0", "more": 1}
    path.write_bytes(MARK + json.dumps(head).encode() + b"\n" + body)
    said = refused(path)
    assert "version 7.1.0 of reconciler" in said.what
    assert "same version" in said.how


def test_other_tables_name_the_version_that_took_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about, body = unpacked(path)
    monkeypatch.setattr(container, "_version", lambda: "0.0.9")
    path.write_bytes(packed(about.__class__(
        organization="acme", taken_at=MOMENT, sequence=1, tables="0001"), body))
    assert "version 0.0.9 of reconciler" in refused(path).what


def test_a_digest_that_fits_bytes_that_are_no_tables_helps_nobody(path: Path) -> None:
    about, _ = unpacked(path)
    path.write_bytes(packed(about, b"this is no database" * 999))
    assert "holds no tables" in refused(path).what


@pytest.mark.parametrize("content", [b"", b"apiVersion: reconciler/v1\n", b"\x00" * 9999])
def test_other_files_are_no_snapshots(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    said = refused(path)
    assert "is no snapshot" in said.what
    assert "reconciler snapshot --out FILE" in said.how


def test_a_live_store_is_told_how_to_name_it(sqlite_url: str) -> None:
    an_org_in(sqlite_url)
    said = refused(Path(sqlite_url.removeprefix("sqlite:///")))
    assert "is a live store" in said.what
    assert f"--store {sqlite_url}" in said.how


def test_a_snapshot_named_as_a_live_store_is_told_how_to_name_it(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(Unreachable) as refusal:
        open_store(f"sqlite:///{path}")
    assert f"--store snapshot:{path}" in refusal.value.how
    assert path.read_bytes() == before


def test_a_snapshot_is_read_where_nothing_can_be_written(path: Path) -> None:
    folder = path.parent / "read-only"
    folder.mkdir()
    kept = folder / "acme.snapshot"
    kept.write_bytes(path.read_bytes())
    kept.chmod(0o444)
    folder.chmod(0o555)
    try:
        with open_snapshot(kept).reader("acme") as reader:
            assert reader.overview().total == 4
        assert list(folder.iterdir()) == [kept]
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize(("url", "file"), [
    ("snapshot:acme.snapshot", "acme.snapshot"), ("snapshot:/tmp/a b", "/tmp/a b"),
    ("snapshot:./x", "x"), ("sqlite:///acme.db", None), ("postgresql://h/d", None),
])
def test_a_snapshot_is_named_by_its_file(url: str, file: str | None) -> None:
    assert path_of(url) == (None if file is None else Path(file))


@pytest.mark.parametrize("url", ["snapshot:", "snapshot: ", "snapshot://acme.snapshot",
                                 "snapshot:///acme.snapshot"])
def test_a_name_without_a_file_is_invalid(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        path_of(url)
    assert refusal.value.how == "write snapshot:FILE"


# --- only read ---------------------------------------------------------------------------------


def test_nothing_writes_to_a_snapshot(path: Path) -> None:
    store, before = open_snapshot(path), path.read_bytes()
    for write in (
        lambda: store.perform("acme", [_step(Join(email("kim")))], actor=None, now=NOW),
        lambda: store.perform("acme", [], actor=email("ada"), now=NOW, run=a_run("r9", "p9")),
        lambda: store.create_organization("beta", settings=Settings(), admin=email("ada"),
                                          now=NOW),
        store.upgrade,
        lambda: store.take_snapshot("acme", now=NOW),
    ):
        with pytest.raises(InvalidInput, match="needs the live store"):
            write()
    with pytest.raises(Unreachable, match="readonly"), store.reader("acme") as reader:
        assert isinstance(reader, SqlReader)
        reader.connection.exec_driver_sql("DELETE FROM members")
    assert path.read_bytes() == before


def test_a_snapshot_keeps_no_history(path: Path) -> None:
    store = open_snapshot(path)
    for ask in (
        lambda: store.audit("acme"), lambda: store.runs("acme"),
        lambda: store.search("acme", Wanted()), lambda: store.verify("acme"),
        lambda: store.named_in_audit("acme", "subject"),
    ):
        with pytest.raises(InvalidInput, match="keeps no history"):
            ask()


def test_another_organization_is_named(path: Path) -> None:
    with pytest.raises(InvalidInput) as refusal, open_snapshot(path).reader("beta"):
        pass
    assert refusal.value.what == "the snapshot is of acme, not of beta"
    assert "reconciler snapshot --organization beta --out FILE" in refusal.value.how


def test_an_organization_that_is_not_there_is_not_taken(store_url: str) -> None:
    store = an_org_in(store_url).store
    with pytest.raises(InvalidInput, match="holds no organization beta"):
        store.take_snapshot("beta", now=NOW)


def test_one_is_taken_while_another_run_writes(store_url: str, tmp_path: Path) -> None:
    """Readers never wait, and see the moment before."""
    live = an_org_in(store_url).member("sam")
    with live.store.reader("acme") as reader:
        live.member("kim")
        data = snapshots.take(reader, now=MOMENT)
    assert [row[1] for row in rows_in(data)["members"]] == [email("ada"), email("sam")]


def test_many_rows_are_all_there(store_url: str, tmp_path: Path) -> None:
    """More than the bulk writer puts into one statement."""
    live = an_org_in(store_url)
    names = [f"p{number:04}" for number in range(1_200)]
    live.does(*(Invite(email(n), access("user", web="viewer")) for n in names))
    with live.store.reader("acme") as reader:
        expected = reader.members(reader.emails())
    with taken(live, tmp_path).reader("acme") as reader:
        assert reader.members(reader.emails()) == expected
    assert Email("p1199@acme.example") in expected
