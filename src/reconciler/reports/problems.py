"""The view of files that cannot be planned: what is wrong with them, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.finding import Finding, Severity
from reconciler.reports.view import About, Status, View


def problems_view(path: str, conclusion: str, findings: Iterable[Finding]) -> View:
    """What is wrong at `path`, of which there is no plan. Findings have their places already."""
    every = tuple(findings)
    return View(
        about=About.PLAN, organization=path, title=f"No plan for {path}", status=Status.REFUSED,
        scope="", conclusion=f"No plan: {conclusion}", members=0,
        errors=tuple(f for f in every if f.severity is Severity.ERROR),
        warnings=tuple(f for f in every if f.severity is Severity.WARNING))
