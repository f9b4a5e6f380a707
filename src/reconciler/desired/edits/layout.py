"""The one layout of a file: `format`.

Sections stand in the order of the format with one blank line between them, entries are sorted by
name, everything is indented by two. Values are not rewritten: what is in braces, brackets or quotes
stays as it is. What becomes of comments, `pieces` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reconciler.desired.edits.lines import column, line_end, line_start, own_end
from reconciler.desired.edits.pieces import (
    SORTED,
    Lines,
    Piece,
    collapsed,
    entries_in_order,
    piece,
    whole_file,
)
from reconciler.desired.edits.spots import Pair, Spot, Unplaceable, read_spots

STEP: Final = 2
_ROUNDS: Final = 5


def laid_out(text: str, order: Sequence[str]) -> str:
    """A text in the layout, its sections in an order; those that the order does not know come
    last. A file that is written in braces stays as it is. Raises Unplaceable."""
    for _ in range(_ROUNDS):
        before, text = text, _once(text, order)
        if text == before:
            break
    return text


def _once(text: str, order: Sequence[str]) -> str:
    root = read_spots(text)
    if root is None or root.kind != "mapping" or root.flow or not root.pairs:
        return text
    return _Layout(text, keep_order=_has_shared(root)).file(root, order)


def _has_shared(spot: Spot) -> bool:
    """Whether there are aliases: what they name must stay above them."""
    inner = [*spot.items, *(p.key for p in spot.pairs), *(p.value for p in spot.pairs)]
    return spot.shared or any(map(_has_shared, inner))


class _Layout:
    def __init__(self, text: str, *, keep_order: bool) -> None:
        self.text = text
        self.keep_order = keep_order

    def file(self, root: Spot, order: Sequence[str]) -> str:
        """All of a file."""
        first = line_start(self.text, root.pairs[0].key.start)
        pieces = self._pieces(root.pairs, 0, first, sections=True)
        return whole_file(self.text[:first], pieces, self.text[self._end(root.pairs[-1]):],
                          None if self.keep_order else order)

    # --- mappings ---------------------------------------------------------------------------------

    def _pieces(
        self, pairs: Sequence[Pair], indent: int, start: int, *, sections: bool = False
    ) -> list[Piece]:
        """The entries of a block mapping with what stands above each; `start` is where the lines
        above the first begin."""
        pieces = []
        for pair in pairs:
            first = line_start(self.text, pair.key.start)
            pieces.append(piece(pair.key.text, self.text[start:first], indent,
                                self._pair(pair, indent, is_section=sections)))
            start = self._end(pair)
        return pieces

    def _pair(self, pair: Pair, indent: int, *, is_section: bool = False) -> Lines:
        text, value = self.text, pair.value
        old = column(text, pair.key.start)
        end = self._end(pair)
        if not _is_block(value):
            own = line_end(text, max(pair.colon, value.end))
            return [*self._leaf(pair.key.start, own, indent - old, indent),
                    *_comments(text[own:end], indent + STEP)]
        begins = value.pairs[0].key.start if value.pairs else value.start
        header = line_end(text, pair.colon)
        if line_start(text, begins) < header:
            raise Unplaceable("a block value on the line of its key")
        lines = [" " * indent + text[pair.key.start:header].rstrip()]
        if value.kind == "list":
            return [*lines, *self._items(value, indent + STEP, header, end)]
        pieces = self._pieces(value.pairs, indent + STEP, header)
        if is_section and pair.key.text in SORTED and not self.keep_order:
            lines += entries_in_order(pieces)
        else:
            for number, entry in enumerate(pieces):
                lines += [*([""] if entry.gap and number else []), *entry.above, *entry.lines]
        last = self._end(value.pairs[-1])
        return lines + _comments(text[last:end], indent + STEP)

    def _end(self, pair: Pair) -> int:
        return own_end(self.text, max(pair.colon, pair.value.end),
                       column(self.text, pair.key.start))

    # --- lists and leaves -------------------------------------------------------------------------

    def _items(self, box: Spot, indent: int, start: int, end: int) -> Lines:
        text, lines = self.text, Lines()
        for item in box.items:
            dash = self._dash(start, item.start)
            above = text[start:line_start(text, dash)]
            lines += [*([""] if lines and _begins_blank(above) else []),
                      *_comments(above, indent)]
            stop = own_end(text, item.end, column(text, dash))
            if not _is_block(item):
                own = line_end(text, item.end)
                if line_start(text, item.start) != line_start(text, dash):
                    raise Unplaceable("an item below its dash")
                delta = indent + STEP - column(text, item.start)
                body = self._leaf(item.start, own, delta, indent + STEP)
                lines += [" " * indent + "- " + body[0].lstrip(" "), *body[1:],
                          *_comments(text[own:stop], indent + STEP)]
            else:
                lines += self._block_item(item, dash, indent, stop)
            start = stop
        return lines + _comments(text[start:end], indent)

    def _block_item(self, item: Spot, dash: int, indent: int, stop: int) -> Lines:
        text = self.text
        if item.kind == "list" or item.shared:
            raise Unplaceable("a list in a list, or an anchor in one")
        header = line_end(text, dash)
        inline = item.start < header
        pieces = self._pieces(item.pairs, indent + STEP, item.start if inline else header)
        body = [line for entry in pieces for line in (*entry.above, *entry.lines)]
        body += _comments(text[self._end(item.pairs[-1]):stop], indent + STEP)
        rest = text[dash + 1:header].strip()
        if not inline and rest:
            return [" " * indent + "- " + rest, *body]
        return [" " * indent + "- " + body[0].lstrip(" "), *body[1:]]

    def _dash(self, start: int, before: int) -> int:
        at = start
        while at < before:
            stop = line_end(self.text, at)
            bare = self.text[at:stop].lstrip(" ")
            if bare.startswith("-"):
                return stop - len(bare)
            at = stop
        raise Unplaceable("an item without its dash")

    def _leaf(self, start: int, end: int, delta: int, indent: int) -> Lines:
        """Lines as they are, moved sideways."""
        first, *more = self.text[start:end].rstrip("\n").split("\n")
        lines = [" " * indent + (first if more else first.rstrip(" "))]
        for line in more:
            room = len(line) - len(line.lstrip(" "))
            shift = max(delta, -room)
            lines.append(" " * shift + line if shift > 0 and line.strip() else line[-shift:]
                         if shift < 0 else line)
        return lines


# --- comments -------------------------------------------------------------------------------------


def _is_block(value: Spot) -> bool:
    return value.kind != "scalar" and not value.flow and bool(value.pairs or value.items)


def _comments(below: str, indent: int) -> Lines:
    """Comment lines moved to a column; blank lines between them stay, one at a time."""
    rows = [line.strip() for line in below.splitlines()]
    lines = collapsed([" " * indent + row if row else "" for row in rows])
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _begins_blank(above: str) -> bool:
    return bool(above) and not above.splitlines()[0].strip()
