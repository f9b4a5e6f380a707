"""The fields of an entry, and the items of lists: set, add, take out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from reconciler.desired.edits.blocks import content_end, cut_block, insert_lines
from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.spots import Pair, Spot
from reconciler.desired.edits.values import block, field_value, flow, replace_scalar
from reconciler.desired.emit import scalar, sort_key

MEMBER_FIELDS: Final = ("name", "role", "team", "groups", "projects", "default_project",
                        "team_spaces", "until", "reason")


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
        into_flow(file, of, key, field_value(key, value), _place_for(of, key))
    else:
        _into_block(file, pair, key, value)


def drop(file: FileText, pair: Pair, key: str) -> None:
    """Take a field out of a mapping below an entry; a mapping that this empties is null or {}."""
    of = pair.value
    if of.shared or of.pair(key) is None:
        raise file.by_hand(f"the value at {file.place(pair.key.start)}")
    if of.flow:
        cut_flow(file, of, key)
        return
    at = next(i for i, p in enumerate(of.pairs) if p.key.text == key)
    if len(of.pairs) == 1:
        file.replace(pair.colon, pair.colon, " {}")
    limit = content_end(file, of.pairs[at - 1]) if at else file.line_end(pair.colon)
    after = file.line_start(of.pairs[at + 1].key.start) if at + 1 < len(of.pairs) else None
    cut_block(file, of.pairs[at], limit, after)


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
    return sorted_at(keys, key)


def into_flow(file: FileText, box: Spot, key: str, value: str, at: int) -> None:
    """Add an entry to a mapping in braces, at a place among its entries."""
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
    insert_lines(file, start, line)


def cut_flow(file: FileText, box: Spot, key: str) -> None:
    """Take an entry out of a mapping in braces."""
    pairs = box.pairs
    at = next(i for i, p in enumerate(pairs) if p.key.text == key)
    if at:
        file.replace(pairs[at - 1].value.end, pairs[at].value.end, "")
    elif len(pairs) > 1:
        file.replace(pairs[0].key.start, pairs[1].key.start, "")
    else:
        file.replace(pairs[0].key.start, pairs[0].value.end, "")


def sorted_at(keys: Sequence[str], key: str) -> int:
    """Where a key belongs: before the first that is greater, or at the end of what is in no
    order."""
    order = [sort_key(k) for k in keys]
    if order != sorted(order):
        return len(keys)
    return sum(k < sort_key(key) for k in order)


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
    insert_lines(file, file.line_end(last.end), f"{dash}{scalar(text)}")
