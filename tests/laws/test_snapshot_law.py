"""The law of snapshots: what is planned and found against one is what the live store gives."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reconciler.desired.load import load
from reconciler.drift.classify import find_drift
from reconciler.live.connect import open_snapshot
from reconciler.live.ports import Store
from reconciler.live.sql import told
from reconciler.model import operations as op
from reconciler.model.email import Email
from reconciler.planning.document import to_json
from reconciler.planning.plan import ONLY, Plan
from reconciler.planning.planner import make_plan
from tests import postgres
from tests.drift import test_oracle as drifting
from tests.drift.test_oracle import PHASES, WHEN, a_populated_file
from tests.laws import worlds
from tests.laws.test_laws import (
    EXAMPLES,
    LAW,
    LAW_OF_BOTH,
    NOW,
    ROOT,
    a_past,
    a_store,
    documents,
    empty_database,
    founded,
    pasts,
)
from tests.laws.test_life import Life

__all__ = ["a_populated_file", "empty_database"]
ACTORS = st.sampled_from([None, worlds.FOUNDER, *worlds.PEOPLE[:2]])
ASKED = st.sampled_from([{}, {"permitted_only": True}, {"only": ONLY["pending"]},
                         {"only": ONLY["drift"]}])
FEW_AND_MANY = st.sampled_from([0, 5_000])


def snapshot_of(store: Store, folder: Path) -> Store:
    """A snapshot of acme, out of its file."""
    path = folder / "acme.snapshot"
    path.write_bytes(store.take_snapshot("acme", now=NOW))
    return open_snapshot(path)


def but_for_the_mention(plan: Plan) -> str:
    """The plan's bytes without what says what it was made against."""
    document: dict[str, Any] = json.loads(to_json(plan))
    assert (plan.snapshot is None) == ("snapshot" not in document)
    for key in ("snapshot", "digest", "applyable"):
        document.pop(key, None)
    return json.dumps(document)


def hold_equal(store: Store, folder: Path, planned: Callable[[Store], Plan]) -> Plan:
    """The plan of the live store, which that of a snapshot must equal."""
    live, snapshot = planned(store), planned(snapshot_of(store, folder))
    assert but_for_the_mention(snapshot) == but_for_the_mention(live)
    assert snapshot.snapshot == NOW
    assert not snapshot.applyable
    assert snapshot.refused is live.refused
    assert snapshot.digest != live.digest
    return live


@LAW
@given(past=pasts, document=documents, actor=ACTORS, asked=ASKED, many=FEW_AND_MANY)
def test_a_plan_against_a_snapshot_is_the_plan_of_the_live_store(
    empty_database: Path, past: tuple[worlds.Document, list[worlds.HandEdit]],
    document: worlds.Document, actor: str | None, asked: dict[str, Any], many: int,
) -> None:
    with a_store(empty_database) as (store, folder), pytest.MonkeyPatch.context() as patched:
        # From so many people on the audit log is read another way.
        patched.setattr(told, "_MANY", many)
        a_past(store, folder, *past)
        path = worlds.write(document, folder)

        def planned(where: Store) -> Plan:
            with where.reader("acme") as reader:
                by = {} if actor is None and "permitted_only" in asked else asked
                return make_plan(load(path), reader, actor=Email(actor) if actor else None,
                                 now=NOW, **by)

        plan = hold_equal(store, folder, planned)
        event(f"moved by hand: {any(c.moved for c in plan.changes)}")


@LAW_OF_BOTH
@given(past=pasts, document=documents)
def test_a_snapshot_of_either_database_gives_the_same_plan(
    empty_database: Path, postgresql_server: postgres.Server,
    past: tuple[worlds.Document, list[worlds.HandEdit]], document: worlds.Document,
) -> None:
    plans = []
    with a_store(empty_database) as (sqlite, folder), postgresql_server.database() as url:
        for store in (sqlite, founded(url)):
            a_past(store, folder, *past)
            path = worlds.write(document, folder)

            def planned(where: Store, path: Path = path) -> Plan:
                with where.reader("acme") as reader:
                    return make_plan(load(path), reader, actor=ROOT, now=NOW)

            plans.append(hold_equal(store, folder, planned))
    assert to_json(plans[0]) == to_json(plans[1])


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES,
          suppress_health_check=[HealthCheck.too_slow])
@given(edits=drifting.edits, many=FEW_AND_MANY)
def test_drift_in_a_snapshot_is_the_drift_of_the_live_store(
    a_populated_file: Path, edits: list[op.Operation], many: int
) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patched:
        patched.setattr(told, "_MANY", many)
        folder = Path(name)
        live = drifting.open_copy(a_populated_file, folder / "live.db")
        path = folder / "org.yaml"
        drifting.declare(live, path)
        drifting.run(live, path)
        drifting.perform(live, edits)
        found = []
        for store in (live.store, snapshot_of(live.store, folder)):
            with store.reader("acme") as reader:
                found.append(find_drift(load(path), reader, now=WHEN))
        assert found[1].snapshot == NOW
        assert replace(found[1], snapshot=None) == found[0]
        event(f"drift: {found[0].found}")


class Observed(Life):
    """A life in which every plan is made against a snapshot, too: addresses change, people and
    dates come and go, and runs are cut off."""

    def _plan(self) -> Plan:
        path = self.folder / "org.yaml"
        super()._plan()  # writes the file

        def planned(where: Store) -> Plan:
            with where.reader("acme") as reader:
                return make_plan(load(path), reader, actor=ROOT, now=self.now)

        return hold_equal(self.store, self.folder, planned)


def test_over_time_snapshots_always_give_the_plan_of_the_live_store(empty_database: Path) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Observed.fresh = staticmethod(lambda: a_store(empty_database))
    run_state_machine_as_test(Observed, settings=settings(
        max_examples=int(os.environ.get("LAW_EXAMPLES", "10")), stateful_step_count=15,
        deadline=None, suppress_health_check=list(HealthCheck)))
