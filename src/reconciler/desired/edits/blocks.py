"""Entries on lines of their own: which lines are theirs, cutting them, inserting others.

Whose is a comment? Comments directly above an entry are its own, unless they head several entries
that follow each other without a gap: then they are about all of them and stay. Comments below an
entry that are indented deeper than its key are its own as well.
"""

from __future__ import annotations

from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.lines import own_end
from reconciler.desired.edits.spots import Pair


def content_end(file: FileText, pair: Pair) -> int:
    """Where the lines of an entry end: behind its last value and the comments of its own."""
    return own_end(file.text, max(pair.colon, pair.value.end), file.column(pair.key.start))


def _comments_above(file: FileText, start: int, limit: int) -> int:
    """Where the comments directly above a line begin."""
    while start > limit:
        above = file.line_start(start - 1)
        if above < limit or not file.text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start


def own_start(file: FileText, start: int, end: int, limit: int, next_start: int | None) -> int:
    """Where the lines of an entry begin, the comments that are its own included."""
    above = _comments_above(file, start, limit)
    gap = above == limit or not file.text[file.line_start(above - 1):above].strip()
    heads_a_run = gap and next_start == end
    return start if heads_a_run else above

def cut_block(file: FileText, pair: Pair, limit: int, next_start: int | None) -> None:
    """Cut an entry; `limit` is where the one before ends, `next_start` where the next begins."""
    start = file.line_start(pair.key.start)
    end = content_end(file, pair)
    start = own_start(file, start, end, limit, next_start)
    text = file.text
    # One gap is enough where there was one on both sides.
    below_blank = end >= len(text) or not text[end:file.line_end(end)].strip()
    while below_blank and start > limit:
        above = file.line_start(start - 1)
        if above < limit or text[above:start].strip():
            break
        start = above
    file.replace(start, end, "")


def insert_lines(file: FileText, at: int, lines: str) -> None:
    """Insert whole lines where a line begins; the last line of a file may lack its break."""
    if at and file.text[at - 1] != "\n":
        file.replace(at, at, "\n" + lines)
    else:
        file.replace(at, at, lines + "\n")
