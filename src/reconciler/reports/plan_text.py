"""A report as text, for a reviewer: risk first, then by person, the summary last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from reconciler.planning.plan import Risk
from reconciler.reports.describe import Sign
from reconciler.reports.done import TONE_OF
from reconciler.reports.escape import for_terminal, width
from reconciler.reports.findings import finding_line
from reconciler.reports.paint import Paint, Tone, plain
from reconciler.reports.view import NEVER_CUT, About, Aside, Block, Row, Section, View, cause_words
from reconciler.reports.words import counted, listed

T = TypeVar("T")
SHOWN: Final = 10
"""How many of a long list beside the changes are shown without --verbose."""
BLOCKS_SHOWN: Final = 2_000
"""How many subjects of a section are shown without --verbose, where none of it is risky: what a
first plan of a large organization invites is nothing that anybody reads to the end."""
_WIDEST_SUBJECT: Final = 40


def plan_text(view: View, *, paint: Paint = plain, verbose: bool = False) -> str:
    """All of it; `verbose` shows long lists whole."""
    lines: list[str] = []
    for part in _parts(view, paint, verbose):
        if part:
            lines += [*part, ""]
    lines.append(paint(for_terminal(view.conclusion), Tone.HEADING))
    if view.next_step:
        lines.append(for_terminal(view.next_step))
    return "\n".join(lines)


def why_text(row: Row) -> str:
    """Why a row is there, what causes it, where it is declared and who may: unescaped."""
    cause = cause_words(row.cause)
    needs = f"; needs {row.who}" if row.who else ""
    return ", ".join(filter(None, (row.why, cause, row.place))) + needs


def _parts(view: View, paint: Paint, verbose: bool) -> Iterator[Sequence[str]]:
    yield _header(view, paint)
    for section in (*view.sections, *view.others):
        yield _section(section, paint, verbose)
    for aside in view.asides:
        yield _aside(aside, paint, verbose)
    yield [finding_line(f, paint) for f in _some(view.warnings, verbose)] + _more(
        len(view.warnings), verbose, "warnings")
    yield _footer(view, paint)
    yield [finding_line(f, paint) for f in view.errors]


def _header(view: View, paint: Paint) -> list[str]:
    title = paint(for_terminal(view.title), Tone.HEADING)
    against = [paint(view.against, Tone.WARNING)] if view.against else []
    if view.empty:
        # "No changes" needs no title; anything that stands beside the changes does.
        return [title, *against] if view.errors or view.asides or against else []
    facts = ", ".join(f"{label} {value}" for label, value in view.facts)
    told = [for_terminal(facts)] if facts and view.about is not About.PLAN else []
    return [title, *against, for_terminal(view.scope), *told]


def _section(section: Section, paint: Paint, verbose: bool) -> list[str]:
    mark = "! " if section.risky else ""
    heading = f"{mark}{for_terminal(section.heading)} ({len(section.blocks):,})"
    lines = [paint(heading, Tone.RISK if section.risky else Tone.HEADING)]
    blocks = section.blocks
    if len(blocks) > BLOCKS_SHOWN and not (verbose or _holds_what_is_never_cut(section)):
        blocks = blocks[:BLOCKS_SHOWN]
    subjects = [for_terminal(block.subject) for block in blocks]
    single = [width(s) for s, b in zip(subjects, blocks, strict=True) if len(b.rows) == 1]
    column = min(max(single, default=0), _WIDEST_SUBJECT)
    for subject, block in zip(subjects, blocks, strict=True):
        _block(lines, subject, block, column, paint, section.risky)
    if len(blocks) < len(section.blocks):
        more = len(section.blocks) - len(blocks)
        lines.append(f"  and {more:,} more (all with --verbose)")
    return lines


def _holds_what_is_never_cut(section: Section) -> bool:
    return section.risky or any(row.risk in NEVER_CUT for b in section.blocks for row in b.rows)


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
    why = paint(for_terminal(f"[{why_text(row)}]"), Tone.QUIET)
    line = f"{indent}{paint(row.sign, TONE_OF[row.sign])} {before}{text}  {why}"
    if not row.details:
        return line
    details = [f"{indent}    {paint(for_terminal(f'{label}: {value}'), Tone.QUIET)}"
               for label, value in row.details]
    return "\n".join((line, *details))


def _aside(aside: Aside, paint: Paint, verbose: bool) -> list[str]:
    hint = f": {aside.hint}" if aside.hint else ""
    made = [paint(f"{for_terminal(aside.heading)} ({len(aside.lines):,}){hint}", Tone.HEADING)]
    if aside.names_only and not verbose:
        # What is left alone is said in one line: who wants to know asks for more.
        names = [for_terminal(line.subject) for line in aside.lines]
        more = " (all with --verbose)" if len(names) > SHOWN + 1 else ""
        return [*made, f"    {listed(names, most=SHOWN)}{more}"]
    for line in _some(aside.lines, verbose):
        about = f"{line.about}: " if line.about else ""
        place = f"  [{line.place}]" if line.place else ""
        made.append(for_terminal(f"    {about}{line.text}{place}"))
    return made + _more(len(aside.lines), verbose, "")


def _footer(view: View, paint: Paint) -> list[str]:
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
