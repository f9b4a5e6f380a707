"""Entries and sections as pieces of text, put in the order of the layout.

Comments travel. One directly above an entry or a section is its own. One with a blank line below it
is a heading, and so is one above several entries where groups of entries are kept apart by blank
lines: the entries are sorted below their heading then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.desired.emit import sort_key

SECTION_ORDER: Final = (
    "apiVersion", "kind", "organization", "tier", "settings", "include", "manage", "projects",
    "team_spaces", "teams", "groups", "defaults", "members", "departures", "email_changes",
    "access_requests", "content_transfers", "domain_migration",
    "ignore_drift")
"""The sections of a file of a desired state, as they follow each other."""
POLICY_ORDER: Final = (
    "apiVersion", "kind", "protected_members", "min_admins", "allowed_email_domains", "limits",
    "removals", "invitations", "approvals", "receiver_access")
"""Those of a policy."""
SORTED: Final = ("projects", "team_spaces", "groups", "members", "departures")
"""The sections whose entries are sorted by name."""
Lines = list[str]


@dataclass(frozen=True, slots=True)
class Piece:
    """An entry with what stands above it: chunks of comments, kept apart by blank lines. `own` is
    the chunk directly above; `gap`: a blank line is before all of it; `close`: no blank line is
    below the last heading."""

    key: str
    lines: Lines
    headings: tuple[Lines, ...] = ()
    own: Lines = field(default_factory=list)
    gap: bool = False
    close: bool = False

    @property
    def above(self) -> Lines:
        """The lines above it."""
        lines = Lines()
        for heading in self.headings:
            lines += [*heading, ""]
        return [*lines, *self.own]


def piece(key: str, above: str, indent: int, lines: Lines) -> Piece:
    """An entry and the text between it and the one before."""
    rows = [line.strip() for line in above.splitlines()]
    chunks: list[Lines] = [[]]
    for row in rows:
        if row:
            chunks[-1].append(" " * indent + row)
        else:
            chunks.append([])
    headings = [chunk for chunk in chunks if chunk]
    own = headings.pop() if headings and rows[-1] else []
    return Piece(key, lines, tuple(headings), own, gap=bool(rows and not rows[0]))


def whole_file(head: str, pieces: list[Piece], tail: str, order: Sequence[str] | None) -> str:
    """All of a file: what stands above its first section, its sections, and what stands below the
    last. They are put in this order, if there is one; those that it does not know come last."""
    if order is not None:
        rank = {name: number for number, name in enumerate(order)}
        pieces = sorted(pieces, key=lambda section: rank.get(section.key, len(rank)))
    lines = _rows(head)
    for number, section in enumerate(pieces):
        above = section.above
        if number and (above or len(section.lines) > 1 or len(pieces[number - 1].lines) > 1):
            lines.append("")
        lines += [*above, *section.lines]
    below = _rows(tail)
    while below and not below[0]:
        del below[0]
    if below:
        lines += ["", *below] if below[0].startswith("#") else below
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def entries_in_order(pieces: list[Piece]) -> Lines:
    """Entries sorted below their headings."""
    pieces = _with_headings(pieces)
    parts: list[list[Piece]] = []
    for number, entry in enumerate(pieces):
        if entry.headings or not number:
            parts.append([])
        parts[-1].append(entry)
    gaps = [entry.gap for part in parts for entry in part[1:]]
    apart = len(parts) == 1 and 2 * sum(gaps) > len(gaps)
    lines = Lines()
    for part in parts:
        headings, close = part[0].headings, part[0].close
        part.sort(key=lambda entry: sort_key(entry.key))
        if lines:
            lines.append("")
        for heading in headings[:-1]:
            lines += [*heading, ""]
        if headings:
            # Of the first entry's own comments a heading is kept apart, else it would be one.
            lines += [*headings[-1], *([] if close and not part[0].own else [""])]
        for number, entry in enumerate(part):
            lines += [*([""] if apart and number else []), *entry.own, *entry.lines]
    return lines


def collapsed(lines: Lines) -> Lines:
    """One blank line where there were several."""
    return [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]


def _rows(text: str) -> Lines:
    return collapsed([line.rstrip() for line in text.splitlines()])


def _with_headings(pieces: list[Piece]) -> list[Piece]:
    """A comment above a group of several entries is a heading, where there are several groups."""
    starts = [n for n, entry in enumerate(pieces) if not n or entry.gap or entry.headings]
    if len(starts) < 2:
        return pieces
    sizes = {start: stop - start for start, stop in zip(
        starts, [*starts[1:], len(pieces)], strict=True)}
    headed = any(pieces[s].headings or (pieces[s].own and size > 1) for s, size in sizes.items())
    if not headed:
        return pieces
    return [replace(entry, headings=(*entry.headings, entry.own), own=[], close=True)
            if n in sizes and entry.own else entry for n, entry in enumerate(pieces)]
