"""The plan as text, for a reviewer: risk first, then by person, the summary last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from reconciler.planning.plan import Risk
from reconciler.reports.describe import Sign
from reconciler.reports.done import TONE_OF
from reconciler.reports.escape import for_terminal, width
from reconciler.reports.findings import finding_line
from reconciler.reports.paint import Paint, Tone, plain
from reconciler.reports.plan_view import Block, Line, PlanView, Row, Section
from reconciler.reports.words import counted, listed

T = TypeVar("T")
SHOWN: Final = 10
"""How many of a long list beside the changes are shown without --verbose."""
_WIDEST_SUBJECT: Final = 40
_VERBS: Final = {
    Sign.ADD: "to add", Sign.CHANGE: "to change", Sign.REMOVE: "to remove",
    Sign.MOVE: "to transfer",
}
_NOTES: Final = {
    "unmanaged": "Not managed, left alone",
    "kept": "More than declared, left alone",
    "done": "Done already",
    "undecided": "Waiting for your decision",
    "ends": "Ends within 30 days",
    "ended": "Ended",
    "rename": "To be renamed in the file",
    "withdrawn": "Withdrawn",
}


def plan_text(
    view: PlanView, *, paint: Paint = plain, verbose: bool = False, next_step: str = ""
) -> str:
    """All of it. `next_step` is what the reader may run next; `verbose` shows long lists whole."""
    lines: list[str] = []
    for part in _parts(view, paint, verbose):
        if part:
            lines += [*part, ""]
    lines.append(paint(summary(view), Tone.HEADING))
    if next_step:
        lines.append(for_terminal(next_step))
    return "\n".join(lines)


def summary(view: PlanView) -> str:
    """The last line: what there is to do, in numbers."""
    total = sum(number for _, number in view.counts)
    organization = for_terminal(view.organization)
    if not total and not view.applyable:
        return (f"No plan for {organization}: {counted(len(view.errors), 'problem')} "
                f"refuse{'s' if len(view.errors) == 1 else ''} it.")
    waiting = f" {len(view.waiting):,} waiting." if view.waiting else ""
    if not total and view.left_out:
        return (f"No changes that {for_terminal(view.actor or '')} may make: "
                f"{sum(len(b.rows) for b in view.left_out.blocks):,} left for others.{waiting}")
    if not total:
        return (f"No changes{' for now' if view.waiting else ''}. {organization} is as declared "
                f"({counted(view.members, 'member')}).{waiting}")
    numbers = [f"{number:,} {_VERBS[sign]}" for sign, number in view.counts
               if number or sign is not Sign.MOVE]
    refused = "" if view.applyable else (
        f" It cannot be applied: {counted(len(view.errors), 'problem')}.")
    return f"Plan: {', '.join(numbers)}.{waiting}{refused}"


def _parts(view: PlanView, paint: Paint, verbose: bool) -> Iterator[Sequence[str]]:
    yield _header(view, paint)
    for section in view.sections:
        yield _section(section, paint)
    if view.left is not None:
        yield _section(view.left, paint)
    if view.left_out is not None:
        yield _section(view.left_out, paint)
    if view.intents:
        yield _list(f"Under way ({len(view.intents):,})", view.intents, paint, verbose)
    if view.waiting:
        yield _list(f"Waiting ({len(view.waiting):,}): nothing to do until then", view.waiting,
                    paint, verbose)
    for code, lines in view.notes:
        yield _notes(code, lines, paint, verbose)
    yield [finding_line(f, paint) for f in _some(view.warnings, verbose)] + _more(
        len(view.warnings), verbose, "warnings")
    yield _footer(view, paint)
    yield [finding_line(f, paint) for f in view.errors]


def _header(view: PlanView, paint: Paint) -> list[str]:
    by = f", by {for_terminal(view.actor)}" if view.actor else ""
    title = f"Plan for {for_terminal(view.organization)}{by}"
    only = " that they may make" if view.permitted_only else ""
    if not any(number for _, number in view.counts):
        # "No changes" needs no title; anything that stands beside the changes does.
        beside = view.errors or view.notes or view.waiting or view.intents
        return [paint(title, Tone.HEADING)] if beside else []
    return [paint(title, Tone.HEADING),
            f"{view.scope}{only}; {counted(view.members, 'member')} in the live store"]


def _section(section: Section, paint: Paint) -> list[str]:
    mark = "! " if section.risky else ""
    heading = f"{mark}{for_terminal(section.heading)} ({len(section.blocks):,})"
    lines = [paint(heading, Tone.RISK if section.risky else Tone.HEADING)]
    subjects = [for_terminal(block.subject) for block in section.blocks]
    single = [width(s) for s, b in zip(subjects, section.blocks, strict=True) if len(b.rows) == 1]
    column = min(max(single, default=0), _WIDEST_SUBJECT)
    for subject, block in zip(subjects, section.blocks, strict=True):
        _block(lines, subject, block, column, paint, section.risky)
    return lines


def _block(
    lines: list[str], subject: str, block: Block, column: int, paint: Paint, risky: bool
) -> None:
    if len(block.rows) == 1:
        padding = " " * (column - width(subject))
        lines.append(_row("  ", block.rows[0], paint, risky, f"{subject}{padding}  "))
        return
    signs = {row.sign for row in block.rows} - {Sign.MOVE}
    sign = signs.pop() if len(signs) == 1 else Sign.CHANGE
    lines.append(f"  {paint(sign, TONE_OF[sign])} {subject}")
    for row in block.rows:
        lines.append(_row("      ", row, paint, risky, ""))


def _row(indent: str, row: Row, paint: Paint, risky: bool, before: str) -> str:
    text = for_terminal(row.text)
    if risky and row.risk is not Risk.NONE:
        text = paint(text, Tone.RISK)
    needs = f"; needs {row.who}" if row.who else ""
    why = for_terminal(f"[{row.why}{', ' + row.place if row.place else ''}{needs}]")
    return f"{indent}{paint(row.sign, TONE_OF[row.sign])} {before}{text}  {paint(why, Tone.QUIET)}"


def _notes(code: str, lines: Sequence[Line], paint: Paint, verbose: bool) -> list[str]:
    heading = f"{_NOTES.get(code, code.replace('-', ' ').capitalize())} ({len(lines):,})"
    if code == "unmanaged" and not verbose:
        # What is left alone is said in one line: who wants to know asks for more.
        names = [for_terminal(line.subject) for line in lines]
        more = " (all with --verbose)" if len(names) > SHOWN + 1 else ""
        return [paint(heading, Tone.HEADING), f"    {listed(names, most=SHOWN)}{more}"]
    return _list(heading, lines, paint, verbose)


def _list(
    heading: str, lines: Sequence[Line], paint: Paint, verbose: bool
) -> list[str]:
    made = [paint(heading, Tone.HEADING)]
    for line in _some(lines, verbose):
        about = "" if line.subject in line.text else f"{line.subject}: "
        place = f"  [{line.place}]" if line.place else ""
        made.append(for_terminal(f"    {about}{line.text}{place}"))
    return made + _more(len(lines), verbose, "")


def _footer(view: PlanView, paint: Paint) -> list[str]:
    lines = []
    if view.losses:
        lines.append(f"{paint('Losses:', Tone.HEADING)} {', '.join(view.losses)}")
    if view.who_may:
        who = ", ".join(f"{for_terminal(text)} ({counted(number, 'change')})"
                        for text, number in view.who_may)
        lines.append(f"{paint('Who may make them:', Tone.HEADING)} {who}")
    if view.reasons:
        meanings = "; ".join(f"{reason}: {meaning}" for reason, meaning in view.reasons)
        lines.append(paint(f"Reasons: {meanings}", Tone.QUIET))
    return lines


def _some(items: Sequence[T], verbose: bool) -> Sequence[T]:
    return items if verbose or len(items) <= SHOWN + 1 else items[:SHOWN]


def _more(number: int, verbose: bool, noun: str) -> list[str]:
    if verbose or number <= SHOWN + 1:
        return []
    return [f"    and {number - SHOWN:,} more{' ' + noun if noun else ''} (all with --verbose)"]
