"""The view of what somebody keeps an eye on: drift, and beside it what is not applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from reconciler.drift.not_applied import SINCE, Left, NotApplied, Stopped
from reconciler.drift.report import DriftKind, DriftReport
from reconciler.model.organization import Overview
from reconciler.planning.plan import REASONS, Reason, Risk, Waiting
from reconciler.reports.describe import Sign, described
from reconciler.reports.done import subject_text
from reconciler.reports.drift_view import drift_view
from reconciler.reports.effects import effects
from reconciler.reports.plan_view import GROUPS_SHOWN, kind_of, place, reason_text
from reconciler.reports.view import (
    KINDS,
    Aside,
    Block,
    Line,
    Row,
    Section,
    Status,
    View,
    observed_in,
)
from reconciler.reports.words import counted, listed

HEADING: Final = "Not applied"
_TOLD_HERE: Final = frozenset({DriftKind.PENDING, DriftKind.EXPIRED})
"""What a report of drift says of it in short."""
_STOPPED: Final = "refused"


def watch_view(
    report: DriftReport, pending: NotApplied, *, folder: str = "",
    overview: Overview | None = None, path: str = "",
) -> View:
    """The view of drift, with what is not applied in the words of a plan. Nothing in it depends on
    the time of day or on how long something lasts: the same state gives the same view."""
    drift = replace(report, findings=pending.findings,
                    items=tuple(i for i in report.items if i.kind not in _TOLD_HERE))
    view = drift_view(drift, folder=folder, overview=overview, path=path)
    view = replace(view, asides=(*view.asides, *_waiting(pending, folder)))
    if not pending.number:
        return view
    rows = [*(_row(left, folder) for left in pending.left),
            *(_stopped_row(stopped, folder) for stopped in pending.stopped)]
    signs = Counter({sign: number for sign, number in view.counts})
    signs.update(row.sign for _, row in rows)
    view = replace(
        view, status=Status.FOUND, conclusion=f"{view.conclusion} {_said(pending)}",
        others=(*_section(rows), *view.others),
        reasons=(*view.reasons, *_reasons(pending)),
        counts=tuple((sign, signs[sign]) for sign in Sign))
    if report.found:
        return view
    return replace(view, title=f"{HEADING} in {report.organization}",
                   scope=_scope([subject for subject, _ in rows], report))


def _section(rows: list[tuple[str, Row]]) -> Iterator[Section]:
    by_subject: dict[str, list[Row]] = {}
    for subject, row in rows:
        by_subject.setdefault(subject, []).append(row)
    blocks = [Block(subject=subject_text(s), kind=kind_of(s), rows=tuple(of))
              for s, of in by_subject.items()]
    if blocks:
        yield Section(heading=HEADING,
                      blocks=tuple(sorted(blocks, key=lambda b: (b.kind, b.subject))))


def _row(left: Left, folder: str) -> tuple[str, Row]:
    change = left.change
    operation, before, after = change.operation, change.before, change.after
    sign, told = described(operation, before, after, most=GROUPS_SHOWN)
    return operation.subject, Row(
        sign=sign, told=told, why=reason_text(change.reason), cause=str(left.since),
        place=place(change.source, folder), risk=change.risk,
        told_by_project=partial(effects, operation, before, after))


def _stopped_row(stopped: Stopped, folder: str) -> tuple[str, Row]:
    return stopped.subject, Row(
        sign=Sign.CHANGE, told=lambda: stopped.text, why=_STOPPED, cause=str(stopped.since),
        place=place(stopped.source, folder), risk=Risk.NONE)


def _scope(subjects: list[str], report: DriftReport) -> str:
    kinds = Counter(kind_of(s) for s in set(subjects))
    of = [counted(kinds[kind], noun) for kind, (_, noun) in KINDS.items() if kinds[kind]]
    return (f"{counted(len(subjects), 'change')} to {listed(of) or 'nothing'}; "
            f"{counted(report.members, 'member')} {observed_in(report.snapshot)}")


def _said(pending: NotApplied) -> str:
    counts, problems = pending.counts, pending.refusing
    refused = (f" Nothing can be applied: {counted(problems, 'problem')} "
               f"refuse{'s' if problems == 1 else ''} it." if problems else "")
    if not counts:
        return refused.strip()
    words = listed([f"{number:,} {since}" for since, number in counts.items()])
    return f"{HEADING}: {counted(sum(counts.values()), 'change')} ({words}).{refused}"


def _reasons(pending: NotApplied) -> Iterator[tuple[str, str]]:
    used = {left.change.reason for left in pending.left}
    yield from ((reason_text(r), REASONS[r]) for r in Reason if r in used)
    yield from ((str(since), SINCE[since]) for since in pending.counts)
    if pending.stopped:
        yield _STOPPED, "a rule refuses it, or something that comes before it"


def _waiting(pending: NotApplied, folder: str) -> Iterator[Aside]:
    # Whoever is waited for is said once of each person: a removal waits with its transfer.
    first: dict[tuple[str, str], Waiting] = {}
    for waiting in pending.waiting:
        first.setdefault((waiting.operation.subject, waiting.waits_for), waiting)
    if first:
        yield Aside(key="waiting", heading="Waiting", hint="nothing to do until then", lines=tuple(
            Line(subject=subject_text(w.operation.subject), place=place(w.source, folder),
                 text=f"{w.operation.kind.replace('-', ' ')} waits for {w.waits_for}: {w.why}"
                      f"{f'; since {w.since}' if w.since is not None else ''}")
            for w in first.values()))
