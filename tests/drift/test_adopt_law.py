"""The law of adopting: whatever was done by hand, the files that adopt it plan nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, event, given, settings

from reconciler.desired.edits.adopting import adopt
from reconciler.desired.edits.workspace import Workspace
from reconciler.desired.load import load
from reconciler.drift.report import Way
from reconciler.model import operations as op
from reconciler.model.email import Email
from reconciler.planning.planner import make_plan
from tests.domain import ADA
from tests.drift.test_oracle import (
    EXAMPLES,
    PHASES,
    WHEN,
    a_populated_file,
    declare,
    drift,
    edits,
    open_copy,
    perform,
    run,
)

__all__ = ["a_populated_file"]


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES,
          suppress_health_check=[HealthCheck.too_slow])
@given(edits)
def test_after_adopting_random_hand_edits_nothing_is_planned(
    a_populated_file: Path, by_hand: list[op.Operation]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        live = open_copy(a_populated_file, Path(folder) / "live.db")
        path = Path(folder) / "org.yaml"
        declare(live, path)
        run(live, path)
        perform(live, by_hand)
        items = [i for i in drift(live, path).items if Way.ADOPT in i.ways]
        with live.store.reader("acme") as reader:
            members = reader.members([Email(i.subject) for i in items if ":" not in i.subject])
            frame = reader.frame()
        files = Workspace.open(path)
        adopt(files, {m.element: m for i in items for m in i.moved}.values(), members=members,
              frame=frame)
        files.save()
        event("adopted")
        with live.store.reader("acme") as reader:
            plan = make_plan(load(path), reader, actor=ADA, now=WHEN)
        assert [c.key for c in plan.changes] == []

