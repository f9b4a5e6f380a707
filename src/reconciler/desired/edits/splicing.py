"""The cuts and insertions that all edits are made of.

Whose is a comment? Comments directly above an entry are its own, unless they head several entries
that follow each other without a gap: then they are about all of them and stay. Comments below an
entry that are indented deeper than its key are its own as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.spots import Pair, Spot
from reconciler.desired.emit import quoted, scalar

WIDTH: Final = 100
MEMBER_FIELDS: Final = ("name", "role", "team", "groups", "projects", "default_project",
                        "team_spaces", "until", "reason")
SECTION_ORDER: Final = (
    "apiVersion", "kind", "organization", "tier", "settings", "include", "manage", "projects",
    "team_spaces", "teams", "groups", "defaults", "members", "departures", "email_changes",
    "access_requests", "content_transfers", "domain_migration")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


# --- writing values -------------------------------------------------------------------------------


def flow(value: Any) -> str:
    """A value on one line, in braces and brackets."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{scalar(k)}: {_field(k, v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case _:
            return scalar(str(value))


def _field(key: str, value: Any) -> str:
    # A day is written without quotes, as everywhere else in the format.
    if key == "until" and isinstance(value, str) and _DAY.fullmatch(value):
        return value
    return flow(value)


def block(indent: str, step: str, key: str, value: Any, *, short: bool = False) -> str:
    """`key: value` as lines; `short` has a mapping in braces where that fits."""
    head = f"{indent}{scalar(key)}:"
    line = f"{head} {_field(key, value)}"
    if not isinstance(value, dict) or not value or (short and len(line) <= WIDTH):
        if isinstance(value, list) and len(line) > WIDTH:
            return "\n".join([head, *(f"{indent}{step}- {flow(item)}" for item in value)])
        return line
    return "\n".join([head, *(block(indent + step, step, inner, of, short=inner == "projects")
                              for inner, of in value.items())])


def restyled(file: FileText, spot: Spot, text: str) -> str:
    """A text in the quotes of the scalar that it replaces."""
    match spot.style:
        case '"':
            return quoted(text)
        case "'" if text.isprintable():
            return "'" + text.replace("'", "''") + "'"
        case "":
            return scalar(text)
        case _:
            raise file.by_hand(f"the text at line {file.place(spot.start).line}")


def replace_scalar(file: FileText, spot: Spot, text: str) -> None:
    """Another text in the place of a scalar, in the same quotes."""
    if spot.shared or spot.kind != "scalar":
        raise file.by_hand(f"the value at {file.place(spot.start)}")
    file.replace(spot.start, spot.end, restyled(file, spot, text))


# --- where entries end and begin ------------------------------------------------------------------


def content_end(file: FileText, pair: Pair) -> int:
    """Where the lines of an entry end: behind its last value and the comments of its own."""
    text, column = file.text, file.column(pair.key.start)
    at = file.line_end(max(pair.colon, pair.value.end))
    end = at
    while at < len(text):
        stop = file.line_end(at)
        line = text[at:stop]
        bare = line.lstrip(" ")
        if bare.startswith("#") and len(line) - len(bare) > column:
            end = stop
        elif line.strip():
            break
        at = stop
    return end


def _comments_above(file: FileText, start: int, limit: int) -> int:
    """Where the comments directly above a line begin."""
    while start > limit:
        above = file.line_start(start - 1)
        if above < limit or not file.text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start


def _own_start(file: FileText, start: int, end: int, limit: int, next_start: int | None) -> int:
    """Where the lines of an entry begin, the comments that are its own included."""
    above = _comments_above(file, start, limit)
    gap = above == limit or not file.text[file.line_start(above - 1):above].strip()
    heads_a_run = gap and next_start == end
    return start if heads_a_run else above


# --- sections of entries --------------------------------------------------------------------------


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
            _into_flow(file, pair.value, key, _field(key, value), _sorted_at(
                [p.key.text for p in pair.value.pairs], key))
    file.document[section] = {**(known or {}), **entries}


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
        _cut_block(file, entry.pair, limit, after.start if after else None)
    else:
        pair = file.section(section)
        if pair is None or pair.value.shared:
            raise file.by_hand(f"{section} {key}")
        _cut_flow(file, pair.value, key)
    del file.document[section][key]


def rename_entry(file: FileText, section: str, key: str, new: str) -> None:
    """Another key for an entry, at its place."""
    replace_scalar(file, file.entry(section, key).pair.key, new)
    box = file.document[section]
    box[new] = box.pop(key)


def _header_end(file: FileText, section: str) -> int:
    return file.line_end(file.bounds(section)[0])


def _emptied(file: FileText, section: str) -> None:
    colon = _colon(file, section)
    file.replace(colon, colon, " {}")


def _colon(file: FileText, section: str) -> int:
    pair = file.section(section)
    if pair is None:
        raise file.by_hand(section)
    return pair.colon


def _cut_block(file: FileText, pair: Pair, limit: int, next_start: int | None) -> None:
    start = file.line_start(pair.key.start)
    end = content_end(file, pair)
    start = _own_start(file, start, end, limit, next_start)
    text = file.text
    # One gap is enough where there was one on both sides.
    below_blank = end >= len(text) or not text[end:file.line_end(end)].strip()
    while below_blank and start > limit:
        above = file.line_start(start - 1)
        if above < limit or text[above:start].strip():
            break
        start = above
    file.replace(start, end, "")


def _cut_flow(file: FileText, box: Spot, key: str) -> None:
    pairs = box.pairs
    at = next(i for i, p in enumerate(pairs) if p.key.text == key)
    if at:
        file.replace(pairs[at - 1].value.end, pairs[at].value.end, "")
    elif len(pairs) > 1:
        file.replace(pairs[0].key.start, pairs[1].key.start, "")
    else:
        file.replace(pairs[0].key.start, pairs[0].value.end, "")


def _new_section(file: FileText, section: str, entries: dict[str, Any]) -> None:
    """Write a section behind the one that comes before it in the order of the format."""
    text = file.text
    lines = [f"{section}:", *(block("  ", "  ", k, v, short=True) for k, v in entries.items())]
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
    _insert_lines(file, end, "\n" + "\n".join(lines))


def _first_entries(file: FileText, section: str, entries: dict[str, Any]) -> None:
    """Entries for a section that is there and empty."""
    pair = file.section(section)
    if pair is None or pair.value.shared or file.column(pair.key.start) != 0:
        raise file.by_hand(section)
    if not pair.value.nothing:
        file.replace(pair.colon, pair.value.end, "")
    at = file.line_end(max(pair.colon, pair.value.end))
    _insert_lines(file, at, "\n".join(
        block("  ", "  ", key, value, short=True) for key, value in entries.items()))


def _block_entries(file: FileText, section: str, entries: dict[str, Any]) -> None:
    keys = file.keys(section)
    first = file.entry(section, keys[0])
    indent = " " * file.column(first.pair.key.start)
    for key in sorted(entries, key=_sort_key):
        at = _sorted_at(keys, key)
        model = file.entry(section, keys[max(at - 1, 0)])
        lines = block(indent, indent, key, entries[key],
                      short=model.pair.value.flow and not model.pair.value.empty)
        gap = len(keys) > 1 and _has_gaps(file, section, keys, at)
        if at:
            _insert_lines(file, content_end(file, model.pair), ("\n" if gap else "") + lines)
        else:
            limit = _header_end(file, section)
            after = file.entry(section, keys[1]).start if len(keys) > 1 else None
            start = _own_start(file, first.start, content_end(file, first.pair), limit, after)
            _insert_lines(file, start, lines + ("\n" if gap else ""))


def _has_gaps(file: FileText, section: str, keys: Sequence[str], at: int) -> bool:
    """Whether the entries around a place are kept apart by blank lines."""
    near = keys[max(at - 4, 0):at + 3]
    for key, other in pairwise(near):
        end = content_end(file, file.entry(section, key).pair)
        if file.text[end:file.line_end(end)].strip() or end == file.entry(section, other).start:
            return False
    return len(near) > 1


def _insert_lines(file: FileText, at: int, lines: str) -> None:
    """Insert whole lines where a line begins; the last line of a file may lack its break."""
    if at and file.text[at - 1] != "\n":
        file.replace(at, at, "\n" + lines)
    else:
        file.replace(at, at, lines + "\n")


def _sort_key(key: str) -> str:
    return key.strip().lower()


def _sorted_at(keys: Sequence[str], key: str) -> int:
    """Where a key belongs: before the first that is greater, or at the end of what is in no
    order."""
    order = [_sort_key(k) for k in keys]
    if order != sorted(order):
        return len(keys)
    return sum(k < _sort_key(key) for k in order)


# --- fields of an entry ---------------------------------------------------------------------------


def put(file: FileText, pair: Pair, path: Sequence[str], value: Any) -> None:
    """Set what stands at a path below an entry; mappings on the way are made."""
    of = pair.value
    if of.shared:
        raise file.by_hand(f"the value at {file.place(pair.key.start)}")
    if not path:
        _put_value(file, pair, value)
        return
    key, rest = path[0], path[1:]
    for step in reversed(rest):
        value = {step: value}
    if of.null or of.empty:
        _put_value(file, pair, {key: value})
    elif of.kind != "mapping":
        raise file.by_hand(f"the value at {file.place(of.start)}")
    elif (child := of.pair(key)) is not None:
        for step in rest:
            value = value[step]
        put(file, child, rest, value)
    elif of.flow:
        _into_flow(file, of, key, _field(key, value), _place_for(of, key))
    else:
        _into_block(file, pair, key, value)


def drop(file: FileText, pair: Pair, key: str) -> None:
    """Take a field out of a mapping below an entry; a mapping that this empties is null or {}."""
    of = pair.value
    if of.shared or of.pair(key) is None:
        raise file.by_hand(f"the value at {file.place(pair.key.start)}")
    if of.flow:
        _cut_flow(file, of, key)
        return
    at = next(i for i, p in enumerate(of.pairs) if p.key.text == key)
    if len(of.pairs) == 1:
        file.replace(pair.colon, pair.colon, " {}")
    limit = content_end(file, of.pairs[at - 1]) if at else file.line_end(pair.colon)
    after = file.line_start(of.pairs[at + 1].key.start) if at + 1 < len(of.pairs) else None
    _cut_block(file, of.pairs[at], limit, after)


def _put_value(file: FileText, pair: Pair, value: Any) -> None:
    of = pair.value
    if isinstance(value, str) and of.kind == "scalar" and not of.null:
        replace_scalar(file, of, value)
    elif of.kind == "scalar" or of.flow:
        start = pair.colon if of.nothing else of.start
        file.replace(start, of.end, f"{' ' if of.nothing else ''}{flow(value)}")
    else:
        raise file.by_hand(f"the value at {file.place(of.start)}")


def _place_for(box: Spot, key: str) -> int:
    """Where a field of an entry belongs among its fields."""
    keys = [p.key.text for p in box.pairs]
    if key in MEMBER_FIELDS and all(k in MEMBER_FIELDS for k in keys):
        before = MEMBER_FIELDS[:MEMBER_FIELDS.index(key)]
        return max((i + 1 for i, k in enumerate(keys) if k in before), default=0)
    return _sorted_at(keys, key)


def _into_flow(file: FileText, box: Spot, key: str, value: str, at: int) -> None:
    text = f"{scalar(key)}: {value}"
    if not box.pairs:
        file.replace(box.start + 1, box.start + 1, text)
    elif at:
        end = box.pairs[at - 1].value.end
        file.replace(end, end, f", {text}")
    else:
        file.replace(box.pairs[0].key.start, box.pairs[0].key.start, f"{text}, ")


def _into_block(file: FileText, pair: Pair, key: str, value: Any) -> None:
    pairs = pair.value.pairs
    at = _place_for(pair.value, key)
    column = file.column(pairs[0].key.start)
    step = column - file.column(pair.key.start)
    if file.line_start(pairs[0].key.start) == file.line_start(pair.key.start) or step < 1:
        raise file.by_hand(f"the value at {file.place(pair.key.start)}")
    line = block(" " * column, " " * step, key, value, short=True)
    start = content_end(file, pairs[at - 1]) if at else file.line_end(pair.colon)
    _insert_lines(file, start, line)


# --- lists ----------------------------------------------------------------------------------------


def drop_item(file: FileText, box: Spot, at: int) -> None:
    """Take one of several items out of a list."""
    items = box.items
    if box.shared or len(items) < 2:
        raise file.by_hand(f"the list at {file.place(box.start)}")
    if box.flow:
        start, end = ((items[at - 1].end, items[at].end) if at
                      else (items[0].start, items[1].start))
        file.replace(start, end, "")
        return
    file.replace(file.line_start(items[at].start), file.line_end(items[at].end), "")


def add_item(file: FileText, box: Spot, text: str) -> None:
    """Add a text to the end of a list that has items."""
    if box.shared or not box.items:
        raise file.by_hand(f"the list at {file.place(box.start)}")
    last = box.items[-1]
    if box.flow:
        file.replace(last.end, last.end, f", {scalar(text)}")
        return
    dash = file.text[file.line_start(last.start):last.start]
    if dash.strip() != "-":
        raise file.by_hand(f"the list at {file.place(box.start)}")
    _insert_lines(file, file.line_end(last.end), f"{dash}{scalar(text)}")


