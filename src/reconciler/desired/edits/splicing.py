"""Entries of a section: added where they belong, taken out with the comments of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from reconciler.desired.edits.blocks import content_end, cut_block, insert_lines, own_start
from reconciler.desired.edits.fields import add_item, cut_flow, into_flow, put, sorted_at
from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.pieces import SECTION_ORDER
from reconciler.desired.edits.values import block, field_value
from reconciler.desired.emit import sort_key


def add_entries(file: FileText, section: str, entries: dict[str, Any]) -> None:
    """Add entries to a section that is a mapping: in order where it is in order, else at its end.
    The section is made where it is missing."""
    known = file.document.get(section)
    if section not in file.document:
        _new_section(file, section, entries)
    elif not known:
        _first_entries(file, section, entries)
    elif file.is_block(section):
        _block_entries(file, section, entries)
    else:
        pair = file.section(section)
        if pair is None or pair.value.shared or not pair.value.flow:
            raise file.by_hand(section)
        for key, value in entries.items():
            into_flow(file, pair.value, key, field_value(key, value), sorted_at(
                [p.key.text for p in pair.value.pairs], key))
    file.document[section] = {**(known or {}), **entries}


def add_text(file: FileText, section: str, text: str) -> None:
    """Add a text to a section that is a list. The section is made where it is missing."""
    known = file.document.get(section)
    pair = file.section(section)
    if section not in file.document:
        _insert_section(file, section, [block("", "  ", section, [text])])
    elif pair is None:
        raise file.by_hand(section)
    elif known:
        add_item(file, pair.value, text)
    else:
        put(file, pair, [], [text])
    file.document[section] = [*(known or []), text]


def remove_entry(file: FileText, section: str, key: str) -> None:
    """Take an entry and its comments out of a section."""
    entry = file.entry(section, key)
    if entry.block:
        keys = file.keys(section)
        at = keys.index(key)
        before = file.entry(section, keys[at - 1]) if at else None
        after = file.entry(section, keys[at + 1]) if at + 1 < len(keys) else None
        limit = content_end(file, before.pair) if before else _header_end(file, section)
        if len(keys) == 1:
            _emptied(file, section)
        cut_block(file, entry.pair, limit, after.start if after else None)
    else:
        pair = file.section(section)
        if pair is None or pair.value.shared:
            raise file.by_hand(f"{section} {key}")
        cut_flow(file, pair.value, key)
    del file.document[section][key]


def _header_end(file: FileText, section: str) -> int:
    return file.line_end(file.bounds(section)[0])


def _emptied(file: FileText, section: str) -> None:
    pair = file.section(section)
    if pair is None:
        raise file.by_hand(section)
    file.replace(pair.colon, pair.colon, " {}")


def _new_section(file: FileText, section: str, entries: dict[str, Any]) -> None:
    _insert_section(file, section, [
        f"{section}:", *(block("  ", "  ", k, v, short=True) for k, v in entries.items())])


def _insert_section(file: FileText, section: str, lines: list[str]) -> None:
    """Write a section behind the one that comes before it in the order of the format."""
    text = file.text
    rank = SECTION_ORDER.index(section)
    later = [s for s in file.sections if s in SECTION_ORDER and SECTION_ORDER.index(s) > rank]
    earlier = [s for s in file.sections if s not in later]
    after = earlier[-1] if earlier and later else file.sections[-1]
    start, end = file.bounds(after)
    if after != file.sections[-1]:
        pair = file.section(after)
        if pair is None:
            raise file.by_hand(section)
        end = content_end(file, pair)
    while end > start and not text[file.line_start(end - 1):end].strip():
        end = file.line_start(end - 1)
    insert_lines(file, end, "\n" + "\n".join(lines))


def _first_entries(file: FileText, section: str, entries: dict[str, Any]) -> None:
    """Entries for a section that is there and empty."""
    pair = file.section(section)
    if pair is None or pair.value.shared or file.column(pair.key.start) != 0:
        raise file.by_hand(section)
    if not pair.value.nothing:
        file.replace(pair.colon, pair.value.end, "")
    at = file.line_end(max(pair.colon, pair.value.end))
    insert_lines(file, at, "\n".join(
        block("  ", "  ", key, value, short=True) for key, value in entries.items()))


def _block_entries(file: FileText, section: str, entries: dict[str, Any]) -> None:
    keys = file.keys(section)
    first = file.entry(section, keys[0])
    indent = " " * file.column(first.pair.key.start)
    for key in sorted(entries, key=sort_key):
        at = sorted_at(keys, key)
        model = file.entry(section, keys[max(at - 1, 0)])
        lines = block(indent, indent, key, entries[key],
                      short=model.pair.value.flow and not model.pair.value.empty)
        gap = len(keys) > 1 and _has_gaps(file, section, keys, at)
        if at:
            insert_lines(file, content_end(file, model.pair), ("\n" if gap else "") + lines)
        else:
            limit = _header_end(file, section)
            after = file.entry(section, keys[1]).start if len(keys) > 1 else None
            start = own_start(file, first.start, content_end(file, first.pair), limit, after)
            insert_lines(file, start, lines + ("\n" if gap else ""))


def _has_gaps(file: FileText, section: str, keys: Sequence[str], at: int) -> bool:
    """Whether the entries around a place are kept apart by blank lines."""
    near = keys[max(at - 4, 0):at + 3]
    for key, other in pairwise(near):
        end = content_end(file, file.entry(section, key).pair)
        if file.text[end:file.line_end(end)].strip() or end == file.entry(section, other).start:
            return False
    return len(near) > 1
