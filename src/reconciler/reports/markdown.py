"""A report as Markdown, for a comment on a pull request.

A comment has room for so much. What cannot be undone, removals and admin rights granted are in
whatever happens: said shorter where they would not fit, and at the very end by name and number.
Everything else is folded away, and cut where the room ends; the report then says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from reconciler.reports.describe import Sign
from reconciler.reports.escape import for_html, for_markdown, for_markdown_block, for_terminal
from reconciler.reports.findings import finding_line
from reconciler.reports.plan_text import why_text
from reconciler.reports.view import (
    CAUSES,
    NEVER_CUT,
    TITLES,
    About,
    Block,
    Line,
    Row,
    Section,
    View,
    causes_of,
)
from reconciler.reports.words import counted

LIMIT: Final = 60_000
"""Characters; GitHub takes 65,536 in a comment."""
WHOLE: Final = "the HTML report has all of it (--report html=FILE)"
MARK: Final = "<!-- reconciler: report of "
"""How every report begins, so that a pipeline finds its own comment again."""
_FOR_THE_REST: Final = 4_000
"""Room that is kept for headings and for the note that something was cut."""
_FOR_A_LIST: Final = 8_000
_SHORT_LIST: Final = 500
"""Characters of a section that is never cut for a longer one."""
_ALL: Final = 1 << 40
"""More than there ever is room for."""
_BESIDE: Final = 1_000
"""Places in a report: those of lists beside the changes come after all sections."""
_FINDINGS: Final = 20
_SHORT: Final = 120
_A_ROW: Final = 5
_MARKS: Final = {Sign.ADD: "+", Sign.CHANGE: "!", Sign.REMOVE: "-", Sign.MOVE: ">"}
"""As a diff is coloured: what changes has the colour of its own mark."""
_Level = Callable[[Sequence[Block], int], list[str]]


def to_markdown(
    view: View, *, limit: int = LIMIT, rest: str = WHOLE, first: str = ""
) -> str:
    """The report in at most `limit` characters; `rest` says how to see what had no room, and
    `first` is Markdown that stands above everything but the headline."""
    head, tail = "\n\n".join(_head(view, first)), "\n\n".join(_tail(view))
    sections = (*view.sections, *view.others)
    musts = [(s, blocks) for s in sections if (blocks := [b for b in s.blocks if _must(b)])]
    room = limit - len(head) - len(tail) - _FOR_THE_REST
    kept, shorter = _musts(musts, room)
    folded = _Folding(limit - len(head) - len(tail) - len(kept) - 1_000)
    _fold_sections(folded, view, sections)
    note = _note(shorter=shorter, cut=folded.cut, rest=rest)
    return "\n\n".join(filter(None, (head, note, kept, *folded.in_order(), tail))) + "\n"


def _fold_sections(folded: _Folding, view: View, sections: Sequence[Section]) -> None:
    """Sections and what is beside them. What has room first is shown in its own place: short lists
    go before a long one of people, and what is risky before what is not."""
    made = [(place, section, len(blocks), _lines(blocks))
            for place, section in enumerate(sections)
            if (blocks := [b for b in section.blocks if not _must(b)])]
    for short, risky in ((True, True), (True, False), (False, True), (False, False)):
        if not short and not risky:
            _fold_asides(folded, view)
        for place, section, number, lines in made:
            if (sum(map(len, lines)) <= _SHORT_LIST, section.risky) == (short, risky):
                folded.add(place, section.heading, lines, "diff", opened=section.risky,
                           number=number)


def _fold_asides(folded: _Folding, view: View) -> None:
    for place, aside in enumerate(view.asides, start=_BESIDE):
        lines = ([", ".join(line.subject for line in aside.lines)] if aside.names_only
                 else [_line(line) for line in aside.lines])
        folded.add(place, aside.heading, lines, hint=aside.hint, number=len(aside.lines),
                   most=_FOR_A_LIST)
    folded.add(2 * _BESIDE, "Warnings", [finding_line(f) for f in view.warnings],
               most=_FOR_A_LIST)


def _line(line: Line) -> str:
    about = f"{line.about}: " if line.about else ""
    return f"{about}{line.text}{f'  [{line.place}]' if line.place else ''}"


def _must(block: Block) -> bool:
    return any(row.risk in NEVER_CUT for row in block.rows)


def _head(view: View, first: str) -> Iterator[str]:
    yield f"{MARK}{view.about} -->"
    yield f"## {_heading(view)}"
    if first:
        yield first.strip()
    yield f"**{_inline(view.conclusion)}**"
    if view.against:
        yield f"> {_inline(view.against)}"
    if not view.empty:
        yield _inline(view.scope)
    facts = [f"{_inline(label)} {_inline(value)}" for label, value in view.facts]
    if facts:
        yield ", ".join(facts)
    if view.overview is not None:
        o = view.overview
        yield ("| members | joined | pending | requesting |\n|--:|--:|--:|--:|\n"
               f"| {o.total:,} | {o.joined:,} | {o.pending:,} | {o.requesting:,} |")
    if view.errors:
        shown = [_clipped(finding_line(f), 1_000) for f in view.errors[:_FINDINGS]]
        more = len(view.errors) - len(shown)
        yield f"### What refuses it ({len(view.errors):,})"
        yield for_markdown_block([*shown, *([f"and {more:,} more"] if more else [])])
    if view.losses:
        yield f"Losses: {', '.join(view.losses)}"
    causes = causes_of(view.rows)
    if any(cause not in ("pending", "consequence") for cause, _ in causes):
        yield "Causes: " + ", ".join(
            for_markdown(f"{number:,} {CAUSES.get(cause, cause)}") for cause, number in causes)


def _heading(view: View) -> str:
    # The others name the actor in their titles. Whoever looks for drift may find something else.
    return (_inline(view.title) if view.about is About.DRIFT
            else f"{TITLES[view.about]} {_inline(view.organization)}")


def _tail(view: View) -> Iterator[str]:
    if view.who_may:
        yield "Who may make them: " + ", ".join(
            f"{_inline(who)} ({counted(number, 'change')})"
            for who, number in view.who_may[:_FINDINGS])
    if view.reasons:
        meanings = "\n".join(f"- {for_markdown(reason)}: {for_markdown(meaning)}"
                             for reason, meaning in view.reasons)
        yield ("<details><summary>How to read this</summary>\n\n"
               "`+` gives, `-` takes away, `!` changes, `>` hands over. In brackets: why, and the "
               f"place in the file.\n\n{meanings}\n\n</details>")
    if view.next_step:
        yield _inline(view.next_step, 2_000)


def _lines(blocks: Sequence[Block]) -> list[str]:
    """Blocks as lines of a diff, each row whole."""
    made = []
    for block in blocks:
        if len(block.rows) == 1:
            row = block.rows[0]
            made.append(f"{_MARKS[row.sign]} {block.subject}  {row.text}  [{why_text(row)}]")
            made += _details(row)
            continue
        made.append(f"{_mark(block)} {block.subject}")
        for row in block.rows:
            made.append(f"{_MARKS[row.sign]}     {row.text}  [{why_text(row)}]")
            made += _details(row)
    return made


def _details(row: Row) -> list[str]:
    return [f"          {label}: {value}" for label, value in row.details]


def _mark(block: Block) -> str:
    signs = {row.sign for row in block.rows} - {Sign.MOVE}
    return _MARKS[signs.pop() if len(signs) == 1 else Sign.CHANGE]


def _musts(musts: Sequence[tuple[Section, list[Block]]], room: int) -> tuple[str, bool]:
    """What must be in, as fully as there is room for; and whether it had to be said shorter."""
    levels: tuple[_Level, ...] = (
        lambda blocks, _: _lines(blocks), lambda blocks, _: _one_line_each(blocks),
        lambda blocks, _: _in_rows([_name(b) for b in blocks]), _names_that_fit)
    share = room // max(1, len(musts)) - 200
    made, shorter = "", False
    for level in levels:
        shorter = level is not levels[0]
        made = "\n\n".join(
            f"### {_inline(section.heading)} ({len(blocks):,})\n\n"
            f"{for_markdown_block(level(blocks, share), 'diff')}" for section, blocks in musts)
        if len(made) <= room:
            break
    return made, shorter


def _one_line_each(blocks: Sequence[Block]) -> list[str]:
    return [
        f"{_mark(block)} {_name(block)}  "
        + _clipped("; ".join(row.text for row in block.rows if row.risk in NEVER_CUT), _SHORT)
        for block in blocks]


def _names_that_fit(blocks: Sequence[Block], room: int) -> list[str]:
    names: list[str] = []
    for block in blocks:
        # What is escaped is longer; a fence grows with the backticks in it.
        room -= 2 * len(for_terminal(_name(block))) if "`" in block.subject else (
            len(for_terminal(_name(block))) + 2)
        if room < 0:
            break
        names.append(_name(block))
    more = len(blocks) - len(names)
    return [*_in_rows(names), *([f"and {more:,} more"] if more else [])]


def _in_rows(names: Sequence[str]) -> list[str]:
    """A block of code does not break its lines by itself."""
    return [", ".join(names[at:at + _A_ROW]) for at in range(0, len(names), _A_ROW)]


def _name(block: Block) -> str:
    return _clipped(block.subject, _SHORT)


def _note(*, shorter: bool, cut: int, rest: str) -> str:
    said = []
    if shorter:
        said.append("What cannot be undone, removals and admin rights are said in short")
    if cut:
        said.append(f"{counted(cut, 'line')} had no room here")
    return f"> {', and '.join(said)}: {for_markdown(rest)}" if said else ""


def _inline(text: str, most: int = 400) -> str:
    """Within a line, and bounded: what is escaped may be ten times as long."""
    return for_markdown(_clipped(for_terminal(text), most))


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most - 1]}…"


class _Folding:
    """Lists that are folded away, as long as there is room."""

    def __init__(self, room: int) -> None:
        self._parts: list[tuple[int, str]] = []
        self.cut = 0
        self._room = room

    def in_order(self) -> list[str]:
        """The lists in order of their places."""
        return [part for _, part in sorted(self._parts)]

    def add(
        self, place: int, heading: str, lines: Sequence[str], language: str = "text", *,
        hint: str = "", opened: bool = False, number: int = 0, most: int = _ALL,
    ) -> None:
        """A list under a heading that says how many there are, whatever has room below it: `most`
        characters of it."""
        if not lines:
            return
        title = f"{_clipped(for_terminal(heading), _SHORT)} ({number or len(lines):,})"
        title += f": {hint}" if hint else ""
        summary = for_markdown(title)
        if summary.startswith("`"):
            # Within the tags of HTML no Markdown is read.
            summary = f"<code>{for_html(title)}</code>"
        lead = f"<details{' open' if opened else ''}><summary>{summary}</summary>\n\n"
        self._room -= len(lead) + 60
        shown = self._fitting(lines, most)
        more = len(lines) - len(shown)
        self.cut += more
        block = for_markdown_block(
            [*shown, *([f"and {counted(more, 'line')} more"] if more else [])], language)
        self._parts.append((place, f"{lead}{block}\n\n</details>"))

    def _fitting(self, lines: Sequence[str], most: int) -> Sequence[str]:
        for at, line in enumerate(lines):
            # A fence on either side is as long as the longest run of backticks.
            needed = len(for_terminal(line)) + 1 + 2 * line.count("`")
            if needed > min(self._room, most):
                return lines[:at]
            self._room -= needed
            most -= needed
        return lines
