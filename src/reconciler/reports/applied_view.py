"""The view of what a run applied: its plan, and that it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.applying.apply import Applied
from reconciler.model.organization import Overview
from reconciler.planning.plan import Plan
from reconciler.reports.plan_view import view_of
from reconciler.reports.view import About, Fact, Status, View
from reconciler.reports.words import counted


def applied_view(
    plan: Plan, done: Applied, *, actor: str, at: datetime, verbose: bool = False,
    folder: str = "", overview: Overview | None = None,
) -> View:
    """What `actor` applied at that time (UTC). `overview` is of afterwards."""
    view = view_of(plan, verbose=verbose, folder=folder, overview=overview)
    facts = [Fact("actor", actor), Fact("applied", f"{at:%Y-%m-%d %H:%M} UTC")]
    if done.run:
        facts.append(Fact("run", done.run))
    kept = [fact for fact in view.facts if fact.label in ("commit", "plan", "only")]
    return replace(
        view, about=About.APPLIED, title=f"Applied to {plan.organization}, by {actor}",
        status=Status.DONE if done.changes else Status.NOTHING, facts=(*facts, *kept),
        conclusion=applied_text(plan.organization, done) if done.changes else view.conclusion)


def applied_text(organization: str, done: Applied) -> str:
    """`Applied 28 changes to acme; 1 waiting.`"""
    waiting = f"; {done.waiting:,} waiting" if done.waiting else ""
    return f"Applied {counted(done.changes, 'change')} to {organization}{waiting}."
