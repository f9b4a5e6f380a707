"""Golden files: what a renderer made, kept to be read (RECONCILER_GOLDEN=write makes them anew)."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.applying.apply import Applied
from reconciler.model.organization import Overview
from reconciler.planning.plan import Plan
from reconciler.reports.applied_view import applied_view
from reconciler.reports.plan_view import view_of
from reconciler.reports.view import View
from tests.reports.plans import ADA, a_plan, everything, hostile, nasty, of_a_manager, with_causes

FOLDER = Path(__file__).parent / "golden"
OVERVIEW = Overview(total=1682, joined=1600, pending=80, requesting=2)


def seen(plan: Plan, *, overview: Overview | None = OVERVIEW) -> View:
    """A plan as every golden file has it."""
    return view_of(plan, overview=overview, next_step="Apply it: reconciler apply plan.json")


def applied() -> View:
    """What came of `everything`."""
    plan = everything()
    done = Applied(run="20260601T120000-0badcafe", changes=len(plan.changes), counts={}, waiting=1)
    return applied_view(plan, done, actor=ADA, at=with_causes().changes[0].moved.at,
                        overview=OVERVIEW)


VIEWS: dict[str, View] = {
    "everything": seen(everything()),
    "hostile": seen(hostile()),
    "nasty": seen(nasty()),
    "manager": seen(of_a_manager(), overview=None),
    "causes": seen(with_causes()),
    "applied": applied(),
    "empty": seen(a_plan()),
}


def hold_against(name: str, made: str) -> None:
    """Hold what was made against its golden file."""
    golden = FOLDER / name
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        golden.write_text(made)
    assert made == golden.read_text()
