"""The view of a drift report: what somebody changed behind the last run, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from reconciler.drift.report import KINDS as MEANINGS
from reconciler.drift.report import DriftItem, DriftKind, DriftReport, Harm, Way
from reconciler.live.ports import Baseline
from reconciler.model.elements import Aspect
from reconciler.model.finding import Severity
from reconciler.model.organization import Overview
from reconciler.planning.plan import Risk
from reconciler.reports.describe import Sign
from reconciler.reports.done import subject_text
from reconciler.reports.plan_view import kind_of, place, trace_text
from reconciler.reports.view import (
    KINDS,
    About,
    Aside,
    Block,
    Effect,
    Fact,
    Line,
    Row,
    Section,
    Status,
    View,
    observed_in,
)
from reconciler.reports.words import counted, listed

_HEADINGS: Final = {
    Harm.ADMIN_GRANT: "Admin rights granted outside of review",
    Harm.SETTING: "Settings changed outside of review",
    Harm.REMOVAL: "People taken out by hand",
    Harm.ACCESS_GIVEN: "Access given by hand",
    Harm.ACCESS_TAKEN: "Access taken away by hand",
    Harm.OTHER: "Other changes by hand",
}
_RISK: Final = {
    Harm.ADMIN_GRANT: Risk.ADMIN_GRANT, Harm.SETTING: Risk.POLICY, Harm.REMOVAL: Risk.REMOVAL,
    Harm.ACCESS_GIVEN: Risk.NONE, Harm.ACCESS_TAKEN: Risk.LOSS, Harm.OTHER: Risk.NONE,
}
_OTHERS: Final = {
    DriftKind.UNMANAGED: "Changed by hand, and not managed by the files",
    DriftKind.CONVERGED: "Changed by hand, and declared by now",
    DriftKind.PENDING: "Pending: only the files changed",
    DriftKind.EXPIRED: "Expired: the next apply ends it",
}
_UNKNOWN: Final = "no record in the audit log: changed outside of the product"
_NO_BASELINE: Final = ("No run was ever applied here, so nothing can be told from what was there "
                       "before: everything that differs counts as pending.")


def drift_view(
    report: DriftReport, *, folder: str = "", overview: Overview | None = None, path: str = "",
) -> View:
    """The view of a drift report. `folder` is put before the files of all places, and `path` is
    what was compared, for the next commands."""
    decided = [i for i in report.items if i.counts]
    ignored = [i for i in report.items if i.ignored is not None]
    rest = [i for i in report.items if not i.counts and i.ignored is None]
    counts = Counter(_sign(i) for i in decided)
    return View(
        about=About.DRIFT, organization=report.organization,
        title=f"Drift of {report.organization}",
        status=Status.FOUND if decided else Status.NOTHING,
        scope=_scope(decided, report),
        conclusion=_conclusion(decided, ignored, rest, report),
        facts=tuple(_facts(report.baseline)), members=report.members, overview=overview,
        snapshot=report.snapshot,
        sections=tuple(
            Section(heading=heading, risky=harm in (Harm.ADMIN_GRANT, Harm.SETTING, Harm.REMOVAL),
                    blocks=_blocks((i for i in decided if i.harm is harm), folder))
            for harm, heading in _HEADINGS.items() if any(i.harm is harm for i in decided)),
        others=tuple(
            Section(heading=heading, blocks=_blocks((i for i in rest if i.kind is kind), folder))
            for kind, heading in _OTHERS.items() if any(i.kind is kind for i in rest)),
        asides=tuple(_asides(report, ignored, folder)),
        errors=tuple(f.within(folder) for f in report.findings if f.severity is Severity.ERROR),
        warnings=tuple(f.within(folder) for f in report.findings
                       if f.severity is Severity.WARNING),
        reasons=tuple((str(kind), meaning) for kind, meaning in MEANINGS.items()
                      if any(i.kind is kind for i in (*decided, *rest))),
        counts=tuple((sign, counts[sign]) for sign in Sign),
        next_step=_next_step(decided, path, reviewed=report.reviewed))


def _blocks(items: Iterable[DriftItem], folder: str) -> tuple[Block, ...]:
    by_subject: dict[str, list[Row]] = {}
    for item in items:
        by_subject.setdefault(item.subject, []).append(_row(item, folder))
    made = [Block(subject=subject_text(s), kind=kind_of(s), rows=tuple(rows))
            for s, rows in by_subject.items()]
    return tuple(sorted(made, key=lambda b: (b.kind, b.subject)))


def _row(item: DriftItem, folder: str) -> Row:
    details = []
    if item.moved:
        details.append(Fact("moved", trace_text(item.trace) if item.trace else _UNKNOWN))
    if item.declared:
        details.append(Fact("declared", item.declared))
    if item.ways:
        details.append(Fact("named", item.selector))
    return Row(sign=_sign(item), told=lambda: item.text, why="", place=place(item.source, folder),
               risk=_RISK[item.harm] if item.counts else Risk.NONE, cause=str(item.kind),
               details=tuple(details), told_by_project=partial(_effects, item))


def _sign(item: DriftItem) -> Sign:
    if not item.moved:
        return Sign.CHANGE
    main = item.moved[0]
    if main.before is None:
        return Sign.ADD
    return Sign.REMOVE if main.after is None else Sign.CHANGE


def _effects(item: DriftItem) -> Iterator[Effect]:
    for movement in item.moved:
        element = movement.element
        if element.aspect is Aspect.PROJECT_ROLE:
            yield Effect(element.target,
                         f"{movement.before or 'none'} -> {movement.after or 'none'}")


def _facts(baseline: Baseline | None) -> Iterator[Fact]:
    if baseline is None:
        return
    yield Fact("since", f"{baseline.at:%Y-%m-%d %H:%M} UTC")
    yield Fact("last run", f"{baseline.run} by {baseline.actor}")
    if baseline.commit is not None:
        yield Fact("commit", baseline.commit)


def _scope(decided: list[DriftItem], report: DriftReport) -> str:
    kinds = Counter(kind_of(s) for s in {i.subject for i in decided})
    of = [counted(kinds[kind], noun) for kind, (_, noun) in KINDS.items() if kinds[kind]]
    to = f" of {listed(of)}" if of else ""
    return (f"{counted(len(decided), 'change')} by hand{to}; "
            f"{counted(report.members, 'member')} {observed_in(report.snapshot)}")


def _conclusion(
    decided: list[DriftItem], ignored: list[DriftItem], rest: list[DriftItem], report: DriftReport
) -> str:
    if report.baseline is None:
        return _NO_BASELINE
    said = [f"{len(ignored):,} ignored"] if ignored else []
    number = Counter(i.kind for i in rest)
    said += [f"{number[kind]:,} {kind}" for kind in DriftKind if number[kind]]
    beside = f" Beside it: {', '.join(said)}." if said else ""
    if not decided:
        return f"No drift. {report.organization} is as the last run left it.{beside}" if not said \
            else f"No drift that asks for a decision.{beside}"
    kinds = Counter(i.kind for i in decided)
    words = ", ".join(f"{kinds[kind]:,} {_noun(kind)}" for kind in DriftKind
                      if kinds[kind])
    return f"Drift: {words}.{beside}"


def _noun(kind: DriftKind) -> str:
    match kind:
        case DriftKind.DRIFT:
            return "changed by hand"
        case DriftKind.CONFLICT:
            return "in conflict with the files"
        case _:
            return str(kind)


def _asides(report: DriftReport, ignored: list[DriftItem], folder: str) -> Iterator[Aside]:
    if ignored:
        yield Aside(key="ignored", heading="Ignored", lines=tuple(
            Line(subject=i.selector, place=place(i.source, folder),
                 text=f"{i.text}, {trace_text(i.trace) if i.trace else _UNKNOWN}; "
                      f"ignored: {i.ignored}"
                      f"{f', until {i.ignored_until}' if i.ignored_until else ''}")
            for i in ignored))


def _next_step(decided: list[DriftItem], path: str, *, reviewed: bool) -> str:
    if not decided or not path:
        return ""
    kinds = {i.kind for i in decided}
    # What the files changed too is theirs to settle, with what else they change.
    only = "pending" if kinds == {DriftKind.CONFLICT} else "drift"
    ways = [f"Revert it: reconciler apply {path} --only {only}" if not reviewed else
            f"Revert it once approved: reconciler plan {path} --only {only} --out plan.json"]
    if DriftKind.CONFLICT in kinds and only == "drift":
        ways.append("what is in conflict with the files, with --only pending")
    if any(Way.ADOPT in i.ways for i in decided):
        ways.append(f"adopt it: reconciler adopt {path}")
    left = next((i.selector for i in decided if Way.IGNORE in i.ways), None)
    if left is not None:
        ways.append(f"or leave it: ignore_drift: {{{left}: {{reason: ...}}}}")
    return "; ".join(ways)
