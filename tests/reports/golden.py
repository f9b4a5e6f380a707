"""Golden files: what a renderer made, kept to be read (RECONCILER_GOLDEN=write makes them anew)."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reconciler.applying.apply import Applied
from reconciler.drift.not_applied import Left, NotApplied, Since, Stopped
from reconciler.drift.report import DriftItem, DriftKind, DriftReport, Harm, Way
from reconciler.live.ports import Baseline
from reconciler.model.elements import Aspect, Element, Movement
from reconciler.model.finding import Location
from reconciler.model.organization import Overview
from reconciler.planning.plan import Plan
from reconciler.reports.applied_view import applied_view
from reconciler.reports.drift_view import drift_view
from reconciler.reports.plan_view import view_of
from reconciler.reports.view import View
from reconciler.reports.watch_view import watch_view
from tests.reports.plans import (
    ADA,
    HOSTILE,
    NASTY,
    a_plan,
    everything,
    hostile,
    nasty,
    of_a_manager,
    with_causes,
)

FOLDER = Path(__file__).parent / "golden"
OVERVIEW = Overview(total=1682, joined=1600, pending=80, requesting=2)


def seen(
    plan: Plan, *, overview: Overview | None = OVERVIEW,
    next_step: str = "Apply it: reconciler apply plan.json",
) -> View:
    """A plan as every golden file has it."""
    return view_of(plan, overview=overview, next_step=next_step)


def of_a_snapshot(plan: Plan, next_step: str = "") -> View:
    """A plan as it is told where it was made against a snapshot."""
    return seen(replace(plan, snapshot=datetime(2026, 5, 31, 23, 5, tzinfo=UTC)),
                next_step=next_step)


def applied() -> View:
    """What came of `everything`."""
    plan = everything()
    done = Applied(run="20260601T120000-0badcafe", changes=len(plan.changes), counts={}, waiting=1)
    at = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    return applied_view(plan, done, actor=ADA, at=at, overview=OVERVIEW)


def drift() -> View:
    """Every kind of drift, one of it by somebody with a hostile name."""
    return drift_view(a_drift_report(), overview=OVERVIEW, path="org.yaml")


def watched() -> View:
    """The same beside everything that is not applied, with a refusal and what waits."""
    plan = hostile()
    left = tuple(Left(change=c, since=list(Since)[n % 2]) for n, c in enumerate(plan.changes))
    stopped = Stopped(subject=HOSTILE, text=f"remove member ({HOSTILE})", since=Since.MERGED,
                      source=Location("org.yaml", 7))
    pending = NotApplied(left=left, stopped=(stopped,), waiting=(*plan.waiting,
                                                                *everything().waiting),
                         findings=plan.findings)
    return watch_view(a_drift_report(), pending, overview=OVERVIEW, path="org.yaml")


def not_applied() -> View:
    """What is not applied, without drift."""
    pending = NotApplied(left=tuple(
        Left(change=c, since=Since.MERGED) for c in everything().changes))
    return watch_view(replace(a_drift_report(), items=()), pending, overview=OVERVIEW)


def a_drift_report() -> DriftReport:
    """Every kind of drift, and what is ignored."""
    trace = with_causes().changes[0].moved
    assert trace is not None
    items = []
    for number, kind in enumerate(DriftKind):
        subject = f"{kind}@acme.example"
        role = Element(subject, Aspect.PROJECT_ROLE, HOSTILE if number == 1 else "web")
        moved = () if kind is DriftKind.PENDING else (
            Movement(element=role, before="viewer", after="admin", trace=trace),)
        items.append(DriftItem(
            kind=kind, selector=f"{subject}/project/{role.target}", subject=subject,
            text=f"role on {role.target}: viewer -> admin", harm=list(Harm)[number % len(Harm)],
            moved=moved, declared="member" if kind is DriftKind.CONFLICT else "",
            trace=replace(trace, by=HOSTILE) if number == 2 else trace if moved else None,
            source=Location("org.yaml", 10 + number), ways=tuple(Way)))
    items.append(replace(items[0], ignored=HOSTILE, selector=NASTY[0]))
    baseline = Baseline(run="20260529T120000-0badcafe", sequence=5, actor=ADA, at=trace.at,
                        commit="0badcafe", desired_digest="d", policy_digest=None)
    return DriftReport(organization="acme", members=1682, baseline=baseline, sequence=9,
                       desired_digest="d", items=tuple(items))


VIEWS: dict[str, View] = {
    "everything": seen(everything()),
    "hostile": seen(hostile()),
    "nasty": seen(nasty()),
    "manager": seen(of_a_manager(), overview=None),
    "causes": seen(with_causes()),
    "applied": applied(),
    "drift": drift(),
    "watched": watched(),
    "not-applied": not_applied(),
    "snapshot": of_a_snapshot(with_causes(), "To apply it, plan it against the live store."),
    "snapshot-empty": of_a_snapshot(a_plan()),
    "empty": seen(a_plan()),
}


def hold_against(name: str, made: str) -> None:
    """Hold what was made against its golden file."""
    golden = FOLDER / name
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        golden.write_text(made)
    assert made == golden.read_text()
