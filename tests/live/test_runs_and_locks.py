"""One writer at a time, readers always, and evidence of whoever did not come to an end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, overload

import pytest

from reconciler.live.ports import Step
from reconciler.live.sql import lock
from reconciler.live.sql.engine import make_engine, parse_url, writing
from reconciler.live.sql.store import SqlStore
from reconciler.model.errors import Locked, Refused
from reconciler.model.operations import CreateProject, CreateTeam, Invite, SetRole
from reconciler.model.roles import Role
from tests.domain import ADA, NOW, access, email
from tests.live.living import Live, a_run, an_org_in

HURRIED = {"wait_seconds": 0.2, "lease_seconds": 0.4}
KILLED = """
import sys, time
from reconciler.live.sql.store import SqlStore
from tests.domain import ADA, NOW
from tests.live.living import a_run
from tests.live.test_runs_and_locks import StepsThat

def wait():
    print("halfway", flush=True)
    time.sleep(60)

store = SqlStore.open(sys.argv[1], lease_seconds=float(sys.argv[2]))
store.perform("acme", StepsThat(wait), actor=ADA, now=NOW, run=a_run("killed", "plan-k"))
"""


class StepsThat(Sequence[Step]):
    """Two steps, between which something happens while they are performed: before that they are
    looked through for whom they concern, and in a run for the policy that it keeps."""

    def __init__(self, happens: Any) -> None:
        self._happens = happens
        self._looks_left = 2

    def __iter__(self) -> Iterator[Step]:
        yield Step(operation=CreateProject("ios", "iOS"))
        if self._looks_left == 0:
            self._happens()
        self._looks_left -= 1
        yield Step(operation=CreateProject("tv", "TV"))

    def __len__(self) -> int:
        return 2

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        return list(self)[index]


@contextmanager
def a_writer_halfway(url: str, lease_seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Another process, inside its transaction, until it is killed."""
    with subprocess.Popen([sys.executable, "-c", KILLED, url, str(lease_seconds)],
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "halfway\n"
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def test_a_run_is_noted_before_and_after(live: Live, store_url: str) -> None:
    seen = []

    def look() -> None:
        with SqlStore.open(store_url).reader("acme") as reader:
            seen.extend(reader.unfinished_runs())

    live.store.perform("acme", StepsThat(look), actor=ADA, now=NOW, run=a_run())
    assert [(r.id, r.outcome, r.finished_at) for r in seen] == [("r1", "started", None)]
    with live.store.reader("acme") as reader:
        assert reader.unfinished_runs() == []
        done = reader.applied("plan-1")
    assert done is not None
    assert (done.outcome, done.actor, done.changes, done.started_at) == (
        "succeeded", ADA, 2, NOW)
    assert {r.run for r in live.store.audit("acme")[-2:]} == {"r1"}


def test_a_refused_run_is_noted_as_failed_and_may_be_tried_again(live: Live) -> None:
    with pytest.raises(Refused):
        live.performs(Step(operation=SetRole(ADA, Role.USER)), run=a_run())
    assert [(r.id, r.outcome, r.changes) for r in live.store.runs("acme")] == [("r1", "failed", 0)]
    live.performs(Step(operation=CreateProject("ios", "iOS")), run=a_run())
    assert [r.outcome for r in live.store.runs("acme")] == ["succeeded"]


def test_an_interrupt_halfway_leaves_everything_as_it_was(live: Live) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    before = live.everything()
    with pytest.raises(KeyboardInterrupt):
        live.store.perform("acme", StepsThat(interrupt), actor=ADA, now=NOW, run=a_run())
    assert live.everything() == before
    assert [r.outcome for r in live.store.runs("acme")] == ["failed"]
    live.does(CreateProject("ios", "iOS"))


def test_a_killed_run_leaves_evidence_and_nothing_else(live: Live, store_url: str) -> None:
    before = live.everything()
    with a_writer_halfway(store_url, lease_seconds=0.5):
        assert live.everything() == before, "readers see nothing of it, and do not wait"
    with live.store.reader("acme") as reader:
        (crashed,) = reader.unfinished_runs()
    assert (crashed.id, crashed.outcome, crashed.actor) == ("killed", "started", ADA)
    live.does(CreateProject("ios", "iOS"))
    assert set(live.frame.projects) == {"web", "mobile", "ios"}
    assert live.store.verify("acme").breach is None


def test_a_killed_run_is_told_until_a_later_run_has_succeeded(live: Live, store_url: str) -> None:
    def told() -> list[str]:
        with live.store.reader("acme") as reader:
            return [run.id for run in reader.unfinished_runs()]

    live.performs(Step(operation=CreateTeam("Sales")), run=a_run("before", "plan-b"))
    with a_writer_halfway(store_url, lease_seconds=0.5):
        pass
    with pytest.raises(Refused):
        live.store.perform("acme", [Step(operation=SetRole(ADA, Role.USER))], actor=ADA,
                           now=NOW + timedelta(hours=1), run=a_run("refused", "plan-r"))
    assert told() == ["killed"]
    live.store.perform("acme", [Step(operation=CreateTeam("Finance"))], actor=ADA,
                       now=NOW + timedelta(hours=2), run=a_run("after", "plan-a"))
    assert told() == []
    assert [(r.id, r.outcome) for r in live.store.runs("acme")] == [
        ("before", "succeeded"), ("killed", "started"), ("refused", "failed"),
        ("after", "succeeded")]


def test_while_one_writes_others_are_told_who_and_since_when(live: Live, store_url: str) -> None:
    hurried = SqlStore.open(store_url, **HURRIED)
    with a_writer_halfway(store_url, lease_seconds=0.1) as process:
        time.sleep(0.2)  # Its lease is over: its transaction still keeps others out.
        with pytest.raises(Locked) as locked:
            hurried.perform("acme", [Step(operation=CreateTeam("Sales"))], actor=ADA, now=NOW)
    for part in ("acme is held by", ADA, f"process {process.pid}", " since 20"):
        assert part in locked.value.what
    assert live.frame.teams == frozenset({"Data"})


def test_a_dead_holders_lease_ends_by_itself(live: Live, store_url: str) -> None:
    engine = make_engine(parse_url(store_url))
    with writing(engine) as connection:
        assert lock.acquire(connection, "acme", "somebody who died", seconds=0.6) is not None
    hurried = SqlStore.open(store_url, **HURRIED)
    steps = [Step(operation=CreateTeam("Sales"))]
    with pytest.raises(Locked, match="somebody who died"):
        hurried.perform("acme", steps, actor=ADA, now=NOW)
    time.sleep(0.5)
    hurried.perform("acme", steps, actor=ADA, now=NOW)
    assert "Sales" in live.frame.teams


def test_who_lost_the_lease_is_stopped(live: Live, store_url: str) -> None:
    engine = make_engine(parse_url(store_url))
    with writing(engine) as connection:
        slow = lock.acquire(connection, "acme", "slow", seconds=0)
    with writing(engine) as connection:
        quick = lock.acquire(connection, "acme", "quick", seconds=0)
    assert slow is not None
    assert quick == slow + 1
    with pytest.raises(Locked, match="lost its lease"), writing(engine) as connection:
        lock.confirm(connection, "acme", slow, 1)


def test_two_writers_take_turns(live: Live, store_url: str) -> None:
    problems: list[BaseException] = []

    def invite(prefix: str) -> None:
        try:
            store = SqlStore.open(store_url)
            for number in range(5):
                step = Step(operation=Invite(email(f"{prefix}{number}"), access()))
                store.perform("acme", [step], actor=ADA, now=NOW)
        except BaseException as problem:  # noqa: BLE001 - the other thread must see all of them
            problems.append(problem)

    threads = [threading.Thread(target=invite, args=(p,)) for p in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert live.overview.pending == 10
    assert live.store.verify("acme").breach is None


def test_a_reader_sees_one_moment(live: Live) -> None:
    with live.store.reader("acme") as reader:
        before = (reader.frame(), list(reader.roster()), reader.overview())
        live.member("sam", web="member").does(CreateProject("ios", "iOS"))
        assert (reader.frame(), list(reader.roster()), reader.overview()) == before
    assert live.overview.joined == 2


def test_on_postgresql_another_organization_is_not_held(postgresql_url: str) -> None:
    live = an_org_in(postgresql_url)
    live.store.create_organization("beta", settings=live.frame.settings, admin=ADA, now=NOW)
    with a_writer_halfway(postgresql_url, lease_seconds=5):
        Live(live.store, "beta").does(CreateProject("web", "Theirs"))
    assert set(Live(live.store, "beta").frame.projects) == {"web"}


def test_an_organization_left_without_a_joined_admin_is_refused_by_the_last_line(
    live: Live, store_url: str
) -> None:
    live.member("sam")
    with writing(make_engine(parse_url(store_url))) as connection:
        connection.exec_driver_sql("UPDATE members SET state = 'pending', invited_at = joined_at "
                                   "WHERE role = 'admin'")
    with pytest.raises(Refused) as refusal:
        live.does(by="ada")
    assert {f.rule for f in refusal.value.findings} == {"R20"}
